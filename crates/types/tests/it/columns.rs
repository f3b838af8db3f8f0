//! SIDs, names and enums as columns of a database, as the README shows it.

use rusqlite::{Connection, types::Type};
use twilio_conversations_types::{ConversationSid, v1::ConversationState};

const SID: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn table() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE conversations (sid TEXT PRIMARY KEY, state TEXT)").unwrap();
    db
}

fn read(db: &Connection) -> rusqlite::Result<(ConversationSid, ConversationState)> {
    db.query_row("SELECT sid, state FROM conversations", [], |row| {
        let sid = ConversationSid::try_from(row.get::<_, String>(0)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))?;
        Ok((sid, row.get::<_, String>(1)?.into()))
    })
}

#[test]
fn a_sid_and_an_enum_are_stored_and_read() {
    let db = table();
    let sid: ConversationSid = SID.parse().unwrap();
    for state in [ConversationState::Closed, "of tomorrow".into()] {
        let row = [sid.as_str(), state.as_str()];
        db.execute("INSERT OR REPLACE INTO conversations VALUES (?1, ?2)", row).unwrap();
        assert_eq!(read(&db).unwrap(), (sid.clone(), state));
    }
}

#[test]
fn a_malformed_sid_in_a_column_is_an_error() {
    let db = table();
    db.execute("INSERT INTO conversations VALUES ('CH1', 'active')", []).unwrap();
    let error = read(&db).unwrap_err().to_string();
    assert!(error.contains("parsing ConversationSid"), "{error}");
}
