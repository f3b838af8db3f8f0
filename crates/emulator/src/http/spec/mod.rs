//! The API as its specification describes it, compiled once per process: routes, parameters, response schemas.

mod document;
mod kind;
mod request;

use std::sync::LazyLock;

use hyper::Method;

pub(crate) use self::kind::Kind;
pub(crate) use self::request::Route;
use crate::operations::{self, Operation};

/// The merged specification with this project's corrections, written by `cargo xtask regen`.
const DOCUMENT: &str = include_str!("../../generated/openapi.json");

/// Request headers that are implemented, in `http/api.rs`.
const HEADERS: [&str; 1] = ["X-Twilio-Webhook-Enabled"];

/// All endpoints, and the routes to them.
#[derive(Default)]
pub(crate) struct Spec {
    /// Indices of the endpoints of each path.
    router: matchit::Router<Vec<(Method, usize)>>,
    endpoints: Vec<Endpoint>,
}

/// An operation of the specification.
#[derive(Default)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    /// Its implementation; `None` if the emulator does not implement it, for which the response is 501.
    pub(crate) operation: Option<&'static Operation>,
    /// Why the emulator does not implement it, for the response and for a test.
    pub(crate) problem: Option<String>,
    /// Documented headers that the emulator does not implement.
    pub(crate) unimplemented_headers: Vec<String>,
    pub(crate) path: Vec<Parameter>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) form: Vec<Parameter>,
    /// Names of the parameters of query and form.
    pub(crate) names: [Box<[Box<str>]>; 2],
    /// Status of a successful response.
    pub(crate) success: u16,
    /// The properties of the response, or of an item of a list, in the order of the specification.
    pub(crate) properties: Vec<Property>,
    pub(crate) list: Option<List>,
}

/// A property of an object.
pub(crate) struct Property {
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the items"))]
    pub(crate) name: Box<str>,
    /// The JSON before the value: a brace or a comma, the name, a colon.
    pub(crate) opening: Box<[u8]>,
    /// Index of the property among those of the item.
    pub(crate) index: Option<usize>,
}

/// A parameter and the values that it takes.
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

/// The list of an operation that responds with pages.
pub(crate) struct List {
    /// Name of the property that holds the items.
    pub(crate) key: Box<str>,
    /// Most items of a page.
    pub(crate) maximum: u32,
}

impl Spec {
    /// The embedded specification.
    ///
    /// # Errors
    ///
    /// The part of the specification that the emulator cannot read.
    pub(crate) fn get() -> Result<&'static Self, &'static str> {
        static SPEC: LazyLock<Result<Spec, String>> = LazyLock::new(|| Spec::compile(DOCUMENT));
        SPEC.as_ref().map_err(String::as_str)
    }

    pub(crate) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    fn compile(text: &str) -> Result<Self, String> {
        let document: document::Document =
            serde_json::from_str(text).map_err(|error| format!("cannot read the specification: {error}"))?;
        let mut spec = Self::default();
        for (path, item) in &document.paths {
            let mut methods = Vec::new();
            for (method, operation) in item.operations() {
                methods.push((method, spec.endpoints.len()));
                let endpoint = Endpoint::compile(&document, path, &item.parameters, operation);
                spec.endpoints.push(endpoint.unwrap_or_else(|problem| Endpoint {
                    id: operation.operation_id.clone(),
                    problem: Some(problem),
                    ..Endpoint::default()
                }));
            }
            spec.route(path, methods)?;
        }
        Ok(spec)
    }
}

impl Endpoint {
    fn compile(
        document: &document::Document,
        path: &str,
        shared: &[document::Parameter],
        operation: &document::Operation,
    ) -> Result<Self, String> {
        let implementation = operations::find(&operation.operation_id).ok_or("it has no handler")?;
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
        let form = form(document, operation)?;
        let (success, response) = success(operation)?;
        let response = response.map(|schema| document.resolve(schema)).transpose()?;
        let list = response.and_then(|schema| list(schema, &query));
        let item = match (&list, response) {
            (Some(list), Some(schema)) => schema.properties[&*list.key].items.as_deref(),
            (_, response) => response,
        };
        let item = item.map(|schema| document.resolve(schema)).transpose()?;
        let names = |parameters: &[Parameter]| parameters.iter().map(|parameter| parameter.name.clone()).collect();
        Ok(Self {
            id: operation.operation_id.clone(),
            operation: Some(implementation),
            problem: None,
            unimplemented_headers: unimplemented.collect(),
            path: in_order_of(path, in_path)?,
            names: [names(&query), names(&form)],
            query,
            form,
            success,
            properties: item.map_or_else(Vec::new, |item| Property::compile(item, implementation)),
            list,
        })
    }
}

impl Property {
    fn compile(schema: &document::Schema, operation: &Operation) -> Vec<Self> {
        let names = (operation.item.properties)();
        let property = |(position, name): (usize, &String)| Self {
            name: name.as_str().into(),
            opening: format!("{}\"{name}\":", if position == 0 { '{' } else { ',' }).into_bytes().into(),
            index: names.iter().position(|known| known == name),
        };
        schema.properties.keys().enumerate().map(property).collect()
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
    let (status, response) = operation
        .responses
        .iter()
        .find(|(status, _)| status.starts_with('2'))
        .ok_or("it has no response with a status 2xx")?;
    let status = status.parse().map_err(|_| format!("response {status} is not a status"))?;
    Ok((status, response.content.values().next().and_then(|media| media.schema.as_ref())))
}

/// The list in a response: an object with `meta` and an array of items.
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

/// Sorts path parameters by their position in the path, since their values are found by position.
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
    fn only(method: &str, id: &str, more: &str) -> Endpoint {
        let text = format!(
            r#"{{"components": {{"schemas": {{}}}}, "paths": {{"/v1/X": {{"{method}": {{
                "operationId": "{id}", "responses": {{"200": {{}}}}{more}}}}}}}}}"#
        );
        Spec::compile(&text).unwrap().endpoints.pop().unwrap_or_else(|| panic!("no operation of {text}"))
    }

    #[test]
    fn the_part_of_an_operation_that_is_not_implemented_is_named() {
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
        let Route::Endpoint(services, _) = Spec::get().unwrap().find(&Method::GET, "/v1/Services") else {
            panic!("no such operation")
        };
        let list = services.list.as_ref().unwrap();
        assert_eq!((&*list.key, list.maximum), ("services", 100));
    }
}
