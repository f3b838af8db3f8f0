//! Data files: checks whether a file can be opened, before SQLite may change it.
//!
//! A file of this emulator carries [`APPLICATION_ID`] in its header and the version of its tables in `user_version`.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::SCHEMA_VERSION;
use crate::error::Error;

/// Marks data files of this emulator, in SQLite's `application_id`: "TwCe".
pub(crate) const APPLICATION_ID: i64 = 0x5477_4365;

/// The last schema version that was written without an `application_id`.
const LAST_UNMARKED_VERSION: i64 = 4;
/// Tables that every version of this emulator has had. They identify the files of versions without `application_id`.
const OUR_TABLES: [&str; 4] = ["account", "conversation", "delivery", "scoped_webhook"];

const HEADER_BYTES: usize = 100;
/// The bytes of the header that determine whether the database has a write-ahead log.
pub(super) const FORMAT_VERSIONS: std::ops::Range<usize> = 18..20;
pub(super) const WITHOUT_LOG: u8 = 1;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The contents of a file that may be used as data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Content {
    /// No table: the tables are to be created.
    Empty,
    /// Our tables, in the version that this emulator reads.
    Ours,
}

/// Identifies a database: two numbers of its header, and its tables.
pub(super) struct Identity {
    application_id: i64,
    version: i64,
    tables: Vec<String>,
}

impl Identity {
    pub(super) fn of(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application_id: db.query_row("PRAGMA application_id", [], |row| row.get(0))?,
            version: db.query_row("PRAGMA user_version", [], |row| row.get(0))?,
            tables: db
                .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
        })
    }

    /// Checks whether this emulator can use the database. The error is the problem.
    pub(super) fn check(&self) -> Result<Content, String> {
        let Self { application_id, version, tables } = self;
        let has_our_tables = || OUR_TABLES.iter().all(|ours| tables.iter().any(|table| table == ours));
        let unmarked = *application_id == 0 && (1..=LAST_UNMARKED_VERSION).contains(version) && has_our_tables();
        match *application_id {
            0 if *version == 0 && tables.is_empty() => Ok(Content::Empty),
            APPLICATION_ID if *version == SCHEMA_VERSION && has_our_tables() => Ok(Content::Ours),
            APPLICATION_ID => {
                Err(format!("it has schema version {version}, this emulator reads version {SCHEMA_VERSION}"))
            }
            _ if unmarked => Err(format!(
                "it has schema version {version} of an earlier emulator, this emulator reads version \
                 {SCHEMA_VERSION}: use the emulator that wrote it, or another file"
            )),
            _ => Err("it is a database of another program".to_owned()),
        }
    }
}

/// Checks that a file can be used as the data file, without changing it. A file that does not exist can be.
pub(super) fn check(file: &Path) -> Result<Content, Error> {
    let name = file.display();
    let cannot_open = |error: io::Error| Error::because(format!("cannot open the data file {name}"), error);
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Empty),
        Err(error) => return Err(cannot_open(error)),
    };
    let reject = |problem: &str| Err(Error::new(format!("cannot use {name} as the data file: {problem}")));
    if metadata.is_dir() {
        return reject("it is a directory");
    }
    if !metadata.is_file() {
        return reject("it is not a regular file");
    }
    if metadata.permissions().readonly() {
        return reject("it is read-only");
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let read = File::open(file).and_then(|opened| opened.take(HEADER_BYTES as u64).read_to_end(&mut header));
    read.map_err(cannot_open)?;
    if !header.is_empty() && !is_database(&header) {
        return reject("it is not a SQLite database");
    }
    if header.is_empty() && !has_log(file) {
        return Ok(Content::Empty);
    }
    let identity =
        identify(file).map_err(|error| Error::because(format!("cannot read the data file {name}"), error))?;
    identity.check().or_else(|problem| reject(&problem))
}

/// Whether bytes begin with the header of a SQLite database.
pub(super) fn is_database(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER_BYTES && bytes.starts_with(MAGIC)
}

/// Whether there is a write-ahead log with content beside the file. Data may be in the log only.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0)
}

/// Reads the identity of a database, without changing its file or its log.
fn identify(file: &Path) -> rusqlite::Result<Identity> {
    if !has_log(file) {
        // The whole database is in the file. SQLite creates no files beside an immutable one.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        return Identity::of(&Connection::open_with_flags(immutable_uri(file), flags)?);
    }
    // A connection with exclusive access keeps the index of the log in memory. Closing it must not move the log into the
    // file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    Identity::of(&db)
}

/// A path as a URI for SQLite.
fn immutable_uri(file: &Path) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b':');
    let path = file.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        let path = String::from_utf8_lossy(path).replace('\\', "/");
        // Without the slash, `C:` would be a host.
        let root = if file.is_absolute() { "/" } else { "" };
        return format!("file:{root}{}?immutable=1", percent_encode(path.as_bytes(), KEPT));
    }
    format!("file:{}?immutable=1", percent_encode(path, KEPT))
}
