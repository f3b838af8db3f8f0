//! The summary of two versions of a specification.

use codegen::{Sources, changes};

use crate::{errors::THING, support::sources};

fn after(replacements: &[(&str, &str)]) -> Sources {
    let mut text = THING.to_owned();
    for (from, to) in replacements {
        assert_eq!(text.matches(from).count(), 1, "{from:?} is to be there once");
        text = text.replace(from, to);
    }
    sources(&[("v1/thing.yaml", &text)])
}

#[track_caller]
fn assert_changes(replacements: &[(&str, &str)], expected: &str) {
    let changes = changes(&sources(&[("v1/thing.yaml", THING)]), &after(replacements)).unwrap();
    assert_eq!(changes.to_string(), expected);
    assert_eq!(changes.is_empty(), expected.is_empty());
}

const KIND: &str = "enum: [big, small]";
const SID: &str = "        sid: { type: string, description: Its SID. }\n";
const NAME: &str = "Name: { type: string, description: Its name. }";

#[test]
fn a_description_is_no_change() {
    assert_changes(&[], "");
    assert_changes(&[("description: Its SID.", "description: The SID.")], "");
}

#[test]
fn additions_are_listed_once_each() {
    assert_changes(
        &[
            (KIND, "enum: [big, small, tiny]"),
            (SID, &format!("{SID}        colour: {{ type: string, description: Its colour. }}\n")),
            (NAME, &format!("{NAME}\n                Weight: {{ type: integer, description: In grams. }}")),
            (
                "        - name: PageSize\n",
                "        - { name: Kind, in: query, description: Which., schema: { type: string } }\n        - name: PageSize\n",
            ),
        ],
        "added:\n\
         - parameter `Kind` of `ListThingParams`\n\
         - property `colour` of `Thing`\n\
         - field `Weight` of `UpdateThingRequest`\n\
         - value `tiny` of `ThingKind`\n",
    );
}

#[test]
fn losses_break_code() {
    assert_changes(
        &[(KIND, "enum: [big]"), (SID, ""), (NAME, "Weight: { type: integer, description: In grams. }")],
        "added:\n\
         - field `Weight` of `UpdateThingRequest`\n\
         removed:\n\
         - property `sid` of `Thing` (breaking)\n\
         - field `Name` of `UpdateThingRequest` (breaking)\n\
         - value `small` of `ThingKind` (breaking)\n",
    );
}

#[test]
fn an_operation_brings_and_takes_its_types() {
    let removed = "    post:\n      operationId: UpdateThing\n      summary: Updates a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string } }\n      requestBody:\n        content:\n          application/x-www-form-urlencoded:\n            schema:\n              type: object\n              properties:\n                Name: { type: string, description: Its name. }\n      responses:\n        '200':\n          description: The response.\n          content: { application/json: { schema: { $ref: '#/components/schemas/api.v1.thing' } } }\n";
    let lines = "- operation `UpdateThing` (POST /v1/Things/{Sid})";
    assert_changes(
        &[(removed, "")],
        &format!("removed:\n{lines} (breaking)\n- type `UpdateThingRequest` (breaking)\n"),
    );
    let back = changes(&after(&[(removed, "")]), &sources(&[("v1/thing.yaml", THING)])).unwrap();
    assert_eq!(back.to_string(), format!("added:\n{lines}\n- type `UpdateThingRequest`\n"));
}

#[test]
fn another_form_says_both() {
    assert_changes(
        &[
            (SID, "        sid: { type: integer, nullable: true, description: Its SID. }\n"),
            ("maximum: 50", "maximum: 100"),
            (
                "              properties:\n                Name",
                "              required: [Name]\n              properties:\n                Name",
            ),
        ],
        "changed:\n\
         - parameter `PageSize` of `ListThingParams`: maximum 50, now 100\n\
         - property `sid` of `Thing`: type `String`, now `i64` (breaking)\n\
         - property `sid` of `Thing`: now may be null\n\
         - field `Name` of `UpdateThingRequest`: now required (breaking)\n",
    );
}

#[test]
fn another_type_of_an_operation_breaks_code() {
    let fetch = "      summary: Fetches a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string";
    assert_changes(
        &[
            (fetch, &format!("{fetch}, x-sid: IS")),
            (
                "      summary: Updates a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string",
                "      summary: Updates a thing.\n      parameters:\n        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string, x-sid: IS",
            ),
            ("      operationId: ListThing\n", "      operationId: ListThing\n      x-params-name: PageParams\n"),
        ],
        "added:\n\
         - type `PageParams`\n\
         changed:\n\
         - operation `FetchThing` (GET /v1/Things/{Sid}): path `String`, now `SidOrName<ServiceSid>` (breaking)\n\
         - operation `ListThing` (GET /v1/Things): parameters `ListThingParams`, now `PageParams` (breaking)\n\
         - operation `UpdateThing` (POST /v1/Things/{Sid}): path `String`, now `SidOrName<ServiceSid>` (breaking)\n\
         removed:\n\
         - type `ListThingParams` (breaking)\n",
    );
}

#[test]
fn events_and_their_fields_are_compared() {
    const COMMON: &str = "event_type:\n  prefix: 'on'\n  description: What happened.\n  phases: { pre: Before., post: Afterwards. }\nfields:\n  AccountSid: { type: string, description: The account. }\n";
    let events = |list: &str| {
        let text = format!(
            "object: Thing\ndescription: A thing.\nfields:\n  Size: {{ type: integer, description: How big. }}\n  Name: {{ type: string, description: Its name. }}\nevents:\n{list}"
        );
        sources(&[("v1/thing.yaml", THING), ("events/common.yaml", COMMON), ("events/thing.yaml", &text)])
    };
    let event = |name: &str, fields: &str| {
        format!("  {name}: {{ phase: post, description: It happened., fields: {fields} }}\n")
    };
    let one = events(&event("onThingAdded", "[Size, Name]"));
    let two = events(&format!("{}{}", event("onThingAdded", "[Size]"), event("onThingMoved", "[Size, Name]")));
    assert_eq!(
        changes(&one, &two).unwrap().to_string(),
        "added:\n- event `onThingMoved`\nremoved:\n- field `Name` of event `onThingAdded` (breaking)\n"
    );
}

#[test]
fn a_version_that_is_not_in_order_is_an_error() {
    let bad = after(&[(KIND, "enum: big")]);
    let good = sources(&[("v1/thing.yaml", THING)]);
    let expected = "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/enum: found \"big\", expected a list";
    assert_eq!(changes(&good, &bad).unwrap_err().to_string(), expected);
    assert_eq!(changes(&bad, &good).unwrap_err().to_string(), expected);
}
