//! Snapshots: the whole database as bytes, and its replacement while the emulator runs.

use std::fmt;
use std::io::Read as _;
use std::sync::atomic::Ordering;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, MAIN_DB, params};

use super::file::{self, Content, Identity};
use super::{Cached as _, Store, generated, stored_clock};
use crate::clock::Reading;

/// All columns of all tables, and the SQL of triggers and views. Two databases have the same structure if these are equal.
const STRUCTURE: &str = "SELECT type || ' ' || name || ' ' || iif(type IN ('trigger', 'view'), sql, coalesce((
     SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(one.name) ORDER BY name)), ''))
     FROM sqlite_schema AS one WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

/// Columns that refer to an account. That of a participant is not a foreign key, since it is null in closed conversations.
const ACCOUNT_COLUMNS: &str = "SELECT one.name, reference.\"from\" FROM sqlite_schema AS one,
     pragma_foreign_key_list(one.name) AS reference WHERE one.type = 'table' AND reference.\"table\" = 'account'
     UNION SELECT 'participant', 'open_in' UNION SELECT 'account', 'id'";

/// A database that was checked and can replace that of the emulator.
pub(crate) struct Candidate(Connection);

/// The reason that bytes are rejected as a [`Candidate`].
#[derive(Debug)]
pub(crate) enum Unfit {
    /// They are not a data file that this emulator can use.
    Rejected(String),
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(problem) => formatter.write_str(problem),
            Self::Failed(error) => error.fmt(formatter),
        }
    }
}

impl Store {
    /// Number of times that another database has replaced this one. It changes under the lock only: within
    /// [`read`](Store::read) or [`write`](Store::write) it is that of the data there.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// This database as the bytes of a data file.
    pub(crate) fn snapshot(&self) -> rusqlite::Result<Vec<u8>> {
        let mut bytes = self.read(|db| db.serialize(MAIN_DB).map(|data| data.to_vec()))?;
        if let Some(versions) = bytes.get_mut(file::FORMAT_VERSIONS) {
            // The bytes have no write-ahead log beside them.
            versions.fill(file::WITHOUT_LOG);
        }
        Ok(bytes)
    }

    /// Replaces this database, completely or, if that fails, not at all. Calls `replaced` before the lock is released.
    pub(crate) fn replace(&self, other: &Candidate, replaced: impl FnOnce()) -> rusqlite::Result<()> {
        let (counts, latest) = generated(&other.0)?;
        let mut connection = self.lock();
        let copied = Backup::new(&other.0, &mut connection)?.step(-1)?;
        if copied != StepResult::Done {
            // No other connection uses either of them.
            return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None));
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.ids.restore(counts, latest);
        replaced();
        Ok(())
    }

    /// Moves this database out, as a replacement for that of another instance. An empty one without tables stays.
    pub(crate) fn take(&self) -> rusqlite::Result<Candidate> {
        let empty = Connection::open_in_memory()?;
        Ok(Candidate(std::mem::replace(&mut self.lock(), empty)))
    }

    fn structure(&self) -> rusqlite::Result<Vec<String>> {
        self.read(structure)
    }
}

impl Candidate {
    /// Checks the bytes of a data file, for an emulator with this database.
    pub(crate) fn read(bytes: &[u8], store: &Store) -> Result<Self, Unfit> {
        let reject = |problem: &str| Err(Unfit::Rejected(problem.to_owned()));
        if !file::is_database(bytes) {
            return reject("it is not a SQLite database");
        }
        // A database in memory cannot have a write-ahead log.
        let versions = [file::WITHOUT_LOG; 2];
        let (before, after) = (&bytes[..file::FORMAT_VERSIONS.start], &bytes[file::FORMAT_VERSIONS.end..]);
        let mut db = Connection::open_in_memory()?;
        db.deserialize_read_exact(MAIN_DB, before.chain(&versions[..]).chain(after), bytes.len(), false)?;
        db.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF")?;
        let check = || -> rusqlite::Result<Result<(), String>> {
            match Identity::of(&db)?.check() {
                Ok(Content::Ours) => {}
                Ok(Content::Empty) => return Ok(Err("it has no tables".to_owned())),
                Err(problem) => return Ok(Err(problem)),
            }
            let page_size = |db: &Connection| db.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0));
            let (pages, ours) = (page_size(&db)?, store.read(page_size)?);
            if pages != ours {
                return Ok(Err(format!("its pages have {pages} bytes, those of this emulator {ours}")));
            }
            let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if sound != "ok" {
                return Ok(Err(format!("it is damaged: {sound}")));
            }
            if structure(&db)? != store.structure()? {
                return Ok(Err("its tables are not those of this emulator".to_owned()));
            }
            let dangling = db.prepare("PRAGMA foreign_key_check")?.exists([])?;
            Ok(if dangling { Err("it is damaged: a row refers to one that does not exist".to_owned()) } else { Ok(()) })
        };
        match check() {
            Ok(Ok(())) => Ok(Self(db)),
            Ok(Err(problem)) => Err(Unfit::Rejected(problem)),
            // The database is in memory: only its content can make reading it fail.
            Err(error) => Err(Unfit::Rejected(format!("it is damaged: {error}"))),
        }
    }

    /// The clock in the database.
    pub(crate) fn clock(&self) -> rusqlite::Result<Option<Reading>> {
        stored_clock(&self.0)
    }

    /// Renumbers the rows of accounts as in the emulator, so that requests in progress find them. Other accounts get
    /// unused numbers.
    pub(crate) fn renumber(&self, accounts: &[(i64, &str)]) -> Result<(), Unfit> {
        let present: Vec<(i64, String)> =
            self.0.all("SELECT id, sid FROM account ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (_, sid) in accounts {
            if !present.iter().any(|(_, present)| present == sid) {
                return Err(Unfit::Rejected(format!("it lacks the account {sid}")));
            }
        }
        let mut free = (1..).filter(|id| !accounts.iter().any(|(taken, _)| taken == id));
        let mut moves = Vec::new();
        for (old, sid) in &present {
            let own = accounts.iter().find(|(_, own)| own == sid).map(|(id, _)| *id);
            moves.extend(own.or_else(|| free.next()).map(|new| (*old, new)));
        }
        moves.retain(|(old, new)| old != new);
        if moves.is_empty() {
            return Ok(());
        }
        let columns: Vec<(String, String)> = self.0.all(ACCOUNT_COLUMNS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.0.execute_batch("BEGIN")?;
        for (table, column) in &columns {
            // Negative numbers, which no row has yet, avoid conflicts on the way.
            let step = format!("UPDATE \"{table}\" SET \"{column}\" = ? WHERE \"{column}\" = ?");
            for (old, new) in &moves {
                self.0.execute(&step, params![-new, old])?;
            }
            self.0
                .execute(&format!("UPDATE \"{table}\" SET \"{column}\" = -\"{column}\" WHERE \"{column}\" < 0"), [])?;
        }
        self.0.execute_batch("COMMIT")?;
        Ok(())
    }
}

fn structure(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.all(STRUCTURE, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sid::Ids;

    fn with_accounts(sids: &[&str]) -> Store {
        let store = Store::open(None, Ids::default()).unwrap();
        for (index, sid) in sids.iter().enumerate() {
            let id = index + 1;
            let added: rusqlite::Result<()> = store.write(|db| {
                db.execute_batch(&format!(
                    "INSERT INTO account (id, sid, default_messaging_service_sid) VALUES ({id}, '{sid}', 'MG');
                     INSERT INTO service (account, sid, friendly_name, date_created, date_updated)
                     VALUES ({id}, 'IS{sid}', '', 0, 0);"
                ))
            });
            added.unwrap();
        }
        store
    }

    #[test]
    fn accounts_get_the_numbers_of_the_emulator_with_all_that_refers_to_them() {
        let store = with_accounts(&["ACa", "ACb", "ACc"]);
        let candidate = Candidate::read(&store.snapshot().unwrap(), &store).unwrap();
        candidate.renumber(&[(1, "ACb"), (2, "ACa")]).unwrap();
        let query = "SELECT account.id || account.sid || service.sid FROM account JOIN service ON account = account.id";
        let mut rows: Vec<String> = candidate.0.all(query, [], |row| row.get(0)).unwrap();
        rows.sort();
        assert_eq!(rows, ["1ACbISACb", "2ACaISACa", "3ACcISACc"]);
        candidate.renumber(&[(3, "ACa"), (7, "ACc")]).unwrap();
        let mut rows: Vec<String> = candidate.0.all(query, [], |row| row.get(0)).unwrap();
        rows.sort();
        assert_eq!(rows, ["1ACbISACb", "3ACaISACa", "7ACcISACc"]);
        let error = candidate.renumber(&[(1, "ACd")]).unwrap_err();
        assert_eq!(error.to_string(), "it lacks the account ACd");
    }

    #[test]
    fn every_column_that_refers_to_an_account_is_renumbered() {
        let store = Store::open(None, Ids::default()).unwrap();
        let columns: Vec<String> = store
            .read(|db| {
                db.all(ACCOUNT_COLUMNS, [], |row| Ok(row.get::<_, String>(0)? + "." + &row.get::<_, String>(1)?))
            })
            .unwrap();
        let sql = "SELECT one.name || '.' || part.name FROM sqlite_schema AS one, pragma_table_info(one.name) AS part
                   WHERE one.type = 'table' AND part.name IN ('account', 'open_in')";
        let expected: Vec<String> = store.read(|db| db.all(sql, [], |row| row.get(0))).unwrap();
        for column in &expected {
            assert!(columns.contains(column), "{column} is not renumbered: {columns:?}");
        }
        assert_eq!(columns.len(), expected.len() + 1, "{columns:?}");
    }

    #[test]
    fn a_database_that_cannot_be_written_is_not_replaced() {
        let (store, other) = (with_accounts(&["ACa"]), with_accounts(&["ACb"]));
        store.read(|db| db.execute_batch("PRAGMA max_page_count = 1")).unwrap();
        let big = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                   INSERT INTO service (account, sid, friendly_name, date_created, date_updated)
                   SELECT 1, 'IS' || i, hex(randomblob(500)), 0, 0 FROM n";
        other.read(|db| db.execute_batch(big)).unwrap();
        let candidate = Candidate::read(&other.snapshot().unwrap(), &store).unwrap();
        store.replace(&candidate, || panic!("it was replaced")).unwrap_err();
        assert_eq!(store.generation(), 0);
        let sids: Vec<String> = store.read(|db| db.all("SELECT sid FROM account", [], |row| row.get(0))).unwrap();
        assert_eq!(sids, ["ACa"]);
    }
}
