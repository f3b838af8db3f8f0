//! The parts of an OpenAPI 3.0 document that the emulator uses. Everything else is skipped while reading.

use hyper::Method;
use indexmap::IndexMap;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Document {
    pub(crate) paths: IndexMap<String, PathItem>,
    pub(crate) components: Components,
}

/// The targets of `$ref`.
#[derive(Deserialize)]
pub(crate) struct Components {
    pub(crate) schemas: IndexMap<String, Schema>,
}

#[derive(Deserialize)]
pub(crate) struct PathItem {
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) get: Option<Operation>,
    pub(crate) post: Option<Operation>,
    pub(crate) delete: Option<Operation>,
    pub(crate) put: Option<Operation>,
    pub(crate) patch: Option<Operation>,
}

/// One operation: parameters, request body and responses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) operation_id: String,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) request_body: Option<Body>,
    pub(crate) responses: IndexMap<String, Body>,
}

/// A parameter outside the body.
#[derive(Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "in")]
    pub(crate) place: String,
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) schema: Schema,
}

#[derive(Deserialize)]
pub(crate) struct Body {
    #[serde(default)]
    pub(crate) content: IndexMap<String, Media>,
}

#[derive(Deserialize)]
pub(crate) struct Media {
    pub(crate) schema: Option<Schema>,
}

/// A schema, in place or by reference.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Schema {
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<String>,
    pub(crate) all_of: Vec<Self>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) pattern: Option<String>,
    #[serde(rename = "enum")]
    pub(crate) values: Vec<Option<String>>,
    pub(crate) nullable: bool,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) items: Option<Box<Self>>,
    pub(crate) properties: IndexMap<String, Self>,
    pub(crate) required: Vec<String>,
}

impl PathItem {
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Method, &Operation)> {
        let operations = [
            (Method::GET, &self.get),
            (Method::POST, &self.post),
            (Method::DELETE, &self.delete),
            (Method::PUT, &self.put),
            (Method::PATCH, &self.patch),
        ];
        operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
    }
}

impl Document {
    /// Follows a `$ref`, or an `allOf` of one, to the schema itself.
    ///
    /// # Errors
    ///
    /// The reference, if it leads nowhere.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Schema) -> Result<&'a Schema, String> {
        let mut at = schema;
        for _ in 0..8 {
            if let Some(reference) = &at.reference {
                at = reference
                    .strip_prefix("#/components/schemas/")
                    .and_then(|name| self.components.schemas.get(name))
                    .ok_or_else(|| format!("{reference} leads nowhere"))?;
            } else if let [one] = at.all_of.as_slice() {
                at = one;
            } else {
                return Ok(at);
            }
        }
        Err("a reference that leads to itself".to_owned())
    }
}
