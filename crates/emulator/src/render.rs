//! Writing answers. The specification says which properties there are and in which order, an item says their values.

use std::fmt::{Arguments, Write as _};
use std::io::Write as _;

use crate::time::Millis;

/// Something that the API answers. [`item!`] implements it.
pub(crate) trait Item {
    /// Names of the properties that it writes. A test compares them with the specification.
    fn names() -> &'static [&'static str]
    where
        Self: Sized;

    /// Writes the value of a property. Writing nothing means null, also for a property that it does not have.
    fn property(&self, name: &str, value: Value<'_>);
}

/// Implements [`Item`] by a table: the name of each property, and how it is written.
macro_rules! item {
    (impl $item:ident |$this:ident, $value:ident| {
        $(let $pattern:pat = $expression:expr;)*
        $($name:literal => $write:expr,)+
    }) => {
        impl crate::render::Item for $item {
            fn names() -> &'static [&'static str] {
                &[$($name),+]
            }

            fn property(&$this, name: &str, $value: crate::render::Value<'_>) {
                $(let $pattern = $expression;)*
                match name {
                    $($name => $write,)+
                    _ => {}
                }
            }
        }
    };
}

pub(crate) use item;

/// How the caller sees the API: what addresses in answers begin with, and whose items these are.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// Scheme and host, as the request named them, and what stood before its path.
    pub(crate) origin: &'a str,
    /// `/Services/IS…` if the request's path begins so, else nothing.
    pub(crate) room: &'a str,
    pub(crate) account_sid: &'a str,
}

/// The place for one value.
pub(crate) struct Value<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) view: &'a View<'a>,
}

impl Value<'_> {
    pub(crate) fn text(self, text: &str) {
        write_text(self.out, text);
    }

    pub(crate) fn text_or_null(self, text: Option<&str>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    pub(crate) fn integer(self, number: i64) {
        // Writing to a vector can't fail.
        let _ = write!(self.out, "{number}");
    }

    pub(crate) fn integer_or_null(self, number: Option<i64>) {
        if let Some(number) = number {
            self.integer(number);
        }
    }

    pub(crate) fn boolean(self, truth: bool) {
        self.out.extend_from_slice(if truth { b"true" } else { b"false" });
    }

    pub(crate) fn boolean_or_null(self, truth: Option<bool>) {
        if let Some(truth) = truth {
            self.boolean(truth);
        }
    }

    /// A date, to the second.
    pub(crate) fn date(self, date: Millis) {
        self.out.push(b'"');
        date.write_seconds(self.out);
        self.out.push(b'"');
    }

    pub(crate) fn date_or_null(self, date: Option<Millis>) {
        if let Some(date) = date {
            self.date(date);
        }
    }

    /// JSON as it is stored.
    pub(crate) fn json(self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn json_or_null(self, json: Option<&str>) {
        if let Some(json) = json {
            self.json(json);
        }
    }

    /// JSON built on the spot.
    pub(crate) fn value(self, value: &serde_json::Value) {
        // Writing to a vector can't fail.
        let _ = serde_json::to_writer(self.out, value);
    }

    pub(crate) fn account_sid(self) {
        let sid = self.view.account_sid;
        self.text(sid);
    }

    /// An address in the part of the API that the request named: the account's or a service's.
    pub(crate) fn url(self, path: Arguments<'_>) {
        write_url(self.out, self.view.origin, self.view.room, path);
    }

    /// An address that is the same wherever the request came in.
    pub(crate) fn account_url(self, path: Arguments<'_>) {
        write_url(self.out, self.view.origin, "", path);
    }

    /// Named addresses.
    pub(crate) fn links(self, links: &[(&str, Arguments<'_>)]) {
        let (origin, room) = (self.view.origin, self.view.room);
        write_links(self.out, origin, room, links);
    }

    /// Named addresses that are the same wherever the request came in.
    pub(crate) fn account_links(self, links: &[(&str, Arguments<'_>)]) {
        write_links(self.out, self.view.origin, "", links);
    }
}

/// Writes a JSON string.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            byte => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

fn write_links(out: &mut Vec<u8>, origin: &str, room: &str, links: &[(&str, Arguments<'_>)]) {
    for (index, (name, path)) in links.iter().enumerate() {
        out.push(if index == 0 { b'{' } else { b',' });
        write_text(out, name);
        out.push(b':');
        write_url(out, origin, room, *path);
    }
    out.push(b'}');
}

/// Paths consist of SIDs and fixed words, so that only the origin could need escaping, and hosts need none.
fn write_url(out: &mut Vec<u8>, origin: &str, room: &str, path: Arguments<'_>) {
    for part in ["\"", origin, "/v1", room] {
        out.extend_from_slice(part.as_bytes());
    }
    let _ = out.write_fmt(path);
    out.push(b'"');
}

/// Percent-encodes one value of a query.
pub(crate) fn encode_query(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "&{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_json() {
        for text in ["", "plain", "say \"hé\"", "a\\b\n\u{1}\t\u{7f}", "\u{1F600}"] {
            let mut out = Vec::new();
            write_text(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
