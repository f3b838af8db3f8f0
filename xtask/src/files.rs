//! Files of the repository, read and written as text.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use codegen::Sources;
use similar::TextDiff;

/// The repository's root: the folder above this crate's.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Everything in `spec/` that is YAML.
///
/// # Errors
///
/// When a file cannot be read, with its name.
pub(crate) fn sources() -> Result<Sources, io::Error> {
    sources_in(&root())
}

/// Everything in the `spec/` of another root that is YAML.
///
/// # Errors
///
/// When a file cannot be read, with its name.
pub(crate) fn sources_in(root: &Path) -> Result<Sources, io::Error> {
    let mut files = read_folder(&root.join("spec"))?;
    files.retain(|name, _| name.ends_with(".yaml"));
    Ok(Sources(files))
}

/// The hand-written and generated sources and documents of the repository, by path: Rust, TOML and Markdown.
///
/// # Errors
///
/// When a file cannot be read, with its name.
pub(crate) fn texts(root: &Path) -> Result<BTreeMap<String, String>, io::Error> {
    let mut texts = BTreeMap::new();
    for folder in ["codegen", "xtask", "crates", "spec", "docs"] {
        let files = read_sources(&root.join(folder))?;
        texts.extend(files.into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)));
    }
    for entry in fs::read_dir(root).map_err(|error| named(root, &error))? {
        let path = entry.map_err(|error| named(root, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            let text = fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
            texts.insert(name, text.replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

/// The Rust, TOML and Markdown files below a folder, without what was built there.
///
/// # Errors
///
/// When a file cannot be read, with its name.
fn read_sources(folder: &Path) -> Result<BTreeMap<String, String>, io::Error> {
    let mut files = BTreeMap::new();
    collect(folder, "", &|name| [".rs", ".toml", ".md"].iter().any(|end| name.ends_with(end)), &mut files)?;
    Ok(files)
}

/// All files below a folder, by their path in it with forward slashes. A folder that is not there has none.
///
/// # Errors
///
/// When a file cannot be read, with its name.
pub(crate) fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, io::Error> {
    let mut files = BTreeMap::new();
    if folder.exists() {
        collect(folder, "", &|_| true, &mut files)?;
    }
    Ok(files)
}

fn collect(
    folder: &Path,
    prefix: &str,
    wanted: &dyn Fn(&str) -> bool,
    files: &mut BTreeMap<String, String>,
) -> Result<(), io::Error> {
    for entry in fs::read_dir(folder).map_err(|error| named(folder, &error))? {
        let path = entry.map_err(|error| named(folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                collect(&path, &format!("{prefix}{name}/"), wanted, files)?;
            }
        } else if wanted(&name) {
            let text = fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
            // A checkout may have the line ends of its machine.
            files.insert(format!("{prefix}{name}"), text.replace("\r\n", "\n"));
        }
    }
    Ok(())
}

/// Writes a file, and the folders that it is in.
///
/// # Errors
///
/// When it cannot be written, with its name.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), io::Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
    }
    fs::write(path, text).map_err(|error| named(path, &error))
}

/// Prints how a file differs from the text that it would be generated with.
pub(crate) fn print_difference(path: &str, old: &str, new: &str) {
    let diff = TextDiff::from_lines(old, new);
    print!("{}", diff.unified_diff().header(path, &format!("{path} (generated)")));
}

/// Says which file an error is about.
pub(crate) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
