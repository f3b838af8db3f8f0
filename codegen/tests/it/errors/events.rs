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
fn a_field_that_every_event_has_is_no_events_own() {
    let problem = "/fields/AccountSid: every event has it, see spec/events/common.yaml";
    assert_event_error("[ThingSid]", "[ThingSid, AccountSid]", problem);
}

#[test]
fn an_unknown_member_of_an_event_file_is_named() {
    let problem = "/version: unknown member; expected one of object, fields, events, schemas";
    assert_event_error("object: Thing\n", "object: Thing\nversion: 2\n", problem);
    let problem = "/events/onThingAdded/answers: unknown member; expected one of phase, description, fields, answer";
    assert_event_error("    phase: post\n", "    phase: post\n    answers: [a]\n", problem);
    let problem = "/fields/ThingSid/documentd: unknown member; expected one of $ref, type, format, pattern, enum, \
                   items, description, x-json-text, documented, optional";
    assert_event_error("{ type: string,", "{ type: string, documentd: false,", problem);
    assert_event_error("object: Thing\nfields:\n", "object: Thing\nfields:\n  A: 7\n", "/fields/A: expected a mapping");
}

#[test]
fn what_a_field_says_of_itself_is_true_or_false() {
    for flag in ["documented", "optional", "x-json-text"] {
        let problem = format!("/fields/ThingSid/{flag}: expected true or false");
        assert_event_error("{ type: string,", &format!("{{ type: string, {flag}: maybe,"), &problem);
    }
}

#[test]
fn what_was_only_seen_and_what_may_be_absent_are_fields_like_any_other() {
    let expected = codegen::generate(&with(THINGS, EVENT_TYPE)).unwrap();
    let marked = THINGS.replace("{ type: string,", "{ type: string, documented: false, optional: true,");
    assert_ne!(marked, THINGS);
    assert!(codegen::generate(&with(&marked, EVENT_TYPE)).unwrap() == expected);
}

#[test]
fn an_answer_sets_fields_of_its_pre_event() {
    let pre = |answer: &str| {
        let event = THINGS.replace("phase: post", &format!("phase: pre\n    answer: {answer}"));
        with(&event, &EVENT_TYPE.replace("POST_EVENTS", "PRE_EVENTS"))
    };
    let folders = codegen::generate(&pre("[thing_sid]")).unwrap();
    let doc = "/// The payload of `onThingAdded`, a pre-event. Its answer may set `thing_sid`.\n";
    assert!(folders["crates/types/src/generated"]["event/thing.rs"].contains(doc));
    let place = "spec/events/thing.yaml#/events/onThingAdded/answer";
    for answer in ["[]", "[thing_sid, thing_sid]", "[7]", "thing_sid"] {
        assert_error(&pre(answer), &format!("{place}: expected names of fields, each once"));
    }
    let elsewhere = "[{ name: thing_sid, documented: false, description: A sample sets it. }]";
    assert!(codegen::generate(&pre(elsewhere)).unwrap() == folders);
    for (answer, problem) in [
        ("[{ name: thing_sid }]", "/0: expected documented: false, and a description that says where it is from"),
        (
            "[{ name: thing_sid, documented: true, description: A sample sets it. }]",
            "/0: expected documented: false, and a description that says where it is from",
        ),
        ("[{ named: thing_sid }]", "/0/named: unknown member; expected one of name, documented, description"),
        (
            "[thing_sid, { name: thing_sid, documented: false, description: A sample sets it. }]",
            ": expected names of fields, each once",
        ),
    ] {
        assert_error(&pre(answer), &format!("{place}{problem}"));
    }
    for answer in ["ThingSid", "account_sid"] {
        let problem = format!("{place}: {answer} is none of the event's fields in snake case");
        assert_error(&pre(&format!("[{answer}]")), &problem);
    }
    assert_event_error(
        "    phase: post\n",
        "    phase: post\n    answer: [thing_sid]\n",
        "/events/onThingAdded/answer: only a pre-event is answered",
    );
}

#[test]
fn a_field_whose_type_is_unclear_is_named_in_its_own_file() {
    let problem = "/fields/ThingSid/$ref: \"#/components/schemas/nothing\" leads nowhere";
    assert_event_error("{ type: string,", "{ $ref: '#/components/schemas/nothing',", problem);
    let problem =
        "/fields/ThingSid/enum: values without a name: give them a schema in components, here or by the overlay";
    assert_event_error("{ type: string,", "{ type: string, enum: [a],", problem);
    let problem = "/fields/ThingSid/items/type: type number has no place yet";
    assert_event_error("{ type: string,", "{ type: array, items: { type: number },", problem);
}

#[test]
fn the_name_of_an_event_is_no_field_of_its_struct() {
    let mut sources = with(THINGS, EVENT_TYPE);
    let expected = codegen::generate(&sources).unwrap();
    let common = format!("{COMMON}  EventType: {{ type: string, description: Which event it is. }}\n");
    sources.0.insert("events/common.yaml".to_owned(), common);
    assert!(codegen::generate(&sources).unwrap() == expected);
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
    without.0.insert("events/common.yaml".to_owned(), "fields: { AccountSid: { type: string } }".to_owned());
    assert_error(&without, "spec/events/common.yaml#/fields/AccountSid: the field has no description");
    assert_error(
        &with("object: [\n", EVENT_TYPE),
        "spec/events/thing.yaml#: malformed YAML: line 1 column 9: unclosed bracket '['",
    );
}
