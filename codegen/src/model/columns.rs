//! `defaultOutputProperties` of a path: the members of its responses that a table shows first.

use serde_json::Value;

use crate::{error::Result, spec::Document};

/// Where the names are, below the path.
const PLACE: &str = "x-twilio/defaultOutputProperties";

/// Checks the names of a path for themselves. `pointer` is that of the path.
///
/// # Errors
///
/// An empty list, a name that is listed twice, a list at a path whose operations have no response to show.
pub(super) fn check(document: &Document, item: &Value, pointer: &str) -> Result<()> {
    let Some(names) = item["x-twilio"]["defaultOutputProperties"].as_array() else { return Ok(()) };
    if names.is_empty() {
        return Err(document.error(format!("{pointer}/{PLACE}"), "found [], expected names of properties"));
    }
    if let Some(i) = (1..names.len()).find(|i| names[..*i].contains(&names[*i])) {
        return Err(document.error(format!("{pointer}/{PLACE}/{i}"), format!("{} is listed twice", names[i])));
    }
    let has_response = |method: &str| {
        let responses = item[method]["responses"].as_object();
        responses.is_some_and(|responses| {
            responses.iter().any(|(status, response)| status.starts_with('2') && response.get("content").is_some())
        })
    };
    if !["get", "post", "delete"].into_iter().any(has_response) {
        let problem = "it has no effect: no operation of the path has a response with properties";
        return Err(document.error(format!("{pointer}/{PLACE}"), problem));
    }
    Ok(())
}

/// The names of a path for one of its operations; none where the operation has no response.
///
/// # Errors
///
/// A name that is not among `fields`, the properties of the response or of a list's items.
pub(super) fn read(
    document: &Document,
    item: &Value,
    (pointer, request_line): (&str, &str),
    fields: &[String],
) -> Result<Vec<String>> {
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let names = item["x-twilio"]["defaultOutputProperties"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut columns = Vec::new();
    for (i, name) in names.enumerate() {
        if !fields.iter().any(|field| field == name) {
            let problem = format!("the response to {request_line} has no property {name:?}");
            return Err(document.error(format!("{pointer}/{PLACE}/{i}"), problem));
        }
        columns.push(name.to_owned());
    }
    Ok(columns)
}
