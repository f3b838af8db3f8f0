//! Faults on purpose, limits, and the clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use twilio_conversations::{Client, ClientBuilder, Error, RetryPolicy};
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator};

use crate::program::Program;
use crate::support::{Method, World, facade};

const OTHER: &str = "AC00000000000000000000000000000002";

fn with(fault: &str) -> twilio_conversations_emulator::Builder {
    Emulator::builder().fault(fault.parse().unwrap())
}

#[tokio::test]
async fn too_many_requests_come_with_retry_after_and_do_nothing() {
    let world = World::of(with("429=7:CreateService")).await;
    let answer = world.post("/v1/Services", &[("FriendlyName", "x")]).await;
    assert_eq!(answer.header("retry-after"), "7");
    answer.refused(429, 20429);
    assert_eq!(world.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cut_connection_has_done_nothing_or_everything() {
    for (fault, done) in [("cut:CreateService", 1), ("cut-after:CreateService", 2)] {
        let world = World::of(with(fault)).await;
        let request = world.request(Method::POST, "/v1/Services").form(&[("FriendlyName", "x")]);
        request.try_send().await.unwrap_err();
        assert_eq!(
            world.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(),
            done,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn answers_can_be_slow_or_fail_at_a_rate() {
    let world = World::of(with("slow=50").fault("503@0.5".parse().unwrap())).await;
    let start = Instant::now();
    world.get("/v1/Services").await;
    assert!(start.elapsed() >= Duration::from_millis(50));
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..200 {
        statuses.insert(world.get("/v1/Services").await.status);
        if statuses.len() == 2 {
            break;
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 503]);
}

#[tokio::test]
async fn writes_per_second_are_limited_where_asked_and_reads_are_not() {
    let world = World::of(Emulator::builder().rate_limit(3)).await;
    world.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    for _ in 0..3 {
        world.service("x").await;
    }
    world.post("/v1/Services", &[("FriendlyName", "x")]).await.refused(429, 50063);
    for _ in 0..5 {
        world.get("/v1/Services").await.expect(200);
    }
    world.post("/_emulator/clock", &[("Advance", "PT1S")]).await.expect(200);
    world.service("x").await;
}

#[tokio::test]
async fn writes_are_counted_per_account_and_service_or_conversation_however_it_is_named() {
    let world = World::of(Emulator::builder().rate_limit(1).another_account(OTHER, "token")).await;
    let clock = async |form| world.post("/_emulator/clock", &[form]).await.expect(200);
    clock(("Freeze", "true")).await;
    let next_second = async || clock(("Advance", "PT1S")).await;
    let service = world.get("/v1/Configuration").await.text("default_chat_service_sid");

    // One service takes one of these, and another account's is not touched.
    let by_path = format!("/v1/Services/{service}/Conversations");
    let role = [("FriendlyName", "r"), ("Type", "service"), ("Permission", "joinConversation")];
    let sid = world.create("/v1/Conversations", &[("UniqueName", "u")]).await;
    for (path, form) in [
        ("/v1/Conversations", &[][..]),
        (&by_path, &[]),
        ("/v1/Users", &[("Identity", "alice")]),
        ("/v1/Roles", &role),
        ("/v1/ConversationWithParticipants", &[]),
    ] {
        world.post(path, form).await.refused(429, 50063);
    }
    world.delete(&format!("/v1/Conversations/{sid}")).await.refused(429, 50063);
    let others = world.bare(Method::POST, "/v1/Conversations").login(OTHER, "token").form(&[]).send().await;
    others.expect(201);
    let other_service = world.service("counted for the account").await;
    world.create(&format!("/v1/Services/{other_service}/Conversations"), &[]).await;

    // One conversation takes one of these, by whatever name; its service is not touched.
    next_second().await;
    let names = ["/v1/Conversations/u".to_owned(), format!("{by_path}/{sid}"), format!("{by_path}/u")];
    world.post(&format!("/v1/Conversations/{sid}"), &[("FriendlyName", "x")]).await.expect(200);
    for path in &names {
        world.post(path, &[("FriendlyName", "y")]).await.refused(429, 50063);
        world.post(&format!("{path}/Messages"), &[("Body", "x")]).await.refused(429, 50063);
        world.post(&format!("{path}/Participants"), &[("Identity", "alice")]).await.refused(429, 50063);
    }
    let second = world.create("/v1/Conversations", &[]).await;
    world.create(&format!("/v1/Conversations/{second}/Messages"), &[("Body", "x")]).await;

    // What is not there counts for where it would be.
    next_second().await;
    world.post("/v1/Conversations/nothing/Messages", &[("Body", "x")]).await.refused(404, 20404);
    world.post("/v1/Users", &[("Identity", "alice")]).await.refused(429, 50063);
}

#[tokio::test]
async fn a_clock_at_the_end_of_time_breaks_nothing() {
    let world = World::start().await;
    let form = [("Timers.Inactive", "PT9223372036854775S"), ("Timers.Closed", "PT9223372036854775S")];
    let made = world.post("/v1/Conversations", &form).await.expect(201);
    assert_eq!(made.body["timers"]["date_closed"], "9999-12-31T23:59:59Z");
    for _ in 0..2 {
        let moved = world.post("/_emulator/clock", &[("Advance", "PT9223372036854775S")]).await.expect(200);
        assert_eq!(moved.text("now"), "9999-12-31T23:59:59.999Z");
    }
    let path = format!("/v1/Conversations/{}", made.text("sid"));
    assert_eq!(world.get(&path).await.expect(200).text("state"), "closed");
    world.post("/_emulator/clock", &[("Set", "2026-01-02T03:04:05Z")]).await.expect(200);
    assert!(world.post("/v1/Conversations", &[]).await.text("date_created").starts_with("2026-01-02T03:04:0"));
}

#[tokio::test]
async fn the_clock_is_frozen_set_and_moved() {
    let world = World::start().await;
    let set = world.post("/_emulator/clock", &[("Freeze", "true"), ("Set", "2031-05-06T07:08:09Z")]).await.expect(200);
    assert_eq!(set.body, json!({"now": "2031-05-06T07:08:09.000Z", "frozen": true}));
    let created = world.post("/v1/Services", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(created.text("date_created"), "2031-05-06T07:08:09Z");
    let moved = world.post("/_emulator/clock", &[("Advance", "P1DT1H")]).await.expect(200);
    assert_eq!(moved.text("now"), "2031-05-07T08:08:09.000Z");
    assert_eq!(world.get("/_emulator/clock").await.expect(200).body, moved.body);
    for form in [("Advance", "soon"), ("Set", "soon"), ("Freeze", "soon")] {
        world.post("/_emulator/clock", &[form]).await.refused(400, 20001);
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_make_control_calls() {
    let world = World::start().await;
    let request = world.request(Method::POST, "/_emulator/clock").header("origin", "https://example.com");
    request.form(&[("Freeze", "true")]).send().await.expect(403);
    let own = world.emulator.base_url();
    let request = world.request(Method::POST, "/_emulator/clock").header("origin", own);
    request.form(&[("Freeze", "true")]).send().await.expect(200);
    world.post("/_emulator/nothing", &[]).await.refused(404, 20404);
    world.get("/_emulator/deliveries?AccountSid=AC1").await.refused(400, 20001);
}

/// By a name of its own that leads here, any site's page would be one of ours.
#[tokio::test]
async fn control_calls_and_the_inspector_are_for_known_hosts_only() {
    let world = World::of(Emulator::builder().allow_host("emulator.test")).await;
    let as_host = |method, path: &str, host: &str| {
        world.request(method, path).header("host", host).header("origin", format!("http://{host}"))
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
            let message = request.send().await.refused(403, 20403);
            assert!(message.contains("--allow-host"), "{message}");
        }
        for host in ["localhost:4010", "127.0.0.1:1", "[::1]:4010", "Emulator.test:4010"] {
            as_host(method.clone(), path, host).form(&[("Freeze", "false")]).send().await.expect(200);
        }
    }
    // The API takes credentials, by whatever name it is reached.
    as_host(Method::GET, "/v1/Services", "evil.example").send().await.expect(200);
}

#[tokio::test]
async fn a_delivery_that_nobody_could_have_made_is_not_found() {
    let world = World::start().await;
    for id in ["", "/", "/x", "/-1", "/1", "/99999999999999999999", "/1/2"] {
        world.post(&format!("/_emulator/deliveries{id}/resend"), &[]).await.refused(404, 20404);
    }
}

#[tokio::test]
async fn control_calls_act_for_the_account_that_they_name_or_prove() {
    let world = World::of(Emulator::builder().another_account(OTHER, "token").refuse_unknown_fields(true)).await;
    let other = |method, path: &str| world.bare(method, path).login(OTHER, "token");
    let made = other(Method::POST, "/v1/Conversations").form(&[]).send().await.expect(201).text("sid");
    let participants = format!("/v1/Conversations/{made}/Participants");
    other(Method::POST, &participants).form(&[("Identity", "alice")]).send().await.expect(201);
    let say = [("ConversationSid", &*made), ("Identity", "alice"), ("Body", "hi")];
    let said = other(Method::POST, "/_emulator/messages").form(&say).send().await.expect(200).text("message_sid");
    world.bare(Method::POST, "/_emulator/messages").form(&say).send().await.refused(404, 20404);
    let named = [&say[..], &[("AccountSid", OTHER)]].concat();
    world.post("/_emulator/messages", &named).await.expect(200);

    // Nobody is told where another account's message is.
    let report = [("MessageSid", &*said), ("Status", "read")];
    let message = world.post("/_emulator/delivery-reports", &report).await.refused(404, 20404);
    assert!(!message.contains(&made), "{message}");

    let list = format!("/_emulator/as/alice/v1/Conversations/{made}/Messages?PageSize=1");
    world.get(&list).await.refused(404, 20404);
    let page = other(Method::GET, &list).send().await.expect(200).body;
    assert_eq!(page["messages"][0]["body"], "hi");
    let page = world.get(&format!("{list}&AccountSid={OTHER}")).await.expect(200).body;
    let next = page["meta"]["next_page_url"].as_str().unwrap();
    let next = world.get(next.strip_prefix(world.emulator.base_url()).unwrap()).await.expect(200).body;
    assert_eq!((&next["messages"][0]["index"], &next["meta"]["next_page_url"]), (&json!(1), &json!(null)));

    // Other links of the page name the account as well.
    let links = |page: &str| page.matches("<a class=\"account\"").count();
    let inspector = world.get("/_emulator").await.expect(200).body;
    assert!(
        inspector.as_str().unwrap().contains(&format!("<a class=\"account\" href=\"/_emulator?AccountSid={OTHER}\""))
    );
    let alone = World::start().await.get("/_emulator").await.expect(200).body;
    assert_eq!(links(alone.as_str().unwrap()), 0);
}

#[tokio::test]
async fn addresses_in_answers_can_name_the_vendor_s_host() {
    let world = World::of(Emulator::builder().vendor_urls(true)).await;
    let url = world.get("/v1/Configuration/Webhooks").await.text("url");
    assert_eq!(url, "https://conversations.twilio.com/v1/Configuration/Webhooks");
}

/// The facade's client, quick to try again, and what it told of its retries: operation, cause, milliseconds.
type Told = Arc<Mutex<Vec<(String, String, u128)>>>;

fn persistent(world: &World, attempts: u32, timeout: Duration) -> (Client, Told) {
    let told = Told::default();
    let tell = told.clone();
    let policy =
        RetryPolicy::default().max_attempts(attempts).base_delay(Duration::from_millis(1)).on_retry(move |retry| {
            let what = (retry.operation.id.to_string(), retry.cause.to_string(), retry.delay.as_millis());
            tell.lock().unwrap().push(what);
        });
    let builder = ClientBuilder::from_vars(|name| world.emulator.var(name)).unwrap();
    (builder.retry(policy).timeout(timeout).build().unwrap(), told)
}

/// Reads until a read was tried again, 64 times at most, and says what was.
async fn read_until_retried(client: &Client, told: &Told) -> Vec<(String, String, u128)> {
    for _ in 0..64 {
        client.services().list().send().await.unwrap();
        let retried = std::mem::take(&mut *told.lock().unwrap());
        if !retried.is_empty() {
            return retried;
        }
    }
    Vec::new()
}

const LONG: Duration = Duration::from_secs(30);

async fn services(world: &World) -> usize {
    world.get("/v1/Services?PageSize=100").await.expect(200).body["services"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_facade_waits_as_long_as_429_asks_for_and_does_nothing_twice() {
    let world = World::of(with("429=1@0.5:CreateService")).await;
    let (client, told) = persistent(&world, 20, LONG);
    let (start, mut made) = (Instant::now(), 0);
    // The dice decide when it strikes; that it never does in so many calls will not happen.
    while told.lock().unwrap().is_empty() && made < 64 {
        client.services().create("x").send().await.unwrap();
        made += 1;
    }
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    let told = told.lock().unwrap().clone();
    assert!(!told.is_empty());
    for what in &told {
        assert_eq!(*what, ("CreateService".to_owned(), "status 429".to_owned(), 1000));
    }
    assert_eq!(services(&world).await, 1 + made);
}

#[tokio::test]
async fn the_facade_gives_up_when_429_asks_for_too_long() {
    let world = World::of(with("429=60:CreateService")).await;
    let (client, told) = persistent(&world, 20, LONG);
    let start = Instant::now();
    let error = client.services().create("x").send().await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    let api = error.as_api().unwrap();
    assert_eq!((api.retry_after(), api.attempts()), (Some(Duration::from_secs(60)), 1));
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(told.lock().unwrap().is_empty());
    assert_eq!(services(&world).await, 1);
}

#[tokio::test]
async fn the_facade_tries_reads_again_on_503_and_writes_not() {
    let world = World::of(with("503@0.5:ListService").fault("503:CreateService".parse().unwrap())).await;
    let (client, told) = persistent(&world, 40, LONG);
    let told = read_until_retried(&client, &told).await;
    assert!(!told.is_empty());
    assert!(told.iter().all(|(operation, cause, _)| operation == "ListService" && cause == "status 503"), "{told:?}");
    let error = client.services().create("x").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.as_api().unwrap().attempts()), (503, 1));
}

#[tokio::test]
async fn the_facade_takes_500_for_an_answer() {
    let world = World::of(with("500:Service")).await;
    let (client, told) = persistent(&world, 4, LONG);
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
    assert!(told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_facade_reads_again_after_a_cut_and_leaves_a_write_undecided() {
    let world = World::of(with("cut@0.5:ListService").fault("cut:CreateService".parse().unwrap())).await;
    let (client, told) = persistent(&world, 40, LONG);
    let told = read_until_retried(&client, &told).await;
    assert!(!told.is_empty() && told.iter().all(|(operation, ..)| operation == "ListService"), "{told:?}");

    // Whether the write was done, the client cannot know: it is sent once. Here it was not done, there it was.
    for (fault, done) in [("cut:CreateService", 1), ("cut-after:CreateService", 2)] {
        let world = World::of(with(fault)).await;
        let (client, told) = persistent(&world, 4, LONG);
        let error = client.services().create("x").send().await.unwrap_err();
        let Error::Transport(error) = &error else { panic!("{error:?}") };
        assert_eq!(error.transport().attempts(), 1, "{fault}");
        assert!(told.lock().unwrap().is_empty());
        assert_eq!(services(&world).await, done, "{fault}");
    }
}

#[tokio::test]
async fn the_facade_finds_a_delete_done_whose_answer_was_cut() {
    let world = World::of(with("cut-after:DeleteService")).await;
    let (client, told) = persistent(&world, 4, LONG);
    let service = client.services().create("x").send().await.unwrap().sid;
    let error = client.service(service).delete().await.unwrap_err();
    // The second attempt finds nothing to delete, and its answer is cut as well, like the third's and the fourth's.
    let Error::Transport(error) = &error else { panic!("{error:?}") };
    assert_eq!(error.transport().attempts(), 4);
    assert_eq!(told.lock().unwrap().len(), 3);
    assert_eq!(services(&world).await, 1);
}

#[tokio::test]
async fn the_facade_tries_reads_again_that_are_too_slow_and_waits_for_others() {
    let world = World::of(with("slow=300:Service")).await;
    let (hasty, told) = persistent(&world, 3, Duration::from_millis(30));
    let error = hasty.services().list().send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(told.lock().unwrap().len(), 2);
    let error = hasty.services().create("x").send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(told.lock().unwrap().len(), 2, "a create is sent once");

    let (patient, told) = persistent(&world, 3, LONG);
    let start = Instant::now();
    patient.services().list().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(told.lock().unwrap().is_empty());
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
