//! Our own client through the proxy, configured by the environment alone: the test binary runs itself with it.

use std::process::Command;
use std::time::Duration;

use twilio_conversations::types::v1::{AddressType, NotificationLevel, PushType, RoleType, ScopedWebhookTarget};
use twilio_conversations::{BindingSid, Client, DeliveryReceiptSid, ErrorCode, MessageSid, ServiceSid};

use super::peers::{Stage, report};

/// The name of the test below.
const CHILD: &str = "proxy::facade::our_client_with_the_environment_of_a_proxy";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_client_calls_every_topic_through_the_proxy() {
    let stage = Stage::new().await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    stage.set(&mut command).args(["--exact", CHILD, "--ignored", "--nocapture", "--test-threads", "1"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}\n{err}", String::from_utf8_lossy(&output.stdout));
    let counts = err.lines().find_map(|line| line.strip_prefix("calls: ")).unwrap_or_else(|| panic!("{err}"));
    report("Rust, `twilio-conversations`", counts);
    let services = stage.instance.get("/v1/Services").await.expect(200).body;
    assert!(services["services"].as_array().unwrap().iter().any(|service| service["friendly_name"] == "kept"));
}

#[tokio::test]
#[ignore = "is run by the test above, with the environment of a proxy"]
async fn our_client_with_the_environment_of_a_proxy() {
    // Without a stage, the environment may be that of an account of the vendor.
    let receipt = std::env::var("RECEIPT_SID").expect("this test is run by the test above");
    let receipt: DeliveryReceiptSid = receipt.parse().unwrap();
    let var = |name: &str| std::env::var(name).unwrap();
    let usual: ServiceSid = var("SERVICE_SID").parse().unwrap();
    let binding: BindingSid = var("BINDING_SID").parse().unwrap();
    let client = Client::from_env().unwrap();
    let mut calls = 0;
    macro_rules! call {
        ($request:expr) => {{
            calls += 1;
            $request.await.unwrap()
        }};
    }

    call!(client.configuration().fetch());
    call!(client.configuration().update().default_inactive_timer(Duration::from_secs(600)));
    call!(client.configuration().webhooks().fetch());
    call!(client.configuration().webhooks().update().method("GET"));
    let addresses = client.configuration();
    let address = call!(addresses.address_configurations().create(AddressType::Sms, "+15551239999"));
    call!(addresses.address_configuration(&address.sid).update().friendly_name("a"));
    call!(addresses.address_configuration(&address.sid).delete());
    let credential = call!(client.credentials().create(PushType::Fcm).secret("x"));
    call!(client.credential(&credential.sid).fetch());
    call!(client.credential(&credential.sid).delete());
    let role = call!(client.roles().create("r", RoleType::Conversation, ["sendMessage"]));
    call!(client.role(&role.sid).update(["leaveConversation"]));
    let user = call!(client.users().create("alice"));
    call!(client.user("alice").update().friendly_name("Alice Ä."));

    let conversation = call!(client.conversations().create().unique_name("order"));
    let sid = conversation.sid;
    assert_eq!(conversation.url.unwrap(), format!("https://conversations.twilio.com/v1/Conversations/{sid}"));
    let one = client.conversation("order");
    call!(one.participants().create().identity("alice").role_sid(role.sid.clone()));
    let webhook = one.webhooks().create(ScopedWebhookTarget::Webhook);
    let webhook = webhook.configuration_url("https://example.com/hook").configuration_filters(["onMessageRemoved"]);
    let webhook = call!(webhook);
    call!(one.webhook(&webhook.sid).fetch());
    call!(one.webhook(&webhook.sid).delete());
    let mut message = None;
    for number in 0..5 {
        message = Some(call!(one.messages().create().author("alice").body(format!("number {number}"))));
    }
    let message = message.unwrap().sid;
    assert_eq!(call!(one.message(&message).update().body("changed")).body.unwrap(), "changed");
    // A page leads to the next one at the host that was called.
    let page = call!(one.messages().list().page_size(3).send());
    assert_eq!(call!(page.next()).unwrap().items().len(), 2);
    call!(one.message(&message).delete());
    let receipts =
        client.conversation(var("CONVERSATION_SID")).message(var("MESSAGE_SID").parse::<MessageSid>().unwrap());
    call!(receipts.delivery_receipt(receipt).fetch());
    let joined = client.user("alice").user_conversation(&sid);
    call!(joined.fetch());
    call!(joined.update().notification_level(NotificationLevel::Muted));
    call!(client.participant_conversations().list().identity("alice").send());
    call!(client.conversation_with_participants().create().participant([r#"{"identity":"bob"}"#]));
    call!(one.delete());
    calls += 1;
    assert_eq!(client.conversation(&sid).fetch().await.unwrap_err().code(), Some(ErrorCode::NOT_FOUND));
    call!(client.user(&user.sid).delete());
    call!(client.role(&role.sid).delete());

    let service = call!(client.services().create("kept"));
    let service = client.service(&service.sid);
    call!(service.configuration().update().reachability_enabled(true));
    call!(service.configuration().notifications().update().new_message_enabled(true));
    call!(service.configuration().webhooks().update().method("GET"));
    call!(service.conversations().create());
    let binding = client.service(usual).binding(binding);
    call!(binding.fetch());
    call!(binding.delete());
    eprintln!("calls: {calls}/{calls}");
}
