//! The repository's specification, as the tests read it. The tests of `twilio-conversations-client` read it too.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use codegen::{Document, Sources};
use serde_json::{Map, Value, json};

pub(crate) static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec");
    for folder in ["", "v1/", "events/"] {
        for path in fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = path.file_name().unwrap().to_str().unwrap();
                files.insert(format!("{folder}{name}"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    Sources(files)
});

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| codegen::overlaid(&SOURCES).unwrap());

/// One operation of the specification.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub id: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub value: &'static Value,
    /// Name of the builder without the verb, where the path item gives one.
    stem: Option<&'static str>,
}

/// All operations, in the order of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in DOCUMENT.root["paths"].as_object().unwrap() {
        for (method, value) in item.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("x-")) {
            let (id, stem) = (value["operationId"].as_str().unwrap(), item["x-name"].as_str());
            operations.push(Operation { id, method, path, value, stem });
        }
    }
    operations
}

impl Operation {
    /// The parameters in `path`, `query` or `header`.
    pub(crate) fn parameters(self, place: &str) -> impl Iterator<Item = &'static Value> {
        self.value["parameters"].as_array().into_iter().flatten().filter(move |parameter| parameter["in"] == place)
    }

    /// The name of its builder, which two operations of a pair share.
    pub(crate) fn name(self) -> String {
        let verbs = ["Create", "Fetch", "Update", "List", "Delete"];
        let verb = verbs.into_iter().find(|verb| self.id.starts_with(verb)).unwrap();
        self.stem.map_or_else(|| self.id.to_owned(), |stem| format!("{verb}{stem}"))
    }

    /// The Rust type of the request body.
    pub(crate) fn request_type(self) -> String {
        format!("{}Request", self.name())
    }

    /// The Rust type of the query parameters.
    pub(crate) fn params_type(self) -> String {
        self.value["x-params-name"].as_str().map_or_else(|| format!("{}Params", self.name()), str::to_owned)
    }

    /// The schema of the request.
    pub(crate) fn body(self) -> Option<&'static Value> {
        self.value.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema")
    }

    /// The samples of the request, by name.
    pub(crate) fn request_samples(self) -> Vec<(&'static str, &'static Value)> {
        samples(self.value.pointer("/requestBody/content/application~1x-www-form-urlencoded"))
    }

    /// The schema of the successful answer.
    pub(crate) fn answer(self) -> Option<&'static Value> {
        self.answers().find_map(|(_, answer)| answer.pointer("/content/application~1json/schema"))
    }

    /// The samples of successful answers, by status and name.
    pub(crate) fn answer_samples(self) -> Vec<(&'static str, &'static str, &'static Value)> {
        let of = |(status, answer): (&'static str, &'static Value)| {
            let samples = samples(answer.pointer("/content/application~1json"));
            samples.into_iter().map(move |(name, sample)| (status, name, sample))
        };
        self.answers().flat_map(of).collect()
    }

    /// The successful answers, by status.
    pub(crate) fn answers(self) -> impl Iterator<Item = (&'static str, &'static Value)> {
        let answers = self.value["responses"].as_object().unwrap().iter();
        answers.filter(|(status, _)| status.starts_with('2')).map(|(status, answer)| (status.as_str(), answer))
    }

    /// The Rust type that an answer is decoded to.
    pub(crate) fn answer_type(self) -> Option<String> {
        let answer = self.answer()?;
        Some(referenced_type(answer).unwrap_or_else(|| format!("{}Response", self.name())))
    }

    /// The query parameters as the schema of one object.
    pub(crate) fn params(self) -> Option<Value> {
        let properties: Map<String, Value> = self
            .parameters("query")
            .map(|parameter| (parameter["name"].as_str().unwrap().to_owned(), parameter["schema"].clone()))
            .collect();
        (!properties.is_empty()).then(|| json!({ "type": "object", "properties": properties }))
    }
}

fn samples(content: Option<&'static Value>) -> Vec<(&'static str, &'static Value)> {
    let samples = content.and_then(|content| content["examples"].as_object()).into_iter().flatten();
    samples.map(|(name, sample)| (name.as_str(), &sample["value"])).collect()
}

/// The schemas of the document, by name.
pub(crate) fn schemas() -> &'static Map<String, Value> {
    DOCUMENT.root["components"]["schemas"].as_object().unwrap()
}

/// What a schema is, if it is a reference to it.
pub(crate) fn resolve(schema: &Value) -> &Value {
    schema_name(schema).map_or(schema, |name| &schemas()[name])
}

fn schema_name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The Rust type that a reference stands for.
pub(crate) fn referenced_type(schema: &Value) -> Option<String> {
    schema_name(schema).map(type_name)
}

/// The Rust type of a schema: its `x-name`, or the last part of its name.
pub(crate) fn type_name(schema_name: &str) -> String {
    if let Some(name) = schemas()[schema_name]["x-name"].as_str() {
        return name.to_owned();
    }
    let last = schema_name.rsplit('.').next().unwrap().replace("_enum_", "_");
    let words = last.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

/// A SID of the schema's pattern that is nobody's, if it is a SID's.
pub(crate) fn sid(schema: &Value) -> Option<String> {
    let prefix = prefix(schema)?;
    Some(format!("{prefix}{}", "a".repeat(32)))
}

/// The two letters in front of a SID; `SM` where any two are possible.
pub(crate) fn prefix(schema: &Value) -> Option<&str> {
    let prefix = schema["pattern"].as_str()?.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")?;
    Some(if prefix.len() == 2 { prefix } else { "SM" })
}

/// A value that fits the schema.
pub(crate) fn example(schema: &Value) -> Value {
    let schema = resolve(schema);
    if let Some(sid) = sid(schema) {
        return json!(sid);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => json!("2026-01-02T03:04:05Z"),
        (Some("string"), Some("duration")) => json!("P1DT12H"),
        (Some("string"), _) if schema["x-json-text"] == true => json!(r#"{"number": 4711}"#),
        (Some("string"), _) => json!("50% of a & b = ü + /?"),
        (Some("integer"), _) => json!(7),
        (Some("boolean"), _) => json!(true),
        (Some("array"), _) => json!([example(&schema["items"])]),
        (Some("object"), Some("uri-map")) => json!({ "self": "https://example.com/self" }),
        (Some("object"), _) => match schema["properties"].as_object() {
            Some(properties) => properties.iter().map(|(name, schema)| (name.clone(), example(schema))).collect(),
            None => json!({ "any": ["thing", 1, null] }),
        },
        _ => json!({ "what": "ever" }),
    }
}

/// A form's pairs, as a value of the specification has them: lists as repeated names.
pub(crate) fn pairs(sample: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut pairs = Vec::new();
    for (name, value) in sample.as_object().unwrap() {
        match value {
            Value::Array(items) if items.is_empty() => pairs.push((name.clone(), String::new())),
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.clone(), text(item)))),
            value => pairs.push((name.clone(), text(value))),
        }
    }
    pairs
}

/// The pairs by name. The order of different names carries no meaning; that within a name does.
pub(crate) fn grouped(pairs: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        groups.entry(name).or_default().push(value);
    }
    groups
}

/// A response as it is read and written again: without nulls, words as booleans, and enum values in the documented case.
pub(crate) fn as_read(schema: &Value, value: &Value) -> Value {
    let schema = resolve(schema);
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name.clone(), as_read(&schema["properties"][name], value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| as_read(&schema["items"], item)).collect(),
        Value::String(word) if schema["x-word"] == true => json!(word.eq_ignore_ascii_case("true")),
        Value::String(word) => {
            let mut documented = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            json!(documented.find(|value| value.eq_ignore_ascii_case(word)).unwrap_or(word))
        }
        value => value.clone(),
    }
}

/// A value without the members that are null, at any depth: absent and null are one.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        value => value.clone(),
    }
}
