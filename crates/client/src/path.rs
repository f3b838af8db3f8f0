//! Path segments that stay segments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Error, Operation};

/// Everything but the unreserved characters of RFC 3986 is escaped: `/`, `?`, `%` and their like above all.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes a value for one path segment.
///
/// `""`, `"."` and `".."` are rejected: as a segment they would name another resource, and no escaping changes that,
/// since URL parsers fold `%2e%2e` too.
pub(crate) fn segment(
    operation: &'static Operation,
    name: &'static str,
    value: &(impl AsRef<str> + ?Sized),
) -> Result<String, Error> {
    match value.as_ref() {
        "" => Err(Error::encode(operation, format!("path parameter {name} is empty"))),
        dots @ ("." | "..") => Err(Error::encode(
            operation,
            format!("path parameter {name} is {dots:?}, which would name another resource"),
        )),
        value => Ok(utf8_percent_encode(value, SEGMENT).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static OPERATION: Operation = Operation::new("FetchThing", http::Method::GET, "/v1/Things/{Sid}");

    #[test]
    fn reserved_characters_are_escaped() {
        assert_eq!(segment(&OPERATION, "Sid", "a/b?c#d%2e é+ ~").unwrap(), "a%2Fb%3Fc%23d%252e%20%C3%A9%2B%20~");
        assert_eq!(segment(&OPERATION, "Sid", "CH-1_2.3~").unwrap(), "CH-1_2.3~");
        assert_eq!(segment(&OPERATION, "Sid", "...").unwrap(), "...");
    }

    #[test]
    fn segments_that_name_another_resource_are_rejected() {
        for bad in ["", ".", ".."] {
            let error = segment(&OPERATION, "Sid", bad).unwrap_err().to_string();
            assert!(error.contains("FetchThing") && error.contains("Sid"), "{error}");
        }
    }
}
