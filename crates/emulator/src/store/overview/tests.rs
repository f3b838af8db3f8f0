//! Every query runs on an index; pages and searches are complete and bounded.

use std::cell::RefCell;

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;
use crate::store::{scoped_webhook, webhook_configuration};

thread_local! {
    static STATEMENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A database with one account, one service and this many conversations of two participants and three messages.
fn database(conversations: i64) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../schema.sql")).unwrap();
    db.execute_batch(
        "INSERT INTO account (id, sid, default_messaging_service_sid) VALUES (1, 'AC1', 'MG1'), (2, 'AC2', 'MG2');
         INSERT INTO service (id, account, sid, friendly_name, date_created, date_updated)
         VALUES (1, 1, 'IS1', 'One', 0, 0), (2, 2, 'IS2', 'Other', 0, 0), (3, 1, 'IS3', 'Empty', 0, 0);",
    )
    .unwrap();
    db.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         INSERT INTO conversation (id, service, sid, friendly_name, attributes, state, activity, date_created, date_updated)
         SELECT n, 1, 'CH' || n, 'Order ' || n, '{}', iif(n % 10 = 0, 'closed', 'active'), n, 0, 0 FROM n",
        [conversations],
    )
    .unwrap();
    db.execute_batch(
        "INSERT INTO participant (conversation, sid, identity, attributes, date_created, date_updated)
         SELECT id, 'MBa' || id, 'Identity-' || id || '-é', '{}', 0, 0 FROM conversation;
         INSERT INTO participant (conversation, sid, address, attributes, date_created, date_updated)
         SELECT id, 'MBb' || id, '+1555' || id, '{}', 0, 0 FROM conversation;
         INSERT INTO message (conversation, sid, \"index\", author, attributes, date_created, date_updated)
         SELECT c.id, 'IM' || c.id || '-' || n.value, n.value, 'a', '{}', 0, 0 FROM conversation c, json_each('[0, 1, 2]') n;
         INSERT INTO delivery (account, queue, scope, event, conversation_sid, method, url, fields, token, state, date_created)
         SELECT 1, '', 'account', iif(id % 2, 'onMessageAdded', 'onConversationAdded'), sid, 'POST', 'http://x', '', '',
         iif(id % 3, 'delivered', 'failed'), 0 FROM conversation ORDER BY id;",
    )
    .unwrap();
    db
}

fn search<'a>(text: Option<&'a str>, size: usize) -> Search<'a> {
    Search { account: 1, text, size, ..Search::default() }
}

fn sids(found: &Found) -> Vec<&str> {
    found.rows.iter().map(|row| row.sid.as_str()).collect()
}

#[test]
fn no_query_reads_a_whole_table() {
    let db = database(30);
    db.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|event| {
            if let TraceEvent::Stmt(_, sql) = event {
                STATEMENTS.with_borrow_mut(|all| all.push(sql.to_owned()));
            }
        }),
    );
    let all = DeliveryFilter { account: 1, ..DeliveryFilter::default() };
    let by = |state, event, conversation| DeliveryFilter { account: 1, state, event, conversation };
    for filter in [
        all,
        by(Some("failed"), None, None),
        by(None, Some("onMessageAdded"), None),
        by(None, None, Some("CH1")),
        by(Some("failed"), Some("onMessageAdded"), Some("CH1")),
    ] {
        for part in [Part::Latest, Part::Before(20), Part::After(5)] {
            delivery_ids(&db, &filter, part, 5).unwrap();
        }
        delivery_count(&db, &filter).unwrap();
    }
    assert_eq!(deliveries(&db, &[7, 3, 999]).unwrap().iter().map(|call| call.id).collect::<Vec<_>>(), [7, 3]);
    conversation_names(&db, 1, ["CH1"]).unwrap();
    services(&db, 1).unwrap();
    totals(&db, 1).unwrap();
    let position = Some(Position { service: 1, activity: 15 });
    for (before, after) in [(None, None), (position, None), (None, position)] {
        conversations(&db, &Search { before, after, ..search(Some("identity"), 5) }).unwrap();
    }
    let details = conversation(&db, 1, "CH3").unwrap().unwrap();
    participants(&db, details.id).unwrap();
    for part in [Part::Latest, Part::Before(2), Part::After(0)] {
        messages(&db, details.id, part, 1).unwrap();
    }
    webhook_configuration::of_account(&db, 1).unwrap();
    webhook_configuration::effective(&db, 1, 1).unwrap();
    scoped_webhook::first(&db, details.id, 5).unwrap();
    db.trace_v2(TraceEventCodes::empty(), None);

    let statements = STATEMENTS.take();
    assert!(statements.len() > 40, "{}", statements.len());
    for sql in statements {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> = statement.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect();
        for step in &plan {
            // A scan of a subquery's rows is one of rows that an index found.
            let is_scan = step.starts_with("SCAN") && !step.contains("subquery");
            let sorts = step.contains("TEMP B-TREE");
            assert!(!is_scan && !sorts, "{step} in {plan:?} of {sql}");
        }
    }
}

#[test]
fn the_pages_of_the_list_have_every_conversation_once_in_both_directions() {
    let db = database(23);
    let (mut down, mut before) = (Vec::new(), None);
    loop {
        let found = conversations(&db, &Search { before, ..search(None, 5) }).unwrap();
        assert_eq!(found.newer.is_some(), before.is_some());
        down.extend(sids(&found).into_iter().map(str::to_owned));
        before = found.older;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=23).rev().map(|number| format!("CH{number}")).collect();
    assert_eq!(down, expected);

    let after = Some(Position { service: 1, activity: 3 });
    let found = conversations(&db, &Search { after, ..search(None, 5) }).unwrap();
    assert_eq!(sids(&found), ["CH8", "CH7", "CH6", "CH5", "CH4"]);
    assert!(found.newer.is_some() && found.older.is_some());
    let after = Some(Position { service: 1, activity: 21 });
    let first = conversations(&db, &Search { after, ..search(None, 5) }).unwrap();
    assert_eq!(sids(&first), ["CH23", "CH22", "CH21", "CH20", "CH19"], "a whole page");
    assert_eq!(first.newer, None);
    let beyond = Some(Position { service: 9, activity: 0 });
    let nothing = conversations(&db, &Search { before: beyond, ..search(None, 5) }).unwrap();
    assert!(nothing.rows.is_empty() && nothing.newer.is_some() && nothing.older.is_none());
}

#[test]
fn a_search_finds_names_sids_identities_and_addresses_in_any_case_and_no_pattern() {
    let db = database(23);
    for (text, expected) in [
        ("ORDER 17", &["CH17"][..]),
        ("ch21", &["CH21"]),
        ("identity-9-É", &["CH9"]),
        ("+155513", &["CH13"]),
        ("order 2", &["CH23", "CH22", "CH21", "CH20", "CH2"]),
        ("%", &[]),
        ("order_1", &[]),
        ("'; DROP TABLE conversation; --", &[]),
    ] {
        assert_eq!(sids(&conversations(&db, &search(Some(text), 10)).unwrap()), expected, "{text}");
    }
    let closed = Search { state: Some("closed"), ..search(None, 10) };
    assert_eq!(sids(&conversations(&db, &closed).unwrap()), ["CH20", "CH10"]);
    let foreign = Search { account: 2, ..search(Some("order"), 10) };
    assert!(conversations(&db, &foreign).unwrap().rows.is_empty(), "another account");
    let empty = Search { service: Some("IS3"), ..search(None, 10) };
    assert!(conversations(&db, &empty).unwrap().rows.is_empty());
}

#[test]
fn a_search_that_reaches_its_bound_continues_on_the_next_page() {
    let db = database(5_100);
    let found = conversations(&db, &search(Some("Order 7"), 200)).unwrap();
    assert!(found.is_unfinished);
    assert_eq!(found.older, Some(Position { service: 1, activity: 101 }));
    let rest = conversations(&db, &Search { before: found.older, ..search(Some("Order 7"), 200) }).unwrap();
    assert!(!rest.is_unfinished);
    assert_eq!(rest.rows.len(), 11, "7, 70 to 79");
    let up = Some(Position { service: 1, activity: 0 });
    let up = conversations(&db, &Search { after: up, ..search(Some("none of them"), 10) }).unwrap();
    assert!(up.is_unfinished && up.rows.is_empty());
    assert_eq!(up.newer, Some(Position { service: 1, activity: 5_000 }));
}

#[test]
fn a_count_ends_at_its_bound() {
    assert_eq!(Count::of(7, 10), Count { number: 7, is_bound: false });
    assert_eq!(Count::of(10, 10), Count { number: 10, is_bound: false });
    assert_eq!(Count::of(11, 10), Count { number: 10, is_bound: true });
    let db = database(3);
    db.execute(
        "WITH RECURSIVE n (n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         INSERT INTO message (conversation, sid, \"index\", author, attributes, date_created, date_updated)
         SELECT 1, 'IM' || n, n, 'a', '{}', 0, 0 FROM n",
        [COUNTED + 1],
    )
    .unwrap();
    assert_eq!(totals(&db, 1).unwrap().messages, Count { number: COUNTED, is_bound: true });
    assert_eq!(totals(&db, 1).unwrap().participants, Count { number: 6, is_bound: false });
    let row = &conversations(&db, &search(Some("CH1"), 1)).unwrap().rows[0];
    assert_eq!((row.messages.number, row.messages.is_bound), (1_000, true));
}

#[test]
fn webhook_calls_are_paged_within_their_filters() {
    let db = database(30);
    let filter = DeliveryFilter { account: 1, state: Some("failed"), ..DeliveryFilter::default() };
    let first = delivery_ids(&db, &filter, Part::Latest, 4).unwrap();
    assert_eq!((first.items.as_slice(), first.has_newer, first.has_older), (&[30, 27, 24, 21][..], false, true));
    let next = delivery_ids(&db, &filter, Part::Before(21), 4).unwrap();
    assert_eq!((next.items.as_slice(), next.has_newer, next.has_older), (&[18, 15, 12, 9][..], true, true));
    let back = delivery_ids(&db, &filter, Part::After(9), 2).unwrap();
    assert_eq!((back.items.as_slice(), back.has_newer, back.has_older), (&[15, 12][..], true, true));
    let top = delivery_ids(&db, &filter, Part::After(27), 4).unwrap();
    assert_eq!((top.items.as_slice(), top.has_newer), (&[30, 27, 24, 21][..], false), "a whole page");
    assert_eq!(delivery_count(&db, &filter).unwrap(), Count { number: 10, is_bound: false });
    let none = DeliveryFilter { account: 2, ..filter };
    assert_eq!(delivery_count(&db, &none).unwrap().number, 0, "another account");
}

#[test]
fn a_conversation_of_another_account_is_not_shown() {
    let db = database(3);
    assert!(conversation(&db, 1, "CH2").unwrap().is_some());
    assert!(conversation(&db, 2, "CH2").unwrap().is_none());
    assert!(conversation_names(&db, 2, ["CH2"]).unwrap().is_empty());
}
