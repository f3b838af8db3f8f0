//! Keyset pagination: a page begins after or before the keys of an item. So page 1,000 costs as much as page 1, and no
//! item is skipped or repeated when others are added or removed.

use std::fmt::Write as _;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::Cached as _;
use super::select::Select;

/// The rows of a list, and their order.
pub(crate) struct Listing {
    /// SQL condition.
    pub(crate) condition: String,
    /// Values of its placeholders.
    pub(crate) values: Vec<Value>,
    /// Integer columns that the list is ordered by. Together they are unique.
    pub(crate) keys: &'static [&'static str],
    pub(crate) descending: bool,
}

/// A position between two items: the keys of one of them, and on which side the page lies.
#[derive(Debug, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) backwards: bool,
    pub(crate) keys: Vec<i64>,
}

/// A page of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Position of the page before this one, if there is one.
    pub(crate) previous: Option<Cursor>,
    /// Position of the page after this one, if there is one.
    pub(crate) next: Option<Cursor>,
}

impl Listing {
    /// A list in the order of creation.
    pub(crate) fn by_creation(
        condition: impl Into<String>,
        values: Vec<Value>,
        id: &'static [&'static str; 1],
    ) -> Self {
        Self { condition: condition.into(), values, keys: id, descending: false }
    }

    /// Adds a condition if there is a value for it.
    pub(crate) fn and(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.condition.push_str(" AND ");
            self.condition.push_str(condition);
            self.values.push(value.into());
        }
        self
    }

    /// Reads up to `size` items beside a position, or from the beginning.
    pub(crate) fn page<T: Select>(
        &self,
        db: &Connection,
        cursor: Option<&Cursor>,
        size: usize,
    ) -> rusqlite::Result<Page<T>> {
        let key_count = self.keys.len();
        let mut values = self.values.clone();
        values.extend(cursor.iter().flat_map(|cursor| cursor.keys.iter().map(|key| Value::Integer(*key))));
        // One row more shows whether another page follows.
        values.push(Value::Integer(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)));
        let mut rows = db.all(&self.to_sql::<T>(cursor), params_from_iter(values), |row| {
            let keys = (0..key_count).map(|index| row.get(index)).collect::<rusqlite::Result<Vec<i64>>>()?;
            Ok((keys, T::read(row, key_count)?))
        })?;
        let more = rows.len() > size;
        rows.truncate(size);
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        if backwards {
            rows.reverse();
        }
        let (before, after) = if backwards { (more, true) } else { (cursor.is_some(), more) };
        let position =
            |backwards, row: Option<&(Vec<i64>, T)>| row.map(|(keys, _)| Cursor { backwards, keys: keys.clone() });
        let previous = position(true, rows.first()).filter(|_| before);
        let next = position(false, rows.last()).filter(|_| after);
        Ok(Page { items: rows.into_iter().map(|(_, item)| item).collect(), previous, next })
    }

    fn to_sql<T: Select>(&self, cursor: Option<&Cursor>) -> String {
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        let descending = self.descending != backwards;
        let keys = self.keys.join(", ");
        let mut sql = format!("SELECT {keys}, {} FROM {} WHERE {}", T::columns(), T::FROM, self.condition);
        if cursor.is_some() {
            let comparison = if descending { '<' } else { '>' };
            let placeholders = vec!["?"; self.keys.len()].join(", ");
            let _ = write!(sql, " AND ({keys}) {comparison} ({placeholders})");
        }
        let direction = if descending { " DESC" } else { "" };
        let order: Vec<_> = self.keys.iter().map(|key| format!("{key}{direction}")).collect();
        // SQLite would prepare the statement again for each value of a limit that is a bare parameter.
        let _ = write!(sql, " ORDER BY {} LIMIT ? + 0", order.join(", "));
        sql
    }
}

impl Cursor {
    /// The page token: `PT`, the side, and the keys in hexadecimal. The format of the API's tokens is not known.
    pub(crate) fn to_token(&self) -> String {
        let mut token = String::from(if self.backwards { "PTp" } else { "PTn" });
        for key in &self.keys {
            let _ = write!(token, "{key:016x}");
        }
        token
    }

    /// Reads a page token with so many keys.
    pub(crate) fn from_token(token: &str, key_count: usize) -> Option<Self> {
        let (side, digits) = token.split_at_checked(3)?;
        let backwards = match side {
            "PTp" => true,
            "PTn" => false,
            _ => return None,
        };
        if digits.len() != 16 * key_count || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let key = |index: usize| u64::from_str_radix(&digits[16 * index..16 * (index + 1)], 16).ok();
        let keys = (0..key_count).map(|index| key(index).map(u64::cast_signed)).collect::<Option<_>>()?;
        Some(Self { backwards, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_is_parsed_and_other_strings_are_rejected() {
        let cursor = Cursor { backwards: true, keys: vec![-1, 7] };
        assert_eq!(Cursor::from_token(&cursor.to_token(), 2), Some(cursor));
        for bad in ["", "PTn", "PTx0000000000000001", "PTn000000000000000g", "PTn00000000000000011", "é"] {
            assert_eq!(Cursor::from_token(bad, 1), None, "{bad}");
        }
    }
}
