//! Events of the specification in which one fact is not as in the guide to webhooks.

use std::{collections::BTreeMap, path::Path, thread};

use codegen::Sources;
use serde_json::{Value, json};

use crate::support::{
    changed, drift, event_sources, events, folder, guide_agrees, names, numbered, page, pointers, removed, write,
};

const NAME: &str = "webhooks.md";

/// The files of events as JSON, which is YAML too.
fn files() -> BTreeMap<String, Value> {
    codegen::events(&event_sources()).expect("the events are in order")
}

/// An expectation with the numbers of lines of the guide.
fn at(expected: &str) -> String {
    numbered(&page(NAME).1, expected)
}

fn write_all(spec: &Path, sources: &Sources) {
    for (name, text) in &sources.0 {
        write(spec.join(name), text);
    }
}

/// Whether the guide has the fact. It has no descriptions, items of lists, members of a file that comes along, prefixes
/// of SIDs, enum of events, webhooks that may filter by an event, words about changes, and nothing that was only seen.
fn is_shown(file: &Value, pointer: &str) -> bool {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    let is_whole = matches!(pointer, "/fields" | "/events");
    let listed = file.pointer(pointer).and_then(Value::as_str).filter(|_| pointer.starts_with("/events/"));
    let mut fields = file["fields"].as_object().expect("fields").iter();
    let only_seen = fields.any(|(name, field)| {
        let place = format!("/fields/{name}");
        let is_of_field = pointer.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        field["documented"] == false && (listed == Some(name) || is_of_field && last != "documented")
    });
    // A field that an answer may set by another source than the guide.
    let answer = pointer
        .find("/answer/")
        .and_then(|at| pointer[at + 8..].split('/').next().map(|i| &pointer[..at + 8 + i.len()]));
    let from_elsewhere = answer.and_then(|answer| file.pointer(answer)).is_some_and(Value::is_object);
    !from_elsewhere
        && !is_whole
        && last != "description"
        && !pointer.contains("/items")
        && !pointer.starts_with("/schemas")
        && !pointer.starts_with("/changes")
        && !pointer.starts_with("/event_type")
        && !pointer.contains("/filters")
        && !only_seen
}

/// The file with one fact changed and with that fact left out, and the place.
fn mutants(file: &Value) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    for pointer in pointers(file).into_iter().filter(|pointer| is_shown(file, pointer)) {
        let phase = file.pointer(&pointer).and_then(Value::as_str).filter(|text| matches!(*text, "pre" | "post"));
        if let Some(phase) = phase {
            let mut other = file.clone();
            *other.pointer_mut(&pointer).expect("the phase") = json!(if phase == "pre" { "post" } else { "pre" });
            mutants.push((pointer.clone(), other));
        }
        mutants.extend(changed(file, &pointer).map(|file| (pointer.clone(), file)));
        let without = removed(file, &pointer);
        mutants.push((pointer, without));
    }
    mutants
}

#[test]
fn each_changed_or_removed_fact_of_the_events_is_reported_with_its_place() {
    let files = files();
    let mutants: Vec<_> = files
        .iter()
        .flat_map(|(name, file)| mutants(file).into_iter().map(move |(pointer, file)| (name, pointer, file)))
        .collect();
    assert!(mutants.len() > 600, "only {} mutants", mutants.len());
    let (page_file, sources) = (page(NAME).0, event_sources());
    // A process each; most of their time goes by waiting for the system.
    thread::scope(|scope| {
        for (worker, mutants) in mutants.chunks(mutants.len().div_ceil(4)).enumerate() {
            let (sources, page_file) = (&sources, &page_file);
            let spec = folder(&format!("event-fragments-{worker}"));
            scope.spawn(move || {
                write_all(&spec, sources);
                for (name, pointer, mutant) in mutants {
                    write(spec.join(name), &mutant.to_string());
                    let run = drift(Some(&spec), std::slice::from_ref(page_file));
                    write(spec.join(name), &sources.0[*name]);
                    let report = format!("{}{}", run.out, run.err);
                    assert_eq!(run.code, Some(1), "not reported: {name}#{pointer}");
                    let file = format!("spec/{name}");
                    // Without its reference, a field lacks the type.
                    let instead = pointer.replace("/$ref", "/type");
                    let found = report.lines().any(|line| names(line, &file, pointer) || names(line, &file, &instead));
                    // The file may not be in order any more. A field that is documented now is missed in the guide.
                    let elsewhere = run.err.starts_with(&format!("error: {file}#"))
                        || pointer.ends_with("/documented") && report.contains("field: ");
                    assert!(found || elsewhere, "{file}#{pointer} is not named:\n{report}");
                }
            });
        }
    });
}

/// Compares the guide with changed events, and hands back what is said.
fn report_after(test: &str, file: &str, change: impl FnOnce(&mut Value)) -> String {
    let spec = folder(test);
    write_all(&spec, &event_sources());
    let mut content = files().remove(file).expect("the file is there");
    change(&mut content);
    write(spec.join(file), &content.to_string());
    let run = drift(Some(&spec), &[page(NAME).0]);
    format!("{}{}", run.out, run.err)
}

#[test]
fn a_field_that_only_an_event_of_ours_has_is_reported() {
    let out = report_after("event-more-fields", "events/message.yaml", |file| {
        file["fields"]["Mood"] = json!({ "type": "string", "description": "How it is meant." });
        let fields = file.pointer_mut("/events/onMessageAdd/fields").expect("fields");
        fields.as_array_mut().expect("a list").push(json!("Mood"));
    });
    let place = "spec/events/message.yaml#/events/onMessageAdd/fields/11";
    assert!(out.starts_with(&format!("{place}: field: \"Mood\" here, nothing at webhooks.md:")), "{out}");
    assert!(out.ends_with("webhooks.md: 1 difference\n"), "{out}");
}

#[test]
fn an_event_that_only_we_have_is_reported() {
    let out = report_after("event-more", "events/user.yaml", |file| {
        file["events"]["onUserRemoved"] = file["events"]["onUserAdded"].clone();
    });
    let place = "spec/events/user.yaml#/events/onUserRemoved";
    let lines = [
        &*at(&format!("{place}: event: \"onUserRemoved\" here, nothing at webhooks.md:«| Pre-Action»")),
        "changelog:",
        "  removed:",
        "    event onUserRemoved (breaking)",
        "webhooks.md: 1 difference",
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn what_was_only_seen_is_no_difference() {
    for (file, field) in [
        ("events/common.yaml", "RetryCount"),
        ("events/message.yaml", "ChatServiceSid"),
        ("events/message.yaml", "ButtonPayload"),
        ("events/delivery.yaml", "WebhookSid"),
        ("events/participant.yaml", "ChatServiceSid"),
        ("events/participant.yaml", "MessagingBinding.Name"),
        ("events/participant.yaml", "MessagingBinding.Level"),
    ] {
        assert_eq!(files()[file]["fields"][field]["documented"], false, "{file}: {field}");
        let out = report_after("event-seen", file, |file| {
            file["fields"][field].as_object_mut().expect("a field").shift_remove("documented");
        });
        assert!(out.contains(&format!(": field: {field:?} here, nothing at webhooks.md:")), "{out}");
    }
    let out = report_after("event-seen-more", "events/user.yaml", |file| {
        file["fields"]["Mood"] = json!({ "type": "string", "documented": false, "description": "Seen once." });
        let fields = file.pointer_mut("/events/onUserAdded/fields").expect("fields");
        fields.as_array_mut().expect("a list").push(json!("Mood"));
    });
    assert_eq!(out, guide_agrees());
    let out = report_after("event-answer-seen", "events/participant.yaml", |file| {
        file["changes"] = json!({ "attributes": "Other data." });
        file["events"]["onParticipantAdd"]["answer"] =
            json!([{ "name": "attributes", "documented": false, "description": "Seen once." }]);
    });
    assert_eq!(out, guide_agrees());
}

#[test]
fn an_answer_that_may_set_more_is_reported() {
    let out = report_after("event-answer", "events/participant.yaml", |file| {
        file["changes"] = json!({ "attributes": "Other data." });
        file["events"]["onParticipantAdd"]["answer"] = json!(["attributes"]);
    });
    let place = "spec/events/participant.yaml#/events/onParticipantAdd/answer";
    assert!(
        out.starts_with(&at(&format!("{place}: [\"attributes\"] here, nothing at webhooks.md:«| onParticipantAdd»\n"))),
        "{out}"
    );
}

#[test]
fn events_that_are_not_in_order_are_an_error_before_anything_is_compared() {
    let out =
        report_after("event-order", "events/user.yaml", |file| file["fields"]["UserSid"]["optinal"] = true.into());
    assert!(out.starts_with("error: spec/events/user.yaml#/fields/UserSid/optinal: unknown key of a field, "), "{out}");
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn without_events_of_ours_all_of_the_guide_are_reported() {
    let spec = folder("event-none");
    let mut sources = event_sources();
    sources.0.retain(|name, _| !name.starts_with("events/"));
    write_all(&spec, &sources);
    let run = drift(Some(&spec), &[page(NAME).0]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let line = "spec/events/*.yaml#/events: event: no onMessageAdded here, \"onMessageAdded\" at webhooks.md:«| onMessageAdd»\n";
    assert!(run.out.contains(&at(line)), "{}", run.out);
    assert!(run.out.ends_with(&format!("webhooks.md: {} differences\n", events())), "{}", run.out);
}
