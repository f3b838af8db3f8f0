//! `cargo xtask drift --fix` and the files: their layout, a whole release, and what cannot be read or written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use codegen::Sources;
use serde_json::json;

use crate::{
    fix::{CREATE, USER, at, files, fix},
    support::{documented, drift, folder, sources, spec_of, write},
};

/// A document of the vendor's that has one more property of a user, of this name.
fn with_property(test: &str, name: &str) -> PathBuf {
    let mut document = documented(&["user.yaml"]);
    at(&mut document, USER)["properties"][name] = json!({ "type": "string", "nullable": true });
    write(folder(test).join("vendor.json"), &document.to_string())
}

/// The users' fragment after another text was put in it and the property `mood` was added.
fn fixed_text(test: &str, change: impl FnOnce(String) -> String) -> (String, String) {
    let vendor = with_property(&format!("fix-vendor-{test}"), "mood");
    let spec = spec_of(&format!("fix-{test}"), &["user.yaml"]);
    let before = change(sources(&["user.yaml"]).0["v1/user.yaml"].clone());
    let file = write(spec.join("v1/user.yaml"), &before);
    let run = fix(&spec, &[vendor]);
    assert!(run.out.contains("\n1 fixed, 0 to do by hand, 1 description"), "{}{}", run.out, run.err);
    (before, fs::read_to_string(file).expect("the fragment is there"))
}

const ADDED: &str =
    "        mood:\n          type: string\n          nullable: true\n          description: 'TO BE WRITTEN: mood'\n";

#[test]
fn comments_everywhere_stay_where_they_are() {
    let comment = |text: String| {
        let mut is_block = None;
        let lines = text.lines().map(|line| {
            let indent = line.len() - line.trim_start().len();
            if is_block.is_some_and(|block| line.trim().is_empty() || indent > block) {
                return format!("{line}\n");
            }
            is_block = line.ends_with("|-").then_some(indent);
            format!("{}# above\n{line} # behind\n", " ".repeat(indent))
        });
        lines.collect::<String>()
    };
    let (before, after) = fixed_text("comments", comment);
    let added = |line: &&str| {
        let is_schema = !line.is_empty() && ADDED.contains(&format!("{line}\n"));
        is_schema || line.trim() == "mood: null"
    };
    let count = |text: &str, part: &str| text.matches(part).count();
    assert_eq!(count(&after, "# above"), count(&before, "# above"));
    assert_eq!(after.lines().filter(|line| !added(line)).collect::<Vec<_>>(), before.lines().collect::<Vec<_>>());
    assert!(after.contains(ADDED), "the property is one block");
}

#[test]
fn line_ends_of_windows_and_the_end_without_a_newline_stay() {
    let (before, after) = fixed_text("crlf", |text| text.replace('\n', "\r\n"));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    let rest = after.replace(&ADDED.replace('\n', "\r\n"), "").replace("                    mood: null\r\n", "");
    assert_eq!(rest, before);
    // The schema of the user is the last thing of the file.
    let last = |text: String| {
        let (start, end) = (
            text.find("    conversations.v1.user:").expect("it is there"),
            text.find("    user_enum_webhook").expect("it is there"),
        );
        format!("{}{}{}", &text[..start], &text[end..], text[start..end].trim_end())
    };
    let (before, after) = fixed_text("no-newline", last);
    assert!(!before.ends_with('\n'));
    assert!(after.ends_with(&format!("\n{}", ADDED.trim_end())), "{after}");
}

/// All of the specification in a folder.
fn whole(test: &str) -> PathBuf {
    let spec = folder(test).join("spec");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    for (name, text) in files(&own).into_iter().filter(|(name, _)| name.ends_with(".yaml")) {
        write(spec.join(name), &text);
    }
    spec
}

fn generate(spec: &Path) -> Result<BTreeMap<String, BTreeMap<String, String>>, codegen::Error> {
    codegen::generate(&Sources(files(spec)))
}

#[test]
fn a_release_is_fixed_and_then_described_and_generated() {
    let spec = whole("fix-release");
    let before = files(&spec);
    let mut document = documented(&[]);
    for user in [USER, "/components/schemas/conversations.v1.service.service_user"] {
        let properties = at(&mut document, &format!("{user}/properties"));
        properties["mood"] = json!({ "type": "string", "nullable": true, "description": "The vendor's words." });
        properties["seen"] = json!({ "type": "string", "format": "date-time" });
        properties["is_online"]["nullable"] = json!(false);
    }
    for scope in ["/v1", "/v1/Services/{ChatServiceSid}"] {
        let parameter = json!({ "name": "Mood", "in": "query", "schema": { "type": "string" } });
        let list = &mut document["paths"][format!("{scope}/Conversations")]["get"]["parameters"];
        list.as_array_mut().expect("a list").push(parameter);
        let create = &mut document["paths"][format!("{scope}/Users")]["post"];
        let body = create.pointer_mut("/requestBody/content/application~1x-www-form-urlencoded/schema");
        body.expect("a body")["properties"]["Mood"] = json!({ "type": "string", "maxLength": 20 });
    }
    // The schemas of one name have the same values.
    let states = document["components"]["schemas"].as_object_mut().expect("schemas").values_mut();
    let states = states.filter_map(|schema| schema.get_mut("enum")?.as_array_mut());
    let states: Vec<_> = states.filter(|values| values.contains(&json!("initializing"))).collect();
    let enums = states.len();
    states.into_iter().for_each(|values| values.push(json!("archived")));
    let vendor = write(spec.with_file_name("vendor.json"), &document.to_string());
    let run = fix(&spec, std::slice::from_ref(&vendor));
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{}", run.out);
    let verdict = format!("{} fixed, 0 to do by hand, 8 descriptions to be written", 10 + enums);
    assert!(enums > 1 && run.out.lines().last() == Some(&verdict), "{}", run.out);
    let changed = files(&spec).into_iter().filter(|(name, text)| before[name] != *text).count();
    assert_eq!(changed, 2 + enums, "the users' fragments and those of the enums");

    let agrees = drift(Some(&spec), std::slice::from_ref(&vendor));
    assert_eq!((agrees.code, agrees.err.as_str()), (Some(0), ""), "{}", agrees.out);

    let refused = generate(&spec).expect_err("a description is to be written").to_string();
    assert!(refused.contains("to be written") && refused.contains("TO BE WRITTEN"), "{refused}");
    for (name, text) in files(&spec) {
        let described = text.lines().map(|line| match line.split_once("'TO BE WRITTEN: ") {
            Some((start, name)) => format!("{start}The {} of the item.\n", name.trim_end_matches('\'')),
            None => format!("{line}\n"),
        });
        write(spec.join(name), &described.collect::<String>());
    }
    generate(&spec).expect("all is described");
    let done = fix(&spec, &[vendor]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "0 fixed, 0 to do by hand\n"));
}

#[test]
fn an_edit_that_the_generator_refuses_is_named() {
    let spec = whole("fix-refused");
    let mut document = documented(&[]);
    let parameter = json!({ "name": "Mood", "in": "query", "schema": { "type": "string" } });
    at(&mut document, "/paths/~1v1~1Users/get/parameters").as_array_mut().expect("a list").push(parameter);
    let vendor = write(spec.with_file_name("vendor.json"), &document.to_string());
    let run = fix(&spec, &[vendor]);
    assert_eq!(run.code, Some(1));
    let refused = run.out.lines().find(|line| line.ends_with(" (regen refuses it)"));
    assert!(
        refused.is_some_and(|line| line.starts_with("not fixed: spec/v1/") && line.contains("Mood")),
        "{}",
        run.out
    );
    assert!(run.out.ends_with("1 fixed, 1 to do by hand, 1 description to be written\n"), "{}", run.out);
}

#[test]
fn without_the_option_nothing_is_written() {
    let vendor = with_property("fix-vendor-without", "mood");
    let spec = spec_of("fix-without", &["user.yaml"]);
    let before = files(&spec);
    assert_eq!(drift(Some(&spec), &[vendor]).code, Some(1));
    assert_eq!(files(&spec), before);
}

#[test]
fn a_read_only_file_leaves_all_files_as_they_were() {
    let spec = spec_of("fix-read-only", &["configuration.yaml", "user.yaml"]);
    let mut document = documented(&["configuration.yaml", "user.yaml"]);
    at(&mut document, CREATE)["properties"]["FriendlyName"]["maxLength"] = json!(9);
    at(&mut document, "/components/schemas/conversations.v1.configuration")["properties"]["mood"] =
        json!({ "type": "string" });
    let vendor = write(spec.with_file_name("vendor.json"), &document.to_string());
    let before = files(&spec);
    let file = spec.join("v1/user.yaml");
    let mut permissions = fs::metadata(&file).expect("the file is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions.clone()).expect("permissions can be set");
    let run = fix(&spec, std::slice::from_ref(&vendor));
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(
        run.err.starts_with("error: nothing is written: ") && run.err.contains("user.yaml: the file is read-only"),
        "{}",
        run.err
    );
    assert_eq!(files(&spec), before, "no file is changed or left over");

    #[expect(clippy::permissions_set_readonly_false, reason = "the file is the test's own")]
    permissions.set_readonly(false);
    fs::set_permissions(&file, permissions).expect("permissions can be set");
    assert!(fix(&spec, &[vendor]).out.contains("2 fixed, 0 to do by hand"));
}

#[test]
fn the_permissions_of_a_file_stay() {
    let vendor = with_property("fix-vendor-permissions", "mood");
    let spec = spec_of("fix-permissions", &["user.yaml"]);
    let before = fs::metadata(spec.join("v1/user.yaml")).expect("the file is there").permissions();
    assert!(fix(&spec, &[vendor]).out.contains("1 fixed"));
    assert_eq!(fs::metadata(spec.join("v1/user.yaml")).expect("the file is there").permissions(), before);
}

#[test]
fn a_malformed_fragment_is_named_and_nothing_is_written() {
    let vendor = with_property("fix-vendor-malformed", "mood");
    let spec = spec_of("fix-malformed", &["configuration.yaml", "user.yaml"]);
    write(spec.join("v1/configuration.yaml"), "paths: [\n");
    let before = files(&spec);
    let run = fix(&spec, &[vendor]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("spec/v1/configuration.yaml#: malformed YAML"), "{}", run.err);
    assert_eq!(files(&spec), before);
}

#[test]
fn documentation_that_cannot_be_read_does_not_stop_the_next_file() {
    let spec = spec_of("fix-unreadable", &["user.yaml"]);
    let vendor = with_property("fix-vendor-unreadable", "mood");
    let broken = write(spec.with_file_name("broken.json"), "{ \"openapi\": ");
    let run = fix(&spec, &[broken, spec.with_file_name("missing.json"), vendor]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.err.matches("error: ").count(), 2, "{}", run.err);
    assert!(
        run.err.contains("broken.json: not JSON") && run.err.contains("missing.json: cannot be read"),
        "{}",
        run.err
    );
    assert!(run.out.contains("\n1 fixed, 0 to do by hand, 1 description to be written\n"), "{}", run.out);
}

#[test]
fn the_same_documentation_twice_is_fixed_once() {
    let spec = spec_of("fix-twice", &["user.yaml"]);
    let vendor = with_property("fix-vendor-twice", "mood");
    let run = fix(&spec, &[vendor.clone(), vendor]);
    assert!(run.out.contains("\n1 fixed, 0 to do by hand, 1 description to be written\n"), "{}", run.out);
}

#[test]
fn names_of_properties_that_need_quotes_or_escapes_are_written() {
    for name in ["Messaging/Binding", "a~b", "on", "a: b", "200", "ä ö", "x'y", "\"z\""] {
        let vendor = with_property("fix-vendor-names", name);
        let spec = spec_of("fix-names", &["user.yaml"]);
        let run = fix(&spec, std::slice::from_ref(&vendor));
        assert!(run.out.contains("\n1 fixed, 0 to do by hand, 1 description"), "{name}: {}{}", run.out, run.err);
        assert_eq!(drift(Some(&spec), &[vendor]).code, Some(0), "{name}");
    }
}
