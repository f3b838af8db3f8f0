//! The vendor's schemas in the form of the fragments.

use codegen::UNWRITTEN;
use serde_json::{Map, Value};

/// The order in which the fragments write the members of a schema. Others stand at the end.
const ORDER: [&str; 28] = [
    "$ref",
    "type",
    "title",
    "format",
    "x-shared",
    "x-name",
    "required",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
    "enum",
    "nullable",
    "default",
    "x-json-text",
    "optional",
    "documented",
    "description",
    "items",
    "properties",
    "additionalProperties",
];

/// Members of a schema that are copied as they are.
const COPIED: [&str; 16] = [
    "type",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
    "nullable",
    "default",
    "additionalProperties",
];

/// Members that say nothing about the values.
const WORDS: [&str; 8] =
    ["description", "title", "example", "examples", "externalDocs", "refName", "modelName", "x-twilio"];

/// The members of a schema, parameter or body that stand behind one.
pub(super) fn successors(member: &str) -> Vec<String> {
    // A parameter's and a body's members: `name`, `in`, `required`, `description`, `schema` and `content`.
    let own = ["description", "schema", "content"].map(str::to_owned);
    let position = ORDER.iter().position(|name| *name == member);
    let behind = position.map_or(&[] as &[&str], |position| &ORDER[position + 1..]);
    let links = if behind.is_empty() { None } else { Some("x-links".to_owned()) };
    let mut names: Vec<String> = behind.iter().map(|name| (*name).to_owned()).chain(links).collect();
    if member == "required" {
        names.extend(own);
    }
    names
}

/// The mark of a description that a person has to write.
pub(super) fn to_be_written(name: &str) -> Value {
    format!("{UNWRITTEN}: {name}").into()
}

/// A property or the schema of a parameter, in our form and order, without words of the vendor's.
///
/// # Errors
///
/// Why a person has to write it.
pub(super) fn translated(
    theirs: &Value,
    description: Option<Value>,
    own_name: &dyn Fn(&str) -> Option<String>,
) -> Result<Value, String> {
    let members = theirs.as_object().ok_or("the documentation has no schema for it")?;
    let mut ours = Map::new();
    if let Some(name) = reference(theirs) {
        let own = own_name(name).ok_or_else(|| format!("it has the schema {name}, which spec/ does not have"))?;
        ours.insert("$ref".to_owned(), format!("#/components/schemas/{own}").into());
    }
    for (member, value) in members {
        match member.as_str() {
            "$ref" | "allOf" => {}
            // The schema that has the name says these.
            _ if ours.contains_key("$ref") && !matches!(member.as_str(), "nullable" | "default") => {}
            "items" => {
                let is_any = value.as_object().is_some_and(Map::is_empty);
                let items = if is_any { value.clone() } else { translated(value, None, own_name)? };
                ours.insert(member.clone(), items);
            }
            name if COPIED.contains(&name) => {
                // False is what these are without being given.
                if *value != Value::Bool(false) || !matches!(name, "nullable" | "uniqueItems") {
                    ours.insert(member.clone(), value.clone());
                }
            }
            name if WORDS.contains(&name) || name.starts_with("x-") => {}
            "enum" => return Err("its values need a schema with a name".to_owned()),
            "properties" => return Err("its properties need a schema with a name".to_owned()),
            name => return Err(format!("its schema has {name}")),
        }
    }
    if let Some(description) = description {
        ours.insert("description".to_owned(), description);
    }
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut members: Vec<_> = ours.into_iter().collect();
    members.sort_by_key(|(name, _)| rank(name));
    Ok(Value::Object(members.into_iter().collect()))
}

/// The name of the schema that a schema of a document or page refers to.
fn reference(theirs: &Value) -> Option<&str> {
    let only = theirs["allOf"].as_array().filter(|parts| parts.len() == 1).map(|parts| &parts[0]["$ref"]);
    let reference = theirs["$ref"].as_str().or_else(|| only?.as_str());
    let by_reference = reference.and_then(|reference| reference.rsplit('/').next());
    by_reference.or_else(|| theirs["refName"].as_str())
}
