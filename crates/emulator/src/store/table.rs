//! One mapping for each table: one declaration defines its columns, and how rows are read, inserted and updated.

use rusqlite::{Connection, params};

use super::listing::Listing;
use super::select::Select;
use crate::sid::is_sid;

/// A row of one table. [`table!`] implements it.
pub(crate) trait Table: Select {
    /// Condition for the SID of the row and the row that it belongs to.
    const BY_SID: &'static str;
    /// Condition for the row that it belongs to.
    const BY_OWNER: &'static str;
    /// The key of the order of creation.
    const ID: &'static [&'static str; 1];

    /// The row with a SID among those that belong to another row.
    fn by_sid(db: &Connection, owner: i64, sid: &str) -> rusqlite::Result<Option<Self>> {
        Self::first(db, Self::BY_SID, params![sid, owner])
    }

    /// The row with a SID or, if `name` is none, that of another condition for the name and the row that it belongs to.
    fn by_sid_or(
        db: &Connection,
        owner: i64,
        name: &str,
        prefix: [u8; 2],
        condition: &'static str,
    ) -> rusqlite::Result<Option<Self>> {
        let condition = if is_sid(name, Some(prefix)) { Self::BY_SID } else { condition };
        Self::first(db, condition, params![name, owner])
    }

    /// The rows that belong to another row, in the order of creation.
    fn of(owner: i64) -> Listing {
        Listing::by_creation(Self::BY_OWNER, vec![owner.into()], Self::ID)
    }

    /// Inserts the row, and sets its `id` if that is 0.
    fn insert(&mut self, db: &Connection) -> rusqlite::Result<()>;

    /// Writes the mutable columns.
    fn update(&self, db: &Connection) -> rusqlite::Result<()>;

    /// Writes the lists.
    fn replace_lists(&self, db: &Connection) -> rusqlite::Result<()>;

    /// Deletes the row, and the rows that refer to it.
    fn delete(&self, db: &Connection) -> rusqlite::Result<()>;
}

/// Implements [`Select`] and [`Table`] for a struct that has a default and a field `id`.
///
/// - `in`: the column of the row that it belongs to.
/// - `sid`: a condition that finds the row of a SID, `?1`, if the table has no index of SIDs.
/// - `from`: the table with the joins that the `joined` columns need.
/// - `joined`: fields that are only read, each from an SQL expression.
/// - `fixed`: columns that are written by the insert alone.
/// - `mutable`: columns that each update writes.
/// - `lists`: fields that are lists, each in a table of its own (see [`lists`](super::lists)).
///
/// A field is named like its column, or `field.of.a.field = "column"`.
macro_rules! table {
    (
        $entity:ty as $table:literal in $owner:literal $(, sid $by_sid:literal)?, from $from:literal,
        joined { $($($j:ident).+ = $expression:literal),* $(,)? }
        fixed { $($($f:ident).+ $(= $f_column:literal)?),* $(,)? }
        mutable { $($m0:ident).+ $(= $m0_column:literal)? $(, $($m:ident).+ $(= $m_column:literal)?)* $(,)? }
        lists { $($l:ident = $list:literal),* $(,)? }
    ) => {
        impl $crate::store::select::Select for $entity {
            const FROM: &'static str = $from;
            const WIDTH: usize = [
                $(stringify!($($j).+),)* $(stringify!($l),)* $(stringify!($($f).+),)* stringify!($($m0).+),
                $(stringify!($($m).+),)* "id",
            ]
            .len();

            fn columns() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(concat!(
                    $($expression, ", ",)*
                    $(
                        // An ordered aggregate would sort. The rows are in the order of the primary key.
                        "(SELECT json_group_array(value) FROM (SELECT value FROM ", $list, " WHERE owner = ", $table,
                        ".id ORDER BY position)), ",
                    )*
                    $($table, ".", $crate::store::table::column!($($f).+ $(= $f_column)?), ", ",)*
                    $table, ".", $crate::store::table::column!($($m0).+ $(= $m0_column)?), ", ",
                    $($table, ".", $crate::store::table::column!($($m).+ $(= $m_column)?), ", ",)*
                    $table, ".id",
                ))
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                let mut entity = Self::default();
                let mut columns = at..;
                let mut column = || columns.next().unwrap_or_default();
                $(entity.$($j).+ = row.get(column())?;)*
                $(entity.$l = $crate::store::lists::read(row, column())?;)*
                $(entity.$($f).+ = row.get(column())?;)*
                entity.$($m0).+ = row.get(column())?;
                $(entity.$($m).+ = row.get(column())?;)*
                entity.id = row.get(column())?;
                Ok(entity)
            }
        }

        impl $crate::store::table::Table for $entity {
            const BY_SID: &'static str = concat!($($by_sid, " AND ",)? $table, ".sid = ?1 AND ", $table, ".", $owner, " = ?2");
            const BY_OWNER: &'static str = concat!($table, ".", $owner, " = ?");
            const ID: &'static [&'static str; 1] = &[concat!($table, ".id")];

            fn insert(&mut self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
                const SQL: &str = concat!(
                    "INSERT INTO ", $table, " (id, ",
                    $($crate::store::table::column!($($f).+ $(= $f_column)?), ", ",)*
                    $($crate::store::table::column!($($m).+ $(= $m_column)?), ", ",)*
                    $crate::store::table::column!($($m0).+ $(= $m0_column)?), ") VALUES (nullif(?, 0), ",
                    $($crate::store::table::placeholder!($($f).+),)* $($crate::store::table::placeholder!($($m).+),)* "?)",
                );
                $crate::store::Cached::execute_cached(
                    db, SQL, rusqlite::params![self.id, $(self.$($f).+,)* $(self.$($m).+,)* self.$($m0).+],
                )?;
                self.id = db.last_insert_rowid();
                self.replace_lists(db)
            }

            fn update(&self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
                const SQL: &str = concat!(
                    "UPDATE ", $table, " SET ", $crate::store::table::column!($($m0).+ $(= $m0_column)?), " = ?",
                    $(", ", $crate::store::table::column!($($m).+ $(= $m_column)?), " = ?",)*
                    " WHERE id = ?",
                );
                $crate::store::Cached::execute_cached(
                    db, SQL, rusqlite::params![self.$($m0).+, $(self.$($m).+,)* self.id],
                )?;
                Ok(())
            }

            #[allow(unused_variables, reason = "a table without lists uses neither")]
            fn replace_lists(&self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
                $($crate::store::lists::replace(db, $list, self.id, &self.$l)?;)*
                Ok(())
            }

            fn delete(&self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
                let sql = concat!("DELETE FROM ", $table, " WHERE id = ?");
                $crate::store::Cached::execute_cached(db, sql, [self.id]).map(|_| ())
            }
        }
    };
}

/// The column of a field, quoted.
macro_rules! column {
    ($field:ident) => {
        concat!("\"", stringify!($field), "\"")
    };
    ($($field:ident).+ = $column:literal) => {
        concat!("\"", $column, "\"")
    };
}

/// The placeholder of a field's value.
macro_rules! placeholder {
    ($($field:ident).+) => {
        "?, "
    };
}

pub(crate) use {column, placeholder, table};
