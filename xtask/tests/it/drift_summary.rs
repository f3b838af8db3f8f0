//! Facts that operations share, and the summary for a changelog.

use serde_json::{Value, json};

use crate::{
    support::{
        differences, drift, expect_places, folder, guide_spec, operations, page, report_on, resolves, summary, write,
    },
    vendor::{filters, release},
};

const USER: &str = "/components/schemas/conversations.v1.user";
const FORM: &str = "requestBody/content/application~1x-www-form-urlencoded/schema";

#[test]
fn a_schema_is_one_heading_with_the_operations_that_lead_to_it() {
    let mut document = release();
    document.pointer_mut(USER).expect("the schema")["properties"]["mood"] = json!({ "type": "string" });
    let (lines, out) = report_on("release-heading", &document);
    assert_eq!(lines.len(), 1);
    let heading = "conversations.v1.user, used by ListUser, CreateUser, FetchUser, UpdateUser";
    assert_eq!(out.lines().next(), Some(heading));
    let total = operations(&release());
    assert!(out.ends_with(&format!("{} operations agree, 4 differ\n", total - 4)), "{out}");
}

#[test]
fn a_parameter_behind_an_anchor_is_one_line_for_all_operations() {
    let mut document = release();
    for method in ["get", "post", "delete"] {
        let pointer = format!("/paths/~1v1~1Users~1{{Sid}}/{method}/parameters");
        let parameters = document.pointer_mut(&pointer).and_then(Value::as_array_mut).expect("parameters");
        let sid = parameters.iter_mut().find(|parameter| parameter["name"] == "Sid").expect("the SID");
        sid["schema"]["maxLength"] = json!(40);
    }
    let (lines, out) = report_on("release-anchor", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    let start = "spec/v1/user.yaml#/paths/~1v1~1Users~1{Sid}/get/parameters/0/schema: no maxLength here, 40 at ";
    assert!(line.starts_with(start), "{line}");
    assert_eq!(out.lines().next(), Some("DeleteUser, FetchUser, UpdateUser"));
    assert_eq!(summary(&out), ["changed: DeleteUser, FetchUser, UpdateUser: path parameter Sid: maxLength none → 40"]);
    assert!(out.ends_with(" agree, 3 differ\n"), "{out}");
}

#[test]
fn operations_that_differ_in_other_ways_at_one_anchor_are_a_line_for_each_way() {
    let mut document = release();
    for (method, longest) in [("get", 40), ("delete", 50)] {
        let schema = format!("/paths/~1v1~1Users~1{{Sid}}/{method}/parameters/0/schema");
        let parameters = format!("/paths/~1v1~1Users~1{{Sid}}/{method}/parameters");
        let parameters = document.pointer_mut(&parameters).and_then(Value::as_array_mut).expect("parameters");
        parameters.sort_by_key(|parameter| parameter["name"] != "Sid");
        document.pointer_mut(&schema).expect("the SID")["maxLength"] = json!(longest);
    }
    let (lines, out) = report_on("release-anchor-twice", &document);
    assert_eq!(lines.len(), 2, "{out}");
    assert!(out.ends_with(" agree, 2 differ\n"), "{out}");
}

#[test]
fn the_envelope_of_all_lists_is_one_line() {
    let mut document = release();
    let items = document["paths"].as_object_mut().expect("paths").values_mut();
    let mut lists = 0;
    for item in items {
        let pointer = "/get/responses/200/content/application~1json/schema/properties/meta/properties/page";
        if let Some(page) = item.pointer_mut(pointer) {
            page["minimum"] = json!(0);
            lists += 1;
        }
    }
    assert!(lists > 1);
    let (lines, out) = report_on("release-envelope", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    assert!(line.starts_with("spec/base.yaml#/components/schemas/page_meta/properties/page: no minimum here, 0 at "));
    expect_places(line, &document);
    assert!(out.ends_with(&format!(" agree, {lists} differ\n")), "{out}");
}

#[test]
fn a_reference_to_another_schema_is_one_line_at_the_reference() {
    let mut document = release();
    let (kind, other) = ("conversations.v1.credential/properties/type", "role_enum_role_type");
    let place = format!("/components/schemas/{kind}");
    *document.pointer_mut(&place).expect("the property") = json!({ "$ref": format!("#/components/schemas/{other}") });
    let (lines, out) = report_on("release-reference", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    assert!(line.starts_with(&format!("spec/v1/credential.yaml#{place}/$ref: ")), "{line}");
    assert!(line.ends_with(&format!(" at next.json#{place}/$ref")), "{line}");
    // Another name of the same values would do as well as another type.
    *document.pointer_mut(&place).expect("the property") = json!({ "type": "string" });
    let (lines, out) = report_on("release-string", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    assert!(line.ends_with(&format!("{{\"type\":\"string\"}} at next.json#{place}")), "{line}");
    assert_eq!(summary(&out), ["changed: Credential: property type_: type PushType → string (breaking)"]);
}

#[test]
fn events_in_descriptions_count_where_both_sides_name_some_and_where_they_are_new() {
    let place = format!("/paths/~1v1~1Configuration~1Webhooks/post/{FORM}/properties/Filters/description");
    let identity = format!("{USER}/properties/identity/description");
    let words = filters();
    for (pointer, words, expected) in [
        // Ours names none: events that the specification has may be named.
        (&identity, "Such as `onUserAdded`, onMessageAdded.".to_owned(), None),
        (&identity, "Such as `onUserJoined`.".to_owned(), Some("[] only here, [\"onUserJoined\"] only")),
        (&identity, "Such as onUserJoined.".to_owned(), Some("[] only here, [\"onUserJoined\"] only")),
        // Words that are no names of events.
        (&identity, "Somebody onCall, onto, `on`, `onX y`, ononUserJoined".to_owned(), None),
        // Theirs names none.
        (&place, "One of the events.".to_owned(), None),
        (&place, words.replace("`onUserAdded`", "onUserAdded"), None),
        (&place, words.replace("`onUserAdded`", "one"), Some("[\"onUserAdded\"] only here, [] only")),
        (
            &place,
            words.replace("`onUserAdded`", "onUserJoined"),
            Some("[\"onUserAdded\"] only here, [\"onUserJoined\"] only"),
        ),
    ] {
        let mut document = release();
        *document.pointer_mut(pointer).expect("the description") = json!(words);
        let file = write(folder("release-events").join("next.json"), &document.to_string());
        let out = drift(None, &[file]).out;
        let lines: Vec<_> = differences(&out).into_iter().filter(|line| line.starts_with("  ")).collect();
        match expected {
            None => assert_eq!(lines, Vec::<&str>::new(), "{words}"),
            Some(expected) => {
                let [line] = lines.as_slice() else { panic!("{words}: {out}") };
                let ours = line.trim_start().split(": ").next().expect("a place");
                assert!(resolves(ours), "{line}");
                assert!(line.ends_with(&format!("{expected} at next.json#{pointer}")), "{line}");
            }
        }
    }
}

#[test]
fn a_document_that_agrees_has_no_summary() {
    let file = write(folder("release-none").join("next.json"), &release().to_string());
    let run = drift(None, &[file]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
}

#[test]
fn a_required_property_that_is_new_is_required_in_its_own_line_of_the_summary() {
    let mut document = release();
    let schema = document.pointer_mut(&format!("/paths/~1v1~1Users/post/{FORM}")).expect("the body");
    schema["properties"]["Mood"] = json!({ "type": "integer", "format": "int32" });
    schema["required"].as_array_mut().expect("a list").push(json!("Mood"));
    let (lines, out) = report_on("release-required", &document);
    assert_eq!(lines.len(), 2, "two places to edit: {out}");
    assert_eq!(summary(&out), ["added: CreateUser: field mood (integer, int32, required) (breaking)"]);
}

#[test]
fn a_removed_value_and_a_parameter_that_becomes_required_break_callers() {
    let mut document = release();
    let values = document.pointer_mut("/components/schemas/credential_enum_push_type/enum").expect("values");
    values.as_array_mut().expect("a list").retain(|value| value != "apn");
    document.pointer_mut("/paths/~1v1~1Users/get/parameters/0").expect("a parameter")["required"] = json!(true);
    let (_, out) = report_on("release-breaking", &document);
    let expected = [
        "changed: ListUser: query parameter PageSize becomes required (breaking)",
        "removed: PushType: value apn (breaking)",
    ];
    assert_eq!(summary(&out), expected, "{out}");
}

#[test]
fn a_schema_that_the_overlay_removes_is_no_news_to_users() {
    let mut document = release();
    let values = document.pointer_mut("/components/schemas/user_enum_webhook_enabled_type/enum").expect("values");
    values.as_array_mut().expect("a list").push(json!("maybe"));
    let (lines, out) = report_on("release-hidden", &document);
    assert_eq!(lines.len(), 1, "{out}");
    assert_eq!(summary(&out), [""; 0], "{out}");
}

#[test]
fn the_summary_of_the_guide_names_events_and_their_fields() {
    for (from, to, expected) in [
        (
            "| Source | string |",
            "| Sauce | string |",
            &["added: events: field Sauce", "removed: events: field Source (breaking)"][..],
        ),
        (
            "| ConversationSid | string, SID |",
            "| RoomSid | string, SID |",
            &[
                "added: onConversationUpdate: field RoomSid",
                "removed: onConversationUpdate: field ConversationSid (breaking)",
            ],
        ),
        (
            "| onUserUpdate |",
            "| onUserChange |",
            &["added: event onUserChange", "changed: onUserUpdate: phase pre → none (breaking)"],
        ),
        (
            "| N/A | onDeliveryUpdated |",
            "| onDeliveryUpdated | N/A |",
            &["changed: onDeliveryUpdated: phase post → pre (breaking)"],
        ),
        (
            "| ErrorCode | integer |",
            "| ErrorCode | string |",
            &["changed: delivery events: field ErrorCode: type integer → string (breaking)"],
        ),
    ] {
        let (_, text) = page("webhooks.md");
        assert!(text.contains(from), "{from}");
        let file = write(folder("summary-guide").join("webhooks.md"), &text.replacen(from, to, 1));
        let out = drift(Some(guide_spec()), &[file]).out;
        assert_eq!(summary(&out), expected, "{out}");
    }
}

#[test]
fn the_summary_of_a_page_is_in_the_terms_of_operations_and_types() {
    for (from, to, expected) in [
        (r#""pattern":"^US["#, r#""pattern":"^XX["#, "changed: User: property sid: pattern "),
        (r#""maxLength":34"#, r#""maxLength":40"#, "changed: User: property sid: maxLength 34 → 40"),
    ] {
        let (_, text) = page("user.md");
        assert!(text.contains(from), "{from}");
        let file = write(folder("summary-page").join("user.md"), &text.replacen(from, to, 1));
        let out = drift(None, &[file]).out;
        let [line] = summary(&out).try_into().unwrap_or_else(|lines| panic!("{lines:?}: {out}"));
        assert!(line.starts_with(expected), "{out}");
        // A SID of another prefix has another type.
        assert_eq!(line.ends_with(" (breaking)"), line.contains("pattern"), "{out}");
    }
}
