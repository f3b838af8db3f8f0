//! The cells of a row.

use serde_json::{Value, value::RawValue};

/// The values at `columns` of an item, as strings. An absent member and null are empty; `separator` parts the items of a
/// list.
pub(super) fn row(item: &RawValue, columns: &[String], separator: &str) -> Vec<String> {
    let item: Value = serde_json::from_str(item.get()).unwrap_or_default();
    columns.iter().map(|column| text(member(&item, column), separator)).collect()
}

/// The member `b` of the member `a` for `a.b`.
pub(super) fn member<'a>(item: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(item, |value, name| &value[name])
}

/// A string without its quotes, a list with separators, and anything else as JSON.
fn text(value: &Value, separator: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(|item| text(item, separator)).collect::<Vec<_>>().join(separator)
        }
        other => other.to_string(),
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
