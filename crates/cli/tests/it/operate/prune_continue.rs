//! Runs of `twconv prune` that were cut off, and are continued by the same command line.

use std::path::PathBuf;

use serde_json::json;
use twilio_conversations::v1::ConversationState;
use twilio_conversations_emulator::{Emulator, Fault};

use super::{
    prune::{YES, events, old, report, wait_for},
    support::{Bench, all, client, journal},
};

/// The journals of the default folder, in order.
fn journals(bench: &Bench) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(bench.state()) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Starts a slow run without `--journal`, kills it after some deletions, and returns its journal.
async fn killed(bench: &Bench, more: &[&str]) -> PathBuf {
    let slow = [&["prune", "--state", "closed", "--older-than", "P90D", "--yes", "--rate", "20"], more].concat();
    let before = journals(bench);
    let mut child = bench.command(&slow).spawn().unwrap();
    let mut path = None;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while path.is_none() && std::time::Instant::now() < deadline {
        path = journals(bench).into_iter().find(|path| !before.contains(path));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let path = path.expect("the run writes a journal");
    wait_for(&path, "deleted", 3).await;
    child.kill().unwrap();
    child.wait().unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_line_continues_a_killed_run_and_the_next_one_plans_anew() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = killed(&bench, &[]).await;
    // It is old enough as well, but not in the plan of the killed run.
    let later = old(&client, 1, ConversationState::Closed).await;

    let dry = bench.run(&["prune", "--state", "closed", "--older-than", "90d", "-n", "-ondjson"]).await.exits(0);
    assert!(dry.stderr.contains(path.to_str().unwrap()), "{}", dry.stderr);
    let run = bench.run(&YES).await.exits(0);
    assert!(run.stderr.contains("continuing an unfinished run of this job"), "{}", run.stderr);
    let continued = report(&run);
    assert_eq!((&continued["planned"], &continued["left"]), (&json!(40), &json!(0)));
    assert_eq!(continued["journal"], path.to_str().unwrap());
    assert_eq!(all(&client).await, later);

    let next = bench.run(&YES).await.exits(0);
    assert!(!next.stderr.contains("continuing"), "{}", next.stderr);
    assert_eq!((&report(&next)["planned"], journals(&bench).len()), (&json!(1), 2));
    assert!(all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_other_flags_is_not_continued() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    killed(&bench, &["--max", "30"]).await;
    for other in [
        &["prune", "--state", "closed", "--older-than", "91d", "--max", "30", "-n", "-ondjson"][..],
        &["prune", "--state", "inactive", "--older-than", "90d", "--max", "30", "-n", "-ondjson"],
        &["prune", "--state", "closed", "--older-than", "90d", "--max", "31", "-n", "-ondjson"],
        &["prune", "--state", "closed", "--older-than", "90d", "-n", "-ondjson"],
        &["prune", "--state", "closed", "--older-than", "90d", "--max", "30", "--all-services", "-n", "-ondjson"],
    ] {
        let run = bench.run(other).await.exits(0);
        assert!(!run.stderr.contains("unfinished"), "{other:?}: {}", run.stderr);
    }
    let run = bench.run(&YES).await.exits(0);
    assert!(!run.stderr.contains("continuing"), "{}", run.stderr);
    assert!(all(&client).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ended_with_failures_is_not_continued_and_the_next_plan_has_them() {
    let fault: Fault = "500@0.3:DeleteServiceConversation".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let first = report(&bench.run(&YES).await.exits(1));
    let left = all(&client).await.len();
    assert!(left > 0);
    let next = bench.run(&YES).await;
    assert!(!next.stderr.contains("continuing"), "{}", next.stderr);
    let second = report(&next);
    assert_eq!(second["planned"], left);
    assert_ne!(second["journal"], first["journal"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_continued_keeps_its_max() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 5, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = bench.home().join("journal.ndjson");
    bench.run(&[&YES[..], &["--max", "2", "--journal", path.to_str().unwrap()]].concat()).await.exits(0);
    // The journal as it was before the first conversation was planned.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split_inclusive('\n').next().unwrap()).unwrap();
    let run = bench.run(&["prune", "--journal", path.to_str().unwrap(), "--yes", "-ondjson"]).await.exits(0);
    assert_eq!(report(&run)["planned"], 2);
    assert_eq!(all(&client).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_named_and_not_continued() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 10, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = killed(&bench, &[]).await;
    // A line that was cut in the middle, with others behind it.
    let mut lines: Vec<_> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    lines[4].truncate(20);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let run = bench.run(&YES).await.exits(0);
    let problem = format!("warning: an earlier run is not continued: {}, line 5: ", path.display());
    assert!(run.stderr.contains(&problem), "{}", run.stderr);
    assert!(all(&client).await.is_empty());
    assert_eq!(journals(&bench).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finds_nothing_leaves_no_journal() {
    let emulator = Emulator::start().await.unwrap();
    let bench = Bench::new(&emulator);
    let run = bench.run(&YES).await.exits(0);
    assert_eq!((&report(&run)["planned"], &report(&run)["journal"]), (&json!(0), &json!(null)));
    assert!(journals(&bench).is_empty());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_run_and_leaves_a_journal_of_whole_lines() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 60, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let path = killed(&bench, &[]).await;
    // Files can grow by two blocks of 512 bytes at most, and the last line fits in part only.
    let blocks = std::fs::metadata(&path).unwrap().len() / 512 + 2;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut limited = bench.program().bare_under("sh", &["-c", &script]);
    limited.args(YES).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = tokio::task::spawn_blocking(move || limited.output()).await.unwrap().unwrap();
    let run = super::support::Run::new(output).exits(1);
    assert!(run.stderr.contains("conversations left; continue with --journal"), "{}", run.stderr);
    assert!(run.stderr.contains("writing the journal"), "{}", run.stderr);
    let left = all(&client).await.len() as u64;
    assert!(left > 20 && report(&run)["left"] == left, "{}", run.stdout);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n') && text.lines().count() == journal(&path).len(), "{text}");

    let run = bench.run(&YES).await.exits(0);
    assert!(run.stderr.contains("continuing"), "{}", run.stderr);
    assert!(all(&client).await.is_empty());
    let tried = events(&journal(&path), "deleted").len() + events(&journal(&path), "gone").len();
    assert_eq!(tried, 60);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_of_the_same_job_ends_while_the_first_one_works() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    old(&client, 40, ConversationState::Closed).await;
    let bench = Bench::new(&emulator);
    let slow = [&YES[..6], &["--rate", "5"]].concat();
    let mut first = bench.command(&slow).spawn().unwrap();
    while journals(&bench).is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    wait_for(&journals(&bench)[0], "deleted", 1).await;
    let second = bench.run(&YES).await.exits(1);
    assert!(second.stderr.contains("another run uses the journal"), "{}", second.stderr);
    assert!(!second.stderr.contains("continuing"), "{}", second.stderr);
    assert!(all(&client).await.len() > 20, "the second run deleted nothing");
    first.kill().unwrap();
    first.wait().unwrap();
}
