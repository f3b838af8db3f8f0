//! `cargo xtask links`: checks that links of documents into this repository and its documentation lead somewhere.
//!
//! Links to docs.rs are looked up in `target/doc`, which `cargo doc --workspace --no-deps --all-features` writes.

use std::{fs, io, path::Path, process::ExitCode, sync::LazyLock};

use regex::Regex;

use crate::{Outcome, files};

/// The addresses of a document: of Markdown's links, of definitions of links, and bare ones.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\]\(([^)\s]+)\)|(?m:^\[[^\]]+\]: (\S+)$)|<(https://[^>\s]+)>").expect("the pattern is well formed")
});

/// Prints every link that leads nowhere.
pub(crate) fn run() -> Outcome {
    let root = files::root();
    let place = Place { root: &root, repository: &repository(&root)? };
    let mut problems = Vec::new();
    let mut checked = 0;
    let texts = files::texts(&root)?;
    // Pages in tests are copies of the vendor's.
    for (path, text) in texts.iter().filter(|(path, _)| path.ends_with(".md") && !path.contains("/tests/")) {
        for (line, address) in addresses(text) {
            match place.problem(path, address)? {
                Checked::Good => checked += 1,
                Checked::Elsewhere => {}
                Checked::Bad(problem) => problems.push(format!("{path}: line {line}: {address} {problem}")),
            }
        }
    }
    for problem in &problems {
        println!("{problem}");
    }
    println!("{checked} links checked, {} problems", problems.len());
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The URL of the repository, as the manifest of the workspace has it.
fn repository(root: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let value = manifest.lines().find_map(|line| line.strip_prefix("repository = \"")?.strip_suffix('"'));
    Ok(value.ok_or("reading Cargo.toml: expected a line `repository = \"…\"`, found none")?.to_owned())
}

/// Each address with the number of its line. Code is not searched.
fn addresses(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        if !in_code {
            let captures = ADDRESS.captures_iter(line);
            let matches = captures.filter_map(|captures| captures.iter().skip(1).flatten().next());
            found.extend(matches.map(|address| (number + 1, address.as_str())));
        }
    }
    found
}

enum Checked {
    Good,
    /// Another site, or a path of Rust items, which rustdoc checks.
    Elsewhere,
    Bad(String),
}

struct Place<'a> {
    root: &'a Path,
    repository: &'a str,
}

impl Place<'_> {
    fn problem(&self, document: &str, address: &str) -> Result<Checked, io::Error> {
        let (target, fragment) = address.split_once('#').unwrap_or((address, ""));
        if let Some(path) = target.strip_prefix("https://docs.rs/").filter(|path| path.starts_with("twilio-conv")) {
            return self.in_documentation(path, fragment);
        }
        if let Some(path) = target.strip_prefix(self.repository) {
            let path = path.trim_matches('/');
            let path = ["blob/main", "tree/main"].iter().find_map(|view| path.strip_prefix(view)).unwrap_or(path);
            return Ok(self.exists(&self.root.join(path.trim_start_matches('/'))));
        }
        if target.contains("://") || target.contains("::") || !(target.contains('/') || target.ends_with(".md")) {
            return Ok(Checked::Elsewhere);
        }
        let folder = self.root.join(document);
        Ok(self.exists(&folder.parent().unwrap_or(self.root).join(target)))
    }

    fn exists(&self, path: &Path) -> Checked {
        if path.exists() { Checked::Good } else { Checked::Bad("names a file that does not exist".to_owned()) }
    }

    /// `twilio-conversations/latest/twilio_conversations/v1/index.html`, or the package alone.
    fn in_documentation(&self, path: &str, fragment: &str) -> Result<Checked, io::Error> {
        let mut parts = path.trim_end_matches('/').splitn(3, '/');
        let (package, version, item) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let crate_name = package.replace('-', "_");
        let page = match (version, item) {
            (None, _) => format!("{crate_name}/index.html"),
            (Some("latest"), None) => format!("{crate_name}/index.html"),
            (Some("latest"), Some(item)) if item.ends_with(".html") => item.to_owned(),
            (Some("latest"), Some(item)) => format!("{}/index.html", item.trim_end_matches('/')),
            (Some(version), _) => return Ok(Checked::Bad(format!("names the version {version}, expected latest"))),
        };
        let file = self.root.join("target/doc").join(&page);
        if !file.exists() {
            return Ok(Checked::Bad(format!("leads to {page}, which the documentation does not have")));
        }
        let html = fs::read_to_string(&file).map_err(|error| files::named(&file, &error))?;
        Ok(match fragment.is_empty() || html.contains(&format!("id=\"{fragment}\"")) {
            true => Checked::Good,
            false => Checked::Bad(format!("leads to #{fragment}, which {page} does not have")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_forms_are_found_outside_of_code() {
        let text = "[a](b/c.md) and [`d`](https://e/f)\n```text\n[no](no.md)\n```\n[label]: https://g/h\n<https://i>\n";
        let expected = [(1, "b/c.md"), (1, "https://e/f"), (5, "https://g/h"), (6, "https://i")];
        assert_eq!(addresses(text), expected);
    }

    #[test]
    fn files_of_the_repository_are_looked_up_and_other_sites_are_not() {
        let root = files::root();
        let place = Place { root: &root, repository: "https://example.com/repository" };
        let good = |address| matches!(place.problem("crates/facade/README.md", address).unwrap(), Checked::Good);
        let bad = |address| matches!(place.problem("crates/facade/README.md", address).unwrap(), Checked::Bad(_));
        for address in ["../../CHANGELOG.md", "src/lib.rs", "https://example.com/repository/blob/main/README.md"] {
            assert!(good(address), "{address}");
        }
        for address in [
            "../../NOTHING.md",
            "https://example.com/repository/blob/main/nothing.rs",
            "https://docs.rs/twilio-conversations/0.1.0/twilio_conversations",
            "https://docs.rs/twilio-conversations/latest/twilio_conversations/struct.Nothing.html",
        ] {
            assert!(bad(address), "{address}");
        }
        for address in ["https://docs.rs/tracing", "crate::v1::Scope", "Client::from_env", "#resources"] {
            assert!(!good(address) && !bad(address), "{address}");
        }
    }
}
