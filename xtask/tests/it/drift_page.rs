//! A page in which one fact is not as in the fragments.

use serde_json::Value;

use crate::support::{agrees, changed, differences, drift, folder, names, page, pointers, removed, spec_of, write};

const PAGES: [(&str, &str); 2] = [
    ("service-webhook-configuration.md", "spec/v1/service_webhook_configuration.yaml"),
    ("user.md", "spec/v1/user.yaml"),
];

const FRAGMENTS: [&str; 2] = ["service_webhook_configuration.yaml", "user.yaml"];

#[test]
fn pages_that_agree_are_said_to_agree() {
    let files: Vec<_> = PAGES.iter().map(|(name, _)| page(name).0).collect();
    let run = drift(None, &files);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    let expected: Vec<_> = PAGES.iter().zip(FRAGMENTS).map(|((name, _), fragment)| agrees(name, fragment)).collect();
    assert_eq!(run.out, expected.concat());
}

/// A JSON block of a page: the line where it begins, where its text is in the page, and the value.
struct Block {
    line: usize,
    range: std::ops::Range<usize>,
    value: Value,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("```json\n").map(|start| from + start + "```json\n".len()) {
        let end = start + text[start..].find("```").expect("the block ends");
        let line = text[..start].lines().count() + 1;
        blocks.push(Block { line, range: start..end, value: serde_json::from_str(&text[start..end]).expect("JSON") });
        from = end + 3;
    }
    blocks
}

fn with_block(text: &str, block: &Block, value: &Value) -> String {
    let mut text = text.to_owned();
    text.replace_range(block.range.clone(), &format!("{value}\n"));
    text
}

/// Words, colours, and what a page says twice.
fn is_fact(pointer: &str) -> bool {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    let presentation = pointer.starts_with("/examples/")
        && pointer.matches('/').count() > 3
        && !pointer.ends_with("/value/value")
        && !pointer.ends_with("/value/code");
    !presentation && last != "description" && last != "conditionalParameterMap"
}

/// One page of many: what was done to it, and the place that the report must name.
struct Mutant {
    what: String,
    text: String,
    line: usize,
    pointer: String,
}

/// Compares all mutants in one run and checks that each is reported with the page's place and the fragment's.
fn expect_reports(test: &str, name: &str, fragment: &str, mutants: &[Mutant]) {
    assert!(!mutants.is_empty());
    let folder = folder(test);
    let file = |i: usize| format!("{i}.md");
    let files: Vec<_> = mutants.iter().enumerate().map(|(i, m)| write(folder.join(file(i)), &m.text)).collect();
    let run = drift(None, &files);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let mut out = run.out.as_str();
    for (i, Mutant { what, line, pointer, .. }) in mutants.iter().enumerate() {
        let file = file(i);
        let verdict = out.find(&format!("\n{file}: ")).unwrap_or_else(|| panic!("{name}: not reported: {what}\n{out}"));
        let (report, rest) = out.split_at(verdict + 1);
        out = rest.split_once('\n').map_or("", |(_, rest)| rest);
        let report = differences(report);
        assert!(report.iter().all(|line| line.starts_with("spec/")), "{what}: {report:#?}");
        let place = format!("{file}:{line}");
        let found =
            report.iter().any(|line| line.starts_with(&format!("{fragment}#/")) && names(line, &place, pointer));
        assert!(found, "{name}: {what} is not named as {place}#{pointer}: {report:#?}");
    }
    assert_eq!(out, "");
}

#[test]
fn each_changed_or_removed_fact_of_a_block_is_reported_with_its_place() {
    let mut total = 0;
    for (name, fragment) in PAGES {
        let (_, text) = page(name);
        let mut mutants = Vec::new();
        for block in blocks(&text) {
            for pointer in pointers(&block.value).into_iter().filter(|pointer| is_fact(pointer)) {
                // What a sample is shown as may be left out.
                let gone = (!pointer.ends_with("/value/code")).then(|| removed(&block.value, &pointer));
                for (how, value) in [("changed", changed(&block.value, &pointer)), ("removed", gone)] {
                    let Some(value) = value else { continue };
                    mutants.push(Mutant {
                        what: format!("{}{pointer} {how}", block.line),
                        text: with_block(&text, &block, &value),
                        line: block.line,
                        pointer: pointer.clone(),
                    });
                }
            }
        }
        total += mutants.len();
        expect_reports(&format!("page-blocks-{name}"), name, fragment, &mutants);
    }
    assert!(total > 500, "only {total} mutants");
}

#[test]
fn each_leaf_of_a_request_sample_is_reported_wherever_the_page_shows_it() {
    for (name, fragment) in PAGES {
        let (_, text) = page(name);
        let mut mutants = Vec::new();
        for block in blocks(&text).iter().filter(|block| block.value.get("encodingType").is_some()) {
            for (example, shown) in block.value["examples"].as_object().expect("samples") {
                for member in ["value", "code"] {
                    let sample: Value =
                        serde_json::from_str(shown["value"][member].as_str().expect("text")).expect("JSON");
                    for leaf in pointers(&sample) {
                        for sample in changed(&sample, &leaf).into_iter().chain([removed(&sample, &leaf)]) {
                            let pointer = format!("/examples/{example}/value/{member}");
                            let mut value = block.value.clone();
                            *value.pointer_mut(&pointer).expect("the text") = sample.to_string().into();
                            mutants.push(Mutant {
                                what: format!("{}{pointer} {sample}", block.line),
                                text: with_block(&text, block, &value),
                                line: block.line,
                                pointer: format!("{pointer} (sample)#{leaf}"),
                            });
                        }
                    }
                }
                for i in 0..shown["value"]["tokens"].as_array().expect("tokens").len() {
                    let pointer = format!("/examples/{example}/value/tokens");
                    let token = format!("{pointer}/{i}");
                    mutants.push(Mutant {
                        what: format!("{}{token}", block.line),
                        text: with_block(&text, block, &removed(&block.value, &token)),
                        line: block.line,
                        pointer: pointer.clone(),
                    });
                }
            }
        }
        // White space between tokens says nothing.
        mutants.retain(|mutant| !mutant.pointer.ends_with("/tokens") || says_another_sample(mutant));
        expect_reports(&format!("page-samples-{name}"), name, fragment, &mutants);
    }
}

fn says_another_sample(mutant: &Mutant) -> bool {
    let block = blocks(&mutant.text).into_iter().find(|block| block.line == mutant.line).expect("the block");
    let shown = block.value.pointer(mutant.pointer.trim_end_matches("/tokens")).expect("the sample");
    let tokens = shown["tokens"].as_array().expect("tokens").iter();
    let text: String = tokens.map(|token| token.as_str().or(token[0].as_str()).expect("a text")).collect();
    let plain: Value = serde_json::from_str(shown["value"].as_str().expect("text")).expect("JSON");
    serde_json::from_str::<Value>(&text).ok() != Some(plain)
}

#[test]
fn the_events_named_in_a_description_are_facts_and_its_other_words_are_not() {
    let (name, fragment) = PAGES[0];
    let (_, text) = page(name);
    let mut mutants = Vec::new();
    for block in blocks(&text) {
        for pointer in pointers(&block.value).into_iter().filter(|pointer| pointer.ends_with("/description")) {
            let words = block.value.pointer(&pointer).and_then(Value::as_str).expect("a text");
            let mut changes = vec![format!("{words} Also `onSomethingElse`.")];
            if words.contains("`onMessageAdd`") {
                changes.push(words.replace("`onMessageAdd`, ", ""));
                changes.push(words.replace("`onMessageAdd`", "`onMessageAddition`"));
                changes.push(words.replace("`onMessageAdd`", "onMessageAdd"));
            }
            for change in changes {
                assert_ne!(change, words);
                let mut value = block.value.clone();
                *value.pointer_mut(&pointer).expect("the text") = change.clone().into();
                mutants.push(Mutant {
                    what: change,
                    text: with_block(&text, &block, &value),
                    line: block.line,
                    pointer: pointer.clone(),
                });
            }
        }
    }
    assert!(mutants.len() > 15);
    expect_reports("page-events", name, fragment, &mutants);

    let other_words = text.replace("Events that are reported; others do not fire. Out of", "One or more of `this`:");
    assert_ne!(other_words, text);
    let file = write(folder("page-words").join(name), &other_words);
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), &*agrees(name, FRAGMENTS[0])));
}

#[test]
fn what_a_description_says_of_a_parameter_counts_too() {
    let (name, fragment) = PAGES[1];
    let (_, text) = page(name);
    let block = blocks(&text).into_iter().find(|block| block.value.is_array()).expect("parameters");
    let mut value = block.value.clone();
    value[0]["description"] = "Such as `onUserAdded`.".into();
    let text = with_block(&text, &block, &value);
    let pointer = "/0/description".to_owned();
    expect_reports(
        "page-parameter",
        name,
        fragment,
        &[Mutant { what: "an event".into(), text, line: block.line, pointer }],
    );
}

/// Compares a page of which a text was replaced once, and hands back the report.
fn report_after(test: &str, name: &str, from: &str, to: &str) -> String {
    let (_, text) = page(name);
    assert!(text.contains(from), "{from}");
    let run = drift(None, &[write(folder(test).join(name), &text.replacen(from, to, 1))]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{test}: {}", run.out);
    run.out
}

#[test]
fn another_method_is_an_operation_missing_on_both_sides() {
    let out = report_after("page-method", "user.md", "`DELETE https", "`PUT https");
    assert!(out.contains("spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}: no put here, \"PUT https://"), "{out}");
    assert!(
        out.contains("spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}/delete: the page user.md does not have"),
        "{out}"
    );
}

#[test]
fn another_path_is_an_operation_missing_on_both_sides() {
    let out = report_after("page-path", "user.md", "com/v1/Users/{Sid}`", "com/v1/Users/{UserSid}`");
    assert!(out.contains("spec/v1/*.yaml#/paths: no /v1/Users/{UserSid}/post here"), "{out}");
    assert!(out.contains("spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}/post: the page user.md does not have"), "{out}");
}

#[test]
fn another_server_is_reported() {
    let out = report_after("page-server", "user.md", "`GET https://conversations.", "`GET https://chat.");
    assert!(out.contains("spec/base.yaml#/servers/0/url: server: \"https://conversations.twilio.com\" here"), "{out}");
}

#[test]
fn an_operation_that_the_page_leaves_out_is_reported() {
    let (_, text) = page("user.md");
    let start = text.find("## Delete a User resource").expect("the section");
    let run = drift(None, &[write(folder("page-section").join("user.md"), &text[..start])]);
    assert_eq!(run.code, Some(1));
    let expected = "spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}/delete: the page user.md does not have this DELETE operation\n\
                    changelog:\n  removed:\n    operation DeleteUser: DELETE /v1/Users/{Sid} (breaking)\n\
                    user.md: 1 difference\n";
    assert_eq!(run.out, expected);
}

#[test]
fn an_operation_that_the_page_has_twice_is_reported() {
    let out = report_after("page-twice", "user.md", "`DELETE https", "`GET https");
    assert!(out.contains("is on the page before"), "{out}");
}

#[test]
fn a_heading_that_names_another_operation_is_reported() {
    for (from, to) in [
        ("Fetch a User resource", "Fetch a Users resource"),
        ("Fetch a User resource", "Update a User resource"),
        ("Read multiple User resources", "Read multiple Role resources"),
        ("Delete a User resource", "How to delete"),
    ] {
        let out = report_after("page-heading", "user.md", &format!("## {from}"), &format!("## {to}"));
        assert!(out.contains(&format!("operation named by the heading \"{to}\"")), "{out}");
        assert!(out.contains("/operationId: ") && out.contains(" at user.md:"), "{out}");
    }
}

#[test]
fn a_block_that_is_not_there_is_reported() {
    let spec = spec_of("page-no-block-spec", &FRAGMENTS);
    for (name, fragment) in PAGES {
        let (_, text) = page(name);
        for (i, block) in blocks(&text).iter().enumerate() {
            let mut text = text.clone();
            text.replace_range(block.range.start - "json\n".len()..block.range.start, "text\n");
            let run = drift(Some(&spec), &[write(folder("page-no-block").join(name), &text)]);
            assert_eq!(run.code, Some(1), "block {i} of {name}");
            assert!(run.out.starts_with(&format!("{fragment}#/")), "{}", run.out);
        }
    }
}

#[test]
fn a_heading_in_front_of_a_block_says_what_the_block_is() {
    let spec = spec_of("page-no-heading-spec", &FRAGMENTS);
    for (name, fragment) in PAGES {
        let (_, text) = page(name);
        for heading in text.lines().filter(|line| line.starts_with("### ")) {
            let run =
                drift(Some(&spec), &[write(folder("page-no-heading").join(name), &text.replacen(heading, "", 1))]);
            assert_eq!(run.code, Some(1), "{heading}");
            assert!(run.out.contains("sample answer: nothing here") || run.out.contains("nothing at"), "{}", run.out);
            assert!(run.out.contains(fragment), "{}", run.out);
        }
    }
}

#[test]
fn the_report_says_what_stands_on_either_side() {
    let out = report_after("page-words-of-report", "user.md", r#""pattern":"^US["#, r#""pattern":"^XX["#);
    let expected = r#"spec/v1/user.yaml#/components/schemas/conversations.v1.user/properties/sid/pattern: "^US[0-9a-fA-F]{32}$" here, "^XX[0-9a-fA-F]{32}$" at user.md:8#/properties/sid/pattern"#;
    assert_eq!(differences(&out), [expected]);
    assert!(out.ends_with("\nuser.md: 1 difference\n"), "{out}");
}

#[test]
fn line_ends_of_another_system_make_no_difference() {
    let (_, text) = page("user.md");
    let file = write(folder("page-crlf").join("user.md"), &text.replace('\n', "\r\n"));
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), &*agrees("user.md", FRAGMENTS[1])));
}
