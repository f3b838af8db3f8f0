//! The journal of `twconv prune`: runs that are continued, and journals that are rejected.

use serde_json::json;
use twilio_conversations::v1::ConversationState;
use twilio_conversations_emulator::Emulator;

use super::{
    prune::{YES, events, old, others, report, wait_for},
    support::{Bench, TOKEN, all, client, journal},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_is_continued_and_deletes_nothing_else() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let kept = others(&client).await;
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let slow = [&YES[..6], &["--rate", "20", "--journal", path.to_str().unwrap(), "-ondjson"]].concat();
    let mut child = bench.command(&slow).spawn().unwrap();
    wait_for(&path, "deleted", 5).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(all(&client).await.len() > kept.len() + 5, "it was killed in the middle");

    // It matches as well, but is not in the plan.
    let later = old(&client, 1, ConversationState::Closed).await.remove(0);
    // A killed run may leave half a line.
    let mut text = std::fs::read_to_string(&path).unwrap();
    let before = events(&journal(&path), "deleted").len() as u64;
    text.push_str("{\"event\":\"dele");
    std::fs::write(&path, text).unwrap();

    let resume = ["prune", "--journal", path.to_str().unwrap(), "--yes", "--rate", "1000", "-ondjson"];
    let run = bench.run(&resume).await.exits(0);
    let report = report(&run);
    assert_eq!((&report["planned"], &report["left"]), (&json!(40), &json!(0)));
    assert_eq!(report["deleted"].as_u64().unwrap() + report["gone"].as_u64().unwrap() + before, 40);
    let mut expected = [kept, vec![later]].concat();
    expected.sort();
    assert_eq!(all(&client).await, expected);

    let again = bench.run(&resume).await.exits(0);
    assert_eq!(again.rows()[0]["deleted"], 0);
    assert_eq!(all(&client).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_while_it_planned_plans_again() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let sids = old(&client, 3, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let arguments = [&YES[..], &["--journal", path.to_str().unwrap()]].concat();
    bench.run(&arguments).await.exits(0);
    // The journal as it was before the plan was complete.
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("begin") && lines[2].contains("planned"), "{text}");
    std::fs::write(&path, lines[..3].join("\n") + "\n").unwrap();
    assert_eq!(sids.len(), 3);
    let sids = old(&client, 2, ConversationState::Closed).await;
    let run = bench.run(&arguments).await.exits(0);
    assert_eq!((&report(&run)["planned"], &report(&run)["deleted"]), (&json!(2), &json!(2)));
    assert!(sids.len() == 2 && all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_something_else_is_rejected_and_unchanged() {
    let emulator = Emulator::builder().another_account(OTHER, TOKEN).start().await.unwrap();
    let client = client(&emulator);
    old(&client, 1, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let with_journal = [&YES[..], &["--journal", path.to_str().unwrap()]].concat();
    bench.run(&with_journal).await.exits(0);
    let before = std::fs::read(&path).unwrap();
    let survivor = old(&client, 1, ConversationState::Closed).await;

    let mut other = Bench::of(emulator.base_url(), OTHER, TOKEN);
    let run = other.run(&with_journal).await.exits(2);
    assert!(run.stderr.contains("its account is"), "{}", run.stderr);
    let twin = Emulator::start().await.unwrap();
    other = Bench::new(&twin);
    assert!(other.run(&with_journal).await.exits(2).stderr.contains("base URL"));
    let inactive = ["prune", "--state", "inactive", "--journal", path.to_str().unwrap(), "--yes"];
    assert!(bench.run(&inactive).await.exits(2).stderr.contains("--state"));
    assert!(bench.run(&[&with_journal[..], &["--all-services"]].concat()).await.exits(2).stderr.contains("services"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let max = bench.run(&[&with_journal[..], &["--max", "3"]].concat()).await.exits(2);
    assert!(max.stderr.contains("its --max is none, expected 3"), "{}", max.stderr);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(all(&client).await, survivor);
}

const OTHER: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_journal_is_rejected_and_unchanged() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let survivor = old(&client, 1, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let arguments = [&YES[..], &["--journal", path.to_str().unwrap()]].concat();
    let other = r#"{"event":"begin","program":"other","version":1,"account_sid":"","base_url":"","services":"","state":"","older_than":"","cutoff":"2026-01-01T00:00:00Z"}"#;
    let header = other.replace("\"other\"", "\"twconv prune\"");
    let deleted = format!("{header}\n{{\"event\":\"deleted\",\"n\":0,\"conversation\":\"CH1\"}}\n");
    let cases = [
        ("no journal\n".to_owned(), "line 1"),
        ("no journal".to_owned(), "line 1"),
        ("x".repeat(70_000), "64 KiB"),
        (format!("{other}\n"), "other"),
        (header.replace("\"version\":1", "\"version\":2") + "\n", "version 2"),
        (deleted, "line 2"),
        (format!("{header}\nplanned\n"), "line 2"),
    ];
    for (text, problem) in cases {
        std::fs::write(&path, &text).unwrap();
        let run = bench.run(&arguments).await.exits(2);
        assert!(run.stderr.contains(problem), "{text:.80}: {}", run.stderr);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    let without_filter = ["prune", "--journal", "new.ndjson", "--yes"];
    let run = bench.command(&without_filter).current_dir(bench.home()).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(!bench.home().join("new.ndjson").exists());
    let folder = [&YES[..], &["--journal", bench.home().to_str().unwrap()]].concat();
    bench.run(&folder).await.exits(1);
    assert_eq!(all(&client).await, survivor);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn two_runs_do_not_share_a_journal() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let slow = [&YES[..6], &["--rate", "5", "--journal", path.to_str().unwrap()]].concat();
    let mut child = bench.command(&slow).spawn().unwrap();
    wait_for(&path, "deleted", 1).await;
    let run = bench.run(&slow).await.exits(1);
    assert!(run.stderr.contains("another run uses the journal"), "{}", run.stderr);
    child.kill().unwrap();
    child.wait().unwrap();
}
