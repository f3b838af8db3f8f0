//! The types by name, so that a test can take one by the name that the specification gives it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use twilio_conversations_types::form;

use crate::{spec, types};

const HINT: &str = "cargo xtask bless writes tests/it/types.rs";

/// A struct: how it is read from JSON, and written as JSON and as a form.
#[derive(Clone, Copy)]
pub(crate) struct Codec {
    pub json: fn(&Value) -> Result<Value, String>,
    pub form: fn(&Value) -> Result<String, String>,
    /// What `{:?}` and `{:#?}` show of it.
    pub debug: fn(&Value) -> Result<[String; 2], String>,
}

impl Codec {
    pub(crate) fn of<T: DeserializeOwned + Serialize + Debug>() -> Self {
        fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
            // From a string, like a response.
            serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())
        }
        Self {
            json: |value| serde_json::to_value(read::<T>(value)?).map_err(|error| error.to_string()),
            form: |value| form::to_string(&read::<T>(value)?).map_err(|error| error.to_string()),
            debug: |value| read::<T>(value).map(|read| [format!("{read:?}"), format!("{read:#?}")]),
        }
    }
}

/// An enum: its documented values, and how it is made from strings.
#[derive(Clone, Copy)]
pub(crate) struct EnumCodec {
    pub all: fn() -> Vec<String>,
    /// A deserialized string, and whether it is a documented value.
    pub read: fn(&str) -> (String, bool),
    /// A converted string, and whether it is a documented value.
    pub written: fn(&str) -> (String, bool),
    /// Whether two strings are the same value.
    pub equal: fn(&str, &str) -> bool,
}

macro_rules! enum_codec {
    ($name:ident) => {{
        use twilio_conversations_types::v1::$name;
        $crate::table::EnumCodec {
            all: || $name::ALL.iter().map(|value| value.as_str().to_owned()).collect(),
            read: |text| {
                let value: $name = serde_json::from_value(text.into()).unwrap();
                assert_eq!(serde_json::to_value(&value).unwrap(), value.as_str());
                (value.to_string(), !matches!(value, $name::Unknown(_)))
            },
            written: |text| {
                let value = $name::from(text);
                (value.as_str().to_owned(), !matches!(value, $name::Unknown(_)))
            },
            equal: |one, other| {
                let read = |text: &str| serde_json::from_value::<$name>(text.into()).unwrap();
                read(one) == read(other)
            },
        }
    }};
}

macro_rules! structs {
    ($($name:ident,)+) => {
        pub(crate) fn structs() -> std::collections::BTreeMap<&'static str, $crate::table::Codec> {
            use twilio_conversations_types::v1::{*, page::*, request::*};
            [$((stringify!($name), $crate::table::Codec::of::<$name>()),)+].into()
        }
    };
}

macro_rules! enums {
    ($($name:ident,)+) => {
        pub(crate) fn enums() -> std::collections::BTreeMap<&'static str, $crate::table::EnumCodec> {
            [$((stringify!($name), $crate::table::enum_codec!($name)),)+].into()
        }
    };
}

macro_rules! events {
    ($($name:ident,)+) => {
        /// An event of each type that a program built, with nothing but a count of retries.
        pub(crate) fn events() -> Vec<(twilio_conversations_types::event::Event, twilio_conversations_types::v1::EventType)> {
            vec![$({
                let mut event = twilio_conversations_types::event::$name::default();
                event.retry_count = Some(3);
                (event.into(), twilio_conversations_types::v1::EventType::$name)
            },)+]
        }
    };
}

pub(crate) use {enum_codec, enums, events, structs};

/// The struct of this name.
pub(crate) fn codec(name: &str) -> Codec {
    types::structs().remove(name).unwrap_or_else(|| panic!("{name} is not in tests/it/types.rs; {HINT}"))
}

/// The types that the specification needs: of requests, query parameters and responses, and of all that these refer to.
/// Structs and enums are apart, each name with what needs it.
fn needed() -> [BTreeMap<String, String>; 2] {
    let [mut structs, mut enums] = [BTreeMap::new(), BTreeMap::new()];
    let mut seen = BTreeSet::new();
    for operation in spec::operations() {
        let mut need = |name: String| _ = structs.entry(name).or_insert_with(|| operation.id.to_owned());
        if operation.body().is_some() {
            need(operation.request_type());
        }
        if operation.params().is_some() {
            need(operation.params_type());
        }
        operation.answer_type().map(&mut need);
        let mut schemas: Vec<Value> = operation.body().into_iter().chain(operation.answer()).cloned().collect();
        schemas.extend(operation.params());
        while let Some(schema) = schemas.pop() {
            for name in references(&schema).into_iter().filter(|name| seen.insert(name.clone())) {
                let referenced = &spec::schemas()[&name];
                let types = if referenced.get("enum").is_some() { &mut enums } else { &mut structs };
                // A schema without properties, such as a date, has no type of its own.
                if referenced.get("enum").or(referenced.get("properties")).is_some() {
                    types.entry(spec::type_name(&name)).or_insert_with(|| operation.id.to_owned());
                }
                schemas.push(referenced.clone());
            }
        }
    }
    [structs, enums]
}

/// The names of the schemas that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
            let below = members.iter().filter(|(name, _)| !name.starts_with("example")).map(|(_, value)| value);
            own.map(str::to_owned).into_iter().chain(below.flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_table_has_every_type_that_an_operation_needs() {
    let ([structs, enums], [has_structs, has_enums]) = (needed(), [types::structs().len(), types::enums().len()]);
    assert!(structs.len() > spec::schemas().len() / 2 && !enums.is_empty(), "{has_structs} structs, {has_enums} enums");
    for (name, operation) in structs {
        assert!(types::structs().contains_key(name.as_str()), "{operation} needs the struct {name}; {HINT}");
    }
    for (name, operation) in enums {
        assert!(types::enums().contains_key(name.as_str()), "{operation} needs the enum {name}; {HINT}");
    }
}

/// The schemas of responses by the name of their type: those of components, and those of lists, whose items are required.
/// Several schemas of one type are one with the properties of all.
pub(crate) fn answer_schemas() -> BTreeMap<String, Value> {
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let mut add = |name: String, schema: &Value| match schemas.get_mut(&name) {
        None => _ = schemas.insert(name, schema.clone()),
        Some(known) => {
            for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
                known["properties"].as_object_mut().unwrap().entry(property).or_insert_with(|| schema.clone());
            }
        }
    };
    for (name, schema) in spec::schemas().iter().filter(|(_, schema)| schema.get("enum").is_none()) {
        add(spec::type_name(name), schema);
    }
    for operation in spec::operations() {
        if let (Some(schema), Some(name)) = (operation.answer(), operation.answer_type()) {
            let mut schema = spec::resolve(schema).clone();
            if operation.id.starts_with("List") {
                let items = schema["properties"].as_object().unwrap().keys().find(|name| *name != "meta").unwrap();
                schema["required"] = serde_json::json!([items]);
            }
            add(name, &schema);
        }
    }
    // What nothing leads to has no type, and whether that is right is for the table to say.
    schemas.retain(|name, _| types::structs().contains_key(name.as_str()));
    schemas
}

/// Whether the type is one page of a list.
pub(crate) fn is_page(name: &str) -> bool {
    name.starts_with("List") && name.ends_with("Response")
}
