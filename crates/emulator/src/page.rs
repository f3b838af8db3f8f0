//! Lists, a page at a time.
//!
//! A page token holds the keys of the item next to the page, so that page 1,000 costs what page 1 does, and items that
//! come or go meanwhile shift nothing.

use std::fmt::Write as _;

use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};

use crate::call::{Call, Reply};
use crate::error::{Refusal, Stop};
use crate::render::{Item, encode_query, write_text};
use crate::store::Cached;

/// What is listed and in which order.
pub(crate) struct Listing<'a> {
    /// Columns that the item is read from.
    pub(crate) columns: &'a str,
    /// Tables, and the condition after `WHERE`.
    pub(crate) from: &'a str,
    /// Values of the placeholders above.
    pub(crate) values: Vec<Sql>,
    /// Columns of whole numbers that the list is ordered by; together they are unique.
    pub(crate) keys: &'a [&'a str],
    pub(crate) descending: bool,
}

/// A place between two items: the keys of the item next to it, and the side on which the page lies.
struct Cursor {
    backwards: bool,
    keys: Vec<i64>,
}

impl Call<'_> {
    /// The answer that holds a page of a list.
    pub(crate) fn page<T: Item>(
        &self,
        listing: &Listing<'_>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Reply, Stop> {
        let size = self.page_size()?;
        let number = self.page_number()?;
        let cursor = match self.query().filled("PageToken") {
            Some(token) => Some(Cursor::read(token, listing.keys.len()).ok_or_else(bad_token)?),
            None => None,
        };
        let backwards = cursor.as_ref().is_some_and(|cursor| cursor.backwards);
        // The columns before those of the item are the keys. One row more than asked for tells if there is more.
        let sql = listing.to_sql(cursor.as_ref());
        let mut values = listing.values.clone();
        values.extend(cursor.iter().flat_map(|cursor| cursor.keys.iter().map(|key| Sql::Integer(*key))));
        values.push(Sql::Integer(i64::from(size) + 1));
        let key_count = listing.keys.len();
        let mut rows = self.turn.db.all(&sql, params_from_iter(values), |row| {
            let keys = (0..key_count).map(|index| row.get(index)).collect::<rusqlite::Result<Vec<i64>>>()?;
            Ok((keys, read(row)?))
        })?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        if backwards {
            rows.reverse();
        }
        let (before, after) = if backwards { (more, true) } else { (cursor.is_some(), more) };
        let token = |backwards: bool, row: Option<&(Vec<i64>, T)>| {
            row.map(|(keys, _)| Cursor { backwards, keys: keys.clone() }.write())
        };
        let previous = token(true, rows.first()).filter(|_| before);
        let next = token(false, rows.last()).filter(|_| after);
        let items = rows.into_iter().map(|(_, item)| item);
        Ok(self.write_page(size, number, previous.as_deref(), next.as_deref(), items))
    }

    fn write_page<T: Item>(
        &self,
        size: u32,
        number: u32,
        previous: Option<&str>,
        next: Option<&str>,
        items: impl ExactSizeIterator<Item = T>,
    ) -> Reply {
        let operation = self.input.operation;
        let key = operation.list.as_ref().map_or("items", |list| &*list.key);
        let mut body = Vec::with_capacity(512 + 768 * items.len());
        body.push(b'{');
        write_text(&mut body, key);
        body.extend_from_slice(b":[");
        for (index, item) in items.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            if let Some(shape) = &operation.shape {
                shape.write(&mut body, &self.view, &item);
            }
        }
        let url = |number: u32, token: Option<&str>| self.page_url(size, number, token);
        let mut url_or_null = |name: &str, url: Option<String>| {
            body.extend_from_slice(name.as_bytes());
            match url {
                Some(url) => write_text(&mut body, &url),
                None => body.extend_from_slice(b"null"),
            }
        };
        url_or_null(
            &format!("],\"meta\":{{\"page\":{number},\"page_size\":{size},\"first_page_url\":"),
            Some(url(0, None)),
        );
        let previous = previous.map(|token| url(number.saturating_sub(1), Some(token)));
        url_or_null(",\"previous_page_url\":", previous);
        url_or_null(",\"url\":", Some(url(number, self.query().filled("PageToken"))));
        url_or_null(",\"next_page_url\":", next.map(|token| url(number.saturating_add(1), Some(token))));
        body.extend_from_slice(b",\"key\":");
        write_text(&mut body, key);
        body.extend_from_slice(b"}}");
        Reply { status: operation.success, body }
    }

    /// The address of a page of this list, with the filters of this request.
    fn page_url(&self, size: u32, number: u32, token: Option<&str>) -> String {
        let mut query = String::new();
        for (name, value) in self.query().iter() {
            let known = self.input.operation.query.iter().any(|parameter| *parameter.name == *name);
            if known && !["PageSize", "Page", "PageToken"].contains(&name) {
                encode_query(&mut query, name, value);
            }
        }
        if let Some(sid) = &self.input.named_account {
            encode_query(&mut query, "AccountSid", sid);
        }
        let _ = write!(query, "&PageSize={size}&Page={number}");
        if let Some(token) = token {
            encode_query(&mut query, "PageToken", token);
        }
        format!("{}{}?{}", self.input.origin, self.input.raw_path, query.trim_start_matches('&'))
    }

    /// Items per page: what was asked for, at most the list's maximum.
    fn page_size(&self) -> Result<u32, Stop> {
        let maximum = self.input.operation.list.as_ref().map_or(50, |list| list.maximum);
        match self.query().filled("PageSize").map(str::parse::<u64>) {
            None => Ok(maximum.min(50)),
            Some(Ok(size)) if size > 0 => Ok(u32::try_from(size).map_or(maximum, |size| size.min(maximum))),
            Some(_) => Err(Refusal::invalid("PageSize", "not a whole number from 1").into()),
        }
    }

    /// The label of this page, which the caller keeps.
    fn page_number(&self) -> Result<u32, Stop> {
        match self.query().filled("Page") {
            None => Ok(0),
            Some(page) => page.parse().map_err(|_| Refusal::invalid("Page", "not a whole number from 0").into()),
        }
    }
}

impl Listing<'_> {
    fn to_sql(&self, cursor: Option<&Cursor>) -> String {
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        let descending = self.descending != backwards;
        let mut sql = format!("SELECT {}, {} FROM {}", self.keys.join(", "), self.columns, self.from);
        if cursor.is_some() {
            let comparison = if descending { '<' } else { '>' };
            let marks = vec!["?"; self.keys.len()].join(", ");
            let _ = write!(sql, " AND ({}) {comparison} ({marks})", self.keys.join(", "));
        }
        let direction = if descending { " DESC" } else { "" };
        let order: Vec<_> = self.keys.iter().map(|key| format!("{key}{direction}")).collect();
        let _ = write!(sql, " ORDER BY {} LIMIT ?", order.join(", "));
        sql
    }
}

impl Cursor {
    /// `PT`, the side, and the keys in hexadecimal. The real form is not known; nobody should look into it.
    fn write(&self) -> String {
        let mut token = String::from(if self.backwards { "PTp" } else { "PTn" });
        for key in &self.keys {
            let _ = write!(token, "{key:016x}");
        }
        token
    }

    fn read(token: &str, count: usize) -> Option<Self> {
        let (side, digits) = token.split_at_checked(3)?;
        let backwards = match side {
            "PTp" => true,
            "PTn" => false,
            _ => return None,
        };
        if digits.len() != 16 * count || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let keys = (0..count)
            .map(|index| u64::from_str_radix(&digits[16 * index..16 * (index + 1)], 16).map(u64::cast_signed).ok())
            .collect::<Option<_>>()?;
        Some(Self { backwards, keys })
    }
}

fn bad_token() -> Stop {
    Refusal::bad(21481, "Invalid parameter PageToken: not a token of this list").into()
}
