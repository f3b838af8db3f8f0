//! `cargo xtask drift FILE…`: what the vendor's documentation says and the fragments do not, and the other way round.
//!
//! A file is a documentation page in Markdown, about a resource or about webhook events, or a whole OpenAPI 3.0 document
//! in JSON. All are compared with the specification as documented, before the overlay: what we know better is no
//! difference.

mod anchors;
mod compare;
mod comparison;
mod document;
mod events;
mod finding;
mod fix;
mod guide;
mod markdown;
mod names;
mod node;
mod page;
mod report;
mod subject;
mod summary;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use codegen::Sources;

use crate::{Outcome, files};
use comparison::{Spec, compare_file};

const USAGE: &str = "cargo xtask drift [--fix] [--spec DIR] FILE…";

/// Compares each file. Fails if one differs or cannot be compared; the others are compared all the same. With `--fix`
/// edits the specification.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let (mut fixes, mut folder, mut rest) = (false, files::root().join("spec"), arguments);
    loop {
        match rest {
            ["--fix", more @ ..] => (fixes, rest) = (true, more),
            ["--spec", named, more @ ..] => (folder, rest) = (PathBuf::from(named), more),
            _ => break,
        }
    }
    let names = rest;
    if let Some(option) = names.iter().find(|name| name.starts_with("--")) {
        return Err(format!("unknown option {option}; usage: {USAGE}").into());
    }
    if names.is_empty() {
        return Err(format!("no file to compare; usage: {USAGE}").into());
    }
    if fixes {
        return fix::run(&folder, names);
    }
    let mut fragments = files::read_folder(&folder)?;
    fragments.retain(|name, _| name.ends_with(".yaml"));
    let spec = Spec::new(Sources(fragments))?;
    let mut agree = true;
    for name in names {
        match compare_file(&spec, Path::new(name)) {
            Ok(compared) => {
                compared.lines(&spec).iter().for_each(|line| println!("{line}"));
                agree &= compared.findings.is_empty();
            }
            Err(problem) => {
                eprintln!("error: {name}: {problem}");
                agree = false;
            }
        }
    }
    Ok(if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
