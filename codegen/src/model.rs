//! The specification as a typed model: resources, operations, structs and enums, with their names in Rust.
//!
//! [`Api::new`] reads the document once. Every later stage reads the model and looks up nothing in the document.

mod columns;
mod enums;
mod merge;
mod operation;
mod path;
mod read;
mod schema;
mod sets;

use std::collections::BTreeMap;

use proc_macro2::Span;
use serde_json::Value;
use syn::{Ident, Type, parse_quote};

use crate::{
    sids::SidType,
    spec::{Document, ResourceInfo},
};

pub(crate) use operation::{List, Operation, Parameter, Place, Verb};
pub(crate) use path::Path;
pub(crate) use schema::field_type;
pub(crate) use sets::replaced;

/// JSON pointer of the enum of all events.
pub(crate) const EVENT_TYPE: &str = "/components/schemas/event_type";

/// The API, named.
pub(crate) struct Api<'a> {
    /// Where everything was read from, for errors.
    pub document: &'a Document,
    /// Ordered by module.
    pub resources: Vec<Resource<'a>>,
    /// Every struct of `types::v1` by its Rust name.
    pub structs: BTreeMap<String, Struct>,
    /// Every enum of `types::v1` by its Rust name.
    pub enums: BTreeMap<String, Enum>,
    /// The second place of the resources that are there twice.
    pub scope: Option<Scope>,
    /// The vendor's accessor names by path, `/v1/Services`.
    pub accessors: BTreeMap<String, String>,
    /// Structs and enums of equal structure that have different names, a line for each group.
    pub unmerged: Vec<String>,
    /// Rust names of the component schemas, by schema name.
    type_names: BTreeMap<String, String>,
}

/// One fragment.
pub(crate) struct Resource<'a> {
    pub info: &'a ResourceInfo,
    /// `["service", "configuration", "webhook"]`. That of its counterpart, if the resource is the scoped one of a pair.
    pub module: Vec<String>,
    pub operations: Vec<Operation>,
    /// Whether another resource has the same operations without the scope. Both share that one's module and types.
    pub is_scoped: bool,
}

/// The path below which resources are repeated: `/v1/Services/{ChatServiceSid}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scope {
    /// `/v1/Services/{ChatServiceSid}`.
    pub path: Path,
    /// Variant of the generated enum `Scope`: `Service`.
    pub variant: String,
    /// Type of the parameter: `ServiceSid`.
    pub sid: SidType,
}

/// A struct of `types::v1`.
#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub name: String,
    pub role: Role,
    /// Its description, from the specification or by its role.
    pub description: String,
    pub properties: Vec<Property>,
    /// Whether a member of an unexpected type is an error: `x-strict`.
    pub is_strict: bool,
    /// JSON pointer of what it was read from first.
    pub pointer: String,
    /// The fragment whose module it is in; `None` for the shared ones.
    pub home: Option<String>,
    /// Schema that it was read from, for those of `components`.
    pub schema: Option<String>,
    /// Methods that read lists of strings: `x-accessors`.
    pub accessors: Vec<Accessor>,
}

/// A method of a struct that returns the first list of strings that is there and not empty.
#[derive(Clone, Debug)]
pub(crate) struct Accessor {
    /// `trigger_words`.
    pub name: String,
    pub description: String,
    /// Fields, in the order in which they are read.
    pub fields: Vec<String>,
}

/// The use of a struct.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// A resource or a part of one, in responses.
    Model,
    /// Request body of a create.
    Create,
    /// Request body of an update: each field is kept, set or cleared.
    Update,
    /// Query parameters of a list.
    Params,
    /// Response to a list.
    Page,
}

impl Role {
    pub(crate) fn is_request(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Params)
    }
}

/// A member of a struct.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    /// Name on the wire, `FriendlyName`.
    pub wire: String,
    /// Name of the field, `friendly_name`.
    pub rust: String,
    pub ty: TypeRef,
    pub is_required: bool,
    pub is_nullable: bool,
    pub is_secret: bool,
    /// One paragraph or more, with the limits that the schema has.
    pub description: String,
    /// Smallest and largest number, and the longest string: what must agree where structs are merged.
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Limits {
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub max_length: Option<u64>,
}

/// The type of a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum TypeRef {
    String,
    Bool,
    Int(Int),
    DateTime,
    /// ISO 8601 duration, `IsoDuration`.
    Duration,
    /// The first day of a range, `DayStart`.
    DayStart,
    /// The last day of a range, `DayEnd`.
    DayEnd,
    /// A string that holds JSON, `JsonText`.
    JsonText,
    Sid(SidType),
    Enum(String),
    Struct(String),
    List(Box<Self>),
    /// Strings by name.
    Map,
    /// Any JSON object.
    Object,
    /// Any JSON value.
    Any,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Int {
    I32,
    I64,
    U32,
}

impl Int {
    pub(crate) fn rust(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "u32",
        }
    }
}

impl TypeRef {
    /// The Rust type, by the names that the generated files import.
    pub(crate) fn rust(&self) -> Type {
        let named = |name: &str| {
            let name = Ident::new(name, Span::call_site());
            parse_quote!(#name)
        };
        match self {
            Self::String => named("String"),
            Self::Bool => named("bool"),
            Self::Int(int) => named(int.rust()),
            Self::DateTime => parse_quote!(DateTime<Utc>),
            Self::Duration => named("IsoDuration"),
            Self::DayStart => named("DayStart"),
            Self::DayEnd => named("DayEnd"),
            Self::JsonText => named("JsonText"),
            Self::Sid(sid) => named(&sid.name),
            Self::Enum(name) | Self::Struct(name) => named(name),
            Self::List(item) => {
                let item = item.rust();
                parse_quote!(Vec<#item>)
            }
            Self::Map => parse_quote!(BTreeMap<String, String>),
            Self::Object => parse_quote!(Map<String, Value>),
            Self::Any => named("Value"),
        }
    }

    /// The same as a string: `Vec<EventType>`.
    pub(crate) fn rust_text(&self) -> String {
        match self {
            Self::DateTime => "DateTime<Utc>".to_owned(),
            Self::List(item) => format!("Vec<{}>", item.rust_text()),
            Self::Map => "BTreeMap<String, String>".to_owned(),
            Self::Object => "Map<String, Value>".to_owned(),
            Self::String => "String".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int(int) => int.rust().to_owned(),
            Self::Duration => "IsoDuration".to_owned(),
            Self::DayStart => "DayStart".to_owned(),
            Self::DayEnd => "DayEnd".to_owned(),
            Self::JsonText => "JsonText".to_owned(),
            Self::Sid(sid) => sid.name.clone(),
            Self::Enum(name) | Self::Struct(name) => name.clone(),
            Self::Any => "Value".to_owned(),
        }
    }

    /// The names that the Rust type is made of, without those of the prelude.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::String | Self::Bool | Self::Int(_) => Vec::new(),
            Self::DateTime => vec!["DateTime", "Utc"],
            Self::Duration => vec!["IsoDuration"],
            Self::DayStart => vec!["DayStart"],
            Self::DayEnd => vec!["DayEnd"],
            Self::JsonText => vec!["JsonText"],
            Self::Sid(sid) => vec![&sid.name],
            Self::Enum(name) | Self::Struct(name) => vec![name],
            Self::List(item) => item.names(),
            Self::Map => vec!["BTreeMap"],
            Self::Object => vec!["Map", "Value"],
            Self::Any => vec!["Value"],
        }
    }

    /// Whether a value is copied and not converted by a setter.
    pub(crate) fn is_copied(&self) -> bool {
        matches!(self, Self::Bool | Self::Int(_) | Self::DateTime)
    }

    /// Whether the API takes an empty value. Strings and lists can be empty; a number, a boolean or one of a set of
    /// values cannot.
    pub(crate) fn can_be_empty(&self) -> bool {
        matches!(self, Self::String | Self::JsonText | Self::Sid(_) | Self::List(_))
    }
}

/// An open enum of `types::v1`.
#[derive(Clone, Debug)]
pub(crate) struct Enum {
    pub name: String,
    pub description: String,
    pub values: Vec<EnumValue>,
    pub groups: Vec<EnumGroup>,
    pub pointer: String,
    /// The fragment whose module it is in; `None` for the shared ones.
    pub home: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct EnumValue {
    pub wire: String,
    /// `ConversationAdded`.
    pub variant: String,
    pub description: Option<String>,
}

/// A constant with some of an enum's values.
#[derive(Clone, Debug)]
pub(crate) struct EnumGroup {
    /// `PRE_EVENTS`.
    pub name: String,
    pub description: String,
    /// Wire names.
    pub values: Vec<String>,
}

impl Api<'_> {
    /// Whether generated code finds the type in the root of `twilio-conversations-types`.
    pub(crate) fn is_at_root(&self, name: &str) -> bool {
        self.root_names().any(|known| known == name)
    }

    /// The types in the root of `twilio-conversations-types` that generated code uses.
    pub(crate) fn root_names(&self) -> impl Iterator<Item = &str> {
        ["DayEnd", "DayStart", "IsoDuration", "JsonText", "Patch", "SidOrName"]
            .into_iter()
            .chain(self.document.sids.names())
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.resources.iter().flat_map(|resource| &resource.operations)
    }

    /// The variant of an event in the enum of all events.
    pub(crate) fn event_variant(&self, name: &str) -> &str {
        let all = self.enums.values().find(|one| one.pointer == EVENT_TYPE);
        let value = all.and_then(|all| all.values.iter().find(|value| value.wire == name));
        &value.expect("the enum is made of the events").variant
    }

    /// The operation of the same builder in the other scope.
    pub(crate) fn scoped(&self, operation: &Operation) -> Option<&Operation> {
        self.operations().find(|other| other.name == operation.name && other.is_scoped && !operation.is_scoped)
    }

    /// The Rust type that a schema's reference stands for.
    pub(crate) fn reference(&self, schema: &Value) -> Option<TypeRef> {
        let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
        let name = self.type_names.get(name)?;
        Some(if self.enums.contains_key(name) { TypeRef::Enum(name.clone()) } else { TypeRef::Struct(name.clone()) })
    }
}
