//! Authentication, routing, and URLs in responses.

use twilio_conversations_emulator::Emulator;

use crate::support::{Instance, Method};

const KEY: &str = "SK00000000000000000000000000000001";
const OTHER: &str = "AC00000000000000000000000000000002";

#[tokio::test]
async fn a_request_without_or_with_wrong_credentials_is_rejected() {
    let instance = Instance::start().await;
    let sid = instance.emulator.account_sid();
    let bare = || instance.bare(Method::GET, "/v1/Services");
    let attempts = [
        bare(),
        bare().login(sid, "wrong"),
        bare().login(sid, ""),
        bare().login(OTHER, instance.emulator.auth_token()),
        bare().header("authorization", format!("Bearer {}", instance.emulator.auth_token())),
        bare().header("authorization", "Basic"),
        bare().header("authorization", "Basic \u{e9}\u{e9}"),
    ];
    for attempt in attempts {
        let response = attempt.send().await;
        assert!(response.headers.contains_key("www-authenticate"));
        response.expect_error(401, 20003);
    }
}

#[tokio::test]
async fn an_api_key_authenticates_as_its_account() {
    let instance = Instance::of(Emulator::builder().api_key(KEY, "secret")).await;
    let response = instance.bare(Method::GET, "/v1/Configuration/Webhooks").login(KEY, "secret").send().await;
    assert_eq!(response.expect(200).text("account_sid"), instance.emulator.account_sid());
}

#[tokio::test]
async fn accounts_do_not_see_each_other_s_data() {
    let instance = Instance::of(Emulator::builder().another_account(OTHER, "token")).await;
    let service = instance.service("mine").await;
    let path = format!("/v1/Services/{service}");
    let other = |method, path: &str| instance.bare(method, path).login(OTHER, "token");
    other(Method::GET, &path).send().await.expect_error(404, 20404);
    other(Method::GET, &format!("{path}/Configuration/Webhooks")).send().await.expect_error(404, 20404);
    other(Method::DELETE, &path).send().await.expect_error(404, 20404);
    let list = other(Method::GET, "/v1/Services").send().await.expect(200);
    assert!(!list.body.to_string().contains(&service));
    instance.get(&path).await.expect(200);
}

#[tokio::test]
async fn the_404_of_a_missing_resource_quotes_the_path_without_the_version() {
    let instance = Instance::start().await;
    let service = "/v1/Services/IS00000000000000000000000000000000";
    assert_eq!(
        instance.get(service).await.expect_error(404, 20404),
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
        instance.get(path).await.expect_error(404, 20404);
    }
    instance.post("/v1/Nothing", &[]).await.expect_error(404, 20404);
    instance.delete(service).await.expect_error(404, 20404);
}

#[tokio::test]
async fn another_method_is_rejected_and_the_allowed_ones_are_named() {
    let instance = Instance::start().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let response = instance.request(method, "/v1/Services").send().await;
        assert_eq!(response.header("allow"), "GET, POST");
        response.expect_error(405, 20004);
    }
}

#[tokio::test]
async fn every_response_has_a_request_id_and_a_duration() {
    let instance = Instance::start().await;
    for path in ["/v1/Services", "/v1/Nothing"] {
        let response = instance.get(path).await;
        let id = response.header("twilio-request-id");
        assert!(id.len() == 34 && id.starts_with("RQ") && id[2..].bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        let duration = response.header("twilio-request-duration").parse::<f64>().unwrap();
        assert!((0.0..60.0).contains(&duration));
        assert_eq!(response.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_body_that_is_not_a_form_is_rejected() {
    let instance = Instance::start().await;
    let request = instance.request(Method::POST, "/v1/Services").header("content-type", "application/json");
    request.body("{\"FriendlyName\":\"x\"}").send().await.expect_error(400, 20001);
    let request = instance
        .request(Method::POST, "/v1/Services")
        .header("content-type", "Application/X-WWW-Form-urlencoded; charset=UTF-8");
    request.body("FriendlyName=x").send().await.expect(201);
}

#[tokio::test]
async fn a_body_beyond_a_megabyte_is_rejected() {
    let instance = Instance::start().await;
    let name = "x".repeat(2_000_000);
    instance.post("/v1/Services", &[("FriendlyName", &name)]).await.expect_error(413, 20001);
}

#[tokio::test]
async fn urls_in_responses_name_the_host_of_the_request() {
    let instance = Instance::start().await;
    let request =
        instance.request(Method::GET, "/v1/Configuration/Webhooks").header("host", "conversations.example:8080");
    assert_eq!(
        request.send().await.expect(200).text("url"),
        "http://conversations.example:8080/v1/Configuration/Webhooks"
    );
    let request = instance.request(Method::GET, "/v1/Configuration/Webhooks").header("host", "\"quoted\"");
    assert_eq!(request.send().await.text("url"), instance.url("/v1/Configuration/Webhooks"));
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
async fn emulators_share_no_state() {
    let (one, other) = (Instance::start().await, Instance::start().await);
    let service = one.service("one").await;
    other.get(&format!("/v1/Services/{service}")).await.expect_error(404, 20404);
}

#[tokio::test]
async fn invalid_settings_are_named_in_the_error() {
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
async fn a_strict_emulator_rejects_unknown_parameters() {
    let instance = Instance::of(Emulator::builder().refuse_unknown_fields(true)).await;
    let message =
        instance.post("/v1/Services", &[("FriendlyName", "x"), ("Colour", "red")]).await.expect_error(400, 20001);
    assert!(message.contains("Colour"), "{message}");
    assert!(instance.get("/v1/Services?Colour=red").await.expect_error(400, 20001).contains("Colour"));
    instance.get("/v1/Services?PageSize=5&Page=0").await.expect(200);
}
