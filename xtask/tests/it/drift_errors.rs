//! Files that cannot be compared: one line each that a person can act on.

use std::{fs, path::Path};

use crate::support::{agrees, drift, folder, page, write, xtask};

/// The one line that a file comes to.
fn problem(test: &str, name: &str, text: &str) -> String {
    let file = write(folder(test).join(name), text);
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    let (_, problem) = run.err.split_once(name).expect("the file is named");
    problem.trim_end().to_owned()
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let run = drift(None, &[Path::new("no/such/page.md").to_owned()]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.starts_with("error: no/such/page.md: cannot be read: "), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1);
}

#[test]
fn a_text_that_is_no_page_is_refused() {
    let expected = ": not a documentation page: no line has a method and URL, such as `GET https://…`, \
                    and no table has the columns Pre-Action and Post-Action";
    assert_eq!(problem("error-text", "notes.md", "# Notes\n\nNothing of the kind.\n"), expected);
    assert_eq!(problem("error-empty", "empty.md", ""), expected);
}

#[test]
fn a_file_larger_than_the_limit_is_refused() {
    let file = folder("error-size").join("page.md");
    let sparse = fs::File::create(&file).expect("a file can be made");
    sparse.set_len((32 << 20) + 1).expect("a file can be long");
    let run = drift(None, &[file]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.ends_with("page.md: larger than 32 MiB\n"), "{}", run.err);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let file = folder("error-bytes").join("page.md");
    fs::write(&file, [0xff, 0xfe, 0]).expect("a file can be written");
    let run = drift(None, &[file]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.ends_with("page.md: not a text: its bytes are not UTF-8\n"), "{}", run.err);
}

#[test]
fn a_block_of_a_page_that_is_not_json_is_named_by_its_line() {
    let (_, text) = page("user.md");
    let problem = problem("error-block", "user.md", &text.replacen("{\"type\":", "{\"type\"", 1));
    assert!(problem.starts_with(": line 8: the block that begins here is not JSON: expected `:`"), "{problem}");
}

#[test]
fn a_block_of_a_page_that_does_not_end_is_named_by_its_line() {
    let (_, text) = page("user.md");
    let end = text.rfind("```").expect("a fence");
    let problem = problem("error-fence", "user.md", &text[..end]);
    assert!(problem.ends_with(": the block that begins here does not end"), "{problem}");
}

#[test]
fn a_block_of_another_kind_than_its_heading_says_is_refused() {
    let (_, text) = page("user.md");
    for (from, to, expected) in [
        ("### Request body parameters", "### Path parameters", "expected a list of parameters"),
        ("### Path parameters", "### Request body parameters", "expected a request body with its schema"),
    ] {
        let problem = problem("error-kind", "user.md", &text.replacen(from, to, 1));
        assert!(problem.ends_with(expected), "{problem}");
    }
}

#[test]
fn a_second_block_of_properties_is_refused() {
    let (_, text) = page("user.md");
    let block: String = text.lines().skip(6).take(3).map(|line| format!("{line}\n")).collect();
    let problem = problem("error-second", "user.md", &format!("{block}\n{text}"));
    assert_eq!(problem, ": line 12: the page has a second block of properties");
}

#[test]
fn json_that_is_none_is_refused() {
    let broken = problem("error-json", "vendor.json", "{\"openapi\": ");
    assert!(broken.starts_with(": not JSON: EOF while parsing a value at line 1"), "{broken}");
    let broken = problem("error-json-name", "page.json", "# A page\n");
    assert!(broken.starts_with(": not JSON: expected value at line 1"), "{broken}");
}

#[test]
fn json_that_is_no_openapi_document_is_refused() {
    for (text, expected) in [
        ("{}", ": not an OpenAPI 3.0 document: it has no member \"openapi\""),
        ("[]", ": not an OpenAPI 3.0 document: it has no member \"openapi\""),
        (r#"{"swagger": "2.0", "paths": {}}"#, ": not an OpenAPI 3.0 document: it has no member \"openapi\""),
        (r#"{"openapi": "3.1.0", "paths": {}}"#, ": OpenAPI 3.1.0; expected version 3.0"),
        (r#"{"openapi": "3.0.1", "paths": []}"#, ": not an OpenAPI 3.0 document: it has no object \"paths\""),
    ] {
        assert_eq!(problem("error-openapi", "vendor.json", text), expected);
    }
}

#[test]
fn json_is_known_without_its_extension() {
    assert_eq!(
        problem("error-name", "vendor.txt", " {}"),
        ": not an OpenAPI 3.0 document: it has no member \"openapi\""
    );
}

#[test]
fn a_file_that_cannot_be_compared_does_not_keep_the_others_from_it() {
    let nonsense = write(folder("error-others").join("notes.md"), "# Notes\n");
    let run = drift(None, &[nonsense, page("user.md").0]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), &*agrees("user.md", "user.yaml")));
    assert_eq!(run.err.lines().count(), 1);
}

#[test]
fn a_specification_that_is_not_there_is_an_error() {
    let run = drift(Some(&folder("error-spec")), &[page("user.md").0]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), "error: spec/base.yaml#: the file is missing\n"));
}

#[test]
fn without_a_file_or_with_an_unknown_option_the_usage_is_told() {
    for (arguments, expected) in [
        (&["drift"][..], "error: no file to compare; usage: cargo xtask drift [--fix] [--spec DIR] FILE…\n"),
        (&["drift", "--spec"], "error: unknown option --spec; usage: cargo xtask drift [--fix] [--spec DIR] FILE…\n"),
        (
            &["drift", "--json", "a"],
            "error: unknown option --json; usage: cargo xtask drift [--fix] [--spec DIR] FILE…\n",
        ),
    ] {
        let run = xtask(arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(1), expected));
    }
}
