//! The journal of `prune`: a file that is only appended to, so that a run can be continued after it was killed.
//!
//! A line is written as soon as its fact is known, and synced to the disk every 64 lines or every second. If the machine
//! loses power in between, the conversations of the lost lines are deleted again, which the server answers by 404.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{line::Line, replay::Replay};
use crate::failure::{Failure, Result};

/// Lines that are written between two syncs.
const BATCH: u32 = 64;
/// Time between two syncs.
const INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Lines that may not be on the disk yet.
    unsynced: u32,
    synced: Instant,
}

impl Journal {
    /// Opens a journal, which is created unless it exists, with mode 0600, and reads it. `None` in place of its content
    /// for an empty one.
    ///
    /// # Errors
    ///
    /// It cannot be opened, another run has it open, or it is not a journal of `prune`; it is unchanged then.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Replay>)> {
        let failed = |error| Failure::new(format!("opening the journal {}", path.display())).source(error);
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        lock(&file, path)?;
        let replay = Replay::read(&file, path)?;
        if let Some(replay) = &replay {
            // The end of a line that a killed run did not finish.
            file.set_len(replay.length).map_err(failed)?;
        }
        let journal = Self { path: path.to_owned(), file, unsynced: 0, synced: Instant::now() };
        Ok((journal, replay))
    }

    /// The path of a new journal: `prune-ACCOUNT-TIME.ndjson` in `$XDG_STATE_HOME/twconv`, `~/.local/state/twconv`
    /// unless set. The folder is created with mode 0700.
    ///
    /// # Errors
    ///
    /// There is no home folder, or the folder cannot be created.
    pub(super) fn default_path(account_sid: &str, now: chrono::DateTime<chrono::Utc>) -> Result<PathBuf> {
        use etcetera::BaseStrategy as _;
        let strategy = etcetera::base_strategy::Xdg::new()
            .map_err(|error| Failure::new("finding the folder of journals").source(error))?;
        let folder = strategy.state_dir().expect("XDG has a state folder").join("twconv");
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let created = builder.create(&folder);
        created.map_err(|error| Failure::new(format!("creating the folder {}", folder.display())).source(error))?;
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
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub(super) fn length(&self) -> Result<u64> {
        Ok(self.file.metadata().map_err(|error| self.failure("reading", error))?.len())
    }

    /// Writes a line, and syncs if a batch is full or old.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn append(&mut self, line: &Line) -> Result<()> {
        let mut bytes = serde_json::to_vec(line).expect("lines are structs of strings and numbers");
        bytes.push(b'\n');
        // One call, so that a killed run leaves at most one unfinished line.
        self.file.write_all(&bytes).map_err(|error| self.failure("writing", error))?;
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

    /// Removes a journal that no deletion stands in.
    pub(super) fn remove(self) {
        // One that stays does no harm.
        let _ = std::fs::remove_file(&self.path);
    }

    fn failure(&self, doing: &str, error: std::io::Error) -> Failure {
        Failure::new(format!("{doing} the journal {}", self.path.display())).source(error)
    }
}

/// Takes the lock of the journal, which ends with the process.
#[cfg(unix)]
fn lock(file: &File, path: &Path) -> Result<()> {
    use rustix::fs::{FlockOperation, flock};
    let locked = flock(file, FlockOperation::NonBlockingLockExclusive);
    locked.map_err(|error| match error {
        rustix::io::Errno::WOULDBLOCK => Failure::new(format!("another run uses the journal {}", path.display())),
        error => Failure::new(format!("locking the journal {}", path.display())).source(error),
    })
}

#[cfg(not(unix))]
fn lock(_file: &File, _path: &Path) -> Result<()> {
    Ok(())
}
