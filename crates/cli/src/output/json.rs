//! JSON on one line, verbatim but for white space between tokens.

use std::io::{self, Write};

use serde_json::value::RawValue;

use super::member::Members;
use crate::failure::Result;

/// Writes a JSON text as one line. Numbers, escapes and the order of members stay as they are.
///
/// # Errors
///
/// It cannot be written.
pub(super) fn line(out: &mut dyn Write, json: &str) -> io::Result<()> {
    tokens(json).try_for_each(|part| out.write_all(part.as_bytes()))?;
    out.write_all(b"\n")
}

/// The parts of a JSON text between which there is white space outside of strings.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let (mut is_string, mut is_escaped) = (false, false);
    json.split(move |char| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            ' ' | '\t' | '\n' | '\r' => return !is_string,
            _ => {}
        }
        false
    })
}

/// Writes an object of some members of an item, in the order in which they were named. One that is absent is null.
///
/// # Errors
///
/// The item is no object, or it cannot be written.
pub(super) fn members(out: &mut dyn Write, item: &RawValue, members: &[String]) -> Result<()> {
    let object = select(item, members)?;
    Ok(writeln!(out, "{object}")?)
}

/// The object of these members.
///
/// # Errors
///
/// The item is no object.
pub(super) fn select(item: &RawValue, members: &[String]) -> Result<String> {
    let all = Members::new(item, "selecting members")?;
    let member = |path: &String| {
        let value = all.get(path).map_or_else(|| "null".to_owned(), |value| compact(value.get()));
        format!("{}:{value}", serde_json::Value::from(path.as_str()))
    };
    Ok(format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(",")))
}

/// A JSON text without white space between tokens.
pub(super) fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    tokens(json).for_each(|part| compact.push_str(part));
    compact
}
