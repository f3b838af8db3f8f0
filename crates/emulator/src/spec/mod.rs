//! The API as the specification describes it, compiled once per process: routes, parameters, shapes of answers.

mod check;
mod document;
mod fields;
mod kind;
mod route;
mod shape;

use std::sync::LazyLock;

use hyper::Method;

pub(crate) use self::fields::Fields;
pub(crate) use self::kind::{Kind, is_sid};
use self::route::Node;
pub(crate) use self::route::{Found, PathValues};
pub(crate) use self::shape::Shape;
use crate::resource::{self, Handler, Resource};

/// The merged specification with this project's corrections, written by `cargo xtask regen`.
const DOCUMENT: &str = include_str!("../generated/openapi.json");

/// Headers of requests that have an effect. The code that reads them is in `server/api.rs`.
const HEADERS: [&str; 1] = ["X-Twilio-Webhook-Enabled"];

/// All operations of the API and the way to each.
pub(crate) struct Api {
    root: Node,
    operations: Vec<Operation>,
}

/// One operation, ready to be checked and answered.
pub(crate) struct Operation {
    pub(crate) id: String,
    /// The emulator's own knowledge of it; none for an operation that it does not implement.
    pub(crate) resource: Option<&'static Resource>,
    /// Why it is not implemented, if it is not. A test names it.
    pub(crate) problem: Option<String>,
    /// Documented headers that the emulator does not implement.
    pub(crate) unimplemented_headers: Vec<String>,
    /// Whether it changes nothing.
    pub(crate) reads: bool,
    pub(crate) path: Vec<Parameter>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) form: Vec<Parameter>,
    /// Status of a successful answer.
    pub(crate) success: u16,
    /// What a successful answer, or an item of the list that it is, looks like; none for an empty answer.
    pub(crate) shape: Option<Shape>,
    pub(crate) list: Option<List>,
    pub(crate) handler: Handler,
}

/// One parameter: its name and the texts that it takes.
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

/// What is particular to an operation that answers a page of a list.
pub(crate) struct List {
    /// Name of the property that holds the items.
    pub(crate) key: Box<str>,
    /// Most items that a page may hold.
    pub(crate) maximum: u32,
}

impl Api {
    /// The API of the embedded specification.
    ///
    /// # Errors
    ///
    /// What in the specification the emulator cannot read.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        static API: LazyLock<Result<Api, String>> = LazyLock::new(|| Api::compile(DOCUMENT));
        API.as_ref().map_err(String::as_str)
    }

    /// All operations.
    #[cfg(test)]
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Finds the operation for a request.
    pub(crate) fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'_, 'p> {
        self.root.find(&self.operations, method, path)
    }

    fn compile(text: &str) -> Result<Self, String> {
        let document: document::Document =
            serde_json::from_str(text).map_err(|error| format!("cannot read the specification: {error}"))?;
        let mut api = Self { root: Node::default(), operations: Vec::new() };
        for (path, item) in &document.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let compiled = Operation::compile(&document, path, &item.parameters, operation);
                let mut compiled =
                    compiled.unwrap_or_else(|problem| Operation::unimplemented(&operation.operation_id, problem));
                compiled.reads = method == Method::GET;
                api.root.insert(&method, path, api.operations.len());
                api.operations.push(compiled);
            }
        }
        Ok(api)
    }
}

impl Operation {
    fn compile(
        document: &document::Document,
        path: &str,
        shared: &[document::Parameter],
        operation: &document::Operation,
    ) -> Result<Self, String> {
        let (resource, handler) = resource::handler(&operation.operation_id).ok_or("it has no handler")?;
        let all = || shared.iter().chain(&operation.parameters);
        let place = |place: &'static str| {
            all()
                .filter(move |parameter| parameter.place == place)
                .map(|parameter| Parameter::compile(document, &parameter.name, parameter.required, &parameter.schema))
        };
        if let Some(parameter) = all().find(|parameter| !["query", "path", "header"].contains(&&*parameter.place)) {
            return Err(format!("{}: parameters in {} are not implemented", parameter.name, parameter.place));
        }
        let headers = all().filter(|parameter| parameter.place == "header").map(|parameter| parameter.name.clone());
        let unimplemented = headers.filter(|name| !HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)));
        let query = place("query").collect::<Result<Vec<_>, _>>()?;
        let in_path = place("path").collect::<Result<Vec<_>, _>>()?;
        let (success, answer) = success(operation)?;
        let answer = answer.map(|schema| document.resolve(schema)).transpose()?;
        let list = answer.and_then(|schema| list(schema, &query));
        let item = match (&list, answer) {
            (Some(list), Some(schema)) => schema.properties[&*list.key].items.as_deref(),
            (_, answer) => answer,
        };
        Ok(Self {
            id: operation.operation_id.clone(),
            resource: Some(resource),
            problem: None,
            unimplemented_headers: unimplemented.collect(),
            reads: false,
            path: in_order_of(path, in_path)?,
            query,
            form: form(document, operation)?,
            success,
            shape: item.map(|schema| document.resolve(schema).map(Shape::compile)).transpose()?,
            list,
            handler,
        })
    }

    /// An operation without a handler. The response to each request is 501.
    fn unimplemented(id: &str, problem: String) -> Self {
        Self {
            id: id.to_owned(),
            resource: None,
            problem: Some(problem),
            unimplemented_headers: Vec::new(),
            reads: false,
            path: Vec::new(),
            query: Vec::new(),
            form: Vec::new(),
            success: 501,
            shape: None,
            list: None,
            handler: resource::unimplemented,
        }
    }
}

impl Parameter {
    fn compile(
        document: &document::Document,
        name: &str,
        required: bool,
        schema: &document::Schema,
    ) -> Result<Self, String> {
        let kind = Kind::compile(document, schema).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name: name.into(), required, kind })
    }
}

/// The status of the first successful response, and its schema if it has one.
fn success(operation: &document::Operation) -> Result<(u16, Option<&document::Schema>), String> {
    let (status, response) =
        operation.responses.iter().find(|(status, _)| status.starts_with('2')).ok_or("no response tells of success")?;
    let status = status.parse().map_err(|_| format!("response {status} is not a status"))?;
    Ok((status, response.content.values().next().and_then(|media| media.schema.as_ref())))
}

/// A list answers `meta` beside the items.
fn list(schema: &document::Schema, query: &[Parameter]) -> Option<List> {
    schema.properties.get("meta")?;
    let key = schema.properties.keys().find(|key| *key != "meta")?;
    let maximum = query.iter().find_map(|parameter| match parameter.kind {
        Kind::Integer { max, .. } if &*parameter.name == "PageSize" => u32::try_from(max).ok(),
        _ => None,
    });
    Some(List { key: key.as_str().into(), maximum: maximum.unwrap_or(50) })
}

fn form(document: &document::Document, operation: &document::Operation) -> Result<Vec<Parameter>, String> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let Some(body) = &operation.request_body else { return Ok(Vec::new()) };
    let schema = body.content.get(FORM).and_then(|media| media.schema.as_ref());
    let schema = schema.ok_or_else(|| format!("a request body that is not {FORM} is not implemented"))?;
    let schema = document.resolve(schema)?;
    schema
        .properties
        .iter()
        .map(|(name, property)| Parameter::compile(document, name, schema.required.contains(name), property))
        .collect()
}

/// Sorts path parameters as they stand in the path, where values are found by position.
fn in_order_of(path: &str, mut parameters: Vec<Parameter>) -> Result<Vec<Parameter>, String> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let index = parameters
                .iter()
                .position(|parameter| &*parameter.name == name)
                .ok_or_else(|| format!("{name} is in the path and not among the parameters"))?;
            Ok(parameters.swap_remove(index))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only operation of a document: the method and the parts of the operation beside its id and response.
    fn only(method: &str, id: &str, more: &str) -> Operation {
        let text = format!(
            r#"{{"components": {{"schemas": {{}}}}, "paths": {{"/v1/X": {{"{method}": {{
                "operationId": "{id}", "responses": {{"200": {{}}}}{more}}}}}}}}}"#
        );
        Api::compile(&text).unwrap().operations.pop().unwrap_or_else(|| panic!("no operation of {text}"))
    }

    #[test]
    fn what_the_emulator_does_not_implement_of_an_operation_is_named() {
        let string = r#""schema": {"type": "string"}"#;
        let cookie = format!(r#", "parameters": [{{"name": "Session", "in": "cookie", {string}}}]"#);
        let pattern =
            r#", "parameters": [{"name": "Sid", "in": "query", "schema": {"type": "string", "pattern": "^x"}}]"#;
        let body = r#", "requestBody": {"content": {"application/json": {}}}"#;
        for (method, id, more, problem) in [
            ("put", "ReplaceConversation", "", "it has no handler"),
            ("patch", "UpdateLabel", "", "it has no handler"),
            ("get", "FetchConversation", &*cookie, "Session: parameters in cookie are not implemented"),
            ("get", "FetchConversation", pattern, "Sid: pattern ^x is not that of a SID"),
            ("post", "UpdateConversation", body, "a request body that is not application/x-www-form-urlencoded"),
        ] {
            let found = only(method, id, more).problem.unwrap_or_default();
            assert!(found.contains(problem), "{id}: {found}");
        }
        assert_eq!(only("get", "FetchConversation", "").problem, None);
    }

    #[test]
    fn a_header_that_nothing_reads_is_known_in_any_case() {
        let header = |name| format!(r#", "parameters": [{{"name": "{name}", "in": "header", "schema": {{}}}}]"#);
        let unimplemented = |name| only("get", "FetchConversation", &header(name)).unimplemented_headers;
        assert_eq!(unimplemented("X-Colour"), ["X-Colour"]);
        assert_eq!(unimplemented("x-twilio-webhook-enabled"), <[&str; 0]>::default());
    }

    #[test]
    fn a_list_knows_its_key_and_its_largest_page() {
        let Found::Operation(services, _) = Api::get().unwrap().find(&Method::GET, "/v1/Services") else {
            panic!("no such operation")
        };
        let list = services.list.as_ref().unwrap();
        assert_eq!((&*list.key, list.maximum), ("services", 100));
    }
}
