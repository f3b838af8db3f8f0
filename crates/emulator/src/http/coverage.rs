//! Compares the emulator with the specification, without a request. A change of the specification that needs work in the
//! emulator fails a test here.

use std::collections::{BTreeMap, BTreeSet};

use super::spec::{Endpoint, Spec};
use crate::operations::{self, Access, Operation, RateScope};

/// Parameters whose code is 20001 although another operation has a more specific one for the name.
const WITH_20001: &[(&str, &str)] = &[
    ("ConfigurationWebhook", "Target"),
    ("ConversationParticipant", "Identity"),
    ("ParticipantConversation", "Identity"),
    ("ServiceBinding", "Identity"),
];

fn endpoints() -> &'static [Endpoint] {
    Spec::get().unwrap().endpoints()
}

/// Fails with one line for each problem.
#[track_caller]
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// The name of an operation's item. The path of a type ends in it.
fn item(operation: &Operation) -> &'static str {
    (operation.item.name)().rsplit("::").next().unwrap_or_default()
}

/// The names that an endpoint's query and form have.
fn parameters(endpoint: &Endpoint) -> impl Iterator<Item = &str> {
    endpoint.query.iter().chain(&endpoint.form).map(|parameter| &*parameter.name)
}

/// The part of an id that follows the verb and `Service`.
fn object(id: &str) -> &str {
    let verbs = ["Create", "Fetch", "Update", "List", "Delete"];
    verbs.iter().find_map(|verb| id.strip_prefix(verb)).unwrap_or(id)
}

#[test]
fn every_operation_is_implemented() {
    let problems = endpoints().iter().filter_map(|endpoint| {
        let problem = endpoint.problem.as_deref()?;
        let files = "declare it in `OPERATIONS` of its module in crates/emulator/src/operations, or, if the emulator \
                     cannot read it, extend crates/emulator/src/http/spec";
        Some(format!("{}: the emulator does not implement it, since {problem}: {files}", endpoint.id))
    });
    none(&problems.collect::<Vec<_>>());
}

#[test]
fn every_declared_operation_is_in_the_specification_and_is_declared_once() {
    let known: BTreeSet<_> = endpoints().iter().map(|endpoint| endpoint.id.as_str()).collect();
    let mut declared = BTreeSet::new();
    let mut problems = Vec::new();
    for id in operations::all().flat_map(|operation| operation.ids) {
        if !known.contains(id) {
            let place = "`OPERATIONS` in crates/emulator/src/operations";
            problems.push(format!("{id}: the specification has no such operation: remove it from {place}"));
        }
        if !declared.insert(id) {
            problems.push(format!("{id}: it is declared twice"));
        }
    }
    none(&problems);
}

#[test]
fn an_operation_is_counted_if_and_only_if_it_writes() {
    let mut problems = Vec::new();
    for endpoint in endpoints() {
        let Some(operation) = endpoint.operation else { continue };
        let reads = endpoint.id.starts_with("Fetch") || endpoint.id.starts_with("List");
        if reads != operation.reads() {
            problems.push(format!("{}: a write is counted, a read is not", endpoint.id));
        }
        if let RateScope::Conversation(name) = operation.rate
            && !endpoint.path.iter().any(|parameter| *parameter.name == *name)
        {
            problems.push(format!("{}: its path has no parameter {name}, which it is counted by", endpoint.id));
        }
        let is_of_service = endpoint.path.iter().any(|parameter| &*parameter.name == "ChatServiceSid");
        if is_of_service && operation.rate == RateScope::Account {
            problems.push(format!("{}: it is counted for the account, and its path has a service", endpoint.id));
        }
    }
    none(&problems);
}

#[test]
fn every_property_of_a_response_is_written_by_its_item() {
    let mut unwritten: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for endpoint in endpoints() {
        let Some(operation) = endpoint.operation else { continue };
        let written = (operation.item.properties)();
        for property in
            endpoint.properties.iter().map(|property| &*property.name).filter(|name| !written.contains(name))
        {
            unwritten.entry((item(operation), property)).or_default().push(&endpoint.id);
        }
    }
    let problems = unwritten.into_iter().map(|((name, property), operations)| {
        format!(
            "{}: the response has the property {property}, which `item! {{ impl {name} }}` in \
             crates/emulator/src/operations does not write, so that it is null: add it there",
            operations.join(", ")
        )
    });
    none(&problems.collect::<Vec<_>>());
}

#[test]
fn every_property_that_an_item_writes_is_one_of_a_response() {
    let mut documented: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for endpoint in endpoints() {
        if let Some(operation) = endpoint.operation {
            documented
                .entry(item(operation))
                .or_default()
                .extend(endpoint.properties.iter().map(|property| &*property.name));
        }
    }
    let mut problems = BTreeSet::new();
    for operation in operations::all() {
        let name = item(operation);
        let documented = documented.get(name).cloned().unwrap_or_default();
        for property in (operation.item.properties)().iter().filter(|property| !documented.contains(**property)) {
            problems.insert(format!(
                "{name}: no response has the property {property}, which `item! {{ impl {name} }}` in \
                 crates/emulator/src/operations writes: remove it there"
            ));
        }
    }
    none(&problems.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_header_of_a_request_is_read() {
    let mut problems = Vec::new();
    for endpoint in endpoints() {
        for header in &endpoint.unimplemented_headers {
            problems.push(format!(
                "{}: nothing reads the header {header}: read it in crates/emulator/src/http/api.rs, and add it to \
                 HEADERS in crates/emulator/src/http/spec/mod.rs",
                endpoint.id
            ));
        }
    }
    none(&problems);
}

#[test]
fn a_code_for_a_parameter_is_decided_on_in_every_operation_that_has_the_parameter() {
    let mut problems = Vec::new();
    for endpoint in endpoints() {
        let Some(operation) = endpoint.operation else { continue };
        for name in parameters(endpoint) {
            let elsewhere = operations::all().any(|operation| operation.code(name, true).is_some());
            let decided = operation.code(name, true).is_some()
                || operation.ids.iter().any(|id| WITH_20001.contains(&(object(id), name)));
            if elsewhere && !decided {
                problems.push(format!(
                    "{}: {name} has a code of its own in another operation: declare it with `codes` in \
                     crates/emulator/src/operations, or add it to WITH_20001 in crates/emulator/src/http/coverage.rs",
                    endpoint.id
                ));
            }
        }
    }
    none(&problems);
}

#[test]
fn every_exception_is_about_a_parameter_that_there_is() {
    let exists = |ids: &[&str], name: &str| {
        endpoints()
            .iter()
            .any(|endpoint| ids.contains(&&*endpoint.id) && parameters(endpoint).any(|known| known == name))
    };
    let mut problems = Vec::new();
    for operation in operations::all() {
        let declared = operation.codes.iter().map(|code| code.name).chain(operation.ignored.iter().copied());
        for name in declared.filter(|name| !exists(operation.ids, name)) {
            problems.push(format!("{} has no parameter {name}: see its declaration", operation.ids[0]));
        }
    }
    for (name, parameter) in WITH_20001 {
        let ids: Vec<_> =
            endpoints().iter().map(|endpoint| endpoint.id.as_str()).filter(|id| object(id) == *name).collect();
        if !exists(&ids, parameter) {
            problems.push(format!("{name} has no parameter {parameter}: see WITH_20001"));
        }
    }
    none(&problems);
}

#[test]
fn an_operation_is_found_by_its_whole_id() {
    for bad in ["", "Create", "Conversation", "CreateConversations", "createConversation", "UpdateService"] {
        assert!(operations::find(bad).is_none(), "{bad}");
    }
}

#[test]
fn chat_users_have_the_operations_of_an_sdk() {
    let access = |id: &str| operations::find(id).unwrap_or_else(|| panic!("no operation {id}")).access;
    for yes in [
        "CreateConversation",
        "ListServiceConversation",
        "CreateServiceConversationMessage",
        "FetchConversationMessageReceipt",
        "DeleteConversationParticipant",
        "CreateConversationWithParticipants",
        "UpdateUser",
        "FetchServiceUser",
        "UpdateServiceUserConversation",
    ] {
        assert_ne!(access(yes), Access::RestOnly, "{yes}");
    }
    for no in [
        "CreateService",
        "DeleteService",
        "UpdateConfiguration",
        "UpdateServiceWebhookConfiguration",
        "CreateConversationScopedWebhook",
        "CreateUser",
        "DeleteServiceUser",
        "UpdateRole",
        "ListCredential",
        "ListParticipantConversation",
    ] {
        assert_eq!(access(no), Access::RestOnly, "{no}");
    }
}
