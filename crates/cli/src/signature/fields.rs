//! The strings that the fields of a form may have been signed as.

use std::collections::BTreeMap;

use percent_encoding::{percent_decode, percent_decode_str};

use super::{request::Request, url::Variant};

type Pairs = Vec<(String, String)>;

/// The strings that follow the URL in the signed text, the one of the rules first.
pub(super) fn variants(request: &Request) -> Vec<Variant> {
    let mut all = Vec::new();
    let mut add = |text: String, change: &str| {
        if !all.iter().any(|known: &Variant| known.text == text) {
            let changes = if change.is_empty() { Vec::new() } else { vec![change.to_owned()] };
            all.push(Variant { text, changes });
        }
    };
    if request.method != http::Method::POST || !request.is_form() || request.body.is_empty() {
        add(String::new(), "");
        add(String::from_utf8_lossy(&request.body).into_owned(), "body: appended to the URL");
        if !request.body.is_empty() {
            add(sorted(&decoded(&request.body, utf8, true)), "body: signed as a form");
        }
        return all;
    }
    let body = request.body.as_slice();
    let pairs = decoded(body, utf8, true);
    add(sorted(&pairs), "");
    add(String::new(), "fields: left out, so the URL alone was signed");
    encodings(body, &pairs, &mut add);
    repeated(&pairs, &mut add);
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let with_query: Pairs = decoded(query.as_bytes(), utf8, true).into_iter().chain(pairs.clone()).collect();
    add(sorted(&with_query), "fields: those of the query as well");
    add(concatenated(&pairs), "fields: in the order of the form, not sorted");
    let mut by_folded = pairs.clone();
    by_folded.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    add(concatenated(&by_folded), "fields: sorted without regard to case");
    add(String::from_utf8_lossy(body).into_owned(), "body: appended to the URL verbatim");
    all
}

/// Other characters for the same bytes.
fn encodings(body: &[u8], pairs: &Pairs, add: &mut dyn FnMut(String, &str)) {
    let map = |change: &dyn Fn(&str) -> String| {
        sorted(&pairs.iter().map(|(name, value)| (name.clone(), change(value))).collect())
    };
    add(sorted(&decoded(body, utf8, false)), "fields: + is a plus sign, not a space");
    add(sorted(&raw(body)), "fields: not percent-decoded");
    add(map(&|value| percent_decode_str(value).decode_utf8_lossy().into_owned()), "fields: percent-decoded twice");
    add(sorted(&decoded(body, latin1, true)), "charset: ISO-8859-1 in place of UTF-8");
    add(map(&|value| latin1(value.as_bytes())), "charset: the UTF-8 of the values was read as ISO-8859-1");
    add(map(&as_utf8), "charset: the values were encoded as UTF-8 twice");
    add(map(&|value| value.trim().to_owned()), "fields: white space around the values removed");
    add(map(&|value| value.replace("\r\n", "\n")), "line breaks: LF in place of CRLF");
    add(map(&|value| value.replace("\r\n", "\n").replace('\n', "\r\n")), "line breaks: CRLF in place of LF");
    add(
        sorted(&decoded(body.trim_ascii_end(), utf8, true)),
        "body: without the line break at its end, which a file or an editor added",
    );
}

/// Other treatments of names that repeat and of empty values.
fn repeated(pairs: &Pairs, add: &mut dyn FnMut(String, &str)) {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        by_name.entry(name).or_default().push(value);
    }
    let joined = |join: &dyn Fn(&[&str]) -> String| {
        by_name.iter().map(|(name, values)| format!("{name}{}", join(values))).collect::<String>()
    };
    add(joined(&|values| values[0].to_owned()), "repeated fields: the first value only");
    add(joined(&|values| values[values.len() - 1].to_owned()), "repeated fields: the last value only");
    add(joined(&|values| values.join(",")), "repeated fields: one value, joined by commas");
    add(joined(&|values| values.concat()), "repeated fields: the values without their name between them");
    let mut all = pairs.clone();
    all.sort();
    add(concatenated(&all), "repeated fields: every value, equal ones as well");
    let filled: Pairs = pairs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    add(sorted(&filled), "fields: empty ones left out");
}

/// By the rules: sorted, each distinct pair once.
fn sorted(pairs: &Pairs) -> String {
    let mut pairs = pairs.clone();
    pairs.sort();
    pairs.dedup();
    concatenated(&pairs)
}

fn concatenated(pairs: &Pairs) -> String {
    pairs.iter().map(|(name, value)| format!("{name}{value}")).collect()
}

fn raw(body: &[u8]) -> Pairs {
    let text = String::from_utf8_lossy(body);
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.to_owned())
    };
    text.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

fn decoded(body: &[u8], charset: fn(&[u8]) -> String, is_plus_space: bool) -> Pairs {
    let decode = |bytes: &[u8]| {
        let bytes: Vec<u8> =
            bytes.iter().map(|byte| if *byte == b'+' && is_plus_space { b' ' } else { *byte }).collect();
        charset(&percent_decode(&bytes).collect::<Vec<u8>>())
    };
    let pair = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=');
        let value = at.map_or(&[][..], |at| &pair[at + 1..]);
        (decode(&pair[..at.unwrap_or(pair.len())]), decode(value))
    };
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Each byte is the character of its number.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Characters up to U+00FF as bytes, read as UTF-8.
fn as_utf8(text: &str) -> String {
    let bytes: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
}
