//! Fragments in, one document out: each fact once, and known by the file that it came from.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    dialect,
    error::{Error, Result, token},
    sids::Sids,
};

/// The specification's files as text, by their path below `spec/`: `base.yaml`, `overlay.yaml`, `v1/service.yaml`, ….
#[derive(Clone, Debug, Default)]
pub struct Sources(pub BTreeMap<String, String>);

/// What a fragment says of its resource.
#[derive(Clone, Debug)]
pub struct ResourceInfo {
    /// The fragment: `v1/service.yaml`.
    pub file: String,
    /// A few words, without a full stop.
    pub title: String,
    /// What the resource is.
    pub description: String,
    /// The vendor's page.
    pub docs: String,
    /// Module name in place of the one that follows from the URL.
    pub module: Option<String>,
}

/// The merged document.
#[derive(Clone, Debug)]
pub struct Document {
    /// An OpenAPI 3.0 document.
    pub root: Value,
    /// One entry for each fragment, in the order of their names.
    pub resources: Vec<ResourceInfo>,
    /// The SID types.
    pub(crate) sids: Sids,
    /// The place that a value came from, by its pointer in the merged document. What is not listed came with the value
    /// around it; the rest is in `base.yaml` at the same pointer.
    origins: BTreeMap<String, Origin>,
}

/// A place in a file of the specification.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    pub file: String,
    pub pointer: String,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "spec/{}#{}", self.file, self.pointer)
    }
}

impl Document {
    /// The file that holds the value at `pointer` of the merged document.
    pub fn file_of(&self, pointer: &str) -> &str {
        self.nearest(pointer).map_or(BASE, |(_, origin)| &origin.file)
    }

    /// The file that holds the value at `pointer` of the merged document, and its pointer there.
    pub(crate) fn origin(&self, pointer: &str) -> Origin {
        match self.nearest(pointer) {
            Some((prefix, origin)) => {
                let rest = &pointer[prefix.len()..];
                Origin { file: origin.file.clone(), pointer: format!("{}{rest}", origin.pointer) }
            }
            None => Origin { file: BASE.to_owned(), pointer: pointer.to_owned() },
        }
    }

    fn nearest<'p>(&self, pointer: &'p str) -> Option<(&'p str, &Origin)> {
        let mut prefix = pointer;
        loop {
            if let Some(origin) = self.origins.get(prefix) {
                return Some((prefix, origin));
            }
            prefix = &prefix[..prefix.rfind('/')?];
        }
    }

    /// Notes where the value at `pointer` came from.
    pub(crate) fn came_from(&mut self, pointer: String, file: &str, place: String) {
        self.origins.insert(pointer, Origin { file: file.to_owned(), pointer: place });
    }

    /// Forgets where the values below `pointer` came from, since their pointers changed.
    pub(crate) fn forget_below(&mut self, pointer: &str) {
        let below = format!("{pointer}/");
        self.origins.retain(|known, _| !known.starts_with(&below));
    }

    /// A problem with the value at `pointer` of the merged document, at its place in the file that it came from.
    pub fn error(&self, pointer: impl AsRef<str>, problem: impl std::fmt::Display) -> Error {
        let Origin { file, pointer } = self.origin(pointer.as_ref());
        Error::new(file, pointer, problem)
    }

    /// The members of the object at `pointer`; none if there is no object.
    pub fn members(&self, pointer: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.root.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
    }

    /// The schemas by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members("/components/schemas").map(|(name, schema)| (name.as_str(), schema))
    }

    /// The schema that a `$ref` leads to. References were checked when the document was merged.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.root.pointer(&reference[1..]).unwrap_or(&Value::Null),
            None => schema,
        }
    }
}

/// The file with all that resources share.
const BASE: &str = "base.yaml";

/// Parses `base.yaml` and every `v1/*.yaml` and merges them, without the overlay: the API as documented.
///
/// # Errors
///
/// Malformed YAML, a path and method, a schema or a SID type that two files define, a `$ref` that leads nowhere.
pub(crate) fn merge(sources: &Sources) -> Result<Document> {
    let base = parse(sources, BASE)?;
    let mut document = Document { root: base, resources: Vec::new(), sids: Sids::default(), origins: BTreeMap::new() };
    for member in ["paths", "components", "x-sids"] {
        object(&mut document.root, "", BASE)?.entry(member).or_insert_with(|| Value::Object(Map::new()));
    }
    object(&mut document.root["components"], "/components", BASE)?
        .entry("schemas")
        .or_insert_with(|| Value::Object(Map::new()));
    for file in sources.0.keys().filter(|file| file.starts_with("v1/")) {
        add_fragment(&mut document, file, parse(sources, file)?)?;
    }
    check_references(&document)?;
    document.sids = Sids::read(
        &document.root["x-sids"],
        |pointer, problem| document.error(format!("/x-sids{pointer}"), problem),
        |name| document.origin(&format!("/x-sids/{name}")).to_string(),
    )?;
    Ok(document)
}

pub(crate) fn parse(sources: &Sources, file: &str) -> Result<Value> {
    let text = sources.0.get(file).ok_or_else(|| Error::new(file, "", "the file is missing"))?;
    // Strict booleans, since `on` and `off` are words here.
    let options = serde_saphyr::options! { strict_booleans: true, };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let text = error.to_string();
        Error::new(file, "", {
            let line = text.lines().next().unwrap_or_default();
            format!("malformed YAML: {}", line.strip_prefix("error: ").unwrap_or(line))
        })
    })
}

fn add_fragment(document: &mut Document, file: &str, mut fragment: Value) -> Result<()> {
    for member in object(&mut fragment, "", file)?.keys() {
        if !matches!(member.as_str(), "x-resource" | "x-sids" | "paths" | "components") {
            let problem = "unknown key; a fragment has x-resource, x-sids, paths, components";
            return Err(Error::new(file, format!("/{}", token(member)), problem));
        }
    }
    if let Some(info) = fragment.get("x-resource") {
        document.resources.push(resource_info(file, info)?);
    }
    if let Some(sids) = fragment.get_mut("x-sids") {
        for (name, content) in std::mem::take(object(sids, "/x-sids", file)?) {
            insert(document, file, &["x-sids", &name], content)?;
        }
    }
    if let Some(paths) = fragment.get_mut("paths") {
        for (path, mut item) in std::mem::take(object(paths, "/paths", file)?) {
            let pointer = format!("/paths/{}", token(&path));
            for (method, operation) in std::mem::take(object(&mut item, &pointer, file)?) {
                insert(document, file, &["paths", &path, &method], operation)?;
            }
        }
    }
    if let Some(components) = fragment.get_mut("components") {
        for (kind, mut members) in std::mem::take(object(components, "/components", file)?) {
            if kind != "schemas" {
                let pointer = format!("/components/{}", token(&kind));
                return Err(Error::new(file, pointer, "a fragment's components are schemas only"));
            }
            for (name, schema) in std::mem::take(object(&mut members, "/components/schemas", file)?) {
                insert(document, file, &["components", "schemas", &name], schema)?;
            }
        }
    }
    Ok(())
}

fn resource_info(file: &str, info: &Value) -> Result<ResourceInfo> {
    dialect::check(&dialect::RESOURCE, info, &|pointer, problem| {
        Error::new(file, format!("/x-resource{pointer}"), problem)
    })?;
    let text = |name: &str| info[name].as_str().unwrap_or_default().trim().to_owned();
    Ok(ResourceInfo {
        file: file.to_owned(),
        title: text("title"),
        description: text("description"),
        docs: text("docs"),
        module: info["module"].as_str().map(str::to_owned),
    })
}

/// Puts a value at a path of the document, and remembers the file. Methods of one path may come from several files; an
/// `x-twilio` that two of them give must be the same.
fn insert(document: &mut Document, file: &str, path: &[&str], value: Value) -> Result<()> {
    let pointer: String = path.iter().map(|name| format!("/{}", token(name))).collect();
    let mut place = &mut document.root;
    for name in &path[..path.len() - 1] {
        let members = place.as_object_mut().expect("the parents are objects: made here or checked");
        place = members.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    }
    let members = place.as_object_mut().expect("the parents are objects: made here or checked");
    let name = path[path.len() - 1];
    if let Some(present) = members.get(name) {
        if name.starts_with("x-") && *present == value {
            return Ok(());
        }
        let first = document.origin(&pointer);
        return Err(Error::new(file, pointer, format!("already defined at {first}")));
    }
    members.insert(name.to_owned(), value);
    document.came_from(pointer.clone(), file, pointer);
    Ok(())
}

fn object<'a>(value: &'a mut Value, pointer: &str, file: &str) -> Result<&'a mut Map<String, Value>> {
    value.as_object_mut().ok_or_else(|| Error::new(file, pointer, "expected a mapping"))
}

/// Every `$ref` must lead to a schema.
pub(crate) fn check_references(document: &Document) -> Result<()> {
    let schemas = &document.root["components"]["schemas"];
    let leads_nowhere = |reference: &str| {
        let name = reference.strip_prefix("#/components/schemas/");
        name.is_none_or(|name| schemas.get(name).is_none())
    };
    match find_reference(&document.root, &leads_nowhere) {
        Some((pointer, reference)) => Err(document.error(pointer, format!("{reference:?} leads nowhere"))),
        None => Ok(()),
    }
}

/// The first `$ref` that is wanted, and where it stands. Samples are data, and data may hold anything.
fn find_reference(value: &Value, wanted: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let below = |name: &str, value| {
        let (pointer, reference) = find_reference(value, wanted)?;
        Some((format!("/{}{pointer}", token(name)), reference))
    };
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str).filter(|reference| wanted(reference)) {
                return Some(("/$ref".to_owned(), reference.to_owned()));
            }
            let members = members.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "examples"));
            members
                .filter(|(_, value)| value.is_object() || value.is_array())
                .find_map(|(name, value)| below(name, value))
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(i, item)| below(&i.to_string(), item)),
        _ => None,
    }
}
