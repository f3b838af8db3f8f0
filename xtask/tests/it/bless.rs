//! `cargo xtask bless` on a small repository: one specification, one golden case, and a client of one function.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::support::{Run, folder, write, xtask};

const CALLS: &str = "crates/client/tests/it/operations/calls";
const TABLE: &str = "crates/types/tests/it/types.rs";
const UI: &str = "crates/client/tests/ui";
const EXPECTED: &str = "codegen/tests/golden/lamps/expected";
const MANIFEST: &str = "[package]\nname = \"twilio-conversations-client\"\nedition = \"2024\"\n\n[workspace]\n";
const LIB: &str = "pub fn take(_: u8) {}\n";
const UP_TO_DATE: &str = "the test data is up to date\n";

/// A repository whose specification is that of a golden case, with another case as its own golden one.
struct Repository(PathBuf);

impl Repository {
    fn new(test: &str) -> Self {
        let repository = Self(folder(test));
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/golden");
        let base = fs::read_to_string(golden.join("base.yaml")).unwrap();
        repository.write("spec/base.yaml", &base);
        repository.write("codegen/tests/golden/base.yaml", &base);
        copy(&golden.join("every_verb/spec"), &repository.0.join("spec"));
        copy(&golden.join("merged_enums/spec"), &repository.0.join("codegen/tests/golden/lamps/spec"));
        repository.write("crates/client/Cargo.toml", MANIFEST);
        repository.write("crates/client/src/lib.rs", LIB);
        repository.write(&format!("{UI}/right.rs"), "fn main() {\n    twilio_conversations_client::take(1);\n}\n");
        repository.write(&format!("{UI}/wrong.rs"), "fn main() {\n    twilio_conversations_client::take(\"\");\n}\n");
        repository.write("crates/types/tests/it/main.rs", "//! By hand.\n");
        repository
    }

    fn bless(&self, arguments: &[&str]) -> Run {
        let root = self.0.to_str().unwrap();
        xtask(["bless"].into_iter().chain(arguments.iter().copied()).chain(["--root", root]))
    }

    /// Runs the command, which must succeed, and returns the lines about files.
    fn blessed(&self) -> Vec<String> {
        let run = self.bless(&[]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out
            .lines()
            .filter(|line| line.starts_with("wrote") || line.starts_with("removed"))
            .map(str::to_owned)
            .collect()
    }

    fn write(&self, path: &str, text: &str) {
        write(self.0.join(path), text);
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// Every file that is not built.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        collect(&self.0, &mut files);
        files
    }
}

fn copy(from: &Path, to: &Path) {
    let mut files = BTreeMap::new();
    collect(from, &mut files);
    for (path, text) in files {
        write(to.join(path.strip_prefix(from).unwrap()), &text);
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !path.is_dir() {
            files.insert(path.clone(), fs::read_to_string(&path).unwrap());
        } else if !path.ends_with("target") {
            collect(&path, files);
        }
    }
}

#[test]
fn all_test_data_is_written_and_a_second_run_changes_nothing() {
    let repository = Repository::new("bless_all");
    let run = repository.bless(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    for path in
        [&format!("{CALLS}/rack.rs"), TABLE, &format!("{EXPECTED}/types/v1/lamp.rs"), &format!("{UI}/wrong.stderr")]
    {
        assert!(run.out.contains(&format!("wrote {path}\n")), "{path} in {}", run.out);
        assert!(repository.exists(path), "{path}");
    }
    let last = run.out.lines().last().unwrap();
    assert!(last.contains(" files changed; read the changes: git status, and git diff -- "), "{last}");
    assert!(last.contains(CALLS) && last.contains(UI) && last.contains(EXPECTED), "{last}");
    assert!(repository.read(&format!("{CALLS}/mod.rs")).contains("rack::CALLS"));
    assert!(repository.read(&format!("{CALLS}/rack.rs")).contains("operation: \"CreateRack\""));
    assert!(repository.read(TABLE).contains("\n    CreateRackRequest,\n"));

    let files = repository.files();
    let run = repository.bless(&[]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), UP_TO_DATE));
    assert!(repository.files() == files, "a file changed");
}

#[test]
fn a_stale_file_is_renewed_and_a_file_that_is_no_longer_made_is_removed() {
    let repository = Repository::new("bless_stale");
    repository.blessed();
    let (rack, lamp) = (format!("{CALLS}/rack.rs"), format!("{EXPECTED}/types/v1/lamp.rs"));
    let (calls, expected) = (repository.read(&rack), repository.read(&lamp));
    repository.write(&rack, &calls.replace("CreateRack", "CreateShelf"));
    repository.write(&lamp, "not Rust {{{");
    repository.write(TABLE, "");
    repository.write(&format!("{CALLS}/shelf.rs"), "of a resource that was removed\n");
    repository.write(&format!("{EXPECTED}/client/v1/shelf.rs"), "of a resource that was removed\n");
    let changed = repository.blessed();
    let wrote = |path: &str| format!("wrote {path}");
    let shelves = [format!("{CALLS}/shelf.rs"), format!("{EXPECTED}/client/v1/shelf.rs")];
    let [call, golden] = shelves.each_ref().map(|path| format!("removed {path}"));
    assert_eq!(changed, [wrote(&rack), call, wrote(TABLE), golden, wrote(&lamp)]);
    assert_eq!((repository.read(&rack), repository.read(&lamp)), (calls, expected));
    assert!(!shelves.iter().any(|path| repository.exists(path)));
    assert_eq!(repository.read("crates/types/tests/it/main.rs"), "//! By hand.\n");
}

#[test]
fn the_calls_of_an_operation_that_was_removed_go_with_it() {
    let repository = Repository::new("bless_removed_operation");
    repository.blessed();
    assert!(repository.exists(&format!("{CALLS}/rack_book.rs")));
    assert!(repository.read(TABLE).contains("ListRackBookResponse"));
    fs::remove_file(repository.0.join("spec/v1/rack_book.yaml")).unwrap();
    repository.write("spec/overlay.yaml", "overlay: 1.0.0\nactions: []\n");
    assert!(repository.blessed().contains(&format!("removed {CALLS}/rack_book.rs")));
    assert!(!repository.exists(&format!("{CALLS}/rack_book.rs")));
    assert!(!repository.read(&format!("{CALLS}/mod.rs")).contains("rack_book"));
    assert!(!repository.read(TABLE).contains("ListRackBookResponse"));
}

#[test]
fn the_expected_files_of_a_case_without_a_specification_are_removed() {
    let repository = Repository::new("bless_removed_case");
    repository.blessed();
    fs::remove_dir_all(repository.0.join("codegen/tests/golden/lamps/spec")).unwrap();
    let changed = repository.blessed();
    assert!(!changed.is_empty() && changed.iter().all(|line| line.starts_with("removed ")), "{changed:?}");
    assert!(!repository.exists(&format!("{EXPECTED}/types/v1/lamp.rs")));
}

#[test]
fn a_check_prints_what_differs_and_writes_nothing() {
    let repository = Repository::new("bless_check");
    let files = repository.files();
    assert_eq!(repository.bless(&["--check"]).code, Some(1));
    assert!(repository.files() == files, "a file changed");

    repository.blessed();
    let run = repository.bless(&["--check"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);

    let rack = format!("{CALLS}/rack.rs");
    let stale = repository.read(&rack).replace("CreateRack", "CreateShelf");
    repository.write(&rack, &stale);
    repository.write(&format!("{UI}/wrong.stderr"), "1:1: error: another\n");
    let run = repository.bless(&["--check"]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("-        operation: \"CreateShelf\""), "{}", run.out);
    assert!(run.out.contains("+        operation: \"CreateRack\""), "{}", run.out);
    assert!(run.out.contains("-1:1: error: another"), "{}", run.out);
    assert!(run.err.contains("2 files of test data out of date; run: cargo xtask bless\n"), "{}", run.err);
    assert_eq!(repository.read(&rack), stale);
}

#[test]
fn a_wrong_program_has_the_compiler_s_errors_and_a_corrected_one_none() {
    let repository = Repository::new("bless_messages");
    repository.blessed();
    let errors = repository.read(&format!("{UI}/wrong.stderr"));
    assert!(errors.starts_with("2:39: error[E0308]: mismatched types"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(!repository.exists(&format!("{UI}/right.stderr")));
    repository.write(&format!("{UI}/wrong.rs"), "fn main() {}\n");
    assert_eq!(repository.blessed(), [format!("removed {UI}/wrong.stderr")]);
}

#[test]
fn all_but_the_compiler_s_messages_are_written_while_the_client_does_not_compile() {
    let repository = Repository::new("bless_broken");
    repository.write("crates/client/src/lib.rs", "pub fn take(\n");
    repository.write(&format!("{UI}/wrong.stderr"), "of before\n");
    let run = repository.bless(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let line = format!("{UI}/*.stderr: not written, since crates/client does not compile: ");
    let line = run.err.lines().find_map(|found| found.strip_prefix(&line)).unwrap_or_else(|| panic!("{}", run.err));
    assert!(
        line.contains("src/lib.rs:1:") && line.contains("error: this file contains an unclosed delimiter"),
        "{line}"
    );
    assert!(repository.exists(&format!("{CALLS}/rack.rs")) && repository.exists(TABLE));
    assert_eq!(repository.read(&format!("{UI}/wrong.stderr")), "of before\n");

    // Stale messages may hide behind the error, so a check does not pass.
    let run = repository.bless(&["--check"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains("not compared, since crates/client does not compile"), "{}", run.err);
    repository.write("crates/client/src/lib.rs", LIB);
    assert_eq!(repository.blessed(), [format!("wrote {UI}/wrong.stderr")]);
}

#[test]
fn a_client_that_cargo_cannot_read_leaves_the_compiler_s_messages_out() {
    let repository = Repository::new("bless_no_manifest");
    repository.write("crates/client/Cargo.toml", "[package\n");
    let run = repository.bless(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("does not compile: error: "), "{}", run.err);
    assert!(repository.exists(TABLE) && !repository.exists(&format!("{UI}/wrong.stderr")));
}

#[test]
fn stale_generated_folders_are_noted() {
    let repository = Repository::new("bless_note");
    let run = repository.bless(&[]);
    for name in ["client", "emulator", "facade", "types"] {
        let note = format!("note: crates/{name}/src/generated is not what spec/ generates; run: cargo xtask regen\n");
        assert!(run.err.contains(&note), "{}", run.err);
    }
}

#[test]
fn nothing_is_written_for_a_specification_with_a_mistake() {
    let repository = Repository::new("bless_mistake");
    let rack = repository.read("spec/v1/rack.yaml");
    repository.write("spec/v1/rack.yaml", &rack.replacen("operationId: CreateRack", "operationId: PlaceRack", 1));
    let run = repository.bless(&[]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.starts_with("error: spec/v1/rack.yaml#/paths/~1v1~1Racks/post"), "{}", run.err);

    repository.write("spec/v1/rack.yaml", &rack);
    repository.write("codegen/tests/golden/lamps/spec/v1/lamp.yaml", "paths: [\n");
    let run = repository.bless(&[]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    let place = "error: generating a golden case: codegen/tests/golden/lamps/spec/v1/lamp.yaml#: malformed YAML";
    assert!(run.err.contains(place), "{}", run.err);

    repository.write("codegen/tests/golden/base.yaml", "openapi: [\n");
    let run = repository.bless(&[]);
    assert!(run.err.contains("a golden case: codegen/tests/golden/base.yaml#: malformed YAML"), "{}", run.err);
    assert!(!repository.exists(TABLE));
}

#[test]
fn an_unknown_argument_and_a_missing_folder_are_named() {
    for (arguments, expected) in [
        (&["--chek"][..], "unknown argument \"--chek\""),
        (&["--root"], "unknown argument \"--root\""),
        (&["--root", "no such folder"], "no such folder: "),
    ] {
        let run = xtask(["bless"].iter().chain(arguments));
        assert_ne!(run.code, Some(0), "{arguments:?}");
        assert!(run.err.contains(expected), "{}", run.err);
        assert_eq!(run.out, "");
    }
}

#[test]
fn the_test_data_of_the_repository_is_up_to_date() {
    let run = xtask(["bless", "--check"]);
    let first: Vec<_> = run.out.lines().take(20).collect();
    assert_eq!((run.code, first), (Some(0), Vec::new()), "{}", run.err);
}
