//! Requests of webhooks and pages that the control API rejects, the headers of its responses, and CORS of the API.

use std::time::Duration;

use twilio_conversations_emulator::Emulator;

use crate::support::{ApiResponse, Instance, Method};

const CONTROL_PATHS: [(Method, &str); 8] = [
    (Method::GET, "/_emulator"),
    (Method::GET, "/_emulator/clock"),
    (Method::GET, "/_emulator/deliveries"),
    (Method::POST, "/_emulator/clock"),
    (Method::POST, "/_emulator/messages"),
    (Method::POST, "/_emulator/nothing"),
    (Method::PUT, "/_emulator/snapshot"),
    (Method::GET, "/_emulator/as/alice/v1/Services"),
];

#[tokio::test]
async fn signed_requests_are_rejected_by_the_control_api() {
    let instance = Instance::start().await;
    for (method, path) in CONTROL_PATHS {
        let request = instance.bare(method, path).header("X-Twilio-Signature", "").form(&[("AccountSid", "x")]);
        let message = request.send().await.expect_error(403, 20403);
        assert!(message.contains("X-Twilio-Signature") && message.contains("no webhook may call it"), "{message}");
    }
    // The REST API takes credentials, and ignores the header.
    instance.request(Method::GET, "/v1/Services").header("X-Twilio-Signature", "x").send().await.expect(200);
}

#[tokio::test]
async fn a_webhook_to_the_control_api_fails_once_and_does_not_loop() {
    let instance = Instance::of(Emulator::builder().retries(0, Duration::ZERO)).await;
    let conversation = instance.create("/v1/Conversations", &[]).await;
    let path = format!("/v1/Conversations/{conversation}");
    instance.post(&format!("{path}/Participants"), &[("Identity", "alice")]).await.expect(201);
    // Each such call writes a message, which would cause the next call.
    let loops = instance.url(&format!("/_emulator/as/alice{path}/Messages"));
    let form = [("Target", "webhook"), ("Configuration.Url", &*loops), ("Configuration.Method", "POST")];
    let filters = [("Configuration.Filters", "onMessageAdded")];
    instance.post(&format!("{path}/Webhooks"), &[&form[..], &filters].concat()).await.expect(201);
    instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", "first")]).await.expect(201);
    instance.emulator.settle().await.unwrap();
    let deliveries = instance.emulator.deliveries().unwrap();
    assert_eq!(deliveries.iter().map(|delivery| delivery.status).collect::<Vec<_>>(), [Some(403)]);
}

#[track_caller]
fn check_headers(response: &ApiResponse, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(response.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{what}: {name}");
    }
    let policies: Vec<_> = response.headers.get_all("content-security-policy").iter().collect();
    assert!(policies.iter().any(|policy| policy.to_str().unwrap().contains("frame-ancestors 'none'")), "{policies:?}");
}

#[tokio::test]
async fn every_control_response_forbids_framing_storing_and_guessing_its_type() {
    let instance = Instance::start().await;
    for (method, path) in CONTROL_PATHS {
        let response = instance.bare(method.clone(), path).send().await;
        check_headers(&response, &format!("{method} {path}: {}", response.status));
        let response = instance.bare(method.clone(), path).header("Origin", "http://evil.example").send().await;
        check_headers(&response, &format!("{method} {path} from elsewhere"));
        response.expect(403);
    }
    let too_long = instance.bare(Method::POST, "/_emulator/clock").body(vec![b'x'; 2_000_000]);
    if let Ok(response) = too_long.try_send().await {
        check_headers(&response.expect(413), "too long");
    }
}

const CORS: [(&str, &str); 6] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "GET, POST, DELETE, OPTIONS"),
    (
        "access-control-allow-headers",
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, \
         Idempotency-Key",
    ),
    ("access-control-expose-headers", "ETag"),
    ("access-control-allow-credentials", "true"),
    ("vary", "Origin"),
];

#[tokio::test]
async fn local_pages_may_call_the_api() {
    let instance = Instance::of(Emulator::builder().allow_host("app.example")).await;
    for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080", "http://app.example"] {
        let preflight = instance.bare(Method::OPTIONS, "/v1/Conversations").header("Origin", origin);
        let preflight = preflight
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .send()
            .await
            .expect(200);
        let created =
            instance.request(Method::POST, "/v1/Conversations").header("Origin", origin).form(&[]).send().await;
        let rejected = instance.bare(Method::GET, "/v1/Conversations").header("Origin", origin).send().await;
        for (response, status) in [(preflight, 200), (created, 201), (rejected, 401)] {
            for (name, value) in CORS {
                assert_eq!(response.header(name), value, "{origin}");
            }
            response.expect(status);
        }
    }
}

#[tokio::test]
async fn pages_of_other_sites_and_requests_without_an_origin_get_no_cors_headers() {
    let instance = Instance::start().await;
    for origin in ["http://evil.example", "null", "http://localhost.evil.example", "localhost", ""] {
        let preflight = instance.bare(Method::OPTIONS, "/v1/Conversations").header("Origin", origin);
        let preflight = preflight.header("Access-Control-Request-Method", "POST").send().await.expect(401);
        let response = instance.request(Method::GET, "/v1/Services").header("Origin", origin).send().await.expect(200);
        for (name, _) in CORS {
            assert!(!preflight.headers.contains_key(name) && !response.headers.contains_key(name), "{origin}: {name}");
        }
    }
    assert!(!instance.get("/v1/Services").await.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn control_responses_never_have_cors_headers() {
    let instance = Instance::start().await;
    let origin = instance.emulator.base_url().to_owned();
    for (method, path) in CONTROL_PATHS.into_iter().chain([(Method::OPTIONS, "/_emulator/clock")]) {
        let request = instance.bare(method, path).header("Origin", &origin);
        let response = request.header("Access-Control-Request-Method", "POST").send().await;
        assert!(!response.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn an_upload_has_a_size_from_0_on() {
    let instance = Instance::start().await;
    for size in ["-5", "-1", "1.5", "x", "99999999999999999999"] {
        let response = instance.bare(Method::POST, "/_emulator/media").form(&[("Size", size)]).send().await;
        assert!(response.expect_error(400, 20001).contains("Size"), "{size}");
    }
    for size in ["0", "5"] {
        instance.bare(Method::POST, "/_emulator/media").form(&[("Size", size)]).send().await.expect(200);
    }
}

#[tokio::test]
async fn other_recipients_are_bounded_and_different() {
    let instance = Instance::start().await;
    let others: Vec<String> = (0..51).map(|index| format!("writer{index}@mail.example")).collect();
    let send = async |others: &[String]| {
        let mut form = vec![("From", "first@mail.example"), ("To", "ours@mail.example"), ("Body", "x")];
        form.extend(others.iter().map(|other| ("OtherRecipients", other.as_str())));
        instance.bare(Method::POST, "/_emulator/messages/inbound").form(&form).send().await
    };
    send(&others[..50]).await.expect(200);
    assert!(send(&others).await.expect_error(400, 20001).contains("more than 50"));
    for twice in ["first@mail.example", "ours@mail.example", "writer0@mail.example"] {
        let others = [others[0].clone(), twice.to_owned()];
        assert!(send(&others).await.expect_error(400, 20001).contains("twice"), "{twice}");
    }
}
