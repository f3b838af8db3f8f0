//! The table beside the specification that it is made from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Action, Kind, OPERATIONS, Operation, Place};

const BELOW_SERVICE: &str = "/v1/Services/{ChatServiceSid}/";

/// Method and path of every operation of the specification, by id.
fn specified() -> BTreeMap<String, (String, String)> {
    let document: Value = serde_json::from_str(include_str!("../../../emulator/src/generated/openapi.json")).unwrap();
    let items = document["paths"].as_object().unwrap();
    let operations = items.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("x-"));
        methods.map(move |(method, operation)| {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            (id, (method.to_uppercase(), path.clone()))
        })
    });
    operations.collect()
}

fn by_id(id: &str) -> &'static Operation {
    OPERATIONS.iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn the_table_has_every_operation_of_the_specification_once() {
    let table = OPERATIONS
        .iter()
        .map(|operation| (operation.id.to_owned(), (operation.method.to_owned(), operation.path.to_owned())));
    let table: BTreeMap<_, _> = table.collect();
    assert_eq!(table, specified());
    assert_eq!(table.len(), OPERATIONS.len());
}

#[test]
fn the_table_is_in_the_order_of_paths() {
    let paths: Vec<_> = OPERATIONS.iter().map(|operation| operation.path).collect();
    assert!(paths.is_sorted(), "{paths:?}");
}

#[test]
fn no_two_operations_have_the_same_words_and_action() {
    let mut seen = BTreeMap::new();
    for operation in OPERATIONS {
        let command = (operation.words, format!("{:?}", operation.action));
        assert_eq!(seen.insert(command, operation.id), None, "{}", operation.id);
    }
}

#[test]
fn the_words_are_the_fixed_segments_of_the_path() {
    for Operation { words, path, id, .. } in OPERATIONS {
        let fixed = path.split('/').skip(2).filter(|segment| !segment.starts_with('{'));
        let fixed: Vec<_> = fixed.map(str::to_lowercase).collect();
        let words: Vec<_> = words.iter().map(|word| word.replace('-', "")).collect();
        assert_eq!(words, fixed, "{id}");
    }
    assert_eq!(
        by_id("CreateServiceConversationWithParticipants").words,
        ["services", "conversation-with-participants"]
    );
}

#[test]
fn no_flag_of_an_operation_names_two_parameters() {
    for operation in OPERATIONS {
        let flags: BTreeSet<_> = operation.parameters.iter().map(|parameter| parameter.flag).collect();
        assert_eq!(flags.len(), operation.parameters.len(), "{}: {flags:?}", operation.id);
    }
}

#[test]
fn a_flag_is_the_name_on_the_wire_in_kebab_case() {
    for parameter in OPERATIONS.iter().flat_map(|operation| operation.parameters) {
        let plain = |text: &str| text.replace('-', "").to_lowercase();
        assert_eq!(plain(parameter.flag), plain(parameter.name));
        let is_flag = |c: char| c.is_ascii_lowercase() || c == '-' || c == '.';
        assert!(parameter.flag.chars().all(is_flag), "{}", parameter.flag);
    }
    let flag = |id, name: &str| by_id(id).parameters.iter().find(|parameter| parameter.name == name).unwrap().flag;
    assert_eq!(flag("CreateConversation", "X-Twilio-Webhook-Enabled"), "x-twilio-webhook-enabled");
    assert_eq!(
        flag("CreateConversationParticipant", "MessagingBinding.ProxyAddress"),
        "messaging-binding.proxy-address"
    );
}

#[test]
fn the_parameters_of_a_path_stand_first_in_its_order() {
    for operation in OPERATIONS {
        let segments = operation.path.split('/');
        let in_path: Vec<_> = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
        let first: Vec<_> = operation.parameters.iter().take(in_path.len()).map(|parameter| parameter.name).collect();
        assert_eq!(first, in_path, "{}", operation.id);
        let places = operation.parameters.iter().map(|parameter| parameter.place as u8);
        assert!(places.is_sorted(), "{}", operation.id);
        let path = operation.parameters.iter().filter(|parameter| parameter.place == Place::Path);
        assert!(path.clone().count() == in_path.len() && path.clone().all(|p| p.is_required && !p.is_list));
    }
}

#[test]
fn whatever_responds_with_something_has_columns_of_it() {
    for operation in OPERATIONS {
        let is_removal = operation.action == Action::Remove;
        assert_eq!(operation.columns.is_empty(), is_removal, "{}", operation.id);
        assert_eq!(operation.fields.is_empty(), is_removal, "{}", operation.id);
        assert!(operation.columns.iter().all(|column| operation.fields.contains(column)), "{}", operation.id);
    }
}

#[test]
fn lists_and_only_lists_have_items_and_pages() {
    for operation in OPERATIONS {
        let is_list = operation.action == Action::List;
        assert_eq!(operation.items.is_some(), is_list, "{}", operation.id);
        assert_eq!(operation.largest_page > 0, is_list, "{}", operation.id);
    }
}

#[test]
fn every_operation_has_its_counterpart_below_a_service() {
    let below: BTreeSet<_> = OPERATIONS.iter().filter_map(|operation| operation.below_service).collect();
    for operation in OPERATIONS {
        let path = operation.path.replacen("/v1/", BELOW_SERVICE, 1);
        let counterpart = OPERATIONS.iter().find(|other| other.path == path && other.method == operation.method);
        assert_eq!(operation.below_service, counterpart.map(|other| other.id), "{}", operation.id);
    }
    let only_below = OPERATIONS.iter().filter(|o| o.path.starts_with(BELOW_SERVICE) && !below.contains(o.id));
    let only_below: BTreeSet<_> = only_below.map(|operation| operation.words.join(" ")).collect();
    assert_eq!(only_below, ["services bindings", "services configuration notifications"].map(str::to_owned).into());
}

#[test]
fn only_an_update_clears_and_only_what_can_be_empty() {
    let mut cleared = 0;
    for operation in OPERATIONS {
        for parameter in operation.parameters.iter().filter(|parameter| parameter.can_clear) {
            cleared += 1;
            assert_eq!((operation.action, parameter.place), (Action::Update, Place::Form), "{}", operation.id);
            let is_never_empty = matches!(parameter.kind, Kind::Boolean | Kind::Enum { .. });
            assert!(parameter.is_list || !is_never_empty, "{} {}", operation.id, parameter.name);
        }
    }
    assert!(cleared > 0);
}

#[test]
fn a_webhook_of_a_service_takes_no_event_of_users() {
    let values = |id: &str, name: &str| {
        let parameter = by_id(id).parameters.iter().find(|parameter| parameter.name == name).unwrap();
        let Kind::Enum { values } = parameter.kind else { panic!("{:?}", parameter.kind) };
        assert!(parameter.is_list && values.iter().all(|(_, description)| !description.is_empty()));
        values.iter().map(|(value, _)| *value).collect::<BTreeSet<_>>()
    };
    let account = values("UpdateConfigurationWebhook", "Filters");
    let service = values("UpdateServiceWebhookConfiguration", "Filters");
    assert!(account.is_superset(&service));
    assert!(account.contains("onUserUpdate") && !service.contains("onUserUpdate"));
}

#[test]
fn the_help_has_sentences_and_no_names_of_the_wire() {
    for operation in OPERATIONS {
        assert!(operation.docs.starts_with("https://") && operation.summary.ends_with('.'), "{}", operation.id);
        let names: Vec<_> = operation.parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
        for text in operation.parameters.iter().map(|parameter| parameter.help).chain([operation.description]) {
            assert!(!text.contains("]("), "a link of Rust's documentation: {text}");
            assert!(!names.iter().any(|name| text.contains(name)), "{}: {text}", operation.id);
        }
        assert!(operation.parameters.iter().all(|parameter| !parameter.help.is_empty()), "{}", operation.id);
    }
}
