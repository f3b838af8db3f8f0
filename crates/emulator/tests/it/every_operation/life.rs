//! The life of everything that is in a service, by the paths of the account (without a service) or of a service.

use serde_json::Value;

use super::Walk;
use super::document::WEBHOOK_URL;
use crate::support::Method;

type Form<'a> = [(&'a str, &'a str)];

const PARTICIPANTS: &str = "/Conversations/{ConversationSid}/Participants";
const PARTICIPANT: &str = "/Conversations/{ConversationSid}/Participants/{Sid}";
const MESSAGES: &str = "/Conversations/{ConversationSid}/Messages";
const MESSAGE: &str = "/Conversations/{ConversationSid}/Messages/{Sid}";
const WEBHOOKS: &str = "/Conversations/{ConversationSid}/Webhooks";
const WEBHOOK: &str = "/Conversations/{ConversationSid}/Webhooks/{Sid}";
const JOINED: &str = "/Users/{UserSid}/Conversations/{ConversationSid}";

/// In the future, so that no timer is due.
const DATES: [(&str, &str); 2] = [("DateCreated", "2100-01-02T03:04:05Z"), ("DateUpdated", "2100-01-03T03:04:05Z")];
const HORIZON: [(&str, &str); 2] = [("LastReadMessageIndex", "0"), ("LastReadTimestamp", "2026-01-02T03:04:05Z")];

/// The resources of a service, or of the account's default one.
pub(super) struct Life<'w> {
    walk: &'w mut Walk,
    service: Option<&'w str>,
}

impl<'w> Life<'w> {
    pub(super) fn new(walk: &'w mut Walk, service: Option<&'w str>) -> Self {
        Self { walk, service }
    }

    pub(super) async fn live(&mut self) {
        let role = self.role("conversation", "sendMessage").await;
        let role_of_service = self.role("service", "joinConversation").await;
        self.roles(&role).await;
        let user = self.users(&role_of_service).await;
        let conversation = self.conversations().await;
        let [alice, person] = self.participants(&conversation, &role).await;
        let message = self.messages(&conversation).await;
        let form = [&[("RoleSid", role.as_str()), ("Attributes", "{}")], &DATES[..], &HORIZON[..]].concat();
        self.post(PARTICIPANT, &[&conversation, &alice], &form).await;
        self.user_conversations(&conversation).await;
        self.webhooks(&conversation).await;

        self.delete(JOINED, &["alice", &conversation]).await;
        self.delete(MESSAGE, &[&conversation, &message]).await;
        self.delete(PARTICIPANT, &[&conversation, &person]).await;
        self.delete("/Conversations/{Sid}", &[&conversation]).await;
        self.delete("/Users/{Sid}", &[&user]).await;
        self.delete("/Roles/{Sid}", &[&role]).await;
    }

    async fn role(&mut self, kind: &str, permission: &str) -> String {
        self.create("/Roles", &[], &[("FriendlyName", "mod"), ("Type", kind), ("Permission", permission)]).await
    }

    async fn roles(&mut self, role: &str) {
        self.get("/Roles", &[]).await;
        self.get("/Roles/{Sid}", &[role]).await;
        let form = [("Permission", "sendMessage"), ("Permission", "leaveConversation")];
        self.post("/Roles/{Sid}", &[role], &form).await;
    }

    async fn users(&mut self, role: &str) -> String {
        let about = [("FriendlyName", "Alice"), ("Attributes", "{\"a\":1}"), ("RoleSid", role)];
        let user = self.create("/Users", &[], &[&[("Identity", "alice")], &about[..]].concat()).await;
        self.get("/Users", &[]).await;
        self.get("/Users/{Sid}", &["alice"]).await;
        self.post("/Users/{Sid}", &[&user], &about).await;
        user
    }

    async fn conversations(&mut self) -> String {
        let about = [
            ("FriendlyName", "Order"),
            ("MessagingServiceSid", "MG00000000000000000000000000000001"),
            ("Attributes", "{}"),
            ("Timers.Inactive", "PT1H"),
            ("Timers.Closed", "PT24H"),
            ("Bindings.Email.Address", "support@example.com"),
            ("Bindings.Email.Name", "Support"),
        ];
        let about = |more: &Form<'static>| [&about[..], &DATES[..], more].concat();
        let form = about(&[("UniqueName", "order-1"), ("State", "active")]);
        let conversation = self.create("/Conversations", &[], &form).await;
        self.get("/Conversations?State=active&StartDate=2020-01-01&EndDate=2101-01-01", &[]).await;
        self.get("/Conversations/{Sid}", &["order-1"]).await;
        let form = about(&[("UniqueName", "order-2"), ("State", "inactive")]);
        self.post("/Conversations/{Sid}", &[&conversation], &form).await;
        let participant = ("Participant", "{\"identity\": \"bob\"}");
        let form = about(&[("UniqueName", "order-3"), ("State", "active"), participant]);
        self.post("/ConversationWithParticipants", &[], &form).await;
        conversation
    }

    /// Returns the SIDs of a chat user and of a participant on a channel.
    async fn participants(&mut self, conversation: &str, role: &str) -> [String; 2] {
        let form = [&[("Identity", "alice"), ("RoleSid", role), ("Attributes", "{}")], &DATES[..]].concat();
        let alice = self.create(PARTICIPANTS, &[conversation], &form).await;
        let number = if self.service.is_some() { "+15551230001" } else { "+15551230002" };
        let proxy = ("MessagingBinding.ProxyAddress", "+15551239999");
        let form = [("MessagingBinding.Address", number), proxy];
        let person = self.create(PARTICIPANTS, &[conversation], &form).await;
        let form = [("Identity", "carol"), ("MessagingBinding.ProjectedAddress", "+15551239998")];
        self.post(PARTICIPANTS, &[conversation], &form).await;
        self.get(PARTICIPANTS, &[conversation]).await;
        self.get(PARTICIPANT, &[conversation, &person]).await;
        self.post(PARTICIPANT, &[conversation, &person], &[proxy]).await;
        self.post(PARTICIPANT, &[conversation, "carol"], &form).await;
        self.get("/ParticipantConversations?Identity=alice", &[]).await;
        self.get(&format!("/ParticipantConversations?Address=%2B{}", &number[1..]), &[]).await;
        [alice, person]
    }

    async fn messages(&mut self, conversation: &str) -> String {
        let media = self.walk.instance.emulator.add_media(self.service, Some("a.jpg"), "image/jpeg", 7).await.unwrap();
        let about = [("Author", "alice"), ("Body", "Hello"), ("Subject", "Greeting"), ("Attributes", "{}")];
        let form = [&about[..], &DATES[..], &[("MediaSid", media.as_str())]].concat();
        let message = self.create(MESSAGES, &[conversation], &form).await;
        let content = [("ContentSid", "HX00000000000000000000000000000001"), ("ContentVariables", "{\"1\": \"x\"}")];
        self.post(MESSAGES, &[conversation], &content).await;
        self.get(&format!("{MESSAGES}?Order=asc"), &[conversation]).await;
        self.post(MESSAGE, &[conversation, &message], &[&about[..], &DATES[..]].concat()).await;
        let receipt = self.walk.instance.emulator.report_delivery(&message, None, "delivered", None).await.unwrap();
        self.get(MESSAGE, &[conversation, &message]).await;
        let receipts = "/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts";
        self.get(receipts, &[conversation, &message]).await;
        self.get(&format!("{receipts}/{{Sid}}"), &[conversation, &message, &receipt]).await;
        message
    }

    async fn user_conversations(&mut self, conversation: &str) {
        self.get("/Users/{UserSid}/Conversations", &["alice"]).await;
        self.get(JOINED, &["alice", conversation]).await;
        let form = [&[("NotificationLevel", "muted")], &HORIZON[..]].concat();
        self.post(JOINED, &["alice", conversation], &form).await;
    }

    async fn webhooks(&mut self, conversation: &str) {
        let called = [("Configuration.Url", WEBHOOK_URL), ("Configuration.Method", "get")];
        let events = [&called[..], &[("Configuration.Filters", "onMessageAdded")]].concat();
        let words = [&called[..], &[("Configuration.Triggers", "help")]].concat();
        let flow = [("Configuration.FlowSid", "FW00000000000000000000000000000001")];
        for (target, configuration) in [("webhook", &events[..]), ("trigger", &words), ("studio", &flow)] {
            let form = [&[("Target", target), ("Configuration.ReplayAfter", "0")], configuration].concat();
            let webhook = self.create(WEBHOOKS, &[conversation], &form).await;
            self.get(WEBHOOK, &[conversation, &webhook]).await;
            self.get(WEBHOOKS, &[conversation]).await;
            self.post(WEBHOOK, &[conversation, &webhook], configuration).await;
            self.delete(WEBHOOK, &[conversation, &webhook]).await;
        }
    }

    /// Creates a resource, and returns its SID.
    async fn create(&mut self, path: &str, values: &[&str], form: &Form<'_>) -> String {
        self.post(path, values, form).await["sid"].as_str().unwrap().to_owned()
    }

    async fn get(&mut self, path: &str, values: &[&str]) {
        self.call(Method::GET, path, values, &[]).await;
    }

    async fn post(&mut self, path: &str, values: &[&str], form: &Form<'_>) -> Value {
        self.call(Method::POST, path, values, form).await
    }

    async fn delete(&mut self, path: &str, values: &[&str]) {
        self.call(Method::DELETE, path, values, &[]).await;
    }

    async fn call(&mut self, method: Method, path: &str, values: &[&str], form: &Form<'_>) -> Value {
        let prefix = if self.service.is_some() { "/v1/Services/{ChatServiceSid}" } else { "/v1" };
        let values: Vec<_> = self.service.iter().chain(values).copied().collect();
        self.walk.call(method, &format!("{prefix}{path}"), &values, form).await
    }
}
