//! `cargo xtask bless`: writes the generated test data, or reports how it differs from what would be written.
//!
//! Nothing here depends on the crates whose tests the data is for, so it can be renewed while they do not compile. Only
//! the compiler's messages need the client; they come last, and are left out with a line when the client does not compile.

mod calls;
mod events;
mod golden;
mod messages;
mod spec;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use codegen::Sources;

use crate::{Outcome, files};
use messages::Checked;

const USAGE: &str = "usage: cargo xtask bless [--check] [--root DIR]";

/// Test data in one folder.
struct TestData {
    /// The folder's path in the repository.
    folder: String,
    /// Its files by their path in the folder.
    files: BTreeMap<String, String>,
    /// Whether a file of the folder is test data, and not written by hand.
    owns: fn(&str) -> bool,
}

/// The command with its arguments.
///
/// # Errors
///
/// An unknown argument, a file that cannot be read or written, and a specification that the generator refuses. On an
/// error in a specification nothing is written.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let (mut check, mut root) = (false, files::root());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match (*argument, arguments.as_slice()) {
            ("--check", _) => check = true,
            // For the tests of this command.
            ("--root", [folder, ..]) => {
                root = fs::canonicalize(folder).map_err(|error| files::named(Path::new(folder), &error))?;
                arguments.next();
            }
            _ => return Err(format!("unknown argument {argument:?}; {USAGE}").into()),
        }
    }
    let mut run = Run { root, check, changed: BTreeSet::new() };
    for data in run.generated()? {
        run.handle(&data)?;
    }
    let complete = run.messages()?;
    Ok(run.end(complete))
}

struct Run {
    root: PathBuf,
    check: bool,
    /// Folders with a file that was, or would be, changed, and the paths of those files.
    changed: BTreeSet<(String, String)>,
}

impl Run {
    /// The test data that follows from the specifications alone.
    fn generated(&self) -> Result<Vec<TestData>, Box<dyn Error>> {
        let sources: Sources = files::sources_in(&self.root)?;
        let folders = codegen::generate(&sources)?;
        for (folder, wanted) in &folders {
            if files::read_folder(&self.root.join(folder))? != *wanted {
                eprintln!("note: {folder} is not what spec/ generates; run: cargo xtask regen");
            }
        }
        let spec = spec::Spec::new(&sources)?;
        let events = codegen::events(&sources)?;
        let mut data = vec![
            TestData {
                folder: "crates/client/tests/it/operations/calls".to_owned(),
                files: calls::files(&spec)?,
                owns: |_| true,
            },
            TestData {
                folder: "crates/types/tests/it".to_owned(),
                files: table::files(&folders, &events::read(&events)),
                owns: |name| name == "types.rs",
            },
            TestData {
                folder: "crates/webhook/tests/it".to_owned(),
                files: events::receiver_table(&events),
                owns: |name| name == "event_types.rs",
            },
        ];
        let cases = golden::cases(&self.root)?.into_iter();
        data.extend(cases.map(|(folder, files)| TestData { folder, files, owns: |_| true }));
        Ok(data)
    }

    /// The compiler's messages. Returns false if the client does not compile.
    fn messages(&mut self) -> Result<bool, Box<dyn Error>> {
        match messages::check(&self.root)? {
            Checked::Files(files) => {
                let owns = |name: &str| name.ends_with(".stderr");
                self.handle(&TestData { folder: messages::UI.to_owned(), files, owns })?;
                Ok(true)
            }
            Checked::ClientFails(error) => {
                let done = if self.check { "not compared" } else { "not written" };
                eprintln!("{}/*.stderr: {done}, since crates/client does not compile: {error}", messages::UI);
                Ok(false)
            }
        }
    }

    /// Writes, or compares, one folder.
    fn handle(&mut self, data: &TestData) -> Result<(), Box<dyn Error>> {
        let place = self.root.join(&data.folder);
        let mut present = files::read_folder(&place)?;
        present.retain(|name, _| (data.owns)(name));
        let names: BTreeSet<&String> = present.keys().chain(data.files.keys()).collect();
        for name in names {
            let (old, new) = (present.get(name), data.files.get(name));
            if old == new {
                continue;
            }
            let path = format!("{}/{name}", data.folder);
            self.changed.insert((data.folder.clone(), path.clone()));
            let file = place.join(name);
            match (self.check, new) {
                (true, _) => {
                    let text = |text: Option<&String>| text.map_or("", String::as_str).to_owned();
                    files::print_difference(&path, &text(old), &text(new));
                }
                (false, Some(new)) => {
                    files::write(&file, new)?;
                    println!("wrote {path}");
                }
                (false, None) => {
                    fs::remove_file(&file).map_err(|error| files::named(&file, &error))?;
                    println!("removed {path}");
                }
            }
        }
        Ok(())
    }

    /// The last line and the exit code.
    fn end(&self, complete: bool) -> ExitCode {
        let folders: BTreeSet<&str> = self.changed.iter().map(|(folder, _)| folder.as_str()).collect();
        let folders: Vec<&str> = folders.into_iter().collect();
        let count = self.changed.len();
        let files = if count == 1 { "file" } else { "files" };
        if self.check {
            if count > 0 {
                eprintln!("{count} {files} of test data out of date; run: cargo xtask bless");
            }
            return if complete && count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        if count == 0 {
            println!("the test data is up to date");
        } else {
            println!("{count} {files} changed; read the changes: git status, and git diff -- {}", folders.join(" "));
        }
        ExitCode::SUCCESS
    }
}
