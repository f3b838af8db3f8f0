//! What the compiler says of calls that cannot be right: `tests/ui/*.rs`, each with its errors in a file beside it.
//!
//! `BLESS=1 cargo test -p twilio-conversations-client messages` writes those files anew. The programs are checked in a
//! package of their own, which needs nothing but this crate without its features. (The usual tool, `trybuild`, would
//! build everything that the tests need once more, the generator's engines included.)

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The programs by name.
fn programs() -> BTreeMap<String, PathBuf> {
    let paths = fs::read_dir(own("tests/ui")).unwrap().map(|entry| entry.unwrap().path());
    let programs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    programs.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path)).collect()
}

/// The compiler's errors, a line for each, by the name of the program.
fn errors() -> BTreeMap<String, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let bin = place.join("src/bin");
    _ = fs::remove_dir_all(&bin);
    fs::create_dir_all(&bin).unwrap();
    let mut errors = BTreeMap::new();
    for (name, path) in programs() {
        fs::copy(path, bin.join(format!("{name}.rs"))).unwrap();
        errors.insert(name, String::new());
    }
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"ui\"\nedition = \"2024\"\n\n[dependencies]\n\
         twilio-conversations-client = {{ path = {:?}, default-features = false }}\n",
        env!("CARGO_MANIFEST_DIR")
    );
    fs::write(place.join("Cargo.toml"), manifest).unwrap();
    // The versions are those of the workspace, so nothing is fetched that is not there already.
    _ = fs::copy(own("../../Cargo.lock"), place.join("Cargo.lock"));
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--bins", "--keep-going", "--offline", "--quiet", "--message-format", "short"])
        .current_dir(&place)
        .env("CARGO_TARGET_DIR", place.join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).replace('\\', "/");
    assert!(said.contains("src/bin/"), "no program was checked: {said}");
    for line in said.lines().filter(|line| line.contains(": error")) {
        let (file, error) = line.split_once(".rs:").unwrap_or_else(|| panic!("{line}\n{said}"));
        let program = errors.get_mut(file.trim_start_matches("src/bin/"));
        program.unwrap_or_else(|| panic!("{line}\n{said}")).push_str(&format!("{error}\n"));
    }
    errors
}

#[test]
fn what_cannot_be_right_does_not_compile_and_says_why() {
    for (name, errors) in errors() {
        let file = own("tests/ui").join(format!("{name}.stderr"));
        if env::var_os("BLESS").is_some() && !errors.is_empty() {
            fs::write(&file, &errors).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        assert_eq!(errors, expected, "{name}.rs; BLESS=1 writes {name}.stderr anew");
    }
}

#[test]
fn what_is_right_is_among_the_programs() {
    let names: Vec<_> = programs().into_keys().collect();
    assert_eq!(names, ["sid_of_the_right_kind", "sid_of_the_wrong_kind"]);
    assert!(!own("tests/ui/sid_of_the_right_kind.stderr").exists());
    assert!(own("tests/ui/sid_of_the_wrong_kind.stderr").exists());
}
