//! Open enums, one for each set of values, as calls of the hand-written macro in `crates/types/src/open_enum.rs`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    api::Api,
    error::Result,
    names::{is_identifier, pascal, screaming},
    render::doc_text,
};

/// One call of `open_enum!`, as text: it is a macro's input, which a formatter for Rust leaves alone.
///
/// # Errors
///
/// No values, a value that makes no name, two values of one name, or a group with a value that the enum does not have.
pub(crate) fn render(api: &Api<'_>, name: &str, schema: &Value, doc: &str, pointer: &str) -> Result<String> {
    let prefix = schema["x-enum-prefix"].as_str().unwrap_or_default();
    let mut variants: BTreeMap<&str, String> = BTreeMap::new();
    let mut text = format!("open_enum! {{\n{}    pub enum {name} {{\n", doc_text(doc, "    "));
    let fail = |problem: String| api.document.error(format!("{pointer}/enum"), problem);
    let values = schema["enum"].as_array().filter(|values| !values.is_empty());
    for value in values.ok_or_else(|| fail("an enum has values".to_owned()))? {
        let value = value.as_str().ok_or_else(|| fail(format!("{value} is not a text")))?;
        let variant = pascal(value.strip_prefix(prefix).unwrap_or(value));
        if variants.values().any(|other| *other == variant) || variant == "Unknown" {
            return Err(fail(format!("{value:?} has the name of another value")));
        }
        if !is_identifier(&variant) {
            return Err(fail(format!("{value:?} does not make the name of a variant")));
        }
        let line = schema["x-enum-descriptions"][value].as_str();
        let doc = line.map_or_else(|| format!("`{value}`."), |line| format!("{line} `{value}`."));
        text.push_str(&format!("{}        {variant} = {value:?},\n", doc_text(&doc, "        ")));
        variants.insert(value, variant);
    }
    text.push_str("    }\n");
    for (group, values) in schema["x-enum-groups"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/x-enum-groups/{group}");
        let doc = values["description"].as_str().unwrap_or_default();
        if doc.is_empty() || *group != screaming(group) {
            return Err(api.document.error(pointer, "a group has a description and a name in capitals"));
        }
        text.push_str(&format!("\n{}    const {group} = [\n", doc_text(doc, "    ")));
        for (i, value) in values["values"].as_array().into_iter().flatten().enumerate() {
            let variant = value.as_str().and_then(|value| variants.get(value));
            let unknown = || {
                api.document.error(format!("{pointer}/values/{i}"), format!("{value} is not one of the enum's values"))
            };
            text.push_str(&format!("        {},\n", variant.ok_or_else(unknown)?));
        }
        text.push_str("    ];\n");
    }
    text.push_str("}\n");
    Ok(text)
}
