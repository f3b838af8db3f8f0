//! Reads the schemas that are sets of values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Enum, EnumGroup, EnumValue, merge,
    schema::{Kind, described, home, reachable},
};
use crate::{
    error::{Result, token},
    names::{is_identifier, pascal, screaming},
    spec::Document,
};

/// The enums by name. Several schemas may be one enum if their values are the same, in whatever order.
pub(super) fn read(
    document: &Document,
    names: &BTreeMap<String, String>,
    kinds: &BTreeMap<String, Kind>,
    files: &merge::Counterparts,
) -> Result<BTreeMap<String, Enum>> {
    let used = reachable(document);
    let mut enums: BTreeMap<String, Enum> = BTreeMap::new();
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    for (schema_name, schema) in document.schemas().filter(|(name, _)| kinds[&names[*name]] == Kind::Enum) {
        let pointer = format!("/components/schemas/{}", token(schema_name));
        let place = |other: &str| document.origin(&format!("/components/schemas/{}", token(other)));
        let name = &names[schema_name];
        let is_used = used.contains(schema_name) || schema["x-shared"] == true;
        let mut read = read_enum(document, schema, name, &pointer)?;
        read.home = read.home.map(|home| files.get(&home).cloned().unwrap_or(home));
        match enums.get_mut(name) {
            Some(known) => {
                let values = |one: &Enum| one.values.iter().map(|value| value.wire.clone()).collect::<BTreeSet<_>>();
                if values(known) != values(&read) {
                    let problem = format!("it shares the x-name {name} with {} and not the values", place(first[name]));
                    return Err(document.error(pointer, problem));
                }
                if is_used && known.home != read.home {
                    known.home = None;
                }
            }
            None if is_used => {
                first.insert(name.clone(), schema_name);
                enums.insert(name.clone(), read);
            }
            None => {}
        }
    }
    Ok(enums)
}

fn read_enum(document: &Document, schema: &Value, name: &str, pointer: &str) -> Result<Enum> {
    let prefix = schema["x-enum-prefix"].as_str().unwrap_or_default();
    let fail = |problem: String| document.error(format!("{pointer}/enum"), problem);
    let mut values: Vec<EnumValue> = Vec::new();
    let listed = schema["enum"].as_array().filter(|values| !values.is_empty());
    for value in listed.ok_or_else(|| fail("an enum has values".to_owned()))? {
        let wire = value.as_str().ok_or_else(|| fail(format!("{value} is not a string")))?;
        let variant = pascal(wire.strip_prefix(prefix).unwrap_or(wire));
        if values.iter().any(|other| other.variant == variant) || variant == "Unknown" {
            return Err(fail(format!("{wire:?} has the name of another value")));
        }
        if !is_identifier(&variant) {
            return Err(fail(format!("{wire:?} does not make the name of a variant")));
        }
        let description = schema["x-enum-descriptions"][wire].as_str().map(str::to_owned);
        values.push(EnumValue { wire: wire.to_owned(), variant, description });
    }
    let mut groups = Vec::new();
    for (group, content) in schema["x-enum-groups"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/x-enum-groups/{group}");
        let description = content["description"].as_str().unwrap_or_default();
        if *group != screaming(group) {
            return Err(document.error(pointer, "a group has a name in capitals"));
        }
        let mut members = Vec::new();
        for (i, value) in content["values"].as_array().into_iter().flatten().enumerate() {
            let known = value.as_str().filter(|wire| values.iter().any(|known| known.wire == **wire));
            let unknown =
                || document.error(format!("{pointer}/values/{i}"), format!("{value} is not one of the enum's values"));
            members.push(known.ok_or_else(unknown)?.to_owned());
        }
        groups.push(EnumGroup { name: group.clone(), description: description.to_owned(), values: members });
    }
    Ok(Enum {
        name: name.to_owned(),
        description: described(document, schema, pointer)?,
        values,
        groups,
        home: home(document, schema, pointer),
        pointer: pointer.to_owned(),
    })
}
