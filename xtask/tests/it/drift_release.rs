//! The vendor's next release: our own document with a dozen changes, each found in one line at the right place.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::{
    support::{differences, documented, drift, folder, operations, resolves, write},
    vendor::{Enums, vendor},
};

const USER: &str = "/components/schemas/conversations.v1.user";
const FORM: &str = "requestBody/content/application~1x-www-form-urlencoded/schema";

/// A change of the vendor's document.
enum Edit {
    /// A member of an object, or another item of a list, at a pointer.
    Put(Value),
    Remove,
}

/// One change, and the line that it comes to.
struct Change {
    /// Place in the vendor's document.
    pointer: String,
    edit: Edit,
    /// The line's beginning, up to the vendor's value, and the place in the vendor's document.
    ours: String,
    theirs: String,
    /// The line of the summary.
    summary: &'static str,
}

fn change(pointer: &str, edit: Edit, ours: &str, theirs: &str, summary: &'static str) -> Change {
    let [pointer, ours, theirs] = [pointer, ours, theirs].map(|text| text.replace("USER", USER).replace("FORM", FORM));
    Change { pointer, edit, ours, theirs, summary }
}

/// Thirteen kinds of change and a few more.
fn changes() -> Vec<Change> {
    let user = "spec/v1/user.yaml#";
    let put = Edit::Put;
    vec![
        change(
            "USER/properties/mood",
            put(json!({ "type": "string", "nullable": true })),
            &format!("{user}USER/properties: no mood here, "),
            "USER/properties/mood",
            "added: User: property mood (string)",
        ),
        change(
            "/components/schemas/credential_enum_push_type/enum/3",
            put(json!("hms")),
            "spec/v1/credential.yaml#/components/schemas/credential_enum_push_type/enum: no hms here, \"hms\"",
            "/components/schemas/credential_enum_push_type/enum/3",
            "added: PushType: value hms",
        ),
        change(
            "USER/properties/sid/maxLength",
            put(json!(40)),
            &format!("{user}USER/properties/sid/maxLength: 34 here, 40"),
            "USER/properties/sid/maxLength",
            "changed: User: property sid: maxLength 34 → 40",
        ),
        change(
            "USER/properties/is_online/nullable",
            Edit::Remove,
            &format!("{user}USER/properties/is_online/nullable: true here, no nullable"),
            "USER/properties/is_online",
            "changed: User: property is_online is never null",
        ),
        change(
            "/paths/~1v1~1Users/post/FORM/properties/FriendlyName/default",
            put(json!("Somebody")),
            &format!("{user}/paths/~1v1~1Users/post/FORM/properties/FriendlyName: no default here, \"Somebody\""),
            "/paths/~1v1~1Users/post/FORM/properties/FriendlyName/default",
            "changed: CreateUser: field friendly_name: default none → Somebody",
        ),
        change(
            "/paths/~1v1~1Users/get/parameters/3",
            put(json!({ "name": "Mood", "in": "query", "schema": { "type": "string" } })),
            &format!("{user}/paths/~1v1~1Users/get/parameters: query parameter Mood: nothing here, "),
            "/paths/~1v1~1Users/get/parameters/3",
            "added: ListUser: query parameter Mood (string)",
        ),
        change(
            "/paths/~1v1~1Groups/get",
            put(json!({ "operationId": "ListGroup", "responses": {} })),
            "spec/v1/*.yaml#/paths: no /v1/Groups/get here, \"this operation\"",
            "/paths/~1v1~1Groups/get",
            "added: operation ListGroup: GET /v1/Groups",
        ),
        change(
            "/paths/~1v1~1Roles~1{Sid}/delete",
            Edit::Remove,
            "spec/v1/role.yaml#/paths/~1v1~1Roles~1{Sid}/delete: \"this operation\" here, no delete",
            "/paths/~1v1~1Roles~1{Sid}",
            "removed: operation DeleteRole: DELETE /v1/Roles/{Sid} (breaking)",
        ),
        change(
            "/components/schemas/conversations.v1.credential/properties/type",
            Edit::Remove,
            "spec/v1/credential.yaml#/components/schemas/conversations.v1.credential/properties/type: {",
            "/components/schemas/conversations.v1.credential/properties",
            "removed: Credential: property type_ (PushType) (breaking)",
        ),
        change(
            "USER/properties/identity/type",
            put(json!("integer")),
            &format!("{user}USER/properties/identity/type: \"string\" here, \"integer\""),
            "USER/properties/identity/type",
            "changed: User: property identity: type string → integer (breaking)",
        ),
        change(
            "/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/description",
            put(json!(format!("{}, `onPollAdded`", filters()))),
            "spec/v1/configuration_webhook.yaml#/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/\
             description: events named in the description: [] only here, [\"onPollAdded\"] only",
            "/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/description",
            "added: event onPollAdded",
        ),
        change(
            "/paths/~1v1~1Users/post/FORM/required/1",
            put(json!("RoleSid")),
            &format!("{user}/paths/~1v1~1Users/post/FORM/required: no RoleSid here, \"RoleSid\""),
            "/paths/~1v1~1Users/post/FORM/required/1",
            "changed: CreateUser: field role_sid becomes required (breaking)",
        ),
        change(
            "USER/properties/date_created/format",
            put(json!("date")),
            &format!("{user}USER/properties/date_created/format: \"date-time\" here, \"date\""),
            "USER/properties/date_created/format",
            "changed: User: property date_created: format date-time → date (breaking)",
        ),
        change(
            "/paths/~1v1~1Credentials/get/description",
            put(json!("Fires onVoteCast.")),
            "spec/events/*.yaml#/events: event named in a description: no onVoteCast here, \"onVoteCast\"",
            "/paths/~1v1~1Credentials/get/description",
            "added: event onVoteCast",
        ),
    ]
}

/// The vendor's words about the filters of webhooks.
fn filters() -> String {
    let pointer = format!("/paths/~1v1~1Configuration~1Webhooks/post/{FORM}/properties/Filters/description");
    release().pointer(&pointer).and_then(Value::as_str).expect("a description").to_owned()
}

fn apply(document: &mut Value, change: &Change) {
    let (parent, name) = change.pointer.rsplit_once('/').expect("a pointer");
    let name = name.replace("~1", "/").replace("~0", "~");
    if parent == "/paths/~1v1~1Groups" {
        document["paths"]["/v1/Groups"] = json!({});
    }
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is there"));
    match (&change.edit, parent) {
        (Edit::Put(value), Value::Array(items)) => items.push(value.clone()),
        (Edit::Put(value), Value::Object(members)) => drop(members.insert(name, value.clone())),
        (Edit::Remove, Value::Object(members)) => {
            members.shift_remove(&name).unwrap_or_else(|| panic!("{} is there", change.pointer));
        }
        _ => panic!("{} cannot be changed", change.pointer),
    }
}

/// The report on a document, and the file.
fn report(test: &str, document: &Value) -> (Vec<String>, String) {
    let file = write(folder(test).join("next.json"), &document.to_string());
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{}", run.out);
    let lines = differences(&run.out).into_iter().filter(|line| line.starts_with("  "));
    (lines.map(|line| line.trim_start().to_owned()).collect(), run.out)
}

/// The entries of a summary with their sections: `added: event onPollAdded`.
fn summary(out: &str) -> Vec<String> {
    let mut section = "";
    let mut entries = Vec::new();
    for line in out.lines().skip_while(|line| *line != "changelog:").skip(1) {
        match (line.strip_prefix("    "), line.strip_prefix("  ")) {
            (Some(entry), _) => entries.push(format!("{section} {entry}")),
            (None, Some(heading)) => section = heading,
            (None, None) => break,
        }
    }
    entries
}

/// The document before its changes, with enums by reference as the vendor has them.
fn release() -> Value {
    static RELEASE: LazyLock<Value> = LazyLock::new(|| vendor(&documented(&[]), Enums::ByReference));
    RELEASE.clone()
}

#[test]
fn each_change_alone_is_one_line_with_both_places_and_one_line_of_the_summary() {
    let (changes, folder) = (changes(), folder("release-each"));
    let write = |(i, change): (usize, &Change)| {
        let mut document = release();
        apply(&mut document, change);
        write(folder.join(i.to_string()).join("next.json"), &document.to_string())
    };
    let files: Vec<_> = changes.iter().enumerate().map(write).collect();
    let run = drift(None, &files);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let mut out = run.out.as_str();
    for change in &changes {
        let verdict = out.find(" differ\n").expect("a verdict") + " differ\n".len();
        let (report, rest) = out.split_at(verdict);
        let lines: Vec<_> = differences(report).into_iter().filter_map(|line| line.strip_prefix("  ")).collect();
        let [line] = lines.as_slice() else { panic!("{}: {report}", change.pointer) };
        assert!(line.starts_with(&change.ours), "{line}");
        assert!(line.ends_with(&format!(" at next.json#{}", change.theirs)), "{line}");
        assert_eq!(summary(report), [change.summary], "{report}");
        out = rest;
    }
    assert_eq!(out, "");
}

#[test]
fn all_changes_together_are_a_line_each_at_places_that_exist() {
    let (changes, mut document) = (changes(), release());
    changes.iter().for_each(|change| apply(&mut document, change));
    let (lines, out) = report("release-all", &document);
    assert_eq!(lines.len(), changes.len(), "{out}");
    for change in &changes {
        let found = lines.iter().filter(|line| {
            line.starts_with(&change.ours) && line.ends_with(&format!(" at next.json#{}", change.theirs))
        });
        assert_eq!(found.count(), 1, "{}: {out}", change.ours);
    }
    let mut expected: Vec<_> = changes.iter().map(|change| change.summary.to_owned()).collect();
    expected.sort();
    assert_eq!(summary(&out), expected);
    for line in &lines {
        expect_places(line, &document);
    }
    let total = operations(&release()) + 1;
    let verdict = out.lines().last().expect("a verdict");
    let counts: Vec<usize> = verdict.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(counts.iter().sum::<usize>(), total, "{verdict}");
}

/// Checks that both places of a line exist: in the specification and in the document.
fn expect_places(line: &str, document: &Value) {
    let (ours, rest) = line.split_once(": ").expect("a place");
    assert!(resolves(ours), "{ours} does not exist: {line}");
    let (_, theirs) = rest.rsplit_once(" at next.json#").expect("a place");
    assert!(document.pointer(theirs).is_some(), "{theirs} does not exist: {line}");
}

#[test]
fn a_schema_is_one_heading_with_the_operations_that_lead_to_it() {
    let mut document = release();
    document.pointer_mut(USER).expect("the schema")["properties"]["mood"] = json!({ "type": "string" });
    let (lines, out) = report("release-heading", &document);
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
    let (lines, out) = report("release-anchor", &document);
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
    let (lines, out) = report("release-anchor-twice", &document);
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
    let (lines, out) = report("release-envelope", &document);
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
    let (lines, out) = report("release-reference", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    assert!(line.starts_with(&format!("spec/v1/credential.yaml#{place}/$ref: ")), "{line}");
    assert!(line.ends_with(&format!(" at next.json#{place}/$ref")), "{line}");
    // Another name of the same values would do as well as another type.
    *document.pointer_mut(&place).expect("the property") = json!({ "type": "string" });
    let (lines, out) = report("release-string", &document);
    let [line] = lines.as_slice() else { panic!("{out}") };
    assert!(line.ends_with(&format!("{{\"type\":\"string\"}} at next.json#{place}")), "{line}");
    assert_eq!(summary(&out), ["changed: Credential: property type_: type PushType → string (breaking)"]);
}

#[test]
fn events_in_descriptions_count_where_both_sides_name_some_and_where_they_are_new() {
    let filters = format!("/paths/~1v1~1Configuration~1Webhooks/post/{FORM}/properties/Filters/description");
    let identity = format!("{USER}/properties/identity/description");
    let words = self::filters();
    for (pointer, words, expected) in [
        // Ours names none: events that the specification has may be named.
        (&identity, "Such as `onUserAdded`, onMessageAdded.".to_owned(), None),
        (&identity, "Such as `onUserJoined`.".to_owned(), Some("[] only here, [\"onUserJoined\"] only")),
        (&identity, "Such as onUserJoined.".to_owned(), Some("[] only here, [\"onUserJoined\"] only")),
        // Words that are no names of events.
        (&identity, "Somebody onCall, onto, `on`, `onX y`, ononUserJoined".to_owned(), None),
        // Theirs names none.
        (&filters, "One of the events.".to_owned(), None),
        (&filters, words.replace("`onUserAdded`", "onUserAdded"), None),
        (&filters, words.replace("`onUserAdded`", "one"), Some("[\"onUserAdded\"] only here, [] only")),
        (
            &filters,
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
    let (lines, out) = report("release-required", &document);
    assert_eq!(lines.len(), 2, "two places to edit: {out}");
    assert_eq!(summary(&out), ["added: CreateUser: field mood (integer, int32, required) (breaking)"]);
}

#[test]
fn a_removed_value_and_a_parameter_that_becomes_required_break_callers() {
    let mut document = release();
    let values = document.pointer_mut("/components/schemas/credential_enum_push_type/enum").expect("values");
    values.as_array_mut().expect("a list").retain(|value| value != "apn");
    document.pointer_mut("/paths/~1v1~1Users/get/parameters/0").expect("a parameter")["required"] = json!(true);
    let (_, out) = report("release-breaking", &document);
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
    let (lines, out) = report("release-hidden", &document);
    assert_eq!(lines.len(), 1, "{out}");
    assert_eq!(summary(&out), [""; 0], "{out}");
}
