//! `cargo xtask drift --fix` with the vendor's next document: our own merged one with changes.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::support::{Run, documented, drift, spec_of, write, xtask};

pub(crate) const USER: &str = "/components/schemas/conversations.v1.user";
pub(crate) const CREATE: &str = "/paths/~1v1~1Users/post/requestBody/content/application~1x-www-form-urlencoded/schema";

/// A run of `drift --fix`, and the files before and after it.
pub(crate) struct Fixed {
    pub run: Run,
    pub spec: PathBuf,
    pub vendor: PathBuf,
    pub before: BTreeMap<String, String>,
}

pub(crate) fn fix(spec: &Path, files: &[PathBuf]) -> Run {
    let options = [OsStr::new("drift"), OsStr::new("--fix"), OsStr::new("--spec"), spec.as_os_str()];
    xtask(options.into_iter().chain(files.iter().map(|file| file.as_os_str())))
}

pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).expect("a file can be read"));
        }
    }
    found
}

/// Fixes a few fragments against their own document with a change.
pub(crate) fn fixed(test: &str, fragments: &[&str], change: impl FnOnce(&mut Value)) -> Fixed {
    let spec = spec_of(&format!("fix-{test}"), fragments);
    let mut document = documented(fragments);
    change(&mut document);
    let vendor = write(spec.with_file_name("vendor.json"), &document.to_string());
    let before = files(&spec);
    Fixed { run: fix(&spec, std::slice::from_ref(&vendor)), spec, vendor, before }
}

impl Fixed {
    /// The lines that were removed and added, in their order, without their indentation.
    pub(crate) fn diff(&self) -> Vec<String> {
        let after = files(&self.spec);
        assert_eq!(self.before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "no file is left over");
        let mut lines = Vec::new();
        for (name, before) in &self.before {
            for change in TextDiff::from_lines(before.as_str(), after[name].as_str()).iter_all_changes() {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => continue,
                };
                lines.push(format!("{sign}{}", change.value().trim()));
            }
        }
        lines
    }

    /// Checks the changed lines and the last line that is printed. Then nothing differs any more, and another run
    /// changes nothing.
    #[track_caller]
    pub(crate) fn expect(&self, changed: &[&str], verdict: &str) {
        assert_eq!(self.run.err, "", "{}", self.run.out);
        assert_eq!(self.diff(), changed, "{}", self.run.out);
        assert_eq!(self.run.out.lines().last(), Some(verdict), "{}", self.run.out);
        let done = !self.run.out.contains("not fixed") && !self.run.out.contains("to be written");
        assert_eq!(self.run.code, Some(i32::from(!done)), "{}", self.run.out);
        if !self.run.out.contains("not fixed") {
            let again = drift(Some(&self.spec), std::slice::from_ref(&self.vendor));
            assert_eq!((again.code, again.err.as_str()), (Some(0), ""), "{}", again.out);
        }
        let now = files(&self.spec);
        let again = fix(&self.spec, std::slice::from_ref(&self.vendor));
        assert!(again.out.contains("0 fixed, "), "{}", again.out);
        assert_eq!(files(&self.spec), now, "another run changes nothing");
    }

    /// Checks that nothing was changed, and that a reason was printed.
    #[track_caller]
    pub(crate) fn expect_by_hand(&self, reason: &str) {
        let lines: Vec<_> = self.run.out.lines().filter(|line| line.starts_with("not fixed: spec/")).collect();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| line.contains(reason)),
            "{}{}",
            self.run.out,
            self.run.err
        );
        assert_eq!(files(&self.spec), self.before);
        assert_eq!(self.run.code, Some(1));
    }
}

pub(crate) fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

fn property(name: &str, schema: Value) -> impl FnOnce(&mut Value) {
    move |document| at(document, USER)["properties"][name] = schema
}

/// One change of the users' fragment.
fn user(test: &str, change: impl FnOnce(&mut Value)) -> Fixed {
    fixed(test, &["user.yaml"], change)
}

#[test]
fn a_nullable_property_of_a_response_is_null_in_each_sample() {
    let schema = json!({ "nullable": true, "description": "The vendor's words.", "format": "uri", "type": "string" });
    let fixed = user("nullable", property("mood", schema));
    let line = "+description: 'TO BE WRITTEN: mood'";
    let lines = ["+mood: null", "+mood: null", "+mood:", "+type: string", "+format: uri", "+nullable: true", line];
    fixed.expect(&lines, "1 fixed, 0 to do by hand, 1 description to be written");
    let place = fixed.before["v1/user.yaml"]
        .lines()
        .position(|line| line.starts_with("    user_enum_webhook"))
        .expect("it is there");
    // Two samples and four lines above it.
    assert!(
        fixed.run.out.contains(&format!("spec/v1/user.yaml:{}: description to be written", place + 7)),
        "{}",
        fixed.run.out
    );
    assert!(fixed.run.out.starts_with(&format!("fixed: spec/v1/user.yaml#{USER}/properties: ")), "{}", fixed.run.out);
}

#[test]
fn a_property_that_is_never_null_has_the_vendors_value_or_a_plain_one_in_samples() {
    for (schema, vendors, expected) in [
        (json!({ "type": "string" }), None, "topic"),
        (json!({ "type": "string" }), Some(json!("weather")), "weather"),
        (json!({ "type": "string", "minLength": 7 }), Some(json!("short")), "topicxx"),
        (json!({ "type": "string", "maxLength": 2 }), None, "to"),
        (json!({ "type": "string", "format": "date-time" }), None, "'2026-01-02T03:04:05Z'"),
        (json!({ "type": "string", "format": "uri" }), None, "https://example.com/topic"),
        (json!({ "type": "string", "pattern": "^LB[0-9a-fA-F]{32}$" }), None, "LBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (json!({ "type": "integer" }), None, "0"),
        (json!({ "type": "integer", "minimum": 3 }), Some(json!(2)), "3"),
        (json!({ "type": "integer", "minimum": 3 }), Some(json!(4)), "4"),
        (json!({ "type": "integer", "default": 9 }), None, "9"),
        (json!({ "type": "boolean" }), Some(json!(null)), "false"),
        (json!({ "type": "array", "items": {} }), None, "[]"),
        (json!({ "type": "object" }), None, "{}"),
        (json!({ "$ref": "#/components/schemas/user_enum_webhook_enabled_type" }), None, "'true'"),
    ] {
        let change = |document: &mut Value| {
            property("topic", schema.clone())(document);
            for sample in [
                "/paths/~1v1~1Users/post/responses/201/content/application~1json/examples/create/value",
                "/paths/~1v1~1Users~1{Sid}/post/responses/200/content/application~1json/examples/update/value",
            ] {
                if let Some(value) = &vendors {
                    at(document, sample)["topic"] = value.clone();
                }
            }
        };
        let fixed = user("plain", change);
        let lines = fixed.diff();
        assert_eq!(lines.iter().filter(|line| **line == format!("+topic: {expected}")).count(), 2, "{lines:?}");
        assert_eq!(fixed.run.out.lines().last(), Some("1 fixed, 0 to do by hand, 1 description to be written"));
    }
}

#[test]
fn a_field_of_a_request_and_a_query_parameter_are_added_without_the_vendors_words() {
    let fixed = user("request", |document| {
        let labels = json!({ "type": "array", "items": { "type": "string" }, "description": "The vendor's words." });
        at(document, CREATE)["properties"]["Labels"] = labels;
        let schema =
            json!({ "allOf": [{ "$ref": "#/components/schemas/user_enum_webhook_enabled_type" }], "default": "true" });
        let parameter =
            json!({ "name": "Mood", "in": "query", "required": false, "description": "Theirs.", "schema": schema });
        at(document, "/paths/~1v1~1Users/get/parameters").as_array_mut().expect("a list").push(parameter);
    });
    let lines = [
        "+Labels:",
        "+type: array",
        "+description: 'TO BE WRITTEN: Labels'",
        "+items:",
        "+type: string",
        "+Labels:",
        "+- labels",
        "+- name: Mood",
        "+in: query",
        "+description: 'TO BE WRITTEN: Mood'",
        "+schema:",
        "+$ref: '#/components/schemas/user_enum_webhook_enabled_type'",
        "+default: 'true'",
    ];
    fixed.expect(&lines, "2 fixed, 0 to do by hand, 2 descriptions to be written");
}

#[test]
fn the_first_parameter_of_an_operation_gets_a_list() {
    let fixed = fixed("first-parameter", &["configuration.yaml"], |document| {
        let parameter = json!({ "name": "Mood", "in": "query", "schema": { "type": "string" } });
        at(document, "/paths/~1v1~1Configuration/get")["parameters"] = json!([parameter]);
        at(document, "/paths/~1v1~1Configuration/post")["parameters"] = json!([parameter]);
    });
    let parameter = ["+- name: Mood", "+in: query", "+description: 'TO BE WRITTEN: Mood'", "+schema:", "+type: string"];
    let lines = [&["-parameters: []", "+parameters:"][..], &parameter].concat();
    let lines = [lines.clone(), lines].concat();
    fixed.expect(&lines, "2 fixed, 0 to do by hand, 2 descriptions to be written");
}

#[test]
fn an_enum_of_the_vendors_document_comes_with_the_property_that_has_it() {
    let fixed = user("new-enum", |document| {
        let theirs = json!({ "type": "string", "enum": ["calm", "on"], "description": "Theirs." });
        document["components"]["schemas"]["user_enum_mood"] = theirs;
        at(document, USER)["properties"]["mood"] = json!({ "$ref": "#/components/schemas/user_enum_mood" });
        at(document, USER)["properties"]["other_mood"] = json!({ "$ref": "#/components/schemas/user_enum_mood" });
    });
    let lines = [
        "+mood: calm",
        "+other_mood: calm",
        "+mood: calm",
        "+other_mood: calm",
        "+mood:",
        "+$ref: '#/components/schemas/user_enum_mood'",
        "+description: 'TO BE WRITTEN: mood'",
        "+other_mood:",
        "+$ref: '#/components/schemas/user_enum_mood'",
        "+description: 'TO BE WRITTEN: other_mood'",
        "+user_enum_mood:",
        "+type: string",
        "+enum: [calm, 'on']",
        "+description: 'TO BE WRITTEN: user_enum_mood'",
    ];
    fixed.expect(&lines, "2 fixed, 0 to do by hand, 3 descriptions to be written");
}

#[test]
fn values_of_enums_are_added_and_removed() {
    let fixed = fixed("enum", &["conversation.yaml"], |document| {
        at(document, "/components/schemas/conversation_enum_state")["enum"] =
            json!(["inactive", "active", "initializing", "archived"]);
    });
    let lines =
        ["-enum: [initializing, inactive, active, closed]", "+enum: [initializing, inactive, active, archived]"];
    fixed.expect(&lines, "2 fixed, 0 to do by hand");
}

#[test]
fn an_enum_that_becomes_too_long_for_its_line_is_written_in_lines() {
    let values: Vec<String> = (0..9).map(|number| format!("a_value_of_some_length_{number}")).collect();
    let fixed = fixed("enum-long", &["conversation.yaml"], |document| {
        let list = at(document, "/components/schemas/conversation_enum_state/enum").as_array_mut().expect("a list");
        list.extend(values.iter().map(|value| json!(value)));
    });
    let own = ["initializing", "inactive", "active", "closed"].into_iter().chain(values.iter().map(String::as_str));
    let items: Vec<String> = own.map(|value| format!("+- {value}")).collect();
    let mut lines = vec!["-enum: [initializing, inactive, active, closed]", "+enum:"];
    lines.extend(items.iter().map(String::as_str));
    fixed.expect(&lines, "9 fixed, 0 to do by hand");
}

#[test]
fn a_value_that_a_sample_has_is_not_removed() {
    let fixed = fixed("enum-in-use", &["conversation.yaml"], |document| {
        at(document, "/components/schemas/conversation_enum_state")["enum"] =
            json!(["inactive", "closed", "initializing"]);
    });
    fixed.expect_by_hand("the sample at spec/v1/conversation.yaml#/paths/");
}

#[test]
fn descriptions_of_values_come_and_go_with_the_values() {
    let fragments = ["conversation.yaml"];
    let spec = spec_of("fix-enum-described", &fragments);
    let file = spec.join("v1/conversation.yaml");
    let text = fs::read_to_string(&file).expect("the fragment is there");
    let values = "      enum: [initializing, inactive, active, closed]\n";
    let described = format!(
        "{values}      x-enum-descriptions: # for people\n        active: Messages flow.\n        closed: It is over.\n"
    );
    write(file.clone(), &text.replacen(values, &described, 1));
    let mut document = documented(&fragments);
    let state = at(&mut document, "/components/schemas/conversation_enum_state");
    state["enum"] = json!(["initializing", "inactive", "active", "archived"]);
    let vendor = write(spec.with_file_name("vendor.json"), &document.to_string());
    let before = files(&spec);
    let fixed = Fixed { run: fix(&spec, std::slice::from_ref(&vendor)), spec, vendor, before };
    let lines = [
        "-enum: [initializing, inactive, active, closed]",
        "+enum: [initializing, inactive, active, archived]",
        "-closed: It is over.",
        "+archived: 'TO BE WRITTEN: archived'",
    ];
    fixed.expect(&lines, "2 fixed, 0 to do by hand, 1 description to be written");
}
