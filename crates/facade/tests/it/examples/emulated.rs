//! The examples as receivers of the emulator: configured by the client, told of what people and the client do in all
//! conversations of the account.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use twilio_conversations::v1::ConversationState;
use twilio_conversations::v1::conversation::ConversationHandle;
use twilio_conversations::{Client, ClientBuilder, ConversationSid, Error, ErrorCode, EventType, HttpMethod};
use twilio_conversations_emulator::{Builder, Delivery, DeliveryState, Emulator};

use super::archive::fresh;
use super::elasticsearch_feed::Cluster;
use super::{Program, TOKEN};

/// Time enough for anything, on a busy machine too.
const LONG: Duration = Duration::from_secs(60);

/// An emulator that signs with the token of the examples, and a client whose actions webhooks hear of.
async fn start(builder: Builder) -> (Emulator, Client) {
    let emulator = builder.auth_token(TOKEN).start().await.unwrap();
    let client = ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().webhook_enabled(true).build().unwrap();
    (emulator, client)
}

/// Settings that outlast any outage here: an event is sent again after 20 ms, and given up after 82 s.
fn persistent() -> Builder {
    Emulator::builder().retries(12, Duration::from_millis(20))
}

/// Waits until the emulator lists such a delivery.
async fn until(emulator: &Emulator, holds: impl Fn(&Delivery) -> bool) {
    let wait = async {
        while !emulator.deliveries().unwrap().iter().any(&holds) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, wait).await.expect("no such delivery");
}

/// Whether a delivery about a conversation waits for a retry, after so many attempts.
fn waits(delivery: &Delivery, conversation: &ConversationSid, attempts: u32) -> bool {
    delivery.state == DeliveryState::Pending
        && delivery.conversation_sid.as_deref() == Some(conversation.as_str())
        && delivery.attempts >= attempts
}

/// Waits until everything is delivered.
async fn settle(emulator: &Emulator) {
    timeout(2 * LONG, emulator.settle()).await.expect("webhooks still wait").unwrap();
    let deliveries = emulator.deliveries().unwrap();
    let lost = deliveries.iter().filter(|delivery| delivery.state != DeliveryState::Delivered);
    assert_eq!(lost.collect::<Vec<_>>(), Vec::<&Delivery>::new());
}

fn is_refusal<T>(result: Result<T, Error>) -> bool {
    match result {
        Err(Error::Api(error)) => error.code() == ErrorCode::REFUSED_BY_WEBHOOK && error.status() == 403,
        _ => false,
    }
}

/// What is in a conversation, in its order.
async fn bodies(conversation: &ConversationHandle) -> Vec<String> {
    let mut messages = conversation.messages().list().stream();
    let mut bodies = Vec::new();
    while let Some(message) = messages.try_next().await.unwrap() {
        bodies.push(message.body.unwrap());
    }
    bodies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_filter_rewrites_and_refuses_messages_of_all_conversations_however_they_are_sent() {
    let filter = Program::start("profanity_filter", 0, &[], &[]);
    let (emulator, client) = start(Emulator::builder()).await;
    let filters = [EventType::MessageAdd, EventType::MessageUpdate];
    let hooks = client.configuration().webhooks().update();
    hooks.method(HttpMethod::Post).filters(filters).pre_webhook_url(filter.url("/")).await.unwrap();

    // One conversation in the default service, and one in another.
    let support = client.conversations().create().await.unwrap();
    let other = client.services().create("Sales").await.unwrap().sid;
    let sales = client.service(&other).conversations().create().await.unwrap();
    let default = client.service(support.chat_service_sid.unwrap());
    let conversations = [
        (support.sid.clone(), default.conversation(support.sid)),
        (sales.sid.clone(), client.service(other).conversation(sales.sid)),
    ];
    for (sid, conversation) in &conversations {
        conversation.participants().create().identity("alice").await.unwrap();

        let messages = conversation.messages();
        let clean = messages.create().author("alice").body("Good morning").await.unwrap();
        assert_eq!(clean.body.as_deref(), Some("Good morning"));
        let mild = messages.create().author("alice").body("Darn it, what the HECK").await.unwrap();
        assert_eq!(mild.body.as_deref(), Some("**** it, what the ****"));
        assert!(is_refusal(messages.create().author("alice").body("you Scoundrel!").await));

        let message = conversation.message(clean.sid);
        let edited = message.update().body("Heck, morning").await.unwrap();
        assert_eq!(edited.body.as_deref(), Some("****, morning"));
        assert!(is_refusal(message.update().body("Morning, ruffian").await));

        emulator.say(sid.as_str(), "alice", "Hello").await.unwrap();
        emulator.say(sid.as_str(), "alice", "dang!").await.unwrap();
        let refused = emulator.say(sid.as_str(), "alice", "Hello, ruffian").await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::REFUSED_BY_WEBHOOK.0));

        assert_eq!(bodies(conversation).await, ["****, morning", "**** it, what the ****", "Hello", "****!"]);
    }

    // Somebody texts.
    let (sid, conversation) = &conversations[1];
    let (person, number) = ("+15551230001", "+15559990001");
    let texting = conversation.participants().create().messaging_binding_address(person);
    texting.messaging_binding_proxy_address(number).await.unwrap();
    let posted = emulator.receive(person, number, "What the heck").await.unwrap().unwrap();
    assert_eq!(posted.conversation_sid, sid.as_str());
    let refused = emulator.receive(person, number, "Scoundrel").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::REFUSED_BY_WEBHOOK.0));
    // What is done by REST without the header is nothing to webhooks.
    conversation.messages().create().body("scoundrel").webhook_enabled(false).await.unwrap();
    assert_eq!(bodies(conversation).await[4..], ["What the ****", "scoundrel"]);

    let calls = emulator.deliveries().unwrap();
    let count = |state| calls.iter().filter(|call| call.state == state).count();
    assert_eq!((calls.len(), count(DeliveryState::Proceeded), count(DeliveryState::Rejected)), (18, 11, 7));
}

/// A conversation from its beginning to its end, in which every post-event happens.
async fn live(emulator: &Emulator, client: &Client, name: &str) {
    let created = client.conversations().create().friendly_name(name).await.unwrap();
    let conversation = client.conversation(&created.sid);
    let identity = format!("alice of {name}");
    let alice = conversation.participants().create().identity(&identity).await.unwrap().sid;
    let person = conversation.participants().create().messaging_binding_address("+15551230001");
    let person = person.messaging_binding_proxy_address(format!("+1555999{name:0>4}")).await.unwrap().sid;
    for number in 0..6 {
        let body = format!("message {number} & “more” = 1+1 🙂");
        let message = conversation.messages().create().body(body).await.unwrap().sid;
        emulator.say(created.sid.as_str(), &identity, "I see").await.unwrap();
        emulator.report_delivery(message.as_str(), Some(person.as_str()), "delivered", None).await.unwrap();
        conversation.message(&message).update().body(format!("edit of {number}")).await.unwrap();
        if number % 2 == 0 {
            conversation.message(&message).delete().await.unwrap();
        }
    }
    conversation.participant(&alice).update().attributes(r#"{"seat":7}"#).await.unwrap();
    conversation.participant(&alice).delete().await.unwrap();
    client.user(&identity).update().friendly_name("Alice").await.unwrap();
    conversation.update().friendly_name("renamed").await.unwrap();
    conversation.update().state(ConversationState::Inactive).await.unwrap();
    conversation.delete().await.unwrap();
}

/// What comes of one such life.
const EVENTS: [(&str, usize); 13] = [
    ("onConversationAdded", 1),
    ("onConversationRemoved", 1),
    ("onConversationStateUpdated", 1),
    ("onConversationUpdated", 2),
    ("onDeliveryUpdated", 6),
    ("onMessageAdded", 12),
    ("onMessageRemoved", 3),
    ("onMessageUpdated", 6),
    ("onParticipantAdded", 2),
    ("onParticipantRemoved", 1),
    ("onParticipantUpdated", 1),
    ("onUserAdded", 1),
    ("onUserUpdated", 1),
];

/// An event's token, type and fields.
type Kept = (String, String, Vec<(String, String)>);

/// The fields that are the event's, and not those of one attempt to deliver it.
fn of_event(mut fields: Vec<(String, String)>) -> Vec<(String, String)> {
    fields.retain(|(name, _)| name != "RetryCount");
    fields
}

/// The archive by conversation, and in its order.
fn archived(path: &Path) -> BTreeMap<Option<String>, Vec<Kept>> {
    let archive = Connection::open(path).unwrap();
    let mut statement =
        archive.prepare("SELECT conversation_sid, token, event_type, fields FROM events ORDER BY id").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut events: BTreeMap<_, Vec<Kept>> = BTreeMap::new();
    while let Some(row) = rows.next().unwrap() {
        let fields = serde_json::from_str(&row.get::<_, String>(3).unwrap()).unwrap();
        let kept = (row.get(1).unwrap(), row.get(2).unwrap(), of_event(fields));
        events.entry(row.get(0).unwrap()).or_default().push(kept);
    }
    events
}

/// What the emulator fired, likewise.
fn fired(deliveries: Vec<Delivery>) -> BTreeMap<Option<String>, Vec<Kept>> {
    let mut events: BTreeMap<_, Vec<Kept>> = BTreeMap::new();
    for delivery in deliveries {
        let kept = (delivery.idempotency_token, delivery.event.to_string(), of_event(delivery.fields));
        events.entry(delivery.conversation_sid).or_default().push(kept);
    }
    events
}

const KILLS: usize = 5;
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_archived_once_though_the_archiver_is_killed_again_and_again() {
    let path = fresh("archive-emulated");
    let database = path.to_str().unwrap();
    let mut archive = Program::start("archive", 0, &[database], &[]);
    let (emulator, client) = start(persistent()).await;
    let emulator = Arc::new(emulator);
    let hooks = client.configuration().webhooks().update();
    let hooks = hooks.method(HttpMethod::Post).filters(EventType::POST_EVENTS);
    hooks.post_webhook_url(archive.url("/")).await.unwrap();

    for kill in 0..KILLS {
        let before = emulator.deliveries().unwrap().last().map_or(0, |latest| latest.id);
        let mut lives = JoinSet::new();
        for number in 0..AT_ONCE {
            let (emulator, client, name) = (emulator.clone(), client.clone(), (kill * AT_ONCE + number).to_string());
            lives.spawn(async move { live(&emulator, &client, &name).await });
        }
        // In the middle of what they do, and until it is missed.
        until(&emulator, |delivery| delivery.state == DeliveryState::Delivered && delivery.id > before).await;
        archive.kill();
        let unheard = client.conversations().create().await.unwrap().sid;
        until(&emulator, |delivery| waits(delivery, &unheard, 1)).await;
        archive = Program::start("archive", archive.address.port(), &[database], &[]);
        lives.join_all().await;
    }
    settle(&emulator).await;
    archive.kill();

    let deliveries = emulator.deliveries().unwrap();
    let mut counts = BTreeMap::new();
    for delivery in &deliveries {
        *counts.entry(delivery.event.as_str()).or_insert(0) += 1;
    }
    let mut expected: BTreeMap<_, _> =
        EVENTS.into_iter().map(|(event, count)| (event, count * KILLS * AT_ONCE)).collect();
    *expected.get_mut("onConversationAdded").unwrap() += KILLS;
    assert_eq!(counts, expected);

    // Each once, whole, and in the order of its conversation.
    let (archived, fired) = (archived(&path), fired(deliveries));
    assert!(archived.keys().eq(fired.keys()));
    for (conversation, events) in &fired {
        assert_eq!(&archived[conversation], events, "{conversation:?}");
    }
}

/// Writes, edits and removes messages: every one is edited twice in a row, and every third removed.
async fn write(client: Client, conversation: ConversationSid) {
    let conversation = client.conversation(conversation);
    for number in 0..15 {
        let message = conversation.messages().create().body(format!("message {number}")).await.unwrap().sid;
        let message = conversation.message(message);
        message.update().body(format!("message {number}, edited")).await.unwrap();
        message.update().body(format!("message {number}, edited again")).await.unwrap();
        if number % 3 == 0 {
            message.delete().await.unwrap();
        }
    }
}

#[test]
fn the_index_converges_to_the_messages_of_the_api_though_the_cluster_refuses_and_is_away() {
    let (open, opened) = watch::channel(true);
    let refusals = Mutex::new(vec![503, 429, 503, 429]);
    let cluster = Cluster { refusals, refuse_each: 25, open: Some(opened), ..Cluster::default() };
    let (cluster, feed, runtime) = cluster.start();
    runtime.block_on(async {
        // Attempts are short, so that events come again which the feed still holds.
        let (emulator, client) = start(persistent().post_hook_timeout(Duration::from_millis(500))).await;
        let hooks = client.configuration().webhooks().update();
        let filters = [EventType::MessageAdded, EventType::MessageUpdated, EventType::MessageRemoved];
        hooks.method(HttpMethod::Post).filters(filters).post_webhook_url(feed.url("/")).await.unwrap();

        let mut conversations = Vec::new();
        let mut writers = JoinSet::new();
        for _ in 0..4 {
            conversations.push(client.conversations().create().await.unwrap().sid);
            writers.spawn(write(client.clone(), conversations.last().unwrap().clone()));
        }
        until(&emulator, |delivery| delivery.state == DeliveryState::Delivered).await;
        open.send_replace(false);
        conversations.push(client.conversations().create().await.unwrap().sid);
        let last = &conversations[conversations.len() - 1];
        client.conversation(last).messages().create().body("Is anybody there?").await.unwrap();
        until(&emulator, |delivery| waits(delivery, last, 2)).await;
        open.send_replace(true);
        writers.join_all().await;
        settle(&emulator).await;

        let mut expected = BTreeMap::new();
        for conversation in &conversations {
            let mut messages = client.conversation(conversation).messages().list().stream();
            while let Some(message) = messages.try_next().await.unwrap() {
                expected.insert(message.sid.to_string(), (conversation.to_string(), message.body.unwrap()));
            }
        }
        assert_eq!(expected.len(), 4 * 10 + 1);
        let (removed, indexed): (Vec<_>, Vec<_>) =
            cluster.documents().into_iter().partition(|(_, (_, document))| !document["date_removed"].is_null());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let indexed: BTreeMap<_, _> = indexed
            .into_iter()
            .map(|(sid, (_, document))| (sid, (text(&document["conversation_sid"]), text(&document["body"]))))
            .collect();
        assert_eq!(indexed, expected);
        assert_eq!(removed.len(), 4 * 5);
        assert!(removed.iter().all(|(_, (_, document))| document["body"].is_null()));
    });
    assert!(cluster.refusals.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hyper_alone_lets_participants_in_or_not_by_post_and_by_get() {
    let receiver = Program::start("receive_with_hyper", 0, &[], &[]);
    let (emulator, client) = start(Emulator::builder()).await;
    for method in [HttpMethod::Post, HttpMethod::Get] {
        let hooks = client.configuration().webhooks().update().method(&method);
        hooks.filters([EventType::ParticipantAdd]).pre_webhook_url(receiver.url("/hooks?tenant=7")).await.unwrap();
        let participants = client.conversation(client.conversations().create().await.unwrap().sid).participants();
        participants.create().identity("alice").await.unwrap();
        assert!(is_refusal(participants.create().identity("mallory").await), "{method}");

        let mut inside = participants.list().stream();
        assert_eq!(inside.try_next().await.unwrap().unwrap().identity.as_deref(), Some("alice"));
        assert!(inside.try_next().await.unwrap().is_none());
    }
    let calls = emulator.deliveries().unwrap();
    let calls: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.state)).collect();
    let (proceeded, rejected) = (DeliveryState::Proceeded, DeliveryState::Rejected);
    assert_eq!(calls, [("POST", proceeded), ("POST", rejected), ("GET", proceeded), ("GET", rejected)]);
}
