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

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(path, text).unwrap().len()
    }

    #[test]
    fn sql_outside_of_the_store_is_found_in_any_string() {
        for code in [
            "const A: &str = \"SELECT 1\";",
            "fn f() { db.execute(\"INSERT INTO a VALUES (1)\"); }",
            "fn f() { format!(\"UPDATE {table} SET a = 1\"); }",
            "const A: &str = r#\"\n  DELETE FROM a\"#;",
            "#[sql(\"SELECT a FROM b\")] struct A;",
        ] {
            assert_eq!(count("crates/emulator/src/control/a.rs", code), 1, "{code}");
        }
        let problem = check("crates/emulator/src/a.rs", "const A: &str = \"SELECT 1\";").unwrap();
        let expected = "crates/emulator/src/a.rs: \"SELECT 1\" is SQL, which stands in crates/emulator/src/store/ only";
        assert_eq!(problem, [expected]);
    }

    #[test]
    fn the_store_other_crates_tests_and_comments_may_have_sql() {
        let code = "const A: &str = \"SELECT 1\";";
        for path in ["crates/emulator/src/store/a.rs", "crates/emulator/src/store/a/b.rs", "crates/cli/src/a.rs"] {
            assert_eq!(count(path, code), 0, "{path}");
        }
        for code in [
            "/// `SELECT 1`\nfn f() {} // DELETE FROM a",
            "#[cfg(test)] mod tests { const A: &str = \"SELECT 1\"; }",
            "const A: &str = \"select one, and UPDATE_ALL\";",
        ] {
            assert_eq!(count("crates/emulator/src/a.rs", code), 0, "{code}");
        }
    }

    #[test]
    fn a_file_that_is_not_rust_is_an_error() {
        let error = check("crates/emulator/src/a.rs", "fn ( \"SELECT 1\"").unwrap_err();
        assert!(error.starts_with("crates/emulator/src/a.rs: reading the file as Rust"), "{error}");
    }
}
