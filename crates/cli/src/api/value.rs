//! Checks of values before anything is sent.

use twilio_conversations::{
    DayEnd, DayStart, IsoDuration,
    chrono::{DateTime, NaiveDate},
};

use crate::table::Kind;

/// Checks a value and returns it as it is sent: an enum's value in the case of the API.
///
/// # Errors
///
/// The value is not allowed. The message lists the allowed values.
pub(super) fn check(kind: Kind, text: &str) -> Result<String, String> {
    let checked = |is_valid: bool| if is_valid { Ok(text.to_owned()) } else { Err(expected(kind, text)) };
    match kind {
        Kind::String { max_length } => {
            let length = text.chars().count();
            match max_length {
                Some(most) if length > most as usize => Err(format!("{length} characters; at most {most} are allowed")),
                _ => checked(true),
            }
        }
        Kind::Boolean => checked(matches!(text, "true" | "false")),
        Kind::Integer { minimum, maximum } => {
            let number = text.parse::<i64>();
            checked(number.is_ok_and(|number| {
                minimum.is_none_or(|least| number >= least) && maximum.is_none_or(|most| number <= most)
            }))
        }
        Kind::DateTime => checked(DateTime::parse_from_rfc3339(text).is_ok()),
        Kind::Duration => checked(text.parse::<IsoDuration>().is_ok()),
        // A day becomes the documented form of that end of a range.
        Kind::DayStart | Kind::DayEnd => match text.parse::<NaiveDate>() {
            Ok(day) if matches!(kind, Kind::DayStart) => Ok(DayStart::from(day).to_string()),
            Ok(day) => Ok(DayEnd::from(day).to_string()),
            Err(_) => checked(DateTime::parse_from_rfc3339(text).is_ok()),
        },
        Kind::Json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => checked(true),
            Err(error) => Err(format!("no JSON: {error}")),
        },
        Kind::Sid { prefix } => checked(is_sid(prefix, text) || is_placeholder(prefix, text)),
        Kind::SidOrName { .. } => checked(!text.is_empty()),
        Kind::Enum { values } => {
            let known = values.iter().find(|(value, _)| value.eq_ignore_ascii_case(text));
            known.map(|(value, _)| (*value).to_owned()).ok_or_else(|| expected(kind, text))
        }
    }
}

/// `IS` and 32 hexadecimal digits.
fn is_sid(prefix: &str, text: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `ISXXXXXXXXXXXXXXXXXXXXXX`, as the documentation writes SIDs in its commands. It is sent, so that a command of the
/// documentation runs verbatim; the server finds no such item.
fn is_placeholder(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|byte| byte == b'X'))
}

fn expected(kind: Kind, text: &str) -> String {
    let found = if text.is_empty() { "it is empty".to_owned() } else { format!("found {text:?}") };
    match kind {
        Kind::Boolean => format!("expected true or false, {found}"),
        Kind::Integer { minimum: Some(least), maximum: Some(most) } => {
            format!("expected a number from {least} to {most}, {found}")
        }
        Kind::Integer { minimum: Some(least), .. } => format!("expected a number from {least}, {found}"),
        Kind::Integer { maximum: Some(most), .. } => format!("expected a number up to {most}, {found}"),
        Kind::Integer { .. } => format!("expected a number, {found}"),
        Kind::DateTime => format!("expected a time such as 2026-01-31T12:00:00Z, {found}"),
        Kind::Duration => format!("expected an ISO 8601 duration such as PT10M, {found}"),
        Kind::DayStart | Kind::DayEnd => {
            format!("expected a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z, {found}")
        }
        Kind::Sid { prefix } => format!("expected {prefix} and 32 hexadecimal digits, {found}"),
        Kind::SidOrName { prefix } => format!("expected a SID, {prefix} and 32 hexadecimal digits, or a name; {found}"),
        Kind::Enum { values } => {
            let values: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
            format!("expected one of {}, {found}", values.join(", "))
        }
        Kind::String { .. } | Kind::Json => found,
    }
}

/// The limits of a kind, for the help.
pub(super) fn limits(kind: Kind) -> String {
    match kind {
        Kind::Integer { minimum: Some(least), maximum: Some(most) } => format!(" [from {least} to {most}]"),
        Kind::Integer { minimum: Some(least), .. } => format!(" [from {least}]"),
        Kind::Integer { maximum: Some(most), .. } => format!(" [up to {most}]"),
        Kind::DateTime => " [RFC 3339]".to_owned(),
        Kind::Duration => " [ISO 8601 duration]".to_owned(),
        Kind::Json => " [JSON]".to_owned(),
        Kind::Sid { prefix } => format!(" [{prefix}…]"),
        Kind::SidOrName { prefix } => format!(" [{prefix}…, or a name]"),
        _ => String::new(),
    }
}
