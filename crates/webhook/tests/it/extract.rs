//! The axum extractors: through the router, and over a real socket.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRef;
use axum::http::{Request, StatusCode, Uri};
use axum::routing::{any, get, post};
use tower::ServiceExt;
use twilio_conversations_webhook::{
    Answer, Delivered, Fields, FromFields, MessageChange, Reply, Signed, SignedBody, SignedRejection, Signer, Verifier,
};

const PAIRS: [(&str, &str); 3] = [("EventType", "onMessageAdd"), ("Body", "café & co"), ("RetryCount", "2")];

fn signer() -> Signer {
    Signer::new("token").unwrap()
}

fn verifier() -> Verifier {
    Verifier::new("token").unwrap()
}

async fn echo(Signed(fields): Signed<Fields>) -> String {
    fields.get("Body").unwrap_or("none").to_owned()
}

fn app() -> Router {
    Router::new().route("/hooks", any(echo)).with_state(verifier())
}

/// As a server gets it: the target has no scheme and no host.
fn received(request: Request<Vec<u8>>) -> Request<Body> {
    let mut request = request.map(Body::from);
    let target: Uri = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
    *request.uri_mut() = target;
    request
}

async fn call(app: Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn a_signed_form_and_a_signed_get_request_reach_the_handler() {
    let form = signer().post_form("https://example.com/hooks?id=1", PAIRS).unwrap();
    assert_eq!(call(app(), received(form)).await, (StatusCode::OK, "café & co".to_owned()));
    let get = signer().get("https://example.com/hooks?id=1", PAIRS).unwrap();
    assert_eq!(call(app(), received(get)).await, (StatusCode::OK, "café & co".to_owned()));
}

/// A body of one piece for each byte, each with a buffer of its own; it ends early where too many are kept.
struct Crumbs {
    left: Vec<u8>,
    buffers: Arc<()>,
}

impl futures_core::Stream for Crumbs {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        struct Buffer([u8; 1], #[allow(dead_code, reason = "counted")] Arc<()>);
        impl AsRef<[u8]> for Buffer {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        let kept = Arc::strong_count(&self.buffers) - 1;
        let byte = if kept < 3 { self.left.pop() } else { None };
        Poll::Ready(byte.map(|byte| Ok(Bytes::from_owner(Buffer([byte], Arc::clone(&self.buffers))))))
    }
}

#[tokio::test]
async fn a_body_in_many_pieces_is_put_together_without_keeping_them() {
    let (parts, mut left) = signer().post_form("https://example.com/hooks", PAIRS).unwrap().into_parts();
    left.reverse();
    let crumbs = Crumbs { left, buffers: Arc::new(()) };
    let request = Request::from_parts(parts, Body::from_stream(crumbs));
    assert_eq!(call(app(), request).await, (StatusCode::OK, "café & co".to_owned()));
}

#[tokio::test]
async fn nested_routers_see_the_url_that_was_called() {
    let inner = Router::new().route("/hooks/{tenant}", post(echo));
    let app = Router::new().nest("/api", Router::new().nest("/twilio", inner)).with_state(verifier());
    let request = signer().post_form("https://example.com/api/twilio/hooks/7", PAIRS).unwrap();
    assert_eq!(call(app.clone(), received(request)).await.0, StatusCode::OK);
    let request = signer().post_form("https://example.com/hooks/7", PAIRS).unwrap();
    let mut request = received(request);
    *request.uri_mut() = "/api/twilio/hooks/7".parse().unwrap();
    assert_eq!(call(app, request).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn behind_a_proxy_the_public_url_or_the_forwarded_headers_count() {
    let request = || {
        let mut request = received(signer().post_form("https://example.com/hooks", PAIRS).unwrap());
        request.headers_mut().insert("host", "10.0.0.7:3000".parse().unwrap());
        request.headers_mut().insert("x-forwarded-host", "example.com".parse().unwrap());
        request.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
        request
    };
    let app = |verifier| Router::new().route("/hooks", post(echo)).with_state(verifier);
    let builder = || Verifier::builder("token");
    let trusting = builder().plain_http(true).trust_forwarded_headers(true).build().unwrap();
    assert_eq!(call(app(trusting), request()).await.0, StatusCode::OK);
    let public = builder().public_url("https://example.com/hooks").build().unwrap();
    assert_eq!(call(app(public), request()).await.0, StatusCode::OK);
    assert_eq!(call(app(verifier()), request()).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_verifier_may_be_a_part_of_the_state() {
    #[derive(Clone)]
    struct AppState(Verifier);
    impl FromRef<AppState> for Verifier {
        fn from_ref(state: &AppState) -> Self {
            state.0.clone()
        }
    }
    let app = Router::new().route("/hooks", post(echo)).with_state(AppState(verifier()));
    let request = signer().post_form("https://example.com/hooks", PAIRS).unwrap();
    assert_eq!(call(app, received(request)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn each_fault_has_its_status_and_repeats_nothing_of_the_request() {
    let form = || received(signer().post_form("https://example.com/hooks", [("Body", "pr1vate")]).unwrap());
    let mut missing = form();
    missing.headers_mut().remove("x-twilio-signature");
    let mut malformed = form();
    malformed.headers_mut().insert("x-twilio-signature", "pr1vate".parse().unwrap());
    let mut wrong = form();
    wrong.headers_mut().insert("x-twilio-signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap());
    let mut put = form();
    *put.method_mut() = axum::http::Method::PUT;
    for (request, status, text) in [
        (missing, StatusCode::BAD_REQUEST, "verifying a webhook: header x-twilio-signature is missing"),
        (malformed, StatusCode::BAD_REQUEST, "verifying a webhook: header x-twilio-signature is malformed"),
        (wrong, StatusCode::FORBIDDEN, "verifying a webhook: the signature does not match"),
        (put, StatusCode::METHOD_NOT_ALLOWED, "verifying a webhook: the method is not one that is accepted here"),
    ] {
        assert_eq!(call(app(), request).await, (status, text.to_owned()));
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_with_or_without_a_length() {
    let verifier = Verifier::builder("token").body_limit(100).build().unwrap();
    let app = Router::new().route("/hooks", post(echo)).with_state(verifier);
    let body = "x".repeat(85);
    let fits = signer().post_form("https://example.com/hooks", [("Body", body.as_str())]).unwrap();
    assert_eq!(call(app.clone(), received(fits)).await.0, StatusCode::OK);

    let body = "x".repeat(96);
    let large = || received(signer().post_form("https://example.com/hooks", [("Body", body.as_str())]).unwrap());
    assert_eq!(call(app.clone(), large()).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let mut announced = large();
    announced.headers_mut().insert("content-length", "101".parse().unwrap());
    // The length alone is enough: this body is never read to its end.
    *announced.body_mut() = Body::from_stream(Endless);
    assert_eq!(call(app.clone(), announced).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let mut endless = large();
    *endless.body_mut() = Body::from_stream(Endless);
    assert_eq!(call(app.clone(), endless).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let mut unsigned = large();
    unsigned.headers_mut().remove("x-twilio-signature");
    *unsigned.body_mut() = Body::from_stream(Endless);
    assert_eq!(call(app, unsigned).await.0, StatusCode::BAD_REQUEST);
}

struct Endless;

impl futures_core::Stream for Endless {
    type Item = Result<&'static str, std::convert::Infallible>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(Some(Ok("some bytes more")))
    }
}

#[tokio::test]
async fn fields_that_are_no_such_value_are_422_and_keep_their_cause() {
    #[derive(Debug)]
    struct Never;
    impl FromFields for Never {
        type Error = std::fmt::Error;

        fn from_fields(_: Fields) -> Result<Self, std::fmt::Error> {
            Err(std::fmt::Error)
        }
    }
    async fn handler(result: Result<Signed<Never>, SignedRejection>) -> Result<(), SignedRejection> {
        let rejection = result.unwrap_err();
        assert!(matches!(&rejection, SignedRejection::Fields(cause) if cause.is::<std::fmt::Error>()));
        assert!(std::error::Error::source(&rejection).is_some());
        Err(rejection)
    }
    let app = Router::new().route("/hooks", post(handler)).with_state(verifier());
    let request = signer().post_form("https://example.com/hooks", PAIRS).unwrap();
    let expected = "reading a webhook: the fields are not those of an event";
    assert_eq!(call(app, received(request)).await, (StatusCode::UNPROCESSABLE_ENTITY, expected.to_owned()));
}

#[tokio::test]
async fn a_json_body_is_had_raw_and_has_no_fields() {
    async fn raw(SignedBody(body): SignedBody) -> String {
        String::from_utf8(body.to_vec()).unwrap()
    }
    let app = Router::new().route("/raw", post(raw)).route("/hooks", post(echo)).with_state(verifier());
    let request = signer().post_json("https://example.com/raw", r#"{"a":1}"#).unwrap();
    assert_eq!(call(app.clone(), received(request)).await, (StatusCode::OK, r#"{"a":1}"#.to_owned()));
    let request = signer().post_json("https://example.com/hooks", r#"{"a":1}"#).unwrap();
    assert_eq!(call(app, received(request)).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_delivery_comes_with_its_token_and_its_count() {
    async fn handler(Delivered { event, delivery, .. }: Delivered<Fields>) -> String {
        let token = delivery.idempotency_token().map(|token| token.as_str().to_owned());
        format!("{} {token:?} {:?}", event.len(), delivery.retry_count())
    }
    let app = Router::new().route("/hooks", post(handler)).with_state(verifier());
    let mut request = received(signer().post_form("https://example.com/hooks", PAIRS).unwrap());
    request.headers_mut().insert("I-Twilio-Idempotency-Token", "1f0e".parse().unwrap());
    assert_eq!(call(app, request).await, (StatusCode::OK, "3 Some(\"1f0e\") Some(2)".to_owned()));
}

/// One request over a socket, as Twilio's own look on the wire, and the whole answer.
fn over_a_socket(address: std::net::SocketAddr, request: &Request<Vec<u8>>) -> String {
    let mut wire = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path_and_query().unwrap());
    for (name, value) in request.headers() {
        wire += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    wire += &format!("connection: close\r\ncontent-length: {}\r\n\r\n", request.body().len());
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all(wire.as_bytes()).unwrap();
    socket.write_all(request.body()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_server_on_a_socket_accepts_rejects_and_modifies() {
    async fn filter(Signed(fields): Signed<Fields>) -> Answer<MessageChange> {
        match fields.get("Body") {
            Some("spam") => Answer::reject(),
            Some(body) if body.contains("darn") => MessageChange::new().body(body.replace("darn", "****")).into(),
            _ => Answer::accept(),
        }
    }
    async fn archive(Signed(_): Signed<Fields>) -> Reply {
        Reply::accept()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let verifier = Verifier::builder("token").plain_http(true).build().unwrap();
    let app = Router::new().route("/pre", post(filter)).route("/post", get(archive).post(archive)).with_state(verifier);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let answers = tokio::task::spawn_blocking(move || {
        let url = |path: &str| format!("http://{address}{path}");
        let pre = |body| signer().post_form(&url("/pre"), [("EventType", "onMessageAdd"), ("Body", body)]).unwrap();
        let stranger = Signer::new("stranger").unwrap().post_form(&url("/pre"), PAIRS).unwrap();
        [pre("hello"), pre("spam"), pre("darn it"), stranger, signer().get(&url("/post"), PAIRS).unwrap()]
            .map(|request| over_a_socket(address, &request))
    });
    let [accepted, rejected, modified, stranger, archived] = answers.await.unwrap();
    assert!(accepted.starts_with("HTTP/1.1 200 OK\r\n") && accepted.ends_with("\r\n\r\n"), "{accepted}");
    assert!(rejected.starts_with("HTTP/1.1 403 "), "{rejected}");
    assert!(modified.contains("content-type: application/json\r\n"), "{modified}");
    assert!(modified.ends_with("\r\n\r\n{\"body\":\"**** it\"}"), "{modified}");
    assert!(stranger.starts_with("HTTP/1.1 403 ") && stranger.ends_with("the signature does not match"), "{stranger}");
    assert!(archived.starts_with("HTTP/1.1 200 OK\r\n"), "{archived}");
    server.abort();
}
