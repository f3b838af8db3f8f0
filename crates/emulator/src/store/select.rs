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

/// The statement of a condition. Statements are long, and each thread puts one together once.
fn sql<T: Select>(condition: &'static str) -> Rc<str> {
    thread_local! {
        /// By table and condition, which are compared by address.
        static STATEMENTS: RefCell<Vec<(&'static str, &'static str, usize, Rc<str>)>> = const { RefCell::new(Vec::new()) };
    }
    STATEMENTS.with_borrow_mut(|statements| {
        let known = statements.iter().find(|(from, known, width, _)| {
            std::ptr::eq(*known, condition) && std::ptr::eq(*from, T::FROM) && *width == T::WIDTH
        });
        if let Some((.., statement)) = known {
            return statement.clone();
        }
        let statement: Rc<str> = format!("SELECT {} FROM {} WHERE {condition}", T::columns(), T::FROM).into();
        statements.push((T::FROM, condition, T::WIDTH, statement.clone()));
        statement
    })
}
