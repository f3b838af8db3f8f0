//! The database: one connection, in memory or in a file.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row};

use crate::error::{Error, Stop};

/// Version of the tables, kept in a data file so that another version's file is refused and not misread.
const SCHEMA_VERSION: i64 = 3;

/// The state of the emulated accounts.
///
/// A call takes microseconds, so that one connection behind a lock serves everyone, and nothing is written at the same
/// time as something else.
pub(crate) struct Store {
    connection: Mutex<Connection>,
    /// Whether all that is written is one transaction for the time being.
    whole: AtomicBool,
}

impl Store {
    /// Opens a data file, made if it isn't there, or a database in memory.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        let name = file.map_or_else(|| "memory".to_owned(), |file| file.display().to_string());
        let connection =
            Self::connect(file).map_err(|error| Error::because(format!("cannot open the data in {name}"), error))?;
        let version: i64 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|error| Error::because(format!("cannot read the data in {name}"), error))?;
        match version {
            0 => connection
                .execute_batch(&format!(
                    "BEGIN; {}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT",
                    include_str!("schema.sql")
                ))
                .map_err(|error| Error::because(format!("cannot create the tables in {name}"), error))?,
            SCHEMA_VERSION => {}
            other => {
                return Err(Error::new(format!(
                    "cannot use the data in {name}: it has version {other}, this emulator reads {SCHEMA_VERSION}"
                )));
            }
        }
        Ok(Self { connection: Mutex::new(connection), whole: AtomicBool::new(false) })
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
            // What is committed has been handed to the operating system: it outlives this process, killed or not.
            connection.execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
            )?;
        }
        connection
            .execute_batch("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = OFF; PRAGMA temp_store = MEMORY")?;
        Ok(connection)
    }

    /// Reads, or does what needs no transaction.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.lock())
    }

    /// Makes one transaction of all that is written until [`commit_whole`](Self::commit_whole). Nobody else may write
    /// meanwhile. Without a commit nothing of it lasts.
    pub(crate) fn begin_whole(&self) -> rusqlite::Result<()> {
        let connection = self.lock();
        connection.execute_cached("BEGIN IMMEDIATE", [])?;
        self.whole.store(true, Ordering::Release);
        Ok(())
    }

    /// Ends what [`begin_whole`](Self::begin_whole) began.
    pub(crate) fn commit_whole(&self) -> rusqlite::Result<()> {
        let connection = self.lock();
        self.whole.store(false, Ordering::Release);
        connection.execute_cached("COMMIT", []).map(|_| ())
    }

    /// Does everything or, if the work does not succeed, nothing.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.lock();
        let (begin, commit, undo): (_, _, &[&str]) = if self.whole.load(Ordering::Acquire) {
            ("SAVEPOINT work", "RELEASE work", &["ROLLBACK TO work", "RELEASE work"])
        } else {
            ("BEGIN IMMEDIATE", "COMMIT", &["ROLLBACK"])
        };
        connection.execute_cached(begin, [])?;
        let undo = || undo.iter().try_for_each(|sql| connection.execute_cached(sql, []).map(|_| ()));
        match work(&connection) {
            Ok(done) => {
                if let Err(error) = connection.execute_cached(commit, []) {
                    // Should it fail as well, the next taker of the lock sees to it.
                    let _ = undo();
                    return Err(error.into());
                }
                Ok(done)
            }
            Err(error) => {
                if !connection.is_autocommit() {
                    undo()?;
                }
                Err(error)
            }
        }
    }

    /// A panic while the lock was held leaves nothing behind but an open transaction, which is undone.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.is_autocommit() && !self.whole.load(Ordering::Acquire) {
            let _ = connection.execute_cached("ROLLBACK", []);
        }
        connection
    }
}

/// Short forms for statements that are prepared once.
pub(crate) trait Cached {
    fn execute_cached(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize>;

    /// The first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>>;

    /// All rows.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>>;

    /// One number, such as a count.
    fn number(&self, sql: &str, params: impl Params) -> rusqlite::Result<i64>;
}

impl Cached for Connection {
    fn execute_cached(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.prepare_cached(sql)?.query_row(params, read).optional()
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.prepare_cached(sql)?.query_map(params, read)?.collect()
    }

    fn number(&self, sql: &str, params: impl Params) -> rusqlite::Result<i64> {
        self.prepare_cached(sql)?.query_row(params, |row| row.get(0))
    }
}

/// Turns the violation of a unique constraint into a refusal.
pub(crate) fn unless_taken(result: rusqlite::Result<usize>, taken: impl FnOnce(&str) -> Stop) -> Result<(), Stop> {
    match result {
        Ok(_) => Ok(()),
        Err(rusqlite::Error::SqliteFailure(error, message))
            if error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE =>
        {
            Err(taken(message.as_deref().unwrap_or_default()))
        }
        Err(error) => Err(error.into()),
    }
}
