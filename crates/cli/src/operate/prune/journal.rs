//! The journal of `prune`: a file that is only appended to, so that a run can be continued after it was killed.
//!
//! A line is written as soon as its fact is known, and synced to the disk every 64 lines or every second. If the machine
//! loses power in between, the next run deletes the conversations of the lost lines again, and gets status 404 for each.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{
    line::{Header, Line},
    replay::Replay,
};
use crate::{
    config::file,
    failure::{Failure, Result},
};

/// Lines that are written between two syncs.
const BATCH: u32 = 64;
/// Time between two syncs.
const INTERVAL: Duration = Duration::from_secs(1);
/// Journals of the default folder, the latest first, among which an unfinished one is searched. Older ones are left alone.
const MOST_SEARCHED: usize = 1_000;

pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes up to the end of the last whole line.
    length: u64,
    /// Lines that may not be on the disk yet.
    unsynced: u32,
    synced: Instant,
}

impl Journal {
    /// Opens a journal, and reads it. If it does not exist, it is created with mode 0600. The content of an empty journal is `None`.
    ///
    /// # Errors
    ///
    /// It cannot be opened, another run has it open, or it is not a journal of `prune`; it is unchanged then.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Replay>)> {
        let failed = |error| Failure::new(format!("opening the journal {}", path.display())).source(error);
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true);
        let file = open_locked(&mut options, path)?;
        let replay = Replay::read(&file, path)?;
        let length = replay.as_ref().map_or(0, |replay| replay.length);
        let mut journal = Self { path: path.to_owned(), file, length, unsynced: 0, synced: Instant::now() };
        // The end of a line that a killed run did not finish.
        journal.cut().map_err(failed)?;
        Ok((journal, replay))
    }

    /// The latest journal of the default folder that `is_same` accepts, if its run did not end.
    ///
    /// - `ignored`: called with the problem of a journal that cannot be continued.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub(super) fn unfinished(
        account_sid: &str,
        is_same: impl Fn(&Header) -> bool,
        ignored: impl FnOnce(Failure),
    ) -> Result<Option<(PathBuf, Replay)>> {
        let folder = file::state_folder()?;
        let failed = |error| Failure::new(format!("searching {} for journals", folder.display())).source(error);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let prefix = format!("prune-{account_sid}-");
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if name.starts_with(&prefix) && name.ends_with(".ndjson") {
                names.push(name);
            }
        }
        // Names end with the time, so this is the latest first.
        names.sort_unstable_by(|a, b| b.cmp(a));
        for name in names.into_iter().take(MOST_SEARCHED) {
            let path = folder.join(name);
            let Ok(file) = File::open(&path) else { continue };
            if !Replay::header(&file, &path).is_some_and(|header| is_same(&header)) {
                continue;
            }
            let read = || {
                let mut file = file;
                file.rewind().map_err(|error| Failure::new(format!("reading {}", path.display())).source(error))?;
                Replay::read(&file, &path)
            };
            // A later run has planned what an earlier one left.
            return match read() {
                Ok(replay) => Ok(replay.filter(Replay::is_unfinished).map(|replay| (path.clone(), replay))),
                Err(failure) => {
                    ignored(failure);
                    Ok(None)
                }
            };
        }
        Ok(None)
    }

    /// The path of a new journal: `prune-ACCOUNT-TIME.ndjson` in `$XDG_STATE_HOME/twconv`, by default
    /// `~/.local/state/twconv`. The folder is created with mode 0700.
    ///
    /// # Errors
    ///
    /// There is no home folder, or the folder cannot be created.
    pub(super) fn default_path(account_sid: &str, now: DateTime<Utc>) -> Result<PathBuf> {
        let folder = file::state_folder()?;
        file::create_folder(&folder)?;
        Ok(folder.join(format!("prune-{account_sid}-{}.ndjson", now.format("%Y%m%dT%H%M%S%3fZ"))))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Another handle for reading, at this position.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub(super) fn reader(&self, position: u64) -> Result<File> {
        let open = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(position))?;
            Ok(file)
        };
        open().map_err(|error: std::io::Error| self.failure("reading", error))
    }

    /// The length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Writes a line, and syncs if a batch is full or old.
    ///
    /// # Errors
    ///
    /// The file cannot be written. It ends with a whole line then, so that it can be continued.
    pub(super) fn append(&mut self, line: &Line) -> Result<()> {
        let mut bytes = serde_json::to_vec(line).expect("lines are structs of strings and numbers");
        bytes.push(b'\n');
        // One call, so that a killed run leaves at most one unfinished line.
        if let Err(error) = self.file.write_all(&bytes) {
            // A full disk takes a part of the line. If it cannot be removed, the next run ignores it.
            let _ = self.cut();
            return Err(self.failure("writing", error));
        }
        self.length += bytes.len() as u64;
        self.unsynced += 1;
        if self.unsynced >= BATCH || self.synced.elapsed() >= INTERVAL { self.sync() } else { Ok(()) }
    }

    /// Writes a line of the plan, which is synced as a whole at its end.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn append_unsynced(&mut self, line: &Line) -> Result<()> {
        (self.unsynced, self.synced) = (0, Instant::now());
        self.append(line)
    }

    /// Waits until all lines are on the disk.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.file.sync_data().map_err(|error| self.failure("writing", error))?;
        (self.unsynced, self.synced) = (0, Instant::now());
        Ok(())
    }

    /// Removes all bytes behind the last whole line.
    fn cut(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() > self.length {
            self.file.set_len(self.length)?;
        }
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }

    /// Removes a journal without a deletion.
    pub(super) fn remove(self) {
        // One that stays does no harm.
        let _ = std::fs::remove_file(&self.path);
    }

    fn failure(&self, doing: &str, error: std::io::Error) -> Failure {
        Failure::new(format!("{doing} the journal {}", self.path.display())).source(error)
    }
}

/// Opens a journal for this process alone, until it ends. Others can read it.
#[cfg(unix)]
fn open_locked(options: &mut OpenOptions, path: &Path) -> Result<File> {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let failed = |error| Failure::new(format!("opening the journal {}", path.display())).source(error);
    let file = options.open(path).map_err(failed)?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(in_use(path)),
        Err(fs4::TryLockError::Error(error)) => {
            Err(Failure::new(format!("locking the journal {}", path.display())).source(error))
        }
    }
}

/// Opens a journal for this process alone, until it ends. Others can read it.
#[cfg(windows)]
fn open_locked(options: &mut OpenOptions, path: &Path) -> Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    // A lock of the file would keep its own process from reading it by another handle.
    options.share_mode(FILE_SHARE_READ).open(path).map_err(|error| match error.raw_os_error() {
        Some(ERROR_SHARING_VIOLATION) => in_use(path),
        _ => Failure::new(format!("opening the journal {}", path.display())).source(error),
    })
}

fn in_use(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(format!("another run uses the journal {path}: wait for its end, or name another file by --journal"))
}
