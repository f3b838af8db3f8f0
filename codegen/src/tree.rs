//! The paths of the API as a tree, along which handles are called.
//!
//! A scoped path (`/v1/Services/{ChatServiceSid}/Conversations`) has a node like any other. Its handle is that of the
//! path without the scope, which [`Node::plain`] names.

use std::collections::BTreeMap;

use crate::{
    error::Result,
    model::{Api, Operation, Parameter, Path, Place, Resource, TypeRef},
    names::{singular, snake},
    sids::SidType,
};

/// A path, the operations at it, and the paths below it.
pub(crate) struct Node<'a> {
    /// Without the version and the parameters' names: `/Services/{}/Configuration`.
    pub key: String,
    /// With the names that an operation at or below it gives to the parameters.
    pub path: Path,
    pub operations: Vec<&'a Operation>,
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
    /// A few words: `Services`.
    pub title: String,
    /// A few words for one item: `One service`.
    pub one: String,
    /// Key of the same path without the scope, if this one is scoped.
    pub plain: Option<String>,
    /// The same path in the scope, if there is one.
    pub scoped: Option<Path>,
}

/// A parameter of the path, as a handle holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PathParameter {
    /// `chat_service_sid`.
    pub name: String,
    pub kind: ParameterKind,
    pub description: String,
    /// A name for examples, where the API takes one in place of a SID.
    pub example: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ParameterKind {
    /// Only a SID of this type.
    Sid(SidType),
    /// A SID of this type, or the name that the API takes in its place.
    SidOrName(SidType),
    /// Any string.
    Text,
}

impl ParameterKind {
    /// The type as a person reads it in an error.
    fn shown(&self) -> String {
        match self {
            Self::Sid(sid) => sid.name.clone(),
            Self::SidOrName(sid) => format!("SidOrName<{}>", sid.name),
            Self::Text => "a string".to_owned(),
        }
    }
}

impl Node<'_> {
    pub(crate) fn is_item(&self) -> bool {
        self.path.is_item()
    }

    /// The item below a collection.
    pub(crate) fn item(&self) -> Option<&Self> {
        self.children.iter().find(|child| child.is_item())
    }

    /// Whether there is nothing to do here but to name an item, for which no handle is needed.
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
            // One item is reached from what is above the collection.
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
/// A path parameter that two operations type differently; a path in a pair that has something below it which the other
/// has not.
pub(crate) fn roots<'a>(api: &'a Api<'a>) -> Result<Vec<Node<'a>>> {
    let mut by_key: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in api.operations() {
        // Every prefix is a node, with operations or without.
        for count in 1..operation.path.segments.len() {
            by_key.entry(operation.path.prefix(count).key()).or_default();
        }
        by_key.entry(operation.path.key()).or_default().push(operation);
    }
    let tree = Tree { api, by_key };
    let roots = tree.children("", &[], &[])?;
    let nodes: Vec<&Node<'_>> = roots.iter().flat_map(Node::walk).collect();
    for node in nodes.iter().filter(|node| node.scoped.is_some() || node.plain.is_some()) {
        let is_paired = |child: &&Node<'_>| child.scoped.is_some() || child.plain.is_some();
        if let Some(child) = node.children.iter().find(|child| !is_paired(child)) {
            let operation = tree.below(&child.key)[0];
            let problem = format!("{} is in one scope only, and what is above it in two", child.path.text);
            return Err(api.document.error(&operation.pointer, problem));
        }
    }
    Ok(roots)
}

struct Tree<'a> {
    api: &'a Api<'a>,
    by_key: BTreeMap<String, Vec<&'a Operation>>,
}

impl<'a> Tree<'a> {
    fn children(
        &self,
        parent: &str,
        parameters: &[PathParameter],
        accessors: &[(String, bool)],
    ) -> Result<Vec<Node<'a>>> {
        let is_child =
            |key: &str| key.strip_prefix(parent).is_some_and(|rest| rest.len() > 1 && rest.rfind('/') == Some(0));
        let keys = self.by_key.keys().filter(|key| is_child(key));
        keys.map(|key| self.node(key, parameters, accessors)).collect()
    }

    /// The operations at and below a path.
    fn below(&self, key: &str) -> Vec<&'a Operation> {
        let is_below = |operation: &&Operation| {
            operation.path.key().strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.api.operations().filter(is_below).collect()
    }

    fn node(&self, key: &str, parameters: &[PathParameter], accessors: &[(String, bool)]) -> Result<Node<'a>> {
        let depth = key.matches('/').count();
        let below = self.below(key);
        let operations = self.by_key[key].clone();
        let shown = operations.first().or(below.first()).expect("a node is the path of an operation, or above one");
        let path = shown.path.prefix(depth);
        let mut parameters = parameters.to_vec();
        if path.is_item() {
            parameters.push(self.path_parameter(&below, depth)?);
        }
        let resource = self.resource(&path);
        let stem = operations.first().map_or_else(|| path.stem(), |operation| operation.stem.clone());
        let accessor = self.accessor(&path);
        let is_item = path.is_item();
        let mut accessors = accessors.to_vec();
        accessors.push((if is_item { singular(&accessor) } else { accessor.clone() }, is_item));
        let (plain, scoped) = self.counterparts(&below, key);
        Ok(Node {
            children: self.children(key, &parameters, &accessors)?,
            parameters,
            stem,
            accessor,
            accessors,
            module: resource.map_or_else(|| path.module(), |resource| resource.module.clone()),
            title: resource.map_or_else(|| format!("Resources below {}", path.last_fixed()), |r| r.info.title.clone()),
            one: one(resource, &path),
            operations,
            key: key.to_owned(),
            path,
            plain,
            scoped,
        })
    }

    /// The key without the scope of a scoped path, and the scoped path of one without.
    fn counterparts(&self, below: &[&Operation], key: &str) -> (Option<String>, Option<Path>) {
        let Some(scope) = &self.api.scope else { return (None, None) };
        let scope_key = scope.path.key();
        match key.strip_prefix(&scope_key) {
            Some(rest) if !rest.is_empty() && below.iter().all(|operation| operation.is_scoped) => {
                (Some(rest.to_owned()), None)
            }
            _ => {
                let scoped = format!("{scope_key}{key}");
                let operation = self.below(&scoped).into_iter().find(|operation| operation.is_scoped);
                (None, operation.map(|operation| operation.path.prefix(scoped.matches('/').count())))
            }
        }
    }

    /// The parameter of an item, on which all operations at and below it must agree. The name is that of the operations below,
    /// which say whose SID it is, where the item's own say just `Sid`.
    fn path_parameter(&self, below: &[&Operation], depth: usize) -> Result<PathParameter> {
        let mut found: Option<PathParameter> = None;
        // The item's own operations describe it best.
        let (own, deeper): (Vec<&Operation>, Vec<&Operation>) =
            below.iter().partition(|operation| operation.path.segments.len() == depth);
        for operation in own.into_iter().chain(deeper) {
            let parameter = self.nth_parameter(operation, depth);
            let name = &parameter.property.wire;
            let kind = match (&parameter.property.ty, &parameter.names_sid) {
                (TypeRef::Sid(sid), _) => ParameterKind::Sid(sid.clone()),
                (_, Some(sid)) => ParameterKind::SidOrName(sid.clone()),
                (_, None) => ParameterKind::Text,
            };
            let description = parameter.property.description.clone();
            let example = parameter.example.clone().unwrap_or_else(|| "its-name".to_owned());
            let this = PathParameter { name: snake(name), kind, description, example };
            match &mut found {
                None => found = Some(this),
                Some(found) if found.kind != this.kind => {
                    let (here, there) = (this.kind.shown(), found.kind.shown());
                    let problem = format!("path parameter {name} is {here} here and {there} elsewhere");
                    return Err(self.api.document.error(&parameter.pointer, problem));
                }
                Some(found) if found.name == "sid" => found.name = this.name,
                Some(_) => {}
            }
        }
        Ok(found.expect("a node is the path of an operation, or above one"))
    }

    fn nth_parameter<'o>(&self, operation: &'o Operation, depth: usize) -> &'o Parameter {
        let name = operation.path.prefix(depth).parameters().last().map(str::to_owned);
        let parameter = operation.parameters(Place::Path).find(|p| Some(&p.property.wire) == name.as_ref());
        parameter.expect("the parameters of a path are declared, which was checked")
    }

    /// The vendor's name for it, where the specification has one, else the path's.
    fn accessor(&self, path: &Path) -> String {
        let named = self.api.accessors.get(&path.collection().blank());
        named.cloned().unwrap_or_else(|| snake(path.last_fixed()))
    }

    /// The resource at the collection or its items.
    fn resource(&self, path: &Path) -> Option<&'a Resource<'a>> {
        let collection = path.collection().key();
        let at_collection = |operation: &Operation| operation.path.collection().key() == collection;
        self.api.resources.iter().find(|resource| resource.operations.iter().any(at_collection))
    }
}

/// `Push bindings of a service` becomes `One push binding of a service`.
fn one(resource: Option<&Resource<'_>>, path: &Path) -> String {
    let Some(resource) = resource else { return format!("Resources below one of {}", path.last_fixed()) };
    let title = &resource.info.title;
    let head = [" of ", " with "].iter().filter_map(|word| title.find(word)).min().unwrap_or(title.len());
    let mut one = singular(&title[..head]);
    one.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
    format!("One {one}{}", &title[head..])
}
