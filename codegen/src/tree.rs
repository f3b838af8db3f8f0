//! The paths of the API as a tree, which is what handles walk along.

use std::collections::BTreeMap;

use crate::{
    api::{Api, Operation, Place, Resource, path_stem, static_segments},
    error::Result,
    names::{singular, snake},
    normalise,
};

/// A path, the operations at it, and the paths below it.
pub(crate) struct Node<'a> {
    /// Without the version, parameters as `{}`: `/Services/{}/Configuration`.
    pub key: String,
    /// With the names that an operation at or below it gives to the parameters.
    pub path: String,
    pub operations: Vec<&'a Operation<'a>>,
    pub children: Vec<Self>,
    /// The parameters on the way, this one's own last.
    pub parameters: Vec<PathParameter>,
    /// `ServiceConfiguration`.
    pub stem: String,
    /// Name that the parent has for it: `services`, `configuration`; that of its collection for an item.
    pub accessor: String,
    /// The accessors on the way from the client, this one's own last, and whether each takes an item's name.
    pub accessors: Vec<(String, bool)>,
    /// `["service", "configuration"]`.
    pub module: Vec<String>,
    /// A few words for what there is: `Services`.
    pub title: String,
    /// A few words for one of what there is: `One service`.
    pub one: String,
}

/// A parameter of the path, as a handle holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PathParameter {
    /// `chat_service_sid`.
    pub name: String,
    pub kind: ParameterKind,
    pub description: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ParameterKind {
    /// Only a SID of this type.
    Sid(&'static str),
    /// A SID of this type, or the name that the API takes in its place.
    SidOrName(&'static str),
    /// Any text.
    Text,
}

impl Node<'_> {
    pub(crate) fn is_item(&self) -> bool {
        self.key.ends_with("{}")
    }

    /// The item below a collection.
    pub(crate) fn item(&self) -> Option<&Self> {
        self.children.iter().find(|child| child.is_item())
    }

    /// Whether there is nothing to be done here but name an item, for which no handle is needed.
    pub(crate) fn is_idle(&self) -> bool {
        self.operations.is_empty() && self.children.iter().all(Node::is_item)
    }

    /// `ServiceCollection`, `ServiceHandle`.
    pub(crate) fn handle_name(&self) -> String {
        if self.item().is_some() { format!("{}Collection", self.stem) } else { format!("{}Handle", self.stem) }
    }

    /// The calls that lead here from the client, with an argument for each item on the way.
    pub(crate) fn calls(&self, argument: impl Fn(&PathParameter) -> String) -> Vec<String> {
        let mut parameters = self.parameters.iter();
        let next_is_item = |i: usize| self.accessors.get(i + 1).is_some_and(|(_, is_item)| *is_item);
        let calls = self.accessors.iter().enumerate().filter_map(|(i, (accessor, is_item))| {
            if *is_item {
                let parameter = parameters.next().expect("an item has a parameter");
                return Some(format!("{accessor}({})", argument(parameter)));
            }
            // One item is had from what is above the collection.
            (!next_is_item(i)).then(|| format!("{accessor}()"))
        });
        calls.collect()
    }

    /// The node and all below it.
    pub(crate) fn walk(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.children.iter().flat_map(Node::walk)).collect()
    }
}

/// The paths right below the version.
///
/// # Errors
///
/// A path parameter that two operations mean differently.
pub(crate) fn roots<'a>(api: &'a Api<'a>) -> Result<Vec<Node<'a>>> {
    let mut by_key: BTreeMap<String, Vec<&Operation<'_>>> = BTreeMap::new();
    for operation in api.operations() {
        let key = key(operation.path);
        // Every prefix is a node, with operations or without.
        for (end, _) in key.match_indices('/').skip(1) {
            by_key.entry(key[..end].to_owned()).or_default();
        }
        by_key.entry(key).or_default().push(operation);
    }
    children(api, &by_key, "", &[], &[])
}

/// `/v1/Services/{Sid}` becomes `/Services/{}`.
fn key(path: &str) -> String {
    let segments = path.split('/').skip(2);
    segments.map(|segment| if segment.starts_with('{') { "/{}".to_owned() } else { format!("/{segment}") }).collect()
}

fn children<'a>(
    api: &'a Api<'a>,
    by_key: &BTreeMap<String, Vec<&'a Operation<'a>>>,
    parent: &str,
    parameters: &[PathParameter],
    accessors: &[(String, bool)],
) -> Result<Vec<Node<'a>>> {
    let is_child =
        |key: &str| key.strip_prefix(parent).is_some_and(|rest| rest.len() > 1 && rest.rfind('/') == Some(0));
    by_key.keys().filter(|key| is_child(key)).map(|key| node(api, by_key, key, parameters, accessors)).collect()
}

fn node<'a>(
    api: &'a Api<'a>,
    by_key: &BTreeMap<String, Vec<&'a Operation<'a>>>,
    key: &str,
    parameters: &[PathParameter],
    accessors: &[(String, bool)],
) -> Result<Node<'a>> {
    let depth = key.matches('/').count();
    let below: Vec<&Operation<'_>> = api
        .operations()
        .filter(|operation| {
            let other = self::key(operation.path);
            other == *key || other.strip_prefix(key).is_some_and(|rest| rest.starts_with('/'))
        })
        .collect();
    let operations = by_key[key].clone();
    let shown = operations.first().or(below.first()).expect("a node is the path of an operation, or above one");
    let path: String = shown.path.split('/').take(depth + 2).collect::<Vec<_>>().join("/");
    let mut parameters = parameters.to_vec();
    if key.ends_with("{}") {
        parameters.push(path_parameter(api, &below, depth)?);
    }
    let collection = key.trim_end_matches("/{}");
    let stem = operations.first().map_or_else(|| path_stem(&path), |operation| operation.stem.to_owned());
    let accessor = accessor(api, collection, &path);
    let is_item = key.ends_with("{}");
    let mut accessors = accessors.to_vec();
    accessors.push((if is_item { singular(&accessor) } else { accessor.clone() }, is_item));
    Ok(Node {
        path: path.clone(),
        children: children(api, by_key, key, &parameters, &accessors)?,
        parameters,
        stem,
        accessor,
        accessors,
        module: module(api, collection, &path),
        title: title(api, collection, &path),
        one: one(api, collection, &path),
        operations,
        key: key.to_owned(),
    })
}

/// What all operations at and below an item agree its parameter to be. The name is that of the operations below, which
/// say whose SID it is, where the item's own say just `Sid`.
fn path_parameter(api: &Api<'_>, below: &[&Operation<'_>], depth: usize) -> Result<PathParameter> {
    let mut found: Option<PathParameter> = None;
    for operation in below {
        let name = operation.path.split('/').nth(depth + 1).unwrap_or_default().trim_matches(['{', '}']);
        let parameter = operation.parameters(Place::Path).find(|parameter| parameter.name == name);
        let parameter = parameter.expect("the parameters of a path are declared, which was checked");
        let pointer = format!("{}/parameters", operation.pointer);
        let kind = match normalise::schema(api, parameter.schema, &pointer)?.references.first() {
            Some(sid) => ParameterKind::Sid(normalise::sid_named(sid)),
            None => match parameter.schema["x-sid"].as_str() {
                Some(prefix) => ParameterKind::SidOrName(normalise::sid_for_prefix(prefix).ok_or_else(|| {
                    api.document.error(
                        &pointer,
                        format!("x-sid {prefix:?} is not a prefix among SIDS in codegen/src/normalise.rs"),
                    )
                })?),
                None => ParameterKind::Text,
            },
        };
        let this = PathParameter { name: snake(name), kind, description: parameter.description.trim().to_owned() };
        match &mut found {
            None => found = Some(this),
            Some(found) if found.kind != this.kind => {
                let problem = format!("path parameter {name} is {:?} here and {:?} elsewhere", this.kind, found.kind);
                return Err(api.document.error(pointer, problem));
            }
            Some(found) if found.name == "sid" => found.name = this.name,
            Some(_) => {}
        }
    }
    Ok(found.expect("a node is the path of an operation, or above one"))
}

/// The vendor's name for it, where the specification has one, else the path's.
fn accessor(api: &Api<'_>, collection: &str, path: &str) -> String {
    let paths = api.document.root["paths"].as_object().into_iter().flatten();
    let named = paths
        .filter(|(other, _)| key(other) == collection)
        .find_map(|(_, item)| item["x-twilio"]["mountName"].as_str());
    named.map_or_else(|| snake(static_segments(path).last().unwrap_or_default()), str::to_owned)
}

/// The resource at the collection or its items.
fn resource<'a>(api: &'a Api<'_>, collection: &str) -> Option<&'a Resource<'a>> {
    let at_collection = |path: &str| key(path).trim_end_matches("/{}") == collection;
    api.resources.iter().find(|resource| resource.operations.iter().any(|operation| at_collection(operation.path)))
}

fn title(api: &Api<'_>, collection: &str, path: &str) -> String {
    match resource(api, collection) {
        Some(resource) => resource.info.title.clone(),
        None => format!("What is below {}", static_segments(path).last().unwrap_or_default()),
    }
}

/// `Push bindings of a service` becomes `One push binding of a service`.
fn one(api: &Api<'_>, collection: &str, path: &str) -> String {
    let Some(resource) = resource(api, collection) else {
        return format!("What is below one of {}", static_segments(path).last().unwrap_or_default());
    };
    let title = &resource.info.title;
    let head = [" of ", " with "].iter().filter_map(|word| title.find(word)).min().unwrap_or(title.len());
    let mut one = singular(&title[..head]);
    one.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
    format!("One {one}{}", &title[head..])
}

/// The module of the resource at the collection, or the one that the path stands for.
fn module(api: &Api<'_>, collection: &str, path: &str) -> Vec<String> {
    let resource = resource(api, collection);
    resource
        .map_or_else(|| static_segments(path).map(|segment| singular(&snake(segment))).collect(), |r| r.module.clone())
}
