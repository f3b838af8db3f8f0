//! The vendor's next release: our own document with a dozen changes, each found in one line at the right place.

use serde_json::{Value, json};

use crate::{
    support::{differences, drift, expect_places, folder, operations, report_on, summary, write},
    vendor::{filters, release},
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

fn changes() -> Vec<Change> {
    schema_changes().into_iter().chain(operation_changes()).chain(event_changes()).collect()
}

/// Changes of schemas that operations share.
fn schema_changes() -> Vec<Change> {
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
            "USER/properties/date_created/format",
            put(json!("date")),
            &format!("{user}USER/properties/date_created/format: \"date-time\" here, \"date\""),
            "USER/properties/date_created/format",
            "changed: User: property date_created: format date-time → date (breaking)",
        ),
    ]
}

/// Changes of operations, their parameters and bodies.
fn operation_changes() -> Vec<Change> {
    let user = "spec/v1/user.yaml#";
    let put = Edit::Put;
    vec![
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
            "/paths/~1v1~1Users/post/FORM/required/1",
            put(json!("RoleSid")),
            &format!("{user}/paths/~1v1~1Users/post/FORM/required: no RoleSid here, \"RoleSid\""),
            "/paths/~1v1~1Users/post/FORM/required/1",
            "changed: CreateUser: field role_sid becomes required (breaking)",
        ),
    ]
}

/// Events that descriptions name.
fn event_changes() -> Vec<Change> {
    let put = Edit::Put;
    vec![
        change(
            "/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/description",
            put(json!(format!("{}, `onInventedAdded`", filters()))),
            "spec/v1/configuration_webhook.yaml#/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/\
             description: events named in the description: [] only here, [\"onInventedAdded\"] only",
            "/paths/~1v1~1Configuration~1Webhooks/post/FORM/properties/Filters/description",
            "added: event onInventedAdded",
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
    let (lines, out) = report_on("release-all", &document);
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
