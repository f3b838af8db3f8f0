//! The formats of parameter values.

use super::document::{Document, Schema};
use crate::sid::is_sid;
use crate::time::parse_date_time;

/// The format of a value. All values are received as strings.
#[derive(Debug, PartialEq)]
pub(crate) enum Kind {
    /// Any string with a number of characters in this range.
    Text { min: usize, max: usize },
    /// A SID with this prefix; `None` for any two letters.
    Sid(Option<[u8; 2]>),
    /// A whole number within the bounds.
    Integer { min: i64, max: i64 },
    /// `true` or `false`, in any case.
    Boolean,
    /// An RFC 3339 date with time.
    DateTime,
    /// One of these, in any case.
    OneOf(Box<[Box<str>]>),
    /// A repeated parameter, each value of this format.
    List(Box<Self>),
}

impl Kind {
    /// Reads the format from a schema.
    ///
    /// # Errors
    ///
    /// The part of the schema that the emulator does not implement. Ignoring it would accept invalid requests.
    pub(crate) fn compile(document: &Document, schema: &Schema) -> Result<Self, String> {
        let schema = document.resolve(schema)?;
        if !schema.values.is_empty() {
            return Ok(Self::OneOf(schema.values.iter().flatten().map(|value| value.as_str().into()).collect()));
        }
        match (schema.kind.as_deref(), schema.format.as_deref()) {
            (Some("array"), _) => {
                let items = schema.items.as_deref().ok_or("an array without items")?;
                Ok(Self::List(Box::new(Self::compile(document, items)?)))
            }
            (Some("integer"), _) => Ok(Self::Integer {
                min: schema.minimum.map_or(i64::MIN, |value| value as i64),
                max: schema.maximum.map_or(i64::MAX, |value| value as i64),
            }),
            (Some("boolean"), _) => Ok(Self::Boolean),
            (Some("string"), Some("date-time")) => Ok(Self::DateTime),
            (Some("string"), _) => match &schema.pattern {
                Some(pattern) => sid_pattern(pattern).ok_or_else(|| format!("pattern {pattern} is not that of a SID")),
                None => {
                    Ok(Self::Text { min: schema.min_length.unwrap_or(0), max: schema.max_length.unwrap_or(usize::MAX) })
                }
            },
            (kind, _) => Err(format!("a parameter of type {kind:?}")),
        }
    }

    /// Checks a value and writes it the way the API does: enum values in the documented case, booleans in lower case.
    ///
    /// # Errors
    ///
    /// The problem with the value.
    pub(crate) fn check(&self, value: &mut String) -> Result<(), String> {
        match self {
            Self::Text { min: 0, max: usize::MAX } => Ok(()),
            Self::Text { min, max } => match value.chars().count() {
                length if length < *min => Err(format!("at least {min} characters are needed")),
                length if length > *max => Err(format!("at most {max} characters are allowed")),
                _ => Ok(()),
            },
            Self::Sid(prefix) if is_sid(value, *prefix) => Ok(()),
            Self::Sid(Some(prefix)) => Err(format!("not a SID with prefix {}", prefix.escape_ascii())),
            Self::Sid(None) => Err("not a SID".to_owned()),
            Self::Integer { min, max } => match value.parse::<i64>() {
                Ok(number) if number < *min => Err(format!("less than {min}")),
                Ok(number) if number > *max => Err(format!("more than {max}")),
                Ok(_) => Ok(()),
                Err(_) => Err("not a whole number".to_owned()),
            },
            Self::Boolean if normalize(value, &["true", "false"]) => Ok(()),
            Self::Boolean => Err("neither true nor false".to_owned()),
            Self::DateTime if parse_date_time(value).is_some() => Ok(()),
            Self::DateTime => Err("not an RFC 3339 date and time".to_owned()),
            Self::OneOf(known) if normalize(value, known) => Ok(()),
            Self::OneOf(known) => Err(format!("not one of {}", known.join(", "))),
            Self::List(item) => item.check(value),
        }
    }
}

/// Writes a value like the known one that it equals in any case. Returns whether there is one.
fn normalize(value: &mut String, known: &[impl AsRef<str>]) -> bool {
    let known = known.iter().map(AsRef::as_ref).find(|known| value.eq_ignore_ascii_case(known));
    if let Some(known) = known.filter(|known| known != value) {
        value.replace_range(.., known);
    }
    known.is_some()
}

/// Reads `^IS[0-9a-fA-F]{32}$` and the like, the only patterns that the API's parameters have.
fn sid_pattern(pattern: &str) -> Option<Kind> {
    let letters = pattern.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")?;
    match letters.as_bytes() {
        b"[a-zA-Z]{2}" => Some(Kind::Sid(None)),
        &[first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => {
            Some(Kind::Sid(Some([first, second])))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &Kind, value: &str) -> Result<String, String> {
        let mut value = value.to_owned();
        kind.check(&mut value).map(|()| value)
    }

    #[test]
    fn an_enum_value_is_accepted_in_any_case_and_normalized_to_the_documented_one() {
        let kind = Kind::OneOf(Box::new(["GET".into(), "POST".into()]));
        assert_eq!(check(&kind, "post").as_deref(), Ok("POST"));
        assert_eq!(check(&kind, "PATCH").unwrap_err(), "not one of GET, POST");
        assert!(check(&kind, "").is_err());
    }

    #[test]
    fn a_sid_has_its_prefix_and_32_hexadecimal_digits() {
        let kind = sid_pattern("^IS[0-9a-fA-F]{32}$").unwrap();
        assert!(check(&kind, "IS0123456789abcdefABCDEF0123456789").is_ok());
        for bad in ["", "IS", "IS0123456789abcdefABCDEF012345678", "CH0123456789abcdefABCDEF0123456789", "ISé"] {
            assert!(check(&kind, bad).is_err(), "{bad}");
        }
        assert_eq!(sid_pattern("^[a-zA-Z]{2}[0-9a-fA-F]{32}$"), Some(Kind::Sid(None)));
        assert_eq!(sid_pattern("^.*$"), None);
    }

    #[test]
    fn numbers_and_booleans_are_checked() {
        let kind = Kind::Integer { min: 1, max: 100 };
        assert!(check(&kind, "100").is_ok());
        for bad in ["0", "101", "1.5", "", "one", "99999999999999999999"] {
            assert!(check(&kind, bad).is_err(), "{bad}");
        }
        assert_eq!(check(&Kind::Boolean, "TRUE").as_deref(), Ok("true"));
        assert!(check(&Kind::Boolean, "1").is_err());
    }
}
