//! Every operation of the specification is called with every parameter, and every response has the documented status and
//! properties.

mod document;
mod life;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::document::{Document, Parameter, WEBHOOK_URL, same_addresses, sample};
use self::life::Life;
use crate::support::{ApiResponse, Instance, Method};

/// Calls operations by their templated paths, and notes which were called, and how.
struct Walk {
    instance: Instance,
    document: Document,
    /// The names of parameters that successful calls had, by operation.
    sent: BTreeMap<String, BTreeSet<String>>,
    /// Operations whose `url` or `links` were compared with a sample.
    linked: BTreeSet<String>,
    /// Parameters that are tried in the first call of their operation.
    to_try: BTreeMap<String, Vec<Parameter>>,
    /// The responses to these.
    tried: Vec<String>,
}

impl Walk {
    /// Makes all calls, and tries parameters that they do not have.
    async fn run(to_try: BTreeMap<String, Vec<Parameter>>) -> Self {
        let instance = Instance::start().await;
        let document = Document::new(instance.emulator.base_url());
        let (sent, linked) = (BTreeMap::new(), BTreeSet::new());
        let mut walk = Self { instance, document, sent, linked, to_try, tried: Vec::new() };
        walk.live_of_account().await;
        let service = walk.live_of_service().await;
        Life::new(&mut walk, None).live().await;
        Life::new(&mut walk, Some(&service)).live().await;
        walk.delete("/v1/Services/{Sid}", &[&service]).await;
        walk
    }

    async fn call(&mut self, method: Method, template: &str, values: &[&str], form: &[(&str, &str)]) -> Value {
        let mut path = String::new();
        let mut values = values.iter();
        for segment in template.split('/').skip(1) {
            path.push('/');
            path.push_str(if segment.starts_with('{') { values.next().unwrap() } else { segment });
        }
        // Queries stand behind the last segment.
        let (template, query) = template.split_once('?').unwrap_or((template, ""));
        let Some(operation) = self.document.operation(&method, template).cloned() else {
            panic!("{method} {template}: the specification has no such operation: remove the call from this test");
        };
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("no id of {method} {template}")).to_owned();
        let response = match self.try_parameters(&id, &method, &path, form).await {
            Some(response) => response,
            None => self.send(&method, &path, form).await,
        };
        self.document.check(&id, &operation, &response);
        if same_addresses(&id, &operation, &response) {
            self.linked.insert(id.clone());
        }
        let sent = self.sent.entry(id).or_default();
        sent.extend(form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()));
        sent.extend(form.iter().map(|(name, _)| (*name).to_owned()));
        response.body
    }

    /// Sends a call with each parameter that is to be tried, until one succeeds, and returns the response of that one.
    async fn try_parameters(
        &mut self,
        id: &str,
        method: &Method,
        path: &str,
        form: &[(&str, &str)],
    ) -> Option<ApiResponse> {
        for Parameter { name, in_query, value } in self.to_try.remove(id).unwrap_or_default() {
            let mut path = path.to_owned();
            let mut form = form.to_vec();
            if in_query {
                let separator = if path.contains('?') { '&' } else { '?' };
                path = format!("{path}{separator}{name}={value}");
            } else {
                form.push((&name, &value));
            }
            let response = self.send(method, &path, &form).await;
            let to_do = if response.status == 501 {
                "read it in the file of the resource in crates/emulator/src/operations, and add it to a call"
            } else {
                "add it, with a value that makes sense, to a call that succeeds"
            };
            let (status, message) = (response.status, &response.body["message"]);
            self.tried.push(format!(
                "{id}: no call of this test has the parameter {name}, and with {name}={value} the emulator answers \
                 {status} {message}: {to_do}"
            ));
            if status < 300 {
                return Some(response);
            }
        }
        None
    }

    async fn send(&self, method: &Method, path: &str, form: &[(&str, &str)]) -> ApiResponse {
        let request = self.instance.request(method.clone(), path);
        if *method == Method::POST { request.form(form).send().await } else { request.send().await }
    }

    /// The operations that were not called, but for those that the emulator does not implement: a test of its own names
    /// these.
    async fn uncalled(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (method, path, operation) in self.document.operations() {
            let id = operation["operationId"].as_str().unwrap();
            if self.sent.contains_key(id) {
                continue;
            }
            let segments = path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
            let path = segments.collect::<Vec<_>>().join("/");
            if self.send(&method, &path, &[]).await.status != 501 {
                problems.push(format!("{id}: this test does not call it: add a call"));
            }
        }
        problems
    }

    /// The parameters that no call had, by operation.
    fn unsent(&self) -> BTreeMap<String, Vec<Parameter>> {
        let mut unsent: BTreeMap<String, Vec<Parameter>> = BTreeMap::new();
        for (_, _, operation) in self.document.operations() {
            let id = operation["operationId"].as_str().unwrap();
            let Some(sent) = self.sent.get(id) else { continue };
            let parameters = self.document.parameters(operation).into_iter();
            let missing: Vec<_> = parameters.filter(|parameter| !sent.contains(&parameter.name)).collect();
            if !missing.is_empty() {
                unsent.insert(id.to_owned(), missing);
            }
        }
        unsent
    }

    /// The parameters that calls had, and that the specification does not have.
    fn undocumented(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (_, _, operation) in self.document.operations() {
            let id = operation["operationId"].as_str().unwrap();
            let parameters = self.document.parameters(operation);
            for name in self.sent.get(id).into_iter().flatten() {
                if parameters.iter().all(|parameter| parameter.name != *name) {
                    problems.push(format!("{id}: the specification has no parameter {name}: remove it from the call"));
                }
            }
        }
        problems
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

    async fn live_of_account(&mut self) {
        let configuration = self.get("/v1/Configuration", &[]).await;
        let form = [
            ("DefaultChatServiceSid", configuration["default_chat_service_sid"].as_str().unwrap()),
            ("DefaultMessagingServiceSid", "MG00000000000000000000000000000001"),
            ("DefaultInactiveTimer", "PT10M"),
            ("DefaultClosedTimer", "PT1H"),
        ];
        self.post("/v1/Configuration", &[], &form).await;
        self.get("/v1/Configuration/Webhooks", &[]).await;
        let form = [
            ("Method", "POST"),
            ("Filters", "onMessageAdded"),
            ("PreWebhookUrl", WEBHOOK_URL),
            ("PostWebhookUrl", WEBHOOK_URL),
            ("Target", "flex"),
        ];
        self.post("/v1/Configuration/Webhooks", &[], &form).await;

        let form = [
            ("Type", "fcm"),
            ("FriendlyName", "app"),
            ("Sandbox", "true"),
            ("Certificate", "x"),
            ("PrivateKey", "x"),
            ("ApiKey", "x"),
            ("Secret", "x"),
        ];
        let credential = self.post("/v1/Credentials", &[], &form).await;
        let credential = credential["sid"].as_str().unwrap();
        self.get("/v1/Credentials", &[]).await;
        self.get("/v1/Credentials/{Sid}", &[credential]).await;
        self.post("/v1/Credentials/{Sid}", &[credential], &form).await;
        self.delete("/v1/Credentials/{Sid}", &[credential]).await;
        self.live_of_addresses(configuration["default_chat_service_sid"].as_str().unwrap()).await;
    }

    async fn live_of_addresses(&mut self, service: &str) {
        let about = [
            ("FriendlyName", "Support line"),
            ("AutoCreation.Enabled", "true"),
            ("AutoCreation.ConversationServiceSid", service),
        ];
        let webhook = [
            ("AutoCreation.Type", "webhook"),
            ("AutoCreation.WebhookUrl", WEBHOOK_URL),
            ("AutoCreation.WebhookMethod", "get"),
            ("AutoCreation.WebhookFilters", "onMessageAdded"),
        ];
        let studio = [
            ("AutoCreation.Type", "studio"),
            ("AutoCreation.StudioFlowSid", "FW00000000000000000000000000000001"),
            ("AutoCreation.StudioRetryCount", "3"),
        ];
        let form =
            [&[("Type", "sms"), ("Address", "+15551239999"), ("AddressCountry", "US")], &about[..], &webhook[..]];
        let address = self.post("/v1/Configuration/Addresses", &[], &form.concat()).await;
        let form = [&[("Type", "sms"), ("Address", "+15551239998")], &about[..], &studio[..]];
        self.post("/v1/Configuration/Addresses", &[], &form.concat()).await;
        self.get("/v1/Configuration/Addresses?Type=sms", &[]).await;
        self.get("/v1/Configuration/Addresses/{Sid}", &["+15551239999"]).await;
        let sid = address["sid"].as_str().unwrap();
        self.post("/v1/Configuration/Addresses/{Sid}", &[sid], &[&about[..], &webhook[..]].concat()).await;
        self.post("/v1/Configuration/Addresses/{Sid}", &[sid], &studio).await;
        self.delete("/v1/Configuration/Addresses/{Sid}", &[sid]).await;
    }

    async fn live_of_service(&mut self) -> String {
        let service = self.post("/v1/Services", &[], &[("FriendlyName", "one")]).await;
        let service = service["sid"].as_str().unwrap().to_owned();
        let of = &[service.as_str()];
        self.get("/v1/Services", &[]).await;
        self.get("/v1/Services/{Sid}", of).await;
        let configuration = self.get("/v1/Services/{ChatServiceSid}/Configuration", of).await;
        let role = |name: &str| configuration[name].as_str().unwrap();
        let form = [
            ("DefaultChatServiceRoleSid", role("default_chat_service_role_sid")),
            ("DefaultConversationRoleSid", role("default_conversation_role_sid")),
            ("DefaultConversationCreatorRoleSid", role("default_conversation_creator_role_sid")),
            ("ReachabilityEnabled", "true"),
        ];
        self.post("/v1/Services/{ChatServiceSid}/Configuration", of, &form).await;
        self.get("/v1/Services/{ChatServiceSid}/Configuration/Notifications", of).await;
        let form = [
            ("LogEnabled", "true"),
            ("NewMessage.Enabled", "true"),
            ("NewMessage.Template", "x"),
            ("NewMessage.Sound", "x"),
            ("NewMessage.BadgeCountEnabled", "true"),
            ("NewMessage.WithMedia.Enabled", "true"),
            ("NewMessage.WithMedia.Template", "x"),
            ("AddedToConversation.Enabled", "true"),
            ("AddedToConversation.Template", "x"),
            ("AddedToConversation.Sound", "x"),
            ("RemovedFromConversation.Enabled", "true"),
            ("RemovedFromConversation.Template", "x"),
            ("RemovedFromConversation.Sound", "x"),
        ];
        self.post("/v1/Services/{ChatServiceSid}/Configuration/Notifications", of, &form).await;
        self.get("/v1/Services/{ChatServiceSid}/Configuration/Webhooks", of).await;
        let form = [
            ("Method", "POST"),
            ("Filters", "onMessageAdded"),
            ("PreWebhookUrl", WEBHOOK_URL),
            ("PostWebhookUrl", WEBHOOK_URL),
        ];
        self.post("/v1/Services/{ChatServiceSid}/Configuration/Webhooks", of, &form).await;
        let binding = self.instance.emulator.add_binding(Some(&service), "alice", "fcm", "phone").await.unwrap();
        self.get("/v1/Services/{ChatServiceSid}/Bindings?BindingType=fcm&Identity=alice", of).await;
        self.get("/v1/Services/{ChatServiceSid}/Bindings/{Sid}", &[&service, &binding]).await;
        self.delete("/v1/Services/{ChatServiceSid}/Bindings/{Sid}", &[&service, &binding]).await;
        self.delete("/v1/Services/{ChatServiceSid}/Users/{Sid}", &[&service, "alice"]).await;
        service
    }
}

#[tokio::test]
async fn every_operation_accepts_its_parameters_and_responds_as_documented() {
    let walk = Walk::run(BTreeMap::new()).await;
    let mut problems = walk.undocumented();
    let unsent = walk.unsent();
    if !unsent.is_empty() {
        problems.extend(Walk::run(unsent).await.tried);
    }
    problems.extend(walk.uncalled().await);
    problems.extend(walk.document.unseen());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));

    let with_addresses: BTreeSet<_> = walk
        .document
        .operations()
        .filter(|(_, _, operation)| ["200", "201", "202"].iter().any(|status| sample(operation, status).is_some()))
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .filter(|id| walk.sent.contains_key(*id))
        .collect();
    let linked: BTreeSet<_> = walk.linked.iter().map(String::as_str).collect();
    assert_eq!(linked, with_addresses);
}
