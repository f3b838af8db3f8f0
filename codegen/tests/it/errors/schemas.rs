//! Schemas that cannot be named or made into types.

use super::{THING, assert_error, thing_with};
use crate::support::sources;

const SID: &str = "        sid: { type: string, description: Its SID. }\n";
const SCHEMA: &str = "/components/schemas/api.v1.thing";

#[track_caller]
fn assert_property_error(property: &str, pointer: &str, problem: &str) {
    let expected = format!("spec/v1/thing.yaml#{SCHEMA}{pointer}: {problem}");
    assert_error(&thing_with(SID, &format!("        sid: {property}\n")), &expected);
}

#[test]
fn a_pattern_that_is_no_sids_is_named() {
    for pattern in ["^QQ[0-9a-fA-F]{32}$", "^[a-z]+$", "IS[0-9a-fA-F]{32}"] {
        let problem = format!(
            "{pattern:?} is not `^` and a prefix of x-sids (AC, CH, MB, IS, US, WH) and `[0-9a-fA-F]{{32}}$`; \
             declare a new SID type under x-sids in the fragment of its resource"
        );
        let property = format!("{{ type: string, description: Its SID., pattern: '{pattern}' }}");
        assert_property_error(&property, "/properties/sid/pattern", &problem);
    }
}

#[test]
fn a_type_that_the_api_has_not_used_is_named() {
    let property = "{ type: number, description: Its weight. }";
    assert_property_error(
        property,
        "/properties/sid/type",
        "found \"number\", expected string, integer, boolean, array or object",
    );
    let property = "{ type: array, description: Weights., items: { type: number } }";
    assert_property_error(
        property,
        "/properties/sid/items/type",
        "found \"number\", expected string, integer, boolean, array or object",
    );
}

#[test]
fn a_schema_and_its_properties_have_descriptions() {
    assert_property_error("{ type: string }", "/properties/sid", "the property has no description");
    assert_error(
        &thing_with("      description: A thing.\n", ""),
        &format!("spec/v1/thing.yaml#{SCHEMA}: the schema has no description"),
    );
    assert_error(
        &thing_with("      description: A kind of thing.\n", "      description: ' '\n"),
        "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/description: found \" \", expected a description",
    );
}

#[test]
fn two_schemas_whose_short_names_collide_are_both_named() {
    let other = "    api.v2.thing:\n      type: object\n      description: Another.\n      properties: {}\n";
    assert_error(
        &sources(&[("v1/thing.yaml", &format!("{THING}{other}"))]),
        "spec/v1/thing.yaml#/components/schemas/api.v2.thing: its name Thing is also that of spec/v1/thing.yaml#/components/schemas/api.v1.thing; \
         give one of them an x-name in the overlay",
    );
}

#[test]
fn two_enums_share_a_name_only_if_both_say_so_and_have_the_same_values() {
    let other = |values: &str| {
        let fragment = THING.replace("      enum: [big, small]\n", "      enum: [big, small]\n      x-name: Kind\n");
        let fragment = fragment.replace("        sid: {", "        other: { $ref: '#/components/schemas/other_enum_kind', description: Its other kind. }\n        sid: {");
        let other = format!(
            "    other_enum_kind:\n      type: string\n      x-name: Kind\n      description: Other.\n      enum: {values}\n"
        );
        sources(&[("v1/thing.yaml", &format!("{fragment}{other}"))])
    };
    assert_error(
        &other("[big, tiny]"),
        "spec/v1/thing.yaml#/components/schemas/other_enum_kind: \
         it shares the x-name Kind with spec/v1/thing.yaml#/components/schemas/thing_enum_kind and not the values",
    );
    assert_error(
        &other("[big]"),
        "spec/v1/thing.yaml#/components/schemas/other_enum_kind: \
         it shares the x-name Kind with spec/v1/thing.yaml#/components/schemas/thing_enum_kind and not the values",
    );
    codegen::generate(&other("[small, big]")).unwrap();
}

#[test]
fn an_x_name_does_not_take_the_name_of_another_schema() {
    assert_error(
        &thing_with("      enum: [big, small]\n", "      enum: [big, small]\n      x-name: Thing\n"),
        "spec/v1/thing.yaml#/components/schemas/thing_enum_kind: its name Thing is also that of spec/v1/thing.yaml#/components/schemas/api.v1.thing; \
         give one of them an x-name in the overlay",
    );
}

#[test]
fn a_schema_named_like_an_operations_own_type_is_an_error() {
    let other = "    update_thing_request:\n      type: object\n      x-shared: true\n      description: Other.\n      properties: {}\n";
    assert_error(
        &sources(&[("v1/thing.yaml", &format!("{THING}{other}"))]),
        "spec/v1/thing.yaml#/paths/~1v1~1Things~1{Sid}/post: UpdateThingRequest is a schema's name too",
    );
}

#[test]
fn two_values_of_one_name_are_an_error() {
    let pointer = "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/enum";
    for (values, value) in [("[big, Big]", "Big"), ("[very-big, very_big]", "very_big"), ("[big, unknown]", "unknown")]
    {
        let expected = format!("{pointer}: {value:?} has the name of another value");
        assert_error(&thing_with("[big, small]", values), &expected);
    }
}

#[test]
fn a_value_that_makes_no_name_is_an_error() {
    let pointer = "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/enum";
    for value in ["2big", "+"] {
        let expected = format!("{pointer}: {value:?} does not make the name of a variant");
        assert_error(&thing_with("[big, small]", &format!("[big, {value:?}]")), &expected);
    }
}

#[test]
fn a_group_is_described_and_made_of_the_enums_values() {
    let group = |text: &str| {
        thing_with("      enum: [big, small]\n", &format!("      enum: [big, small]\n      x-enum-groups: {text}\n"))
    };
    let pointer = "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/x-enum-groups";
    let missing = "a group of values has no description";
    assert_error(&group("{ LARGE: { values: [big] } }"), &format!("{pointer}/LARGE: {missing}"));
    let problem = "a group has a name in capitals";
    assert_error(&group("{ large: { description: Large., values: [big] } }"), &format!("{pointer}/large: {problem}"));
    assert_error(
        &group("{ LARGE: { description: Large., values: [big, huge] } }"),
        &format!("{pointer}/LARGE/values/1: \"huge\" is not one of the enum's values"),
    );
}

#[test]
fn an_enum_has_values_and_they_are_texts() {
    let pointer = "spec/v1/thing.yaml#/components/schemas/thing_enum_kind/enum";
    assert_error(&thing_with("[big, small]", "[]"), &format!("{pointer}: an enum has values"));
    assert_error(
        &thing_with("[big, small]", "[big, 7]"),
        &format!("{pointer}/1: found 7, expected a string that is not empty"),
    );
}

#[test]
fn an_x_name_is_a_name_in_rust() {
    for (name, shown) in [("Not A Name", "Not A Name"), ("struct", "struct")] {
        assert_error(
            &thing_with("      enum: [big, small]\n", &format!("      enum: [big, small]\n      x-name: {name}\n")),
            &format!("spec/v1/thing.yaml#/components/schemas/thing_enum_kind/x-name: {shown:?} is no name in Rust"),
        );
    }
}

#[test]
fn a_module_is_a_name_in_rust() {
    for module in ["a b", "type"] {
        assert_error(
            &thing_with("  docs: https", &format!("  module: {module}\n  docs: https")),
            &format!("spec/v1/thing.yaml#/x-resource: its module {module} has no name in Rust"),
        );
    }
}

#[test]
fn two_properties_that_make_one_field_are_an_error() {
    let two =
        "        Sid: { type: string, description: Its SID. }\n        sid: { type: string, description: Its SID. }\n";
    assert_error(&thing_with(SID, two), &format!("spec/v1/thing.yaml#{SCHEMA}: Thing has two fields sid"));
}

#[test]
fn a_required_property_is_a_name_and_is_there() {
    let start = "      description: A thing.\n      properties:";
    let with = |schema: &str| {
        thing_with(start, &start.replace("      properties", &format!("      {schema}\n      properties")))
    };
    let at = |problem: &str| format!("spec/v1/thing.yaml#{SCHEMA}/required/0: {problem}");
    assert_error(&with("required: [7]"), &at("found 7, expected a string that is not empty"));
    assert_error(&with("required: [absent]"), &at("there is no property absent"));
}

#[test]
fn a_schema_of_components_is_an_object_or_an_enum() {
    assert_error(
        &thing_with("    api.v1.thing:\n      type: object", "    api.v1.thing:\n      type: boolean"),
        &format!(
            "spec/v1/thing.yaml#{SCHEMA}/type: a schema of components is an object or has values, and this is a \"boolean\""
        ),
    );
}

#[test]
fn values_without_a_name_are_an_error_and_not_a_text() {
    let problem = "values without a name: give them a schema in components, here or by the overlay";
    let property = "{ type: string, description: Its size., enum: [big, small] }";
    assert_property_error(property, "/properties/sid/enum", problem);
    let property = "{ type: array, description: Sizes., items: { type: string, enum: [big, small] } }";
    assert_property_error(property, "/properties/sid/items/enum", problem);
    assert_error(
        &thing_with(
            "Name: { type: string, description: Its name. }",
            "Name: { type: string, description: A., enum: [a] }",
        ),
        &format!(
            "spec/v1/thing.yaml#/paths/~1v1~1Things~1{{Sid}}/post/requestBody/content/\
             application~1x-www-form-urlencoded/schema/properties/Name/enum: {problem}"
        ),
    );
    let more =
        "        - { name: Size, in: query, description: Which., schema: { type: string, enum: [big, small] } }\n";
    let page_size = "        - name: PageSize\n";
    let expected = format!("spec/v1/thing.yaml#/paths/~1v1~1Things/get/parameters/0/schema/enum: {problem}");
    assert_error(&thing_with(page_size, &format!("{more}{page_size}")), &expected);
    let fetch = "      summary: Fetches a thing.\n      parameters:\n";
    let header = "        - { name: X-Size, in: header, description: Which., schema: { type: string, enum: [big] } }\n";
    let expected = format!("spec/v1/thing.yaml#/paths/~1v1~1Things~1{{Sid}}/get/parameters/0/schema/enum: {problem}");
    assert_error(&thing_with(fetch, &format!("{fetch}{header}")), &expected);
}

#[test]
fn what_is_required_is_a_list() {
    let start = "      description: A thing.\n";
    for (required, found) in [("true", "true"), ("sid", "\"sid\""), ("{ sid: true }", "{\"sid\":true}")] {
        let expected = format!("spec/v1/thing.yaml#{SCHEMA}/required: found {found}, expected a list");
        assert_error(&thing_with(start, &format!("{start}      required: {required}\n")), &expected);
    }
    let property = "{ type: string, description: Its SID., required: true }";
    assert_property_error(property, "/properties/sid/required", "found true, expected a list");
}

#[test]
fn a_value_within_a_value_needs_a_schema_of_its_own() {
    let inner = "{ type: object, description: Inner., properties: { a: { type: string, description: A. } } }";
    let problem = "it needs a struct ThingSid: give its schema a name in components";
    assert_property_error(inner, "/properties/sid", problem);
    let problem = "it needs a struct ThingSidItem: give its schema a name in components";
    assert_property_error(
        &format!("{{ type: array, description: Many., items: {inner} }}"),
        "/properties/sid/items",
        problem,
    );
}
