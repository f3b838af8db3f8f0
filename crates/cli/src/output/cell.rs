//! The cells of a row.

use serde_json::value::RawValue;

use super::{json, member::Members};
use crate::failure::Result;

/// The values at `columns` of an item, as strings. An absent member and null are empty; `separator` parts the items of a
/// list.
///
/// # Errors
///
/// The item is no object.
pub(super) fn row(item: &RawValue, columns: &[String], separator: &str) -> Result<Vec<String>> {
    let members = Members::new(item, "printing columns")?;
    let cell = |column: &String| members.get(column).map(|value| text(value, separator)).unwrap_or_default();
    Ok(columns.iter().map(cell).collect())
}

/// A string without its quotes, a list with separators, and anything else as JSON.
fn text(value: &RawValue, separator: &str) -> String {
    let json = value.get();
    if json == "null" {
        return String::new();
    }
    if let Ok(string) = serde_json::from_str(json) {
        return string;
    }
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(items) if items.iter().all(|item| !item.get().starts_with(['{', '['])) => {
            items.into_iter().map(|item| text(item, separator)).collect::<Vec<_>>().join(separator)
        }
        _ => json::compact(json),
    }
}

/// Tab, line breaks, backslash and other control characters are escaped, so that each row is a line.
pub(super) fn tsv(cell: &str) -> String {
    let mut escaped = String::with_capacity(cell.len());
    for char in cell.chars() {
        match char {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            char if char.is_control() => escaped.extend(char.escape_unicode()),
            char => escaped.push(char),
        }
    }
    escaped
}
