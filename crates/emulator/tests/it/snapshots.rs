//! Snapshots while the emulator runs: they are consistent, and are restored completely or not at all.

use std::time::Duration;

use rusqlite::Connection;
use twilio_conversations_emulator::{Builder, Emulator};

use crate::receiver::{HookResponse, Receiver};
use crate::support::{Http, Instance, Method};

const OTHER: &str = "AC00000000000000000000000000000002";
const THIRD: &str = "AC00000000000000000000000000000003";

async fn names(instance: &Instance) -> Vec<String> {
    let list = instance.get("/v1/Conversations").await.expect(200).body;
    let mut names: Vec<_> = list["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["unique_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn add(instance: &Instance, name: &str) -> String {
    instance.create("/v1/Conversations", &[("UniqueName", name)]).await
}

/// The bytes of a snapshot, over HTTP.
async fn download(instance: &Instance) -> Vec<u8> {
    use http_body_util::BodyExt as _;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let client = client.build_http::<http_body_util::Full<bytes::Bytes>>();
    let response = client.get(instance.url("/_emulator/snapshot").parse().unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/vnd.sqlite3");
    let name = response.headers()["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment; filename=\"conversations-20") && name.ends_with(".sqlite3\""), "{name}");
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

/// Uploads bytes, which must be rejected over HTTP and by the method, for this reason.
async fn rejected(instance: &Instance, bytes: &[u8], reason: &str) {
    let before = instance.emulator.snapshot().unwrap();
    let request = instance.bare(Method::PUT, "/_emulator/snapshot").body(bytes.to_vec());
    let message = request.send().await.expect_error(400, 20001);
    assert!(message.contains(reason), "{message}");
    let error = instance.emulator.restore(bytes).await.unwrap_err().to_string();
    assert!(error.contains("cannot restore the snapshot") && error.contains(reason), "{error}");
    assert!(instance.emulator.snapshot().unwrap() == before, "something changed: {reason}");
}

/// A snapshot after a change by SQL.
fn changed(snapshot: &[u8], sql: &str) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), snapshot).unwrap();
    let db = Connection::open(file.path()).unwrap();
    db.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    drop(db);
    std::fs::read(file.path()).unwrap()
}

#[tokio::test]
async fn a_snapshot_is_restored_between_memory_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let builder = |name: &str| match name {
        "memory" => Emulator::builder(),
        name => Emulator::builder().data_file(folder.path().join(name)),
    };
    for (index, (from, to)) in
        [("memory", "memory"), ("memory", "a.db"), ("b.db", "memory"), ("c.db", "d.db")].into_iter().enumerate()
    {
        let (one, other) = (Instance::of(builder(from)).await, Instance::of(builder(to)).await);
        let sid = add(&one, "kept").await;
        one.post("/_emulator/clock", &[("Freeze", "true"), ("Set", "2030-01-01T00:00:00Z")]).await.expect(200);
        let snapshot = download(&one).await;
        assert_eq!(snapshot, one.emulator.snapshot().unwrap());
        add(&other, "gone").await;
        if index % 2 == 0 {
            let request = other.bare(Method::PUT, "/_emulator/snapshot").body(snapshot.clone());
            assert_eq!(request.send().await.expect(200).body["restored_bytes"], snapshot.len());
        } else {
            other.emulator.restore(&snapshot).await.unwrap();
        }
        assert_eq!(names(&other).await, ["kept"]);
        assert_eq!(other.get("/v1/Conversations/kept").await.text("sid"), sid);
        assert_eq!(other.get("/_emulator/clock").await.text("now"), "2030-01-01T00:00:00.000Z");
        // The restored emulator can be used, and its file stores the changes.
        add(&other, "more").await;
        other.emulator.stop().await;
        if to != "memory" {
            let other = Instance::of(builder(to)).await;
            assert_eq!(names(&other).await, ["kept", "more"]);
            assert_eq!(other.get("/_emulator/clock").await.body["frozen"], true);
        }
        // The emulator that it was taken from can be restored to it too.
        add(&one, "later").await;
        one.emulator.restore(&snapshot).await.unwrap();
        assert_eq!(names(&one).await, ["kept"]);
    }
}

#[tokio::test]
async fn messages_after_a_restore_have_sids_after_those_of_the_snapshot() {
    let (one, other) = (Instance::start().await, Instance::start().await);
    let conversation = add(&one, "kept").await;
    let messages = format!("/v1/Conversations/{conversation}/Messages");
    let first = one.create(&messages, &[("Body", "first")]).await;
    // SIDs end in a number, the row of the message: one of a machine whose clock is years ahead, and one that leaves no
    // digit for later ones.
    for (number, is_continued) in [("9000000000000000", true), ("9999999999999999", false)] {
        let ahead = format!("{}{number}", &first[..18]);
        let sql = format!("UPDATE message SET id = {number}, sid = '{ahead}'");
        other.emulator.restore(&changed(&one.emulator.snapshot().unwrap(), &sql)).await.unwrap();
        for body in ["second", "third"] {
            let sid = other.create(&messages, &[("Body", body)]).await;
            assert_eq!(sid[18..] > *number, is_continued, "{sid}");
            assert_eq!(other.get(&format!("{messages}/{sid}")).await.text("body"), body);
        }
        assert_eq!(other.get(&format!("{messages}/{ahead}")).await.text("body"), "first");
        other.get(&format!("{messages}/{first}")).await.expect_error(404, 20404);
    }
}

#[tokio::test]
async fn a_snapshot_is_a_data_file_and_a_data_file_is_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let instance = Instance::start().await;
    add(&instance, "kept").await;
    std::fs::write(&file, instance.emulator.snapshot().unwrap()).unwrap();
    let from_file = Instance::of(Emulator::builder().data_file(&file)).await;
    assert_eq!(names(&from_file).await, ["kept"]);
    add(&from_file, "more").await;
    from_file.emulator.stop().await;
    // The file says that it has a write-ahead log; it was closed without one.
    instance.emulator.restore(&std::fs::read(&file).unwrap()).await.unwrap();
    assert_eq!(names(&instance).await, ["kept", "more"]);
}

#[tokio::test]
async fn bytes_that_are_no_snapshot_change_nothing() {
    let instance = Instance::start().await;
    add(&instance, "kept").await;
    let snapshot = instance.emulator.snapshot().unwrap();
    let not_sqlite = "it is not a SQLite database";
    for bytes in [&b""[..], b"x", b"To=empty", &[0; 5000], &snapshot[..99], b"SQLite format 3\0"] {
        rejected(&instance, bytes, not_sqlite).await;
    }
    rejected(&instance, &snapshot[..snapshot.len() / 2], "it is damaged").await;
    rejected(&instance, &snapshot[..100], "").await;
    let mut damaged = snapshot.clone();
    for byte in damaged.iter_mut().skip(4096 * 3) {
        *byte ^= 0x55;
    }
    rejected(&instance, &damaged, "it is damaged").await;
    for (sql, reason) in [
        ("PRAGMA application_id = 7", "it is a database of another program"),
        ("PRAGMA user_version = 1000", "it has schema version 1000, this emulator reads version"),
        ("DROP TABLE binding", "its tables are not those of this emulator"),
        ("ALTER TABLE user RENAME COLUMN attributes TO other", "its tables are not those of this emulator"),
        ("CREATE TABLE songs (title)", "its tables are not those of this emulator"),
        (
            "CREATE TRIGGER evil AFTER INSERT ON message BEGIN DELETE FROM message; END",
            "its tables are not those of this emulator",
        ),
        ("DELETE FROM service", "a row refers to one that does not exist"),
        ("UPDATE account SET sid = 'AC00000000000000000000000000000009'", "it lacks the account AC"),
        ("PRAGMA page_size = 8192; VACUUM", "its pages have 8192 bytes"),
    ] {
        rejected(&instance, &changed(&snapshot, sql), reason).await;
    }
    let other = Connection::open_in_memory().unwrap();
    other.execute_batch("CREATE TABLE songs (title)").unwrap();
    rejected(&instance, &other.serialize("main").unwrap(), "it is a database of another program").await;
    assert_eq!(names(&instance).await, ["kept"]);
    instance.emulator.restore(&snapshot).await.unwrap();
}

#[tokio::test]
async fn a_snapshot_over_the_limit_is_rejected_and_one_of_just_that_size_is_not() {
    let other = Instance::start().await;
    let snapshot = other.emulator.snapshot().unwrap();
    let instance = Instance::of(Emulator::builder().snapshot_limit(snapshot.len())).await;
    add(&instance, "kept").await;
    let mut longer = snapshot.clone();
    longer.push(0);
    let request = instance.bare(Method::PUT, "/_emulator/snapshot").body(longer.clone());
    request.send().await.expect_error(413, 20001);
    let error = instance.emulator.restore(&longer).await.unwrap_err().to_string();
    assert!(error.contains(&format!("{} are the limit", snapshot.len())), "{error}");
    assert_eq!(names(&instance).await, ["kept"]);
    instance.bare(Method::PUT, "/_emulator/snapshot").body(snapshot.clone()).send().await.expect(200);
    // Other bodies have their own limit.
    let long = instance.bare(Method::POST, "/_emulator/snapshot").body(vec![b'x'; 1_100_000]);
    if let Ok(response) = long.try_send().await {
        response.expect_error(413, 20001);
    }
}

#[tokio::test]
async fn a_snapshot_needs_the_accounts_of_the_emulator_whatever_their_order() {
    let with = |accounts: &[&str]| -> Builder {
        let builder = Emulator::builder().account_sid(accounts[0]).auth_token("token");
        accounts[1..].iter().fold(builder, |builder, sid| builder.another_account(*sid, "token"))
    };
    let of = async |instance: &Instance, sid: &str| {
        let response = instance.bare(Method::GET, "/v1/Conversations").login(sid, "token").send().await.expect(200);
        response.body["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["unique_name"].to_string())
            .collect::<String>()
    };
    let first = Instance::of(with(&[OTHER, THIRD])).await;
    for (sid, name) in [(OTHER, "other"), (THIRD, "third")] {
        let form = [("UniqueName", name), ("Timers.Inactive", "PT1M")];
        first.bare(Method::POST, "/v1/Conversations").login(sid, "token").form(&form).send().await.expect(201);
        let form = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551230002")];
        let path = format!("/v1/Conversations/{name}/Participants");
        first.bare(Method::POST, &path).login(sid, "token").form(&form).send().await.expect(201);
    }
    let snapshot = first.emulator.snapshot().unwrap();
    let second = Instance::of(with(&[THIRD, OTHER])).await;
    second.emulator.restore(&snapshot).await.unwrap();
    assert_eq!((of(&second, OTHER).await, of(&second, THIRD).await), ("\"other\"".into(), "\"third\"".into()));
    // Messages from addresses find the conversation of their account.
    let posted = second.emulator.receive("+15551230001", "+15551230002", "x").await.unwrap().unwrap();
    let third = second.bare(Method::GET, "/v1/Conversations/third").login(THIRD, "token").send().await;
    assert_eq!(posted.conversation_sid, third.text("sid"));

    let one = Instance::of(with(&[THIRD])).await;
    one.emulator.restore(&snapshot).await.unwrap();
    assert_eq!(of(&one, THIRD).await, "\"third\"");
    rejected(&Instance::start().await, &snapshot, "it lacks the account ACe0e0").await;
    let only_one = one.emulator.snapshot().unwrap();
    let more = Instance::of(with(&[THIRD, "AC00000000000000000000000000000004"])).await;
    rejected(&more, &only_one, "it lacks the account AC00000000000000000000000000000004").await;
}

#[tokio::test]
async fn webhooks_that_are_pending_in_a_snapshot_are_sent_after_it_is_restored_and_others_are_not() {
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse::of(503, ""));
    let instance = Instance::of(Emulator::builder().retries(10_000, Duration::from_millis(5))).await;
    let url = receiver.url.clone();
    let form = [("Method", "POST"), ("PostWebhookUrl", &*url), ("Filters", "onConversationAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let kept = instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201).text("sid");
    receiver.next().await;
    let snapshot = instance.emulator.snapshot().unwrap();
    instance.emulator.reset().await.unwrap();
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    receiver.next().await;

    receiver.responds(|_| HookResponse::of(200, ""));
    instance.emulator.restore(&snapshot).await.unwrap();
    instance.emulator.settle().await.unwrap();
    let deliveries = instance.emulator.deliveries().unwrap();
    let delivered: Vec<_> = deliveries.iter().map(|one| (one.field("ConversationSid").unwrap(), one.status)).collect();
    assert_eq!(delivered, [(&*kept, Some(200))]);
    // As from another emulator with this account, as after a restart.
    let other = Instance::start().await;
    receiver.rest();
    other.emulator.restore(&snapshot).await.unwrap();
    assert_eq!(receiver.next().await.field("ConversationSid"), kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_under_load_are_consistent_and_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::of(Emulator::builder().data_file(folder.path().join("data.db"))).await;
    add(&instance, "busy").await;
    let url = instance.url("/v1/Conversations/busy/Messages");
    let (sid, token) = (instance.emulator.account_sid().to_owned(), instance.emulator.auth_token().to_owned());
    let writer = tokio::spawn(async move {
        let http = Http::new();
        loop {
            http.request(Method::POST, &url).login(&sid, &token).form(&[("Body", "x")]).send().await.expect(201);
        }
    });
    let mut snapshots = Vec::new();
    for _ in 0..10 {
        snapshots.push(instance.emulator.snapshot().unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    writer.abort();
    let other = Instance::start().await;
    let mut counts = Vec::new();
    for snapshot in &snapshots {
        other.emulator.restore(snapshot).await.unwrap();
        let messages = other.get("/v1/Conversations/busy/Messages?PageSize=100").await.expect(200).body;
        counts.push(messages["messages"].as_array().unwrap().len());
    }
    assert!(counts.is_sorted() && counts[0] < 100, "{counts:?}");
}

#[tokio::test]
async fn the_methods_of_a_snapshot_are_get_and_put() {
    let instance = Instance::start().await;
    for method in [Method::POST, Method::DELETE, Method::PATCH] {
        let response = instance.bare(method, "/_emulator/snapshot").send().await;
        assert_eq!(response.header("allow"), "GET, PUT");
        response.expect_error(405, 20004);
    }
}
