//! progenitor's input: a document in which every type is a name.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Map, Value, json};
use syn::{ImplItem, ImplItemFn, Item};

use crate::{
    error::Result,
    model::{Api, Int, Operation, Place, TypeRef},
    panics::caught,
};

/// progenitor's methods by name.
///
/// # Errors
///
/// An operation that it cannot take.
pub(super) fn functions(api: &Api<'_>, operations: &[&Operation]) -> Result<BTreeMap<String, ImplItemFn>> {
    let problem = match run(operations) {
        Ok(functions) => return Ok(functions),
        Err(problem) => problem,
    };
    // It does not say which operation it is about, so each is tried alone.
    for operation in operations {
        if let Err(problem) = run(&[operation]) {
            let problem = format!("{}: progenitor cannot take it: {problem}", operation.id);
            return Err(api.document.error(&operation.pointer, problem));
        }
    }
    Err(api.document.error("/paths", format!("progenitor cannot take all operations together: {problem}")))
}

/// Runs progenitor on the operations.
pub(super) fn run(operations: &[&Operation]) -> Result<BTreeMap<String, ImplItemFn>, String> {
    let mut document = Document::default();
    operations.iter().for_each(|operation| document.add(operation));
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Positional);
    for name in document.schemas.keys() {
        settings.with_replacement(name, name, [].into_iter());
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "", "version": "1" },
        "paths": document.paths,
        "components": { "schemas": document.schemas },
    });
    let document: OpenAPI = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let tokens = caught(|| Generator::new(&settings).generate_tokens(&document).map_err(|error| error.to_string()))?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let items = file.items.into_iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item.items),
        _ => None,
    });
    let methods = items.flatten().filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.asyncness.is_some() => Some((function.sig.ident.to_string(), function)),
        _ => None,
    });
    Ok(methods.collect())
}

#[derive(Default)]
struct Document {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Document {
    fn refer(&mut self, name: &str) -> Value {
        self.schemas.entry(name).or_insert_with(|| json!({ "type": "object" }));
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn add(&mut self, operation: &Operation) {
        let parameters: Vec<_> = operation
            .parameters
            .iter()
            .map(|parameter| {
                let place = match parameter.place {
                    Place::Path => "path",
                    Place::Query => "query",
                    Place::Header => "header",
                };
                let property = &parameter.property;
                let schema = self.schema(&property.ty);
                json!({ "name": property.wire, "in": place, "required": property.is_required, "schema": schema })
            })
            .collect();
        let mut method = json!({ "operationId": operation.id, "parameters": parameters });
        if let Some(name) = &operation.body {
            let content = json!({ "application/x-www-form-urlencoded": { "schema": self.refer(name) } });
            method["requestBody"] = json!({ "required": true, "content": content });
        }
        let mut responses = Map::new();
        for status in &operation.statuses {
            let response = match &operation.response {
                Some(name) => {
                    json!({ "description": "", "content": { "application/json": { "schema": self.refer(name) } } })
                }
                None => json!({ "description": "" }),
            };
            responses.insert(status.clone(), response);
        }
        method["responses"] = Value::Object(responses);
        self.paths.entry(&operation.path.text).or_insert_with(|| json!({}))[&operation.method] = method;
    }

    /// An OpenAPI 3.0 schema of a parameter's type.
    fn schema(&mut self, ty: &TypeRef) -> Value {
        match ty {
            TypeRef::Duration => self.refer("IsoDuration"),
            TypeRef::DayStart => self.refer("DayStart"),
            TypeRef::DayEnd => self.refer("DayEnd"),
            TypeRef::JsonText => self.refer("JsonText"),
            TypeRef::Sid(sid) => self.refer(&sid.name),
            TypeRef::Enum(name) | TypeRef::Struct(name) => self.refer(name),
            TypeRef::String => json!({ "type": "string" }),
            TypeRef::Bool => json!({ "type": "boolean" }),
            TypeRef::Int(Int::I32) => json!({ "type": "integer", "format": "int32" }),
            TypeRef::Int(Int::I64) => json!({ "type": "integer", "format": "int64" }),
            TypeRef::Int(Int::U32) => json!({ "type": "integer", "format": "uint32" }),
            TypeRef::DateTime => json!({ "type": "string", "format": "date-time" }),
            TypeRef::List(item) => json!({ "type": "array", "items": self.schema(item) }),
            TypeRef::Map | TypeRef::Object => json!({ "type": "object" }),
            TypeRef::Any => json!({}),
        }
    }
}
