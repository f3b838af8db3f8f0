//! Scenarios: documents of items and lists of calls, in YAML and JSON, and their errors.

use serde_json::{Value, json};
use twilio_conversations_emulator::{Emulator, Error};

use crate::support::{Instance, each};

const EXAMPLE: &str = include_str!("../../examples/shop.yaml");

async fn instance(scenario: &str) -> Instance {
    match Emulator::builder().seed(scenario).start().await {
        Ok(emulator) => Instance { emulator, http: crate::support::Http::new() },
        Err(error) => panic!("{error}: {scenario}"),
    }
}

async fn problem(scenario: &str) -> String {
    let error: Error = match Emulator::builder().seed(scenario).start().await {
        Ok(_) => panic!("it is taken: {scenario}"),
        Err(error) => error,
    };
    let error = error.to_string();
    error.strip_prefix("cannot make the scenario: ").unwrap_or_else(|| panic!("{error}")).to_owned()
}

/// All items of a list, page by page.
async fn all(instance: &Instance, path: &str) -> Vec<Value> {
    let (mut items, mut path) = (Vec::new(), format!("{path}?PageSize=100"));
    loop {
        let page = instance.get(&path).await.expect(200).body;
        let key = page["meta"]["key"].as_str().unwrap();
        items.extend(page[key].as_array().unwrap().iter().cloned());
        let Some(next) = page["meta"]["next_page_url"].as_str() else { return items };
        path = next.strip_prefix(instance.emulator.base_url()).unwrap().to_owned();
    }
}

#[tokio::test]
async fn the_example_makes_its_items_and_their_references() {
    let instance = instance(EXAMPLE).await;
    let services = all(&instance, "/v1/Services").await;
    assert_eq!(each(&Value::from(services.clone()), "friendly_name")[1..], ["Support"]);
    let support = format!("/v1/Services/{}", services[1]["sid"].as_str().unwrap());
    let roles = all(&instance, &format!("{support}/Roles")).await;
    let agent = roles.iter().find(|role| role["friendly_name"] == "agent").unwrap();
    assert_eq!(agent["permissions"], json!(["createConversation", "joinConversation", "editConversationAttributes"]));
    let configuration = instance.get(&format!("{support}/Configuration")).await.expect(200).body;
    assert_eq!(configuration["default_chat_service_role_sid"], agent["sid"]);
    assert_eq!(configuration["reachability_enabled"], true);
    let users = Value::from(all(&instance, &format!("{support}/Users")).await);
    assert_eq!(each(&users, "identity"), ["maria", "agent-1", "agent-2", "agent-3"]);
    // The default of the configuration counts for users.
    assert!(each(&users, "role_sid").iter().all(|sid| *sid == agent["sid"]));
    let webhooks = instance.get(&format!("{support}/Configuration/Webhooks")).await.expect(200).body;
    assert_eq!(webhooks["filters"], json!(["onMessageAdded", "onConversationStateUpdated"]));

    let alice = instance.get("/v1/Users/alice").await.expect(200).body;
    // The order of the members depends on the features of serde_json that a build turns on.
    let attributes: Value = serde_json::from_str(alice["attributes"].as_str().unwrap()).unwrap();
    assert_eq!(attributes, json!({"orders": [4711], "vip": true}));
    let addresses = all(&instance, "/v1/Configuration/Addresses").await;
    assert_eq!(addresses[0]["address"], "+15551239999");
    assert_eq!(addresses[0]["auto_creation"]["conversation_service_sid"], services[1]["sid"]);

    let order = instance.get("/v1/Conversations/order-4711").await.expect(200).body;
    assert_eq!(order["timers"]["date_closed"], Value::Null);
    assert!(order["timers"]["date_inactive"].is_string(), "the default timer of the configuration: {order}");
    let participants = all(&instance, "/v1/Conversations/order-4711/Participants").await;
    assert_eq!(participants[1]["messaging_binding"]["address"], "+15551230001");
    let messages = all(&instance, "/v1/Conversations/order-4711/Messages").await;
    assert_eq!(messages[1]["date_created"], "2026-01-02T03:04:05Z");
    assert_eq!(all(&instance, "/v1/Conversations/order-4711/Webhooks").await.len(), 1);

    let story = &all(&instance, &format!("{support}/Conversations")).await[0];
    assert_eq!(story["state"], "closed");
    let path = format!("{support}/Conversations/{}/Messages", story["sid"].as_str().unwrap());
    let messages = all(&instance, &path).await;
    assert_eq!(messages.len(), 250);
    assert_eq!((&messages[0]["body"], &messages[249]["body"]), (&"Message 1".into(), &"Message 250".into()));
    assert!(instance.emulator.deliveries().unwrap().is_empty(), "no webhook is called for a scenario");
}

#[tokio::test]
async fn json_and_yaml_of_the_same_document_make_the_same_items() {
    let yaml = "roles:\n- {name: a, friendly_name: r, type: service, permissions: [joinConversation]}\n\
                users:\n- identity: '007'\n  role: $a\n  attributes: {a: [1, x, null]}\n";
    let json = r#"{"users": [{"identity": "007", "role_sid": "$a", "Attributes": {"a": [1, "x", null]}}], "roles":
        {"name": "a", "FriendlyName": "r", "type": "service", "Permission": ["joinConversation"]}}"#;
    let (one, other) = (instance(yaml).await, instance(json).await);
    for instance in [one, other] {
        let user = instance.get("/v1/Users/007").await.expect(200).body;
        let role = instance.get(&format!("/v1/Roles/{}", user["role_sid"].as_str().unwrap())).await.expect(200).body;
        assert_eq!((&role["friendly_name"], &user["attributes"]), (&"r".into(), &r#"{"a":[1,"x",null]}"#.into()));
    }
}

#[tokio::test]
async fn a_list_of_calls_can_be_yaml_and_refer_to_saved_sids() {
    let scenario = "- post: /v1/Conversations\n  form: {FriendlyName: 4711, Attributes: {a: '{c}'}}\n  save: c\n\
                    - post: /v1/Conversations/{c}\n  form: {UniqueName: 'of {c}'}\n\
                    - post: /v1/Conversations/{c}/Participants\n  form: {MessagingBinding.Address: +15551230001,\n\
                    \x20   MessagingBinding.ProxyAddress: +15551239999}\n";
    let instance = instance(scenario).await;
    let conversation = &all(&instance, "/v1/Conversations").await[0];
    let sid = conversation["sid"].as_str().unwrap();
    assert_eq!(conversation["friendly_name"], "4711");
    assert_eq!(conversation["attributes"], r#"{"a":"{c}"}"#);
    assert_eq!(conversation["unique_name"], format!("of {sid}"));
    let participants = all(&instance, &format!("/v1/Conversations/{sid}/Participants")).await;
    assert_eq!(participants[0]["messaging_binding"]["address"], "+15551230001");
}

#[tokio::test]
async fn ignored_keys_can_define_anchors() {
    let instance = instance("x-attributes: &vip {vip: true}\nusers:\n- {identity: alice, attributes: *vip}").await;
    assert_eq!(instance.get("/v1/Users/alice").await.expect(200).text("attributes"), r#"{"vip":true}"#);
}

#[tokio::test]
async fn counts_repeat_the_contents_of_an_item_and_references_can_be_numbered() {
    let scenario = "services: {name: 's{n}', count: 2, friendly_name: 'S {n}', users: {identity: 'u{n}'}}\n\
                    conversations:\n- count: 3\n  service: $s2\n  friendly_name: 'C {n}'\n\
                    \x20 participants: {identity: 'p{n}'}\n  messages: {count: 2, body: '{n} of C'}\n- count: 0\n";
    let instance = instance(scenario).await;
    let services = all(&instance, "/v1/Services").await;
    let base = |index: usize| format!("/v1/Services/{}", services[index]["sid"].as_str().unwrap());
    for (index, user) in [(1, "u1"), (2, "u2")] {
        assert_eq!(all(&instance, &format!("{}/Users", base(index))).await[0]["identity"], user);
    }
    let conversations = all(&instance, &format!("{}/Conversations", base(2))).await;
    assert_eq!(conversations.len(), 3);
    assert!(all(&instance, "/v1/Conversations").await.is_empty());
    for conversation in conversations {
        let path = format!("{}/Conversations/{}", base(2), conversation["sid"].as_str().unwrap());
        let (name, number) = (conversation["friendly_name"].as_str().unwrap(), path.clone());
        let participants = Value::from(all(&instance, &format!("{path}/Participants")).await);
        assert_eq!(each(&participants, "identity"), [name.replace("C ", "p")], "{number}");
        let messages = Value::from(all(&instance, &format!("{path}/Messages")).await);
        assert_eq!(each(&messages, "body"), ["1 of C", "2 of C"]);
    }
}

#[tokio::test]
async fn the_error_of_a_document_names_line_and_path() {
    for (scenario, expected) in [
        ("", "it is empty"),
        ("hello", "line 1: a scenario is a list of calls or a mapping of items"),
        ("{", "EOF while parsing an object at line 1 column 1"),
        ("users:\n- [\n", "line 2: unclosed bracket"),
        ("people: []", "line 1: people: there is no such key: there are services, configuration, roles, credentials"),
        ("users:\n- alice", "line 2: users[0]: an item is a mapping"),
        ("configuration: []", "line 1: configuration: it takes a mapping"),
        (
            "users:\n- identity: a\n  role: $b",
            "line 3: users[0].role: no item that is made before this one has the name b",
        ),
        (
            "users:\n- identity: a\n- identty: b",
            "line 3: users[1].identty: there is no such key: there are identity, friendly_name, role_sid, attributes, name, \
             count, service",
        ),
        ("users:\n- identity: {a: b}", "line 2: users[0].identity: it takes a string"),
        ("users:\n- friendly_name: b", "line 2: users[0]: 400 Bad Request: Missing required parameter Identity"),
        ("users: [{identity: a}, {identity: a}]", "line 1: users[1]: 409 Conflict: "),
        ("users: {identity: a, role: RL1}", "line 1: users.role: not a SID with prefix RL"),
        ("users: {identity: a, count: many}", "line 1: users.count: it takes a whole number"),
        ("users: {identity: a, count: -1}", "line 1: users.count: it takes a whole number"),
        ("users: {identity: 'a{n}', name: a, count: 2}", "line 1: users.name: another item has the name a"),
        ("users: {identity: a, name: 'a b'}", "line 1: users.name: it takes letters, digits, '_' and '-'"),
        ("users: {identity: a, service: here}", "line 1: users.service: it is no SID of a service"),
        (
            "users: {identity: a, name: u}\nconversations: {service: $u}",
            "line 2: conversations.service: it is no SID of",
        ),
        ("roles: {friendly_name: a, type: b}", "line 1: roles.type: not one of "),
        (
            "roles: {friendly_name: a, type: service, permissions: [fly]}",
            "line 1: roles.permissions[0]: 400 Bad Request: ",
        ),
        (
            "services: {friendly_name: a, participants: []}",
            "line 1: services.participants: there is no such key: there are",
        ),
        (
            "services: {friendly_name: a, users: {identity: b, service: IS1}}",
            "line 1: services.users.service: there is no",
        ),
        ("conversations: {timers: PT1M}", "line 1: conversations.timers: it takes a mapping"),
        (
            "conversations: {timers: {inactiv: PT1M}}",
            "line 1: conversations.timers.inactiv: there is no such key: there are",
        ),
        ("conversations: {timers: {inactive: 1M}}", "line 1: conversations.timers.inactive: 400 Bad Request: "),
        (
            "conversations: {messages: [{body: x}, {date_created: now}]}",
            "line 1: conversations.messages[1].date_created: ",
        ),
        ("conversations: {state: shut}", "line 1: conversations.state: not one of "),
        (
            r#"{"conversations": [{}, {"participants": [{"identity": "a"}, {"identity": ["b"]}]}]}"#,
            "conversations[1].participants[1].identity: it takes a string",
        ),
        (
            "- {post: /v1/Services, from: x}",
            "line 1: [0]: there is no key from: a call has post, form, webhooks and save",
        ),
        ("- {post: v1/Services}", "line 1: [0].post: it takes a path, which begins with /"),
        ("- {}", "line 1: [0]: the key post is missing"),
        ("- x", "line 1: [0]: a call is a mapping"),
        ("- {post: /v1/Services, webhooks: 'true'}", "line 1: [0].webhooks: it takes true or false"),
        ("- {post: /v1/Services, form: x}", "line 1: [0].form: it takes a mapping of fields"),
        ("- {post: '/v1/{x}'}", "line 1: cannot make call 1, /v1/{x}: no SID was saved for a name in the path"),
        ("- {post: /v1/Nothing}", "line 1: cannot make call 1, /v1/Nothing: 404 Not Found: "),
    ] {
        let problem = problem(scenario).await;
        assert!(problem.starts_with(expected), "{scenario}:\n{problem}\ndoes not begin with\n{expected}");
    }
}

#[tokio::test]
async fn a_scenario_has_limits_in_bytes_and_calls() {
    let users = |count: u64| format!("conversations: {{count: {count}, messages: {{count: 1000}}}}");
    assert_eq!(problem(&users(1_000)).await, "line 1: it makes more than 1000000 calls");
    let huge = "conversations: {count: 18446744073709551615, messages: {count: 18446744073709551615}}";
    assert_eq!(problem(huge).await, "line 1: it makes more than 1000000 calls");
    let comment = |size: usize| format!("users: []\n#{}", "x".repeat(size - 11));
    instance(&comment(16 * 1024 * 1024)).await;
    assert_eq!(problem(&comment(16 * 1024 * 1024 + 1)).await, "it is larger than 16777216 bytes");
}

#[tokio::test]
async fn nothing_of_a_document_is_kept_if_one_item_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let start = |scenario: &str| Emulator::builder().data_file(&file).seed(scenario).start();
    let error = start("users: [{identity: a}, {identity: b}, {identity: a}]").await.unwrap_err();
    assert!(error.to_string().contains("users[2]"), "{error}");
    let instance =
        Instance { emulator: start("users: {identity: c}").await.unwrap(), http: crate::support::Http::new() };
    assert_eq!(each(&Value::from(all(&instance, "/v1/Users").await), "identity"), ["c"]);
}

#[tokio::test]
async fn a_rate_limit_and_faults_are_for_clients_and_not_for_scenarios() {
    let builder = Emulator::builder().rate_limit(1).seed_ids(7).fault("503:Create".parse().unwrap());
    let scenario = "conversations: {messages: {count: 50, body: x}}";
    let instance =
        Instance { emulator: builder.seed(scenario).start().await.unwrap(), http: crate::support::Http::new() };
    let conversation = &all(&instance, "/v1/Conversations").await[0];
    let path = format!("/v1/Conversations/{}", conversation["sid"].as_str().unwrap());
    assert_eq!(all(&instance, &format!("{path}/Messages")).await.len(), 50);
    instance.post(&path, &[]).await.expect(200);
    instance.post(&path, &[]).await.expect_error(429, 50063);
}

#[test]
fn the_program_names_the_file_of_a_malformed_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.yaml");
    std::fs::write(&file, "users:\n- identity: a\n- identity: a\n").unwrap();
    let error = crate::program::error(&["--seed", file.to_str().unwrap()], &[]);
    assert!(error.contains("wrong.yaml: line 3: users[1]: 409 Conflict: "), "{error}");
    let large = std::fs::File::create(folder.path().join("large.yaml")).unwrap();
    large.set_len(16 * 1024 * 1024 + 1).unwrap();
    let error = crate::program::error(&["--seed", folder.path().join("large.yaml").to_str().unwrap()], &[]);
    assert!(
        error.contains("--seed: cannot read the scenario in ") && error.contains("larger than 16777216"),
        "{error}"
    );
}

/// Documents with bytes cut, doubled and changed: each is loaded, or the error names the scenario.
#[tokio::test]
async fn mutated_scenarios_are_loaded_or_rejected_without_a_panic() {
    let mut random = fastrand::Rng::with_seed(13);
    let small = EXAMPLE.replace("count: 250", "count: 2");
    let (mut made, mut rejected) = (0, 0);
    for _ in 0..300 {
        let mut text = small.clone().into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..text.len());
            let end = (at + random.usize(1..12)).min(text.len());
            match random.u8(..4) {
                0 => drop(text.drain(at..end)),
                1 => text.extend_from_within(at..end),
                2 => text[at] = *random.choice(b"{}[]:,-&*!|>'\"%@` \n\t#?0$n").unwrap(),
                _ => text.splice(at..at, text[at..end].to_vec()).for_each(drop),
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        match Emulator::builder().seed(text).start().await {
            Ok(_) => made += 1,
            Err(error) => {
                assert!(error.to_string().starts_with("cannot make the scenario: "), "{error}");
                rejected += 1;
            }
        }
    }
    assert!(made > 20 && rejected > 20, "{made} made, {rejected} rejected");
}
