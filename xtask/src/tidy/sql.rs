//! The emulator's SQL stands in its store.

use super::code::Code;

/// What a string with SQL has.
const WORDS: [&str; 4] = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"];
const CHECKED: &str = "crates/emulator/src/";
const STORE: &str = "crates/emulator/src/store/";

/// A problem for each string with SQL in a file outside of the store. Strings of tests are left out.
///
/// # Errors
///
/// A text that is not Rust.
pub(super) fn check(path: &str, text: &str) -> Result<Vec<String>, String> {
    // Most files have no such word at all.
    if !path.starts_with(CHECKED) || path.starts_with(STORE) || !WORDS.iter().any(|word| text.contains(word)) {
        return Ok(Vec::new());
    }
    let code = Code::read(text).map_err(|error| format!("{path}: {error}"))?;
    let problems = code.strings.iter().filter(|string| WORDS.iter().any(|word| string.contains(word)));
    Ok(problems.map(|string| format!("{path}: {string:?} is SQL, which stands in {STORE} only")).collect())
}
