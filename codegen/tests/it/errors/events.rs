//! Webhook events that do not fit together.

use codegen::Sources;

use super::{THING, assert_error};
use crate::support::sources;

const COMMON: &str = "fields:\n  AccountSid: { type: string, description: The account. }\n";

const THINGS: &str = "object: Thing
fields:
  ThingSid: { type: string, description: The thing. }
events:
  onThingAdded:
    phase: post
    description: A thing came.
    fields: [ThingSid]
";

const EVENT_TYPE: &str = "    event_type:
      type: string
      x-shared: true
      x-enum-prefix: 'on'
      description: What happened.
      enum: [onThingAdded]
      x-enum-groups:
        POST_EVENTS: { description: Afterwards., values: [onThingAdded] }
";

fn with(events: &str, event_type: &str) -> Sources {
    let thing = format!("{THING}{event_type}");
    sources(&[("v1/thing.yaml", &thing), ("events/common.yaml", COMMON), ("events/thing.yaml", events)])
}

#[track_caller]
fn assert_event_error(from: &str, to: &str, expected: &str) {
    assert_eq!(THINGS.matches(from).count(), 1, "{from:?} is to be there once");
    assert_error(&with(&THINGS.replace(from, to), EVENT_TYPE), &format!("spec/events/thing.yaml#{expected}"));
}

#[test]
fn the_events_that_the_tests_break_are_right() {
    let folders = codegen::generate(&with(THINGS, EVENT_TYPE)).unwrap();
    let types = &folders["crates/types/src/generated"];
    assert!(types["event/thing.rs"].contains("pub struct ThingAdded = \"onThingAdded\" {"));
    assert!(types["event/mod.rs"].contains("    ThingAdded: post Thing,\n"));
}

#[test]
fn an_event_says_what_it_is() {
    assert_event_error("object: Thing\n", "", "/object: expected the object's name");
    assert_event_error("phase: post", "phase: after", "/events/onThingAdded/phase: expected pre or post");
    let problem = "/events/onThingAdded/phase: event_type does not list onThingAdded among its pre-events";
    assert_event_error("phase: post", "phase: pre", problem);
    let problem = "/events/onThingAdded/description: expected a text";
    assert_event_error("    description: A thing came.\n", "", problem);
}

#[test]
fn the_fields_of_an_event_are_there_once_and_described() {
    let problem = "/events/onThingAdded/fields: expected names of fields, each once";
    assert_event_error("[ThingSid]", "[ThingSid, ThingSid]", problem);
    assert_event_error("[ThingSid]", "[]", problem);
    let problem = "/fields/Sid: no such field, or one without a description";
    assert_event_error("[ThingSid]", "[Sid]", problem);
    let problem = "/fields/ThingSid: no such field, or one without a description";
    assert_event_error(", description: The thing.", "", problem);
}

#[test]
fn the_list_of_events_and_the_files_agree() {
    let more = EVENT_TYPE.replace("enum: [onThingAdded]", "enum: [onThingAdded, onThingLost]");
    let problem = "event_type lists onThingLost, and no file in spec/events/ has it";
    assert_error(&with(THINGS, &more), &format!("spec/overlay.yaml#: {problem}"));
    let problem = "/events/onThingAdded/phase: event_type does not list onThingAdded among its post-events";
    assert_error(&with(THINGS, ""), &format!("spec/events/thing.yaml#{problem}"));
}

#[test]
fn an_event_file_that_is_malformed_or_missing_is_named() {
    let mut without = with(THINGS, EVENT_TYPE);
    without.0.remove("events/common.yaml");
    assert_error(&without, "spec/events/common.yaml#: the file is missing");
    assert_error(
        &with("object: [\n", EVENT_TYPE),
        "spec/events/thing.yaml#: malformed YAML: line 1 column 9: unclosed bracket '['",
    );
}
