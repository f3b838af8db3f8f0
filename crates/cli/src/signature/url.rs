//! The URLs that may have been signed in place of the one that a request is verified with.

use percent_encoding::percent_decode_str;

use super::request::Request;

/// A value and the changes that lead to it, of which there are none for the value itself.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) text: String,
    pub(super) changes: Vec<String>,
}

/// The parts of a URL, verbatim.
struct Parts<'a> {
    scheme: &'a str,
    /// Empty, or ends with `@`.
    login: &'a str,
    host: &'a str,
    /// Empty, or begins with `:`.
    port: &'a str,
    path: &'a str,
    /// Empty, or begins with `?`.
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (login, host) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let colon = host.rfind(':').filter(|colon| !host[*colon..].contains(']'));
        let (host, port) = host.split_at(colon.unwrap_or(host.len()));
        let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
        Self { scheme, login, host, port, path, query }
    }
}

/// One part in several forms, its own first, each with the change that leads to it.
struct Forms(Vec<(String, Option<String>)>);

impl Forms {
    fn new(own: &str) -> Self {
        Self(vec![(own.to_owned(), None)])
    }

    /// Adds a form. One that is there already is ignored.
    fn add(&mut self, form: impl Into<String>, change: impl Into<String>) {
        let form = form.into();
        if !self.0.iter().any(|(known, _)| *known == form) {
            self.0.push((form, Some(change.into())));
        }
    }
}

/// All variants with at most `most` changes, the fewest first.
pub(super) fn variants(request: &Request, most: usize) -> Vec<Variant> {
    let parts = Parts::of(&request.url);
    let header = |name: &str| {
        let value = request.headers.get(name)?.to_str().ok()?;
        Some(value.split(',').next().unwrap_or(value).trim().to_owned())
    };
    let dimensions = [
        scheme(&parts),
        login(&parts),
        host(&parts, &header),
        port(&parts, &header),
        path(&parts, request, &header),
        query(&parts, request),
    ];
    let mut all = vec![Variant { text: String::new(), changes: Vec::new() }];
    for Forms(forms) in dimensions {
        let mut longer = Vec::new();
        for variant in &all {
            for (form, change) in &forms {
                if change.is_none() || variant.changes.len() < most {
                    let text = format!("{}{form}", variant.text);
                    let changes = variant.changes.iter().cloned().chain(change.clone()).collect();
                    longer.push(Variant { text, changes });
                }
            }
        }
        all = longer;
    }
    all.sort_by_key(|variant| variant.changes.len());
    all
}

fn scheme(parts: &Parts<'_>) -> Forms {
    let mut forms = Forms::new(&format!("{}://", parts.scheme));
    let other = if parts.scheme.eq_ignore_ascii_case("https") { "http" } else { "https" };
    forms.add(format!("{other}://"), format!("scheme: {other} in place of {}", parts.scheme));
    forms
}

fn login(parts: &Parts<'_>) -> Forms {
    let mut forms = Forms::new(parts.login);
    forms.add("", "user and password: left out of the URL");
    forms
}

fn host(parts: &Parts<'_>, header: &dyn Fn(&str) -> Option<String>) -> Forms {
    let mut forms = Forms::new(parts.host);
    for name in ["x-forwarded-host", "x-original-host", "host"] {
        if let Some(value) = header(name) {
            let host = Parts::of(&format!("https://{value}")).host.to_owned();
            let change = format!("host: {host} of the header {name} in place of {}", parts.host);
            forms.add(host, change);
        }
    }
    forms.add(parts.host.to_ascii_lowercase(), "host: in lower case");
    forms
}

fn port(parts: &Parts<'_>, header: &dyn Fn(&str) -> Option<String>) -> Forms {
    let mut forms = Forms::new(parts.port);
    if !parts.port.is_empty() {
        forms.add("", format!("port: none in place of {}", &parts.port[1..]));
    }
    for name in ["x-forwarded-host", "host"] {
        let port = header(name).map(|value| Parts::of(&format!("https://{value}")).port.to_owned());
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            let change = format!("port: {} of the header {name}", &port[1..]);
            forms.add(port, change);
        }
    }
    if let Some(port) = header("x-forwarded-port") {
        forms.add(format!(":{port}"), format!("port: {port} of the header x-forwarded-port"));
    }
    for port in ["443", "80"] {
        forms.add(format!(":{port}"), format!("port: {port}"));
    }
    forms
}

fn path(parts: &Parts<'_>, request: &Request, header: &dyn Fn(&str) -> Option<String>) -> Forms {
    let mut forms = Forms::new(parts.path);
    match parts.path.strip_suffix('/') {
        Some(path) => forms.add(path, "path: without the slash at the end"),
        None => forms.add(format!("{}/", parts.path), "path: with a slash at the end"),
    }
    if let Some(target) = &request.target {
        let target = Parts::of(target.split_once("://").map_or(target.as_str(), |_| target));
        let path = if target.path.is_empty() { "/" } else { target.path };
        forms.add(path, format!("path: {path} of the request line"));
    }
    if let Some(prefix) = header("x-forwarded-prefix") {
        let path = format!("{}{}", prefix.trim_end_matches('/'), parts.path);
        forms.add(path.clone(), format!("path: {path} by the header x-forwarded-prefix"));
    }
    encodings(parts.path, "path", &mut forms);
    forms
}

fn query(parts: &Parts<'_>, request: &Request) -> Forms {
    let mut forms = Forms::new(parts.query);
    if let Some(target) = &request.target {
        let query = target.find('?').map_or("", |at| &target[at..]);
        forms.add(query, "query: that of the request line");
    }
    forms.add("", "query: none");
    if let Some(query) = parts.query.strip_prefix('?') {
        forms.add(parts.query.replace('+', "%20"), "query: spaces as %20 in place of +");
        forms.add(parts.query.replace("%20", "+"), "query: spaces as + in place of %20");
        let mut pairs: Vec<_> = query.split('&').collect();
        pairs.sort_unstable();
        forms.add(format!("?{}", pairs.join("&")), "query: its fields sorted");
        let again = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form_urlencoded::parse(query.as_bytes()))
            .finish();
        forms.add(format!("?{again}"), "query: encoded again, as a form");
    }
    encodings(parts.query, "query", &mut forms);
    forms
}

/// Other percent-encodings of the same characters.
fn encodings(text: &str, part: &str, forms: &mut Forms) {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    forms.add(&*decoded, format!("{part}: without percent-encoding"));
    for is_upper in [true, false] {
        let case = if is_upper { "upper" } else { "lower" };
        forms.add(with_case(text, is_upper), format!("{part}: percent-encoding in {case} case"));
    }
    const REST: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
    let encoded = percent_encoding::utf8_percent_encode(text, REST).to_string();
    forms.add(encoded, format!("{part}: percent-encoded where it is not"));
}

fn with_case(text: &str, is_upper: bool) -> String {
    let mut left = 0;
    let change = |char: char| {
        if char == '%' {
            left = 2;
            return char;
        }
        if left == 0 {
            return char;
        }
        left -= 1;
        if is_upper { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() }
    };
    text.chars().map(change).collect()
}
