//! A whole document in the vendor's shape, made from our own specification.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{
    support::{changed, documented, drift, folder, names, operations, pointers, removed, spec_of, write},
    vendor::{Enums, vendor, without_events},
};

fn verdict(agree: usize, differ: usize) -> String {
    format!("{agree} operations agree, {differ} differ\n")
}

/// The verdict on the few resources of which some operations differ.
fn few_verdict(differ: usize) -> String {
    verdict(operations(&documented(&FEW)) - differ, differ)
}

#[test]
fn the_vendors_shape_of_the_whole_api_agrees_with_it() {
    let root = documented(&[]);
    let verdict = verdict(operations(&root), 0);
    for (name, enums) in [("inline.json", Enums::Inline), ("referred.json", Enums::ByReference)] {
        let file = write(folder("document-whole").join(name), &vendor(&root, enums).to_string());
        let run = drift(None, &[file]);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), verdict.as_str(), ""));
    }
}

#[test]
fn our_own_document_agrees_with_itself() {
    let root = documented(&[]);
    let file = write(folder("document-own").join("own.json"), &root.to_string());
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.out), (Some(0), verdict(operations(&root), 0)));
}

/// A few resources that have everything between them, so that each fact can be tried.
const FEW: [&str; 3] = ["service_webhook_configuration.yaml", "user.yaml", "conversation_message_receipt.yaml"];

/// A folder with these resources as the specification, and their document in the vendor's shape.
fn few(test: &str, enums: Enums) -> (PathBuf, Value) {
    (spec_of(test, &FEW), without_events(vendor(&documented(&FEW), enums)))
}

/// Whether the vendor's document says it and we do too.
fn is_fact(pointer: &str) -> bool {
    let mut parts = pointer.rsplit('/');
    let (last, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let words = ["description", "summary", "tags", "servers", "headers", "x-maturity"].contains(&last);
    let not_ours = ["/headers/", "/tags/", "/servers/", "/x-maturity/", "/defaultOutputProperties/", "/security"];
    let extension = parent == "x-twilio" && last == "parent";
    (pointer.starts_with("/paths/") || pointer.starts_with("/components/schemas/"))
        && !not_ours.iter().any(|part| pointer.contains(part))
        && !words
        && !extension
}

/// Compares mutants of a document in one run. Each is reported: the place named, the operations counted, the exit code.
fn expect_reports(test: &str, spec: &Path, mutants: &[(String, Value)]) {
    let total = operations(&documented(&FEW));
    let folder = folder(test);
    let file = |i: usize| format!("{i}.json");
    let write = |(i, (_, document)): (usize, &(String, Value))| write(folder.join(file(i)), &document.to_string());
    let files: Vec<_> = mutants.iter().enumerate().map(write).collect();
    let run = drift(Some(spec), &files);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let mut lines = run.out.lines();
    for (i, (pointer, document)) in mutants.iter().enumerate() {
        let (mut report, mut in_summary) = (Vec::new(), false);
        let verdict = loop {
            match lines.next() {
                Some(line) if line.ends_with(" differ") => break line,
                Some("changelog:") => in_summary = true,
                Some(_) if in_summary => {}
                Some(line) => report.push(line),
                None => panic!("no verdict on {pointer}"),
            }
        };
        let counts: Vec<usize> = verdict.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!(counts[1] > 0 && counts[0] + counts[1] >= total, "{pointer}: {verdict}");
        // Without a reference, what it led to is missing.
        let places = [pointer.clone(), pointer.replace("/$ref", "/type"), pointer.replace("/$ref", "/enum")];
        let named = |line: &&str| places.iter().any(|pointer| names(line, &file(i), pointer));
        assert!(report.iter().any(named), "{pointer} is not named: {report:#?}");
        let lines: Vec<_> = report.iter().filter(|line| line.starts_with("  spec/")).collect();
        assert!(!lines.is_empty(), "{pointer}: {report:#?}");
        for line in lines {
            let (_, place) = line.rsplit_once(&format!(" at {}#", file(i))).expect("a place of the document");
            assert!(document.pointer(place).is_some(), "{pointer}: {place} does not exist: {line}");
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn each_changed_or_removed_fact_of_a_document_is_reported_with_its_place() {
    for (name, enums, least) in [("referred", Enums::ByReference, 600), ("inline", Enums::Inline, 20)] {
        let (spec, document) = few(&format!("document-{name}"), enums);
        let mut mutants = Vec::new();
        for pointer in pointers(&document).into_iter().filter(|pointer| is_fact(pointer)) {
            let beside = pointer.rsplit_once('/').is_some_and(|(parent, member)| {
                member != "$ref" && document.pointer(parent).is_some_and(|parent| parent.get("$ref").is_some())
            });
            // Where the vendor refers to an enum, all but its values is tried.
            let again = enums == Enums::Inline && !pointer.contains("/enum");
            if beside || again {
                continue;
            }
            mutants.extend(changed(&document, &pointer).map(|document| (pointer.clone(), document)));
            // Titles may be left out, and a schema that is referred to is found missing there.
            let last = pointer.rsplit('/').next().unwrap_or_default();
            let schema = pointer.matches('/').count() == 3 && pointer.starts_with("/components/");
            let path = pointer.matches('/').count() == 2;
            if last != "title" && !schema && !path {
                let document = removed(&document, &pointer);
                mutants.push((pointer, document));
            }
        }
        assert!(mutants.len() > least, "only {} mutants", mutants.len());
        expect_reports(&format!("document-{name}-mutants"), &spec, &mutants);
    }
}

/// Compares the few resources with their document after a change.
fn run_after(test: &str, change: impl FnOnce(&mut Value)) -> (Option<i32>, String) {
    let (spec, mut document) = few(test, Enums::ByReference);
    change(&mut document);
    let run = drift(Some(&spec), &[write(folder(&format!("{test}-file")).join("vendor.json"), &document.to_string())]);
    assert_eq!(run.err, "");
    (run.code, run.out)
}

#[test]
fn an_operation_that_only_we_have_is_reported() {
    let (code, out) = run_after("document-less", |document| {
        document["paths"].as_object_mut().expect("paths").remove("/v1/Users");
    });
    assert_eq!(code, Some(1));
    assert!(out.contains("/v1/Users GET\n  spec/v1/user.yaml#/paths/~1v1~1Users/get: \"this operation\" here, no /v1/Users/get at vendor.json#/paths\n"), "{out}");
    assert!(out.ends_with(&few_verdict(2)), "{out}");
}

#[test]
fn an_operation_that_only_the_document_has_is_reported() {
    let (code, out) = run_after("document-more", |document| {
        document["paths"]["/v1/Groups"] = json!({ "patch": { "operationId": "PatchGroups", "responses": {} } });
    });
    assert_eq!(code, Some(1));
    assert!(out.starts_with("/v1/Groups PATCH\n  spec/v1/*.yaml#/paths: no /v1/Groups/patch here"), "{out}");
    assert!(out.ends_with(&verdict(operations(&documented(&FEW)), 1)), "{out}");
}

#[test]
fn what_the_document_adds_to_an_operation_is_reported() {
    let user = "/components/schemas/conversations.v1.user/properties/identity";
    let field = "/paths/~1v1~1Users/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties";
    for (pointer, name, value) in [
        (user, "format", json!("uri")),
        (user, "deprecated", json!(true)),
        ("/components/schemas/conversations.v1.user/properties", "mood", json!({ "type": "string" })),
        ("/components/schemas/user_enum_webhook_enabled_type/enum", "2", json!("maybe")),
        (field, "Mood", json!({ "type": "string" })),
        ("/paths/~1v1~1Users/post/requestBody/content", "application/json", json!({ "schema": {} })),
        ("/paths/~1v1~1Users/post/responses", "202", json!({ "description": "Accepted" })),
        ("/paths/~1v1~1Users/post/responses", "default", json!({ "description": "An error" })),
        ("/paths/~1v1~1Users~1{Sid}/post/requestBody", "required", json!(true)),
        ("/paths/~1v1~1Users/post", "security", json!([])),
        ("/paths/~1v1~1Users/post", "deprecated", json!(true)),
        ("/paths/~1v1~1Users/post/parameters", "1", json!({ "name": "New", "in": "query", "schema": {} })),
        ("/paths/~1v1~1Users", "parameters", json!([{ "name": "New", "in": "query", "schema": {} }])),
        ("/paths/~1v1~1Users/get/parameters/0", "style", json!("spaceDelimited")),
        ("/components/schemas", "groups", json!({ "type": "string" })),
    ] {
        let (code, out) =
            run_after("document-added", |document| match document.pointer_mut(pointer).expect("the place") {
                Value::Array(items) => items.push(value),
                place => place[name] = value,
            });
        assert_eq!(code, Some(1), "{pointer}/{name}");
        let pointer = format!("{pointer}/{}", name.replace('/', "~1"));
        let named = |pointer: &str| out.lines().any(|line| names(line, "vendor.json", pointer));
        assert!(named(&pointer) || named(&format!("{pointer}/0")), "{pointer}: {out}");
    }
}

#[test]
fn what_we_do_not_carry_makes_no_difference() {
    for (pointer, name, value) in [
        ("/paths/~1v1~1Users", "summary", json!("Users")),
        ("/paths/~1v1~1Users/post", "externalDocs", json!({ "url": "https://example.com" })),
        ("/paths/~1v1~1Users/post", "deprecated", json!(false)),
        ("/paths/~1v1~1Users/post", "tags", json!(["Something"])),
        ("/paths/~1v1~1Users/post/parameters/0", "required", json!(false)),
        ("/paths/~1v1~1Users/get/parameters/0", "style", json!("form")),
        (
            "/paths/~1v1~1Users/post/requestBody/content/application~1x-www-form-urlencoded",
            "example",
            json!({ "Identity": 1 }),
        ),
        (
            "/paths/~1v1~1Users/post/requestBody/content/application~1x-www-form-urlencoded",
            "encoding",
            json!({ "Identity": { "style": "form", "explode": true } }),
        ),
        ("/components/schemas/conversations.v1.user", "title", json!("A user")),
        ("/components/schemas/conversations.v1.user/properties/identity", "x-twilio", json!({ "pii": {} })),
        ("/components/schemas/conversations.v1.user/properties/identity", "example", json!("alice")),
        ("/components/schemas/conversations.v1.user/properties/is_online", "readOnly", json!(false)),
    ] {
        let (code, out) = run_after("document-kept", |document| {
            document.pointer_mut(pointer).expect("the place")[name] = value;
        });
        assert_eq!((code, out), (Some(0), few_verdict(0)), "{pointer}/{name}");
    }
}

#[test]
fn parameters_of_the_path_and_shared_ones_are_the_operations() {
    let (code, out) = run_after("document-shared", |document| {
        let item = &mut document["paths"]["/v1/Users/{Sid}"];
        let sid = item["get"].as_object_mut().expect("an operation").remove("parameters").expect("parameters");
        for method in ["post", "delete"] {
            let parameters = item[method]["parameters"].as_array_mut().expect("parameters");
            parameters.retain(|parameter| parameter["in"] != "path");
        }
        item["parameters"] = json!([{ "$ref": "#/components/parameters/Sid" }]);
        document["components"]["parameters"] = json!({ "Sid": sid[0] });
    });
    assert_eq!((code, out), (Some(0), few_verdict(0)));
}

#[test]
fn the_name_of_an_accessor_is_on_both_sides_or_on_neither() {
    let receipts = "/v1/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts";
    let (code, out) = run_after("document-unnamed", |document| {
        let twilio = document["paths"][receipts]["x-twilio"].as_object_mut().expect("an extension");
        twilio.shift_remove("mountName").expect("the vendor names it");
        document["paths"]["/v1/Users"]["x-twilio"]["mountName"] = json!("users");
    });
    assert_eq!(code, Some(1));
    assert!(out.contains("x-twilio/mountName: \"delivery_receipts\" here, no mountName at vendor.json#"), "{out}");
    assert!(out.contains("~1v1~1Users/x-twilio: no mountName here, \"users\" at vendor.json#"), "{out}");
    // The list of receipts; the list and the creation of users.
    assert!(out.ends_with(&few_verdict(3)), "{out}");
    // The columns of a table.
    let (code, out) = run_after("document-columns", |document| {
        document["paths"]["/v1/Users"]["x-twilio"]["defaultOutputProperties"] = json!(["sid", "friendly_name"]);
    });
    assert_eq!(code, Some(1));
    let line =
        "x-twilio/defaultOutputProperties: [\"sid\",\"identity\"] here, [\"sid\",\"friendly_name\"] at vendor.json#";
    assert!(out.contains(line) && out.ends_with(&few_verdict(2)), "{out}");
    // A class is none of the facts that we carry.
    let (code, out) = run_after("document-class", |document| {
        document["paths"]["/v1/Users"]["x-twilio"]["className"] = json!("member");
    });
    assert_eq!((code, out), (Some(0), few_verdict(0)));
}

#[test]
fn an_extension_that_one_side_lacks_is_reported() {
    let (code, out) = run_after("document-no-extension", |document| {
        document["paths"]["/v1/Users"].as_object_mut().expect("an item").shift_remove("x-twilio");
    });
    assert_eq!(code, Some(1));
    assert!(
        out.contains("~1v1~1Users/x-twilio/pathType: \"list\" here, no x-twilio/pathType at vendor.json#"),
        "{out}"
    );
    assert!(out.ends_with(&few_verdict(2)), "{out}");
}

#[test]
fn a_schema_that_contains_itself_comes_to_an_end() {
    let (code, out) = run_after("document-circle", |document| {
        document["components"]["schemas"]["circle"] = json!({ "$ref": "#/components/schemas/circle" });
        let properties =
            document.pointer_mut("/components/schemas/conversations.v1.user/properties").expect("properties");
        properties["identity"] = json!({ "$ref": "#/components/schemas/circle" });
    });
    assert_eq!(code, Some(1));
    assert!(out.contains("the reference \"#/components/schemas/circle\" leads nowhere"), "{out}");
}
