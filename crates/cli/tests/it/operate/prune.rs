//! `twconv prune` against an emulator.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use twilio_conversations::{
    Client, ConversationSid,
    chrono::{DateTime, Utc},
    v1::ConversationState,
};
use twilio_conversations_emulator::{Emulator, Fault};

use super::support::{Bench, Run, TOKEN, all, client, conversation, journal};

const OLD: &str = "2026-01-01T12:00:00Z";
pub(super) const YES: [&str; 9] =
    ["prune", "--state", "closed", "--older-than", "90d", "--yes", "--rate", "1000", "-ondjson"];

pub(super) async fn old(client: &Client, count: usize, state: ConversationState) -> Vec<ConversationSid> {
    let mut sids = Vec::new();
    for _ in 0..count {
        sids.push(conversation(client, None, state.clone(), OLD).await);
    }
    sids.sort();
    sids
}

/// Conversations that no run may delete: another state, or too young.
pub(super) async fn others(client: &Client) -> Vec<ConversationSid> {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    let mut sids = old(client, 2, ConversationState::Active).await;
    sids.extend(old(client, 1, ConversationState::Inactive).await);
    sids.push(conversation(client, None, ConversationState::Closed, &now.to_rfc3339()).await);
    // Created long ago, and updated today: lists are filtered by creation.
    let created = client.conversations().create().date_created(OLD.parse().unwrap()).await.unwrap();
    client.conversation(&created.sid).update().state(ConversationState::Closed).await.unwrap();
    sids.push(created.sid);
    sids.sort();
    sids
}

pub(super) fn report(run: &Run) -> Value {
    let rows = run.rows();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap()
}

pub(super) fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// Waits until the journal has this number of lines of an event.
pub(super) async fn wait_for(path: &Path, event: &str, count: usize) {
    let waiting = async {
        while !path.exists() || events(&journal(path), event).len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the journal grows");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_conversations_of_the_state_are_deleted_and_no_others() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let kept = others(&client).await;
    let deleted = old(&client, 5, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&YES).await.exits(0);
    let report = report(&run);
    assert_eq!((&report["planned"], &report["deleted"], &report["left"]), (&json!(5), &json!(5), &json!(0)));
    assert_eq!(all(&client).await, kept);
    let path = report["journal"].as_str().unwrap();
    assert!(run.stderr.contains(path), "{}", run.stderr);
    let lines = journal(Path::new(path));
    let mut sids: Vec<_> = events(&lines, "deleted").iter().map(|line| line["conversation"].to_string()).collect();
    sids.sort();
    assert_eq!(sids, deleted.iter().map(|sid| format!("\"{sid}\"")).collect::<Vec<_>>());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_for_its_owner_only_and_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let emulator = Emulator::builder().auth_token(TOKEN).start().await.unwrap();
    old(&client(&emulator), 1, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&YES).await.exits(0);
    let path = report(&run)["journal"].as_str().unwrap().to_owned();
    assert!(Path::new(&path).starts_with(bench.state()), "{path}");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(Path::new(&path)), mode(&bench.state())), (0o600, 0o700));
    assert!(!std::fs::read_to_string(path).unwrap().contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_lists_and_deletes_nothing_and_writes_no_journal() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let old = old(&client, 3, ConversationState::Closed).await;
    others(&client).await;
    let before = all(&client).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&["prune", "--state", "closed", "--older-than", "P90D", "--dry-run"]).await.exits(0);
    let mut sids: Vec<_> = run.rows().iter().map(|row| row["sid"].as_str().unwrap().to_owned()).collect();
    sids.sort();
    assert_eq!(sids, old.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(run.stderr.contains("3 conversations would be deleted"), "{}", run.stderr);
    assert_eq!(all(&client).await, before);
    assert!(!bench.state().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_and_yes_nothing_is_sent() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let old = old(&client, 1, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&["prune", "--state", "closed", "--older-than", "90d"]).await.exits(2);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    assert_eq!(all(&client).await, old);
    assert!(!bench.state().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_usage_errors() {
    let emulator = Emulator::start().await.unwrap();
    let bench = Bench::new(&emulator);
    let cases: [(&[&str], &str); 10] = [
        (&["prune", "--yes"], "--state"),
        (&["prune", "--state", "closed", "--yes"], "--older-than"),
        (&["prune", "--state", "open", "--older-than", "90d"], "closed, inactive, active"),
        (&["prune", "--state", "closed", "--older-than", "3 months"], "P90D"),
        (&["prune", "--state", "closed", "--older-than", "P3M"], "no fixed length"),
        (&["prune", "--state", "closed", "--older-than", "90d", "--rate", "0", "--yes"], "--rate"),
        (&["prune", "--state", "closed", "--older-than", "90d", "--concurrency", "65", "--yes"], "--concurrency"),
        (&["prune", "--state", "closed", "--older-than", "90d", "--max", "0", "--yes"], "--max"),
        (&["prune", "--state", "closed", "--older-than", "90d", "--service", "IS1", "--yes"], "--service"),
        // As a script whose variable is unset: this must not delete in the default service.
        (&["prune", "--state", "closed", "--older-than", "90d", "--service", "", "--yes"], "--service"),
    ];
    for (arguments, problem) in cases {
        let run = bench.run(arguments).await.exits(2);
        assert!(run.stderr.contains(problem), "{arguments:?}: {}", run.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_pruned_where_they_are_named_only() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let service = client.services().create("shop").await.unwrap().sid;
    let there = conversation(&client, Some(&service), ConversationState::Closed, OLD).await;
    let here = old(&client, 1, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);

    let both = [&YES[..], &["--all-services", "--service", service.as_str()]].concat();
    bench.run(&both).await.exits(2);
    let run = bench.run(&[&YES[..], &["--service", service.as_str()]].concat()).await.exits(0);
    assert_eq!(report(&run)["deleted"], 1);
    assert_eq!(all(&client).await, here);
    assert!(client.service(&service).conversation(&there).fetch().await.unwrap_err().is_not_found());

    conversation(&client, Some(&service), ConversationState::Closed, OLD).await;
    let run = bench.run(&[&YES[..], &["--all-services"]].concat()).await.exits(0);
    assert_eq!(report(&run)["deleted"], 2);
    assert!(all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_ends_at_max() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 5, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&[&YES[..], &["--max", "2"]].concat()).await.exits(0);
    assert_eq!(report(&run)["deleted"], 2);
    assert_eq!(all(&client).await.len(), 3);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_finishes_its_requests_and_exits_130() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    for signal in ["-INT", "-TERM"] {
        let bench = Bench::new(&emulator);
        let path = bench.home().join("journal.ndjson");
        let slow = [&YES[..6], &["--rate", "20", "--journal", path.to_str().unwrap(), "-ondjson"]].concat();
        let before = all(&client).await.len();
        let child = bench.command(&slow).spawn().unwrap();
        wait_for(&path, "deleted", 3).await;
        let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
        let run = Run::new(output).exits(130);
        assert!(run.stderr.contains("--journal"), "{}", run.stderr);
        let deleted = before - all(&client).await.len();
        assert!(deleted < 40);
        assert_eq!(report(&run)["deleted"], deleted as u64);
        assert_eq!(events(&journal(&path), "deleted").len(), deleted, "the journal has each request in flight");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_fails_is_reported_and_tried_by_the_next_run() {
    // Each fault strikes the third of the requests at random; 500 is not retried.
    let fault: Fault = "500@0.3:DeleteServiceConversation".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let arguments = [&YES[..], &["--journal", path.to_str().unwrap()]].concat();
    let run = bench.run(&arguments).await.exits(1);
    let first = report(&run);
    let left = all(&client).await.len() as u64;
    assert!(left > 0);
    assert_eq!((first["left"].as_u64(), first["failed"].as_u64()), (Some(left), Some(left)));
    assert!(run.stderr.contains("was not deleted") && run.stderr.contains("500"), "{}", run.stderr);
    let lines = journal(&path);
    assert_eq!(events(&lines, "failed").len() as u64, left);
    assert_eq!(events(&lines, "failed")[0]["status"], 500);
    let mut runs = 1;
    while bench.run(&arguments).await.code == Some(1) {
        runs += 1;
        assert!(runs < 30, "each run deletes some");
    }
    assert!(all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_are_waited_for_by_all_workers() {
    let fault: Fault = "429=1@0.2:DeleteServiceConversation".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    let client = client(&emulator);
    old(&client, 12, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&YES).await.exits(0);
    assert_eq!((&report(&run)["deleted"], &report(&run)["failed"]), (&json!(12), &json!(0)));
    assert!(all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_always_fails_stops_the_run() {
    let fault: Fault = "500:DeleteServiceConversation".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    let client = client(&emulator);
    old(&client, 60, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&YES).await.exits(1);
    let failed = report(&run)["failed"].as_u64().unwrap();
    assert!((25..=29).contains(&failed), "25 in a row, and those in flight: {failed}");
    assert!(run.stderr.contains("stopped with 60 conversations left"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_was_changed_after_the_plan_is_kept() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 4, ConversationState::Inactive).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let path = path.to_str().unwrap();
    let plan = ["prune", "--state", "inactive", "--older-than", "90d", "--yes", "--rate", "1", "--journal", path];
    let mut child = bench.command(&plan).spawn().unwrap();
    wait_for(Path::new(path), "deleted", 1).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let changed = all(&client).await.remove(0);
    client.conversation(&changed).update().friendly_name("still used").await.unwrap();
    let run = bench.run(&["prune", "--journal", path, "--yes", "-ondjson"]).await.exits(0);
    assert_eq!(report(&run)["kept"], 1);
    assert_eq!(all(&client).await, [changed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_that_are_gone_count_as_done() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 6, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    let path = path.to_str().unwrap();
    let mut child = bench.command(&[&YES[..6], &["--rate", "1", "--journal", path]].concat()).spawn().unwrap();
    wait_for(Path::new(path), "deleted", 1).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let gone = all(&client).await;
    for sid in &gone {
        client.conversation(sid).delete().await.unwrap();
    }
    let run = bench.run(&["prune", "--journal", path, "--yes", "-ondjson"]).await.exits(0);
    let report = report(&run);
    assert!(report["gone"].as_u64().unwrap() >= gone.len() as u64, "{report}");
    assert_eq!((&report["deleted"], &report["left"]), (&json!(0), &json!(0)));
}
