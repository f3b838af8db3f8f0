//! Who gets in, and where to.

use twilio_conversations_emulator::Emulator;

use crate::support::{Method, World};

const KEY: &str = "SK00000000000000000000000000000001";
const OTHER: &str = "AC00000000000000000000000000000002";

#[tokio::test]
async fn a_call_without_or_with_wrong_credentials_is_refused() {
    let world = World::start().await;
    let sid = world.emulator.account_sid();
    let bare = || world.bare(Method::GET, "/v1/Services");
    let attempts = [
        bare(),
        bare().login(sid, "wrong"),
        bare().login(sid, ""),
        bare().login(OTHER, world.emulator.auth_token()),
        bare().header("authorization", format!("Bearer {}", world.emulator.auth_token())),
        bare().header("authorization", "Basic"),
        bare().header("authorization", "Basic \u{e9}\u{e9}"),
    ];
    for attempt in attempts {
        let answer = attempt.send().await;
        assert!(answer.headers.contains_key("www-authenticate"));
        answer.refused(401, 20003);
    }
}

#[tokio::test]
async fn an_api_key_lets_in_as_the_account_itself_does() {
    let world = World::of(Emulator::builder().api_key(KEY, "secret")).await;
    let answer = world.bare(Method::GET, "/v1/Configuration/Webhooks").login(KEY, "secret").send().await;
    assert_eq!(answer.expect(200).text("account_sid"), world.emulator.account_sid());
}

#[tokio::test]
async fn accounts_see_nothing_of_each_other() {
    let world = World::of(Emulator::builder().another_account(OTHER, "token")).await;
    let service = world.service("mine").await;
    let path = format!("/v1/Services/{service}");
    let other = |method, path: &str| world.bare(method, path).login(OTHER, "token");
    other(Method::GET, &path).send().await.refused(404, 20404);
    other(Method::GET, &format!("{path}/Configuration/Webhooks")).send().await.refused(404, 20404);
    other(Method::DELETE, &path).send().await.refused(404, 20404);
    let list = other(Method::GET, "/v1/Services").send().await.expect(200);
    assert!(!list.body.to_string().contains(&service));
    world.get(&path).await.expect(200);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_the_message_quotes_the_path_without_the_version() {
    let world = World::start().await;
    let service = "/v1/Services/IS00000000000000000000000000000000";
    assert_eq!(
        world.get(service).await.refused(404, 20404),
        "The requested resource /Services/IS00000000000000000000000000000000 was not found"
    );
    for path in [
        "/",
        "/v1",
        "/v1/Nothing",
        "/v1/Services/",
        "/v1/Services/short",
        "/v2/Services",
        "/v1/Services/%2e%2e%2fServices",
    ] {
        world.get(path).await.refused(404, 20404);
    }
    world.post("/v1/Nothing", &[]).await.refused(404, 20404);
    world.delete(service).await.refused(404, 20404);
}

#[tokio::test]
async fn another_method_is_refused_and_the_right_ones_are_named() {
    let world = World::start().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = world.request(method, "/v1/Services").send().await;
        assert_eq!(answer.header("allow"), "GET, POST");
        answer.refused(405, 20004);
    }
}

#[tokio::test]
async fn every_answer_carries_a_request_id_and_a_duration() {
    let world = World::start().await;
    for path in ["/v1/Services", "/v1/Nothing"] {
        let response = world.get(path).await;
        let id = response.header("twilio-request-id");
        assert!(id.len() == 34 && id.starts_with("RQ") && id[2..].bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        let duration = response.header("twilio-request-duration").parse::<f64>().unwrap();
        assert!((0.0..60.0).contains(&duration));
        assert_eq!(response.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let world = World::start().await;
    let request = world.request(Method::POST, "/v1/Services").header("content-type", "application/json");
    request.body("{\"FriendlyName\":\"x\"}").send().await.refused(400, 20001);
    let request = world
        .request(Method::POST, "/v1/Services")
        .header("content-type", "Application/X-WWW-Form-urlencoded; charset=UTF-8");
    request.body("FriendlyName=x").send().await.expect(201);
}

#[tokio::test]
async fn a_body_beyond_a_megabyte_is_refused() {
    let world = World::start().await;
    let name = "x".repeat(2_000_000);
    world.post("/v1/Services", &[("FriendlyName", &name)]).await.refused(413, 20001);
}

#[tokio::test]
async fn addresses_in_answers_name_the_host_that_the_request_named() {
    let world = World::start().await;
    let request = world.request(Method::GET, "/v1/Configuration/Webhooks").header("host", "conversations.example:8080");
    assert_eq!(
        request.send().await.expect(200).text("url"),
        "http://conversations.example:8080/v1/Configuration/Webhooks"
    );
    let request = world.request(Method::GET, "/v1/Configuration/Webhooks").header("host", "\"quoted\"");
    assert_eq!(request.send().await.text("url"), world.url("/v1/Configuration/Webhooks"));
}

#[tokio::test]
async fn a_stopped_emulator_no_longer_listens() {
    let emulator = Emulator::start().await.unwrap();
    let address = emulator.base_url().trim_start_matches("http://").to_owned();
    let idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    emulator.stop().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    idle.readable().await.unwrap();
    let mut byte = [0];
    assert!(!matches!(idle.try_read(&mut byte), Ok(1..)));
}

#[tokio::test]
async fn emulators_are_worlds_of_their_own() {
    let (one, other) = (World::start().await, World::start().await);
    let service = one.service("one").await;
    other.get(&format!("/v1/Services/{service}")).await.refused(404, 20404);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_named() {
    let error = Emulator::builder().account_sid("AC12").start().await.unwrap_err();
    assert!(error.to_string().contains("AC12"), "{error}");
    let error = Emulator::builder().auth_token("").start().await.unwrap_err();
    assert!(error.to_string().contains("auth token"), "{error}");
    let error = Emulator::builder().api_key("SK12", "hush").start().await.unwrap_err();
    assert!(error.to_string().contains("SK12") && !error.to_string().contains("hush"), "{error}");
    // A secret in the place of the SID is not quoted either.
    let error = Emulator::builder().api_key("hush", "SK12").start().await.unwrap_err();
    assert!(error.to_string().contains("API key") && !error.to_string().contains("hush"), "{error}");
    let error = Emulator::builder().data_file("/nowhere/at/all.db").start().await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all.db"), "{error}");
    let taken = Emulator::start().await.unwrap();
    let port = taken.base_url().rsplit(':').next().unwrap().parse().unwrap();
    let error = Emulator::builder().port(port).start().await.unwrap_err();
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn a_strict_emulator_refuses_what_the_api_does_not_have() {
    let world = World::of(Emulator::builder().refuse_unknown_fields(true)).await;
    let message = world.post("/v1/Services", &[("FriendlyName", "x"), ("Colour", "red")]).await.refused(400, 20001);
    assert!(message.contains("Colour"), "{message}");
    assert!(world.get("/v1/Services?Colour=red").await.refused(400, 20001).contains("Colour"));
    world.get("/v1/Services?PageSize=5&Page=0").await.expect(200);
}
