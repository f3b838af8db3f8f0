//! Edits of awkward texts.

use serde_json::{Value, json};

use super::{Edit, Lists, Places, Text};

fn replace(pointer: &str, value: Value) -> Edit {
    Edit::Replace { pointer: pointer.to_owned(), value, lists: Lists::Flow }
}

fn insert(pointer: &str, key: &str, value: Value, before: &[&str]) -> Edit {
    let before = before.iter().map(|&key| key.to_owned()).collect();
    Edit::Insert { pointer: pointer.to_owned(), key: key.to_owned(), value, before, lists: Lists::Flow }
}

fn append(pointer: &str, value: Value) -> Edit {
    Edit::Append { pointer: pointer.to_owned(), value, lists: Lists::Flow }
}

fn remove(pointer: &str) -> Edit {
    Edit::Remove { pointer: pointer.to_owned() }
}

/// Makes an edit, and compares the text with what is wanted.
#[track_caller]
fn expect(before: &str, edit: &Edit, wanted: &str) {
    let mut text = Text::new(before.to_owned()).expect("the text is YAML");
    match text.apply(edit) {
        Ok(()) => assert_eq!(text.as_str(), wanted, "{edit:?}"),
        Err(problem) => panic!("{edit:?} of\n{before}: {problem}"),
    }
}

/// Makes an edit that is refused, and looks for a reason in the message.
#[track_caller]
fn expect_error(before: &str, edit: &Edit, reason: &str) {
    let mut text = Text::new(before.to_owned()).expect("the text is YAML");
    let problem = text.apply(edit).expect_err("the edit is refused");
    assert!(problem.contains(reason), "{problem:?} does not say {reason:?}");
    assert_eq!(text.as_str(), before, "a refused edit changes nothing");
}

#[test]
fn a_replaced_scalar_keeps_the_comment_behind_it() {
    expect("a: 1 # one\nb: 2\n", &replace("/a", json!(10)), "a: 10 # one\nb: 2\n");
    expect("a: 1\t# a\ttab\n", &replace("/a", json!(2)), "a: 2\t# a\ttab\n");
}

#[test]
fn a_replaced_string_keeps_its_quotes() {
    expect("a: 'x'\n", &replace("/a", json!("it's")), "a: 'it''s'\n");
    expect("a: \"x\"\n", &replace("/a", json!("y\n")), "a: \"y\\n\"\n");
    expect("a: x\n", &replace("/a", json!("^RL[0-9a-fA-F]{32}$")), "a: ^RL[0-9a-fA-F]{32}$\n");
    expect("a: 'x'\n", &replace("/a", json!(7)), "a: 7\n");
}

#[test]
fn a_string_gets_quotes_where_it_would_be_read_as_something_else() {
    for text in [
        "true",
        "No",
        "null",
        "~",
        "",
        "1",
        "1.5",
        "-7",
        "1e3",
        "0x1F",
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "!a",
        "@a",
        "`a`",
        "%a",
        "? a",
        "'a'",
        "\"a\"",
        " a",
        "a ",
        "{a}",
        "[a]",
        "|",
        ">-",
        "a:",
        ":",
        "#",
    ] {
        let mut edited = Text::new("a: x\n".to_owned()).expect("the text is YAML");
        edited.apply(&replace("/a", json!(text))).expect("any string can be written");
        assert_eq!(edited.value(), &json!({ "a": text }));
        assert!(edited.as_str().starts_with("a: '"), "{}", edited.as_str());
    }
}

#[test]
fn a_string_with_control_characters_is_written_with_escapes() {
    for text in ["a\nb", "\u{0}", "\t", "\u{2028}", "\u{feff}", "\u{85}", "\u{7f}"] {
        let mut edited = Text::new("a: x\n".to_owned()).expect("the text is YAML");
        edited.apply(&replace("/a", json!(text))).expect("any string can be written");
        assert_eq!(edited.value(), &json!({ "a": text }));
    }
}

#[test]
fn a_block_scalar_is_replaced_whole() {
    expect("a: |-\n  one\n  two\n\nb: 2\n", &replace("/a", json!("x")), "a: x\n\nb: 2\n");
    expect("a:\n  - b: >\n      one\n\n      two\n  - c\n", &replace("/a/0/b", json!("x")), "a:\n  - b: x\n  - c\n");
    expect("a: |\n  one", &replace("/a", json!("x")), "a: x");
}

#[test]
fn a_value_that_was_left_out_is_filled_in() {
    expect("a:\nb: 2\n", &replace("/a", json!(1)), "a: 1\nb: 2\n");
    expect("a: # later\nb: 2\n", &replace("/a", json!(1)), "a: 1 # later\nb: 2\n");
    expect("a:", &replace("/a", json!([1])), "a: [1]");
    expect("b:\n  a:\n", &insert("/b", "c", json!(1), &["a"]), "b:\n  c: 1\n  a:\n");
    expect("b:\n  a:\n", &insert("/b", "c", json!(1), &[]), "b:\n  a:\n  c: 1\n");
}

#[test]
fn a_collection_and_a_scalar_can_take_the_place_of_each_other() {
    expect("a:\n  b: 1\n  c: 2\nd: 3\n", &replace("/a", json!(true)), "a: true\nd: 3\n");
    expect("a: [x, y] # list\nd: 3\n", &replace("/a", json!("x")), "a: x # list\nd: 3\n");
    expect("a: 1\nd: 3\n", &replace("/a", json!({ "b": { "c": [] } })), "a:\n  b:\n    c: []\nd: 3\n");
    expect("a: {}\n", &insert("/a", "b", json!({ "c": 1 }), &[]), "a:\n  b:\n    c: 1\n");
}

#[test]
fn a_new_key_stands_before_the_first_of_its_successors_that_is_there() {
    let before = "p:\n  type: string # kind\n  # why\n  description: |-\n    Two\n\n    paragraphs.\n";
    expect(
        before,
        &insert("/p", "nullable", json!(true), &["default", "description"]),
        "p:\n  type: string # kind\n  nullable: true\n  # why\n  description: |-\n    Two\n\n    paragraphs.\n",
    );
    expect(
        before,
        &insert("/p", "x-links", json!({ "a": "/b" }), &[]),
        "p:\n  type: string # kind\n  # why\n  description: |-\n    Two\n\n    paragraphs.\n  x-links:\n    a: /b\n",
    );
}

#[test]
fn a_key_before_the_first_one_keeps_the_dash_in_front() {
    expect("- b: 1\n  c: 2\n", &insert("/0", "a", json!(0), &["b"]), "- a: 0\n  b: 1\n  c: 2\n");
    expect("- &x\n  b: 1\n- *x\n", &insert("/1", "a", json!(0), &["b"]), "- &x\n  a: 0\n  b: 1\n- *x\n");
}

#[test]
fn the_last_property_of_a_file_has_a_successor_with_and_without_a_newline_at_the_end() {
    expect("a:\n  b: 1", &insert("/a", "c", json!({ "d": "e" }), &[]), "a:\n  b: 1\n  c:\n    d: e");
    expect("a:\n  b: 1\n", &insert("/a", "c", json!([]), &[]), "a:\n  b: 1\n  c: []\n");
    expect("a:\n  b: 1\n\n# end\n", &insert("/a", "c", json!(2), &[]), "a:\n  b: 1\n  c: 2\n\n# end\n");
    expect("a:\n  - b # c", &append("/a", json!("d")), "a:\n  - b # c\n  - d");
}

#[test]
fn line_ends_of_windows_stay_and_new_lines_have_them() {
    expect(
        "a:\r\n  b: |-\r\n    x\r\n  c: 1 # c\r\nd: 2\r\n",
        &insert("/a", "e", json!({ "f": [1] }), &["c"]),
        "a:\r\n  b: |-\r\n    x\r\n  e:\r\n    f: [1]\r\n  c: 1 # c\r\nd: 2\r\n",
    );
    expect("a: 1\r\nb: 2\r\n", &remove("/a"), "b: 2\r\n");
    expect("a:\r\n- b\r\nc: 2\r\n", &append("/a", json!("d")), "a:\r\n- b\r\n- d\r\nc: 2\r\n");
}

#[test]
fn keys_are_found_as_json_pointers_write_them_and_as_yaml_quotes_them() {
    let before = "/v1/A/{Sid}:\n  '200': { a: 1 }\n  a~b: 2\n  \"q\\\"\": 3\n";
    expect(before, &replace("/~1v1~1A~1{Sid}/200/a", json!(9)), &before.replace("a: 1", "a: 9"));
    expect(before, &replace("/~1v1~1A~1{Sid}/a~0b", json!(9)), &before.replace("b: 2", "b: 9"));
    expect(before, &replace("/~1v1~1A~1{Sid}/q\"", json!(9)), &before.replace(": 3", ": 9"));
    expect("a: 1\n", &insert("", "200", json!(1), &[]), "a: 1\n'200': 1\n");
    expect("a: 1\n", &insert("", "x/y: z", json!(1), &[]), "a: 1\n'x/y: z': 1\n");
    expect("200: 1\n", &replace("/200", json!(2)), "200: 2\n");
}

#[test]
fn an_edit_behind_an_alias_is_made_once_at_the_anchor() {
    let before =
        "first:\n  value: &user # the user\n    sid: US1\n    name: A\nlist:\n  - *user\nthird: { value: *user }\n";
    let wanted = before.replace("    name: A\n", "    name: A\n    topic: null\n");
    for pointer in ["/first/value", "/list/0", "/third/value"] {
        expect(before, &insert(pointer, "topic", Value::Null, &[]), &wanted);
    }
    expect(before, &replace("/list/0/name", json!("B")), &before.replace("name: A", "name: B"));
    expect(before, &remove("/third/value/name"), &before.replace("    name: A\n", ""));
    let text = Text::new(wanted).expect("the text is YAML");
    assert_eq!(text.aliases_of("/list/0/topic"), ["/first/value/topic", "/list/0/topic", "/third/value/topic"]);
}

#[test]
fn an_alias_is_removed_without_its_anchor_and_an_anchor_in_use_stays() {
    let before = "p:\n  - &sid\n    name: Sid\n  - other\nq:\n  - *sid\n  - other\n";
    expect(before, &remove("/q/0"), &before.replace("  - *sid\n", ""));
    expect_error(before, &remove("/p/0"), "would not be read any more");
    expect_error(before, &replace("/q/0", json!(1)), "an anchor, alias or tag");
}

#[test]
fn an_anchor_in_front_of_a_scalar_stays() {
    expect("a: &x 1\nb: *x\n", &replace("/b", json!(2)), "a: &x 2\nb: *x\n");
    expect("a: &x [1]\nb: *x\n", &append("/b", json!(2)), "a: &x [1, 2]\nb: *x\n");
}

#[test]
fn a_list_in_brackets_grows_and_shrinks_in_its_line() {
    expect("a: [x, 'y'] # c\n", &append("/a", json!("z, z")), "a: [x, 'y', 'z, z'] # c\n");
    expect("a: [x, y,]\n", &append("/a", json!("z")), "a: [x, y, z]\n");
    expect("a: []\n", &append("/a", json!("z")), "a: [z]\n");
    expect("a: [] # c\n", &append("/a", json!({ "b": 1 })), "a:\n  - b: 1 # c\n");
    expect("a: [[]]\n", &append("/a/0", json!("z")), "a: [[z]]\n");
    expect("a: [\n  x, # first\n  y # last\n]\n", &append("/a", json!("z")), "a: [\n  x, # first\n  y, z # last\n]\n");
    expect("a: [x, y, z]\n", &remove("/a/1"), "a: [x, z]\n");
    expect("a: [x, y, z]\n", &remove("/a/2"), "a: [x, y]\n");
    expect("a: { x: 1, y: 2 }\n", &remove("/a/y"), "a: { x: 1 }\n");
    expect("a: { x: 1 }\n", &insert("/a", "y", json!([1]), &["x"]), "a: { y: [1], x: 1 }\n");
    expect("a: { x: 1 }\n", &insert("/a", "y", json!({ "z": null }), &[]), "a: { x: 1, y: { z: null } }\n");
}

#[test]
fn a_list_in_brackets_that_becomes_too_long_gets_a_line_for_each_item() {
    let (long, longer) = ("a".repeat(50), "b".repeat(50));
    let line = format!("  enum: &e [{long}, '{longer}']");
    assert_eq!(line.len(), 117);
    let before = format!("p:\n{line}\nq: *e\n");
    expect(&before, &append("/q", json!("c")), &before.replace("']", "', c]"));
    let wanted = format!("p:\n  enum: &e\n    - {long}\n    - '{longer}'\n    - cc\nq: *e\n");
    expect(&before, &append("/q", json!("cc")), &wanted);
    let commented = before.replace("']", "'] # c");
    expect(&commented, &append("/q", json!("c")), &wanted.replace("- cc", "- c # c"));
    // One in other brackets stays in its line.
    let before = format!("p: {{ e: [{long}, '{longer}'] }}\n");
    expect(&before, &append("/p/e", json!("ccccc")), &before.replace("']", "', ccccc]"));
}

#[test]
fn a_list_of_lines_grows_and_shrinks_by_lines() {
    expect("a:\n- x\n- y # why\nb: 1\n", &append("/a", json!("z")), "a:\n- x\n- y # why\n- z\nb: 1\n");
    expect(
        "a:\n  - x\n  - y\n",
        &append("/a", json!({ "b": 1, "c": [2] })),
        "a:\n  - x\n  - y\n  - b: 1\n    c: [2]\n",
    );
    expect(
        "a:\n  - x\n  - |-\n    y\n\n    z\nb: 1\n",
        &append("/a", json!(1)),
        "a:\n  - x\n  - |-\n    y\n\n    z\n  - 1\nb: 1\n",
    );
    expect("a:\n  - x\n  - y: 1\n    z: 2\n  - w\n", &remove("/a/1"), "a:\n  - x\n  - w\n");
    expect("- - x\n  - y\n", &append("/0", json!("z")), "- - x\n  - y\n  - z\n");
}

#[test]
fn a_removed_member_takes_its_lines_and_no_others() {
    expect("a:\n  b: 1\n  c: |-\n    x\n    # not a comment\n\n  d: 2\n", &remove("/a/c"), "a:\n  b: 1\n\n  d: 2\n");
    expect("- b: 1\n  c: 2\n", &remove("/0/b"), "- c: 2\n");
    expect("a: 1\nb:\n  c: 1\n  d: 2", &remove("/b/d"), "a: 1\nb:\n  c: 1\n");
}

#[test]
fn what_a_comment_belongs_to_is_not_removed() {
    for before in ["a: 1\n# why\nb: 2\n", "a: 1\nb: 2 # why\n", "a: 1\nb:\n  # why\n  c: 2\n"] {
        expect_error(before, &remove("/b"), "a comment belongs to it");
    }
    expect_error("a: [1, # why\n  2]\n", &remove("/a/0"), "a comment belongs to it");
    expect_error("a:\n  b: 1 # why\n  c: 2\n", &replace("/a", json!(1)), "a comment is in it");
}

#[test]
fn an_edit_that_makes_no_sense_is_refused() {
    let before = "a:\n  b: [1]\n  c: text\n";
    expect_error(before, &replace("/a/x", json!(1)), "nothing stands at /a/x");
    expect_error(before, &replace("a", json!(1)), "nothing stands at a");
    expect_error(before, &replace("/a/b/1", json!(1)), "nothing stands at /a/b/1");
    expect_error(before, &replace("/a/c/0", json!(1)), "nothing stands at /a/c/0");
    expect_error(before, &insert("/a/c", "d", json!(1), &[]), "expected a mapping");
    expect_error(before, &insert("/a", "c", json!(1), &[]), "there is a member c already");
    expect_error(before, &append("/a/c", json!(1)), "expected a list");
    expect_error(before, &remove("/a/b/0"), "the only one");
    expect_error(before, &remove("/a"), "the only one");
    expect_error(before, &remove(""), "the whole document");
    expect_error("a: |+\n  x\n\nb: 1\n", &replace("/a", json!("y")), "newlines");
    expect_error("a: !t x\nb: 1\n", &replace("/a", json!([1])), "tag");
    expect_error("- 1\n- 2\n", &replace("/0", json!([1, 2])), "an item of a list");
}

#[test]
fn what_is_not_one_document_cannot_be_edited() {
    for text in ["a: [", "a: 1\na: 2\n", "a: *x\n", "a: 1\n---\nb: 2\n"] {
        assert!(Text::new(text.to_owned()).is_err(), "{text:?}");
    }
}

/// Every pointer into a value that leads to an object.
fn mappings(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let mut step = |name: &str, value| mappings(value, &format!("{pointer}/{}", codegen::token(name)), found);
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| step(name, value));
            found.push(pointer.to_owned());
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| step(&i.to_string(), value)),
        _ => {}
    }
}

#[test]
fn every_mapping_of_a_fragment_takes_a_new_member_on_one_new_line() {
    for name in ["v1/user.yaml", "events/participant.yaml"] {
        let text = std::fs::read_to_string(crate::files::root().join("spec").join(name)).expect("the file is there");
        let text = Text::new(text).expect("the file is YAML");
        let mut pointers = Vec::new();
        mappings(text.value(), "", &mut pointers);
        assert!(pointers.len() > 20, "{name} has only {} mappings", pointers.len());
        for pointer in pointers {
            let mut edited = text.clone();
            edited
                .apply(&insert(&pointer, "zz", json!("new"), &[]))
                .unwrap_or_else(|error| panic!("{pointer}: {error}"));
            let added: Vec<&str> = edited.as_str().lines().filter(|line| line.trim() == "zz: new").collect();
            assert_eq!(added.len(), 1, "{pointer}");
            let rest: String =
                edited.as_str().lines().filter(|line| !added.contains(line)).map(|l| format!("{l}\n")).collect();
            assert_eq!(rest, text.as_str(), "{pointer}");
        }
    }
}

const ALIASES: &str = "\
get:
  - &sid # the item
    name: Sid
    schema: &schema { type: string }
  - name: x/y
    'a/b': *schema
post: [*sid, { list: [1, *schema] }]
";

#[test]
fn a_pointer_behind_an_alias_leads_to_the_anchor() {
    let places = Places::of(ALIASES);
    for (pointer, expected) in [
        ("/post/0/name", "/get/0/name"),
        ("/post/0/schema/type", "/get/0/schema/type"),
        ("/post/1/list/1/type", "/get/0/schema/type"),
        ("/get/1/a~1b", "/get/0/schema"),
        ("/post/0", "/get/0"),
        ("/get/0/name", "/get/0/name"),
        ("/post/1/list/0", "/post/1/list/0"),
        ("/post", "/post"),
        ("", ""),
    ] {
        assert_eq!(places.written(pointer).as_deref(), Some(expected));
    }
    assert_eq!(places.written("/post/2"), None);
}

#[test]
fn an_alias_in_front_of_a_colon_is_a_key_and_its_value_is_written_behind_it() {
    let places = Places::of("a: &key name\n*key : &value { b: 1 }\nc: *value\n");
    assert_eq!(places.written("/c/b").as_deref(), Some("/name/b"));
}

#[test]
fn a_text_that_ends_in_the_middle_of_a_list_has_no_places() {
    assert_eq!(Places::of("a: &a [1]\nb: *a\nc: [").written("/b/0"), None);
}
