//! Values as YAML.

use serde_json::Value;

/// Longest line, in characters, of a list that is written in brackets.
pub(super) const WIDTH: usize = 120;

/// How strings are quoted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quotes {
    /// Only where it has to be.
    AsNeeded,
    Single,
    Double,
}

/// How a list of scalars is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lists {
    /// `[a, b]` if the line has room for it.
    Flow,
    /// A line for each item.
    Block,
}

/// A member of a block mapping, without the indentation of its first line and without a newline at the end.
pub(super) fn entry(key: &str, value: &Value, indent: usize, lists: Lists, newline: &str) -> String {
    let key = string(key, Quotes::AsNeeded);
    format!("{key}:{}", after_colon(value, indent, key.chars().count() + 1, lists, newline))
}

/// What follows the colon of a key at `indent`, of which `used` characters are written. It begins with a space or a
/// newline.
pub(super) fn after_colon(value: &Value, indent: usize, used: usize, lists: Lists, newline: &str) -> String {
    let pad = format!("{newline}{}", " ".repeat(indent + 2));
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .map(|(name, member)| format!("{pad}{}", entry(name, member, indent + 2, lists, newline)))
            .collect(),
        Value::Array(items) if !items.is_empty() => {
            let scalars = items.iter().all(|item| !item.is_object() && !item.is_array());
            let line = flow(value);
            if scalars && lists == Lists::Flow && indent + used + 1 + line.chars().count() <= WIDTH {
                return format!(" {line}");
            }
            items.iter().map(|item| format!("{pad}{}", item_of(item, indent + 2, lists, newline))).collect()
        }
        other => format!(" {}", scalar(other)),
    }
}

/// A scalar, or an empty collection, in block context.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => string(text, Quotes::AsNeeded),
        other => flow(other),
    }
}

/// An item of a block list whose dash is at `indent`, without the indentation of its first line.
pub(super) fn item_of(value: &Value, indent: usize, lists: Lists, newline: &str) -> String {
    let pad = format!("{newline}{}", " ".repeat(indent + 2));
    match value {
        Value::Object(members) if !members.is_empty() => {
            let entries = members.iter().map(|(name, member)| entry(name, member, indent + 2, lists, newline));
            format!("- {}", entries.collect::<Vec<_>>().join(&pad))
        }
        Value::Array(_) => format!("- {}", flow(value)),
        other => format!("- {}", scalar(other)),
    }
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| format!("{}: {}", flow_string(name), flow(member)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => flow_string(text),
        other => other.to_string(),
    }
}

fn flow_string(text: &str) -> String {
    // A comma or bracket ends a plain scalar in brackets.
    string(text, if text.contains([',', '[', ']', '{', '}']) { Quotes::Single } else { Quotes::AsNeeded })
}

/// A string in block context.
pub(super) fn string(text: &str, quotes: Quotes) -> String {
    let needs_escape = |c: char| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}');
    let printable = !text.contains(needs_escape);
    match quotes {
        Quotes::AsNeeded if printable && is_plain(text) => text.to_owned(),
        Quotes::AsNeeded | Quotes::Single if printable => format!("'{}'", text.replace('\'', "''")),
        // JSON's escapes are those of YAML's double quotes. YAML wants some more characters escaped.
        _ => Value::from(text).to_string().chars().fold(String::new(), |mut written, c| {
            if needs_escape(c) {
                written.push_str(&format!("\\u{:04x}", u32::from(c)));
            } else {
                written.push(c);
            }
            written
        }),
    }
}

/// Whether a string without quotes is read as that string, by this project's parser and by those that know YAML 1.1.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["", "~", "null", "true", "false", "yes", "no", "on", "off"];
    let starts_like_number = text.trim_start_matches(['-', '+', '.']).starts_with(|c: char| c.is_ascii_digit());
    // A number or date in some schema, a word of another type, or the sign of another kind of value.
    if starts_like_number
        && !text.contains(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E' | 'x' | 'o' | 'T' | 'Z'))
    {
        return false;
    }
    !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && text.trim() == text
        && super::parse(&format!("key: {text}")).is_ok_and(|value| value["key"] == text)
        && super::parse(&format!("{text}: key")).is_ok_and(|value| value[text] == "key")
}
