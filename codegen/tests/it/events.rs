//! What becomes of webhook events.

use crate::{errors::THING, support::sources};

const COMMON: &str = "fields:
  EventType: { type: string, description: The event. }
  Attempts: { type: integer, format: uint32, description: How often. }
";

const THINGS: &str = "object: Thing
fields:
  ThingName: { type: string, description: The name. }
  Size: { type: integer, description: The size. }
events:
  onThingAdd: { phase: pre, description: A thing is to come., answer: [thing_name, size], fields: [ThingName, Size] }
  onThingAdded: { phase: post, description: A thing came., fields: [ThingName] }
  onThingRemove: { phase: pre, description: A thing is to go., fields: [ThingName] }
";

const EVENT_TYPE: &str = "    event_type:
      type: string
      x-shared: true
      x-enum-prefix: 'on'
      description: What happened.
      enum: [onThingAdded, onThingAdd, onThingRemove]
      x-enum-groups:
        PRE_EVENTS: { description: Before., values: [onThingAdd, onThingRemove] }
        POST_EVENTS: { description: Afterwards., values: [onThingAdded] }
";

fn generated(things: &str) -> codegen::Folders {
    let thing = format!("{THING}{EVENT_TYPE}");
    let files = [("v1/thing.yaml", thing.as_str()), ("events/common.yaml", COMMON), ("events/thing.yaml", things)];
    codegen::generate(&sources(&files)).unwrap()
}

/// The lines of the facade's table, in the order of the enum.
fn answers(things: &str) -> Vec<String> {
    let text = &generated(things)["crates/facade/src/generated"]["events.rs"];
    let table = text.split_once("payloads! {\n").unwrap().1.strip_suffix("}\n").unwrap();
    table.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_table_of_answers_follows_phase_and_answer() {
    let expected =
        ["ThingAdded: post,", r#"ThingAdd: pre ThingChange ["thing_name", "size"],"#, "ThingRemove: pre NoChange [],"];
    assert_eq!(answers(THINGS), expected);
    let fewer = THINGS.replace("[thing_name, size]", "[size]");
    assert_eq!(answers(&fewer)[1], r#"ThingAdd: pre ThingChange ["size"],"#);
    let none = THINGS.replace("answer: [thing_name, size], ", "");
    assert_eq!(answers(&none)[1], "ThingAdd: pre NoChange [],");
}

#[test]
fn events_of_an_object_with_other_answers_have_a_change_each() {
    let answered = |fields: &str| {
        let remove = "description: A thing is to go., ";
        assert!(THINGS.contains(remove));
        answers(&THINGS.replace(remove, &format!("{remove}answer: {fields}, ")))
    };
    let other = answered("[thing_name]");
    assert_eq!(other[1], r#"ThingAdd: pre ThingAddChange ["thing_name", "size"],"#);
    assert_eq!(other[2], r#"ThingRemove: pre ThingRemoveChange ["thing_name"],"#);
    let elsewhere = "[thing_name, { name: size, documented: false, description: A sample sets it. }]";
    let same = THINGS.replace("A thing is to go., fields: [ThingName]", "A thing is to go., fields: [ThingName, Size]");
    let same = same
        .replace("description: A thing is to go., ", &format!("description: A thing is to go., answer: {elsewhere}, "));
    assert_eq!(answers(&same)[2], r#"ThingRemove: pre ThingChange ["thing_name", "size"],"#);
}

#[test]
fn an_integer_is_as_wide_as_its_format_says() {
    let folders = generated(THINGS);
    let text = &folders["crates/types/src/generated"]["event/thing.rs"];
    assert!(text.contains("attempts: one u32 = \"Attempts\""), "{text}");
    assert!(text.contains("size: one i64 = \"Size\""), "{text}");
}
