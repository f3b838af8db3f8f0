//! `cargo xtask drift --fix` with pages: about a resource, and the guide to webhooks.

use std::path::PathBuf;

use crate::{
    fix::{Fixed, files, fix},
    support::{event_sources, folder, page, spec_of, write},
};

/// Fixes the users' fragment against their page, in which each text is replaced by another one.
fn user_page(test: &str, changes: &[(&str, &str)]) -> Fixed {
    let spec = spec_of(&format!("fix-page-{test}"), &["user.yaml"]);
    with_page(spec, "user.md", changes)
}

/// Fixes the events against the guide.
fn guide(test: &str, changes: &[(&str, &str)]) -> Fixed {
    let spec = folder(&format!("fix-guide-{test}")).join("spec");
    for (name, text) in event_sources().0 {
        write(spec.join(name), &text);
    }
    with_page(spec, "webhooks.md", changes)
}

fn with_page(spec: PathBuf, name: &str, changes: &[(&str, &str)]) -> Fixed {
    let (_, mut text) = page(name);
    for (from, to) in changes {
        assert!(text.contains(from), "{name} does not have {from}");
        text = text.replace(from, to);
    }
    let vendor = write(spec.with_file_name(name), &text);
    let before = files(&spec);
    Fixed { run: fix(&spec, std::slice::from_ref(&vendor)), spec, vendor, before }
}

#[test]
fn a_property_of_a_page_comes_with_the_values_of_the_pages_samples() {
    let schema = r#""mood":{"type":"string","nullable":true,"description":"Theirs."},"is_online":{"#;
    let fixed = user_page(
        "property",
        &[(r#""is_online":{"#, schema), ("\"is_online\": null,", "\"is_online\": null, \"mood\": \"calm\",")],
    );
    let lines = [
        "+mood: calm",
        "+mood: calm",
        "+mood:",
        "+type: string",
        "+nullable: true",
        "+description: 'TO BE WRITTEN: mood'",
    ];
    // The anchor's sample is on the page three times, which is one fact.
    let verdict = fixed.run.out.lines().last().unwrap_or_default().to_owned();
    assert!(verdict.ends_with(" fixed, 0 to do by hand, 1 description to be written"), "{}", fixed.run.out);
    fixed.expect(&lines, &verdict);
}

#[test]
fn a_header_of_a_page_gets_the_schema_that_its_name_says() {
    let name = r#""name":"X-Twilio-Webhook-Enabled""#;
    let schema = r#"{"type":"string","enum":["true","false"],"refName":"user_enum_webhook_enabled_type","modelName":"user_enum_webhook_enabled_type"}"#;
    let more = format!(r#"[{{"name":"X-Mood","in":"header","description":"Theirs.","schema":{schema}}},{{{name}"#);
    let fixed = user_page("header", &[(&format!("[{{{name}"), &more)]);
    let header = [
        "+- name: X-Mood",
        "+in: header",
        "+description: 'TO BE WRITTEN: X-Mood'",
        "+schema:",
        "+$ref: '#/components/schemas/user_enum_webhook_enabled_type'",
    ];
    fixed.expect(&header.repeat(3), "3 fixed, 0 to do by hand, 3 descriptions to be written");
}

#[test]
fn a_sample_that_a_page_changes_is_changed_at_the_anchor_if_all_operations_show_it() {
    let all = user_page("sample", &[("\"identity\": \"alice\"", "\"identity\": \"bob\"")]);
    all.expect(
        &["-identity: alice", "+identity: bob", "-identity: alice", "+identity: bob"],
        "2 fixed, 0 to do by hand",
    );
}

#[test]
fn a_known_field_is_added_to_an_event_and_another_one_is_removed() {
    let row = "| Media | string, JSON, optional | As its name says. |\n\n### onMessageUpdate";
    let more = row.replacen("\n\n", "\n| Index | int | Place. |\n\n", 1);
    guide("field", &[(row, &more)]).expect(&["+- Index"], "1 fixed, 0 to do by hand");
    let less = row.replacen("| Media | string, JSON, optional | As its name says. |\n", "", 1);
    guide("field-removed", &[(row, &less)]).expect(&["-- Media"], "1 fixed, 0 to do by hand");
}

#[test]
fn a_field_that_the_guide_calls_optional_is_optional() {
    let (_, text) = page("webhooks.md");
    let row = text.lines().find(|line| line.starts_with("| RoleSid | ")).expect("the row is there").to_owned();
    let optional = row.replacen("string, SID", "string, SID, optional", 1);
    let fixed = guide("optional", &[(&row, &optional)]);
    let lines = fixed.diff();
    assert!(!lines.is_empty() && lines.iter().all(|line| line == "+optional: true"), "{lines:?}\n{}", fixed.run.out);
    assert_eq!(fixed.run.code, Some(0), "{}", fixed.run.out);
}

#[test]
fn new_events_and_fields_without_a_description_are_written_by_hand() {
    let event = (
        "| onMessageAdd | onMessageAdded | Before and after. |",
        "| onMessageAdd | onMessageAdded | Before and after. |\n| onMessageSend | N/A | New. |",
    );
    guide("event", &[event]).expect_by_hand("the guide does not say all that spec/events/ does");
    let row = "| Media | string, JSON, optional | As its name says. |\n\n### onMessageUpdate";
    let more = row.replacen("\n\n", "\n| Mood | string | Mood. |\n\n", 1);
    guide("unknown-field", &[(row, &more)]).expect_by_hand("spec/events/message.yaml#/fields does not describe Mood");
}
