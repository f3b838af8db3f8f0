//! `crates/types`: a struct for each schema, request, answer and set of parameters, an open enum for each set of values.

mod beside;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote};
use serde::Deserialize;
use serde_json::{Value, json};
use syn::{Attribute, Field, Fields, Item, ItemStruct, LitStr, Type, parse_quote, visit_mut::VisitMut};

use crate::{
    api::{Api, Operation, Place, Resource, Verb},
    enums,
    error::{Error, Result, token},
    homes::Homes,
    normalise,
    panics::caught,
    render::{self, Uses},
    wire,
};

/// What a struct is for, which decides what its optional fields are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    /// An answer or a part of one: absent and null are both `None`.
    Answer,
    /// A create or the parameters of a list: absent is `None`.
    Request,
    /// An update: kept, set or cleared.
    Update,
}

/// One struct to be made.
struct Model {
    name: String,
    purpose: Purpose,
    schema: Value,
    pointer: String,
    doc: String,
}

/// What was made of the schemas.
pub(crate) struct Models {
    /// The files of `crates/types/src/generated`, by path.
    pub files: BTreeMap<String, String>,
    /// The structs by name, for the builders that fill them.
    pub structs: BTreeMap<String, ItemStruct>,
}

/// Makes a type of every schema, request, answer and set of parameters.
///
/// # Errors
///
/// A schema that the engine cannot take.
pub(crate) fn models(api: &Api<'_>) -> Result<Models> {
    let homes = Homes::new(api);
    let mut structs = BTreeMap::new();
    let mut files = BTreeMap::new();
    let mut children: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for resource in &api.resources {
        let mut models = component_models(api, &homes.of(&resource.info.file))?;
        models.extend(operation_models(api, resource)?);
        let body = body(api, &models, &homes.of(&resource.info.file), &mut structs)?;
        for depth in 0..resource.module.len() {
            children.entry(resource.module[..depth].to_vec()).or_default().insert(resource.module[depth].clone());
        }
        files.insert(resource.module.clone(), (vec![resource.info.file.as_str()], resource_doc(resource), body));
    }
    let shared = homes.shared();
    let body = body(api, &component_models(api, &shared)?, &shared, &mut structs)?;
    files.insert(
        vec!["shared".into()],
        (vec!["base.yaml", "overlay.yaml"], "What more than one resource uses.".to_owned(), body),
    );
    children.entry(Vec::new()).or_default().insert("shared".into());
    // A module without a resource of its own, such as `configuration` where only its webhooks are known.
    for module in children.keys().filter(|module| !module.is_empty()) {
        let doc = format!("What belongs to {}.", module.join(" "));
        files.entry(module.clone()).or_insert_with(|| (vec!["v1"], doc, (String::new(), String::new())));
    }

    let mut rendered = BTreeMap::new();
    for (module, (sources, doc, (uses, items))) in files {
        let modules = modules(children.get(&module));
        let parts = [render::header(&sources), render::module_doc(&doc), uses, modules, items];
        rendered.insert(format!("v1/{}.rs", module.join("/")), render::file(&parts));
    }
    let root_doc = "Version 1 of the API.\n\nA struct for each resource, for each request that creates or updates one, and for each list's parameters and\nanswer; an open enum for each set of values.";
    let parts = [
        render::header(&["base.yaml, spec/v1/ and spec/overlay.yaml"]),
        render::module_doc(root_doc),
        modules(children.get(&Vec::new())),
    ];
    rendered.insert("v1/mod.rs".into(), render::file(&parts));
    let parts = [render::header(&["v1/"]), "pub(crate) mod event;\npub mod v1;\n".to_owned()];
    rendered.insert("mod.rs".into(), render::file(&parts));
    Ok(Models { files: rendered, structs })
}

fn modules(children: Option<&BTreeSet<String>>) -> String {
    let Some(children) = children else { return String::new() };
    let modules: String = children.iter().map(|name| format!("mod {name};\n")).collect();
    let exports: String = children.iter().map(|name| format!("pub use {name}::*;\n")).collect();
    format!("{modules}\n{exports}")
}

fn resource_doc(resource: &Resource<'_>) -> String {
    let info = resource.info;
    format!("{}.\n\n{}\n\nVendor's page: <{}>.", info.title, info.description, info.docs)
}

fn component_models(api: &Api<'_>, schema_names: &[&str]) -> Result<Vec<Model>> {
    let mut models = Vec::new();
    for schema_name in schema_names {
        let schema = &api.document.root["components"]["schemas"][schema_name];
        let pointer = format!("/components/schemas/{}", token(schema_name));
        if schema.get("enum").is_some() {
            continue;
        }
        let sources: Vec<_> = api
            .operations()
            .filter(|operation| {
                operation.answer.is_some_and(|answer| api.referenced_type(answer) == Some(&api.type_names[schema_name]))
            })
            .map(|operation| format!("`{} {}`", operation.method.to_uppercase(), operation.path))
            .collect();
        let mut doc = description(api, schema, &pointer)?;
        if !sources.is_empty() {
            doc.push_str(&format!("\n\nSource: {}.", sources.join(", ")));
        }
        let name = api.type_names[schema_name].clone();
        models.push(Model { name, purpose: Purpose::Answer, schema: schema.clone(), pointer, doc });
    }
    Ok(models)
}

fn operation_models(api: &Api<'_>, resource: &Resource<'_>) -> Result<Vec<Model>> {
    let mut models = Vec::new();
    for operation in &resource.operations {
        let source = format!("Source: `{} {}`.", operation.method.to_uppercase(), operation.path);
        if let (Some(name), Some(body)) = (operation.request_type(), operation.body) {
            let purpose = if operation.verb == Verb::Update { Purpose::Update } else { Purpose::Request };
            let what =
                if purpose == Purpose::Update { "changes; a field that is kept is not sent" } else { "is given" };
            let doc = format!("What `{}` {what}.\n\n{source}", operation.id);
            let pointer =
                format!("{}/requestBody/content/application~1x-www-form-urlencoded/schema", operation.pointer);
            models.push(Model { name, purpose, schema: body.clone(), pointer, doc });
        }
        if let Some(name) = operation.params_type() {
            let doc = format!("What `{}` can be asked for.\n\n{source}", operation.id);
            let schema = params_schema(api, operation)?;
            let pointer = format!("{}/parameters", operation.pointer);
            models.push(Model { name, purpose: Purpose::Request, schema, pointer, doc });
        }
        if let (Some(_), Some(answer)) = (operation.list_items(), operation.answer) {
            let doc = format!("One page of what `{}` lists.\n\n{source}", operation.id);
            let mut schema = answer.clone();
            schema["properties"]["meta"]["description"] = json!("Where the page stands in its list.");
            models.push(Model {
                name: format!("{}Response", operation.id),
                purpose: Purpose::Answer,
                schema,
                pointer: format!("{}/responses", operation.pointer),
                doc,
            });
        }
    }
    Ok(models)
}

/// The query parameters of an operation as one object.
fn params_schema(api: &Api<'_>, operation: &Operation<'_>) -> Result<Value> {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    let parameters = operation.parameters.iter().enumerate();
    for (i, parameter) in parameters.filter(|(_, parameter)| parameter.place == Place::Query) {
        // Looked at where it stands: in the object that is made here, it would be somewhere else.
        normalise::schema(api, parameter.schema, &format!("{}/parameters/{i}/schema", operation.pointer))?;
        let mut schema = parameter.schema.clone();
        let range = match (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
            (Some(least), Some(most)) => format!(" {least} to {most}."),
            _ => String::new(),
        };
        if parameter.description.is_empty() {
            return Err(api
                .document
                .error(&operation.pointer, format!("parameter {} has no description", parameter.name)));
        }
        schema["description"] = json!(format!("{}{range}", parameter.description));
        if parameter.required {
            required.push(json!(parameter.name));
        }
        properties.insert(parameter.name.to_owned(), schema);
    }
    Ok(json!({ "type": "object", "properties": properties, "required": required }))
}

fn description(api: &Api<'_>, schema: &Value, pointer: &str) -> Result<String> {
    match schema["description"].as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(api.document.error(pointer, "the schema has no description")),
    }
}

/// The `use` lines and the items of a file.
fn body(
    api: &Api<'_>,
    models: &[Model],
    schema_names: &[&str],
    structs: &mut BTreeMap<String, ItemStruct>,
) -> Result<(String, String)> {
    let mut uses = Uses::default();
    let mut parts = Vec::new();
    let own: BTreeSet<&str> = models.iter().map(|model| model.name.as_str()).collect();
    for (model, item) in models.iter().zip(generate(api, models)?) {
        collect_uses(&item, &own, &mut uses);
        let constructor = beside::constructor(&item, model);
        let tolerant = beside::tolerant(&item, model);
        if tolerant.is_some() {
            uses.add("crate::lenient", "tolerant");
        }
        let debug = beside::secret_debug(&item, model);
        if debug.is_some() {
            uses.add("crate::secret", "secret_debug");
        }
        parts.push(render::item(Item::Struct(item.clone())));
        parts.extend(debug);
        parts.extend(constructor);
        parts.extend(tolerant);
        structs.insert(model.name.clone(), item);
    }
    for schema_name in schema_names {
        let schema = &api.document.root["components"]["schemas"][schema_name];
        if schema.get("enum").is_some() {
            let pointer = format!("/components/schemas/{}", token(schema_name));
            let doc = description(api, schema, &pointer)?;
            uses.add("crate::open_enum", "open_enum");
            parts.push(enums::render(api, &api.type_names[schema_name], schema, &doc, &pointer)?);
        }
    }
    // An enum of this file needs no `use`.
    let enums: BTreeSet<&str> = schema_names.iter().map(|name| api.type_names[name].as_str()).collect();
    uses.remove("crate::v1", &enums);
    Ok((uses.render(), parts.join("\n")))
}

/// Runs the engine on all schemas of a file at once, then rewrites its output.
fn generate(api: &Api<'_>, models: &[Model]) -> Result<Vec<ItemStruct>> {
    let mut made = match run_engine(api, models)? {
        Ok(made) => made,
        // It does not say which schema it is about, so each is tried alone.
        Err(problem) => return Err(blame(api, models, &problem)),
    };
    let rewritten = models.iter().map(|model| {
        let unexpected =
            |problem| api.document.error(&model.pointer, format!("typify made of {} {problem}", model.name));
        let mut item = made.remove(&model.name).ok_or_else(|| unexpected("no struct".to_owned()))?;
        rewrite(&mut item, model).map_err(unexpected)?;
        Ok(item)
    });
    let rewritten = rewritten.collect::<Result<_>>()?;
    // A value within a value has no name of its own, and its struct would be nobody's.
    match made.into_keys().next() {
        Some(name) => {
            let parent = models.iter().rfind(|model| name.starts_with(&model.name)).or(models.first());
            let pointer = parent.map(|model| model.pointer.as_str()).unwrap_or_default();
            Err(api.document.error(pointer, format!("it needs a struct {name}: give its schema a name in components")))
        }
        None => Ok(rewritten),
    }
}

fn blame(api: &Api<'_>, models: &[Model], problem: &str) -> Error {
    for model in models {
        match run_engine(api, std::slice::from_ref(model)) {
            Ok(Ok(_)) => {}
            Ok(Err(problem)) => {
                return api.document.error(&model.pointer, format!("typify cannot take {}: {problem}", model.name));
            }
            Err(error) => return error,
        }
    }
    let pointer = models.first().map(|model| model.pointer.as_str()).unwrap_or_default();
    api.document.error(pointer, format!("typify cannot take the schemas of this file together: {problem}"))
}

/// The engine's structs by name; what the models refer to stands in as a name. The outer error is the specification's,
/// the inner one the engine's.
fn run_engine(api: &Api<'_>, models: &[Model]) -> Result<Result<BTreeMap<String, ItemStruct>, String>> {
    let mut definitions = serde_json::Map::new();
    let mut settings = typify_impl::TypeSpaceSettings::default();
    settings.with_map_type("::std::collections::BTreeMap".to_owned()).with_derive("PartialEq".to_owned());
    for model in models {
        let normalised = normalise::schema(api, &model.schema, &model.pointer)?;
        definitions.insert(model.name.clone(), normalised.schema);
        for name in normalised.references.into_iter().filter(|name| !models.iter().any(|model| model.name == *name)) {
            settings.with_replacement(&name, &name, [].into_iter());
            definitions.entry(name).or_insert_with(|| json!({ "type": "string" }));
        }
    }
    Ok(structs(&json!({ "definitions": definitions }), &settings))
}

fn structs(schemas: &Value, settings: &typify_impl::TypeSpaceSettings) -> Result<BTreeMap<String, ItemStruct>, String> {
    let schemas = schemars::schema::RootSchema::deserialize(schemas).map_err(|error| error.to_string())?;
    let tokens = caught(|| {
        let mut space = typify_impl::TypeSpace::new(settings);
        space.add_root_schema(schemas).map_err(|error| error.to_string())?;
        Ok(space.to_stream())
    })?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let mut structs = BTreeMap::new();
    for item in file.items {
        match item {
            Item::Struct(item) => _ = structs.insert(item.ident.to_string(), item),
            Item::Mod(item) if item.ident == "error" => {} // of no use without constraints
            Item::Impl(_) => {}                            // a Default, which the derive is for
            other => return Err(format!("it made more than structs: {}", excerpt(&other))),
        }
    }
    Ok(structs)
}

fn excerpt(item: &Item) -> String {
    item.to_token_stream().to_string().chars().take(80).collect()
}

/// The order of rewrites: fields as in the specification, short paths, one derive line, documentation line by line.
fn rewrite(item: &mut ItemStruct, model: &Model) -> Result<(), String> {
    ShortPaths.visit_item_struct_mut(item);
    order_fields(item, model)?;
    let Fields::Named(fields) = &mut item.fields else { return Err("a struct without named fields".to_owned()) };
    let mut all_optional = true;
    let mut names = BTreeSet::new();
    let links = links(fields, model);
    for field in &mut fields.named {
        if !names.insert(field.ident.clone()) {
            return Err(format!("two fields {}", field.ident.to_token_stream()));
        }
        all_optional &= rewrite_field(field, model, &links)?;
    }
    item.attrs = render::doc(&model.doc);
    let derives = [
        ("Clone", true),
        ("Debug", !has_secrets(model)),
        ("Default", all_optional),
        ("Deserialize", !is_tolerant(model)),
        ("Eq", is_tolerant(model)), // events hold some of these, and are compared whole
        ("PartialEq", true),
        ("Serialize", true),
    ];
    let derives = derives.iter().filter(|(_, derived)| *derived).map(|(name, _)| Ident::new(name, Span::call_site()));
    item.attrs.push(parse_quote!(#[derive(#(#derives),*)]));
    if model.purpose == Purpose::Answer {
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    Ok(())
}

/// Whether the documentation shows the model by samples only: then members that it does not know, or whose value is not
/// as expected, are kept as they came.
fn is_tolerant(model: &Model) -> bool {
    model.schema["additionalProperties"] == true
}

/// Whether a value of the schema is a secret: `x-secret`.
fn is_secret(schema: &Value) -> bool {
    schema["x-secret"] == true
}

/// Whether a field of the model holds a secret, which `Debug` must not show.
fn has_secrets(model: &Model) -> bool {
    model.schema["properties"].as_object().into_iter().flatten().any(|(_, property)| is_secret(property))
}

/// Links to the fields of a request, by the names that the documentation has for them. An answer's are Rust's too.
fn links(fields: &syn::FieldsNamed, model: &Model) -> wire::Names {
    let fields = fields.named.iter().filter(|_| model.purpose != Purpose::Answer);
    let link = |field: &Field| wire::link("Self", &field.ident.to_token_stream().to_string());
    fields.map(|field| (wire_name(field), link(field))).collect()
}

/// The engine's field for members beyond those that are known.
const EXTRA: &str = "extra";

/// The engine sorts fields by name; the specification has them in an order that reads.
fn order_fields(item: &mut ItemStruct, model: &Model) -> Result<(), String> {
    let order: Vec<&String> =
        model.schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
    let Fields::Named(fields) = &mut item.fields else { return Err("a struct without named fields".to_owned()) };
    let mut by_name: BTreeMap<String, Field> = BTreeMap::new();
    for field in std::mem::take(&mut fields.named) {
        by_name.insert(wire_name(&field), field);
    }
    let extra = match is_tolerant(model) {
        true => Some(by_name.remove(EXTRA).ok_or("no field for members that are not known")?),
        false => None,
    };
    for name in order {
        fields.named.push(by_name.remove(name).ok_or_else(|| format!("no field for {name}"))?);
    }
    fields.named.extend(extra);
    match by_name.keys().next() {
        Some(name) => Err(format!("a field {name} that the specification does not have")),
        None => Ok(()),
    }
}

/// The name on the wire: that of `#[serde(rename = "…")]`, else the field's own.
pub(crate) fn wire_name(field: &Field) -> String {
    let mut renamed = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                renamed = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<LitStr>()?;
            }
            Ok(())
        });
    }
    renamed.unwrap_or_else(|| field.ident.as_ref().map(ToString::to_string).unwrap_or_default())
}

/// Gives a field its attributes anew, and an update's optional field its three states. Says whether it is optional.
fn rewrite_field(field: &mut Field, model: &Model, links: &wire::Names) -> Result<bool, String> {
    let wire = wire_name(field);
    let ident = field.ident.clone().ok_or("a field without a name")?;
    if ident == EXTRA && field.attrs.iter().any(|attribute| attribute.to_token_stream().to_string().contains("flatten"))
    {
        field.attrs = render::doc("Members that are not known, or not of the type that is, as they came.");
        field.attrs.push(parse_quote!(#[serde(flatten)]));
        return Ok(true);
    }
    let own = wire::link("Self", &ident.to_string());
    let mut text = wire::renamed(&doc_of(&field.attrs), links).replace(&own, &format!("`{ident}`"));
    if is_secret(&model.schema["properties"][&wire]) {
        text.push_str(" Not shown by `Debug`.");
    }
    let optional = type_argument(&field.ty, "Option").cloned();
    let mut serde: Vec<proc_macro2::TokenStream> = Vec::new();
    if ident != wire.as_str() {
        let wire = LitStr::new(&wire, Span::call_site());
        serde.push(quote!(rename = #wire));
    }
    if let Some(inner) = &optional {
        if model.purpose == Purpose::Update {
            field.ty = parse_quote!(Patch<#inner>);
            serde.push(quote!(default));
            serde.push(quote!(skip_serializing_if = "Patch::is_keep"));
        } else {
            if model.purpose == Purpose::Answer
                && !is_tolerant(model)
                && let Some(lenient) = lenient(inner)
            {
                let with = LitStr::new(&format!("crate::lenient::{lenient}"), Span::call_site());
                serde.push(quote!(default));
                serde.push(quote!(deserialize_with = #with));
            }
            serde.push(quote!(skip_serializing_if = "Option::is_none"));
        }
    }
    field.attrs = render::doc(&text);
    if !serde.is_empty() {
        field.attrs.push(parse_quote!(#[serde(#(#serde),*)]));
    }
    Ok(optional.is_some())
}

/// How a value is read that the server writes otherwise at times: a boolean has been seen as a word, `"False"`.
fn lenient(ty: &Type) -> Option<&'static str> {
    match ty.to_token_stream().to_string().replace(' ', "").as_str() {
        "bool" => Some("boolean"),
        "BTreeMap<String,String>" => Some("texts"),
        _ => None,
    }
}

pub(crate) fn doc_of(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let syn::Meta::NameValue(syn::MetaNameValue { value: syn::Expr::Lit(literal), .. }) = &attribute.meta
            && let syn::Lit::Str(text) = &literal.lit
        {
            // The space after the slashes is no part of the text.
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).to_owned());
        }
    }
    lines.join("\n")
}

/// `T` of `Name<T>`.
pub(crate) fn type_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `::std::option::Option<::std::string::String>` becomes `Option<String>`.
pub(crate) struct ShortPaths;

impl VisitMut for ShortPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        if path.leading_colon.is_some() {
            path.leading_colon = None;
            path.segments = path.segments.last().cloned().into_iter().collect();
        }
    }
}

fn collect_uses(item: &ItemStruct, own: &BTreeSet<&str>, uses: &mut Uses) {
    uses.add("serde", "Deserialize");
    uses.add("serde", "Serialize");
    for field in &item.fields {
        for name in type_idents(&field.ty) {
            if let Some(from) = home_of(&name, own) {
                uses.add(from, &name);
            }
        }
    }
}

/// Where a type that is named in generated code comes from; `None` for the prelude's and this file's own.
fn home_of(name: &str, own: &BTreeSet<&str>) -> Option<&'static str> {
    match name {
        "Option" | "String" | "Vec" | "bool" | "i32" | "i64" | "u32" | "f64" => None,
        "BTreeMap" => Some("std::collections"),
        "DateTime" | "Utc" => Some("chrono"),
        "Map" | "Value" => Some("serde_json"),
        _ if normalise::is_hand_written(name) => Some("crate"),
        _ if own.contains(name) => None,
        _ => Some("crate::v1"),
    }
}

/// Every identifier that a type is made of.
pub(crate) fn type_idents(ty: &Type) -> Vec<String> {
    #[derive(Default)]
    struct Idents(Vec<String>);
    impl<'ast> syn::visit::Visit<'ast> for Idents {
        fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
            self.0.push(segment.ident.to_string());
            syn::visit::visit_path_segment(self, segment);
        }
    }
    let mut idents = Idents::default();
    syn::visit::Visit::visit_type(&mut idents, ty);
    idents.0
}

/// An error of the generator itself, about what it wrote.
pub(crate) fn internal(file: &str, problem: impl std::fmt::Display) -> Error {
    Error::new(file, "", format!("the generated code does not parse: {problem}"))
}

#[cfg(test)]
mod tests;
