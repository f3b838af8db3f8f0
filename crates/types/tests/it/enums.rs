//! Open enums against the values that the specification documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use twilio_conversations_types::{
    form,
    v1::{
        EventType, HttpMethod, ScopedWebhookConfiguration, WebhookMethod,
        request::CreateConversationScopedWebhookRequest,
    },
};

use crate::{spec, types};

/// The documented values by the name of the type, each schema's own.
fn documented() -> BTreeMap<String, Vec<Vec<String>>> {
    let mut documented: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for (name, schema) in spec::schemas() {
        if let Some(values) = schema["enum"].as_array() {
            let values = values.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
            documented.entry(spec::type_name(name)).or_default().push(values);
        }
    }
    documented
}

#[test]
fn an_enum_has_the_documented_values_and_no_others() {
    let documented = documented();
    for (name, codec) in types::enums() {
        for values in &documented[name] {
            let all = (codec.all)();
            assert_eq!(all.iter().collect::<BTreeSet<_>>(), values.iter().collect::<BTreeSet<_>>(), "{name}");
            assert_eq!(all.len(), values.len(), "{name} has a value twice");
        }
        assert_eq!((codec.all)(), documented[name][0], "{name}: the order is the specification's");
    }
}

#[test]
fn every_documented_value_is_converted_from_and_to_a_string() {
    for (name, codec) in types::enums() {
        for value in (codec.all)() {
            assert_eq!((codec.read)(&value), (value.clone(), true), "{name}");
            assert_eq!((codec.written)(&value), (value.clone(), true), "{name}");
        }
    }
}

#[test]
fn an_unknown_value_is_kept_verbatim() {
    for (name, codec) in types::enums() {
        for value in ["of tomorrow", "Of Tomorrow", "", "ÄÖÜ \"quoted\"", "Unknown"] {
            assert_eq!((codec.read)(value), (value.to_owned(), false), "{name}");
            assert_eq!((codec.written)(value), (value.to_owned(), false), "{name}");
        }
        assert!(!(codec.equal)("Of Tomorrow", "of tomorrow"), "{name}");
    }
}

/// A response is no exception: the vendor documents `GET` here and `get` there, and responses do not always agree.
#[test]
fn a_known_value_in_any_case_becomes_the_known_variant() {
    for (name, codec) in types::enums() {
        for value in (codec.all)() {
            for other in [value.to_ascii_uppercase(), value.to_ascii_lowercase()] {
                assert_eq!((codec.read)(&other), (value.clone(), true), "{name}");
                assert_eq!((codec.written)(&other), (value.clone(), true), "{name}");
                assert!((codec.equal)(&other, &value), "{name}: {other} is {value}");
            }
            assert!(!(codec.equal)(&value, "of tomorrow"), "{name}");
        }
    }
}

#[test]
fn a_method_from_a_configuration_file_is_sent_in_the_documented_case() {
    let file = r#"
        Target = "webhook"
        "Configuration.Url" = "https://example.com/"
        "Configuration.Method" = "POST"
        "Configuration.Filters" = ["onmessageadded", "ONMESSAGEADD"]
    "#;
    let request: CreateConversationScopedWebhookRequest = toml::from_str(file).unwrap();
    assert!(matches!(request.configuration_method, Some(WebhookMethod::Post)));
    assert_eq!(
        form::to_string(&request).unwrap(),
        "Target=webhook&Configuration.Url=https%3A%2F%2Fexample.com%2F&Configuration.Method=post\
         &Configuration.Filters=onMessageAdded&Configuration.Filters=onMessageAdd"
    );
}

#[test]
fn every_event_is_either_a_pre_event_or_a_post_event() {
    let names = |events: &[EventType]| events.iter().map(|event| event.as_str().to_owned()).collect::<BTreeSet<_>>();
    let (pre, post) = (names(EventType::PRE_EVENTS), names(EventType::POST_EVENTS));
    assert_eq!(pre.intersection(&post).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(&pre | &post, names(EventType::ALL));
    assert_eq!((pre.len(), post.len()), (EventType::PRE_EVENTS.len(), EventType::POST_EVENTS.len()));
}

/// The names of the events in `spec/events/` of which this holds.
fn documented_events(wanted: impl Fn(&serde_json::Value) -> bool) -> BTreeSet<String> {
    let files = codegen::events(&spec::SOURCES).unwrap();
    let events = files.values().flat_map(|file| file["events"].as_object().into_iter().flatten());
    events.filter(|(_, event)| wanted(event)).map(|(name, _)| name.clone()).collect()
}

#[test]
fn the_groups_of_events_are_those_of_the_files_of_events() {
    let filtered = |kind: &'static str| {
        documented_events(move |event| event["filters"].as_array().is_some_and(|kinds| kinds.contains(&kind.into())))
    };
    for (name, group, documented) in [
        ("ALL", EventType::ALL, documented_events(|_| true)),
        ("PRE_EVENTS", EventType::PRE_EVENTS, documented_events(|event| event["phase"] == "pre")),
        ("POST_EVENTS", EventType::POST_EVENTS, documented_events(|event| event["phase"] == "post")),
        ("SERVICE_EVENTS", EventType::SERVICE_EVENTS, filtered("service")),
        ("ADDRESS_EVENTS", EventType::ADDRESS_EVENTS, filtered("address")),
        ("CONVERSATION_EVENTS", EventType::CONVERSATION_EVENTS, filtered("conversation")),
    ] {
        assert!(!documented.is_empty(), "no event of {name} is documented");
        assert_eq!(group.iter().map(|event| event.as_str().to_owned()).collect::<BTreeSet<_>>(), documented, "{name}");
        assert_eq!(group.len(), documented.len(), "{name} has an event twice");
    }
}

/// `onMessageAdd` is a pre-event, `onMessageAdded` a post-event.
#[test]
fn the_names_of_post_events_end_in_ed() {
    for event in EventType::PRE_EVENTS {
        assert!(!event.as_str().ends_with("ed"), "{event} is a pre-event");
    }
    for event in EventType::POST_EVENTS {
        assert!(event.as_str().ends_with("ed"), "{event} is a post-event");
    }
}

#[test]
fn http_methods_in_upper_and_lower_case_convert_into_each_other() {
    for (upper, lower) in [("GET", "get"), ("POST", "post"), ("Patch", "Patch")] {
        assert_eq!(HttpMethod::from(WebhookMethod::from(lower)), upper);
        assert_eq!(WebhookMethod::from(HttpMethod::from(upper)), lower);
    }
}

#[test]
fn the_words_of_a_trigger_are_read_from_triggers_or_else_from_filters() {
    let words = |json: serde_json::Value| {
        let configuration: ScopedWebhookConfiguration = serde_json::from_value(json).unwrap();
        configuration.trigger_words().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(json!({ "triggers": ["a", "B"], "filters": ["c"] })), ["a", "B"]);
    assert_eq!(words(json!({ "triggers": [], "filters": ["Help"] })), ["Help"]);
    assert_eq!(words(json!({ "triggers": null, "filters": ["Help", ""] })), ["Help", ""]);
    assert_eq!(words(json!({ "filters": ["ONMESSAGEADDED"] })), ["onMessageAdded"]);
    assert_eq!(words(json!({ "triggers": ["ONMESSAGEADDED"] })), ["ONMESSAGEADDED"]);
    assert!(words(json!({})).is_empty());
}
