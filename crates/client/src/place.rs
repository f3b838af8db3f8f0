//! The path of an error in a JSON document.

use std::fmt::Write as _;

/// The path of the value that `serde_json` rejected, such as `services[3].date_created`, found by line and column; empty
/// for the whole document.
///
/// A decoder that records paths would be compiled a second time for each type. This scans the bytes instead.
pub(crate) fn path(json: &[u8], line: usize, column: usize) -> String {
    let line_start = match line {
        0 => return String::new(),
        1 => 0,
        _ => json.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(line - 2).map_or(0, |(i, _)| i + 1),
    };
    // The number of bytes read: a rejected value ends here, or begins here if its first byte was rejected.
    let end = (line_start + column).min(json.len());
    let mut open: Vec<Within> = Vec::new();
    let mut i = 0;
    while i < end {
        match json[i] {
            b'{' => open.push(Within::Object(None)),
            b'[' => open.push(Within::Array(0)),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Within::Object(key)) => *key = None,
                Some(Within::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let text = string(&json[i + 1..]);
                if let Some(Within::Object(key @ None)) = open.last_mut() {
                    *key = Some(text);
                }
                i += text.len() + 1;
            }
            _ => {}
        }
        i += 1;
    }
    let mut path = String::new();
    for within in open {
        match within {
            Within::Object(Some(key)) => {
                let dot = if path.is_empty() { "" } else { "." };
                write!(path, "{dot}{}", String::from_utf8_lossy(key))
            }
            Within::Array(index) => write!(path, "[{index}]"),
            Within::Object(None) => Ok(()),
        }
        .expect("a string takes any text");
    }
    path
}

/// An object or array that contains the value, and the position in it.
enum Within<'a> {
    /// The key of the current value.
    Object(Option<&'a [u8]>),
    Array(usize),
}

/// The string up to its closing quote.
fn string(rest: &[u8]) -> &[u8] {
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of `serde_path_to_error`, which must be the same as ours.
    #[track_caller]
    fn both<T: serde::de::DeserializeOwned>(json: &str) -> String {
        let mut tracked = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, T>(&mut tracked).err().unwrap();
        let expected = error.path().to_string();
        let error = serde_json::from_str::<T>(json).err().unwrap();
        let path = path(json.as_bytes(), error.line(), error.column());
        assert_eq!(if path.is_empty() { "." } else { &path }, expected, "{json}: {error}");
        path
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Item {
        sid: String,
        count: Option<u8>,
        tags: Option<Vec<String>>,
        inner: Option<Box<Self>>,
        date: Option<chrono::DateTime<chrono::Utc>>,
    }

    #[test]
    fn the_place_is_that_of_the_decoder_that_keeps_track() {
        for (json, expected) in [
            (r#"{}"#, ""),
            (r#"7"#, ""),
            (r#"{"sid": 7}"#, "sid"),
            (r#"{"sid": {"a": "b"}}"#, "sid"),
            (r#"{"sid":["x"], "count": 1}"#, "sid"),
            (r#"{"other": {"sid": [1, {}]}, "sid": null}"#, "sid"),
            (r#"{"sid": "a", "count": 256}"#, "count"),
            (r#"{"sid": "a", "count": -1 , "tags": []}"#, "count"),
            (r#"{"sid": "a,]}\"\\", "tags": ["x", "{", 3]}"#, "tags[2]"),
            (r#"{"sid": "a", "tags": [[]]}"#, "tags[0]"),
            (r#"{"sid": "a", "inner": {"count": 1}}"#, "inner"),
            (r#"{"sid": "a", "inner": {"sid": "b", "inner": {"sid": false}}}"#, "inner.inner.sid"),
            (r#"{"sid": "a", "date": "yesterday"}"#, "date"),
            ("{\n  \"sid\": \"a\",\n  \"tags\": [\n    \"é\",\n    {}\n  ]\n}", "tags[1]"),
        ] {
            assert_eq!(both::<Item>(json), expected, "{json}");
        }
        assert_eq!(both::<Vec<Item>>(r#"[{"sid": "a"}, {"sid": "b", "inner": {}}]"#), "[1].inner");
        assert_eq!(both::<Vec<Item>>(r#"[{"sid": "a"}, {"count": 1}]"#), "[1]");
    }

    #[test]
    fn a_document_that_ends_too_early_does_so_where_it_ends() {
        assert_eq!(path(b"[", 1, 1), "[0]");
        assert_eq!(path(br#"{"a": [{"b": "c"#, 1, 15), "a[0].b");
        assert_eq!(path(b"", 1, 0), "");
    }

    #[test]
    fn any_place_in_any_bytes_is_no_more_than_a_wrong_path() {
        for json in [&b"{\"a\\"[..], b"}}]],,\"", b"", b"\n\n\"", b"{\"a\":\"b", b"[,,,{\"\xff\":"] {
            for line in 0..4 {
                for column in 0..10 {
                    path(json, line, column);
                }
            }
        }
    }
}
