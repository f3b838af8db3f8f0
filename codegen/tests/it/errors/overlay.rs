//! Corrections that cannot be made.

use super::{THING, assert_error};
use crate::support::sources;

#[track_caller]
fn assert_overlay_error(action: &str, expected: &str) {
    let overlay = format!("overlay: 1.0.0\nactions:\n{action}");
    assert_error(&sources(&[("v1/thing.yaml", THING), ("overlay.yaml", &overlay)]), expected);
}

const REASON: &str = "    description: Because.\n    x-source: https://example.com\n";

#[test]
fn a_target_that_matches_nothing_is_named() {
    assert_overlay_error(
        &format!("  - target: $.components.schemas.nothing\n{REASON}    remove: true\n"),
        "spec/overlay.yaml#/actions/0/target: $.components.schemas.nothing matches nothing",
    );
}

#[test]
fn the_second_of_two_actions_is_the_one_that_is_named() {
    let remove = format!("  - target: $.components.schemas.page_meta.description\n{REASON}    remove: true\n");
    assert_overlay_error(
        &format!("{remove}{remove}"),
        "spec/overlay.yaml#/actions/1/target: $.components.schemas.page_meta.description matches nothing",
    );
}

#[test]
fn a_target_that_is_no_jsonpath_is_named() {
    assert_overlay_error(
        &format!("  - target: components.schemas\n{REASON}    remove: true\n"),
        "spec/overlay.yaml#/actions/0/target: not a JSONPath: at position 0, parser error",
    );
}

#[test]
fn an_action_without_target_reason_or_source_is_named() {
    let expected = |member| format!("spec/overlay.yaml#/actions/0: an action has no {member}");
    let target = "  - target: $.info\n";
    assert_overlay_error("  - remove: true\n", &expected("target"));
    assert_overlay_error(&format!("{target}    x-source: here\n    remove: true\n"), &expected("description"));
    let empty = "spec/overlay.yaml#/actions/0/description: found \" \", expected a description";
    assert_overlay_error(&format!("{target}    description: ' '\n    remove: true\n"), empty);
    assert_overlay_error(&format!("{target}    description: Because.\n    remove: true\n"), &expected("x-source"));
}

#[test]
fn an_action_updates_or_removes_and_not_both() {
    let expected = "spec/overlay.yaml#/actions/0/update: expected either update, or remove: true";
    let target = format!("  - target: $.paths\n{REASON}");
    assert_overlay_error(&target, expected);
    assert_overlay_error(&format!("{target}    remove: false\n"), expected);
    assert_overlay_error(&format!("{target}    remove: true\n    update: {{}}\n"), expected);
}

#[test]
fn a_reference_that_an_action_brings_is_the_overlays_to_answer_for() {
    let update = "    update: { $ref: '#/components/schemas/nothing' }\n";
    assert_overlay_error(
        &format!("  - target: $.components.schemas['api.v1.thing'].properties.sid\n{REASON}{update}"),
        "spec/overlay.yaml#/actions/0/update/$ref: \"#/components/schemas/nothing\" leads nowhere",
    );
}

#[test]
fn another_version_and_a_missing_list_are_named() {
    let with = |overlay| sources(&[("v1/thing.yaml", THING), ("overlay.yaml", overlay)]);
    assert_error(&with("overlay: 2.0.0\nactions: []\n"), "spec/overlay.yaml#/overlay: found \"2.0.0\", expected 1.0.0");
    assert_error(&with("overlay: 1.0.0\n"), "spec/overlay.yaml#: the overlay has no actions");
}
