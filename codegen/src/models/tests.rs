//! The engine alone, given what the normaliser would never give it.

use super::*;

fn engine_error(property: &Value) -> String {
    let thing = json!({ "type": "object", "properties": { "links": property } });
    structs(&json!({ "definitions": { "Thing": thing } }), &Default::default()).unwrap_err()
}

#[test]
fn a_panic_of_the_engine_is_an_error_with_what_it_said() {
    let problem = engine_error(&json!({ "type": "object", "format": "uri-map" }));
    assert!(problem.starts_with("it panicked: not yet implemented: invalid (or unexpected) schema"), "{problem}");
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error() {
    let problem = engine_error(&json!({ "$ref": "#/definitions/Nowhere" }));
    assert_eq!(problem, "it panicked: $ref #/definitions/Nowhere is missing");
}

#[test]
fn an_enum_where_a_struct_is_wanted_is_an_error() {
    let problem = engine_error(&json!({ "type": "string", "enum": ["a", "b"] }));
    assert!(problem.starts_with("it made more than structs: "), "{problem}");
}
