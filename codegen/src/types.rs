//! `crates/types`: a struct for each schema, request and page, an open enum for each set of values.

mod typify;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    enums,
    error::Result,
    model::{Api, Operation, Property, Resource, Role, Struct, TypeRef},
    names::snake,
    render::{self, Uses, doc_text},
    wire,
};

/// The files of `crates/types/src/generated`, by path.
///
/// # Errors
///
/// A schema that typify cannot take, or of which it makes another struct than the model has.
pub(crate) fn files(api: &Api<'_>) -> Result<BTreeMap<String, String>> {
    typify::check(api)?;
    let mut files: BTreeMap<Vec<String>, File<'_>> = BTreeMap::new();
    for resource in api.resources.iter().filter(|resource| !resource.is_scoped) {
        let file = File::of(api, Some(resource));
        // A module without a resource of its own, such as `configuration` where only its webhooks are known.
        for depth in 1..resource.module.len() {
            files.entry(resource.module[..depth].to_vec()).or_default();
        }
        files.insert(resource.module.clone(), file);
    }
    files.insert(vec!["shared".to_owned()], File::of(api, None));
    let mut rendered = BTreeMap::new();
    for (module, file) in &files {
        let children = children(&files, module);
        rendered.insert(format!("v1/{}.rs", module.join("/")), file.render(api, module, &children));
    }
    rendered.insert("v1/mod.rs".to_owned(), root(&files));
    let parts = [render::header(&["v1/"]), "pub(crate) mod event;\npub(crate) mod sid;\npub mod v1;\n".to_owned()];
    rendered.insert("mod.rs".to_owned(), render::file(&parts));
    Ok(rendered)
}

fn children<'f>(files: &'f BTreeMap<Vec<String>, File<'_>>, module: &[String]) -> Vec<&'f str> {
    let is_child = |other: &&Vec<String>| other.len() == module.len() + 1 && other.starts_with(module);
    files.keys().filter(is_child).filter_map(|other| other.last().map(String::as_str)).collect()
}

/// The types of one module.
#[derive(Default)]
struct File<'a> {
    resource: Option<&'a Resource<'a>>,
    structs: Vec<&'a Struct>,
    enums: Vec<&'a crate::model::Enum>,
    is_shared: bool,
}

impl<'a> File<'a> {
    fn of(api: &'a Api<'_>, resource: Option<&'a Resource<'a>>) -> Self {
        let home = resource.map(|resource| resource.info.file.clone());
        let order: Vec<&str> = api.document.schemas().map(|(name, _)| name).collect();
        let mut structs: Vec<&Struct> =
            api.structs.values().filter(|one| one.home == home && one.schema.is_some()).collect();
        structs.sort_by_key(|one| order.iter().position(|name| one.schema.as_deref() == Some(*name)));
        let operations: Vec<&Operation> = api.operations().filter(|operation| !operation.is_scoped).collect();
        let own = operations.iter().flat_map(|operation| [&operation.body, &operation.params, &operation.response]);
        for one in own.flatten().filter_map(|name| api.structs.get(name)) {
            if one.home == home && !structs.iter().any(|known| known.name == one.name) {
                structs.push(one);
            }
        }
        let enums = api.enums.values().filter(|one| one.home == home).collect();
        Self { resource, structs, enums, is_shared: resource.is_none() }
    }

    /// The fragments that the file is made from.
    fn sources(&self, api: &'a Api<'_>) -> Vec<&'a str> {
        match self.resource {
            Some(resource) => {
                let same = api.resources.iter().filter(|other| other.module == resource.module);
                same.map(|resource| resource.info.file.as_str()).collect()
            }
            None if self.is_shared => vec!["base.yaml", "overlay.yaml"],
            None => vec!["v1"],
        }
    }

    fn render(&self, api: &'a Api<'_>, module: &[String], children: &[&str]) -> String {
        let own: BTreeSet<&str> = self
            .structs
            .iter()
            .map(|one| &one.name)
            .chain(self.enums.iter().map(|one| &one.name))
            .map(String::as_str)
            .collect();
        let mut uses = Uses::default();
        let mut items = Vec::new();
        for one in &self.structs {
            for property in &one.properties {
                property.ty.names().into_iter().for_each(|name| uses.add_from(home_of(api, name, &own), name));
            }
            if one.role == Role::Update && one.properties.iter().any(|property| !property.is_required) {
                uses.add("crate", "Patch");
            }
            uses.add("crate::model", macro_name(api, one));
            items.push(item(api, one));
            if one.properties.iter().any(|property| property.is_secret) {
                uses.add("crate::secret", "secret_debug");
                items.push(secret_debug(one));
            }
            if !one.accessors.is_empty() {
                uses.add("crate::model", "strings");
                items.push(accessors(one));
            }
        }
        for one in &self.enums {
            uses.add("crate::open_enum", "open_enum");
            items.push(enums::render(one));
        }
        // Enums of two files convert in the shared one.
        for (one, other) in enums::convertible(&api.enums).filter(|_| self.is_shared) {
            uses.add("crate::open_enum", "convert");
            for name in [&one.name, &other.name] {
                uses.add_from(home_of(api, name, &own), name);
            }
            items.push(format!("convert! {{ {}, {} }}\n", one.name, other.name));
        }
        let doc = match self.resource {
            Some(Resource { info, .. }) => {
                format!("{}.\n\n{}\n\nAPI reference: <{}>.", info.title, info.description, info.docs)
            }
            None if self.is_shared => "Types that more than one resource uses.".to_owned(),
            None => format!("Types below `{}`.", module.join("/")),
        };
        let modules: String = children.iter().map(|name| format!("pub(crate) mod {name};\n")).collect();
        let parts =
            [render::header(&self.sources(api)), render::module_doc(&doc), uses.render(), modules, items.join("\n")];
        render::file(&parts)
    }
}

/// `v1/mod.rs`: models and enums by name; requests and pages in modules of their own, so that they don't bury them.
fn root(files: &BTreeMap<Vec<String>, File<'_>>) -> String {
    let modules: String = children(files, &[]).iter().map(|name| format!("mod {name};\n")).collect();
    let doc = "Version 1 of the API: a struct for each resource and each part of one, an open enum for each set of \
               values.\n\nRequest bodies and query parameters are in [`request`], the responses to lists in [`page`]. \
               The builders of the client fill the ones and read the others.";
    let exports = |is_wanted: &dyn Fn(&Struct) -> bool, prefix: &str, indent: &str| -> String {
        let lines = files.iter().filter_map(|(module, file)| {
            let mut names: Vec<&str> =
                file.structs.iter().filter(|one| is_wanted(one)).map(|one| one.name.as_str()).collect();
            if prefix.is_empty() {
                names.extend(file.enums.iter().map(|one| one.name.as_str()));
            }
            names.sort_unstable();
            (!names.is_empty())
                .then(|| render::use_line(&format!("{prefix}{}", module.join("::")), &names, "pub ", indent))
        });
        lines.collect()
    };
    let models = exports(&|one| one.role == Role::Model, "", "");
    let requests = exports(&|one| one.role.is_request(), "super::", "    ");
    let pages = exports(&|one| one.role == Role::Page, "super::", "    ");
    let module = |name: &str, doc: &str, lines: &str| {
        let lines = lines.trim_start();
        format!("{}pub mod {name} {{\n    {lines}}}\n", doc_text(doc, ""))
    };
    let mut parts =
        vec![render::header(&["base.yaml, spec/v1/ and spec/overlay.yaml"]), render::module_doc(doc), modules, models];
    if !requests.is_empty() {
        parts.push(module(
            "request",
            "Request bodies of creates and updates, and query parameters of lists.",
            &requests,
        ));
    }
    if !pages.is_empty() {
        parts.push(module("page", "Responses to lists: the items of one page, and where it is.", &pages));
    }
    render::file(&parts)
}

/// Where a type that is named in generated code comes from; `None` for this file's own.
fn home_of(api: &Api<'_>, name: &str, own: &BTreeSet<&str>) -> Option<&'static str> {
    match name {
        "BTreeMap" => Some("std::collections"),
        "DateTime" | "Utc" => Some("chrono"),
        "Map" | "Value" => Some("serde_json"),
        _ if api.is_at_root(name) => Some("crate"),
        _ if own.contains(name) => None,
        _ => Some("crate::v1"),
    }
}

/// The macro that defines the struct.
fn macro_name(api: &Api<'_>, one: &Struct) -> &'static str {
    let has_required = one.properties.iter().any(|property| property.is_required);
    match one.role {
        Role::Page => "page",
        Role::Model if one.is_strict => "strict_model",
        Role::Model if !has_required && is_response(api, one) => "resource",
        Role::Model => "model",
        Role::Create | Role::Update | Role::Params => "request",
    }
}

/// Whether an operation returns the struct, alone or as the items of a list.
fn is_response(api: &Api<'_>, one: &Struct) -> bool {
    api.operations().any(|operation| match &operation.list {
        Some(list) => list.item == TypeRef::Struct(one.name.clone()),
        None => operation.response.as_ref() == Some(&one.name),
    })
}

/// One call of `model!`, `resource!`, `strict_model!`, `page!` or `request!` in `crates/types/src/model.rs`.
fn item(api: &Api<'_>, one: &Struct) -> String {
    let mut text = format!("{}! {{\n{}", macro_name(api, one), doc_text(&doc(api, one), "    "));
    let has_secrets = one.properties.iter().any(|property| property.is_secret);
    let (required, optional): (Vec<_>, Vec<_>) = one.properties.iter().partition(|property| property.is_required);
    let derives =
        [("Clone", true), ("Debug", !has_secrets), ("Default", required.is_empty()), ("Eq", true), ("PartialEq", true)];
    let derives: Vec<_> = derives.iter().filter(|(_, is_derived)| *is_derived).map(|(name, _)| *name).collect();
    text.push_str(&format!("    #[derive({})]\n    pub struct {} {{\n", derives.join(", "), one.name));
    if !required.is_empty() {
        text.push_str("        required {\n");
        required.iter().for_each(|property| text.push_str(&field(one, property, "            ")));
        text.push_str("        }\n");
    }
    optional.iter().for_each(|property| text.push_str(&field(one, property, "        ")));
    text.push_str("    }\n}\n");
    text
}

fn field(one: &Struct, property: &Property, indent: &str) -> String {
    let mut description = wire::renamed(&property.description, &links(one));
    // A field does not link to itself.
    description = description.replace(&wire::link("Self", &property.rust), &format!("`{}`", property.rust));
    if property.is_secret {
        description.push_str(" Not shown by `Debug`.");
    }
    let ty = property.ty.rust_text();
    let ty = match (property.is_required, one.role) {
        (true, _) => ty,
        (false, Role::Update) => format!("Patch<{ty}>"),
        (false, _) => format!("Option<{ty}>"),
    };
    format!("{}{indent}{}: {ty} = {:?},\n", doc_text(&description, indent), property.rust, property.wire)
}

/// Links to the fields of a request, by the names that the documentation has for them. A response's are Rust's too.
fn links(one: &Struct) -> wire::Names {
    let properties = one.properties.iter().filter(|_| one.role.is_request());
    properties.map(|property| (property.wire.clone(), wire::link("Self", &property.rust))).collect()
}

/// The description of the struct, and the operations that take or return it.
fn doc(api: &Api<'_>, one: &Struct) -> String {
    let uses = |operation: &&Operation| {
        [&operation.body, &operation.params, &operation.response].into_iter().flatten().any(|name| *name == one.name)
    };
    let (scoped, plain): (Vec<_>, Vec<_>) = api.operations().filter(uses).partition(|operation| operation.is_scoped);
    let lines: Vec<_> = plain.iter().map(|operation| format!("`{}`", operation.request_line())).collect();
    let mut text = one.description.clone();
    // Parameters that many lists share say nothing more by listing them.
    let is_shared = one.role == Role::Params && one.home.is_none();
    if !lines.is_empty() && !is_shared {
        text.push_str(&format!("\n\nSource: {}", lines.join(", ")));
        if let (false, Some(scope)) = (scoped.is_empty(), &api.scope) {
            text.push_str(&format!(", and the same below `{}`", scope.path.text));
        }
        text.push('.');
    }
    text
}

/// The call of the macro that writes `Debug` for a struct with secrets.
fn secret_debug(one: &Struct) -> String {
    let lines = one.properties.iter().map(|property| {
        let how = if property.is_secret { "secret" } else { "shown" };
        format!("    {}: {how},\n", snake(&property.wire))
    });
    format!("secret_debug! {{ {} {{\n{}}} }}\n", one.name, lines.collect::<String>())
}

/// The methods that return the first list that is there.
fn accessors(one: &Struct) -> String {
    let mut text = format!("impl {} {{\n", one.name);
    for accessor in &one.accessors {
        let doc = doc_text(&accessor.description, "    ");
        let mut lists = accessor.fields.iter().map(|field| format!("strings(&self.{field})"));
        let first = lists.next().unwrap_or_default();
        let value = lists.fold(first, |value, list| format!("{value}.or_else(|| {list})"));
        text.push_str(&format!(
            "{doc}    pub fn {}(&self) -> Vec<&str> {{\n        {value}.unwrap_or_default()\n    }}\n",
            accessor.name
        ));
    }
    text.push_str("}\n");
    text
}
