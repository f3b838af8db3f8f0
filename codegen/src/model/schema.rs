//! Schemas of the document as types and properties.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Api, Int, Limits, Property, TypeRef};
use crate::{
    error::{Result, token},
    names::snake,
    spec::Document,
};

/// Reads schemas. References are looked up among the schemas that have a name.
pub(super) struct Reader<'a> {
    pub document: &'a Document,
    /// The type that a `$ref` stands for.
    pub reference: &'a dyn Fn(&Value) -> Option<TypeRef>,
}

impl Reader<'_> {
    /// The type of a value. `owner` is the name of the struct that it is in, and `pointer` says where the schema is.
    ///
    /// # Errors
    ///
    /// A pattern of no SID type, a type that the API has not used before, enum values or an object without a name.
    pub(super) fn type_ref(&self, schema: &Value, pointer: &str, owner: &str) -> Result<TypeRef> {
        let fail = |member: &str, problem: String| Err(self.document.error(format!("{pointer}{member}"), problem));
        if let Some(reference) = (self.reference)(schema) {
            return Ok(reference);
        }
        // An enum gets its name from its schema; as a string, it would lose its values silently.
        if schema.get("enum").is_some() {
            let problem = "values without a name: give them a schema in components, here or by the overlay";
            return fail("/enum", problem.to_owned());
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            return match self.document.sids.for_pattern(pattern) {
                Some(sid) => Ok(TypeRef::Sid(sid.clone())),
                None => {
                    let known = self.document.sids.prefixes();
                    let problem = format!(
                        "{pattern:?} is not `^` and a prefix of x-sids ({known}) and `[0-9a-fA-F]{{32}}$`; declare a new \
                         SID type under x-sids in the fragment of its resource"
                    );
                    fail("/pattern", problem)
                }
            };
        }
        if schema["x-json-text"] == true {
            return Ok(TypeRef::JsonText);
        }
        match schema["format"].as_str() {
            Some("duration") => return Ok(TypeRef::Duration),
            Some("day-start") => return Ok(TypeRef::DayStart),
            Some("day-end") => return Ok(TypeRef::DayEnd),
            _ => {}
        }
        Ok(match schema["type"].as_str() {
            None => TypeRef::Any,
            Some("object") if schema["format"] == "uri-map" => TypeRef::Map,
            Some("object") if schema.get("properties").is_some() => {
                return fail("", format!("it needs a struct {owner}: give its schema a name in components"));
            }
            Some("object") => TypeRef::Object,
            Some("array") => {
                let item = self.type_ref(&schema["items"], &format!("{pointer}/items"), &format!("{owner}Item"))?;
                TypeRef::List(Box::new(item))
            }
            Some("string") if schema["format"] == "date-time" => TypeRef::DateTime,
            Some("string") => TypeRef::String,
            Some("integer") => TypeRef::Int(integer(schema)),
            // The dialect has no other type.
            Some(_) => TypeRef::Bool,
        })
    }

    /// The properties of an object, in the order of the specification.
    ///
    /// # Errors
    ///
    /// As [`type_ref`](Self::type_ref); a property without a description; a required property that is not there; two
    /// properties that make one field.
    pub(super) fn properties(&self, schema: &Value, pointer: &str, owner: &str) -> Result<Vec<Property>> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut properties: Vec<Property> = Vec::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let pointer = format!("{pointer}/properties/{}", token(name));
            let ty = self.type_ref(property, &pointer, &format!("{owner}{}", crate::names::pascal(name)))?;
            let is_required = required.contains(&name.as_str());
            properties.push(self.property(name, property, ty, is_required, &pointer)?);
        }
        for (i, name) in required.iter().enumerate() {
            if !properties.iter().any(|property| property.wire == **name) {
                let pointer = format!("{pointer}/required/{i}");
                return Err(self.document.error(pointer, format!("there is no property {name}")));
            }
        }
        for (i, property) in properties.iter().enumerate() {
            if properties[..i].iter().any(|other| other.rust == property.rust) {
                let problem = format!("{owner} has two fields {}", property.rust);
                return Err(self.document.error(pointer, problem));
            }
        }
        Ok(properties)
    }

    /// One property, or one parameter.
    ///
    /// # Errors
    ///
    /// When it has no description.
    pub(super) fn property(
        &self,
        name: &str,
        schema: &Value,
        ty: TypeRef,
        is_required: bool,
        pointer: &str,
    ) -> Result<Property> {
        let mut description = schema["description"].as_str().unwrap_or_default().trim().to_owned();
        if description.is_empty() {
            return Err(self.document.error(pointer, "the property has no description"));
        }
        let is_sid = matches!(ty, TypeRef::Sid(_));
        let limits = Limits {
            minimum: schema["minimum"].as_i64(),
            maximum: schema["maximum"].as_i64(),
            max_length: schema["maxLength"].as_u64().filter(|_| !is_sid),
        };
        if let Some(most) = limits.max_length {
            description.push_str(&format!(" At most {most} characters."));
        }
        Ok(Property {
            wire: name.to_owned(),
            rust: snake(name),
            ty,
            is_required,
            is_nullable: schema["nullable"] == true,
            is_secret: schema["x-secret"] == true,
            description,
            limits,
        })
    }
}

/// A number that cannot be negative, such as a page size, is a `u32`.
fn integer(schema: &Value) -> Int {
    match (schema["format"].as_str(), schema["minimum"].as_i64()) {
        (_, Some(0..)) | (Some("uint32"), _) => Int::U32,
        (Some("int32"), _) => Int::I32,
        _ => Int::I64,
    }
}

/// The type of an event's field, which is not part of the document.
///
/// # Errors
///
/// As for a property, with a pointer into the field.
pub(crate) fn field_type(api: &Api<'_>, schema: &Value) -> Result<TypeRef> {
    let reader = Reader { document: api.document, reference: &|schema| api.reference(schema) };
    reader.type_ref(schema, "", "Event")
}

/// Whether a schema of components is an enum or a struct.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Enum,
    Struct,
}

/// The description of a schema.
///
/// # Errors
///
/// When it has none.
pub(super) fn described(document: &Document, schema: &Value, pointer: &str) -> Result<String> {
    match schema["description"].as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(document.error(pointer, "the schema has no description")),
    }
}

/// The fragment that a schema is in; `None` for one that belongs to no resource.
pub(super) fn home(document: &Document, schema: &Value, pointer: &str) -> Option<String> {
    let file = document.file_of(pointer);
    (schema["x-shared"] != true && file.starts_with("v1/")).then(|| file.to_owned())
}

/// Names of the schemas that an operation or a shared schema leads to.
pub(super) fn reachable(document: &Document) -> BTreeSet<&str> {
    fn walk<'a>(document: &'a Document, value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(|r| r.as_str()?.strip_prefix("#/components/schemas/"))
                    && found.insert(name)
                {
                    walk(document, document.resolve(value), found);
                }
                let members = members.iter().filter(|(name, _)| *name != "examples");
                members.for_each(|(_, value)| walk(document, value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    document.members("/paths").for_each(|(_, item)| walk(document, item, &mut found));
    let shared = document.schemas().filter(|(_, schema)| schema["x-shared"] == true);
    shared.for_each(|(_, schema)| walk(document, schema, &mut found));
    found
}
