//! Handles of the account's default service and of a service are one type. The scope decides path and operation.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use twilio_conversations_client::{
    Error, ItemStream, Page,
    types::{
        ConversationSid, DeliveryReceiptSid, MessageSid, RoleSid, ServiceSid, Sid, UserSid, WebhookSid,
        v1::{Conversation, ConversationMessage, ConversationParticipant, RoleType, ScopedWebhookTarget, User},
    },
    v1::{
        Scope,
        conversation::{
            ConversationCollection, ConversationHandle, message::ConversationMessageHandle,
            participant::ConversationParticipantHandle, webhook::ConversationScopedWebhookHandle,
        },
        role::RoleHandle,
        user::UserHandle,
    },
};

use crate::{
    server::{Answer, Request, Server},
    spec::operations,
};

const SERVICE: &str = "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn sid<S: Sid>(prefix: &str) -> S {
    format!("{prefix}{}", "a".repeat(32)).parse().unwrap()
}

fn service() -> ServiceSid {
    sid("IS")
}

/// A helper of an application, without type parameters: it takes handles of any scope.
async fn transcript(
    conversations: &ConversationCollection,
    conversation: &ConversationHandle,
    user: &UserHandle,
) -> Result<Vec<String>, Error> {
    let mut lines = titles(&conversations.list().await?);
    let fetched: Conversation = conversation.fetch().await?;
    let message: ConversationMessage = conversation.messages().create().body("hi").await?;
    lines.push(format!("{}: {:?}", fetched.sid, message.body));
    let mut messages: ItemStream<ConversationMessage> = conversation.messages().list().stream();
    while let Some(message) = messages.try_next().await? {
        lines.push(message.body.unwrap_or_default());
    }
    let participants: Page<ConversationParticipant> = conversation.participants().list().await?;
    let user: User = user.fetch().await?;
    lines.push(format!("{} with {}", user.sid, participants.len()));
    Ok(lines)
}

fn titles(page: &Page<Conversation>) -> Vec<String> {
    page.iter().map(|conversation| conversation.friendly_name.clone().unwrap_or_default()).collect()
}

fn respond(request: &Request) -> Answer {
    let page = |key: &str, item: Value| Answer::json(&json!({ key: [item], "meta": { "next_page_url": null } }));
    let message = json!({ "sid": sid::<MessageSid>("IM").as_str(), "body": "hi" });
    match (request.method.as_str(), request.path().rsplit('/').next().unwrap()) {
        ("GET", "Conversations") => page("conversations", json!({ "sid": "CH1", "friendly_name": "Order" })),
        ("GET", "Messages") => page("messages", message),
        ("GET", "Participants") => page("participants", json!({ "sid": "MB1" })),
        ("POST", "Messages") => Answer::json(&message),
        ("GET", "alice") => Answer::json(&json!({ "sid": sid::<UserSid>("US").as_str() })),
        _ => Answer::json(&json!({ "sid": sid::<ConversationSid>("CH").as_str() })),
    }
}

#[tokio::test]
async fn one_function_takes_conversations_messages_participants_and_users_of_both_scopes() {
    let server = Server::start(respond);
    let client = server.client();
    let scoped = client.service(service());
    let handles = [
        (client.conversations(), client.conversation("order"), client.user("alice")),
        (scoped.conversations(), scoped.conversation("order"), scoped.user("alice")),
    ];
    let mut paths = Vec::new();
    for (conversations, conversation, user) in &handles {
        let lines = transcript(conversations, conversation, user).await.unwrap();
        let (conversation, user) = (sid::<ConversationSid>("CH"), sid::<UserSid>("US"));
        let expected = ["Order", &format!("{conversation}: Some(\"hi\")"), "hi", &format!("{user} with 1")];
        assert_eq!(lines, expected);
        paths.push(server.take().iter().map(|request| request.target.clone()).collect::<Vec<_>>());
    }
    let [plain, scoped] = paths.as_slice() else { unreachable!() };
    assert_eq!(plain.len(), 6);
    let moved: Vec<_> = plain.iter().map(|path| path.replacen("/v1", SERVICE, 1)).collect();
    assert_eq!(*scoped, moved);
}

#[test]
fn handles_of_both_scopes_are_in_one_list_and_tell_their_scope() {
    let client = Server::answering([]).client();
    let scoped = client.service(service());
    let conversations: Vec<ConversationHandle> = vec![client.conversation("a"), scoped.conversation("a")];
    let scopes: Vec<&Scope> = conversations.iter().map(ConversationHandle::scope).collect();
    assert_eq!(scopes, [&Scope::Default, &Scope::Service(service())]);
    for (conversation, scope) in conversations.iter().zip(scopes) {
        let message: ConversationMessageHandle = conversation.message(sid::<MessageSid>("IM"));
        let participant: ConversationParticipantHandle = conversation.participant("alice");
        let webhook: ConversationScopedWebhookHandle = conversation.webhook(sid::<WebhookSid>("WH"));
        assert_eq!(
            [message.scope(), participant.scope(), webhook.scope(), message.delivery_receipts().scope()],
            [scope; 4]
        );
    }
    let roles: [RoleHandle; 2] = [client.role(sid::<RoleSid>("RL")), scoped.role(sid::<RoleSid>("RL"))];
    assert_eq!(roles.map(|role| role.scope().clone()), [Scope::Default, Scope::Service(service())]);
    assert_eq!(*scoped.users().scope(), *scoped.user("alice").user_conversations().scope());
}

/// Calls each operation that both scopes have. The ids are those of the account's default service.
macro_rules! calls {
    ($from:expr) => {{
        let conversation = $from.conversation("x");
        let message = conversation.message(sid::<MessageSid>("IM"));
        let webhook = conversation.webhook(sid::<WebhookSid>("WH"));
        let role = $from.role(sid::<RoleSid>("RL"));
        let user = $from.user("x");
        let target = ScopedWebhookTarget::Webhook;
        [
            ("CreateConversation", $from.conversations().create().await.err()),
            ("FetchConversation", conversation.fetch().await.err()),
            ("UpdateConversation", conversation.update().await.err()),
            ("ListConversation", $from.conversations().list().await.err()),
            ("DeleteConversation", conversation.delete().await.err()),
            ("CreateConversationMessage", conversation.messages().create().await.err()),
            ("FetchConversationMessage", message.fetch().await.err()),
            ("UpdateConversationMessage", message.update().await.err()),
            ("ListConversationMessage", conversation.messages().list().stream().try_next().await.err()),
            ("DeleteConversationMessage", message.delete().await.err()),
            (
                "FetchConversationMessageReceipt",
                message.delivery_receipt(sid::<DeliveryReceiptSid>("DY")).fetch().await.err(),
            ),
            ("ListConversationMessageReceipt", message.delivery_receipts().list().await.err()),
            ("CreateConversationParticipant", conversation.participants().create().await.err()),
            ("FetchConversationParticipant", conversation.participant("x").fetch().await.err()),
            ("UpdateConversationParticipant", conversation.participant("x").update().await.err()),
            ("ListConversationParticipant", conversation.participants().list().await.err()),
            ("DeleteConversationParticipant", conversation.participant("x").delete().await.err()),
            ("CreateConversationScopedWebhook", conversation.webhooks().create(target).await.err()),
            ("FetchConversationScopedWebhook", webhook.fetch().await.err()),
            ("UpdateConversationScopedWebhook", webhook.update().await.err()),
            ("ListConversationScopedWebhook", conversation.webhooks().list().await.err()),
            ("DeleteConversationScopedWebhook", webhook.delete().await.err()),
            ("CreateConversationWithParticipants", $from.conversation_with_participants().create().await.err()),
            ("ListParticipantConversation", $from.participant_conversations().list().await.err()),
            ("CreateRole", $from.roles().create("x", RoleType::Service, ["x"]).await.err()),
            ("FetchRole", role.fetch().await.err()),
            ("UpdateRole", role.update(["x"]).await.err()),
            ("ListRole", $from.roles().list().await.err()),
            ("DeleteRole", role.delete().await.err()),
            ("CreateUser", $from.users().create("x").await.err()),
            ("FetchUser", user.fetch().await.err()),
            ("UpdateUser", user.update().await.err()),
            ("ListUser", $from.users().list().await.err()),
            ("DeleteUser", user.delete().await.err()),
            ("FetchUserConversation", user.user_conversation("x").fetch().await.err()),
            ("UpdateUserConversation", user.user_conversation("x").update().await.err()),
            ("ListUserConversation", user.user_conversations().list().await.err()),
            ("DeleteUserConversation", user.user_conversation("x").delete().await.err()),
        ]
    }};
}

#[tokio::test]
async fn the_scope_decides_path_and_operation_and_errors_name_what_was_sent() {
    let server = Server::start(|_| Answer::status(400, "{}"));
    let client = server.client();
    let plain = calls!(client);
    let requests = server.take();
    let scoped = calls!(client.service(service()));
    let scoped_requests = server.take();
    assert_eq!((requests.len(), scoped_requests.len()), (plain.len(), scoped.len()));
    for (i, ((name, error), (_, scoped_error))) in plain.iter().zip(&scoped).enumerate() {
        assert_error_of(error.as_ref(), name);
        assert_error_of(scoped_error.as_ref(), &in_service(name));
        let (request, scoped_request) = (&requests[i], &scoped_requests[i]);
        assert!(request.target.starts_with("/v1/") && !request.target.contains("Services"), "{}", request.target);
        assert_eq!(request.method, scoped_request.method);
        assert_eq!(request.target.replacen("/v1", SERVICE, 1), scoped_request.target);
        assert_eq!(request.body, scoped_request.body);
    }

    // The configurations of the account and of a service are two resources of different fields.
    let two_types = ["FetchConfiguration", "UpdateConfiguration"];
    let called: BTreeSet<&str> = plain.iter().map(|(name, _)| *name).chain(two_types).collect();
    let ids: BTreeSet<&str> = operations().iter().map(|operation| operation.id).collect();
    let both: BTreeSet<&str> = ids.iter().copied().filter(|id| ids.contains(&*in_service(id))).collect();
    assert_eq!(called, both);
}

/// The id of the operation below a service: `FetchServiceConversation` of `FetchConversation`.
fn in_service(id: &str) -> String {
    let verb = ["Create", "Fetch", "Update", "List", "Delete"].into_iter().find(|verb| id.starts_with(verb)).unwrap();
    id.replacen(verb, &format!("{verb}Service"), 1)
}

#[track_caller]
fn assert_error_of(error: Option<&Error>, operation: &str) {
    let Some(error @ Error::Api(api)) = error else { panic!("another outcome: {error:?}") };
    assert_eq!((&*api.operation().id, &*error.operation().unwrap().id), (operation, operation));
    assert!(error.to_string().starts_with(&format!("{operation} failed with status ")), "{error}");
}

#[tokio::test]
async fn the_second_page_of_a_list_belongs_to_the_operation_that_was_sent() {
    for (base, operation) in [("/v1", "ListConversation"), (SERVICE, "ListServiceConversation")] {
        let second = format!("https://conversations.twilio.com{base}/Conversations?PageToken=2");
        let first = json!({ "conversations": [{ "sid": "CH1" }], "meta": { "next_page_url": second } });
        let server = Server::start(move |request| match request.query().as_slice() {
            [] => Answer::json(&first),
            _ => Answer::status(500, ""),
        });
        let client = server.client();
        let conversations: ConversationCollection = match base {
            SERVICE => client.service(service()).conversations(),
            _ => client.conversations(),
        };
        let targets = [format!("{base}/Conversations"), format!("{base}/Conversations?PageToken=2")];

        let page = conversations.list().await.unwrap();
        assert_error_of(page.next().await.err().as_ref(), operation);
        assert_eq!(server.take_targets(), targets);

        let mut stream = conversations.list().stream();
        assert_eq!(stream.try_next().await.unwrap().unwrap().sid, "CH1");
        assert_error_of(stream.try_next().await.err().as_ref(), operation);
        assert_eq!(server.take_targets(), targets);
    }
}
