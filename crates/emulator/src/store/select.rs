//! Reading entities from rows.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rusqlite::{Connection, Params, Row};

use super::Cached as _;

/// A type that is read from rows of one or more tables.
pub(crate) trait Select: Sized {
    /// The table and its joins.
    const FROM: &'static str;
    /// Number of expressions in [`columns`](Self::columns).
    const WIDTH: usize;

    /// The selected expressions, in the order in which [`read`](Self::read) reads them.
    fn columns() -> Cow<'static, str>;

    /// Reads a row whose columns begin at an index.
    fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self>;

    /// The first row that a condition selects. The condition may be followed by an order.
    fn first(db: &Connection, condition: &'static str, values: impl Params) -> rusqlite::Result<Option<Self>> {
        db.first(&sql::<Self>(condition), values, |row| Self::read(row, 0))
    }

    /// All rows that a condition selects. The condition may be followed by an order.
    fn all(db: &Connection, condition: &'static str, values: impl Params) -> rusqlite::Result<Vec<Self>> {
        db.all(&sql::<Self>(condition), values, |row| Self::read(row, 0))
    }
}

/// Implements [`Select`] for a struct around something that is selected: `pub(crate) struct New(Inner);`.
macro_rules! select_as {
    ($new:ident, $inner:ty) => {
        impl $crate::store::select::Select for $new {
            const FROM: &'static str = <$inner>::FROM;
            const WIDTH: usize = <$inner>::WIDTH;

            fn columns() -> std::borrow::Cow<'static, str> {
                <$inner>::columns()
            }

            fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                <$inner>::read(row, at).map(Self)
            }
        }
    };
}

pub(crate) use select_as;

/// The statement of a condition. Statements are long, and each thread puts one together once.
fn sql<T: Select>(condition: &'static str) -> Rc<str> {
    /// The addresses of table and condition, and the number of columns.
    type Key = (*const str, *const str, usize);
    thread_local! {
        static STATEMENTS: RefCell<Vec<(Key, Rc<str>)>> = const { RefCell::new(Vec::new()) };
    }
    let key: Key = (T::FROM, condition, T::WIDTH);
    STATEMENTS.with_borrow_mut(|statements| {
        if let Some((_, sql)) = statements.iter().find(|(known, _)| *known == key) {
            return sql.clone();
        }
        let sql: Rc<str> = format!("SELECT {} FROM {} WHERE {condition}", T::columns(), T::FROM).into();
        statements.push((key, sql.clone()));
        sql
    })
}
