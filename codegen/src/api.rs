//! The document as the generator sees it: resources, operations and types, with the names that they get in Rust.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    error::{Error, Result, token},
    names::{is_identifier, pascal, singular, snake, type_name},
    spec::{Document, ResourceInfo},
};

/// The API, named.
pub(crate) struct Api<'a> {
    pub document: &'a Document,
    pub resources: Vec<Resource<'a>>,
    /// Rust names of the component schemas, by schema name. Schemas that were merged share one.
    pub type_names: BTreeMap<&'a str, String>,
}

/// One fragment: a module in `types` and in `client`.
pub(crate) struct Resource<'a> {
    pub info: &'a ResourceInfo,
    /// `["service", "configuration", "webhook"]`.
    pub module: Vec<String>,
    pub operations: Vec<Operation<'a>>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Verb {
    Create,
    Fetch,
    Update,
    List,
    Delete,
}

impl Verb {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Create, "Create"),
        (Self::Fetch, "Fetch"),
        (Self::Update, "Update"),
        (Self::List, "List"),
        (Self::Delete, "Delete"),
    ];
}

pub(crate) struct Operation<'a> {
    /// `UpdateServiceWebhookConfiguration`.
    pub id: &'a str,
    pub verb: Verb,
    /// `ServiceWebhookConfiguration`.
    pub stem: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    /// Pointer of the operation in the document.
    pub pointer: String,
    pub value: &'a Value,
    pub parameters: Vec<Parameter<'a>>,
    pub body: Option<&'a Value>,
    /// Schema of the answer; `None` where it has no body.
    pub answer: Option<&'a Value>,
}

pub(crate) struct Parameter<'a> {
    pub name: &'a str,
    pub place: Place,
    pub required: bool,
    pub schema: &'a Value,
    pub description: &'a str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

impl Operation<'_> {
    pub(crate) fn parameters(&self, place: Place) -> impl Iterator<Item = &Parameter<'_>> {
        self.parameters.iter().filter(move |parameter| parameter.place == place)
    }

    /// `UpdateServiceRequest`, if the operation has a body.
    pub(crate) fn request_type(&self) -> Option<String> {
        self.body.map(|_| format!("{}Request", self.id))
    }

    /// `ListServiceParams`, if the operation has query parameters.
    pub(crate) fn params_type(&self) -> Option<String> {
        self.parameters(Place::Query).next().map(|_| format!("{}Params", self.id))
    }

    /// The items of a list's answer: the property that holds them and their schema.
    pub(crate) fn list_items(&self) -> Option<(&str, &Value)> {
        if self.verb != Verb::List {
            return None;
        }
        let properties = self.answer?["properties"].as_object()?;
        let (name, property) = properties.iter().find(|(name, _)| *name != "meta")?;
        Some((name, &property["items"]))
    }

    pub(crate) fn summary(&self) -> &str {
        self.value["summary"].as_str().unwrap_or_default()
    }

    pub(crate) fn description(&self) -> &str {
        self.value["description"].as_str().unwrap_or_default()
    }
}

impl<'a> Api<'a> {
    /// Finds resources and operations and names everything.
    ///
    /// # Errors
    ///
    /// An operation that cannot be named or that no fragment holds; schema names that collide once shortened.
    pub(crate) fn new(document: &'a Document) -> Result<Self> {
        check_paths(document)?;
        let mut resources = Vec::new();
        for info in &document.resources {
            let operations = operations(document, info)?;
            let first =
                operations.first().ok_or_else(|| Error::new(&info.file, "/paths", "the resource has no operation"))?;
            if let Some(other) = operations.iter().find(|other| collection(other.path) != collection(first.path)) {
                let problem = format!("a fragment has one collection and its items, and {} is another", first.path);
                return Err(document.error(&other.pointer, problem));
            }
            let module = module(first.path, info.module.as_deref());
            if !module.iter().all(|name| is_identifier(name)) {
                let problem = format!("its module {} has no name in Rust", module.join("::"));
                return Err(Error::new(&info.file, "/x-resource", problem));
            }
            resources.push(Resource { info, module, operations });
        }
        resources.sort_by(|a, b| a.module.cmp(&b.module));
        let mut modules = BTreeMap::new();
        for resource in &resources {
            if let Some(first) = modules.insert(&resource.module, &resource.info.file) {
                let problem = format!("its module {} is that of spec/{first} already", resource.module.join("::"));
                return Err(Error::new(&resource.info.file, "/x-resource", problem));
            }
        }
        let api = Self { document, resources, type_names: type_names(document)? };
        api.check_unique_names()?;
        Ok(api)
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation<'a>> {
        self.resources.iter().flat_map(|resource| &resource.operations)
    }

    /// The Rust name that a `$ref` stands for.
    pub(crate) fn referenced_type(&self, schema: &Value) -> Option<&str> {
        let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
        self.type_names.get(name).map(String::as_str)
    }

    /// Requests, answers of lists and parameters get names from their operation; none may be a schema's too.
    fn check_unique_names(&self) -> Result<()> {
        let schemas: BTreeSet<&str> = self.type_names.values().map(String::as_str).collect();
        let mut ids = BTreeSet::new();
        for operation in self.operations() {
            if !ids.insert(operation.id) {
                let problem = format!("{} is another operation's too", operation.id);
                return Err(self.document.error(format!("{}/operationId", operation.pointer), problem));
            }
            let list = operation.list_items().map(|_| format!("{}Response", operation.id));
            for name in [operation.request_type(), operation.params_type(), list].into_iter().flatten() {
                if schemas.contains(name.as_str()) {
                    return Err(self.document.error(&operation.pointer, format!("{name} is a schema's name too")));
                }
            }
        }
        Ok(())
    }
}

/// Every operation is a resource's, at a path that handles can walk.
fn check_paths(document: &Document) -> Result<()> {
    for (path, item) in document.root["paths"].as_object().into_iter().flatten() {
        let pointer = format!("/paths/{}", token(path));
        if item["x-twilio"]["mountName"].as_str().is_some_and(|name| !is_identifier(name)) {
            return Err(document.error(format!("{pointer}/x-twilio/mountName"), "it is no name in Rust"));
        }
        for (method, _) in item.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-")) {
            let pointer = format!("{pointer}/{method}");
            if path.strip_prefix("/v1/").is_none_or(|rest| rest.is_empty() || rest.starts_with('{')) {
                return Err(document.error(pointer, "a path begins with /v1/ and the name of a collection"));
            }
            let file = document.file_of(&pointer);
            if !document.resources.iter().any(|info| info.file == file) {
                return Err(Error::new(file, pointer, "an operation in a file without x-resource"));
            }
        }
    }
    Ok(())
}

fn operations<'a>(document: &'a Document, info: &'a ResourceInfo) -> Result<Vec<Operation<'a>>> {
    let mut operations = Vec::new();
    for (path, item) in document.root["paths"].as_object().into_iter().flatten() {
        for (method, value) in item.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-")) {
            let pointer = format!("/paths/{}/{method}", token(path));
            if document.file_of(&pointer) == info.file {
                operations.push(operation(document, path, method, value, pointer)?);
            }
        }
    }
    operations.sort_by_key(|operation| operation.verb);
    Ok(operations)
}

fn operation<'a>(
    document: &'a Document,
    path: &'a str,
    method: &'a str,
    value: &'a Value,
    pointer: String,
) -> Result<Operation<'a>> {
    let id =
        value["operationId"].as_str().ok_or_else(|| document.error(&pointer, "the operation has no operationId"))?;
    let named = Verb::ALL.iter().find_map(|(verb, prefix)| Some((*verb, id.strip_prefix(prefix)?)));
    let (verb, stem) = named.ok_or_else(|| {
        document.error(
            format!("{pointer}/operationId"),
            format!("{id} does not begin with Create, Fetch, Update, List or Delete"),
        )
    })?;
    if stem.is_empty() || !is_identifier(id) {
        return Err(document.error(format!("{pointer}/operationId"), format!("{id:?} does not make a name in Rust")));
    }
    if !matches!(method, "get" | "post" | "delete") {
        return Err(document.error(&pointer, format!("method {method} is not one of get, post, delete")));
    }
    if value["summary"].as_str().is_none_or(str::is_empty) {
        return Err(document.error(&pointer, "the operation has no summary"));
    }
    let parameters = parameters(document, value, &pointer)?;
    let in_path: Vec<_> = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
    let declared: Vec<_> = parameters.iter().filter(|p| p.place == Place::Path).map(|p| p.name).collect();
    if in_path.iter().collect::<BTreeSet<_>>() != declared.iter().collect::<BTreeSet<_>>() {
        let problem = format!("the path has parameters {in_path:?}, the operation declares {declared:?}");
        return Err(document.error(format!("{pointer}/parameters"), problem));
    }
    let body = match value.get("requestBody") {
        Some(body) => Some(
            body.pointer("/content/application~1x-www-form-urlencoded/schema")
                .ok_or_else(|| document.error(format!("{pointer}/requestBody"), "the body has no form schema"))?,
        ),
        None => None,
    };
    let answer = answer(document, value, &pointer)?;
    let operation = Operation { id, verb, stem, method, path, pointer, value, parameters, body, answer };
    if operation.verb == Verb::List && operation.list_items().is_none_or(|(_, items)| items.is_null()) {
        return Err(document.error(&operation.pointer, "the answer to a list has no array of items beside meta"));
    }
    if operation.verb == Verb::List && operation.answer.is_none_or(|answer| answer["properties"]["meta"].is_null()) {
        return Err(document.error(&operation.pointer, "the answer to a list has no meta"));
    }
    let has_page_size = || operation.parameters(Place::Query).any(|p| p.name == "PageSize" && !p.required);
    if operation.verb == Verb::List && !has_page_size() {
        return Err(document.error(&operation.pointer, "a list has an optional parameter PageSize"));
    }
    Ok(operation)
}

fn parameters<'a>(document: &Document, value: &'a Value, pointer: &str) -> Result<Vec<Parameter<'a>>> {
    let mut parameters = Vec::new();
    for (i, parameter) in value["parameters"].as_array().into_iter().flatten().enumerate() {
        let problem = |problem| document.error(format!("{pointer}/parameters/{i}"), problem);
        let place = match parameter["in"].as_str() {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") => Place::Header,
            _ => return Err(problem("a parameter is in path, query or header")),
        };
        parameters.push(Parameter {
            name: parameter["name"]
                .as_str()
                .filter(|name| is_identifier(&snake(name)))
                .ok_or_else(|| problem("the parameter has no name that makes one in Rust"))?,
            place,
            required: match parameter.get("required") {
                None => false,
                Some(required) => {
                    required.as_bool().ok_or_else(|| problem("expected true or false for whether it is required"))?
                }
            },
            schema: parameter
                .get("schema")
                .filter(|schema| schema.is_object())
                .ok_or_else(|| problem("the parameter has no schema"))?,
            description: parameter["description"].as_str().unwrap_or_default(),
        });
    }
    Ok(parameters)
}

/// Schema of the successful answers, which must agree where there are several.
fn answer<'a>(document: &Document, value: &'a Value, pointer: &str) -> Result<Option<&'a Value>> {
    let responses = value["responses"].as_object();
    let mut schemas = responses
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(_, response)| response.pointer("/content/application~1json/schema"));
    let Some(first) = schemas.next() else {
        return Err(document.error(format!("{pointer}/responses"), "there is no successful response"));
    };
    if schemas.any(|other| other != first) {
        return Err(document.error(format!("{pointer}/responses"), "the successful responses have different schemas"));
    }
    Ok(first)
}

/// Rust names of all schemas. Two schemas may share one only if an `x-name` says so and their values agree.
fn type_names(document: &Document) -> Result<BTreeMap<&str, String>> {
    let mut names = BTreeMap::new();
    let mut taken: BTreeMap<String, (&str, &Value)> = BTreeMap::new();
    for (schema_name, schema) in document.schemas() {
        let pointer = format!("/components/schemas/{}", token(schema_name));
        let name = schema["x-name"].as_str().map_or_else(|| type_name(schema_name), str::to_owned);
        if !is_identifier(&name) {
            return Err(document.error(pointer, format!("{name:?} is no name in Rust")));
        }
        if let Some((other, first)) = taken.get(&name) {
            if schema.get("x-name").is_none() || first.get("x-name").is_none() {
                let problem =
                    format!("its name {name} is also that of {other}; give one of them an x-name in the overlay");
                return Err(document.error(pointer, problem));
            }
            let values = |schema: &Value| -> BTreeSet<String> {
                schema["enum"].as_array().into_iter().flatten().map(Value::to_string).collect()
            };
            if values(schema).is_empty() || values(schema) != values(first) {
                let problem = format!("it shares the x-name {name} with {other} and not the values");
                return Err(document.error(pointer, problem));
            }
        } else {
            taken.insert(name.clone(), (schema_name, schema));
        }
        names.insert(schema_name, name);
    }
    Ok(names)
}

/// `/v1/Services/{ChatServiceSid}/Configuration/Webhooks` becomes `service`, `configuration`, `webhook`.
fn module(path: &str, last: Option<&str>) -> Vec<String> {
    let mut module: Vec<String> = static_segments(path).map(|segment| singular(&snake(segment))).collect();
    if let (Some(place), Some(name)) = (module.last_mut(), last) {
        name.clone_into(place);
    }
    module
}

/// `/v1/Services/{Sid}` becomes `/v1/Services`.
fn collection(path: &str) -> &str {
    path.rsplit_once('/').filter(|(_, last)| last.starts_with('{')).map_or(path, |(collection, _)| collection)
}

/// The fixed segments of a path, without the version.
pub(crate) fn static_segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && !segment.starts_with('{')).skip(1)
}

/// `Service`, `ServiceConfiguration`: what is named by the fixed segments of a path.
pub(crate) fn path_stem(path: &str) -> String {
    static_segments(path).map(|segment| pascal(&singular(&snake(segment)))).collect()
}
