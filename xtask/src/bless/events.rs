//! The tables of events in the tests of types and facade.

use std::collections::BTreeMap;

use serde_json::Value;

/// One event of the files in `spec/events/`.
pub(crate) struct Event {
    /// The name of its struct: `MessageAdd` of `onMessageAdd`.
    pub name: String,
    is_pre_event: bool,
    /// The type of what a response may change: one for each kind of object, and one for nothing.
    change: String,
}

/// The events of all files, in their order.
pub(crate) fn read(files: &BTreeMap<String, Value>) -> Vec<Event> {
    let mut all = Vec::new();
    for file in files.values() {
        let object = file["object"].as_str().unwrap_or_default();
        for (name, event) in file["events"].as_object().into_iter().flatten() {
            let may_change = event["answer"].as_array().is_some_and(|fields| !fields.is_empty());
            all.push(Event {
                name: name.strip_prefix("on").unwrap_or(name).to_owned(),
                is_pre_event: event["phase"] == "pre",
                change: format!("{}Change", if may_change { object } else { "No" }),
            });
        }
    }
    all
}

/// The receiver's table: every event with its phase, and every pre-event with what a response to it may change.
pub(crate) fn receiver_table(events: &[Event]) -> BTreeMap<String, String> {
    let list = |is_pre_event: bool, line: fn(&Event) -> String| {
        let events = events.iter().filter(|event| event.is_pre_event == is_pre_event);
        events.map(|event| format!("        {},\n", line(event))).collect::<String>()
    };
    let pre = list(true, |event| format!("pre::<{}, {}>()", event.change, event.name));
    let post = list(false, |event| format!("post::<{}>()", event.name));
    let text = format!(
        "//! Every event with its phase. Written by `cargo xtask bless`.\n\n\
         use twilio_conversations::EventType;\n\
         use twilio_conversations::webhook::events::*;\n\
         use twilio_conversations::webhook::*;\n\n\
         use super::typed::{{post, pre}};\n\n\
         pub(super) fn pre_events() -> Vec<EventType> {{\n    vec![\n{pre}    ]\n}}\n\n\
         pub(super) fn post_events() -> Vec<EventType> {{\n    vec![\n{post}    ]\n}}\n"
    );
    BTreeMap::from([("event_types.rs".to_owned(), text)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pre_event_has_the_change_of_its_object_only_if_a_response_may_set_a_field() {
        let file = json!({
            "object": "Rack",
            "events": {
                "onRackAdd": { "phase": "pre", "answer": ["label"] },
                "onRackRemove": { "phase": "pre", "answer": [] },
                "onRackMove": { "phase": "pre" },
                "onRackAdded": { "phase": "post" },
            },
        });
        let events = read(&BTreeMap::from([("events/rack.yaml".to_owned(), file)]));
        let text = &receiver_table(&events)["event_types.rs"];
        let calls: Vec<_> = text.lines().filter_map(|line| line.strip_suffix("(),")).map(str::trim).collect();
        let expected = [
            "pre::<RackChange, RackAdd>",
            "pre::<NoChange, RackRemove>",
            "pre::<NoChange, RackMove>",
            "post::<RackAdded>",
        ];
        assert_eq!(calls, expected);
    }
}
