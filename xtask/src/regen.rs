//! `cargo xtask regen`: writes the generated folders, or reports how they differ from what would be written. Both print a
//! note for types of equal structure that the overlay does not declare to be one.

use std::{collections::BTreeMap, fs, io, path::Path, process::ExitCode};

use similar::TextDiff;

use crate::{Outcome, files};

/// Generates everything in memory, then replaces each folder whole. On any error nothing is written.
pub(crate) fn write() -> Outcome {
    for (folder, wanted) in generate()? {
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
    Ok(ExitCode::SUCCESS)
}

fn generate() -> Result<codegen::Folders, Box<dyn std::error::Error>> {
    let (folders, notes) = codegen::generate_with_notes(&files::sources()?)?;
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
        let file = fresh.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| files::named(folder, &error))?;
        }
        fs::write(&file, text).map_err(|error| files::named(&file, &error))?;
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
    for (folder, wanted) in generate()? {
        let present = files::read_folder(&files::root().join(&folder))?;
        let mut names: Vec<_> = present.keys().chain(wanted.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (old, new) =
                (present.get(name).map_or("", String::as_str), wanted.get(name).map_or("", String::as_str));
            if old != new {
                differences += 1;
                let path = format!("{folder}/{name}");
                let diff = TextDiff::from_lines(old, new);
                print!("{}", diff.unified_diff().header(&path, &format!("{path} (generated)")));
            }
        }
    }
    if differences == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{differences} generated files are not as the specification has them; run: cargo xtask regen");
    Ok(ExitCode::FAILURE)
}
