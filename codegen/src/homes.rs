//! Where a schema's type is made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{api::Api, error::token};

/// Which schemas are made where: in the module of the fragment that defines them, or among the shared ones where there
/// is no such fragment or more than one.
pub(crate) struct Homes<'a> {
    by_file: BTreeMap<Option<String>, Vec<&'a str>>,
}

impl<'a> Homes<'a> {
    pub(crate) fn new(api: &'a Api<'_>) -> Self {
        let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let used = reachable(api);
        for (schema_name, schema) in api.document.schemas() {
            let type_name = api.type_names[schema_name].as_str();
            let shared = schema["x-shared"] == true;
            if shared || used.contains(schema_name) {
                let file = api.document.file_of(&format!("/components/schemas/{}", token(schema_name)));
                files.entry(type_name).or_default().insert(if shared { "base.yaml" } else { file });
            }
        }
        let mut by_file: BTreeMap<Option<String>, Vec<&str>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (schema_name, _) in api.document.schemas() {
            let type_name = api.type_names[schema_name].as_str();
            let Some(files) = files.get(type_name) else { continue };
            let mut files = files.iter().filter(|file| file.starts_with("v1/"));
            let home = match (files.next(), files.next()) {
                (Some(file), None) => Some((*file).to_owned()),
                _ => None,
            };
            if seen.insert(type_name) {
                by_file.entry(home).or_default().push(schema_name);
            }
        }
        Self { by_file }
    }

    pub(crate) fn of(&self, file: &str) -> Vec<&'a str> {
        self.by_file.get(&Some(file.to_owned())).cloned().unwrap_or_default()
    }

    pub(crate) fn shared(&self) -> Vec<&'a str> {
        self.by_file.get(&None).cloned().unwrap_or_default()
    }
}

/// Names of the schemas that an operation or a shared schema leads to.
fn reachable<'a>(api: &'a Api<'_>) -> BTreeSet<&'a str> {
    fn walk<'a>(api: &'a Api<'_>, value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(|r| r.as_str()?.strip_prefix("#/components/schemas/"))
                    && found.insert(name)
                {
                    walk(api, &api.document.root["components"]["schemas"][name], found);
                }
                members.iter().filter(|(name, _)| *name != "examples").for_each(|(_, value)| walk(api, value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(api, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(api, &api.document.root["paths"], &mut found);
    api.document
        .schemas()
        .filter(|(_, schema)| schema["x-shared"] == true)
        .for_each(|(_, schema)| walk(api, schema, &mut found));
    found
}
