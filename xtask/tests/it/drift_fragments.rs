//! Fragments in which one fact is not as on the page.

use std::thread;

use serde_json::Value;

use crate::support::{changed, differences, drift, folder, fragment, names, page, pointers, removed, sources, write};

/// What a page does not show: our words, the names of statuses and media types, extensions, the envelope of a list, and
/// whether a body is required.
fn is_shown(pointer: &str) -> bool {
    let in_list = pointer.contains("/get/responses/200/content/application~1json/schema/")
        && !pointer.ends_with("/$ref")
        && !pointer.ends_with("/items");
    let last = pointer.rsplit('/').next().unwrap_or_default();
    let words = ["description", "summary", "tags"].contains(&last) || pointer.contains("/tags/");
    let unshown = in_list || words || pointer.contains("/x-") || pointer.ends_with("/requestBody/required");
    let without_answer = pointer.contains("/delete/responses");
    !unshown && !without_answer && !pointer.starts_with("/x-resource") && !pointer.ends_with("/meta/$ref")
}

/// The fragment with one fact changed and with that fact left out, and the place.
fn mutants(fragment: &Value) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    for pointer in pointers(fragment).into_iter().filter(|pointer| is_shown(pointer)) {
        let whole = matches!(pointer.as_str(), "/paths" | "/components" | "/components/schemas");
        mutants.extend(changed(fragment, &pointer).map(|fragment| (pointer.clone(), fragment)));
        if !whole {
            let fragment = removed(fragment, &pointer);
            mutants.push((pointer, fragment));
        }
    }
    mutants
}

fn expect_reports(page_name: &str, fragment_name: &str) {
    let mutants = mutants(&fragment(fragment_name));
    assert!(mutants.len() > 100, "only {} mutants", mutants.len());
    let base = &sources(&[]).0["base.yaml"];
    let (page_file, _) = page(page_name);
    // A process each; most of their time goes by waiting for the system.
    thread::scope(|scope| {
        for (worker, mutants) in mutants.chunks(mutants.len().div_ceil(4)).enumerate() {
            let (base, page_file) = (&*base, &page_file);
            let spec = folder(&format!("fragment-{fragment_name}-{worker}"));
            scope.spawn(move || {
                write(spec.join("base.yaml"), base);
                for (pointer, mutant) in mutants {
                    write(spec.join("v1").join(fragment_name), &mutant.to_string());
                    let run = drift(Some(&spec), std::slice::from_ref(page_file));
                    let report = format!("{}{}", run.out, run.err);
                    assert_eq!(run.code, Some(1), "not reported: {pointer}");
                    let file = format!("spec/v1/{fragment_name}");
                    let found = report.lines().any(|line| names(line, &file, pointer));
                    // The fragment may not be in order any more, or its operation may have become another.
                    let elsewhere = run.err.starts_with("error: spec/")
                        || pointer.starts_with("/paths/") && pointer.matches('/').count() <= 3;
                    assert!(found || elsewhere, "{file}#{pointer} is not named:\n{report}");
                    for line in differences(&run.out) {
                        let (place, _) = line.split_once(": ").expect("a place");
                        let own = place.strip_prefix(&format!("{file}#"));
                        assert!(own.is_none_or(|own| mutant.pointer(own).is_some()), "{place} does not exist: {line}");
                    }
                }
            });
        }
    });
}

#[test]
fn each_changed_or_removed_fact_of_the_webhook_fragment_is_reported_with_its_place() {
    expect_reports("service-webhook-configuration.md", "service_webhook_configuration.yaml");
}

#[test]
fn each_changed_or_removed_fact_of_the_user_fragment_is_reported_with_its_place() {
    expect_reports("user.md", "user.yaml");
}

/// Compares the page about users with a changed fragment, and hands back the report.
fn report_after(test: &str, change: impl FnOnce(&mut Value)) -> String {
    let spec = folder(test);
    let mut user = fragment("user.yaml");
    change(&mut user);
    write(spec.join("base.yaml"), &sources(&[]).0["base.yaml"]);
    write(spec.join("v1/user.yaml"), &user.to_string());
    let run = drift(Some(&spec), &[page("user.md").0]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{}", run.out);
    run.out
}

const USER: &str = "/components/schemas/conversations.v1.user";

#[test]
fn a_property_that_only_the_fragment_has_is_reported() {
    let out = report_after("fragment-more", |user| {
        user.pointer_mut(USER).expect("the schema")["properties"]["mood"] = serde_json::json!({ "type": "string" });
    });
    let place = format!("spec/v1/user.yaml#{USER}/properties/mood");
    assert_eq!(
        out.lines().next(),
        Some(&*format!("{place}: {{\"type\":\"string\"}} here, no mood at user.md:8#/properties"))
    );
}

#[test]
fn a_fact_that_only_the_fragment_has_is_reported() {
    for (name, value) in
        [("nullable", true.into()), ("format", "uri".into()), ("maxLength", 34.into()), ("enum", vec!["a"].into())]
    {
        let out = report_after("fragment-fact", |user| {
            let property = user.pointer_mut("/paths/~1v1~1Users/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties/FriendlyName");
            property.expect("the field")[name] = value;
        });
        assert!(out.contains(&format!("/schema/properties/FriendlyName/{name}: ")), "{out}");
        assert!(out.contains(&format!(" here, no {name} at user.md:24#/schema/properties/FriendlyName\n")), "{out}");
    }
}

#[test]
fn what_stands_beside_a_reference_in_a_fragment_counts() {
    let out = report_after("fragment-beside", |user| {
        let header = user.pointer_mut("/paths/~1v1~1Users/post/parameters/0/schema").expect("the header");
        header["nullable"] = true.into();
    });
    assert!(
        out.contains("#/paths/~1v1~1Users/post/parameters/0/schema/nullable: true here, no nullable at user.md:"),
        "{out}"
    );
}

#[test]
fn a_reference_to_another_schema_with_the_same_values_is_reported() {
    let out = report_after("fragment-reference", |user| {
        let schemas = &mut user["components"]["schemas"];
        schemas["another_enum"] = schemas["user_enum_webhook_enabled_type"].clone();
        let header = user.pointer_mut("/paths/~1v1~1Users/post/parameters/0/schema").expect("the header");
        header["$ref"] = "#/components/schemas/another_enum".into();
    });
    assert!(
        out.contains("name of the schema: \"another_enum\" here, \"user_enum_webhook_enabled_type\" at user.md:"),
        "{out}"
    );
}

#[test]
fn an_operation_that_only_the_fragment_has_is_reported() {
    let out = report_after("fragment-operation", |user| {
        let mut operation = user["paths"]["/v1/Users/{Sid}"]["delete"].clone();
        operation["operationId"] = "DeleteUserAgain".into();
        user["paths"]["/v1/Users/{Sid}/Again"] = serde_json::json!({ "delete": operation });
    });
    assert!(
        out.contains("spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}~1Again/delete: the page user.md does not have"),
        "{out}"
    );
}

#[test]
fn the_order_of_a_list_of_values_says_nothing() {
    let spec = folder("fragment-order");
    let mut user = fragment("user.yaml");
    let values = user.pointer_mut("/components/schemas/user_enum_webhook_enabled_type/enum").expect("values");
    values.as_array_mut().expect("a list").reverse();
    write(spec.join("base.yaml"), &sources(&[]).0["base.yaml"]);
    write(spec.join("v1/user.yaml"), &user.to_string());
    assert_eq!(drift(Some(&spec), &[page("user.md").0]).code, Some(0));
}
