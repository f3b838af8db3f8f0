//! `twconv who` against an emulator.

use twilio_conversations::{
    Client, ConversationSid, ServiceSid,
    v1::{Conversation, ConversationState},
};
use twilio_conversations_emulator::{Emulator, Fault};

use super::support::{Bench, Run, client};

const PERSON: &str = "+15551230001";
const OURS: &str = "+15551239999";

/// A conversation of the person, whom it knows by this proxy address.
async fn with_person(client: &Client, service: &ServiceSid, proxy: &str) -> ConversationSid {
    let created: Conversation = client.service(service).conversations().create().await.unwrap();
    let participants = client.service(service).conversation(&created.sid).participants();
    let person = participants.create().messaging_binding_address(PERSON);
    person.messaging_binding_proxy_address(proxy).await.unwrap();
    created.sid
}

async fn with_identity(client: &Client, service: &ServiceSid, identity: &str) -> ConversationSid {
    let created: Conversation = client.service(service).conversations().create().await.unwrap();
    let participants = client.service(service).conversation(&created.sid).participants();
    participants.create().identity(identity).await.unwrap();
    created.sid
}

async fn close(client: &Client, service: &ServiceSid, sid: &ConversationSid) {
    client.service(service).conversation(sid).update().state(ConversationState::Closed).await.unwrap();
}

/// Two services: the default one, and another.
async fn services(client: &Client) -> [ServiceSid; 2] {
    let default = client.configuration().fetch().await.unwrap().default_chat_service_sid.unwrap();
    [default, client.services().create("shop").await.unwrap().sid]
}

fn conversations(run: &Run) -> Vec<String> {
    let mut sids: Vec<_> = run.rows().iter().map(|row| row["conversation_sid"].as_str().unwrap().to_owned()).collect();
    sids.sort();
    sids
}

fn sorted<'a>(sids: impl IntoIterator<Item = &'a ConversationSid>) -> Vec<String> {
    let mut sids: Vec<_> = sids.into_iter().map(ToString::to_string).collect();
    sids.sort();
    sids
}

async fn state(client: &Client, service: &ServiceSid, sid: &ConversationSid) -> ConversationState {
    client.service(service).conversation(sid).fetch().await.unwrap().state.unwrap()
}

async fn participants(client: &Client, service: &ServiceSid, sid: &ConversationSid) -> usize {
    let list = client.service(service).conversation(sid).participants().list().stream();
    list.try_collect().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_found_in_all_services() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let [default, shop] = services(&client).await;
    let one = with_person(&client, &default, OURS).await;
    let two = with_person(&client, &shop, "+15551238888").await;
    with_identity(&client, &default, "alice").await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&["who", PERSON]).await.exits(0);
    assert_eq!(conversations(&run), sorted([&one, &two]));
    let row = run.rows().into_iter().find(|row| row["conversation_sid"] == one.as_str()).unwrap();
    assert_eq!((&row["proxy_address"], &row["state"]), (&OURS.into(), &"active".into()));
    assert_eq!(row["chat_service_sid"], default.as_str());
    assert!(row["participant_sid"].as_str().unwrap().starts_with("MB"));

    let run = bench.run(&["who", PERSON, "--proxy", OURS]).await.exits(0);
    assert_eq!(conversations(&run), sorted([&one]));
    let run = bench.run(&["who", PERSON, "--service", shop.as_str()]).await.exits(0);
    assert_eq!(conversations(&run), sorted([&two]));
    let bench = bench.with("TWILIO_CONVERSATIONS_SERVICE", shop.as_str());
    assert_eq!(bench.run(&["who", PERSON]).await.exits(0).rows().len(), 1);
    assert_eq!(bench.run(&["who", PERSON, "--all-services"]).await.exits(0).rows().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_found_and_closed_conversations_are_left_out_when_wanted() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let [default, _] = services(&client).await;
    let one = with_identity(&client, &default, "alice@shop.com").await;
    let two = with_identity(&client, &default, "alice@shop.com").await;
    close(&client, &default, &two).await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&["who", "alice@shop.com"]).await.exits(0);
    assert_eq!(conversations(&run), sorted([&one, &two]));
    let run = bench.run(&["who", "alice@shop.com", "--open"]).await.exits(0);
    assert_eq!(conversations(&run), sorted([&one]));
    let run = bench.run(&["who", "alice@shop.com", "--as", "address"]).await.exits(0);
    assert!(run.rows().is_empty());
    assert!(run.stderr.contains("alice@shop.com is in no conversation"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_page_is_found() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let [default, _] = services(&client).await;
    let mut sids = Vec::new();
    for _ in 0..120 {
        sids.push(with_identity(&client, &default, "alice").await);
    }
    let run = Bench::new(&emulator).run(&["who", "alice"]).await.exits(0);
    assert_eq!(conversations(&run), sorted(&sids));
}

#[tokio::test(flavor = "multi_thread")]
async fn release_removes_the_person_by_default_and_frees_the_pair() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let [default, shop] = services(&client).await;
    let closed = with_person(&client, &default, OURS).await;
    close(&client, &default, &closed).await;
    let open = with_person(&client, &shop, OURS).await;
    let bench = Bench::new(&emulator);

    let run = bench.run(&["who", PERSON, "--release"]).await.exits(2);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    assert_eq!(participants(&client, &shop, &open).await, 1);

    let run = bench.run(&["who", PERSON, "--release", "--yes"]).await.exits(0);
    let mut results: Vec<_> = run.rows().iter().map(|row| row["release"].as_str().unwrap().to_owned()).collect();
    results.sort();
    assert_eq!(results, ["left", "not open"]);
    assert_eq!(participants(&client, &shop, &open).await, 0);
    assert_eq!(participants(&client, &default, &closed).await, 1, "a closed conversation is not changed");
    assert_eq!(state(&client, &shop, &open).await, ConversationState::Active);
    with_person(&client, &shop, OURS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_close_closes_the_conversations_that_match() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let [default, shop] = services(&client).await;
    let one = with_person(&client, &default, OURS).await;
    let other = with_person(&client, &shop, "+15551238888").await;
    let bench = Bench::new(&emulator);
    let run = bench.run(&["who", PERSON, "--proxy", OURS, "--release", "close", "--yes"]).await.exits(0);
    assert_eq!(run.rows()[0]["release"], "closed");
    assert_eq!(state(&client, &default, &one).await, ConversationState::Closed);
    assert_eq!(state(&client, &shop, &other).await, ConversationState::Active);
    let again = bench.run(&["who", PERSON, "--proxy", OURS, "--release", "close", "--yes"]).await.exits(0);
    assert_eq!(again.rows()[0]["release"], "not open");
    bench.run(&["who", PERSON, "--release", "delete", "--yes"]).await.exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_fails_in_part_says_which() {
    let fault: Fault = "500@0.5:DeleteServiceConversationParticipant".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    let client = client(&emulator);
    let [default, _] = services(&client).await;
    let mut sids = Vec::new();
    for _ in 0..20 {
        sids.push(with_identity(&client, &default, "alice").await);
    }
    let run = Bench::new(&emulator).run(&["who", "alice", "--release", "--yes"]).await.exits(1);
    let rows = run.rows();
    assert_eq!(rows.len(), 20);
    let mut failed = 0;
    for row in &rows {
        let sid = row["conversation_sid"].as_str().unwrap().parse().unwrap();
        let left = participants(&client, &default, &sid).await;
        let is_failed = row["release"] == "failed";
        assert_eq!((left, row["error"].is_string()), (usize::from(is_failed), is_failed), "{row}");
        failed += usize::from(is_failed);
    }
    assert!((1..20).contains(&failed), "half of the requests fail at random");
    assert!(run.stderr.contains(&format!("{failed} of 20 conversations were not released")), "{}", run.stderr);
}
