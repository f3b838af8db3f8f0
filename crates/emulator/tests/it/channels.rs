//! E-mails and group texts, verified and parsed by the facade's receiver.

use serde_json::json;
use twilio_conversations::webhook::Event;
use twilio_conversations_emulator::Emulator;

use crate::receiver::Receiver;
use crate::support::{Instance, each};

const OURS: &str = "+15551239999";
const MAILBOX: &str = "support@example.com";
const ACCOUNT: &str = "/v1/Configuration/Webhooks";

/// Configures the account to report events, and an address to open conversations.
async fn listen(instance: &Instance, receiver: &Receiver, address: &[(&str, &str)], events: &[&str]) {
    let mut form = vec![("Method", "POST"), ("PreWebhookUrl", &*receiver.url), ("PostWebhookUrl", &receiver.url)];
    form.extend(events.iter().map(|event| ("Filters", *event)));
    instance.post(ACCOUNT, &form).await.expect(200);
    let auto = [("AutoCreation.Enabled", "true"), ("AutoCreation.Type", "default")];
    instance.create("/v1/Configuration/Addresses", &[address, &auto].concat()).await;
}

async fn participants(instance: &Instance, conversation: &str) -> serde_json::Value {
    let path = format!("/v1/Conversations/{conversation}/Participants");
    instance.get(&path).await.expect(200).body["participants"].clone()
}

#[tokio::test]
async fn a_group_text_opens_a_conversation_whose_events_repeat_the_addresses() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let events = [
        "onConversationAdd",
        "onConversationAdded",
        "onParticipantAdded",
        "onMessageAdded",
        "onConversationStateUpdated",
    ];
    listen(&instance, &receiver, &[("Type", "sms"), ("Address", OURS)], &events).await;
    let others = ["+15551230002", "+15551230003"];
    let posted = instance.emulator.receive_with_others("+15551230001", OURS, &others, "Hi all").await.unwrap().unwrap();
    assert!(posted.created);

    let Event::ConversationAdd(called) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(called.messaging_binding_address, [OURS, others[0], others[1]]);
    assert_eq!(called.messaging_binding_author_address.as_deref(), Some("+15551230001"));
    assert_eq!(called.messaging_binding_projected_address.as_deref(), Some(OURS));
    assert_eq!(
        (called.messaging_binding_proxy_address.as_deref(), called.message_body.as_deref()),
        (None, Some("Hi all"))
    );
    assert_eq!(called.source.as_deref(), Some("SMS"));

    let Event::ConversationAdded(added) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(added.messaging_binding_address, [OURS, others[0], others[1]]);
    assert_eq!(added.messaging_binding_author_address.as_deref(), Some("+15551230001"));
    assert_eq!(added.state.unwrap().as_str(), "initializing");

    let mut joined = Vec::new();
    for _ in 0..4 {
        let Event::ParticipantAdded(participant) = receiver.next().await.event(&instance) else {
            panic!("another event")
        };
        assert_eq!(
            (participant.identity.as_deref(), participant.messaging_binding_proxy_address.as_deref()),
            (None, None)
        );
        joined.extend(participant.messaging_binding_projected_address.map(|ours| format!("ours {ours}")));
        joined.extend(participant.messaging_binding_address);
    }
    assert_eq!(joined, ["ours +15551239999", "+15551230001", "+15551230002", "+15551230003"]);
    let Event::MessageAdded(message) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!((message.author.as_deref(), message.index), (Some("+15551230001"), Some(0)));
    assert!(message.participant_sid.is_some());
    let Event::ConversationStateUpdated(state) = receiver.next().await.event(&instance) else {
        panic!("another event")
    };
    assert_eq!((state.state_to.unwrap().as_str(), state.reason.as_deref()), ("active", Some("EVENT")));
    let conversation = instance.get(&format!("/v1/Conversations/{}", posted.conversation_sid)).await.expect(200);
    assert_eq!(conversation.text("state"), "active");
}

#[tokio::test]
async fn a_group_text_is_added_to_the_conversation_of_exactly_its_addresses() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    listen(&instance, &receiver, &[("Type", "sms"), ("Address", OURS)], &[]).await;
    let receive = async |from: &str, others: &[&str]| {
        instance.emulator.receive_with_others(from, OURS, others, "x").await.unwrap().unwrap()
    };
    let first = receive("+15551230001", &["+15551230002", "+15551230003"]).await;
    let response = receive("+15551230003", &["+15551230001", "+15551230002"]).await;
    assert_eq!((&response.conversation_sid, response.index, response.created), (&first.conversation_sid, 1, false));
    let fewer = receive("+15551230001", &["+15551230002"]).await;
    assert!(fewer.created && fewer.conversation_sid != first.conversation_sid);
    // A message without other recipients is in a conversation of its own, which takes precedence over the groups.
    let alone = instance.create("/v1/Conversations", &[]).await;
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", OURS)];
    instance.create(&format!("/v1/Conversations/{alone}/Participants"), &pair).await;
    assert_eq!(receive("+15551230001", &[]).await.conversation_sid, alone);
    // A closed conversation receives no messages.
    let path = format!("/v1/Conversations/{}", first.conversation_sid);
    instance.post(&path, &[("State", "closed")]).await.expect(200);
    assert!(receive("+15551230002", &["+15551230001", "+15551230003"]).await.created);
    // A number of the account can be the author too.
    let path = format!("/v1/Conversations/{}/Messages", fewer.conversation_sid);
    let ours = participants(&instance, &fewer.conversation_sid).await[0]["sid"].clone();
    assert_eq!(
        instance.post(&path, &[("Author", OURS), ("Body", "x")]).await.expect(201).body["participant_sid"],
        ours
    );
}

#[tokio::test]
async fn a_group_text_with_too_many_participants_creates_nothing() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    listen(&instance, &receiver, &[("Type", "sms"), ("Address", OURS)], &[]).await;
    let others: Vec<String> = (10..19).map(|number| format!("+155512300{number}")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let error = instance.emulator.receive_with_others("+15551230001", OURS, &others, "x").await.unwrap_err();
    assert_eq!(error.code(), Some(50436));
    assert!(instance.get("/v1/Conversations").await.expect(200).body["conversations"].as_array().unwrap().is_empty());
    instance.emulator.receive_with_others("+15551230001", OURS, &others[1..], "x").await.unwrap().unwrap();
}

#[tokio::test]
async fn invalid_other_recipients_are_rejected() {
    let instance = Instance::start().await;
    for form in [
        [
            ("From", "whatsapp:+15551230001"),
            ("To", "whatsapp:+15551239999"),
            ("OtherRecipients", "whatsapp:+15551230002"),
        ],
        [("From", "+15551230001"), ("To", OURS), ("OtherRecipients", "somebody")],
        [("From", "+15551230001"), ("To", OURS), ("OtherRecipients", "+15551230001")],
        [("From", "+15551230001"), ("To", OURS), ("OtherRecipients", OURS)],
    ] {
        let message = instance.post("/_emulator/messages/inbound", &form).await.expect_error(400, 20001);
        assert!(message.contains("OtherRecipients"), "{message}");
    }
}

#[tokio::test]
async fn a_participant_by_email_has_a_name_and_a_level() {
    let instance = Instance::of(Emulator::builder()).await;
    let mut receiver = Receiver::start().await;
    listen(
        &instance,
        &receiver,
        &[("Type", "email"), ("Address", MAILBOX)],
        &["onParticipantAdd", "onParticipantAdded"],
    )
    .await;
    let path = format!("/v1/Conversations/{}/Participants", instance.create("/v1/Conversations", &[]).await);
    let address = ("MessagingBinding.Address", "alice@example.com");
    let form = [address, ("MessagingBinding.Name", "Alice A."), ("MessagingBinding.Level", "CC")];
    let made = instance.post_with_webhooks(&path, &form).await.expect(201).body;
    assert_eq!(
        made["messaging_binding"],
        json!({"type": "email", "address": "alice@example.com", "proxy_address": null, "projected_address": null,
               "name": "Alice A.", "level": "cc"})
    );
    let Event::ParticipantAdd(called) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(called.messaging_binding_name.as_deref(), Some("Alice A."));
    assert_eq!(called.messaging_binding_level.as_deref(), Some("cc"));
    let Event::ParticipantAdded(added) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(
        (added.messaging_binding_name, added.messaging_binding_level),
        (called.messaging_binding_name, called.messaging_binding_level)
    );
    assert_eq!(added.messaging_binding_type.as_deref(), Some("email"));
    assert_eq!(added.messaging_binding_address, ["alice@example.com"]);
    let list = instance.get("/v1/ParticipantConversations?Address=alice%40example.com").await.expect(200).body;
    assert_eq!(list["conversations"][0]["participant_messaging_binding"], made["messaging_binding"]);

    instance.post(&path, &[address]).await.expect_error(409, 50416);
    let bob = ("MessagingBinding.Address", "bob@example.com");
    instance.post(&path, &[bob, ("MessagingBinding.Level", "bcc")]).await.expect_error(400, 20001);
    let made = instance.post(&path, &[bob]).await.expect(201).body;
    assert_eq!(made["messaging_binding"]["level"], "to");
    for other in ["MessagingBinding.Name", "MessagingBinding.Level"] {
        let pair =
            [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", OURS), (other, "to")];
        instance.post(&path, &pair).await.expect_error(400, 50420);
        instance.post(&path, &[("Identity", "carol"), (other, "to")]).await.expect_error(400, 50420);
    }
    let dave = r#"{"messaging_binding": {"address": "dave@example.com", "name": "Dave", "level": "to"}}"#;
    let made = instance.create("/v1/ConversationWithParticipants", &[("Participant", dave)]).await;
    assert_eq!(participants(&instance, &made).await[0]["messaging_binding"]["name"], "Dave");
}

#[tokio::test]
async fn an_email_opens_a_conversation_that_its_recipients_share() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let events = ["onConversationAdd", "onParticipantAdded", "onMessageAdded"];
    listen(&instance, &receiver, &[("Type", "email"), ("Address", MAILBOX)], &events).await;
    let form = [
        ("From", "alice@example.com"),
        ("Name", "Alice A."),
        ("To", MAILBOX),
        ("OtherRecipients", "bob@example.com"),
        ("Body", "Where is it?"),
    ];
    let posted = instance.post("/_emulator/messages/inbound", &form).await.expect(200);
    assert_eq!(posted.text("outcome"), "created");

    let Event::ConversationAdd(called) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!((called.source.as_deref(), called.message_body.as_deref()), (Some("EMAIL"), Some("Where is it?")));
    assert_eq!(called.messaging_binding_address, ["alice@example.com"]);
    assert_eq!(called.messaging_binding_proxy_address.as_deref(), Some(MAILBOX));
    let mut joined = Vec::new();
    for _ in 0..2 {
        let Event::ParticipantAdded(one) = receiver.next().await.event(&instance) else { panic!("another event") };
        assert_eq!(one.messaging_binding_proxy_address, None);
        joined.push((one.messaging_binding_name, one.messaging_binding_level.unwrap()));
    }
    assert_eq!(joined, [(Some("Alice A.".to_owned()), "to".to_owned()), (None, "cc".to_owned())]);
    let Event::MessageAdded(message) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(message.author.as_deref(), Some("alice@example.com"));

    let sid = posted.text("conversation_sid");
    let conversation = instance.get(&format!("/v1/Conversations/{sid}")).await.expect(200).body;
    assert_eq!(conversation["bindings"]["email"]["address"], MAILBOX);
    let response = instance.emulator.receive("bob@example.com", MAILBOX, "Here").await.unwrap().unwrap();
    assert_eq!((response.conversation_sid, response.index, response.created), (sid, 1, false));
}

#[tokio::test]
async fn an_inbound_message_can_have_an_upload() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let events = ["onConversationAdd", "onMessageAdd", "onMessageAdded"];
    listen(&instance, &receiver, &[("Type", "sms"), ("Address", OURS)], &events).await;
    let media = instance.emulator.add_media(None, Some("a.jpg"), "image/jpeg", 42).await.unwrap();
    let form = [("From", "+15551230001"), ("To", OURS), ("MediaSid", &media)];
    let posted = instance.post("/_emulator/messages/inbound", &form).await.expect(200);
    let expected = Some(media.as_str());
    let Event::ConversationAdd(called) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(called.media.unwrap()[0].sid.as_ref().map(|sid| sid.as_str()), expected);
    let Event::MessageAdd(called) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(called.media.unwrap()[0].size, Some(42));
    let Event::MessageAdded(added) = receiver.next().await.event(&instance) else { panic!("another event") };
    assert_eq!(added.media.unwrap()[0].filename.as_deref(), Some("a.jpg"));
    let path = format!("/v1/Conversations/{}/Messages", posted.text("conversation_sid"));
    let messages = instance.get(&path).await.expect(200).body["messages"].clone();
    assert_eq!(each(&messages[0]["media"], "sid"), [media.as_str()]);
    instance.post("/_emulator/messages/inbound", &form).await.expect_error(400, 50508);
}
