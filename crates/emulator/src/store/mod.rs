//! The database: one connection, in memory or in a file.

pub(crate) mod account;
pub(crate) mod address;
pub(crate) mod binding;
pub(crate) mod configuration;
pub(crate) mod conversation;
pub(crate) mod credential;
pub(crate) mod deliveries;
mod file;
pub(crate) mod instance;
pub(crate) mod listing;
pub(crate) mod lists;
pub(crate) mod message;
pub(crate) mod overview;
pub(crate) mod participant;
pub(crate) mod role;
pub(crate) mod scoped_webhook;
pub(crate) mod select;
pub(crate) mod service;
mod snapshot;
pub(crate) mod table;
pub(crate) mod transaction;
pub(crate) mod user;
mod values;
pub(crate) mod webhook_configuration;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, Params, Row, params};

use self::file::{APPLICATION_ID, Content};
pub(crate) use self::snapshot::{Candidate, Unfit};
use crate::clock::Reading;
use crate::error::{ApiError, Error, Failure};
use crate::sid::{Counts, Ids, LARGEST};

/// Version of the tables. It is stored in a data file, so that a file of another version is rejected.
const SCHEMA_VERSION: i64 = 6;

/// The state of the emulated accounts.
///
/// A request needs the database for microseconds, so that one connection behind a lock is enough. The lock makes all
/// transactions serializable.
pub(crate) struct Store {
    connection: Mutex<Connection>,
    /// Whether a batch has begun: one transaction around all others.
    batch: AtomicBool,
    /// The generator of SIDs. Its counts are part of the data, so that no SID is generated twice.
    pub(crate) ids: Ids,
    /// Number of times that another database has replaced this one.
    generation: AtomicU64,
}

impl Store {
    /// Opens or creates a data file, or a database in memory.
    pub(crate) fn open(file: Option<&Path>, ids: Ids) -> Result<Self, Error> {
        let name = file.map_or_else(|| "memory".to_owned(), |file| file.display().to_string());
        let failed = |doing, error: rusqlite::Error| Error::because(format!("cannot {doing} in {name}"), error);
        let content = file.map_or(Ok(Content::Empty), file::check)?;
        let connection = Self::connect(file).map_err(|error| failed("open the data", error))?;
        match content {
            Content::Empty => connection
                .execute_batch(&format!(
                    "BEGIN; {}; PRAGMA user_version = {SCHEMA_VERSION}; PRAGMA application_id = {APPLICATION_ID}; COMMIT",
                    include_str!("schema.sql")
                ))
                .map_err(|error| failed("create the tables", error))?,
            Content::Ours => {}
        }
        let (counts, latest) = generated(&connection).map_err(|error| failed("read the generated SIDs", error))?;
        ids.restore(counts, latest);
        Ok(Self {
            connection: Mutex::new(connection),
            batch: AtomicBool::new(false),
            ids,
            generation: AtomicU64::new(0),
        })
    }

    /// Stores the counts of the generator in the transaction that uses the generated SIDs.
    fn store_ids(&self, db: &Connection) -> rusqlite::Result<Counts> {
        let counts = self.ids.unstored();
        for (kind, generated) in &counts {
            db.execute_cached(
                "INSERT OR REPLACE INTO generated (kind, generated) VALUES (?, ?)",
                params![kind, generated.cast_signed()],
            )?;
        }
        Ok(counts)
    }

    fn connect(file: Option<&Path>) -> rusqlite::Result<Connection> {
        // The lock around the connection makes SQLite's own superfluous.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match file {
            Some(file) => Connection::open_with_flags(file, flags)?,
            None => Connection::open_in_memory_with_flags(flags)?,
        };
        connection.set_prepared_statement_cache_capacity(256);
        if file.is_some() {
            // A commit hands its data to the operating system, so that it survives a killed process.
            connection.execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
            )?;
        }
        connection
            .execute_batch("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = OFF; PRAGMA temp_store = MEMORY")?;
        Ok(connection)
    }

    /// Reads without a transaction.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.lock())
    }

    /// Begins a batch: all transactions until [`commit_batch`](Self::commit_batch) become savepoints of one transaction,
    /// which is rolled back without the commit. There must be no other writer meanwhile.
    pub(crate) fn begin_batch(&self) -> rusqlite::Result<()> {
        let connection = self.lock();
        connection.execute_cached("BEGIN IMMEDIATE", [])?;
        self.batch.store(true, Ordering::Release);
        Ok(())
    }

    /// Commits the batch of [`begin_batch`](Self::begin_batch).
    pub(crate) fn commit_batch(&self) -> rusqlite::Result<()> {
        let connection = self.lock();
        self.batch.store(false, Ordering::Release);
        connection.execute_cached("COMMIT", []).map(|_| ())
    }

    /// Runs a transaction: it is committed if the work succeeds, and else rolled back.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.lock();
        let (begin, commit, roll_back): (_, _, &[&str]) = if self.batch.load(Ordering::Acquire) {
            ("SAVEPOINT work", "RELEASE work", &["ROLLBACK TO work", "RELEASE work"])
        } else {
            ("BEGIN IMMEDIATE", "COMMIT", &["ROLLBACK"])
        };
        connection.execute_cached(begin, [])?;
        let roll_back = || roll_back.iter().try_for_each(|sql| connection.execute_cached(sql, []).map(|_| ()));
        let result = work(&connection).and_then(|done| Ok((done, self.store_ids(&connection)?)));
        match result {
            Ok((done, counts)) => {
                if let Err(error) = connection.execute_cached(commit, []) {
                    // If the rollback fails too, the next `lock` rolls back.
                    let _ = roll_back();
                    return Err(error.into());
                }
                self.ids.stored(&counts);
                Ok(done)
            }
            Err(error) => {
                if !connection.is_autocommit() {
                    roll_back()?;
                }
                Err(error)
            }
        }
    }

    /// Runs a transaction that is always rolled back.
    pub(crate) fn rehearse<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.lock();
        connection.execute_cached("SAVEPOINT rehearsal", [])?;
        let result = work(&connection);
        if !connection.is_autocommit() {
            connection.execute_cached("ROLLBACK TO rehearsal", [])?;
            connection.execute_cached("RELEASE rehearsal", [])?;
        }
        result
    }

    /// Locks the connection. A panic under an earlier lock leaves an open transaction, which is rolled back here.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.is_autocommit() && !self.batch.load(Ordering::Acquire) {
            let _ = connection.execute_cached("ROLLBACK", []);
        }
        connection
    }
}

/// The stored counts of the generator, and the largest number of a message that it continues.
fn generated(db: &Connection) -> rusqlite::Result<(Counts, u64)> {
    let counts = db.all("SELECT kind, generated FROM generated", [], |row| {
        Ok((row.get::<_, String>(0)?.into(), row.get::<_, i64>(1)?.cast_unsigned()))
    })?;
    let latest = db.number("SELECT ifnull(max(id), 0) FROM message WHERE id <= ?", [LARGEST])?;
    Ok((counts, latest.max(0).cast_unsigned()))
}

/// The stored reading of a clock that was moved or stopped. `None` if it never was.
fn stored_clock(db: &Connection) -> rusqlite::Result<Option<Reading>> {
    db.first("SELECT ahead, frozen FROM clock", [], |row| Ok(Reading { ahead: row.get(0)?, frozen: row.get(1)? }))
}

/// Shortcuts for cached prepared statements.
pub(crate) trait Cached {
    fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>>;

    fn execute_cached(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepared(sql)?.execute(params)
    }

    /// The first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.prepared(sql)?.query_row(params, read).optional()
    }

    /// All rows.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.prepared(sql)?.query_map(params, read)?.collect()
    }

    /// One number, such as a count.
    fn number(&self, sql: &str, params: impl Params) -> rusqlite::Result<i64> {
        self.prepared(sql)?.query_row(params, |row| row.get(0))
    }
}

impl Cached for Connection {
    fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.prepare_cached(sql)
    }
}

/// Turns the violation of a unique constraint into an error. The closure receives SQLite's message, which names the columns.
pub(crate) fn unless_taken(result: rusqlite::Result<()>, taken: impl FnOnce(&str) -> ApiError) -> Result<(), Failure> {
    match result {
        Err(rusqlite::Error::SqliteFailure(error, message))
            if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Err(taken(message.as_deref().unwrap_or_default()).into())
        }
        result => Ok(result?),
    }
}
