//! Pre-event webhooks: their calls, and the effects of their responses.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use twilio_conversations_emulator::Emulator;

use crate::receiver::{Hook, HookResponse, Receiver};
use crate::support::Instance;
use crate::webhooks::{ACCOUNT, report};

const PERSON: &str = "+15551230001";
const OURS: &str = "+15551239999";

/// A receiver whose responses the test writes itself.
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

    async fn configure(&self, instance: &Instance, event: &str) {
        let form = [("Method", "POST"), ("PreWebhookUrl", &*self.url), ("Filters", event)];
        instance.post(ACCOUNT, &form).await.expect(200);
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

async fn response(mut stream: TcpStream, status: u16) {
    stream.write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
}

/// Configures an address to open conversations.
async fn open_address(instance: &Instance) {
    let auto = [("AutoCreation.Enabled", "true"), ("AutoCreation.Type", "default")];
    let form = [&[("Type", "sms"), ("Address", OURS)][..], &auto].concat();
    instance.post("/v1/Configuration/Addresses", &form).await.expect(201);
}

#[tokio::test]
async fn two_first_messages_at_once_open_one_conversation() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd", "onMessageAdd"]).await;
    open_address(&instance).await;
    receiver.responds(|hook| match (hook.field("EventType"), hook.find("MessageBody").or(hook.find("Body"))) {
        ("onConversationAdd", Some("damn")) => {
            HookResponse { delay: Duration::from_millis(500), ..HookResponse::of(200, "") }
        }
        ("onMessageAdd", Some("damn")) => HookResponse::of(403, ""),
        _ => HookResponse::of(200, ""),
    });
    let others = async {
        assert_eq!(receiver.next().await.field("MessageBody"), "damn");
        // While the filter is called for the conversation of this message, another one arrives. It waits.
        instance.emulator.receive(PERSON, OURS, "hello").await.unwrap().unwrap()
    };
    let (damn, hello) = tokio::join!(instance.emulator.receive(PERSON, OURS, "damn"), others);
    assert_eq!(damn.unwrap_err().code(), Some(50056));
    assert!(!hello.created);
    assert_eq!(receiver.events(2).await, ["onMessageAdd", "onMessageAdd"]);
    let conversations = instance.get("/v1/Conversations").await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
    let messages = instance.get(&format!("/v1/Conversations/{}/Messages", hello.conversation_sid)).await.expect(200);
    assert_eq!(crate::support::each(&messages.body["messages"], "body"), ["hello"]);
}

#[tokio::test]
async fn a_request_that_is_overtaken_repeatedly_ends_with_a_conflict() {
    let instance = Instance::start().await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let listener = Listener::start().await;
    listener.configure(&instance, "onConversationUpdate").await;
    let mut called = 0;
    let rejected = {
        let others = async {
            loop {
                let call = listener.next().await;
                called += 1;
                instance.post(&path, &[("FriendlyName", &called.to_string())]).await.expect(200);
                response(call, 200).await;
            }
        };
        let form = [("UniqueName", "mine")];
        tokio::select! {
            response = instance.post_with_webhooks(&path, &form) => response,
            () = others => unreachable!(),
        }
    };
    rejected.expect_error(409, 50391);
    assert_eq!(called, 10);
    assert!(instance.get(&path).await.body["unique_name"].is_null());
    // Left alone, it succeeds.
    let form = [("UniqueName", "mine")];
    let (updated, ()) =
        tokio::join!(instance.post_with_webhooks(&path, &form), async { response(listener.next().await, 200).await });
    assert_eq!(updated.expect(200).text("friendly_name"), "10");
}

#[tokio::test]
async fn a_message_that_is_added_meanwhile_does_not_repeat_a_pre_event_call() {
    let instance = Instance::start().await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let listener = Listener::start().await;
    listener.configure(&instance, "onConversationRemove").await;
    let others = async {
        let call = listener.next().await;
        // The call had a date that this changes.
        instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
        response(call, 200).await;
    };
    let (deleted, ()) = tokio::join!(instance.delete_with_webhooks(&path), others);
    deleted.expect(204);
}

/// The SIDs in the call of a pre-event webhook are those of the response.
#[tokio::test]
async fn the_sids_in_a_pre_event_webhook_are_those_of_the_created_resource() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let pre = ["onConversationAdd", "onParticipantAdd", "onMessageAdd", "onMessageUpdate"];
    report(&instance, ACCOUNT, &receiver, &pre).await;
    let people = [("Participant", r#"{"identity":"alice"}"#), ("Participant", r#"{"identity":"bob"}"#)];
    let made = instance.post_with_webhooks("/v1/ConversationWithParticipants", &people).await.expect(201).text("sid");
    let called = [receiver.next().await, receiver.next().await, receiver.next().await];
    assert_eq!(called[0].find("ConversationSid"), None);
    for (called, identity) in called[1..].iter().zip(["alice", "bob"]) {
        assert_eq!((called.field("ConversationSid"), called.field("Identity")), (made.as_str(), identity));
    }

    open_address(&instance).await;
    let posted = instance.emulator.receive(PERSON, OURS, "hello").await.unwrap().unwrap();
    assert_eq!(receiver.events(1).await, ["onConversationAdd"]);
    for event in ["onParticipantAdd", "onMessageAdd"] {
        let called = receiver.next().await;
        assert_eq!((called.field("EventType"), called.field("ConversationSid")), (event, &*posted.conversation_sid));
        if event == "onMessageAdd" {
            let path = format!("/v1/Conversations/{made}/Participants", made = posted.conversation_sid);
            let participants = instance.get(&path).await.expect(200).body;
            assert_eq!(called.field("ParticipantSid"), participants["participants"][0]["sid"]);
        }
    }

    // The dates too, although the response takes a while.
    report(&instance, ACCOUNT, &receiver, &["onMessageUpdate", "onMessageUpdated"]).await;
    receiver.responds(|_| HookResponse { delay: Duration::from_millis(20), ..HookResponse::of(200, "") });
    let path = format!("/v1/Conversations/{}/Messages/{}", posted.conversation_sid, posted.message_sid);
    instance.post_with_webhooks(&path, &[("Body", "bye")]).await.expect(200);
    let (before, after) = (receiver.next().await, receiver.next().await);
    assert_eq!(after.field("EventType"), "onMessageUpdated");
    assert_eq!(before.field("DateUpdated"), after.field("DateUpdated"));
}

#[tokio::test]
async fn the_date_of_a_change_is_not_before_that_of_a_concurrent_change() {
    let instance = Instance::start().await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    instance.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    let listener = Listener::start().await;
    listener.configure(&instance, "onConversationUpdate").await;
    let others = async {
        let call = listener.next().await;
        instance.emulator.advance_clock(Duration::from_secs(3)).unwrap();
        let message = instance.post(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
        response(call, 200).await;
        message.text("date_created")
    };
    let form = [("FriendlyName", "x"), ("Timers.Inactive", "PT1M")];
    let (updated, written) = tokio::join!(instance.post_with_webhooks(&path, &form), others);
    assert_eq!(updated.expect(200).text("date_updated"), written);
}

/// A server may close an idle connection at any moment, even while a request is on its way.
#[tokio::test]
async fn a_rejection_counts_although_the_receiver_accepts_one_request_per_connection() {
    let instance = Instance::start().await;
    let listener = Listener::start().await;
    listener.configure(&instance, "onConversationAdd").await;
    let called = async {
        for _ in 0..20 {
            let mut stream = listener.next().await;
            // Without a header that announces it.
            stream.write_all(b"HTTP/1.1 403 x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            tokio::spawn(async move { stream.read(&mut [0]).await });
        }
    };
    let actions = async {
        for _ in 0..20 {
            instance.post_with_webhooks("/v1/Conversations", &[]).await.expect_error(403, 50056);
        }
    };
    tokio::join!(actions, called);
    assert!(instance.get("/v1/Conversations").await.body["conversations"].as_array().unwrap().is_empty());
}

/// JSON may write any character as `\uXXXX`.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[tokio::test]
async fn a_pre_event_response_with_the_longest_allowed_values_is_read_completely() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdd"]).await;
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    let attributes = format!("\"{}\"", "a".repeat(4094));
    for body in ["x".repeat(32 * 1024), "é".repeat(16 * 1024), "😀".repeat(8 * 1024)] {
        let response = format!(
            r#"{{"body": "{}", "author": "{}", "attributes": "{}"}}"#,
            escaped(&body),
            escaped(&"😀".repeat(256)),
            escaped(&attributes)
        );
        receiver.responds(move |_| HookResponse::of(200, &response));
        let message = instance.post_with_webhooks(&path, &[("Body", "secret")]).await.expect(201);
        assert_eq!((message.text("body"), message.text("attributes")), (body, attributes.clone()));
    }
}

#[tokio::test]
async fn a_pre_event_response_over_a_megabyte_counts_by_its_status_only() {
    for refuse in [false, true] {
        let instance = Instance::of(Emulator::builder().refuse_on_bad_answer(refuse)).await;
        let receiver = Receiver::start().await;
        report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
        let padding = " ".repeat(1024 * 1024);
        for long in [format!(r#"{{"friendly_name": "changed"}}{padding}"#), format!("{padding}{{}}")] {
            let refusal = long.clone();
            receiver.responds(move |_| HookResponse::of(200, &long));
            let response = instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await;
            if refuse {
                assert!(response.expect_error(403, 50057).contains("1 MB"));
            } else {
                assert_eq!(response.expect(201).text("friendly_name"), "x");
            }
            receiver.responds(move |_| HookResponse::of(403, &refusal));
            instance.post_with_webhooks("/v1/Conversations", &[]).await.expect_error(403, 50056);
        }
        let calls = instance.get("/_emulator/deliveries?Event=onConversationAdd").await.expect(200).body;
        let kept = calls["deliveries"][0]["answer"].as_str().unwrap();
        assert_eq!(kept.len(), 4 * 1024, "the part of a response that is kept");
    }
}

#[tokio::test]
async fn values_from_a_pre_event_webhook_have_the_limits_of_a_message() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdd", "onMessageUpdate"]).await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let messages = format!("{path}/Messages");
    let set = |length: usize| {
        let response = format!(r#"{{"body": "{}"}}"#, "x".repeat(length));
        receiver.responds(move |_| HookResponse::of(200, &response));
    };
    set(5000);
    let message = instance.post_with_webhooks(&messages, &[("Body", "x")]).await.expect(201).text("sid");
    let message = format!("{messages}/{message}");
    instance.post_with_webhooks(&message, &[("Body", "y")]).await.expect(200);

    let pair = [("MessagingBinding.Address", PERSON), ("MessagingBinding.ProxyAddress", OURS)];
    instance.create(&format!("{path}/Participants"), &pair).await;
    instance.post_with_webhooks(&messages, &[("Body", "x")]).await.expect_error(400, 50504);
    instance.post_with_webhooks(&message, &[("Body", "z")]).await.expect_error(400, 50504);
    // A message from a channel can be longer.
    instance.emulator.receive(PERSON, OURS, "x").await.unwrap().unwrap();
    set(1600);
    instance.post_with_webhooks(&messages, &[("Body", "x")]).await.expect(201);
    instance.post_with_webhooks(&message, &[("Body", "z")]).await.expect(200);
    set(33_000);
    assert_eq!(instance.emulator.receive(PERSON, OURS, "x").await.unwrap_err().code(), Some(50504));
}

#[tokio::test]
async fn an_author_from_a_pre_event_webhook_determines_the_participant() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdd", "onMessageUpdate"]).await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let participants = format!("{path}/Participants");
    let alice = instance.create(&participants, &[("Identity", "alice")]).await;
    let bob = instance.create(&participants, &[("Identity", "bob")]).await;
    let author = |author: &str| {
        let response = format!(r#"{{"author": "{author}"}}"#);
        receiver.responds(move |_: &Hook| HookResponse::of(200, &response));
    };
    author("alice");
    let messages = format!("{path}/Messages");
    let message = instance.post_with_webhooks(&messages, &[("Body", "x"), ("Author", "bob")]).await.expect(201);
    assert_eq!((message.text("author"), message.text("participant_sid")), ("alice".to_owned(), alice));
    let message = format!("{messages}/{}", message.text("sid"));
    author("bob");
    let updated = instance.post_with_webhooks(&message, &[("Body", "y")]).await.expect(200);
    assert_eq!((updated.text("author"), updated.text("participant_sid")), ("bob".to_owned(), bob));
    author("nobody here");
    let updated = instance.post_with_webhooks(&message, &[("Body", "z")]).await.expect(200);
    assert!(updated.body["participant_sid"].is_null(), "{}", updated.body);
    assert_eq!(instance.get(&message).await.body, updated.body);
}

/// Assumptions that the README lists.
#[tokio::test]
async fn a_redirect_is_not_followed_and_the_request_proceeds() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    receiver.responds(|_| HookResponse::of(307, r#"{"friendly_name": "changed"}"#));
    let made = instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(made.text("friendly_name"), "x");
    receiver.next().await;
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_rejected_message_leaves_the_conversation_that_it_opened() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let events = ["onMessageAdd", "onConversationAdded", "onParticipantAdded", "onMessageAdded"];
    report(&instance, ACCOUNT, &receiver, &events).await;
    open_address(&instance).await;
    receiver.responds(|hook| HookResponse::of(if hook.field("EventType") == "onMessageAdd" { 403 } else { 200 }, ""));
    assert_eq!(instance.emulator.receive(PERSON, OURS, "damn").await.unwrap_err().code(), Some(50056));
    let conversations = instance.get("/v1/Conversations").await.expect(200).body;
    let sid = conversations["conversations"][0]["sid"].as_str().unwrap();
    let participants = instance.get(&format!("/v1/Conversations/{sid}/Participants")).await.expect(200).body;
    assert_eq!(participants["participants"].as_array().unwrap().len(), 1);
    instance.emulator.settle().await.unwrap();
    let mut seen = receiver.events(3).await;
    seen.sort();
    assert_eq!(seen, ["onConversationAdded", "onMessageAdd", "onParticipantAdded"]);
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_message_that_cannot_be_added_opens_no_conversation() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd", "onConversationAdded"]).await;
    open_address(&instance).await;
    let too_long = "x".repeat(33 * 1024);
    assert_eq!(instance.emulator.receive(PERSON, OURS, &too_long).await.unwrap_err().code(), Some(50504));
    let conversations = instance.get("/v1/Conversations").await.expect(200).body;
    assert!(conversations["conversations"].as_array().unwrap().is_empty());
    instance.emulator.settle().await.unwrap();
    assert!(receiver.rest().is_empty());
}

/// The conversation is read by REST before the response to each pre-event webhook.
#[tokio::test]
async fn a_pre_event_webhook_can_read_the_conversation_that_it_names() {
    let instance = Instance::start().await;
    let listener = Listener::start().await;
    let events = ["onParticipantAdd", "onMessageAdd"];
    let mut form = vec![("Method", "POST"), ("PreWebhookUrl", &*listener.url)];
    form.extend(events.map(|event| ("Filters", event)));
    instance.post(ACCOUNT, &form).await.expect(200);
    open_address(&instance).await;
    let filter = async |count: usize| {
        for _ in 0..count {
            let (call, form) = listener.next_with_form().await;
            let mut fields = form_urlencoded::parse(form.as_bytes());
            let sid = fields.find(|(name, _)| name == "ConversationSid").unwrap().1.into_owned();
            let read = instance.get(&format!("/v1/Conversations/{sid}")).await.expect(200);
            assert_eq!(read.text("sid"), sid);
            response(call, 200).await;
        }
    };
    let (posted, ()) = tokio::join!(instance.emulator.receive(PERSON, OURS, "hello"), filter(2));
    assert!(posted.unwrap().unwrap().created);
    let participant = r#"{"identity": "alice"}"#;
    let form = [("Participant", participant)];
    let path = "/v1/ConversationWithParticipants";
    let (created, ()) = tokio::join!(instance.post_with_webhooks(path, &form), filter(1));
    let sid = created.expect(201).text("sid").to_owned();
    let participants = instance.get(&format!("/v1/Conversations/{sid}/Participants")).await.expect(200).body;
    assert_eq!(participants["participants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rejected_participant_leaves_the_conversation_that_it_was_created_with() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onParticipantAdd"]).await;
    receiver.responds(|hook| HookResponse::of(if hook.find("Identity") == Some("bob") { 403 } else { 200 }, ""));
    let form = [("Participant", r#"{"identity": "alice"}"#), ("Participant", r#"{"identity": "bob"}"#)];
    instance.post_with_webhooks("/v1/ConversationWithParticipants", &form).await.expect_error(403, 50056);
    assert_eq!(receiver.events(2).await, ["onParticipantAdd", "onParticipantAdd"]);
    let conversations = instance.get("/v1/Conversations").await.expect(200).body;
    let conversation = &conversations["conversations"][0];
    assert_eq!(conversation["state"], "active");
    let path = format!("/v1/Conversations/{}/Participants", conversation["sid"].as_str().unwrap());
    let participants = instance.get(&path).await.expect(200).body;
    assert_eq!(crate::support::each(&participants["participants"], "identity"), ["alice"]);
    // An invalid participant is found before anything is committed.
    let form = [("Participant", r#"{"identity": "carol"}"#), ("Participant", r#"{"identity": "carol"}"#)];
    instance.post_with_webhooks("/v1/ConversationWithParticipants", &form).await.expect_error(409, 50433);
    let conversations = instance.get("/v1/Conversations").await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_that_does_not_fit_into_a_url_is_not_sent_and_the_request_proceeds() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let form = [("Method", "GET"), ("PreWebhookUrl", &*receiver.url), ("Filters", "onMessageAdd")];
    instance.post(ACCOUNT, &form).await.expect(200);
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    let body = "é".repeat(16_000);
    instance.post_with_webhooks(&path, &[("Body", &body)]).await.expect(201);
    let listed = instance.get("/_emulator/deliveries").await.expect(200).body;
    let listed = &listed["deliveries"][0];
    assert!(listed["error"].as_str().unwrap().contains("too long"), "{listed}");
    // The list shows the URL without the fields.
    assert_eq!((&listed["state"], &listed["url"]), (&"given_up".into(), &receiver.url.clone().into()));
    assert!(receiver.rest().is_empty());
}
