//! Files and how they come together.

use codegen::Sources;

use super::{THING, assert_error, thing_with};
use crate::support::sources;

#[test]
fn malformed_yaml_names_the_file_and_the_line() {
    let bad = "x-resource: { title: Things\npaths: [\n";
    assert_error(
        &sources(&[("v1/thing.yaml", bad)]),
        "spec/v1/thing.yaml#: malformed YAML: line 2 column 6: while parsing a flow mapping, did not find expected ',' or '}'",
    );
    assert_error(
        &sources(&[("base.yaml", "a: b: c\n")]),
        "spec/base.yaml#: malformed YAML: line 1 column 5: mapping values are not allowed in this context",
    );
    assert_error(
        &sources(&[("overlay.yaml", "actions: [\n"), ("v1/thing.yaml", THING)]),
        "spec/overlay.yaml#: malformed YAML: line 1 column 10: unclosed bracket '['",
    );
}

#[test]
fn a_key_that_is_there_twice_is_malformed() {
    let twice = THING.replace("summary: Lists the things.", "summary: Lists.\n      summary: Lists the things.");
    assert_error(
        &sources(&[("v1/thing.yaml", &twice)]),
        "spec/v1/thing.yaml#: malformed YAML: line 10 column 7: duplicate mapping key: summary, set DuplicateKeyPolicy in Options if acceptable",
    );
}

#[test]
fn a_base_or_overlay_that_is_missing_is_named() {
    let without = |name: &str| {
        let mut sources = sources(&[("v1/thing.yaml", THING)]);
        sources.0.remove(name);
        sources
    };
    assert_error(&without("base.yaml"), "spec/base.yaml#: the file is missing");
    assert_error(&without("overlay.yaml"), "spec/overlay.yaml#: the file is missing");
    assert_error(&Sources::default(), "spec/base.yaml#: the file is missing");
}

#[test]
fn a_file_that_is_no_mapping_is_named() {
    assert_error(&sources(&[("base.yaml", "- openapi\n")]), "spec/base.yaml#: expected a mapping");
    assert_error(&sources(&[("v1/thing.yaml", "things\n")]), "spec/v1/thing.yaml#: expected a mapping");
    assert_error(&sources(&[("v1/thing.yaml", "paths: []\n")]), "spec/v1/thing.yaml#/paths: expected a mapping");
    assert_error(
        &sources(&[("v1/thing.yaml", "paths:\n  /v1/Things: none\n")]),
        "spec/v1/thing.yaml#/paths/~1v1~1Things: expected a mapping",
    );
    assert_error(
        &sources(&[("v1/thing.yaml", "components:\n  schemas: 7\n")]),
        "spec/v1/thing.yaml#/components/schemas: expected a mapping",
    );
}

#[test]
fn an_unknown_member_of_a_fragment_is_named() {
    assert_error(
        &sources(&[("v1/thing.yaml", &format!("{THING}tags/x: []\n"))]),
        "spec/v1/thing.yaml#/tags~1x: unknown key; a fragment has x-resource, x-sids, paths, components",
    );
    assert_error(
        &thing_with("  schemas:\n", "  parameters: {}\n  schemas:\n"),
        "spec/v1/thing.yaml#/components/parameters: a fragment's components are schemas only",
    );
}

#[test]
fn a_resource_without_title_description_or_page_is_named() {
    for (member, line) in [
        ("title", "  title: Things\n"),
        ("description", "  description: Made up.\n"),
        ("docs", "  docs: https://example.com\n"),
    ] {
        let expected = format!("spec/v1/thing.yaml#/x-resource: x-resource has no {member}");
        assert_error(&thing_with(line, ""), &expected);
    }
}

#[test]
fn a_resource_without_operations_is_named() {
    let fragment = "x-resource: { title: Things, description: Made up., docs: 'https://example.com' }\n";
    assert_error(&sources(&[("v1/thing.yaml", fragment)]), "spec/v1/thing.yaml#/paths: the resource has no operation");
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    assert_error(
        &thing_with("'#/components/schemas/thing_enum_kind'", "'#/components/schemas/thing_enum_sort'"),
        "spec/v1/thing.yaml#/components/schemas/api.v1.thing/properties/kind/$ref: \
         \"#/components/schemas/thing_enum_sort\" leads nowhere",
    );
    assert_error(
        &thing_with(
            "meta: { $ref: '#/components/schemas/page_meta', description: Where the page is in its list. }",
            "meta: { $ref: 'page.yaml#/meta' }",
        ),
        "spec/v1/thing.yaml#/paths/~1v1~1Things/get/responses/200/content/application~1json/schema/properties/meta/$ref: \
         \"page.yaml#/meta\" leads nowhere",
    );
}

#[test]
fn a_sample_may_hold_anything_even_what_looks_like_a_reference() {
    let anything = "      description: A thing.\n      example: { any: { $ref: nowhere } }\n      properties:\n        any: { description: Anything. }\n";
    codegen::generate(&thing_with("      description: A thing.\n      properties:\n", anything)).unwrap();
}

#[test]
fn two_fragments_with_one_path_and_method_are_both_named() {
    let other = THING.split("components:").next().unwrap();
    assert_error(
        &sources(&[("v1/thing.yaml", THING), ("v1/zebra.yaml", other)]),
        "spec/v1/zebra.yaml#/paths/~1v1~1Things/get: already defined at spec/v1/thing.yaml#/paths/~1v1~1Things/get",
    );
}

#[test]
fn two_fragments_with_one_schema_are_both_named() {
    let other = format!("components:{}", THING.split("components:").nth(1).unwrap());
    assert_error(
        &sources(&[("v1/thing.yaml", THING), ("v1/zebra.yaml", &other)]),
        "spec/v1/zebra.yaml#/components/schemas/api.v1.thing: already defined at spec/v1/thing.yaml#/components/schemas/api.v1.thing",
    );
}

#[test]
fn the_words_for_one_path_must_be_the_same_in_both_fragments() {
    let with = |words: &str| format!("paths:\n  /v1/Things:\n    x-twilio: {{ mountName: {words} }}\n");
    let thing = THING.replace("  /v1/Things:\n", "  /v1/Things:\n    x-twilio: { mountName: things }\n");
    let both = |words| sources(&[("v1/thing.yaml", thing.as_str()), ("v1/zebra.yaml", with(words).as_str())]);
    assert_error(
        &both("stuff"),
        "spec/v1/zebra.yaml#/paths/~1v1~1Things/x-twilio: already defined at spec/v1/thing.yaml#/paths/~1v1~1Things/x-twilio",
    );
    codegen::generate(&both("things")).unwrap();
}

#[test]
fn two_resources_with_one_module_are_both_named() {
    let other = "x-resource: { title: Items, description: Made up., docs: 'https://example.com' }
paths:
  /v1/Things/{Sid}:
    delete:
      operationId: DeleteThing
      summary: Deletes a thing.
      parameters:
        - { name: Sid, in: path, required: true, description: Which one., schema: { type: string } }
      responses: { '204': { description: Gone. } }
";
    let problem = "its module thing is that of spec/v1/thing.yaml already";
    assert_error(
        &sources(&[("v1/thing.yaml", THING), ("v1/zebra.yaml", other)]),
        &format!("spec/v1/zebra.yaml#/x-resource: {problem}"),
    );
}
