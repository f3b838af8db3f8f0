//! `cargo xtask regen`: writes the generated folders and [sections](crate::section), or reports how they differ. Both
//! print a note for types of equal structure that the overlay does not declare to be one. Writing also prints a summary of
//! the changes since the last commit.

use std::{collections::BTreeMap, fs, io, path::Path, process::ExitCode, thread};

use codegen::{Changes, Sources};

use crate::{Outcome, files, history, section};

/// Generates everything in memory, then replaces each folder whole. On any error nothing is written.
pub(crate) fn write() -> Outcome {
    let sources = files::sources()?;
    // The comparison takes as long as the generation, and runs beside it.
    let summary = thread::spawn({
        let sources = sources.clone();
        move || summary(&sources)
    });
    let folders = generate(&sources)?;
    let sections = section::all(&files::root(), &folders)?;
    for (folder, wanted) in folders {
        let place = files::root().join(&folder);
        let present = files::read_folder(&place)?;
        if present == wanted {
            continue;
        }
        replace(&place, &wanted)?;
        println!(
            "{folder}: {} files, {} lines",
            wanted.len(),
            wanted.values().map(|text| text.lines().count()).sum::<usize>()
        );
    }
    for section in sections.iter().filter(|section| section.present != section.wanted) {
        files::write(&files::root().join(section.path), &section.wanted)?;
        println!("{}: the section that is generated", section.path);
    }
    match summary.join() {
        Ok(Ok(changes)) if changes.is_empty() => {}
        Ok(Ok(changes)) => print!("For users, since the last commit:\n{changes}"),
        // A repository without a commit is no reason to fail.
        Ok(Err(error)) => eprintln!("note: no summary for users: comparing with the last commit: {error}"),
        Err(_) => return Err("comparing with the last commit: the comparison panicked".into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The gains and losses of users since the last commit.
fn summary(sources: &Sources) -> Result<Changes, String> {
    let committed = history::committed(&files::root()).map_err(|error| error.to_string())?;
    if committed.0 == sources.0 {
        return Ok(Changes::default());
    }
    codegen::changes(&committed, sources).map_err(|error| error.to_string())
}

fn generate(sources: &Sources) -> Result<codegen::Folders, Box<dyn std::error::Error>> {
    let (folders, notes) = codegen::generate_with_notes(sources)?;
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    Ok(folders)
}

/// Writes the new folder beside the old one and swaps them, so that there is always a whole one.
fn replace(place: &Path, wanted: &BTreeMap<String, String>) -> Result<(), io::Error> {
    let (fresh, old) = (place.with_extension("new"), place.with_extension("old"));
    for leftover in [&fresh, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(|error| files::named(leftover, &error))?;
        }
    }
    for (name, text) in wanted {
        files::write(&fresh.join(name), text)?;
    }
    if place.exists() {
        fs::rename(place, &old).map_err(|error| files::named(place, &error))?;
    }
    fs::rename(&fresh, place).map_err(|error| files::named(&fresh, &error))?;
    if old.exists() {
        fs::remove_dir_all(&old).map_err(|error| files::named(&old, &error))?;
    }
    Ok(())
}

/// Prints a diff for every file that is not as it would be generated.
pub(crate) fn check() -> Outcome {
    let mut differences = 0;
    let folders = generate(&files::sources()?)?;
    for section in section::all(&files::root(), &folders)? {
        if section.present != section.wanted {
            differences += 1;
            files::print_difference(section.path, &section.present, &section.wanted);
        }
    }
    for (folder, wanted) in folders {
        let present = files::read_folder(&files::root().join(&folder))?;
        let mut names: Vec<_> = present.keys().chain(wanted.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (old, new) =
                (present.get(name).map_or("", String::as_str), wanted.get(name).map_or("", String::as_str));
            if old != new {
                differences += 1;
                files::print_difference(&format!("{folder}/{name}"), old, new);
            }
        }
    }
    if differences == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{differences} generated files are not as the specification has them; run: cargo xtask regen");
    Ok(ExitCode::FAILURE)
}
