//! The compiler's errors about calls that cannot be right: `crates/client/tests/ui/*.rs`, each with a `.stderr` beside it.
//!
//! The programs are checked in a package of their own below `target/`, which needs nothing but the client without its
//! features. The usual tool, `trybuild`, would build everything that the tests need once more, the generator's engines
//! included.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::files;

/// Folder of the programs and their messages.
pub(crate) const UI: &str = "crates/client/tests/ui";

/// Result of a run of the compiler.
pub(crate) enum Checked {
    /// The `.stderr` files: one for each program with errors.
    Files(BTreeMap<String, String>),
    /// The client, or a crate below it, does not compile: the first error.
    ClientFails(String),
}

/// Compiles the programs.
///
/// # Errors
///
/// A file that cannot be read or written, and a cargo that cannot be started.
pub(crate) fn check(root: &Path) -> Result<Checked, Box<dyn Error>> {
    let mut programs = files::read_folder(&root.join(UI))?;
    programs.retain(|name, _| name.ends_with(".rs"));
    if programs.is_empty() {
        return Ok(Checked::Files(BTreeMap::new()));
    }
    let place = root.join("target/bless/ui");
    write_package(root, &place, &programs)?;
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--bins", "--keep-going", "--offline", "--quiet", "--message-format", "json-diagnostic-short"])
        .current_dir(&place)
        .env("CARGO_TARGET_DIR", place.join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .map_err(|error| format!("running cargo check in {}: {error}", place.display()))?;
    let (messages, elsewhere) = sort(&String::from_utf8_lossy(&output.stdout));
    if let Some(error) = elsewhere {
        return Ok(Checked::ClientFails(error));
    }
    if messages.is_empty() && !output.status.success() {
        // Cargo itself failed, for example without a crate that it needs.
        let text = String::from_utf8_lossy(&output.stderr);
        let error =
            text.lines().find(|line| line.starts_with("error")).unwrap_or("cargo check failed without an error");
        return Ok(Checked::ClientFails(error.to_owned()));
    }
    Ok(Checked::Files(messages.into_iter().map(|(name, text)| (format!("{name}.stderr"), text)).collect()))
}

fn write_package(root: &Path, place: &Path, programs: &BTreeMap<String, String>) -> Result<(), Box<dyn Error>> {
    let bin = place.join("src/bin");
    if bin.exists() {
        // A program that is no more would be compiled all the same.
        fs::remove_dir_all(&bin).map_err(|error| files::named(&bin, &error))?;
    }
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"ui\"\nedition = \"2024\"\n\n[dependencies]\n\
         twilio-conversations-client = {{ path = {:?}, default-features = false }}\n",
        root.join("crates/client")
    );
    files::write(&place.join("Cargo.toml"), &manifest)?;
    // With the versions of the workspace, nothing is fetched that is not there already.
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        files::write(&place.join("Cargo.lock"), &fs::read_to_string(&lock).map_err(|e| files::named(&lock, &e))?)?;
    }
    for (name, text) in programs {
        files::write(&bin.join(name), text)?;
    }
    Ok(())
}

/// The errors of each program, a line for each, and the first error of another crate.
fn sort(messages: &str) -> (BTreeMap<String, String>, Option<String>) {
    let (mut programs, mut elsewhere) = (BTreeMap::<String, String>::new(), None);
    for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let rendered = message["message"]["rendered"].as_str().unwrap_or_default().replace('\\', "/");
        // An error without a place only counts those that came before.
        let has_place = message["message"]["spans"].as_array().is_some_and(|spans| !spans.is_empty());
        if message["message"]["level"] != "error" || !has_place {
            continue;
        }
        match program(&message) {
            Some(name) => {
                let file = format!("src/bin/{name}.rs:");
                let lines = rendered.lines().filter(|line| line.contains(": error"));
                let lines = lines.map(|line| format!("{}\n", line.strip_prefix(&file).unwrap_or(line)));
                programs.entry(name).or_default().extend(lines);
            }
            None => _ = elsewhere.get_or_insert_with(|| rendered.trim_end().to_owned()),
        }
    }
    (programs, elsewhere)
}

/// The program that a message is about.
fn program(message: &Value) -> Option<String> {
    let path = PathBuf::from(message["target"]["src_path"].as_str()?);
    let is_program = message["target"]["kind"][0] == "bin" && path.parent()?.ends_with("src/bin");
    is_program.then(|| path.file_stem().map(|name| name.to_string_lossy().into_owned()))?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(kind: &str, path: &str, rendered: &str) -> String {
        let spans = if rendered.contains(".rs:") { json!([{}]) } else { json!([]) };
        json!({
            "reason": "compiler-message",
            "target": { "kind": [kind], "src_path": path },
            "message": { "level": "error", "rendered": rendered, "spans": spans },
        })
        .to_string()
    }

    #[test]
    fn the_errors_of_a_program_lose_its_path_and_the_count_at_the_end() {
        let messages = [
            message("bin", "/x/src/bin/one.rs", "src/bin/one.rs:8:27: error[E0308]: mismatched types\n"),
            message("bin", "/x/src/bin/one.rs", "src/bin/one.rs:9:1: error: no\n"),
            message("bin", "/x/src/bin/one.rs", "error: aborting due to 2 previous errors\n"),
            message("bin", "/x/src/bin/two.rs", "src\\bin\\two.rs:1:1: error: no\n"),
        ];
        let (programs, elsewhere) = sort(&messages.join("\n"));
        assert_eq!(elsewhere, None);
        assert_eq!(programs["one"], "8:27: error[E0308]: mismatched types\n9:1: error: no\n");
        assert_eq!(programs["two"], "1:1: error: no\n");
    }

    #[test]
    fn an_error_of_another_crate_is_no_program_s() {
        let error = message("lib", "/x/client/src/lib.rs", "/x/client/src/lib.rs:1:1: error: expected item\n");
        let (programs, elsewhere) = sort(&format!("no json\n{error}\n{{}}\n"));
        assert_eq!((programs.len(), elsewhere.as_deref()), (0, Some("/x/client/src/lib.rs:1:1: error: expected item")));
    }
}
