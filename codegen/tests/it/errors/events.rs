//! Webhook events that do not fit together.

use codegen::Sources;

use super::{THING, assert_error};
use crate::support::sources;

const COMMON: &str = "event_type:
  prefix: 'on'
  description: What happened.
  phases: { pre: Before., post: Afterwards. }
  filters: { shop: Those of a shop. }
fields:
  AccountSid: { type: string, description: The account. }
";

const THINGS: &str = "object: Thing
description: A thing.
fields:
  ThingSid: { type: string, description: The thing. }
events:
  onThingAdded:
    phase: post
    description: A thing came.
    fields: [ThingSid]
";

fn with(events: &str) -> Sources {
    sources(&[("v1/thing.yaml", THING), ("events/common.yaml", COMMON), ("events/thing.yaml", events)])
}

#[track_caller]
fn assert_event_error(from: &str, to: &str, expected: &str) {
    assert_eq!(THINGS.matches(from).count(), 1, "{from:?} is to be there once");
    assert_error(&with(&THINGS.replace(from, to)), &format!("spec/events/thing.yaml#{expected}"));
}

#[test]
fn the_events_that_the_tests_break_are_right() {
    let folders = codegen::generate(&with(THINGS)).unwrap();
    let types = &folders["crates/types/src/generated"];
    assert!(types["event/thing.rs"].contains("pub struct ThingAdded = \"onThingAdded\" {"));
    assert!(types["event/mod.rs"].contains("    ThingAdded: post Thing,\n"));
}

#[test]
fn an_event_says_what_it_is() {
    assert_event_error("object: Thing\n", "", ": a file of events has no object");
    assert_event_error("object: Thing\n", "object: a-b\n", "/object: found \"a-b\", expected a name in Rust");
    let problem = "/events/onThingAdded/phase: found \"after\", expected pre or post";
    assert_event_error("phase: post", "phase: after", problem);
    let problem = "/events/onThingAdded: an event has no description";
    assert_event_error("    description: A thing came.\n", "", problem);
    let problem = "/events/onThingAdded/description: the description is to be written, in place of \"TO BE WRITTEN\"";
    assert_event_error("description: A thing came.", "description: TO BE WRITTEN", problem);
}

#[test]
fn the_fields_of_an_event_are_there_once_and_described() {
    let problem = "/events/onThingAdded/fields: expected names of fields, each once";
    assert_event_error("[ThingSid]", "[ThingSid, ThingSid]", problem);
    assert_event_error("[ThingSid]", "[]", problem);
    let problem = "/events/onThingAdded/fields/1: Sid is not described under /fields";
    assert_event_error("[ThingSid]", "[ThingSid, Sid]", problem);
    assert_event_error(", description: The thing.", "", "/fields/ThingSid: a field has no description");
    let more = "  Size: { type: integer, description: How big. }\nevents:";
    assert_event_error("events:", more, "/fields/Size: no event lists this field");
}

#[test]
fn a_field_that_every_event_has_is_no_events_own() {
    let problem = "/events/onThingAdded/fields/1: every event has the field AccountSid: spec/events/common.yaml#/fields/AccountSid";
    assert_event_error("[ThingSid]", "[ThingSid, AccountSid]", problem);
    let own = "  AccountSid: { type: string, description: Its own. }\nevents:";
    let problem = "/fields/AccountSid: every event has this field already: spec/events/common.yaml#/fields/AccountSid";
    assert_event_error("events:", own, problem);
}

#[test]
fn a_filter_is_a_kind_of_webhook_that_the_common_file_describes() {
    let filters = |list: &str| format!("phase: post\n    filters: {list}");
    let problem = "/events/onThingAdded/filters/1: found inn, expected one of \
                   spec/events/common.yaml#/event_type/filters: shop";
    assert_event_error("phase: post", &filters("[shop, inn]"), problem);
    let problem = "/events/onThingAdded/filters: expected kinds of webhooks, each once";
    assert_event_error("phase: post", &filters("[shop, shop]"), problem);
    assert_event_error(
        "phase: post",
        &filters("shop"),
        "/events/onThingAdded/filters: found \"shop\", expected a list",
    );
}

#[test]
fn an_unknown_key_of_an_event_file_is_named() {
    let problem =
        "/version: unknown key of a file of events, expected object, description, fields, events, changes or schemas";
    assert_event_error("object: Thing\n", "object: Thing\nversion: 2\n", problem);
    let problem = "/events/onThingAdded/answers: unknown key of an event, perhaps answer is meant";
    assert_event_error("    phase: post\n", "    phase: post\n    answers: [a]\n", problem);
    let problem = "/fields/ThingSid/documentd: unknown key of a field, perhaps documented is meant";
    assert_event_error("{ type: string,", "{ type: string, documentd: false,", problem);
    let problem = "/fields/A: found 7, expected a mapping";
    assert_event_error("\nfields:\n", "\nfields:\n  A: 7\n", problem);
}

#[test]
fn the_flags_of_a_field_are_true_or_false() {
    for flag in ["documented", "optional", "x-json-text"] {
        let problem = format!("/fields/ThingSid/{flag}: found \"maybe\", expected true or false");
        assert_event_error("{ type: string,", &format!("{{ type: string, {flag}: maybe,"), &problem);
    }
}

#[test]
fn what_was_only_seen_and_what_may_be_absent_are_fields_like_any_other() {
    const CLI: &str = "crates/cli/src/generated";
    let mut expected = codegen::generate(&with(THINGS)).unwrap();
    let marked = THINGS.replace("{ type: string,", "{ type: string, documented: false, optional: true,");
    assert_ne!(marked, THINGS);
    let mut found = codegen::generate(&with(&marked)).unwrap();
    // The command line alone treats them differently: its samples have the documented fields.
    let line = |is_documented| format!("name: \"ThingSid\", is_documented: {is_documented}, kind: ");
    assert!(expected.remove(CLI).unwrap()["events.rs"].contains(&line(true)));
    assert!(found.remove(CLI).unwrap()["events.rs"].contains(&line(false)));
    assert!(found == expected);
}

#[test]
fn an_answer_sets_fields_of_its_pre_event() {
    let pre = |answer: &str| {
        let event = THINGS.replace("phase: post", &format!("phase: pre\n    answer: {answer}"));
        with(&format!("{event}changes: {{ thing_sid: Sets the SID. }}\n"))
    };
    let folders = codegen::generate(&pre("[thing_sid]")).unwrap();
    let doc = "/// The payload of `onThingAdded`, a pre-event. Its answer may set `thing_sid`.\n";
    assert!(folders["crates/types/src/generated"]["event/thing.rs"].contains(doc));
    let place = "spec/events/thing.yaml#/events/onThingAdded/answer";
    for answer in ["[]", "[thing_sid, thing_sid]"] {
        assert_error(&pre(answer), &format!("{place}: expected names of fields, each once"));
    }
    assert_error(&pre("[7]"), &format!("{place}/0: found 7, expected a string or a mapping"));
    assert_error(&pre("thing_sid"), &format!("{place}: found \"thing_sid\", expected a list"));
    let elsewhere = "[{ name: thing_sid, documented: false, description: A sample sets it. }]";
    assert!(codegen::generate(&pre(elsewhere)).unwrap() == folders);
    for (answer, problem) in [
        ("[{ name: thing_sid }]", "/0: a field that a response sets has no documented"),
        (
            "[{ name: thing_sid, documented: true, description: A sample sets it. }]",
            "/0/documented: expected false; a documented field is a name alone",
        ),
        ("[{ named: thing_sid }]", "/0/named: unknown key of a field that a response sets, perhaps name is meant"),
        (
            "[thing_sid, { name: thing_sid, documented: false, description: A sample sets it. }]",
            ": expected names of fields, each once",
        ),
    ] {
        assert_error(&pre(answer), &format!("{place}{problem}"));
    }
    for answer in ["ThingSid", "account_sid"] {
        let problem = format!("{place}/0: found {answer}, expected one of thing_sid");
        assert_error(&pre(&format!("[{answer}]")), &problem);
    }
    assert_event_error(
        "    phase: post\n",
        "    phase: post\n    answer: [thing_sid]\n",
        "/events/onThingAdded/answer: only the response to a pre-event sets fields",
    );
}

#[test]
fn the_changes_of_responses_are_described_and_made_by_an_event() {
    let pre = THINGS.replace("phase: post", "phase: pre\n    answer: [thing_sid]");
    let problem = "/events/onThingAdded/answer/0: thing_sid is not described under /changes";
    assert_error(&with(&pre), &format!("spec/events/thing.yaml#{problem}"));
    let problem = "/changes/thing_sid: no event lists this field as its answer";
    assert_event_error("fields: [ThingSid]\n", "fields: [ThingSid]\nchanges: { thing_sid: Sets it. }\n", problem);
}

#[test]
fn a_field_whose_type_is_unclear_is_named_in_its_own_file() {
    let problem = "/fields/ThingSid/$ref: \"#/components/schemas/nothing\" leads nowhere";
    assert_event_error("{ type: string,", "{ $ref: '#/components/schemas/nothing',", problem);
    let problem = "/fields/ThingSid/enum: unknown key of a field, expected $ref, type, format, pattern, items, \
                   description, x-json-text, documented or optional";
    assert_event_error("{ type: string,", "{ type: string, enum: [a],", problem);
    let problem = "/fields/ThingSid/items/type: found \"number\", expected string, integer, boolean, array or object";
    assert_event_error("{ type: string,", "{ type: array, items: { type: number },", problem);
}

#[test]
fn the_name_of_an_event_is_no_field_of_its_struct() {
    let mut sources = with(THINGS);
    let expected = codegen::generate(&sources).unwrap();
    let common = format!("{COMMON}  EventType: {{ type: string, description: Which event it is. }}\n");
    sources.0.insert("events/common.yaml".to_owned(), common);
    assert!(codegen::generate(&sources).unwrap() == expected);
}

#[test]
fn an_event_or_object_that_two_files_have_is_named_at_both_places() {
    let other = |from: &str, to: &str| {
        let mut sources = with(THINGS);
        sources.0.insert("events/zebra.yaml".to_owned(), THINGS.replace(from, to));
        sources
    };
    assert_error(
        &other("onThingAdded", "onZebraAdded"),
        "spec/events/zebra.yaml#/object: object Thing is already defined at spec/events/thing.yaml#/object",
    );
    assert_error(
        &other("object: Thing", "object: Zebra"),
        "spec/events/zebra.yaml#/events/onThingAdded: onThingAdded is already defined at \
         spec/events/thing.yaml#/events/onThingAdded",
    );
}

#[test]
fn a_schema_of_an_event_is_blamed_on_its_own_file() {
    let schemas =
        "schemas:\n  event_part: { type: object, description: A part., properties: { Size: { type: integer } } }\n";
    assert_error(
        &with(&format!("{THINGS}{schemas}")),
        "spec/events/thing.yaml#/schemas/event_part/properties/Size: the property has no description",
    );
    assert_error(
        &with(&format!("{THINGS}{}", schemas.replace("event_part", "api.v1.thing"))),
        "spec/events/thing.yaml#/schemas/api.v1.thing: the schema api.v1.thing is already defined at \
         spec/v1/thing.yaml#/components/schemas/api.v1.thing",
    );
}

#[test]
fn an_event_file_that_is_malformed_or_missing_is_named() {
    let mut without = with(THINGS);
    without.0.remove("events/common.yaml");
    assert_error(&without, "spec/events/common.yaml#: the file is missing");
    without.0.insert("events/common.yaml".to_owned(), COMMON.replace(", description: The account.", ""));
    assert_error(&without, "spec/events/common.yaml#/fields/AccountSid: a field has no description");
    assert_error(
        &with("object: [\n"),
        "spec/events/thing.yaml#: malformed YAML: line 1 column 9: unclosed bracket '['",
    );
}
