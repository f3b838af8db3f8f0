//! Every operation of the specification is called, and every answer has the documented status and properties.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Answer, Method, World};

/// Calls operations by their templated paths, and notes which were called.
struct Walk {
    world: World,
    document: Value,
    called: BTreeSet<String>,
    /// Operations whose `url` or `links` were compared with a sample.
    linked: BTreeSet<String>,
}

impl Walk {
    async fn call(&mut self, method: Method, template: &str, values: &[&str], form: &[(&str, &str)]) -> Value {
        let mut path = String::new();
        let mut values = values.iter();
        for segment in template.split('/').skip(1) {
            path.push('/');
            path.push_str(if segment.starts_with('{') { values.next().unwrap() } else { segment });
        }
        // Queries stand behind the last segment.
        let template = template.split('?').next().unwrap();
        let operation = &self.document["paths"][template][method.as_str().to_lowercase()];
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("no {method} {template}")).to_owned();
        let request = self.world.request(method.clone(), &path);
        let answer = if method == Method::POST { request.form(form).send().await } else { request.send().await };
        self.check(&id, operation, &answer);
        if same_addresses(&id, operation, &answer) {
            self.linked.insert(id.clone());
        }
        self.called.insert(id);
        answer.body
    }

    /// Compares an answer with its schema: status, and exactly the documented properties.
    fn check(&self, id: &str, operation: &Value, answer: &Answer) {
        let response = &operation["responses"][answer.status.to_string()];
        assert!(!response.is_null(), "{id} answered {}: {}", answer.status, answer.body);
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert!(answer.body.is_null(), "{id}: {}", answer.body);
            return;
        }
        self.compare(id, self.resolve(schema), &answer.body);
    }

    /// An item has exactly the documented properties; what is within one may leave out what it does not have.
    fn compare(&self, id: &str, schema: &Value, value: &Value) {
        let schema = self.resolve(schema);
        let Some(properties) = schema["properties"].as_object() else { return };
        let object = value.as_object().unwrap_or_else(|| panic!("{id}: {value} is no object"));
        let documented: BTreeSet<_> = properties.keys().collect();
        let answered: BTreeSet<_> = object.keys().collect();
        if ["account_sid", "links", "meta"].iter().any(|name| properties.contains_key(*name)) {
            assert_eq!(answered, documented, "{id}");
        } else {
            assert!(answered.is_subset(&documented), "{id}: {answered:?} beside {documented:?}");
        }
        for (name, value) in object {
            self.compare_value(&format!("{id}: {name}"), self.resolve(&properties[name]), value);
        }
    }

    fn compare_value(&self, what: &str, schema: &Value, value: &Value) {
        if value.is_null() {
            return;
        }
        let values = schema["enum"].as_array();
        if let Some(values) = values {
            assert!(values.contains(value), "{what}: {value} is not one of {values:?}");
            return;
        }
        match schema["type"].as_str() {
            Some("string") => {
                let text = value.as_str().unwrap_or_else(|| panic!("{what}: {value} is no text"));
                if schema["format"] == "date-time" {
                    assert!(text.len() == 20 && text.ends_with('Z'), "{what}: {text}");
                }
                if let Some(pattern) = schema["pattern"].as_str().and_then(|pattern| pattern.get(1..3)) {
                    assert!(text.len() == 34 && (pattern == "[a" || text.starts_with(pattern)), "{what}: {text}");
                }
                if schema["format"] == "uri" {
                    assert!(text.starts_with(self.world.emulator.base_url()), "{what}: {text}");
                }
            }
            Some("integer") => assert!(value.is_i64(), "{what}: {value}"),
            Some("boolean") if schema["x-word"] == true => {
                assert!(value == "True" || value == "False", "{what}: {value}");
            }
            Some("boolean") => assert!(value.is_boolean(), "{what}: {value}"),
            Some("array") => {
                let items = value.as_array().unwrap_or_else(|| panic!("{what}: {value} is no array"));
                items.iter().for_each(|item| self.compare(what, &schema["items"], item));
            }
            Some("object") => self.compare(what, schema, value),
            _ => {}
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap();
                self.resolve(&self.document["components"]["schemas"][name])
            }
            None => schema,
        }
    }

    async fn get(&mut self, template: &str, values: &[&str]) -> Value {
        self.call(Method::GET, template, values, &[]).await
    }

    async fn post(&mut self, template: &str, values: &[&str], form: &[(&str, &str)]) -> Value {
        self.call(Method::POST, template, values, form).await
    }

    async fn delete(&mut self, template: &str, values: &[&str]) {
        self.call(Method::DELETE, template, values, &[]).await;
    }

    /// The life of everything that is in a service, by the paths of the account (without service) or of a service.
    async fn live(&mut self, service: Option<&str>) {
        let prefix = if service.is_some() { "/v1/Services/{ChatServiceSid}" } else { "/v1" };
        let path = |rest: &str| format!("{prefix}{rest}");
        let with = |values: &[&str]| -> Vec<String> {
            service.iter().copied().chain(values.iter().copied()).map(str::to_owned).collect()
        };
        macro_rules! call {
            ($verb:ident $rest:expr, $values:expr $(, $form:expr)?) => {{
                let values = with(&$values);
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                self.$verb(&path($rest), &values $(, &$form)?).await
            }};
        }
        let sid = |value: &Value| value["sid"].as_str().unwrap().to_owned();

        let role = sid(
            &call!(post "/Roles", [], [("FriendlyName", "mod"), ("Type", "conversation"), ("Permission", "sendMessage")]),
        );
        call!(get "/Roles", []);
        call!(get "/Roles/{Sid}", [role.as_str()]);
        call!(post "/Roles/{Sid}", [role.as_str()], [("Permission", "sendMessage"), ("Permission", "leaveConversation")]);

        let user = sid(
            &call!(post "/Users", [], [("Identity", "alice"), ("FriendlyName", "Alice"), ("Attributes", "{\"a\":1}")]),
        );
        call!(get "/Users", []);
        call!(get "/Users/{Sid}", ["alice"]);
        call!(post "/Users/{Sid}", [user.as_str()], [("FriendlyName", "Alice B.")]);

        let conversation = sid(&call!(post "/Conversations", [], [
            ("FriendlyName", "Order"), ("UniqueName", "order-1"), ("Timers.Inactive", "PT1H"), ("Timers.Closed", "PT24H"),
            ("Bindings.Email.Address", "support@example.com"), ("Bindings.Email.Name", "Support")
        ]));
        call!(get "/Conversations", []);
        call!(get "/Conversations/{Sid}", ["order-1"]);
        call!(post "/Conversations/{Sid}", [conversation.as_str()], [("State", "inactive")]);
        call!(post "/ConversationWithParticipants", [], [("Participant", "{\"identity\": \"bob\"}")]);

        let participants = "/Conversations/{ConversationSid}/Participants";
        let alice = sid(
            &call!(post participants, [conversation.as_str()], [("Identity", "alice"), ("RoleSid", role.as_str())]),
        );
        let number = if service.is_some() { "+15551230001" } else { "+15551230002" };
        let person = sid(&call!(post participants, [conversation.as_str()], [
            ("MessagingBinding.Address", number), ("MessagingBinding.ProxyAddress", "+15551239999")
        ]));
        call!(get participants, [conversation.as_str()]);
        let participant = "/Conversations/{ConversationSid}/Participants/{Sid}";
        call!(get participant, [conversation.as_str(), person.as_str()]);
        call!(get "/ParticipantConversations?Identity=alice", []);

        let messages = "/Conversations/{ConversationSid}/Messages";
        let media = self.world.emulator.add_media(service, Some("a.jpg"), "image/jpeg", 7).await.unwrap();
        let message = sid(&call!(post messages, [conversation.as_str()], [
            ("Author", "alice"), ("Body", "Hello"), ("MediaSid", media.as_str()), ("Attributes", "{}")
        ]));
        call!(get messages, [conversation.as_str()]);
        let one = "/Conversations/{ConversationSid}/Messages/{Sid}";
        call!(post one, [conversation.as_str(), message.as_str()], [("Body", "Hello!")]);
        let receipt = self.world.emulator.report_delivery(&message, None, "delivered", None).await.unwrap();
        call!(get one, [conversation.as_str(), message.as_str()]);
        let receipts = "/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts";
        call!(get receipts, [conversation.as_str(), message.as_str()]);
        call!(get "/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts/{Sid}",
            [conversation.as_str(), message.as_str(), receipt.as_str()]);
        call!(post participant, [conversation.as_str(), alice.as_str()], [("LastReadMessageIndex", "0")]);

        call!(get "/Users/{UserSid}/Conversations", ["alice"]);
        let joined = "/Users/{UserSid}/Conversations/{ConversationSid}";
        call!(get joined, ["alice", conversation.as_str()]);
        call!(post joined, ["alice", conversation.as_str()], [("NotificationLevel", "muted"), ("LastReadMessageIndex", "0")]);

        let webhooks = "/Conversations/{ConversationSid}/Webhooks";
        let webhook = sid(&call!(post webhooks, [conversation.as_str()], [
            ("Target", "webhook"), ("Configuration.Url", "http://127.0.0.1:1/"), ("Configuration.Filters", "onMessageAdded")
        ]));
        call!(get webhooks, [conversation.as_str()]);
        let one_webhook = "/Conversations/{ConversationSid}/Webhooks/{Sid}";
        call!(get one_webhook, [conversation.as_str(), webhook.as_str()]);
        call!(post one_webhook, [conversation.as_str(), webhook.as_str()], [("Configuration.Method", "get")]);

        call!(delete one_webhook, [conversation.as_str(), webhook.as_str()]);
        call!(delete joined, ["alice", conversation.as_str()]);
        call!(delete one, [conversation.as_str(), message.as_str()]);
        call!(delete participant, [conversation.as_str(), person.as_str()]);
        call!(delete "/Conversations/{Sid}", [conversation.as_str()]);
        call!(delete "/Users/{Sid}", [user.as_str()]);
        call!(delete "/Roles/{Sid}", [role.as_str()]);
    }

    async fn live_of_account(&mut self) {
        self.get("/v1/Configuration", &[]).await;
        self.post("/v1/Configuration", &[], &[("DefaultInactiveTimer", "PT10M"), ("DefaultClosedTimer", "PT1H")]).await;
        self.get("/v1/Configuration/Webhooks", &[]).await;
        self.post("/v1/Configuration/Webhooks", &[], &[("Filters", "onMessageAdded")]).await;

        let credential =
            self.post("/v1/Credentials", &[], &[("Type", "fcm"), ("FriendlyName", "app"), ("Secret", "x")]).await;
        let credential = credential["sid"].as_str().unwrap();
        self.get("/v1/Credentials", &[]).await;
        self.get("/v1/Credentials/{Sid}", &[credential]).await;
        self.post("/v1/Credentials/{Sid}", &[credential], &[("Sandbox", "true")]).await;
        self.delete("/v1/Credentials/{Sid}", &[credential]).await;

        let form = [
            ("Type", "sms"),
            ("Address", "+15551239999"),
            ("AutoCreation.Enabled", "true"),
            ("AutoCreation.Type", "default"),
        ];
        let address = self.post("/v1/Configuration/Addresses", &[], &form).await;
        self.get("/v1/Configuration/Addresses", &[]).await;
        self.get("/v1/Configuration/Addresses/{Sid}", &["+15551239999"]).await;
        let sid = address["sid"].as_str().unwrap();
        self.post("/v1/Configuration/Addresses/{Sid}", &[sid], &[("FriendlyName", "Support line")]).await;
        self.delete("/v1/Configuration/Addresses/{Sid}", &[sid]).await;
    }

    async fn live_of_service(&mut self) -> String {
        let service = self.post("/v1/Services", &[], &[("FriendlyName", "one")]).await;
        let service = service["sid"].as_str().unwrap().to_owned();
        let of = &[service.as_str()];
        self.get("/v1/Services", &[]).await;
        self.get("/v1/Services/{Sid}", of).await;
        self.get("/v1/Services/{ChatServiceSid}/Configuration", of).await;
        self.post("/v1/Services/{ChatServiceSid}/Configuration", of, &[("ReachabilityEnabled", "true")]).await;
        self.get("/v1/Services/{ChatServiceSid}/Configuration/Notifications", of).await;
        let form = [("NewMessage.Enabled", "true"), ("NewMessage.WithMedia.Template", "x")];
        self.post("/v1/Services/{ChatServiceSid}/Configuration/Notifications", of, &form).await;
        self.get("/v1/Services/{ChatServiceSid}/Configuration/Webhooks", of).await;
        self.post("/v1/Services/{ChatServiceSid}/Configuration/Webhooks", of, &[("Method", "POST")]).await;
        let binding = self.world.emulator.add_binding(Some(&service), "alice", "fcm", "phone").await.unwrap();
        self.get("/v1/Services/{ChatServiceSid}/Bindings", of).await;
        self.get("/v1/Services/{ChatServiceSid}/Bindings/{Sid}", &[&service, &binding]).await;
        self.delete("/v1/Services/{ChatServiceSid}/Bindings/{Sid}", &[&service, &binding]).await;
        self.delete("/v1/Services/{ChatServiceSid}/Users/{Sid}", &[&service, "alice"]).await;
        service
    }
}

/// Compares `url` and `links` with those of the documented sample: the same names and, but for the SIDs, the same paths.
/// Answers whether there was something to compare.
fn same_addresses(id: &str, operation: &Value, answer: &Answer) -> bool {
    let Some(sample) = sample(operation, &answer.status.to_string()) else { return false };
    let Some(item) = first_item(&answer.body) else { return false };
    for name in ["url", "links"] {
        assert_eq!(templates(&item[name]), templates(&sample[name]), "{id}: {name}");
    }
    true
}

/// The item, or the first of a list's, in the sample of an answer, if it has addresses.
fn sample<'a>(operation: &'a Value, status: &str) -> Option<&'a Value> {
    let examples = operation["responses"][status]["content"]["application/json"]["examples"].as_object()?;
    let item = examples.values().find_map(|example| first_item(&example["value"]))?;
    (item["url"].is_string() || item["links"].is_object()).then_some(item)
}

fn first_item(answer: &Value) -> Option<&Value> {
    match answer["meta"]["key"].as_str() {
        Some(key) => answer[key].get(0),
        None => answer.is_object().then_some(answer),
    }
}

/// Addresses by name, without host, of each SID its prefix only.
fn templates(addresses: &Value) -> Vec<(String, String)> {
    let template = |address: &Value| {
        let address = address.as_str().unwrap_or_default();
        let path = address.split_once("/v1/").map_or(address, |(_, path)| path);
        let is_sid = |segment: &str| segment.len() == 34 && segment[2..].bytes().all(|byte| byte.is_ascii_hexdigit());
        let short = |segment: &str| if is_sid(segment) { segment[..2].to_owned() } else { segment.to_owned() };
        path.split('/').map(short).collect::<Vec<_>>().join("/")
    };
    let mut templates: Vec<_> = match addresses.as_object() {
        Some(links) => links.iter().map(|(name, address)| (name.clone(), template(address))).collect(),
        None => vec![(String::new(), template(addresses))],
    };
    templates.sort();
    templates
}

#[tokio::test]
async fn every_operation_answers_as_documented() {
    let document = serde_json::from_str(include_str!("../../src/generated/openapi.json")).unwrap();
    let mut walk = Walk { world: World::start().await, document, called: BTreeSet::new(), linked: BTreeSet::new() };
    walk.live_of_account().await;
    let service = walk.live_of_service().await;
    walk.live(None).await;
    walk.live(Some(&service)).await;
    walk.delete("/v1/Services/{Sid}", &[&service]).await;

    let paths = walk.document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let all: BTreeSet<_> =
        operations.filter_map(|operation| operation["operationId"].as_str()).map(str::to_owned).collect();
    assert_eq!(all.len(), 103);
    assert_eq!(walk.called, all);

    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let with_addresses: BTreeSet<_> = operations
        .filter(|operation| ["200", "201", "202"].iter().any(|status| sample(operation, status).is_some()))
        .filter_map(|operation| operation["operationId"].as_str().map(str::to_owned))
        .collect();
    assert!(with_addresses.len() > 60, "only {} samples have addresses", with_addresses.len());
    assert_eq!(walk.linked, with_addresses);
}
