//! Injected faults, limits, and the clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use twilio_conversations::{Client, ClientBuilder, Error, RetryPolicy};
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator};

use crate::program::Program;
use crate::support::{Instance, Method, facade};

const OTHER: &str = "AC00000000000000000000000000000002";

fn with(fault: &str) -> twilio_conversations_emulator::Builder {
    Emulator::builder().fault(fault.parse().unwrap())
}

#[tokio::test]
async fn status_429_comes_with_retry_after_and_has_no_effect() {
    let instance = Instance::of(with("429=7:CreateService")).await;
    let response = instance.post("/v1/Services", &[("FriendlyName", "x")]).await;
    assert_eq!(response.header("retry-after"), "7");
    response.expect_error(429, 20429);
    assert_eq!(instance.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_on_a_cut_connection_has_no_effect_or_all_of_it() {
    for (fault, done) in [("cut:CreateService", 1), ("cut-after:CreateService", 2)] {
        let instance = Instance::of(with(fault)).await;
        let request = instance.request(Method::POST, "/v1/Services").form(&[("FriendlyName", "x")]);
        request.try_send().await.unwrap_err();
        assert_eq!(
            instance.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(),
            done,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn responses_can_be_delayed_or_fail_at_a_rate() {
    let instance = Instance::of(with("slow=50").fault("503@0.5".parse().unwrap())).await;
    let start = Instant::now();
    instance.get("/v1/Services").await;
    assert!(start.elapsed() >= Duration::from_millis(50));
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..200 {
        statuses.insert(instance.get("/v1/Services").await.status);
        if statuses.len() == 2 {
            break;
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 503]);
}

#[tokio::test]
async fn writes_per_second_are_limited_if_set_and_reads_are_not() {
    let instance = Instance::of(Emulator::builder().rate_limit(3)).await;
    instance.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    for _ in 0..3 {
        instance.service("x").await;
    }
    instance.post("/v1/Services", &[("FriendlyName", "x")]).await.expect_error(429, 50063);
    for _ in 0..5 {
        instance.get("/v1/Services").await.expect(200);
    }
    instance.post("/_emulator/clock", &[("Advance", "PT1S")]).await.expect(200);
    instance.service("x").await;
}

#[tokio::test]
async fn writes_are_counted_per_account_and_service_or_conversation_however_it_is_named() {
    let instance = Instance::of(Emulator::builder().rate_limit(1).another_account(OTHER, "token")).await;
    let clock = async |form| instance.post("/_emulator/clock", &[form]).await.expect(200);
    clock(("Freeze", "true")).await;
    let next_second = async || clock(("Advance", "PT1S")).await;
    let service = instance.get("/v1/Configuration").await.text("default_chat_service_sid");

    // One service accepts one write, and another account's service is not affected.
    let by_path = format!("/v1/Services/{service}/Conversations");
    let role = [("FriendlyName", "r"), ("Type", "service"), ("Permission", "joinConversation")];
    let sid = instance.create("/v1/Conversations", &[("UniqueName", "u")]).await;
    for (path, form) in [
        ("/v1/Conversations", &[][..]),
        (&by_path, &[]),
        ("/v1/Users", &[("Identity", "alice")]),
        ("/v1/Roles", &role),
        ("/v1/ConversationWithParticipants", &[]),
    ] {
        instance.post(path, form).await.expect_error(429, 50063);
    }
    instance.delete(&format!("/v1/Conversations/{sid}")).await.expect_error(429, 50063);
    let others = instance.bare(Method::POST, "/v1/Conversations").login(OTHER, "token").form(&[]).send().await;
    others.expect(201);
    let other_service = instance.service("counted for the account").await;
    instance.create(&format!("/v1/Services/{other_service}/Conversations"), &[]).await;

    // One conversation accepts one write, by either name; its service is not affected.
    next_second().await;
    let names = ["/v1/Conversations/u".to_owned(), format!("{by_path}/{sid}"), format!("{by_path}/u")];
    instance.post(&format!("/v1/Conversations/{sid}"), &[("FriendlyName", "x")]).await.expect(200);
    for path in &names {
        instance.post(path, &[("FriendlyName", "y")]).await.expect_error(429, 50063);
        instance.post(&format!("{path}/Messages"), &[("Body", "x")]).await.expect_error(429, 50063);
        instance.post(&format!("{path}/Participants"), &[("Identity", "alice")]).await.expect_error(429, 50063);
    }
    let second = instance.create("/v1/Conversations", &[]).await;
    instance.create(&format!("/v1/Conversations/{second}/Messages"), &[("Body", "x")]).await;

    // A missing resource counts against its parent's limit.
    next_second().await;
    instance.post("/v1/Conversations/nothing/Messages", &[("Body", "x")]).await.expect_error(404, 20404);
    instance.post("/v1/Users", &[("Identity", "alice")]).await.expect_error(429, 50063);
}

#[tokio::test]
async fn a_clock_at_the_last_date_breaks_nothing() {
    let instance = Instance::start().await;
    let form = [("Timers.Inactive", "PT9223372036854775S"), ("Timers.Closed", "PT9223372036854775S")];
    let made = instance.post("/v1/Conversations", &form).await.expect(201);
    assert_eq!(made.body["timers"]["date_closed"], "9999-12-31T23:59:59Z");
    for _ in 0..2 {
        let moved = instance.post("/_emulator/clock", &[("Advance", "PT9223372036854775S")]).await.expect(200);
        assert_eq!(moved.text("now"), "9999-12-31T23:59:59.999Z");
    }
    let path = format!("/v1/Conversations/{}", made.text("sid"));
    assert_eq!(instance.get(&path).await.expect(200).text("state"), "closed");
    instance.post("/_emulator/clock", &[("Set", "2026-01-02T03:04:05Z")]).await.expect(200);
    assert!(instance.post("/v1/Conversations", &[]).await.text("date_created").starts_with("2026-01-02T03:04:0"));
}

#[tokio::test]
async fn the_clock_is_frozen_set_and_moved() {
    let instance = Instance::start().await;
    let set =
        instance.post("/_emulator/clock", &[("Freeze", "true"), ("Set", "2031-05-06T07:08:09Z")]).await.expect(200);
    assert_eq!(set.body, json!({"now": "2031-05-06T07:08:09.000Z", "frozen": true}));
    let created = instance.post("/v1/Services", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(created.text("date_created"), "2031-05-06T07:08:09Z");
    let moved = instance.post("/_emulator/clock", &[("Advance", "P1DT1H")]).await.expect(200);
    assert_eq!(moved.text("now"), "2031-05-07T08:08:09.000Z");
    assert_eq!(instance.get("/_emulator/clock").await.expect(200).body, moved.body);
    for form in [("Advance", "soon"), ("Set", "soon"), ("Freeze", "soon")] {
        instance.post("/_emulator/clock", &[form]).await.expect_error(400, 20001);
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_send_control_requests() {
    let instance = Instance::start().await;
    let request = instance.request(Method::POST, "/_emulator/clock").header("origin", "https://example.com");
    request.form(&[("Freeze", "true")]).send().await.expect(403);
    let own = instance.emulator.base_url();
    let request = instance.request(Method::POST, "/_emulator/clock").header("origin", own);
    request.form(&[("Freeze", "true")]).send().await.expect(200);
    instance.post("/_emulator/nothing", &[]).await.expect_error(404, 20404);
    instance.get("/_emulator/deliveries?AccountSid=AC1").await.expect_error(400, 20001);
}

/// Guards against DNS rebinding: a page of another site could reach the emulator by a name of its own.
#[tokio::test]
async fn control_requests_and_the_inspector_are_accepted_for_known_hosts_only() {
    let instance = Instance::of(Emulator::builder().allow_host("emulator.test")).await;
    let as_host = |method, path: &str, host: &str| {
        instance.request(method, path).header("host", host).header("origin", format!("http://{host}"))
    };
    let paths = [
        (Method::POST, "/_emulator/clock"),
        (Method::GET, "/_emulator"),
        (Method::GET, "/_emulator/deliveries"),
        (Method::GET, "/_emulator/as/alice/v1/Conversations"),
    ];
    for (method, path) in paths {
        for host in ["evil.example", "evil.example:4010", "localhost.evil.example", "10.1.2.3:4010", "\u{e9}"] {
            let request = as_host(method.clone(), path, host).form(&[("Freeze", "false")]);
            let message = request.send().await.expect_error(403, 20403);
            assert!(message.contains("--allow-host"), "{message}");
        }
        for host in ["localhost:4010", "127.0.0.1:1", "[::1]:4010", "Emulator.test:4010"] {
            as_host(method.clone(), path, host).form(&[("Freeze", "false")]).send().await.expect(200);
        }
    }
    // The REST API takes credentials, and accepts any host name.
    as_host(Method::GET, "/v1/Services", "evil.example").send().await.expect(200);
}

#[tokio::test]
async fn the_number_of_a_missing_delivery_is_not_found() {
    let instance = Instance::start().await;
    for id in ["", "/", "/x", "/-1", "/1", "/99999999999999999999", "/1/2"] {
        instance.post(&format!("/_emulator/deliveries{id}/resend"), &[]).await.expect_error(404, 20404);
    }
}

#[tokio::test]
async fn control_requests_act_for_the_account_of_their_parameter_or_credentials() {
    let instance = Instance::of(Emulator::builder().another_account(OTHER, "token").refuse_unknown_fields(true)).await;
    let other = |method, path: &str| instance.bare(method, path).login(OTHER, "token");
    let made = other(Method::POST, "/v1/Conversations").form(&[]).send().await.expect(201).text("sid");
    let participants = format!("/v1/Conversations/{made}/Participants");
    other(Method::POST, &participants).form(&[("Identity", "alice")]).send().await.expect(201);
    let say = [("ConversationSid", &*made), ("Identity", "alice"), ("Body", "hi")];
    let printed = other(Method::POST, "/_emulator/messages").form(&say).send().await.expect(200).text("message_sid");
    instance.bare(Method::POST, "/_emulator/messages").form(&say).send().await.expect_error(404, 20404);
    let named = [&say[..], &[("AccountSid", OTHER)]].concat();
    instance.post("/_emulator/messages", &named).await.expect(200);

    // The error does not reveal another account's message.
    let report = [("MessageSid", &*printed), ("Status", "read")];
    let message = instance.post("/_emulator/delivery-reports", &report).await.expect_error(404, 20404);
    assert!(!message.contains(&made), "{message}");

    let list = format!("/_emulator/as/alice/v1/Conversations/{made}/Messages?PageSize=1");
    instance.get(&list).await.expect_error(404, 20404);
    let page = other(Method::GET, &list).send().await.expect(200).body;
    assert_eq!(page["messages"][0]["body"], "hi");
    let page = instance.get(&format!("{list}&AccountSid={OTHER}")).await.expect(200).body;
    let next = page["meta"]["next_page_url"].as_str().unwrap();
    let next = instance.get(next.strip_prefix(instance.emulator.base_url()).unwrap()).await.expect(200).body;
    assert_eq!((&next["messages"][0]["index"], &next["meta"]["next_page_url"]), (&json!(1), &json!(null)));

    // Other links of the page name the account as well.
    let links = |page: &str| page.matches("<a class=\"account\"").count();
    let inspector = instance.get("/_emulator").await.expect(200).body;
    assert!(
        inspector.as_str().unwrap().contains(&format!("<a class=\"account\" href=\"/_emulator?AccountSid={OTHER}\""))
    );
    let alone = Instance::start().await.get("/_emulator").await.expect(200).body;
    assert_eq!(links(alone.as_str().unwrap()), 0);
}

#[tokio::test]
async fn urls_in_responses_can_name_twilio_s_host() {
    let instance = Instance::of(Emulator::builder().vendor_urls(true)).await;
    let url = instance.get("/v1/Configuration/Webhooks").await.text("url");
    assert_eq!(url, "https://conversations.twilio.com/v1/Configuration/Webhooks");
}

/// The facade's client with short delays, and its retries: operation, cause, milliseconds.
type Retries = Arc<Mutex<Vec<(String, String, u128)>>>;

fn persistent(instance: &Instance, attempts: u32, timeout: Duration) -> (Client, Retries) {
    let retries = Retries::default();
    let tell = retries.clone();
    let policy =
        RetryPolicy::default().max_attempts(attempts).base_delay(Duration::from_millis(1)).on_retry(move |retry| {
            let what = (retry.operation.id.to_string(), retry.cause.to_string(), retry.delay.as_millis());
            tell.lock().unwrap().push(what);
        });
    let builder = ClientBuilder::from_vars(|name| instance.emulator.var(name)).unwrap();
    (builder.retry(policy).timeout(timeout).build().unwrap(), retries)
}

/// Reads until a read was retried, at most 64 times, and returns the retries.
async fn read_until_retried(client: &Client, retries: &Retries) -> Vec<(String, String, u128)> {
    for _ in 0..64 {
        client.services().list().send().await.unwrap();
        let retried = std::mem::take(&mut *retries.lock().unwrap());
        if !retried.is_empty() {
            return retried;
        }
    }
    Vec::new()
}

const LONG: Duration = Duration::from_secs(30);

async fn services(instance: &Instance) -> usize {
    instance.get("/v1/Services?PageSize=100").await.expect(200).body["services"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_facade_waits_for_the_retry_after_of_429_and_repeats_no_effect() {
    let instance = Instance::of(with("429=1@0.5:CreateService")).await;
    let (client, retries) = persistent(&instance, 20, LONG);
    let (start, mut made) = (Instant::now(), 0);
    // The fault is injected at random; that it is not in so many calls is practically impossible.
    while retries.lock().unwrap().is_empty() && made < 64 {
        client.services().create("x").send().await.unwrap();
        made += 1;
    }
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    let retries = retries.lock().unwrap().clone();
    assert!(!retries.is_empty());
    for what in &retries {
        assert_eq!(*what, ("CreateService".to_owned(), "status 429".to_owned(), 1000));
    }
    assert_eq!(services(&instance).await, 1 + made);
}

#[tokio::test]
async fn the_facade_gives_up_on_a_retry_after_that_is_too_long() {
    let instance = Instance::of(with("429=60:CreateService")).await;
    let (client, retries) = persistent(&instance, 20, LONG);
    let start = Instant::now();
    let error = client.services().create("x").send().await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    let api = error.as_api().unwrap();
    assert_eq!((api.retry_after(), api.attempts()), (Some(Duration::from_secs(60)), 1));
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(retries.lock().unwrap().is_empty());
    assert_eq!(services(&instance).await, 1);
}

#[tokio::test]
async fn the_facade_retries_reads_on_503_and_no_writes() {
    let instance = Instance::of(with("503@0.5:ListService").fault("503:CreateService".parse().unwrap())).await;
    let (client, retries) = persistent(&instance, 40, LONG);
    let retries = read_until_retried(&client, &retries).await;
    assert!(!retries.is_empty());
    assert!(
        retries.iter().all(|(operation, cause, _)| operation == "ListService" && cause == "status 503"),
        "{retries:?}"
    );
    let error = client.services().create("x").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.as_api().unwrap().attempts()), (503, 1));
}

#[tokio::test]
async fn the_facade_does_not_retry_500() {
    let instance = Instance::of(with("500:Service")).await;
    let (client, retries) = persistent(&instance, 4, LONG);
    for error in
        [client.services().list().send().await.unwrap_err(), client.services().create("x").send().await.unwrap_err()]
    {
        let api = error.as_api().unwrap();
        assert_eq!(
            (api.status().as_u16(), api.code().to_string().as_str(), api.attempts()),
            (500, "20500", 1),
            "{error}"
        );
    }
    assert!(retries.lock().unwrap().is_empty());
}

#[tokio::test]
async fn after_a_cut_the_facade_retries_a_read_and_reports_a_write_as_undecided() {
    let instance = Instance::of(with("cut@0.5:ListService").fault("cut:CreateService".parse().unwrap())).await;
    let (client, retries) = persistent(&instance, 40, LONG);
    let retries = read_until_retried(&client, &retries).await;
    assert!(!retries.is_empty() && retries.iter().all(|(operation, ..)| operation == "ListService"), "{retries:?}");

    // The client cannot know whether the write had an effect, so that it is sent once. With `cut` it had none, with
    // `cut-after` it had.
    for (fault, done) in [("cut:CreateService", 1), ("cut-after:CreateService", 2)] {
        let instance = Instance::of(with(fault)).await;
        let (client, retries) = persistent(&instance, 4, LONG);
        let error = client.services().create("x").send().await.unwrap_err();
        let Error::Transport(error) = &error else { panic!("{error:?}") };
        assert_eq!(error.transport().attempts(), 1, "{fault}");
        assert!(retries.lock().unwrap().is_empty());
        assert_eq!(services(&instance).await, done, "{fault}");
    }
}

#[tokio::test]
async fn the_facade_treats_a_delete_as_done_if_its_response_was_cut() {
    let instance = Instance::of(with("cut-after:DeleteService")).await;
    let (client, retries) = persistent(&instance, 4, LONG);
    let service = client.services().create("x").send().await.unwrap().sid;
    let error = client.service(service).delete().await.unwrap_err();
    // The second attempt finds nothing to delete, and its response is cut too, like the third one and the fourth one.
    let Error::Transport(error) = &error else { panic!("{error:?}") };
    assert_eq!(error.transport().attempts(), 4);
    assert_eq!(retries.lock().unwrap().len(), 3);
    assert_eq!(services(&instance).await, 1);
}

#[tokio::test]
async fn the_facade_retries_slow_reads_and_waits_for_slow_writes() {
    let instance = Instance::of(with("slow=300:Service")).await;
    let (hasty, retries) = persistent(&instance, 3, Duration::from_millis(30));
    let error = hasty.services().list().send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(retries.lock().unwrap().len(), 2);
    let error = hasty.services().create("x").send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(retries.lock().unwrap().len(), 2, "a create is sent once");

    let (patient, retries) = persistent(&instance, 3, LONG);
    let start = Instant::now();
    patient.services().list().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(retries.lock().unwrap().is_empty());
}

#[tokio::test]
async fn faults_of_the_command_line_are_overcome_by_the_facade() {
    let program = Program::start(&["--fault", "429=0@0.3", "--fault", "503@0.3:List", "--fault", "slow=2"]);
    let policy = RetryPolicy::default().max_attempts(60).base_delay(Duration::from_millis(1));
    let builder = facade(&program.base_url, DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN);
    let client = builder.retry(policy).build().unwrap();
    for number in 0..20 {
        client.services().create(format!("service {number}")).send().await.unwrap();
    }
    let page = client.services().list().page_size(100).send().await.unwrap();
    assert_eq!(page.items().len(), 21);
}
