//! Pre-event webhooks: what they are asked, and for what their answers count.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use twilio_conversations_emulator::Emulator;

use crate::receiver::{Hook, Receiver, Reply};
use crate::support::World;
use crate::webhooks::{ACCOUNT, report};

const PERSON: &str = "+15551230001";
const OURS: &str = "+15551239999";

/// A receiver that is answered for by hand.
struct Listener {
    listener: TcpListener,
    url: String,
}

impl Listener {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        Self { listener, url }
    }

    async fn configure(&self, world: &World, event: &str) {
        let form = [("Method", "POST"), ("PreWebhookUrl", &*self.url), ("Filters", event)];
        world.post(ACCOUNT, &form).await.expect(200);
    }

    /// The connection of the next call, whose request has been read.
    async fn next(&self) -> TcpStream {
        self.next_with_form().await.0
    }

    /// The connection of the next call, and its form.
    async fn next_with_form(&self) -> (TcpStream, String) {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let mut request = String::new();
        loop {
            let mut bytes = [0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            assert_ne!(length, 0, "cut off: {request}");
            request.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
            let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return (stream, body.to_owned());
            }
        }
    }
}

async fn answer(mut stream: TcpStream, status: u16) {
    stream.write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
}

/// Has an address make a conversation for whoever writes to it.
async fn open_address(world: &World) {
    let auto = [("AutoCreation.Enabled", "true"), ("AutoCreation.Type", "default")];
    let form = [&[("Type", "sms"), ("Address", OURS)][..], &auto].concat();
    world.post("/v1/Configuration/Addresses", &form).await.expect(201);
}

#[tokio::test]
async fn two_first_messages_at_once_open_one_conversation() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onConversationAdd", "onMessageAdd"]).await;
    open_address(&world).await;
    receiver.answers(|hook| match (hook.field("EventType"), hook.find("MessageBody").or(hook.find("Body"))) {
        ("onConversationAdd", Some("damn")) => Reply { delay: Duration::from_millis(500), ..Reply::of(200, "") },
        ("onMessageAdd", Some("damn")) => Reply::of(403, ""),
        _ => Reply::of(200, ""),
    });
    let others = async {
        assert_eq!(receiver.next().await.field("MessageBody"), "damn");
        // While the filter is called for the conversation of this message, another one arrives. It waits.
        world.emulator.receive(PERSON, OURS, "hello").await.unwrap().unwrap()
    };
    let (damn, hello) = tokio::join!(world.emulator.receive(PERSON, OURS, "damn"), others);
    assert_eq!(damn.unwrap_err().code(), Some(50056));
    assert!(!hello.created);
    assert_eq!(receiver.events(2).await, ["onMessageAdd", "onMessageAdd"]);
    let conversations = world.get("/v1/Conversations").await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
    let messages = world.get(&format!("/v1/Conversations/{}/Messages", hello.conversation_sid)).await.expect(200);
    assert_eq!(crate::support::each(&messages.body["messages"], "body"), ["hello"]);
}

#[tokio::test]
async fn who_is_overtaken_again_and_again_is_told_of_a_conflict() {
    let world = World::start().await;
    let path = format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await);
    let listener = Listener::start().await;
    listener.configure(&world, "onConversationUpdate").await;
    let mut asked = 0;
    let refused = {
        let others = async {
            loop {
                let question = listener.next().await;
                asked += 1;
                world.post(&path, &[("FriendlyName", &asked.to_string())]).await.expect(200);
                answer(question, 200).await;
            }
        };
        let form = [("UniqueName", "mine")];
        tokio::select! {
            answer = world.post_aloud(&path, &form) => answer,
            () = others => unreachable!(),
        }
    };
    refused.refused(409, 50391);
    assert_eq!(asked, 10);
    assert!(world.get(&path).await.body["unique_name"].is_null());
    // Left alone, it succeeds.
    let form = [("UniqueName", "mine")];
    let (updated, ()) =
        tokio::join!(world.post_aloud(&path, &form), async { answer(listener.next().await, 200).await });
    assert_eq!(updated.expect(200).text("friendly_name"), "10");
}

#[tokio::test]
async fn that_a_conversation_is_written_in_meanwhile_is_no_reason_to_ask_again() {
    let world = World::start().await;
    let path = format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await);
    let listener = Listener::start().await;
    listener.configure(&world, "onConversationRemove").await;
    let others = async {
        let question = listener.next().await;
        // The question told of a date that this moves.
        world.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
        answer(question, 200).await;
    };
    let (deleted, ()) = tokio::join!(world.delete_aloud(&path), others);
    deleted.expect(204);
}

/// Whatever a hook was told of, it finds later on.
#[tokio::test]
async fn what_a_pre_webhook_is_told_of_comes_to_be() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let pre = ["onConversationAdd", "onParticipantAdd", "onMessageAdd", "onMessageUpdate"];
    report(&world, ACCOUNT, &receiver, &pre).await;
    let people = [("Participant", r#"{"identity":"alice"}"#), ("Participant", r#"{"identity":"bob"}"#)];
    let made = world.post_aloud("/v1/ConversationWithParticipants", &people).await.expect(201).text("sid");
    let asked = [receiver.next().await, receiver.next().await, receiver.next().await];
    assert_eq!(asked[0].find("ConversationSid"), None);
    for (asked, identity) in asked[1..].iter().zip(["alice", "bob"]) {
        assert_eq!((asked.field("ConversationSid"), asked.field("Identity")), (made.as_str(), identity));
    }

    open_address(&world).await;
    let posted = world.emulator.receive(PERSON, OURS, "hello").await.unwrap().unwrap();
    assert_eq!(receiver.events(1).await, ["onConversationAdd"]);
    for event in ["onParticipantAdd", "onMessageAdd"] {
        let asked = receiver.next().await;
        assert_eq!((asked.field("EventType"), asked.field("ConversationSid")), (event, &*posted.conversation_sid));
        if event == "onMessageAdd" {
            let path = format!("/v1/Conversations/{made}/Participants", made = posted.conversation_sid);
            let participants = world.get(&path).await.expect(200).body;
            assert_eq!(asked.field("ParticipantSid"), participants["participants"][0]["sid"]);
        }
    }

    // Dates as well, though the answer takes its time.
    report(&world, ACCOUNT, &receiver, &["onMessageUpdate", "onMessageUpdated"]).await;
    receiver.answers(|_| Reply { delay: Duration::from_millis(20), ..Reply::of(200, "") });
    let path = format!("/v1/Conversations/{}/Messages/{}", posted.conversation_sid, posted.message_sid);
    world.post_aloud(&path, &[("Body", "bye")]).await.expect(200);
    let (before, after) = (receiver.next().await, receiver.next().await);
    assert_eq!(after.field("EventType"), "onMessageUpdated");
    assert_eq!(before.field("DateUpdated"), after.field("DateUpdated"));
}

#[tokio::test]
async fn a_change_is_never_dated_before_the_one_that_came_between() {
    let world = World::start().await;
    let path = format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await);
    world.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    let listener = Listener::start().await;
    listener.configure(&world, "onConversationUpdate").await;
    let others = async {
        let question = listener.next().await;
        world.emulator.advance_clock(Duration::from_secs(3)).unwrap();
        let message = world.post(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
        answer(question, 200).await;
        message.text("date_created")
    };
    let form = [("FriendlyName", "x"), ("Timers.Inactive", "PT1M")];
    let (updated, written) = tokio::join!(world.post_aloud(&path, &form), others);
    assert_eq!(updated.expect(200).text("date_updated"), written);
}

/// A server may close a connection that rests at any moment, be it that a question is on its way there.
#[tokio::test]
async fn a_refusal_counts_though_the_receiver_takes_no_second_question_on_a_connection() {
    let world = World::start().await;
    let listener = Listener::start().await;
    listener.configure(&world, "onConversationAdd").await;
    let asked = async {
        for _ in 0..20 {
            let mut stream = listener.next().await;
            // Without a word that this was all.
            stream.write_all(b"HTTP/1.1 403 x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            tokio::spawn(async move { stream.read(&mut [0]).await });
        }
    };
    let actions = async {
        for _ in 0..20 {
            world.post_aloud("/v1/Conversations", &[]).await.refused(403, 50056);
        }
    };
    tokio::join!(actions, asked);
    assert!(world.get("/v1/Conversations").await.body["conversations"].as_array().unwrap().is_empty());
}

/// JSON may write any character as `\uXXXX`.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[tokio::test]
async fn an_answer_as_long_as_any_change_that_is_allowed_is_read_whole() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onMessageAdd"]).await;
    let path = format!("/v1/Conversations/{}/Messages", world.create("/v1/Conversations", &[]).await);
    let attributes = format!("\"{}\"", "a".repeat(4094));
    for body in ["x".repeat(32 * 1024), "é".repeat(16 * 1024), "😀".repeat(8 * 1024)] {
        let answer = format!(
            r#"{{"body": "{}", "author": "{}", "attributes": "{}"}}"#,
            escaped(&body),
            escaped(&"😀".repeat(256)),
            escaped(&attributes)
        );
        receiver.answers(move |_| Reply::of(200, &answer));
        let message = world.post_aloud(&path, &[("Body", "secret")]).await.expect(201);
        assert_eq!((message.text("body"), message.text("attributes")), (body, attributes.clone()));
    }
}

#[tokio::test]
async fn an_answer_over_a_megabyte_is_none_unless_its_status_says_all() {
    for refuse in [false, true] {
        let world = World::of(Emulator::builder().refuse_on_bad_answer(refuse)).await;
        let receiver = Receiver::start().await;
        report(&world, ACCOUNT, &receiver, &["onConversationAdd"]).await;
        let padding = " ".repeat(1024 * 1024);
        for long in [format!(r#"{{"friendly_name": "changed"}}{padding}"#), format!("{padding}{{}}")] {
            let refusal = long.clone();
            receiver.answers(move |_| Reply::of(200, &long));
            let answer = world.post_aloud("/v1/Conversations", &[("FriendlyName", "x")]).await;
            if refuse {
                assert!(answer.refused(403, 50057).contains("1 MB"));
            } else {
                assert_eq!(answer.expect(201).text("friendly_name"), "x");
            }
            receiver.answers(move |_| Reply::of(403, &refusal));
            world.post_aloud("/v1/Conversations", &[]).await.refused(403, 50056);
        }
        let calls = world.get("/_emulator/deliveries?Event=onConversationAdd").await.expect(200).body;
        let kept = calls["deliveries"][0]["answer"].as_str().unwrap();
        assert_eq!(kept.len(), 4 * 1024, "the part of a response that is kept");
    }
}

#[tokio::test]
async fn what_a_pre_webhook_sets_keeps_to_the_limits_of_the_message() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onMessageAdd", "onMessageUpdate"]).await;
    let path = format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await);
    let messages = format!("{path}/Messages");
    let set = |length: usize| {
        let answer = format!(r#"{{"body": "{}"}}"#, "x".repeat(length));
        receiver.answers(move |_| Reply::of(200, &answer));
    };
    set(5000);
    let message = world.post_aloud(&messages, &[("Body", "x")]).await.expect(201).text("sid");
    let message = format!("{messages}/{message}");
    world.post_aloud(&message, &[("Body", "y")]).await.expect(200);

    let pair = [("MessagingBinding.Address", PERSON), ("MessagingBinding.ProxyAddress", OURS)];
    world.create(&format!("{path}/Participants"), &pair).await;
    world.post_aloud(&messages, &[("Body", "x")]).await.refused(400, 50504);
    world.post_aloud(&message, &[("Body", "z")]).await.refused(400, 50504);
    // What comes from a channel may be longer.
    world.emulator.receive(PERSON, OURS, "x").await.unwrap().unwrap();
    set(1600);
    world.post_aloud(&messages, &[("Body", "x")]).await.expect(201);
    world.post_aloud(&message, &[("Body", "z")]).await.expect(200);
    set(33_000);
    assert_eq!(world.emulator.receive(PERSON, OURS, "x").await.unwrap_err().code(), Some(50504));
}

#[tokio::test]
async fn an_author_that_a_pre_webhook_sets_is_its_participant() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onMessageAdd", "onMessageUpdate"]).await;
    let path = format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await);
    let participants = format!("{path}/Participants");
    let alice = world.create(&participants, &[("Identity", "alice")]).await;
    let bob = world.create(&participants, &[("Identity", "bob")]).await;
    let author = |author: &str| {
        let answer = format!(r#"{{"author": "{author}"}}"#);
        receiver.answers(move |_: &Hook| Reply::of(200, &answer));
    };
    author("alice");
    let messages = format!("{path}/Messages");
    let message = world.post_aloud(&messages, &[("Body", "x"), ("Author", "bob")]).await.expect(201);
    assert_eq!((message.text("author"), message.text("participant_sid")), ("alice".to_owned(), alice));
    let message = format!("{messages}/{}", message.text("sid"));
    author("bob");
    let updated = world.post_aloud(&message, &[("Body", "y")]).await.expect(200);
    assert_eq!((updated.text("author"), updated.text("participant_sid")), ("bob".to_owned(), bob));
    author("nobody here");
    let updated = world.post_aloud(&message, &[("Body", "z")]).await.expect(200);
    assert!(updated.body["participant_sid"].is_null(), "{}", updated.body);
    assert_eq!(world.get(&message).await.body, updated.body);
}

/// Choices that the README lists.
#[tokio::test]
async fn a_redirect_is_not_followed_and_lets_the_action_go_on() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    receiver.answers(|_| Reply::of(307, r#"{"friendly_name": "changed"}"#));
    let made = world.post_aloud("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(made.text("friendly_name"), "x");
    receiver.next().await;
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_rejected_message_leaves_the_conversation_that_it_opened() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let events = ["onMessageAdd", "onConversationAdded", "onParticipantAdded", "onMessageAdded"];
    report(&world, ACCOUNT, &receiver, &events).await;
    open_address(&world).await;
    receiver.answers(|hook| Reply::of(if hook.field("EventType") == "onMessageAdd" { 403 } else { 200 }, ""));
    assert_eq!(world.emulator.receive(PERSON, OURS, "damn").await.unwrap_err().code(), Some(50056));
    let conversations = world.get("/v1/Conversations").await.expect(200).body;
    let sid = conversations["conversations"][0]["sid"].as_str().unwrap();
    let participants = world.get(&format!("/v1/Conversations/{sid}/Participants")).await.expect(200).body;
    assert_eq!(participants["participants"].as_array().unwrap().len(), 1);
    world.emulator.settle().await.unwrap();
    let mut seen = receiver.events(3).await;
    seen.sort();
    assert_eq!(seen, ["onConversationAdded", "onMessageAdd", "onParticipantAdded"]);
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_message_that_cannot_be_added_opens_no_conversation() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onConversationAdd", "onConversationAdded"]).await;
    open_address(&world).await;
    let too_long = "x".repeat(33 * 1024);
    assert_eq!(world.emulator.receive(PERSON, OURS, &too_long).await.unwrap_err().code(), Some(50504));
    let conversations = world.get("/v1/Conversations").await.expect(200).body;
    assert!(conversations["conversations"].as_array().unwrap().is_empty());
    world.emulator.settle().await.unwrap();
    assert!(receiver.rest().is_empty());
}

/// The conversation is read by REST before each pre-event webhook is answered.
#[tokio::test]
async fn a_pre_event_webhook_can_read_the_conversation_that_it_names() {
    let world = World::start().await;
    let listener = Listener::start().await;
    let events = ["onParticipantAdd", "onMessageAdd"];
    let mut form = vec![("Method", "POST"), ("PreWebhookUrl", &*listener.url)];
    form.extend(events.map(|event| ("Filters", event)));
    world.post(ACCOUNT, &form).await.expect(200);
    open_address(&world).await;
    let filter = async |count: usize| {
        for _ in 0..count {
            let (question, form) = listener.next_with_form().await;
            let mut fields = form_urlencoded::parse(form.as_bytes());
            let sid = fields.find(|(name, _)| name == "ConversationSid").unwrap().1.into_owned();
            let read = world.get(&format!("/v1/Conversations/{sid}")).await.expect(200);
            assert_eq!(read.text("sid"), sid);
            answer(question, 200).await;
        }
    };
    let (posted, ()) = tokio::join!(world.emulator.receive(PERSON, OURS, "hello"), filter(2));
    assert!(posted.unwrap().unwrap().created);
    let participant = r#"{"identity": "alice"}"#;
    let form = [("Participant", participant)];
    let path = "/v1/ConversationWithParticipants";
    let (created, ()) = tokio::join!(world.post_aloud(path, &form), filter(1));
    let sid = created.expect(201).text("sid").to_owned();
    let participants = world.get(&format!("/v1/Conversations/{sid}/Participants")).await.expect(200).body;
    assert_eq!(participants["participants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rejected_participant_leaves_the_conversation_that_it_was_created_with() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onParticipantAdd"]).await;
    receiver.answers(|hook| Reply::of(if hook.find("Identity") == Some("bob") { 403 } else { 200 }, ""));
    let form = [("Participant", r#"{"identity": "alice"}"#), ("Participant", r#"{"identity": "bob"}"#)];
    world.post_aloud("/v1/ConversationWithParticipants", &form).await.refused(403, 50056);
    assert_eq!(receiver.events(2).await, ["onParticipantAdd", "onParticipantAdd"]);
    let conversations = world.get("/v1/Conversations").await.expect(200).body;
    let conversation = &conversations["conversations"][0];
    assert_eq!(conversation["state"], "active");
    let path = format!("/v1/Conversations/{}/Participants", conversation["sid"].as_str().unwrap());
    let participants = world.get(&path).await.expect(200).body;
    assert_eq!(crate::support::each(&participants["participants"], "identity"), ["alice"]);
    // An invalid participant is found before anything is committed.
    let form = [("Participant", r#"{"identity": "carol"}"#), ("Participant", r#"{"identity": "carol"}"#)];
    world.post_aloud("/v1/ConversationWithParticipants", &form).await.refused(409, 50433);
    let conversations = world.get("/v1/Conversations").await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_question_that_fits_into_no_address_is_not_put_and_the_action_goes_on() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let form = [("Method", "GET"), ("PreWebhookUrl", &*receiver.url), ("Filters", "onMessageAdd")];
    world.post(ACCOUNT, &form).await.expect(200);
    let path = format!("/v1/Conversations/{}/Messages", world.create("/v1/Conversations", &[]).await);
    let body = "é".repeat(16_000);
    world.post_aloud(&path, &[("Body", &body)]).await.expect(201);
    let listed = world.get("/_emulator/deliveries").await.expect(200).body;
    let listed = &listed["deliveries"][0];
    assert!(listed["error"].as_str().unwrap().contains("too long"), "{listed}");
    // It is shown as far as that goes.
    assert_eq!((&listed["state"], &listed["url"]), (&"given_up".into(), &receiver.url.clone().into()));
    assert!(receiver.rest().is_empty());
}
