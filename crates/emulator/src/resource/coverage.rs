//! The emulator beside the specification, without a request: what a change of the specification needs here.

use std::collections::{BTreeMap, BTreeSet};

use super::handlers::{RESOURCES, WITH_20001, WITHOUT_EFFECT};
use super::{Resource, handler};
use crate::spec::{Api, Operation};

fn operations() -> &'static [Operation] {
    Api::get().unwrap().operations()
}

/// Fails with one line for each problem.
#[track_caller]
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Name and file of the type of a resource's items. The path of a type ends in the names of its module and its own.
fn item(resource: &Resource) -> (&'static str, String) {
    let mut path = (resource.item.name)().rsplit("::");
    let (name, module) = (path.next().unwrap_or_default(), path.next().unwrap_or_default());
    (name, format!("crates/emulator/src/resource/{module}.rs"))
}

/// The names that an operation's query and body have.
fn parameters(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.query.iter().chain(&operation.form).map(|parameter| &*parameter.name)
}

#[test]
fn every_operation_is_implemented() {
    let problems = operations().iter().filter_map(|operation| {
        let problem = operation.problem.as_deref()?;
        let files = "add it to RESOURCES in crates/emulator/src/resource/handlers.rs, or, if the emulator cannot read it, \
                     extend crates/emulator/src/spec";
        Some(format!("{}: the emulator does not implement it, since {problem}: {files}", operation.id))
    });
    none(&problems.collect::<Vec<_>>());
}

#[test]
fn every_handler_has_an_operation() {
    let known: BTreeSet<_> = operations().iter().map(|operation| operation.id.as_str()).collect();
    let mut problems = Vec::new();
    for resource in RESOURCES {
        for object in resource.objects {
            for (verb, _) in resource.verbs {
                let id = format!("{verb}{object}");
                if !known.contains(id.as_str()) {
                    let file = "crates/emulator/src/resource/handlers.rs";
                    problems.push(format!(
                        "{id}: the specification has no such operation: remove its handler from RESOURCES in {file}"
                    ));
                }
            }
        }
    }
    none(&problems);
}

#[test]
fn every_property_of_a_response_is_written_by_its_item() {
    let mut unwritten: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for operation in operations() {
        let (Some(resource), Some(shape)) = (operation.resource, &operation.shape) else { continue };
        let written = (resource.item.properties)();
        for property in shape.names().filter(|property| !written.contains(property)) {
            unwritten.entry((item(resource), property)).or_default().push(&operation.id);
        }
    }
    let problems = unwritten.into_iter().map(|(((name, file), property), operations)| {
        format!(
            "{}: the response has the property {property}, which `item! {{ impl {name} }}` in {file} does not write, so \
             that it is null: add it there",
            operations.join(", ")
        )
    });
    none(&problems.collect::<Vec<_>>());
}

#[test]
fn every_property_that_an_item_writes_is_one_of_a_response() {
    let mut documented: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for operation in operations() {
        if let (Some(resource), Some(shape)) = (operation.resource, &operation.shape) {
            documented.entry(item(resource)).or_default().extend(shape.names());
        }
    }
    let mut problems = BTreeSet::new();
    for resource in RESOURCES {
        let (name, file) = item(resource);
        let documented = documented.get(&item(resource)).cloned().unwrap_or_default();
        for property in (resource.item.properties)().iter().filter(|property| !documented.contains(**property)) {
            problems.insert(format!(
                "{name}: no response has the property {property}, which `item! {{ impl {name} }}` in {file} writes: \
                 remove it there"
            ));
        }
    }
    none(&problems.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_header_of_a_request_is_read() {
    let mut problems = Vec::new();
    for operation in operations() {
        for header in &operation.unimplemented_headers {
            problems.push(format!(
                "{}: nothing reads the header {header}: read it in crates/emulator/src/server/api.rs, and add it to \
                 HEADERS in crates/emulator/src/spec/mod.rs",
                operation.id
            ));
        }
    }
    none(&problems);
}

#[test]
fn a_code_for_a_parameter_is_decided_on_in_every_resource_that_has_the_parameter() {
    let has_code = |resource: &Resource, field: &str| resource.code(field).is_some();
    let mut problems = Vec::new();
    for operation in operations() {
        let Some(resource) = operation.resource else { continue };
        for field in parameters(operation) {
            let elsewhere = RESOURCES.iter().any(|resource| has_code(resource, field));
            let decided = has_code(resource, field)
                || WITH_20001.iter().any(|(object, name)| resource.objects.contains(object) && *name == field);
            if elsewhere && !decided {
                problems.push(format!(
                    "{}: {field} has a code of its own in another resource: add it to `Resource::code` or WITH_20001 in \
                     crates/emulator/src/resource/handlers.rs",
                    operation.id
                ));
            }
        }
    }
    none(&problems);
}

#[test]
fn every_exception_is_about_a_parameter_that_there_is() {
    let exists = |object: &str, field: &str| {
        operations().iter().any(|operation| {
            operation.resource.is_some_and(|resource| resource.objects.contains(&object))
                && parameters(operation).any(|name| name == field)
        })
    };
    let problems = WITH_20001.iter().chain(WITHOUT_EFFECT).filter(|(object, field)| !exists(object, field));
    let file = "crates/emulator/src/resource/handlers.rs";
    none(&problems.map(|(object, field)| format!("{object} has no parameter {field}: see {file}")).collect::<Vec<_>>());
}

#[test]
fn a_handler_is_found_by_the_whole_id_of_an_operation() {
    for bad in ["", "Create", "Conversation", "CreateConversations", "createConversation", "UpdateService"] {
        assert!(handler(bad).is_none(), "{bad}");
    }
}
