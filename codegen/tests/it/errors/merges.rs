//! Types and operations that are declared to be one and are not, and those that are one and not declared.

use super::assert_error;
use crate::support::{read_folder, sources};

/// The golden case of merged scopes, with one string in place of another in one of its files.
#[track_caller]
fn with(file: &str, from: &str, to: &str) -> codegen::Sources {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = read_folder(&folder.join("merged_scopes/spec"));
    files.insert("base.yaml".to_owned(), std::fs::read_to_string(folder.join("base.yaml")).unwrap());
    also(codegen::Sources(files), file, from, to)
}

/// The same with another string in place of one.
#[track_caller]
fn also(mut sources: codegen::Sources, file: &str, from: &str, to: &str) -> codegen::Sources {
    let text = sources.0.get_mut(file).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from:?} is to be there once");
    *text = text.replace(from, to);
    sources
}

const BOX: &str = "spec/v1/bin.yaml#/components/schemas/api.v1.bin";
const SCOPED: &str = "spec/v1/depot_bin.yaml#/components/schemas/api.v1.depot_bin";
const CREATE: &str = "spec/v1/depot_bin.yaml#/paths/~1v1~1Depots~1{DepotSid}~1Bins/post";
const CREATE_PLAIN: &str = "spec/v1/bin.yaml#/paths/~1v1~1Bins/post";
const FORM: &str = "/requestBody/content/application~1x-www-form-urlencoded/schema";

#[test]
fn merged_schemas_agree_in_the_type_of_each_property() {
    let label = "        label: { type: string, description: What is written on it. }\n";
    assert_error(
        &with("v1/depot_bin.yaml", label, "        label: { type: boolean, description: Whether there is one. }\n"),
        &format!("{SCOPED}/properties/label: Bin is one type with {BOX}, and label differs: String there, bool here"),
    );
    let limited = label.replace("type: string", "type: string, maxLength: 5");
    assert_error(
        &with("v1/depot_bin.yaml", label, &limited),
        &format!(
            "{SCOPED}/properties/label: Bin is one type with {BOX}, and label differs: maxLength none there, 5 here"
        ),
    );
}

#[test]
fn a_property_that_one_schema_lacks_is_optional_in_the_merged_type() {
    let folders = codegen::generate(&with("v1/bin.yaml", "[Label]", "[Label]")).unwrap();
    let text = &folders["crates/types/src/generated"]["v1/bin.rs"];
    assert!(text.contains("depot_sid: Option<ServiceSid> = \"depot_sid\""), "{text}");
}

#[test]
fn merged_requests_have_the_same_properties() {
    let colour = "                Colour: { type: string, description: Its colour. }\n";
    let more = format!("{colour}                Weight: {{ type: integer, description: In grams. }}\n");
    let one = format!("CreateBinRequest is one type with {CREATE_PLAIN}{FORM}, and");
    let sample = ", Colour: red }";
    assert_error(
        &also(with("v1/depot_bin.yaml", colour, &more), "v1/depot_bin.yaml", sample, ", Colour: red, Weight: 7 }"),
        &format!("{CREATE}{FORM}/properties/Weight: {one} has no Weight"),
    );
    assert_error(
        &also(with("v1/depot_bin.yaml", colour, ""), "v1/depot_bin.yaml", sample, " }"),
        &format!("{CREATE}{FORM}: {one} Colour is missing here"),
    );
    assert_error(
        &with("v1/depot_bin.yaml", "required: [Label]", "required: [Label, Colour]"),
        &format!("{CREATE}{FORM}/properties/Colour: {one} Colour differs: required in one of them"),
    );
    let nullable = colour.replace("type: string", "type: string, nullable: true");
    assert_error(
        &with("v1/depot_bin.yaml", colour, &nullable),
        &format!("{CREATE}{FORM}/properties/Colour: {one} Colour differs: nullable in one of them"),
    );
}

#[test]
fn an_enum_and_a_struct_are_not_one_type() {
    let kind =
        "components:\n  schemas:\n    bin_kind: { type: string, x-name: Bin, description: Kind., enum: [big] }\n";
    assert_error(
        &with("v1/depot.yaml", "components:\n  schemas:\n", kind),
        &format!(
            "spec/v1/depot.yaml#/components/schemas/bin_kind: it shares the x-name Bin with {BOX}, and only one of them \
             is an enum"
        ),
    );
}

#[test]
fn operations_of_one_name_are_a_pair_in_two_scopes() {
    let target = "$.paths['/v1/Depots/{DepotSid}/Bins', '/v1/Depots/{DepotSid}/Bins/{Sid}']";
    let depot = "'/v1/Depots/{DepotSid}/Bins/{Sid}'";
    assert_error(
        &with("overlay.yaml", target, &target.replace(depot, "'/v1/Depots/{Sid}'")),
        "spec/overlay.yaml#/actions/1/update/x-name: FetchBin is the name of one operation only, FetchDepot; expected \
         the name that operations without a scope have",
    );
    assert_error(
        &with("overlay.yaml", target, "$.paths['/v1/Depots/{DepotSid}/Bins']"),
        "spec/v1/depot_bin.yaml#/paths/~1v1~1Depots~1{DepotSid}~1Bins~1{Sid}/delete: it has no counterpart in bin, as \
         the resource's other operations have",
    );
    assert_error(
        &with(
            "v1/depot_bin.yaml",
            "  /v1/Depots/{DepotSid}/Bins/{Sid}:\n    delete:",
            "  /v1/Depots/{DepotSid}/Bins/{Sid}:\n    post:",
        ),
        "spec/v1/depot_bin.yaml#/paths/~1v1~1Depots~1{DepotSid}~1Bins~1{Sid}/post: it shares the name DeleteBin with \
         spec/v1/bin.yaml#/paths/~1v1~1Bins~1{Sid}/delete, and their methods differ",
    );
    let header = "        - { name: X-Mood, in: header, description: How., schema: { type: string } }\n";
    let sid = "        - { name: Sid, in: path, required: true, description: SID of the bin.";
    assert_error(
        &with("v1/depot_bin.yaml", sid, &format!("{header}{sid}")),
        "spec/v1/depot_bin.yaml#/paths/~1v1~1Depots~1{DepotSid}~1Bins~1{Sid}/delete: it shares the name DeleteBin with \
         spec/v1/bin.yaml#/paths/~1v1~1Bins~1{Sid}/delete, and their headers differ",
    );
}

#[test]
fn equal_structures_that_are_not_merged_are_reported() {
    let notes = |sources: &codegen::Sources| codegen::generate_with_notes(sources).unwrap().1;
    assert_eq!(notes(&with("v1/bin.yaml", "[Label]", "[Label]")), Vec::<String>::new());
    let other = "    api.v1.crate_of_beer:\n      type: object\n      x-shared: true\n      description: A crate.\n      properties:\n";
    let other = format!(
        "components:\n  schemas:\n{other}        label: {{ type: string, description: Text. }}\n        \
         sid: {{ type: string, description: Its SID., pattern: '^WH[0-9a-fA-F]{{32}}$' }}\n        \
         depot_sid: {{ type: string, description: Where., pattern: '^IS[0-9a-fA-F]{{32}}$' }}\n      required: [sid]\n"
    );
    assert_eq!(
        notes(&with("v1/depot.yaml", "components:\n  schemas:\n", &other)),
        [format!(
            "equal in structure and not merged by an x-name: Bin ({BOX}), \
             CrateOfBeer (spec/v1/depot.yaml#/components/schemas/api.v1.crate_of_beer)"
        )]
    );
    let twins = "    one_kind: { type: string, x-shared: true, description: One., enum: [big, small] }\n    \
                 two_kind: { type: string, x-shared: true, description: Two., enum: [small, big] }\n";
    let thing = format!("{}{twins}", super::THING);
    let notes = notes(&sources(&[("v1/thing.yaml", &thing)]));
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("OneKind") && notes[0].contains("TwoKind") && notes[0].contains("ThingKind"),
        "{notes:?}"
    );
}

#[test]
fn an_accessor_is_described_and_made_of_lists() {
    let with = |accessor: &str| {
        let label = "        label: { type: string, description: What is written on it. }\n";
        with("v1/bin.yaml", label, &format!("{label}      x-accessors: {{ words: {accessor} }}\n"))
    };
    let pointer = format!("{BOX}/x-accessors/words");
    let lists = format!("{pointer}: its fields are optional lists of strings");
    assert_error(&with("{ description: Words., fields: [label] }"), &lists);
    assert_error(&with("{ description: Words., fields: [] }"), &lists);
    assert_error(&with("{ description: Words., fields: [absent] }"), &lists);
}
