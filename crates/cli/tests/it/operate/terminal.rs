//! `doctor`, `who` and `prune` on a terminal.

use twilio_conversations::{EventType, HttpMethod, v1::ConversationState};
use twilio_conversations_emulator::Emulator;

use super::support::{Bench, all, client, conversation};
use crate::terminal::on_terminal;

const PRUNE: [&str; 7] = ["prune", "--state", "closed", "--older-than", "90d", "--rate", "1000"];

#[tokio::test(flavor = "multi_thread")]
async fn prune_asks_with_the_number_and_a_no_deletes_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    for _ in 0..3 {
        conversation(&client, None, ConversationState::Closed, "2026-01-01T00:00:00Z").await;
    }
    let bench = Bench::new(&emulator);
    let (code, screen) = on_terminal(bench.program(), 100, &PRUNE, &[("[y/N]", "n\n")]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("Delete 3 conversations with their messages: closed, last updated before"), "{screen}");
    assert_eq!(all(&client).await.len(), 3);
    assert_eq!(std::fs::read_dir(bench.state()).unwrap().count(), 0, "a plan that was declined leaves no journal");

    let (code, screen) = on_terminal(bench.program(), 100, &PRUNE, &[("[y/N]", "y\n")]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("PLANNED") && screen.contains("journal: "), "{screen}");
    assert!(all(&client).await.is_empty());

    let (code, screen) = on_terminal(bench.program(), 100, &PRUNE, &[]);
    assert_eq!((code, screen.contains("[y/N]")), (0, false), "nothing to delete is nothing to ask: {screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_what_it_releases_and_asks() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let sid = conversation(&client, None, ConversationState::Active, "2026-01-01T00:00:00Z").await;
    client.conversation(&sid).participants().create().identity("alice").await.unwrap();
    let bench = Bench::new(&emulator);
    let arguments = ["who", "alice", "--release"];
    let (code, screen) = on_terminal(bench.program(), 120, &arguments, &[("[y/N]", "\n")]);
    assert_eq!(code, 1, "{screen}");
    let (before, _) = screen.split_once("Remove alice from 1 conversation?").expect(&screen);
    assert!(before.contains(sid.as_str()), "{screen}");
    assert_eq!(client.conversation(&sid).participants().list().await.unwrap().len(), 1);
    let (code, screen) = on_terminal(bench.program(), 120, &arguments, &[("[y/N]", "yes\n")]);
    assert!(code == 0 && screen.contains("left"), "{screen}");
    assert!(client.conversation(&sid).participants().list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_prints_each_finding_with_its_advice_below_the_table() {
    let emulator = Emulator::start().await.unwrap();
    let hook = client(&emulator).configuration().webhooks().update().method(HttpMethod::Get);
    let hook = hook.filters([EventType::MessageAdded]);
    hook.post_webhook_url("https://some-long-name-of-a-tunnel.ngrok-free.app/hooks/post").await.unwrap();
    let bench = Bench::new(&emulator);
    let (code, screen) = on_terminal(bench.program(), 80, &["doctor"], &[]);
    assert_eq!(code, 0, "{screen}");
    let whole = "warning: account: post-event URL https://some-long-name-of-a-tunnel.ngrok-free.app/hooks/post is on \
                 a host for development (ngrok-free.app): set the URL of the production receiver";
    assert!(screen.contains(whole), "{screen}");
    assert!(screen.contains("RESULT") && screen.contains("credentials"), "{screen}");
}
