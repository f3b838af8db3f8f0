//! What the builders' setters put on the wire, and what the builders show of it.

use std::fmt::Debug;

use serde_json::json;
use twilio_conversations_client::types::{
    Patch, ServiceSid, form,
    v1::{BindingType, request::UpdateUserConversationRequest},
};

use crate::server::{Answer, Server};

fn server() -> Server {
    let item =
        json!({ "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "sid": "CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" });
    Server::start(move |_| Answer::json(&item))
}

fn service_sid() -> ServiceSid {
    "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

#[tokio::test]
async fn a_number_that_may_be_null_is_cleared_by_its_bare_name() {
    let server = server();
    let client = server.client();
    let service = client.service(service_sid());
    client
        .conversation("c")
        .participant("p")
        .update()
        .last_read_message_index(7)
        .clear_last_read_message_index()
        .await
        .unwrap();
    service.conversation("c").participant("p").update().clear_last_read_message_index().await.unwrap();
    client.user("u").user_conversation("c").update().clear_last_read_message_index().await.unwrap();
    service.user("u").user_conversation("c").update().clear_last_read_message_index().await.unwrap();
    let cleared = UpdateUserConversationRequest { last_read_message_index: Patch::Clear, ..Default::default() };
    let expected = form::to_string(&cleared).unwrap();
    assert_eq!(expected, "LastReadMessageIndex=");
    let bodies: Vec<_> = server.take().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [expected.as_str(); 4]);

    client
        .user("u")
        .user_conversation("c")
        .update()
        .clear_last_read_message_index()
        .last_read_message_index(7)
        .await
        .unwrap();
    assert_eq!(server.take_one().body, "LastReadMessageIndex=7");
}

#[tokio::test]
async fn a_second_call_of_a_lists_setter_replaces_the_first() {
    let server = Server::start(|_| Answer::json(&json!({ "bindings": [], "meta": {} })));
    let client = server.client();
    let bindings = client.service(service_sid()).bindings();
    bindings.list().binding_type([BindingType::Apn]).binding_type(["fcm", "gcm"]).await.unwrap();
    let query = server.take_one().query();
    let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(query, [("BindingType", "fcm"), ("BindingType", "gcm")]);
}

/// Says what is set, and no more.
#[track_caller]
fn assert_hidden(builder: &impl Debug) {
    for text in [format!("{builder:?}"), format!("{builder:#?}")] {
        assert!(!text.contains("hush"), "{text}");
        for field in ["certificate", "private_key", "api_key", "secret"] {
            let shown = text.contains(&format!("{field}: Some(..)")) || text.contains(&format!("{field}: Set(..)"));
            assert!(shown, "{field} is not told to be set: {text}");
        }
        assert!(text.contains("phone"), "{text}");
    }
}

#[tokio::test]
async fn a_builder_with_secrets_sends_them_and_does_not_show_them() {
    let server = server();
    let client = server.client();
    let create = client.credentials().create("apn").friendly_name("phone");
    let create = create.certificate("hush1").private_key("hush2").api_key("hush3").secret("hush4");
    assert_hidden(&create);
    let created = create.await.unwrap();
    let update = client.credential(&created.sid).update().friendly_name("phone");
    let update = update.certificate("hush1").private_key("hush2").api_key("hush3").secret("hush4");
    assert_hidden(&update);
    update.await.unwrap();
    let requests = server.take();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.body.matches("hush").count(), 4, "{}", request.body);
    }
    let cleared = format!("{:?}", client.credential(&created.sid).update().clear_secret());
    assert!(cleared.contains("secret: Clear") && cleared.contains("api_key: Keep"), "{cleared}");
}
