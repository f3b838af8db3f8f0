//! Setting up a client, from the environment and from code.

use std::{
    collections::HashMap,
    env::VarError,
    ffi::OsString,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use twilio_conversations::{
    Attempts, BoxFuture, Call, Client, ClientBuilder, Credentials, Error, RetryPolicy, Transport, TransportError,
    TransportErrorKind,
    bytes::Bytes,
    chrono::{DateTime, Utc},
    http,
};

use crate::client::support::{ACCOUNT, Answer, BASIC, HOOK, Server, TOKEN, client, http_client_builder, service_sid};

const KEY: &str = "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

type Vars<'a> = &'a [(&'a str, &'a str)];

fn from_vars(vars: Vars<'_>) -> Result<ClientBuilder, Error> {
    let vars: HashMap<_, _> = vars.iter().copied().collect();
    ClientBuilder::from_vars(|name| vars.get(name).map(|value| (*value).to_owned()).ok_or(VarError::NotPresent))
}

/// Base URL of the client that these variables, beside an account and its token, set up.
fn base_url(vars: Vars<'_>) -> String {
    let vars = [&[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", TOKEN)], vars].concat();
    // Its own HTTP client, so that the test passes without TLS built in and without certificates.
    let http = http_client_builder().build().unwrap();
    from_vars(&vars).unwrap().http_client(http).build().unwrap().base_url().to_owned()
}

fn refused(vars: Vars<'_>) -> String {
    let error = from_vars(vars).and_then(|builder| builder.build()).unwrap_err();
    assert!(matches!(error, Error::Config(_)), "{error:?}");
    for (_, value) in vars.iter().filter(|(_, value)| !value.is_empty()) {
        assert!(!format!("{error} {error:?} {error:#?}").contains(value), "{error:?} shows a value");
    }
    error.to_string().strip_prefix("setting up the client: ").unwrap().to_owned()
}

#[test]
fn edge_and_region_build_the_host() {
    assert_eq!(base_url(&[]), "https://conversations.twilio.com");
    assert_eq!(base_url(&[("TWILIO_EDGE", "dublin")]), "https://conversations.dublin.us1.twilio.com");
    assert_eq!(base_url(&[("TWILIO_REGION", "us1")]), "https://conversations.us1.twilio.com");
    let both = [("TWILIO_EDGE", "dublin"), ("TWILIO_REGION", "us1")];
    assert_eq!(base_url(&both), "https://conversations.dublin.us1.twilio.com");
}

#[test]
fn a_base_url_stands_above_edge_and_region() {
    let local = ("TWILIO_CONVERSATIONS_BASE_URL", "http://127.0.0.1:4010/");
    assert_eq!(base_url(&[local, ("TWILIO_EDGE", "dublin")]), "http://127.0.0.1:4010");
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let empty = [
        ("TWILIO_EDGE", ""),
        ("TWILIO_REGION", ""),
        ("TWILIO_CONVERSATIONS_BASE_URL", ""),
        ("TWILIO_API_KEY", ""),
        ("TWILIO_API_SECRET", ""),
    ];
    assert_eq!(base_url(&empty), "https://conversations.twilio.com");
    assert_eq!(refused(&[("TWILIO_ACCOUNT_SID", "")]), "TWILIO_ACCOUNT_SID is not set");
}

#[tokio::test]
async fn the_environments_credentials_are_sent() {
    let server = Server::always(Answer::json(200, HOOK));
    let url = server.url();
    let account = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_CONVERSATIONS_BASE_URL", url.as_str())];
    let token = [("TWILIO_AUTH_TOKEN", TOKEN)];
    let key = [("TWILIO_API_KEY", KEY), ("TWILIO_API_SECRET", "hush")];
    for vars in [[&account[..], &token].concat(), [&account[..], &key].concat(), [&account[..], &token, &key].concat()]
    {
        let client = from_vars(&vars).unwrap().build().unwrap();
        assert_eq!(client.account_sid().unwrap(), ACCOUNT);
        client.configuration().webhooks().fetch().await.unwrap();
    }
    let sent: Vec<_> = server.requests().iter().map(|r| r.header("authorization").unwrap().to_owned()).collect();
    let by_key = "Basic U0tiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYjpodXNo";
    assert_eq!(sent, [BASIC, by_key, by_key], "a key is used rather than the token");
}

/// What the process itself inherited can only be tried in a process that was given it.
#[tokio::test]
async fn the_processs_own_environment_is_read() {
    const CHILD: &str = "TEST_IN_CHILD_PROCESS";
    if std::env::var_os(CHILD).is_some() {
        Client::from_env().unwrap().configuration().webhooks().fetch().await.unwrap();
        return;
    }
    let server = Server::always(Answer::json(200, HOOK));
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "client::setup::the_processs_own_environment_is_read"])
        .env_clear()
        .env(CHILD, "1")
        .env("TWILIO_ACCOUNT_SID", ACCOUNT)
        .env("TWILIO_AUTH_TOKEN", TOKEN)
        .env("TWILIO_CONVERSATIONS_BASE_URL", server.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(server.request().header("authorization"), Some(BASIC));
}

#[test]
fn what_is_missing_is_named() {
    let account = ("TWILIO_ACCOUNT_SID", ACCOUNT);
    assert_eq!(refused(&[]), "TWILIO_ACCOUNT_SID is not set");
    assert_eq!(refused(&[("TWILIO_REGION", "us1")]), "TWILIO_ACCOUNT_SID is not set");
    assert_eq!(refused(&[("TWILIO_API_KEY", KEY)]), "TWILIO_ACCOUNT_SID is not set");
    assert_eq!(refused(&[("TWILIO_API_SECRET", "hush")]), "TWILIO_ACCOUNT_SID is not set");
    assert_eq!(refused(&[("TWILIO_AUTH_TOKEN", TOKEN)]), "TWILIO_ACCOUNT_SID is not set");
    assert_eq!(refused(&[account]), "TWILIO_AUTH_TOKEN is not set, nor are TWILIO_API_KEY and TWILIO_API_SECRET");
    assert_eq!(refused(&[account, ("TWILIO_API_KEY", KEY)]), "TWILIO_API_SECRET is not set, but TWILIO_API_KEY is");
    assert_eq!(
        refused(&[account, ("TWILIO_AUTH_TOKEN", TOKEN), ("TWILIO_API_SECRET", "hush")]),
        "TWILIO_API_KEY is not set, but TWILIO_API_SECRET is"
    );
}

#[test]
fn the_environment_may_leave_the_credentials_to_the_code() {
    let http = http_client_builder().build().unwrap();
    let credentials = Credentials::auth_token(ACCOUNT.parse().unwrap(), TOKEN).unwrap();
    let builder = from_vars(&[("TWILIO_EDGE", "dublin"), ("TWILIO_REGION", "us1"), ("TWILIO_AUTH_TOKEN", "")]).unwrap();
    let client = builder.http_client(http).credentials(credentials.clone()).build().unwrap();
    assert_eq!(client.base_url(), "https://conversations.dublin.us1.twilio.com");
    assert_eq!(client.account_sid().unwrap(), ACCOUNT);

    // Half of them is a mistake, whatever the code would have set.
    for half in [
        &[("TWILIO_ACCOUNT_SID", ACCOUNT)][..],
        &[("TWILIO_AUTH_TOKEN", TOKEN)],
        &[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_API_KEY", KEY)],
    ] {
        assert!(matches!(from_vars(half).unwrap_err(), Error::Config(_)), "{half:?}");
    }
}

#[test]
fn a_base_url_that_cannot_be_called_is_refused_by_its_setting() {
    let vars = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", TOKEN)];
    for bad in ["http://1.2.3.256", "http://xn--a.localhost", "http://hidden.1:4010/prefix"] {
        let error = client(bad).allow_plain_http(true).build().unwrap_err();
        assert_eq!(error.to_string(), "setting up the client: base URL cannot be called");
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(&bad["http://".len()..]), "{error:?}");
        let vars = [&vars[..], &[("TWILIO_CONVERSATIONS_BASE_URL", bad)]].concat();
        let error = from_vars(&vars).unwrap().allow_plain_http(true).build().unwrap_err().to_string();
        assert_eq!(error, "setting up the client: TWILIO_CONVERSATIONS_BASE_URL cannot be called");
    }
}

#[test]
fn what_is_malformed_is_named_and_not_shown() {
    let bad_account = "is not an account's SID: expected AC and 32 hexadecimal digits";
    for bad in ["ACab", TOKEN, KEY, " ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ACgggggggggggggggggggggggggggggggg"] {
        let vars = [("TWILIO_ACCOUNT_SID", bad), ("TWILIO_AUTH_TOKEN", "hush")];
        assert_eq!(refused(&vars), format!("TWILIO_ACCOUNT_SID {bad_account}"));
    }
    let account = [("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", TOKEN)];
    let with = |name, value| refused(&[&account[..], &[(name, value)]].concat());
    let key = "TWILIO_API_KEY is not an API key's SID: expected SK and 32 hexadecimal digits";
    assert_eq!(with("TWILIO_API_KEY", "my-key"), key);
    let label = "is not one part of a host name: expected letters, digits and hyphens";
    assert_eq!(with("TWILIO_EDGE", "evil.example/x"), format!("TWILIO_EDGE {label}"));
    assert_eq!(with("TWILIO_REGION", "us1."), format!("TWILIO_REGION {label}"));
    for (bad, problem) in [
        ("not a url", "is not a URL"),
        ("127.0.0.1:4010", "does not begin with http:// or https://"),
        ("ftp://127.0.0.1", "does not begin with http:// or https://"),
        ("http://user:pass@127.0.0.1", "holds a user name or password; credentials have settings of their own"),
        ("http://127.0.0.1/?a=b", "has a query or fragment"),
    ] {
        assert_eq!(with("TWILIO_CONVERSATIONS_BASE_URL", bad), format!("TWILIO_CONVERSATIONS_BASE_URL {problem}"));
    }
}

#[test]
fn a_variable_that_is_not_unicode_is_named() {
    for name in ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET", "TWILIO_EDGE"] {
        let error = ClientBuilder::from_vars(|asked| match asked {
            asked if asked == name => Err(VarError::NotUnicode(OsString::from("hush"))),
            "TWILIO_ACCOUNT_SID" => Ok(ACCOUNT.to_owned()),
            "TWILIO_AUTH_TOKEN" => Ok(TOKEN.to_owned()),
            _ => Err(VarError::NotPresent),
        })
        .unwrap_err();
        assert_eq!(error.to_string(), format!("setting up the client: {name} is not valid Unicode"));
        assert!(!format!("{error:?}").contains("hush"));
    }
}

#[test]
fn a_builder_without_credentials_says_so() {
    let error = Client::builder().base_url("http://127.0.0.1").build().unwrap_err();
    assert_eq!(error.to_string(), "setting up the client: credentials are missing");
}

#[test]
fn credentials_are_not_sent_in_clear_text_over_a_network_unless_that_is_allowed() {
    for url in ["http://conversations.twilio.com", "http://emulator:4010", "http://10.0.0.1"] {
        let error = client(url).build().unwrap_err().to_string();
        assert_eq!(
            error,
            "setting up the client: base URL begins with http:// and names another machine: the credentials would be \
             sent in clear text; use https://, or set allow_plain_http"
        );
        assert_eq!(client(url).allow_plain_http(true).build().unwrap().base_url(), url);
        client(url).allow_plain_http(true).allow_plain_http(false).build().unwrap_err();
    }
    for url in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"] {
        client(url).build().unwrap();
    }
    let vars = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_CONVERSATIONS_BASE_URL", "http://emulator:4010"),
    ];
    assert!(refused(&vars).starts_with("TWILIO_CONVERSATIONS_BASE_URL begins with http:// and names another machine"));
}

#[test]
fn settings_from_code_are_checked_too() {
    let credentials = Credentials::auth_token(ACCOUNT.parse().unwrap(), TOKEN).unwrap();
    let builder = || Client::builder().credentials(credentials.clone());
    let error = builder().edge("a.b").build().unwrap_err().to_string();
    assert!(error.starts_with("setting up the client: edge is not one part of a host name"), "{error}");
    let error = builder().region("").build().unwrap_err().to_string();
    assert!(error.starts_with("setting up the client: region is not one part of a host name"), "{error}");
    let error = client("http://127.0.0.1").user_agent_product("my\napp").build().unwrap_err().to_string();
    assert_eq!(error, "setting up the client: user agent product does not fit in a header");
}

#[test]
fn a_builder_that_is_printed_shows_no_password_of_its_base_url() {
    let builder = client("http://user:hidden@127.0.0.1:4010");
    assert!(!format!("{builder:?} {builder:#?}").contains("hidden"));
    assert!(!format!("{:?}", builder.build().unwrap_err()).contains("hidden"));
    assert!(format!("{:?}", client("http://127.0.0.1:4010")).contains("127.0.0.1:4010"));
}

/// Counts calls, and marks each request.
struct Counted(Arc<dyn Transport>, &'static str, Arc<AtomicUsize>);

impl Transport for Counted {
    fn send(
        &self,
        mut request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        assert!(!request.headers().contains_key("authorization"), "credentials are the inner transport's business");
        request.headers_mut().insert("x-trail", http::HeaderValue::from_static(self.1));
        self.2.fetch_add(1, Ordering::Relaxed);
        self.0.send(request, call)
    }
}

#[tokio::test]
async fn a_transport_around_the_built_in_one_sees_each_call_once() {
    let server = Server::script([Answer::new(503, &[], ""), Answer::json(200, HOOK)]);
    let count = Arc::new(AtomicUsize::new(0));
    let counted = |name| {
        let count = count.clone();
        move |inner| Counted(inner, name, count.clone())
    };
    let client = server.client().wrap_transport(counted("inner")).wrap_transport(counted("outer")).build().unwrap();
    let answer = client.configuration().webhooks().fetch().send_with_response().await.unwrap();
    assert_eq!((answer.attempts(), count.load(Ordering::Relaxed)), (2, 2));
    for request in server.requests() {
        assert_eq!((request.header("authorization"), request.header("x-trail")), (Some(BASIC), Some("inner")));
    }
}

#[tokio::test]
async fn a_clone_can_report_to_webhooks_while_the_others_do_not() {
    let message = r#"{"sid": "IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    let server = Server::always(Answer::json(201, message));
    let quiet = server.client().build().unwrap();
    let reported = quiet.with_webhook_enabled(true);
    assert_eq!(reported.account_sid(), quiet.account_sid());
    for client in [&quiet, &reported, &reported.with_webhook_enabled(false)] {
        client.conversation("orders").messages().create().body("hi").await.unwrap();
    }
    let headers: Vec<_> =
        server.requests().iter().map(|r| r.header("x-twilio-webhook-enabled").map(str::to_owned)).collect();
    assert_eq!(headers, [None, Some("true".to_owned()), Some("false".to_owned())]);
}

/// Needs no crate but this one, and so fits whichever versions this one is built with.
#[tokio::test]
async fn a_transport_can_be_written_with_what_this_crate_gives() {
    struct Canned;

    impl Transport for Canned {
        fn send(
            &self,
            request: http::Request<Bytes>,
            _: Call,
        ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
            let has_policy = request.extensions().get::<RetryPolicy>().is_some();
            Box::pin(async move {
                if has_policy {
                    let mut half = http::Response::new(Bytes::from_static(b"{"));
                    half.headers_mut().insert("twilio-request-id", http::HeaderValue::from_static("RQ1"));
                    let error = TransportError::new(TransportErrorKind::Body, "cut");
                    return Err(error.with_partial_response(half).with_attempts(2));
                }
                let body = r#"{"sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "date_created": "2026-01-02T03:04:05Z"}"#;
                let mut answer = http::Response::new(Bytes::from(body));
                answer.extensions_mut().insert(Attempts(3));
                Ok(answer)
            })
        }
    }

    let client = Client::with_transport("http://localhost", Canned).unwrap();
    let service = client.service(service_sid()).fetch().send_with_response().await.unwrap();
    assert_eq!(service.attempts(), 3);
    let expected: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!(service.date_created, Some(expected));

    let error = client.with_retry(RetryPolicy::off()).service(service_sid()).fetch().await.unwrap_err();
    assert_eq!((error.attempts(), error.request_id()), (2, Some("RQ1")));
}

/// The same fact is stated where the header is set, where webhooks are received, and in the specification.
#[test]
fn all_descriptions_of_the_webhook_header_agree() {
    let fact = "Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls \
                post-event webhooks, and whether it calls pre-event webhooks is not documented.";
    let plain = |text: &str| text.replace("///", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    for (text, count) in [
        (include_str!("../../../src/builder.rs"), 1),
        (include_str!("../../../src/client.rs"), 1),
        (include_str!("../../../../webhook/README.md"), 1),
        (include_str!("../../../../emulator/src/builder.rs"), 1),
        (include_str!("../../../../../spec/v1/conversation_message.yaml"), 1),
        (include_str!("../../../../../spec/v1/service_user.yaml"), 1),
    ] {
        let text = plain(text);
        assert_eq!(text.matches(fact).count(), count, "{}", &text[..200]);
        assert_eq!(text.matches("reported to webhooks").count(), 0);
    }
}
