//! One type for one thing: merges what the overlay declares to be one, and reports what else could be.
//!
//! Schemas share an `x-name`; the operations of two paths share one by an `x-name` of the path item. Both are refused
//! unless the structures agree, with the JSON pointers of both.

use std::collections::{BTreeMap, BTreeSet};

use super::{Api, Operation, Path, Place, Property, Resource, Role, Scope, Struct, TypeRef};
use crate::{
    error::{Error, Result, token},
    names::{pascal, singular, snake},
    spec::Document,
};

/// Finds the operations that are there twice, with and without a scope, and marks the scoped ones.
///
/// # Errors
///
/// An id or a name that two operations have without being such a pair; pairs with different scopes; a resource of which
/// only some operations are in pairs.
pub(super) fn pairs(document: &Document, resources: &mut [Resource<'_>]) -> Result<Option<Scope>> {
    let mut ids: BTreeMap<&str, &Operation> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in resources.iter().flat_map(|resource| &resource.operations) {
        if let Some(first) = ids.insert(&operation.id, operation) {
            let place = |one: &Operation| format!("{}/operationId", one.pointer);
            let problem = format!("{} is also the id at {}", operation.id, document.origin(&place(first)));
            return Err(document.error(place(operation), problem));
        }
        by_name.entry(&operation.name).or_default().push(operation);
    }
    let mut scope: Option<Scope> = None;
    // The ids of the scoped operations, and the modules of their counterparts.
    let mut scoped: BTreeMap<String, String> = BTreeMap::new();
    for (name, operations) in by_name {
        let (plain, other, found) = match operations.as_slice() {
            [] | [_] => continue,
            [one, other] => match (one.path.scope_of(&other.path), other.path.scope_of(&one.path)) {
                (Some(scope), _) => (*other, *one, scope),
                (_, Some(scope)) => (*one, *other, scope),
                _ => {
                    let problem = format!(
                        "it shares the name {name} with {}, and neither path is the other below a scope",
                        document.origin(&one.pointer)
                    );
                    return Err(document.error(&other.pointer, problem));
                }
            },
            [first, .., last] => {
                let first = document.origin(&first.pointer);
                let problem = format!("more than two operations share the name {name}; one is {first}");
                return Err(document.error(&last.pointer, problem));
            }
        };
        agree(document, plain, other)?;
        let found = self::scope(document, other, found)?;
        match &scope {
            Some(scope) if *scope != found => {
                let problem = format!("its scope is {}, and that of others is {}", found.path.text, scope.path.text);
                return Err(document.error(&other.pointer, problem));
            }
            _ => scope = Some(found),
        }
        scoped.insert(other.id.clone(), plain.id.clone());
    }
    let modules: BTreeMap<String, Vec<String>> = resources
        .iter()
        .flat_map(|resource| {
            resource.operations.iter().map(|operation| (operation.id.clone(), resource.module.clone()))
        })
        .collect();
    for resource in resources {
        let counterparts: Vec<_> = resource.operations.iter().map(|operation| scoped.get(&operation.id)).collect();
        let Some(first) = counterparts.iter().flatten().next() else {
            if let Some(renamed) = resource.operations.iter().find(|operation| operation.is_renamed) {
                let problem = format!(
                    "{} is the name of one operation only, {}; expected the name that operations without a scope have",
                    renamed.name, renamed.id
                );
                return Err(document.error(format!("{}/x-name", renamed.path_pointer()), problem));
            }
            continue;
        };
        let module = modules[*first].clone();
        if let Some(i) = counterparts.iter().position(Option::is_none) {
            let problem =
                format!("it has no counterpart in {}, as the resource's other operations have", module.join("::"));
            return Err(document.error(&resource.operations[i].pointer, problem));
        }
        resource.is_scoped = true;
        resource.module = module;
        resource.operations.iter_mut().for_each(|operation| operation.is_scoped = true);
    }
    Ok(scope)
}

/// The scope as a type: what its last segment is called, and the SID that names it.
fn scope(document: &Document, operation: &Operation, path: Path) -> Result<Scope> {
    let name = path.parameters().last().unwrap_or_default();
    let parameter = operation.parameters(Place::Path).find(|parameter| parameter.property.wire == name);
    match parameter.map(|parameter| &parameter.property.ty) {
        Some(TypeRef::Sid(sid)) if path.parameters().count() == 1 => {
            Ok(Scope { variant: pascal(&singular(&snake(path.last_fixed()))), sid: sid.clone(), path })
        }
        _ => Err(document.error(&operation.pointer, format!("its scope {} is not one item named by SID", path.text))),
    }
}

/// The operations of a pair take and return the same.
fn agree(document: &Document, plain: &Operation, scoped: &Operation) -> Result<()> {
    let fail = |what: &str| {
        let other = document.origin(&plain.pointer);
        let problem = format!("it shares the name {} with {other}, and their {what} differ", plain.name);
        Err(document.error(&scoped.pointer, problem))
    };
    let headers = |operation: &Operation| {
        let headers = operation.parameters(Place::Header);
        headers.map(|p| (p.property.wire.clone(), p.property.ty.clone(), p.property.is_required)).collect::<Vec<_>>()
    };
    if plain.method != scoped.method || plain.verb != scoped.verb {
        return fail("methods");
    }
    if headers(plain) != headers(scoped) {
        return fail("headers");
    }
    if (plain.body.is_some(), &plain.params) != (scoped.body.is_some(), &scoped.params) {
        return fail("requests");
    }
    if (&plain.response, &plain.list) != (&scoped.response, &scoped.list) {
        return fail("responses");
    }
    Ok(())
}

/// Makes one struct of all that share a name.
///
/// # Errors
///
/// Structs of one name whose properties disagree, with both pointers.
pub(super) fn structs(document: &Document, all: Vec<Struct>, files: &Counterparts) -> Result<BTreeMap<String, Struct>> {
    let is_scoped = |one: &Struct| one.home.as_ref().is_some_and(|home| files.contains_key(home));
    let (later, mut ordered): (Vec<_>, Vec<_>) = all.into_iter().partition(is_scoped);
    ordered.extend(later);
    let mut merged: BTreeMap<String, Struct> = BTreeMap::new();
    for mut one in ordered {
        one.home = one.home.map(|home| files.get(&home).cloned().unwrap_or(home));
        match merged.get_mut(&one.name) {
            None => _ = merged.insert(one.name.clone(), one),
            Some(first) => merge(document, first, &one)?,
        }
    }
    Ok(merged)
}

fn merge(document: &Document, first: &mut Struct, other: &Struct) -> Result<()> {
    let fail = |pointer: String, what: &str| {
        let problem = format!("{} is one type with {}, and {what}", first.name, document.origin(&first.pointer));
        Err(document.error(pointer, problem))
    };
    if first.role != other.role {
        return fail(other.pointer.clone(), "one of them is a request");
    }
    // A model has what any of its schemas has. A request with more properties would be wrong for the other operation.
    let may_differ = first.role == Role::Model;
    for property in &other.properties {
        match first.properties.iter().find(|known| known.wire == property.wire) {
            Some(known) => {
                if let Some(difference) = difference(known, property, first.role) {
                    let what = format!("{} differs: {difference}", property.wire);
                    return fail(property_pointer(other, property), &what);
                }
            }
            None if !may_differ => {
                return fail(property_pointer(other, property), &format!("has no {}", property.wire));
            }
            None => {}
        }
    }
    for known in &first.properties {
        let is_missing = !other.properties.iter().any(|property| property.wire == known.wire);
        if is_missing && !may_differ {
            return fail(other.pointer.clone(), &format!("{} is missing here", known.wire));
        }
    }
    let wires: BTreeSet<String> = other.properties.iter().map(|property| property.wire.clone()).collect();
    for known in first.properties.iter_mut().filter(|known| !wires.contains(&known.wire)) {
        known.is_required = false;
    }
    let mut place = 0;
    for property in &other.properties {
        match first.properties.iter().position(|known| known.wire == property.wire) {
            Some(known) => place = known + 1,
            None => {
                first.properties.insert(place, Property { is_required: false, ..property.clone() });
                place += 1;
            }
        }
    }
    if first.role == Role::Params && first.home != other.home {
        first.home = None;
        first.description = "Query parameters of a list without filters.".to_owned();
    }
    Ok(())
}

/// The first difference between two properties of one name.
fn difference(known: &Property, other: &Property, role: Role) -> Option<String> {
    if known.ty != other.ty {
        return Some(format!("{} there, {} here", known.ty.rust_text(), other.ty.rust_text()));
    }
    if known.is_required != other.is_required {
        return Some("required in one of them".to_owned());
    }
    if known.is_secret != other.is_secret {
        return Some("secret in one of them".to_owned());
    }
    if role.is_request() && known.is_nullable != other.is_nullable {
        return Some("nullable in one of them".to_owned());
    }
    let shown = |limit: Option<String>| limit.unwrap_or_else(|| "none".to_owned());
    let limits = |one: &Property| {
        [
            ("minimum", shown(one.limits.minimum.map(|limit| limit.to_string()))),
            ("maximum", shown(one.limits.maximum.map(|limit| limit.to_string()))),
            ("maxLength", shown(one.limits.max_length.map(|limit| limit.to_string()))),
        ]
    };
    let different = limits(known).into_iter().zip(limits(other)).find(|(known, other)| known != other);
    different.map(|((name, there), (_, here))| format!("{name} {there} there, {here} here"))
}

fn property_pointer(owner: &Struct, property: &Property) -> String {
    match owner.role {
        Role::Params | Role::Page => owner.pointer.clone(),
        Role::Model | Role::Create | Role::Update => format!("{}/properties/{}", owner.pointer, token(&property.wire)),
    }
}

/// The fragments of scoped resources, each with that of its counterpart, whose module has the types of both.
pub(super) type Counterparts = BTreeMap<String, String>;

pub(super) fn counterparts(resources: &[Resource<'_>]) -> Counterparts {
    let plain = |module: &[String]| resources.iter().find(|other| !other.is_scoped && other.module == module);
    let scoped = resources.iter().filter(|resource| resource.is_scoped);
    scoped.filter_map(|r| Some((r.info.file.clone(), plain(&r.module)?.info.file.clone()))).collect()
}

/// No two resources have one module, but for a scoped one and its counterpart.
pub(super) fn modules(resources: &[Resource<'_>]) -> Result<()> {
    let mut modules = BTreeMap::new();
    for resource in resources {
        if let Some(first) = modules.insert((&resource.module, resource.is_scoped), &resource.info.file) {
            let problem = format!("its module {} is that of spec/{first} already", resource.module.join("::"));
            return Err(Error::new(&resource.info.file, "/x-resource", problem));
        }
    }
    Ok(())
}

/// Types of equal structure with different names: a line for each group.
pub(super) fn unmerged(api: &Api<'_>) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for one in api.structs.values().filter(|one| one.properties.len() > 1) {
        let property = |p: &Property| format!("{} {} {} {:?}", p.wire, p.ty.rust_text(), p.is_required, p.limits);
        let properties: BTreeSet<_> = one.properties.iter().map(property).collect();
        let key = format!("{:?} {properties:?}", one.role);
        groups.entry(key).or_default().push((&one.name, &one.pointer));
    }
    for one in api.enums.values() {
        let values: BTreeSet<_> = one.values.iter().map(|value| &value.wire).collect();
        groups.entry(format!("{values:?}")).or_default().push((&one.name, &one.pointer));
    }
    let named = |group: &[(&str, &str)]| {
        let place = |pointer: &str| api.document.origin(pointer);
        let names: Vec<_> = group.iter().map(|(name, pointer)| format!("{name} ({})", place(pointer))).collect();
        format!("equal in structure and not merged by an x-name: {}", names.join(", "))
    };
    groups.values().filter(|group| group.len() > 1).map(|group| named(group)).collect()
}
