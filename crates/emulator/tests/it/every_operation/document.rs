//! The specification for the walk: operations by path, their parameters, and the schemas of responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{ApiResponse, Method};

/// Parameters of every list. All lists read them in one place, `Call::page`.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// The URL of every webhook that is configured. Nothing listens there.
pub(super) const WEBHOOK_URL: &str = "http://127.0.0.1:1/";

pub(super) struct Document {
    root: Value,
    base_url: String,
    /// Properties that responses had, by schema. The properties within a property are often absent, so that the
    /// responses of all operations count together.
    seen: BTreeMap<String, Properties>,
}

#[derive(Default)]
struct Properties {
    documented: BTreeSet<String>,
    seen: BTreeSet<String>,
    /// Where the schema was met first.
    place: String,
}

/// A parameter of a query or a form.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) in_query: bool,
    /// A value that the schema allows.
    pub(super) value: String,
}

impl Document {
    pub(super) fn new(base_url: &str) -> Self {
        let mut root: Value = serde_json::from_str(include_str!("../../../src/generated/openapi.json")).unwrap();
        for path in root["paths"].as_object_mut().unwrap().values_mut() {
            share_parameters(path);
        }
        Self { root, base_url: base_url.to_owned(), seen: BTreeMap::new() }
    }

    /// The operation of a path, if the specification has it.
    pub(super) fn operation(&self, method: &Method, template: &str) -> Option<&Value> {
        self.root["paths"].get(template)?.get(method.as_str().to_lowercase())
    }

    /// Every operation: method, path, and the operation itself.
    pub(super) fn operations(&self) -> impl Iterator<Item = (Method, &str, &Value)> {
        let methods = [Method::GET, Method::POST, Method::DELETE, Method::PUT, Method::PATCH];
        self.root["paths"].as_object().unwrap().keys().flat_map(move |path| {
            let found = methods.clone().into_iter().map(|method| (method.clone(), self.operation(&method, path)));
            found.filter_map(|(method, operation)| Some((method, path.as_str(), operation?))).collect::<Vec<_>>()
        })
    }

    /// The parameters of an operation's query and form, but for those of paging.
    pub(super) fn parameters(&self, operation: &Value) -> Vec<Parameter> {
        let list = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let query = list.iter().filter(|parameter| parameter["in"] == "query");
        let query = query.map(|parameter| (parameter["name"].as_str().unwrap(), true, &parameter["schema"]));
        let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let form = self.resolve(form)["properties"].as_object();
        let form = form.into_iter().flatten().map(|(name, schema)| (name.as_str(), false, schema));
        query
            .chain(form)
            .filter(|(name, ..)| !PAGING.contains(name))
            .map(|(name, in_query, schema)| Parameter {
                name: name.to_owned(),
                in_query,
                value: self.any_value(schema),
            })
            .collect()
    }

    /// A value that matches a schema, whether or not a request with it succeeds.
    fn any_value(&self, schema: &Value) -> String {
        let schema = self.resolve(schema);
        if let Some(value) = schema["enum"].get(0).and_then(Value::as_str) {
            return value.to_owned();
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("array"), _) => self.any_value(&schema["items"]),
            (Some("integer" | "number"), _) => schema["minimum"].as_i64().unwrap_or(1).to_string(),
            (Some("boolean"), _) => "true".to_owned(),
            (_, Some("date-time")) => "2026-01-02T03:04:05Z".to_owned(),
            _ => match schema["pattern"].as_str().and_then(|pattern| pattern.get(1..3)) {
                Some(prefix) => format!("{}{}", prefix.replace("[a", "XX"), "0".repeat(32)),
                None => "x".to_owned(),
            },
        }
    }

    /// Compares a response with its schema: status, and exactly the documented properties.
    pub(super) fn check(&mut self, id: &str, operation: &Value, response: &ApiResponse) {
        let documented = &operation["responses"][response.status.to_string()];
        assert!(!documented.is_null(), "{id} responded {}: {}", response.status, response.body);
        let schema = &documented["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert!(response.body.is_null(), "{id}: {}", response.body);
            return;
        }
        let mut seen = std::mem::take(&mut self.seen);
        self.compare(id, schema, &response.body, &mut seen);
        self.seen = seen;
    }

    /// The properties that no response had.
    pub(super) fn unseen(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (schema, properties) in &self.seen {
            let unseen: Vec<_> = properties.documented.difference(&properties.seen).cloned().collect();
            if !unseen.is_empty() {
                problems.push(format!(
                    "no response has {} of {schema} ({}): write it in the file of the resource in \
                     crates/emulator/src/operations, or add a call that needs it to this test",
                    unseen.join(", "),
                    properties.place
                ));
            }
        }
        problems
    }

    /// An item has exactly the documented properties. An object within it may lack some.
    fn compare(&self, place: &str, schema: &Value, value: &Value, seen: &mut BTreeMap<String, Properties>) {
        let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or(place);
        let Some(properties) = self.resolve(schema)["properties"].as_object() else { return };
        let empty = serde_json::Map::new();
        let object = match value {
            Value::Null => &empty,
            value => value.as_object().unwrap_or_else(|| panic!("{place}: {value} is no object")),
        };
        let documented: BTreeSet<_> = properties.keys().cloned().collect();
        let answered: BTreeSet<_> = object.keys().cloned().collect();
        let is_item = ["account_sid", "links", "meta"].iter().any(|name| properties.contains_key(*name));
        if is_item && !value.is_null() {
            assert_eq!(answered, documented, "{place}: the response's properties beside the documented ones");
        } else {
            assert!(answered.is_subset(&documented), "{place}: {answered:?} beside {documented:?}");
        }
        let entry = seen.entry(name.to_owned()).or_default();
        if entry.place.is_empty() {
            place.clone_into(&mut entry.place);
        }
        entry.documented.extend(documented);
        entry.seen.extend(answered);
        for (name, schema) in properties {
            let value = object.get(name).unwrap_or(&Value::Null);
            self.compare_value(&format!("{place}: {name}"), schema, value, seen);
        }
    }

    fn compare_value(&self, place: &str, schema: &Value, value: &Value, seen: &mut BTreeMap<String, Properties>) {
        let resolved = self.resolve(schema);
        if resolved["type"] == "object" {
            return self.compare(place, schema, value, seen);
        }
        if value.is_null() {
            return;
        }
        if let Some(values) = resolved["enum"].as_array() {
            // `webhook_method` is documented in lower case, and its samples are in upper case.
            let is = |known: &Value| known.as_str().zip(value.as_str()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            assert!(values.iter().any(is), "{place}: {value} is not one of {values:?}");
            return;
        }
        match resolved["type"].as_str() {
            Some("string") => self.compare_text(place, resolved, value),
            Some("integer") => assert!(value.is_i64(), "{place}: {value}"),
            Some("boolean") if resolved["x-word"] == true => {
                assert!(value == "True" || value == "False", "{place}: {value}");
            }
            Some("boolean") => assert!(value.is_boolean(), "{place}: {value}"),
            Some("array") => {
                let items = value.as_array().unwrap_or_else(|| panic!("{place}: {value} is no array"));
                items.iter().for_each(|item| self.compare(place, &resolved["items"], item, seen));
            }
            _ => {}
        }
    }

    fn compare_text(&self, place: &str, schema: &Value, value: &Value) {
        let text = value.as_str().unwrap_or_else(|| panic!("{place}: {value} is no text"));
        if schema["format"] == "date-time" {
            assert!(text.len() == 20 && text.ends_with('Z'), "{place}: {text}");
        }
        if let Some(pattern) = schema["pattern"].as_str().and_then(|pattern| pattern.get(1..3)) {
            assert!(text.len() == 34 && (pattern == "[a" || text.starts_with(pattern)), "{place}: {text}");
        }
        if schema["format"] == "uri" {
            assert!(text.starts_with(&self.base_url) || text == WEBHOOK_URL, "{place}: {text}");
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap();
                self.resolve(&self.root["components"]["schemas"][name])
            }
            None => schema,
        }
    }
}

/// Gives the parameters of a path to its operations.
fn share_parameters(path: &mut Value) {
    let Some(shared) = path["parameters"].as_array().cloned() else { return };
    for operation in path.as_object_mut().unwrap().values_mut().filter(|operation| operation["operationId"].is_string())
    {
        match operation["parameters"].as_array_mut() {
            Some(own) => own.extend(shared.clone()),
            None => operation["parameters"] = shared.clone().into(),
        }
    }
}

/// Compares `url` and `links` with those of the documented sample: the same names and, except for SIDs, the same paths.
/// Returns whether there was a sample to compare.
pub(super) fn same_addresses(id: &str, operation: &Value, response: &ApiResponse) -> bool {
    let Some(sample) = sample(operation, &response.status.to_string()) else { return false };
    let Some(item) = first_item(&response.body) else { return false };
    for name in ["url", "links"] {
        assert_eq!(templates(&item[name]), templates(&sample[name]), "{id}: {name}");
    }
    true
}

/// The item, or the first one of a list, in the sample of a response, if it has URLs.
pub(super) fn sample<'a>(operation: &'a Value, status: &str) -> Option<&'a Value> {
    let examples = operation["responses"][status]["content"]["application/json"]["examples"].as_object()?;
    let item = examples.values().find_map(|example| first_item(&example["value"]))?;
    (item["url"].is_string() || item["links"].is_object()).then_some(item)
}

fn first_item(response: &Value) -> Option<&Value> {
    match response["meta"]["key"].as_str() {
        Some(key) => response[key].get(0),
        None => response.is_object().then_some(response),
    }
}

/// URLs by name, without the host, and with only the prefix of each SID.
fn templates(addresses: &Value) -> Vec<(String, String)> {
    let template = |address: &Value| {
        let address = address.as_str().unwrap_or_default();
        let path = address.split_once("/v1/").map_or(address, |(_, path)| path);
        let is_sid = |segment: &str| segment.len() == 34 && segment[2..].bytes().all(|byte| byte.is_ascii_hexdigit());
        let short = |segment: &str| if is_sid(segment) { segment[..2].to_owned() } else { segment.to_owned() };
        path.split('/').map(short).collect::<Vec<_>>().join("/")
    };
    let mut templates: Vec<_> = match addresses.as_object() {
        Some(links) => links.iter().map(|(name, address)| (name.clone(), template(address))).collect(),
        None => vec![(String::new(), template(addresses))],
    };
    templates.sort();
    templates
}
