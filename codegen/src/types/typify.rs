//! A comparison with the structs that typify generates.
//!
//! The model decides names, types and order. typify gets a JSON Schema of each struct, and its fields must have the same
//! names and types: two readings of the specification that have to agree. A field that the two see differently stops the
//! generator.

use std::collections::BTreeMap;

use quote::ToTokens;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use syn::{Fields, Item, ItemStruct, Type, parse_quote};

use crate::{
    error::Result,
    model::{Api, Int, Struct, TypeRef},
    panics::caught,
    render::ShortPaths,
};

/// Compares every struct of the model with typify's.
///
/// # Errors
///
/// A struct that typify cannot take, and one that it sees differently.
pub(super) fn check(api: &Api<'_>) -> Result<()> {
    let structs: Vec<&Struct> = api.structs.values().collect();
    let mut made = match run(&structs) {
        Ok(made) => made,
        // It does not say which struct it is about, so each is tried alone.
        Err(problem) => {
            for one in &structs {
                if let Err(problem) = run(&[one]) {
                    let problem = format!("typify cannot take {}: {problem}", one.name);
                    return Err(api.document.error(&one.pointer, problem));
                }
            }
            let problem = format!("typify cannot take the schemas together: {problem}");
            return Err(api.document.error("/components/schemas", problem));
        }
    };
    for one in structs {
        compare(one, made.remove(&one.name)).map_err(|problem| {
            let problem = format!("typify made of {} {problem}; see codegen/src/types/typify.rs", one.name);
            api.document.error(&one.pointer, problem)
        })?;
    }
    match made.into_keys().next() {
        Some(name) => {
            let problem = format!("typify made a struct {name} that the model does not have");
            Err(api.document.error("/components/schemas", problem))
        }
        None => Ok(()),
    }
}

/// Runs typify on the structs, and returns its own by name. Types that they refer to are names only.
fn run(structs: &[&Struct]) -> Result<BTreeMap<String, ItemStruct>, String> {
    let mut definitions = Map::new();
    let mut settings = typify_impl::TypeSpaceSettings::default();
    settings.with_map_type("::std::collections::BTreeMap".to_owned());
    let mut references = Vec::new();
    for one in structs {
        definitions.insert(one.name.clone(), object(one, &mut references));
    }
    for name in references {
        if !definitions.contains_key(&name) {
            settings.with_replacement(&name, &name, [].into_iter());
            definitions.insert(name, json!({ "type": "string" }));
        }
    }
    let schemas = schemars::schema::RootSchema::deserialize(&json!({ "definitions": definitions }))
        .map_err(|error| error.to_string())?;
    let tokens = caught(|| {
        let mut space = typify_impl::TypeSpace::new(&settings);
        space.add_root_schema(schemas).map_err(|error| error.to_string())?;
        Ok(space.to_stream())
    })?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let structs = file.items.into_iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), item)),
        _ => None,
    });
    Ok(structs.collect())
}

fn object(one: &Struct, references: &mut Vec<String>) -> Value {
    let required: Vec<_> = one.properties.iter().filter(|property| property.is_required).map(|p| &p.wire).collect();
    let properties = one.properties.iter().map(|property| {
        let mut schema = schema(&property.ty, references);
        // A required list or map is one; an optional one may be absent, which is not the same as empty.
        if let (false, Some("array" | "object")) = (property.is_required, schema["type"].as_str()) {
            schema["type"] = json!([schema["type"], "null"]);
        }
        (property.wire.clone(), schema)
    });
    let properties: Map<String, Value> = properties.collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// A JSON Schema (draft 7) of the type.
fn schema(ty: &TypeRef, references: &mut Vec<String>) -> Value {
    let mut refer = |name: &str| {
        references.push(name.to_owned());
        json!({ "$ref": format!("#/definitions/{name}") })
    };
    match ty {
        TypeRef::String => json!({ "type": "string" }),
        TypeRef::Bool => json!({ "type": "boolean" }),
        // A minimum would make `NonZeroU64`.
        TypeRef::Int(int) => {
            let format = match int {
                Int::I32 => "int32",
                Int::I64 => "int64",
                Int::U32 => "uint32",
            };
            json!({ "type": "integer", "format": format })
        }
        TypeRef::DateTime => json!({ "type": "string", "format": "date-time" }),
        TypeRef::Duration => refer("IsoDuration"),
        TypeRef::DayStart => refer("DayStart"),
        TypeRef::DayEnd => refer("DayEnd"),
        TypeRef::JsonText => refer("JsonText"),
        TypeRef::Sid(sid) => refer(&sid.name),
        TypeRef::Enum(name) | TypeRef::Struct(name) => refer(name),
        TypeRef::List(item) => json!({ "type": "array", "items": schema(item, references) }),
        TypeRef::Map => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        TypeRef::Object => json!({ "type": "object", "additionalProperties": true }),
        TypeRef::Any => json!({}),
    }
}

/// The fields must be those of the model, in whatever order: typify sorts them.
fn compare(one: &Struct, made: Option<ItemStruct>) -> Result<(), String> {
    let mut made = made.ok_or("no struct")?;
    syn::visit_mut::VisitMut::visit_item_struct_mut(&mut ShortPaths, &mut made);
    let Fields::Named(fields) = made.fields else { return Err("a struct without named fields".to_owned()) };
    let mut found: BTreeMap<String, Type> = BTreeMap::new();
    for field in fields.named {
        let name = field.ident.map(|ident| ident.to_string()).unwrap_or_default();
        if found.insert(name.clone(), field.ty).is_some() {
            return Err(format!("two fields {name}"));
        }
    }
    for property in &one.properties {
        let ty = property.ty.rust();
        let expected: Type = if property.is_required { ty } else { parse_quote!(Option<#ty>) };
        let field = found.remove(&property.rust).ok_or_else(|| format!("no field {}", property.rust))?;
        if field != expected {
            let (field, expected) = (field.to_token_stream(), expected.to_token_stream());
            return Err(format!("a field {} of type {field}, and the model has {expected}", property.rust));
        }
    }
    match found.into_keys().next() {
        Some(name) => Err(format!("a field {name} that the model does not have")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Limits, Property, Role};

    fn thing(properties: Vec<Property>) -> Struct {
        Struct {
            name: "Thing".to_owned(),
            role: Role::Model,
            description: "A thing.".to_owned(),
            properties,
            is_strict: false,
            pointer: "/components/schemas/thing".to_owned(),
            home: None,
            schema: None,
            accessors: Vec::new(),
        }
    }

    fn property(name: &str, ty: TypeRef) -> Property {
        Property {
            wire: name.to_owned(),
            rust: crate::names::snake(name),
            ty,
            is_required: false,
            is_nullable: false,
            is_secret: false,
            description: "A property.".to_owned(),
            limits: Limits::default(),
        }
    }

    fn compared(asked: &Struct, model: &Struct) -> Result<(), String> {
        compare(model, run(&[asked])?.remove("Thing"))
    }

    #[test]
    fn the_same_struct_agrees() {
        let all = [
            TypeRef::String,
            TypeRef::Bool,
            TypeRef::Int(Int::I32),
            TypeRef::Int(Int::I64),
            TypeRef::Int(Int::U32),
            TypeRef::DateTime,
            TypeRef::Duration,
            TypeRef::DayStart,
            TypeRef::DayEnd,
            TypeRef::JsonText,
            TypeRef::Enum("Kind".to_owned()),
            TypeRef::Struct("Part".to_owned()),
            TypeRef::List(Box::new(TypeRef::Enum("Kind".to_owned()))),
            TypeRef::Map,
            TypeRef::Object,
            TypeRef::Any,
        ];
        for is_required in [false, true] {
            let properties = all.iter().enumerate().map(|(i, ty)| {
                let name =
                    ["Type", "friendly_name", "Timers.Inactive"].get(i).map_or(format!("p{i}"), ToString::to_string);
                Property { is_required, ..property(&name, ty.clone()) }
            });
            let thing = thing(properties.collect());
            assert_eq!(compared(&thing, &thing), Ok(()));
        }
    }

    #[test]
    fn a_struct_that_typify_sees_differently_is_an_error() {
        let of = |name: &str, ty| thing(vec![property(name, ty)]);
        let differs = |asked: &Struct, model: &Struct| compared(asked, model).unwrap_err();
        let model = of("size", TypeRef::String);
        assert_eq!(differs(&of("weight", TypeRef::String), &model), "no field size");
        assert_eq!(differs(&model, &thing(Vec::new())), "a field size that the model does not have");
        assert_eq!(differs(&thing(Vec::new()), &model), "a struct without named fields");
        assert_eq!(
            differs(&of("size", TypeRef::Bool), &model),
            "a field size of type Option < bool >, and the model has Option < String >"
        );
        assert_eq!(compare(&model, None).unwrap_err(), "no struct");
    }
}
