//! An emulator with 2,000 conversations, 40,000 messages and 10,000 webhook calls, written into its data file at once.

use rusqlite::Connection;
use tempfile::TempDir;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, Emulator};

use crate::support::Instance;

/// The name of the conversation with the most messages.
pub(crate) const BUSY: &str = "Order 1999";

/// A started emulator, and the folder of its data.
pub(crate) async fn start() -> (Instance, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    Emulator::builder().data_file(&file).start().await.unwrap().stop().await;
    let db = Connection::open(&file).unwrap();
    fill(&db);
    drop(db);
    (Instance::of(Emulator::builder().data_file(&file)).await, folder)
}

fn fill(db: &Connection) {
    let fields = form_urlencoded::Serializer::new(String::new())
        .append_pair("EventType", "onMessageAdded")
        .append_pair("AccountSid", DEFAULT_ACCOUNT_SID)
        .append_pair("Body", "Where is my order? I have been waiting since Monday.")
        .append_pair("Attributes", "{}")
        .append_pair("Source", "SMS")
        .append_pair("DateCreated", "2026-01-02T03:04:05.678Z")
        .finish();
    db.execute_batch("BEGIN").unwrap();
    db.execute_batch(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 1999) SELECT n FROM n;
         INSERT INTO conversation (service, sid, unique_name, friendly_name, attributes, state, activity, next_index, date_created,
           date_updated)
         SELECT (SELECT min(id) FROM service), printf('CH%032x', n), 'order-' || n, iif(n % 7, 'Order ' || n, NULL), '{}',
           CASE n % 5 WHEN 0 THEN 'closed' WHEN 1 THEN 'inactive' ELSE 'active' END, n + 1, 20, 1767323045678 + n * 60000,
           1767323045678 + n * 90000 FROM n ORDER BY n;
         INSERT INTO participant (conversation, sid, identity, attributes, role, last_read_message_index, last_read_timestamp,
           date_created, date_updated)
         SELECT id, printf('MB%032x', id), 'agent-' || (id % 40), '{}', (SELECT min(id) FROM role WHERE type = 'conversation'),
           12, 1767323045678, 0, 0 FROM conversation;
         INSERT INTO participant (conversation, sid, type, address, proxy_address, attributes, date_created, date_updated)
         SELECT id, printf('MBf%031x', id), 'sms', printf('+1555%07d', id), '+15559999999', '{}', 0, 0 FROM conversation;
         INSERT INTO message (conversation, sid, \"index\", author, body, attributes, date_created, date_updated)
         SELECT c.id, printf('IM%012x%020x', c.id, n), n, iif(n % 2, 'agent-' || (c.id % 40), printf('+1555%07d', c.id)),
           iif(n % 2, 'We have found your parcel; it leaves our warehouse today. Is there anything else that we can do for you?',
               'Where is my order ' || n || '?'), '{}', 1767323045678 + n * 1000, 1767323045678 + n * 1000
         FROM conversation c CROSS JOIN n WHERE n < iif(c.unique_name = 'order-1999', 1000, 20)
           AND c.id NOT IN (SELECT id FROM conversation ORDER BY id LIMIT 49);
         INSERT INTO receipt (message, sid, participant_sid, channel_message_sid, status, error_code, date_created, date_updated)
         SELECT message.id, printf('DY%032x', message.id), participant.sid, 'SM', iif(\"index\" % 3, 'delivered', 'failed'),
           iif(\"index\" % 3, 0, 30008), 0, 0 FROM message
         JOIN participant ON participant.conversation = message.conversation AND address IS NOT NULL
         WHERE author LIKE 'agent%';
         INSERT INTO media (service, sid, filename, content_type, size, message)
         SELECT (SELECT min(id) FROM service), printf('ME%032x', id), 'photo-' || id || '.jpg', 'image/jpeg', 12345, id FROM message
         WHERE \"index\" % 10 = 4;",
    )
    .unwrap();
    db.execute(
        "INSERT INTO delivery (account, queue, scope, event, conversation_sid, method, url, fields, token, state, attempts,
           date_created, signature, status, response_body, error, duration)
         SELECT 1, '', 'account', iif(i % 4, 'onMessageAdded', 'onConversationUpdated'), printf('CH%032x', n), 'POST',
           'http://127.0.0.1:9/hooks', ?1, '0e7f2f35-2c9d-4d6e-9d3a-' || n,
           CASE n % 9 WHEN 0 THEN 'failed' WHEN 1 THEN 'given_up' ELSE 'delivered' END, 1, 1767323045678 + n * 5000 + i,
           '0123456789012345678901234567', 200, 'ok', NULL, 4321
         FROM n CROSS JOIN (SELECT n AS i FROM n WHERE n < 5) ORDER BY n, i",
        [fields],
    )
    .unwrap();
    db.execute_batch("UPDATE conversation SET next_index = 1000 WHERE unique_name = 'order-1999'; COMMIT").unwrap();
    let count =
        |table: &str| -> i64 { db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap() };
    assert_eq!((count("conversation"), count("message"), count("delivery")), (2_000, 40_000, 10_000));
}
