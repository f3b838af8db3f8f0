//! The programs in `tests/ui/`: calls that cannot be right, each with the compiler's errors in a file beside it.
//!
//! `cargo xtask bless` compiles the programs and writes those files, and `cargo xtask bless --check`, a test of `xtask`,
//! compares them.

use std::{collections::BTreeMap, fs, path::Path};

/// The files of `tests/ui/` by name.
fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// A program of right calls shows that the others fail for their calls alone.
#[test]
fn a_right_program_compiles_and_every_other_has_its_errors() {
    let files = files();
    let programs: Vec<_> = files.keys().filter_map(|name| name.strip_suffix(".rs")).collect();
    let failing: Vec<_> = files.keys().filter_map(|name| name.strip_suffix(".stderr")).collect();
    let right: Vec<_> = programs.iter().filter(|name| !failing.contains(name)).collect();
    assert_eq!(right, [&"sid_of_the_right_kind"]);
    assert!(!failing.is_empty(), "no program has errors");
    for name in failing {
        assert!(programs.contains(&name), "{name}.stderr is of no program");
    }
}

#[test]
fn each_wrong_call_is_an_error_that_names_the_sid_s_type() {
    let files = files();
    let (program, errors) = (&files["sid_of_the_wrong_kind.rs"], &files["sid_of_the_wrong_kind.stderr"]);
    let calls = program.lines().filter(|line| line.contains(".await")).count();
    assert_eq!(errors.lines().count(), calls, "{errors}");
    for line in errors.lines() {
        assert!(line.contains("ServiceSid"), "{line}");
    }
}
