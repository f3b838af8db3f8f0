//! The accounts of an emulator instance, and their credentials.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, params};

use crate::domain::account::Account;
use crate::error::Error;
use crate::sid::{Ids, is_sid};
use crate::store::{Cached, Store, service};
use crate::time::Millis;

/// The credentials of an account, as the builder sets them.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) account_sid: String,
    pub(crate) auth_token: String,
    /// SIDs and secrets of API keys.
    pub(crate) api_keys: Vec<(String, String)>,
}

/// All accounts, by SID and by credentials.
pub(crate) struct Accounts {
    accounts: Vec<Account>,
    /// Indices by the part of the header that follows `Basic `.
    by_credentials: HashMap<Box<str>, usize>,
}

impl Accounts {
    /// Creates the rows of accounts that are not in the database, each with a default service.
    pub(crate) fn open(store: &Store, all: &[Credentials], now: Millis) -> Result<Self, Error> {
        let mut accounts = Self { accounts: Vec::new(), by_credentials: HashMap::new() };
        for credentials in all {
            credentials.check()?;
            let doing = || format!("cannot set up account {}", credentials.account_sid);
            let id = store.write(|db| set_up(db, &store.ids, &credentials.account_sid, now));
            let id = id.map_err(|error: rusqlite::Error| Error::because(doing(), error))?;
            let index = accounts.accounts.len();
            let token = (credentials.account_sid.clone(), credentials.auth_token.clone());
            for (user, password) in std::iter::once(&token).chain(&credentials.api_keys) {
                let encoded = STANDARD.encode(format!("{user}:{password}"));
                accounts.by_credentials.insert(encoded.into(), index);
            }
            let (sid, auth_token) = token;
            accounts.accounts.push(Account { id, sid, auth_token });
        }
        Ok(accounts)
    }

    /// The account that an `Authorization` header authenticates.
    pub(crate) fn authenticate(&self, header: &[u8]) -> Option<&Account> {
        let (scheme, credentials) = header.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let credentials = std::str::from_utf8(credentials).ok()?;
        self.by_credentials.get(credentials.trim()).map(|index| &self.accounts[*index])
    }

    /// The account with a SID; without a SID the first account.
    pub(crate) fn find(&self, sid: Option<&str>) -> Option<&Account> {
        match sid {
            Some(sid) => self.accounts.iter().find(|account| account.sid == sid),
            None => self.accounts.first(),
        }
    }

    pub(crate) fn by_id(&self, id: i64) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(crate) fn ids(&self) -> Vec<i64> {
        self.accounts.iter().map(|account| account.id).collect()
    }

    pub(crate) fn all(&self) -> &[Account] {
        &self.accounts
    }
}

impl Credentials {
    fn check(&self) -> Result<(), Error> {
        check_sid(&self.account_sid, "AC", "account SID")?;
        if self.auth_token.is_empty() {
            return Err(Error::new(format!("cannot use an empty auth token for account {}", self.account_sid)));
        }
        self.api_keys.iter().try_for_each(|(sid, _)| check_sid(sid, "SK", "API key"))
    }
}

/// The error quotes a malformed SID only if it begins like a SID, since otherwise it may be a misplaced secret.
fn check_sid(sid: &str, prefix: &str, name: &str) -> Result<(), Error> {
    let has_prefix = sid.starts_with(prefix);
    if has_prefix && is_sid(sid, None) {
        return Ok(());
    }
    let shown = if has_prefix { format!("{sid:?}") } else { "the value".to_owned() };
    Err(Error::new(format!("cannot use {shown} as {name}: it takes {prefix} and 32 hexadecimal digits")))
}

/// Whether the account had its scenario.
pub(crate) fn is_seeded(db: &Connection, account: i64) -> rusqlite::Result<bool> {
    Ok(db.number("SELECT seeded FROM account WHERE id = ?", [account])? != 0)
}

/// Notes that the account had its scenario.
pub(crate) fn set_seeded(db: &Connection, account: i64) -> rusqlite::Result<()> {
    db.execute_cached("UPDATE account SET seeded = 1 WHERE id = ?", [account])?;
    Ok(())
}

/// Finds or creates the account's row. A new account has a default service and a default messaging service.
fn set_up(db: &Connection, ids: &Ids, sid: &str, now: Millis) -> rusqlite::Result<i64> {
    if let Some(id) = db.first("SELECT id FROM account WHERE sid = ?", [sid], |row| row.get(0))? {
        return Ok(id);
    }
    db.execute_cached(
        "INSERT INTO account (sid, default_messaging_service_sid) VALUES (?, ?)",
        params![sid, ids.sid("MG")],
    )?;
    let id = db.last_insert_rowid();
    let service = service::create(db, ids, id, "Default Conversations Service", ids.sid("IS"), now)?;
    db.execute_cached("UPDATE account SET default_service = ? WHERE id = ?", params![service.id, id])?;
    Ok(id)
}
