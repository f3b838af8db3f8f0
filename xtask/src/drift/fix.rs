//! `cargo xtask drift --fix FILE…`: edits the fragments where a difference is mechanical.
//!
//! Each difference is one transaction: all its edits are made or none. After the edits the file is compared again; an
//! edit after which the difference is still there, or another one appears, is taken back. The files are written at the
//! end, all or none.

mod folder;
mod plan;
mod sample;
mod schema;

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use codegen::{Sources, UNWRITTEN};
use serde_json::Value;

use super::{
    comparison::{Compared, Spec, compare_file, read_text, without_marks},
    finding::{Change, Finding, Kind},
    report::count,
};
use crate::Outcome;
use folder::{Folder, Step};
use plan::Planner;

/// Edits the specification in `root` so that it agrees with the files.
pub(super) fn run(root: &Path, names: &[&str]) -> Outcome {
    let mut folder = Folder::read(root)?;
    let original = folder.sources();
    let mut facts = Vec::new();
    let mut is_compared = true;
    for name in names {
        match fix_file(&mut folder, Path::new(name)) {
            Ok(more) => facts.extend(more),
            Err(problem) => {
                eprintln!("error: {name}: {problem}");
                is_compared = false;
            }
        }
    }
    let refused = refused(&original, &folder.sources());
    folder.write()?;
    let mut fixed = 0;
    for Fact { finding, state } in &facts {
        match state {
            Ok(_) => {
                fixed += 1;
                println!("fixed: {finding}");
            }
            Err(reason) => println!("not fixed: {finding} ({reason})"),
        }
    }
    let mut by_hand = facts.len() - fixed;
    if let Some(error) = refused {
        println!("not fixed: {error} (regen refuses it)");
        by_hand += 1;
    }
    let unwritten = folder.lines_with(UNWRITTEN);
    for place in &unwritten {
        println!("{place}: description to be written");
    }
    let unwritten_count = if unwritten.is_empty() {
        String::new()
    } else {
        format!(", {} to be written", count(unwritten.len(), "description"))
    };
    println!("{fixed} fixed, {by_hand} to do by hand{unwritten_count}");
    let is_done = is_compared && by_hand == 0 && unwritten.is_empty();
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A difference, and its edits or the reason for a person to make them.
struct Fact {
    finding: Finding,
    state: Result<Vec<Step>, String>,
}

fn spec_of(folder: &Folder) -> Result<Spec, String> {
    Spec::new(folder.sources()).map_err(|error| error.to_string())
}

/// Fixes the differences of one file.
fn fix_file(folder: &mut Folder, path: &Path) -> Result<Vec<Fact>, String> {
    let spec = spec_of(folder)?;
    let Compared { mut findings, .. } = compare_file(&spec, path)?;
    // A value of the documentation's own samples comes before one that is made up, and what is removed by its number in
    // a list comes last.
    findings.sort_by_key(|finding| {
        let is_removed = finding.kind == Kind::Parameter && finding.change() == Change::Removed;
        (is_removed, finding.kind != Kind::Sample)
    });
    let before = keys(&findings);
    let vendors: Option<Value> = read_text(path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let start = folder.snapshot();
    let mut facts = Vec::new();
    for finding in findings {
        let planned = Planner { document: &spec.document, vendors: vendors.as_ref(), folder }.plan(&finding);
        let state = planned.and_then(|steps| folder.apply(&steps).map(|()| steps));
        facts.push(Fact { finding, state });
    }
    let wanted = facts.iter().filter(|fact| fact.state.is_ok()).map(|fact| &fact.finding);
    if facts.iter().any(|fact| fact.state.is_ok()) && problem_after(folder, path, &before, wanted).is_some() {
        folder.restore(start);
        one_by_one(folder, path, &before, &mut facts);
    }
    Ok(facts)
}

/// Makes the edits again, a fact at a time, and takes back those that do not have the effect that is wanted.
fn one_by_one(folder: &mut Folder, path: &Path, before: &BTreeMap<String, usize>, facts: &mut [Fact]) {
    for fact in facts {
        let Ok(steps) = &fact.state else { continue };
        let start = folder.snapshot();
        let problem = match folder.apply(steps) {
            Ok(()) => problem_after(folder, path, before, std::iter::once(&fact.finding)),
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem {
            folder.restore(start);
            fact.state = Err(problem);
        }
    }
}

/// What is wrong after edits: a fact that still differs, or one that differs now and did not before.
fn problem_after<'f>(
    folder: &Folder,
    path: &Path,
    before: &BTreeMap<String, usize>,
    mut fixed: impl Iterator<Item = &'f Finding>,
) -> Option<String> {
    let compared = spec_of(folder).and_then(|spec| compare_file(&spec, path));
    let findings = match compared {
        Ok(Compared { findings, .. }) => findings,
        Err(problem) => return Some(problem),
    };
    let after = keys(&findings);
    let is_new = |finding: &&Finding| after[&key(finding)] > before.get(&key(finding)).copied().unwrap_or(0);
    if let Some(finding) = findings.iter().find(is_new) {
        return Some(format!("after it, {finding}"));
    }
    let left = |finding: &&Finding| after.get(&key(finding)).is_some_and(|left| *left >= before[&key(finding)]);
    fixed.find(left).map(|_| "the edit has no effect on it".to_owned())
}

/// The identity of a fact: by the documentation's place, since our lists may get other numbers.
fn key(finding: &Finding) -> String {
    let Finding { kind, ours, theirs, label, ours_value, theirs_value, .. } = finding;
    format!("{kind:?} {} {theirs:?} {label:?} {ours_value:?} {theirs_value:?}", ours.file)
}

fn keys(findings: &[Finding]) -> BTreeMap<String, usize> {
    findings.iter().fold(BTreeMap::new(), |mut keys, finding| {
        *keys.entry(key(finding)).or_default() += 1;
        keys
    })
}

/// The error of the generator after the edits, if it had none before them. Descriptions to be written do not count.
fn refused(before: &Sources, after: &Sources) -> Option<String> {
    if before.0 == after.0 {
        return None;
    }
    let generate = |sources: &Sources| codegen::generate(&without_marks(sources.clone()));
    let error = generate(after).err()?;
    generate(before).is_ok().then(|| error.to_string())
}
