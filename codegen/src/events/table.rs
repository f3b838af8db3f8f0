//! The events as data for the command line: the name, phase and fields of each.

use serde_json::Value;

use super::{
    event::{EVENT_TYPE, Event},
    files::{COMMON, entries},
};
use crate::{
    error::{Error, Result},
    model::{Api, TypeRef},
    render,
};

/// An event and the descriptions of its fields by name: its own, and those of all events.
pub(super) struct Row<'a> {
    pub event: &'a Event,
    /// File that the fields are described in.
    pub file: &'a str,
    pub fields: &'a Value,
}

/// The file of the table.
///
/// # Errors
///
/// A field whose schema is a reference to something else than an enum.
pub(super) fn render(api: &Api<'_>, rows: &[Row<'_>], common: &Value) -> Result<String> {
    if rows.is_empty() {
        return Ok(render::header(&["events"]));
    }
    let mut shared = String::new();
    for (name, field) in entries(common).filter(|(name, _)| *name != EVENT_TYPE) {
        shared.push_str(&line(api, COMMON, name, field)?);
    }
    let mut events = String::new();
    for Row { event, file, fields } in rows {
        let Event { name, description, .. } = event;
        let is_pre = event.phase == "pre";
        events.push_str(&format!(
            "    Event {{\n        name: {name:?},\n        is_pre: {is_pre},\n        description: {:?},\n        \
             fields: &[\n",
            one_line(description)
        ));
        for field in &event.fields {
            events.push_str(&format!("        {}", line(api, file, field, &fields[field])?));
        }
        events.push_str("        ],\n    },\n");
    }
    Ok(render::file(&[
        render::header(&["events"]),
        format!("/// Fields of every event, beside `{EVENT_TYPE}`.\nconst COMMON: &[Field] = &[\n{shared}];\n"),
        format!("/// Every event with its own fields.\nconst EVENTS: &[Event] = &[\n{events}];\n"),
    ]))
}

/// A field on a line of its own.
fn line(api: &Api<'_>, file: &str, name: &str, field: &Value) -> Result<String> {
    let kind = kind(api, file, name, field)?;
    let is_documented = field["documented"] != false;
    Ok(format!("    Field {{ name: {name:?}, is_documented: {is_documented}, kind: {kind} }},\n"))
}

fn kind(api: &Api<'_>, file: &str, name: &str, field: &Value) -> Result<String> {
    if field.get("$ref").is_some() {
        let pointer = format!("/fields/{}/$ref", crate::error::token(name));
        let of_type = |ty| match ty {
            TypeRef::Enum(name) => api.enums.get(&name),
            _ => None,
        };
        let known = api.reference(field).and_then(of_type);
        let known = known.ok_or_else(|| Error::new(file, pointer, "leads to no enum"))?;
        let values: Vec<_> = known.values.iter().map(|value| &value.wire).collect();
        return Ok(format!("Kind::Enum(&{values:?})"));
    }
    let (ty, is_json) = (field["type"].as_str().unwrap_or_default(), field["x-json-text"] == true);
    Ok(match (ty, field["format"].as_str(), field["pattern"].as_str()) {
        ("array", ..) if is_json => "Kind::Media".to_owned(),
        ("array", ..) => "Kind::List".to_owned(),
        _ if is_json => "Kind::Json".to_owned(),
        ("integer", ..) => "Kind::Integer".to_owned(),
        ("boolean", ..) => "Kind::Boolean".to_owned(),
        (_, Some("date-time"), _) => "Kind::Date".to_owned(),
        (.., Some(pattern)) if pattern.starts_with("^[a-zA-Z]{2}") => "Kind::Sid(\"SM\")".to_owned(),
        (.., Some(pattern)) if is_sid(pattern) => format!("Kind::Sid({:?})", &pattern[1..3]),
        _ => "Kind::String".to_owned(),
    })
}

/// `^CH[0-9a-fA-F]{32}$`.
fn is_sid(pattern: &str) -> bool {
    pattern.len() > 3
        && pattern.starts_with('^')
        && pattern[1..].starts_with(|first: char| first.is_ascii_uppercase())
        && pattern[3..].starts_with("[0-9a-fA-F]{32}")
}

/// A paragraph without its line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
