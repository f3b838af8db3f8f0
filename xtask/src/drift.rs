//! `cargo xtask drift FILE…`: what the vendor's documentation says and the fragments do not, and the other way round.
//!
//! A file is a documentation page in Markdown, about a resource or about webhook events, or a whole OpenAPI 3.0 document
//! in JSON. All are compared with the specification as documented, before the overlay: what we know better is no
//! difference.

mod compare;
mod document;
mod events;
mod guide;
mod markdown;
mod node;
mod page;
mod report;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use codegen::{Document, Sources};
use serde_json::Value;

use crate::{Outcome, files};
use guide::Guide;
use report::Report;

/// Compares each file. Fails if one differs or cannot be compared; the others are compared all the same.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let (folder, names) = match arguments {
        ["--spec", folder, names @ ..] => (PathBuf::from(folder), names),
        names => (files::root().join("spec"), names),
    };
    if let Some(option) = names.iter().find(|name| name.starts_with("--")) {
        return Err(format!("unknown option {option}; usage: cargo xtask drift [--spec DIR] FILE…").into());
    }
    if names.is_empty() {
        return Err("no file to compare; usage: cargo xtask drift [--spec DIR] FILE…".into());
    }
    let mut fragments = files::read_folder(&folder)?;
    fragments.retain(|name, _| name.ends_with(".yaml"));
    let sources = Sources(fragments);
    let spec = Spec { document: codegen::documented(&sources)?, events: codegen::events(&sources)? };
    let mut agree = true;
    for name in names {
        match compare_file(&spec, Path::new(name)) {
            Ok(same) => agree &= same,
            Err(problem) => {
                eprintln!("error: {name}: {problem}");
                agree = false;
            }
        }
    }
    Ok(if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What documentation is compared with.
struct Spec {
    document: Document,
    /// The files of `events/` by name.
    events: BTreeMap<String, Value>,
}

/// Prints the differences of one file. The answer is whether there are none.
fn compare_file(spec: &Spec, path: &Path) -> Result<bool, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "not a text: its bytes are not UTF-8")?;
    let text = text.trim_start_matches('\u{feff}');
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json || text.trim_start().starts_with('{') {
        let root: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        compare_document(&spec.document, &name, &root)
    } else {
        compare_page(spec, &name, text)
    }
}

/// A page is the guide to webhooks or is about the operations of a resource.
fn compare_page(spec: &Spec, name: &str, text: &str) -> Result<bool, String> {
    let mut report = Report::default();
    let compared = match Guide::read(text)? {
        Some(guide) => {
            events::compare(&spec.document, &spec.events, name, &guide, &mut report);
            for slip in events::slips(name, &guide) {
                println!("{slip}");
            }
            count(guide.events.len(), "event")
        }
        None => {
            let page = markdown::parse(name, text)?;
            if page.operations.is_empty() {
                let wanted = "no line has a method and URL, such as `GET https://…`, and no table has the columns \
                              Pre-Action and Post-Action";
                return Err(format!("not a documentation page: {wanted}"));
            }
            page::compare(&spec.document, &page, &mut report);
            count(page.operations.len(), "operation")
        }
    };
    for line in report.lines() {
        println!("{line}");
    }
    match report.lines().len() {
        0 => println!("{name}: agrees, {compared}"),
        differences => println!("{name}: {}", count(differences, "difference")),
    }
    Ok(report.lines().is_empty())
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn compare_document(spec: &Document, name: &str, root: &Value) -> Result<bool, String> {
    let findings = document::compare(spec, name, root)?;
    for (operation, report) in &findings.operations {
        if report.lines().is_empty() {
            continue;
        }
        println!("{operation}");
        for line in report.lines() {
            println!("  {line}");
        }
    }
    for line in findings.unused_schemas.lines() {
        println!("{line}");
    }
    let differ = findings.operations.values().filter(|report| !report.lines().is_empty()).count();
    println!("{} operations agree, {differ} differ", findings.operations.len() - differ);
    Ok(differ == 0 && findings.unused_schemas.lines().is_empty())
}
