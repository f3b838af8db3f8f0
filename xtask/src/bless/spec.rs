//! The merged specification, as `bless` reads it: operations, samples and SIDs.
//!
//! The generator's own model is not used. The written calls are a check of the generator, so their names must come from a
//! second reading of the same document.

use std::error::Error;

use codegen::{Document, Sources};
use serde_json::{Map, Value, json};

pub(crate) struct Spec {
    document: Document,
}

/// One operation of the specification.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub id: &'a str,
    pub path: &'a str,
    /// Name of the fragment in `spec/v1/`, without its ending.
    pub fragment: &'a str,
    value: &'a Value,
}

impl Spec {
    /// Merges the files of `spec/` and applies the overlay.
    ///
    /// # Errors
    ///
    /// As [`codegen::overlaid`].
    pub(crate) fn new(sources: &Sources) -> codegen::Result<Self> {
        Ok(Self { document: codegen::overlaid(sources)? })
    }

    /// All operations, in the order of the document.
    ///
    /// # Errors
    ///
    /// An operation without an id, and one that no file of `spec/v1/` holds, each with its pointer.
    pub(crate) fn operations(&self) -> Result<Vec<Operation<'_>>, Box<dyn Error>> {
        let mut operations = Vec::new();
        for (path, item) in self.document.members("/paths") {
            for (method, value) in item.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-")) {
                let pointer = format!("/paths/{}/{method}", codegen::token(path));
                let file = self.document.file_of(&pointer);
                let fragment = file.strip_prefix("v1/").and_then(|file| file.strip_suffix(".yaml"));
                let (Some(id), Some(fragment)) = (value["operationId"].as_str(), fragment) else {
                    let problem =
                        "found no operationId in a file of spec/v1/; calls are written for operations of both";
                    return Err(self.document.error(pointer, problem).into());
                };
                operations.push(Operation { id, path, fragment, value });
            }
        }
        Ok(operations)
    }

    /// The `mountName` of a path, if it has one.
    pub(crate) fn mount_name(&self, path: &str) -> Option<&str> {
        self.document.root["paths"][path]["x-twilio"]["mountName"].as_str()
    }

    /// The schema that a reference leads to, or the schema itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        self.document.resolve(schema)
    }

    /// The names of the SID types, sorted.
    pub(crate) fn sid_types(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.document.members("/x-sids").map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The SID type of a schema with a SID's pattern: the one that declares its prefix, or `any` for a pattern without.
    pub(crate) fn sid_type(&self, schema: &Value) -> Option<&str> {
        let prefix = prefix(schema)?;
        let mut declared = self.document.members("/x-sids");
        declared.find(|(_, sid)| sid["prefix"] == prefix).map(|(name, _)| name.as_str())
    }

    /// A value that fits the schema.
    pub(crate) fn example(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(sid) = sid(schema) {
            return json!(sid);
        }
        if let Some(value) = schema["enum"].get(0) {
            return value.clone();
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), Some("date-time")) => json!("2026-01-02T03:04:05Z"),
            (Some("string"), Some("duration")) => json!("P1DT12H"),
            (Some("string"), _) if schema["x-json-text"] == true => json!(r#"{"number": 4711}"#),
            (Some("string"), _) => json!("50% of a & b = ü + /?"),
            (Some("integer"), _) => json!(7),
            (Some("boolean"), _) => json!(true),
            (Some("array"), _) => json!([self.example(&schema["items"])]),
            _ => Value::Null,
        }
    }
}

impl<'a> Operation<'a> {
    /// The parameters in `path`, `query` or `header`.
    pub(crate) fn parameters(self, place: &str) -> impl Iterator<Item = &'a Value> {
        self.value["parameters"].as_array().into_iter().flatten().filter(move |parameter| parameter["in"] == place)
    }

    /// The schema of the path parameter of this name.
    pub(crate) fn path_schema(self, name: &str) -> &'a Value {
        self.parameters("path").find(|parameter| parameter["name"] == name).map_or(&Value::Null, |it| &it["schema"])
    }

    /// Whether a caller can say if webhooks are called.
    pub(crate) fn takes_header(self) -> bool {
        self.parameters("header").next().is_some()
    }

    /// The schema of the request.
    pub(crate) fn body(self) -> Option<&'a Value> {
        self.content()?.get("schema")
    }

    /// The samples of the request, by name.
    pub(crate) fn samples(self) -> Vec<(&'a str, &'a Value)> {
        let samples = self.content().and_then(|content| content["examples"].as_object());
        samples.into_iter().flatten().map(|(name, sample)| (name.as_str(), &sample["value"])).collect()
    }

    fn content(self) -> Option<&'a Value> {
        self.value.pointer("/requestBody/content/application~1x-www-form-urlencoded")
    }

    /// The query parameters as the schema of one object.
    pub(crate) fn params(self) -> Option<Value> {
        let schema = |parameter: &Value| Some((parameter["name"].as_str()?.to_owned(), parameter["schema"].clone()));
        let properties: Map<String, Value> = self.parameters("query").filter_map(schema).collect();
        (!properties.is_empty()).then(|| json!({ "type": "object", "properties": properties }))
    }
}

/// A made-up SID of the schema's pattern, if it is the pattern of a SID.
pub(crate) fn sid(schema: &Value) -> Option<String> {
    // `SM` is a message of the Messaging API, the most frequent of those that stand where any prefix may.
    let prefix = prefix(schema).map(|prefix| if prefix == "any" { "SM" } else { prefix })?;
    Some(format!("{prefix}{}", "a".repeat(32)))
}

/// The two letters in front of a SID; `any` where the pattern allows more than one prefix.
fn prefix(schema: &Value) -> Option<&str> {
    let prefix = schema["pattern"].as_str()?.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")?;
    Some(if prefix.len() == 2 { prefix } else { "any" })
}
