//! Push credentials. Their secrets are not kept: nothing is pushed, and the API never shows them again.

use rusqlite::{Row, params};

use super::check_length;
use crate::call::{Call, Reply};
use crate::documented::{Documented as _, PushType};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::spec::Fields;
use crate::store::Cached;
use crate::time::Millis;

pub(super) struct Credential {
    sid: String,
    friendly_name: Option<String>,
    kind: PushType,
    sandbox: Option<String>,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "sid, friendly_name, type, sandbox, date_created, date_updated";

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let turn = &call.turn;
    let mut credential = Credential {
        sid: new_sid("CR"),
        friendly_name: None,
        kind: call.form().value("Type")?.ok_or_else(|| Refusal::missing("Type"))?,
        sandbox: None,
        date_created: turn.now,
        date_updated: turn.now,
    };
    credential.take(call.form())?;
    turn.db.execute_cached(
        "INSERT INTO credential (account, sid, friendly_name, type, sandbox, date_created, date_updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![
            turn.account.id,
            credential.sid,
            credential.friendly_name,
            credential.kind,
            credential.sandbox,
            turn.now.0
        ],
    )?;
    Ok(call.item(&credential))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    Ok(call.item(&find(call)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let mut credential = find(call)?;
    credential.take(call.form())?;
    credential.date_updated = call.turn.now;
    call.turn.db.execute_cached(
        "UPDATE credential SET friendly_name = ?, type = ?, sandbox = ?, date_updated = ? WHERE sid = ?",
        params![
            credential.friendly_name,
            credential.kind,
            credential.sandbox,
            credential.date_updated.0,
            credential.sid
        ],
    )?;
    Ok(call.item(&credential))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let listing = Listing {
        columns: COLUMNS,
        from: "credential WHERE account = ?",
        values: vec![call.turn.account.id.into()],
        keys: &["id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let deleted = call.turn.db.execute_cached(
        "DELETE FROM credential WHERE sid = ? AND account = ?",
        params![call.last(), call.turn.account.id],
    )?;
    if deleted == 0 { Err(call.not_found()) } else { Ok(call.empty()) }
}

impl Credential {
    fn take(&mut self, form: &Fields) -> Result<(), Stop> {
        check_length("FriendlyName", form.text("FriendlyName"), 64)?;
        if let Some(name) = form.text("FriendlyName") {
            self.friendly_name = Some(name.to_owned()).filter(|name| !name.is_empty());
        }
        if let Some(kind) = form.value("Type")? {
            self.kind = kind;
        }
        if let Some(sandbox) = form.boolean("Sandbox") {
            // The API answers this one as a text, in this case.
            self.sandbox = Some(if sandbox { "True" } else { "False" }.to_owned());
        }
        Ok(())
    }
}

fn find(call: &Call<'_>) -> Result<Credential, Stop> {
    let credential = call.turn.db.first(
        "SELECT sid, friendly_name, type, sandbox, date_created, date_updated FROM credential
         WHERE sid = ? AND account = ?",
        params![call.last(), call.turn.account.id],
        |row| read(row, 0),
    )?;
    credential.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Credential> {
    Ok(Credential {
        sid: row.get(at)?,
        friendly_name: row.get(at + 1)?,
        kind: row.get(at + 2)?,
        sandbox: row.get(at + 3)?,
        date_created: Millis(row.get(at + 4)?),
        date_updated: Millis(row.get(at + 5)?),
    })
}

item! {
    impl Credential |self, value| {
        "account_sid" => value.account_sid(),
        "sid" => value.text(&self.sid),
        "friendly_name" => value.text_or_null(self.friendly_name.as_deref()),
        "type" => value.text(self.kind.as_str()),
        "sandbox" => value.text_or_null(self.sandbox.as_deref()),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.account_url(format_args!("/Credentials/{}", self.sid)),
    }
}
