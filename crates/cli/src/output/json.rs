//! JSON on one line, verbatim but for white space between tokens.

use std::io::{self, Write};

use serde_json::{Value, value::RawValue};

use super::cell;
use crate::failure::{Failure, Result};

/// Writes a JSON text as one line. Numbers, escapes and the order of members stay as they are.
///
/// # Errors
///
/// It cannot be written.
pub(super) fn line(out: &mut dyn Write, json: &str) -> io::Result<()> {
    let bytes = json.as_bytes();
    let (mut start, mut is_string, mut is_escaped) = (0, false, false);
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b' ' | b'\t' | b'\n' | b'\r' if !is_string => {
                out.write_all(&bytes[start..i])?;
                start = i + 1;
            }
            _ => {}
        }
    }
    out.write_all(&bytes[start..])?;
    out.write_all(b"\n")
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
pub(super) fn select(item: &RawValue, members: &[String]) -> Result<String> {
    let all: std::collections::HashMap<String, &RawValue> = serde_json::from_str(item.get())
        .map_err(|error| Failure::new("selecting members: the response is no JSON object").source(error))?;
    let mut object = String::from("{");
    for (i, path) in members.iter().enumerate() {
        let (first, rest) = path.split_once('.').map_or((path.as_str(), None), |(first, rest)| (first, Some(rest)));
        let value = match (all.get(first), rest) {
            (None, _) => "null".to_owned(),
            (Some(raw), None) => {
                let mut value = Vec::new();
                line(&mut value, raw.get())?;
                String::from_utf8_lossy(&value).trim_end().to_owned()
            }
            (Some(raw), Some(rest)) => {
                let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
                cell::member(&value, rest).to_string()
            }
        };
        object.push_str(if i > 0 { "," } else { "" });
        object.push_str(&format!("{path:?}:{value}"));
    }
    object.push('}');
    Ok(object)
}
