//! What becomes of webhook events.

use crate::{errors::THING, support::sources};

const COMMON: &str = "event_type:
  prefix: 'on'
  description: What happened.
  phases: { pre: Before., post: Afterwards. }
  filters: { shop: Those of a shop. }
fields:
  EventType: { type: string, description: The event. }
  Attempts: { type: integer, format: uint32, description: How often. }
";

const THINGS: &str = "object: Thing
description: A thing.
changes: { thing_name: Sets the name., size: Sets the size. }
fields:
  ThingName: { type: string, description: The name. }
  Size: { type: integer, description: The size. }
events:
  onThingAdd: { phase: pre, description: A thing is to come., answer: [thing_name, size], fields: [ThingName, Size] }
  onThingAdded: { phase: post, description: A thing came., fields: [ThingName] }
  onThingRemove: { phase: pre, description: A thing is to go., fields: [ThingName] }
";

fn generated(things: &str) -> codegen::Folders {
    let files = [("v1/thing.yaml", THING), ("events/common.yaml", COMMON), ("events/thing.yaml", things)];
    codegen::generate(&sources(&files)).unwrap()
}

/// The lines of the receiver's table, in the order of the enum.
fn answers(things: &str) -> Vec<String> {
    let text = &generated(things)["crates/webhook/src/generated"]["events.rs"];
    let table = text.split_once("payloads! {\n").unwrap().1.strip_suffix("}\n").unwrap();
    table.lines().map(|line| line.trim().to_owned()).collect()
}

/// The receiver's changes.
fn changes(things: &str) -> String {
    generated(things)["crates/webhook/src/generated"]["changes.rs"].clone()
}

#[test]
fn the_enum_of_events_follows_from_their_files() {
    let marked = THINGS.replace("phase: post,", "phase: post, filters: [shop],");
    let text = &generated(&marked)["crates/types/src/generated"]["v1/shared.rs"];
    let (_, text) = text.split_once("    pub enum EventType {\n").unwrap();
    let wanted = r#"        /// A thing is to come. `onThingAdd`.
        ThingAdd = "onThingAdd",
        /// A thing came. `onThingAdded`.
        ThingAdded = "onThingAdded",
        /// A thing is to go. `onThingRemove`.
        ThingRemove = "onThingRemove",
    }

    /// Before.
    const PRE_EVENTS = [
        ThingAdd,
        ThingRemove,
    ];

    /// Afterwards.
    const POST_EVENTS = [
        ThingAdded,
    ];

    /// Those of a shop.
    const SHOP_EVENTS = [
        ThingAdded,
    ];
}
"#;
    assert!(text.starts_with(wanted), "{text}");
}

#[test]
fn the_table_of_payloads_follows_phase_and_answer() {
    let expected = ["ThingAdd: pre ThingChange,", "ThingAdded: post,", "ThingRemove: pre NoChange,"];
    assert_eq!(answers(THINGS), expected);
    let none = THINGS.replace("answer: [thing_name, size], ", "");
    let none = none.replace("changes: { thing_name: Sets the name., size: Sets the size. }\n", "");
    assert_eq!(answers(&none)[0], "ThingAdd: pre NoChange,");
    assert!(!changes(&none).contains("change!"));
}

#[test]
fn a_change_has_a_setter_for_each_field_that_a_response_may_set() {
    let text = changes(&THINGS.replace("ThingName: { type: string,", "ThingName: { type: string, x-json-text: true,"));
    let (_, text) = text.split_once("    pub struct ThingChange {\n").unwrap();
    let wanted = "        /// Sets the name.
        thing_name: JsonText,
        /// Sets the size.
        size: String,
    }
}
";
    assert_eq!(text, wanted);
}

#[test]
fn events_of_an_object_with_other_answers_have_a_change_each() {
    let answered = |fields: &str| {
        let remove = "description: A thing is to go., ";
        assert!(THINGS.contains(remove));
        answers(&THINGS.replace(remove, &format!("{remove}answer: {fields}, ")))
    };
    let other = answered("[thing_name]");
    assert_eq!(other[0], "ThingAdd: pre ThingAddChange,");
    assert_eq!(other[2], "ThingRemove: pre ThingRemoveChange,");
    let elsewhere = "[thing_name, { name: size, documented: false, description: A sample sets it. }]";
    let same = THINGS.replace("A thing is to go., fields: [ThingName]", "A thing is to go., fields: [ThingName, Size]");
    let same = same
        .replace("description: A thing is to go., ", &format!("description: A thing is to go., answer: {elsewhere}, "));
    assert_eq!(answers(&same)[2], "ThingRemove: pre ThingChange,");
}

#[test]
fn an_integer_is_as_wide_as_its_format_says() {
    let folders = generated(THINGS);
    let text = &folders["crates/types/src/generated"]["event/thing.rs"];
    assert!(text.contains("attempts: one u32 = \"Attempts\""), "{text}");
    assert!(text.contains("size: one i64 = \"Size\""), "{text}");
}
