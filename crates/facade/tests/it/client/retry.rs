//! What is sent again.

use std::{
    future::IntoFuture,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::mpsc;
use twilio_conversations::{
    BoxFuture, Call, Client, Error, RetryCause, RetryPolicy, Transport, TransportError, bytes::Bytes, http,
};

use crate::client::support::{Answer, BASIC, HOOK, Server, quick_retry, service_sid};

const MANY: u16 = 429;

async fn fetch(client: &Client) -> Result<(), Error> {
    client.configuration().webhooks().fetch().await.map(drop)
}

async fn update(client: &Client) -> Result<(), Error> {
    client.configuration().webhooks().update().pre_webhook_url("https://example.com/").send().await.map(drop)
}

async fn delete(client: &Client) -> Result<(), Error> {
    client.service(service_sid()).delete().await.map(drop)
}

#[tokio::test]
async fn reads_are_sent_again_on_the_statuses_that_pass() {
    for status in [429, 502, 503, 504] {
        let server =
            Server::script([Answer::new(status, &[], ""), Answer::new(status, &[], ""), Answer::json(200, HOOK)]);
        fetch(&server.client().build().unwrap()).await.unwrap();
        assert_eq!(server.requests().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn deletes_are_sent_again_on_the_statuses_that_pass() {
    for status in [429, 502, 503, 504] {
        let server = Server::script([Answer::new(status, &[], ""), Answer::new(204, &[], "")]);
        delete(&server.client().build().unwrap()).await.unwrap();
        assert_eq!(server.requests().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn raw_requests_have_credentials_and_are_sent_again_if_their_method_is_idempotent() {
    for (method, status, requests) in [
        (http::Method::GET, 503, 2),
        (http::Method::PUT, 503, 2),
        (http::Method::DELETE, 503, 2),
        (http::Method::POST, 503, 1),
        (http::Method::PATCH, 503, 1),
        (http::Method::POST, 429, 2),
    ] {
        let server = Server::script([Answer::new(status, &[], ""), Answer::json(200, r#"{"sid": "TH1"}"#)]);
        let client = server.client().user_agent_product("app/1").build().unwrap();
        let outcome = client.request(method.clone(), "/v1/Things").send::<serde_json::Value>().await;
        assert_eq!(outcome.is_ok(), requests == 2, "{method}: {outcome:?}");
        assert_eq!(server.requests().len(), requests, "{method} after {status}");
        for request in server.requests() {
            assert_eq!(request.header("authorization"), Some(BASIC));
            assert!(request.header("user-agent").unwrap().starts_with("app/1 twilio-conversations/"));
        }
    }
}

#[tokio::test]
async fn a_raw_request_follows_the_retry_policy_of_its_client() {
    let server = Server::always(Answer::new(503, &[], ""));
    let client = server.client().build().unwrap().with_retry(RetryPolicy::off());
    let error = client.request(http::Method::GET, "/v1/Things").send_bytes().await.unwrap_err();
    assert_eq!((error.attempts(), server.requests().len()), (1, 1));
}

#[tokio::test]
async fn a_delete_that_was_done_the_first_time_can_be_told() {
    let server = Server::script([Answer::hang_up(), Answer::new(404, &[], "")]);
    let error = delete(&server.client().build().unwrap()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.as_api().unwrap().attempts(), 2);
    let server = Server::always(Answer::new(404, &[], ""));
    let error = delete(&server.client().build().unwrap()).await.unwrap_err();
    assert_eq!(error.as_api().unwrap().attempts(), 1);
}

#[tokio::test]
async fn writes_are_sent_again_on_429_only() {
    let server = Server::script([Answer::new(MANY, &[], ""), Answer::json(200, HOOK)]);
    update(&server.client().build().unwrap()).await.unwrap();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["PreWebhookUrl=https%3A%2F%2Fexample.com%2F"; 2]);

    for status in [502, 503, 504] {
        let server = Server::always(Answer::new(status, &[("Retry-After", "0")], ""));
        let client = server.client().build().unwrap();
        assert_eq!(update(&client).await.unwrap_err().status().unwrap().as_u16(), status);
        let create = client.services().create("name").send().await;
        assert_eq!(create.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(server.lines(), ["POST /v1/Configuration/Webhooks", "POST /v1/Services"]);
    }
}

#[tokio::test]
async fn other_statuses_are_final() {
    for status in [301, 400, 401, 403, 404, 408, 409, 500, 501] {
        let server = Server::always(Answer::new(status, &[("Retry-After", "0")], ""));
        let client = server.client().build().unwrap();
        assert_eq!(fetch(&client).await.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(delete(&client).await.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(update(&client).await.unwrap_err().status().unwrap().as_u16(), status);
        assert_eq!(server.requests().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn reads_and_deletes_are_sent_again_when_the_connection_fails() {
    for fault in [
        Answer::hang_up(),
        Answer::json(200, HOOK).cut_after(20),
        Answer::json(200, HOOK).cut_before_end(10),
        Answer::raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
        let server = Server::script([fault.clone(), Answer::json(200, HOOK), fault, Answer::new(204, &[], "")]);
        let client = server.client().build().unwrap();
        fetch(&client).await.unwrap();
        delete(&client).await.unwrap();
        assert_eq!(server.requests().len(), 4);
    }
}

#[tokio::test]
async fn writes_are_not_sent_again_when_the_connection_fails() {
    for fault in [Answer::hang_up(), Answer::json(200, HOOK).cut_after(20), Answer::json(200, HOOK).cut_before_end(10)]
    {
        let server = Server::always(fault);
        let error = update(&server.client().build().unwrap()).await.unwrap_err();
        let Error::Transport(error) = &error else { panic!("{error:?}") };
        assert_eq!(error.transport().attempts(), 1);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_tried_as_often_as_allowed() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = crate::client::support::client(format!("http://{address}")).retry(quick_retry()).build().unwrap();
    let error = fetch(&client).await.unwrap_err();
    let Error::Transport(error) = &error else { panic!("{error:?}") };
    assert!(error.transport().is_connect());
    assert_eq!(error.transport().attempts(), 4);
    for error in [update(&client).await, client.services().create("name").await.map(drop)] {
        let error = error.unwrap_err();
        assert_eq!(error.attempts(), 4, "nothing was sent, so a write is safe");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_not_tried_again() {
    /// Sends everything to where nothing can be sent.
    struct Astray(Arc<dyn Transport>);

    impl Transport for Astray {
        fn send(
            &self,
            mut request: http::Request<Bytes>,
            call: Call,
        ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
            *request.uri_mut() = http::Uri::from_static("http://1.2.3.256/");
            self.0.send(request, call)
        }
    }

    let server = Server::script([]);
    let retry = quick_retry().retry_writes(true).on_retry(|retry| panic!("again: {}", retry.cause));
    let client = server.client().retry(retry).wrap_transport(Astray).build().unwrap();
    for error in [fetch(&client).await, update(&client).await] {
        let error = error.unwrap_err();
        assert_eq!((error.attempts(), error.is_retryable()), (1, false), "{error}");
        assert!(error.to_string().contains("the request cannot be sent"), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn writes_are_sent_again_as_reads_where_the_application_says_so() {
    let faults = || [Answer::hang_up(), Answer::new(503, &[], ""), Answer::json(200, HOOK).cut_before_end(10)];
    let server = Server::script(faults().into_iter().chain([Answer::json(200, HOOK)]));
    update(&server.client().retry(quick_retry().retry_writes(true)).build().unwrap()).await.unwrap();
    assert_eq!(server.lines(), ["POST /v1/Configuration/Webhooks"; 4]);

    let server = Server::always(Answer::new(500, &[], ""));
    let client = server.client().retry(quick_retry().retry_writes(true)).build().unwrap();
    assert_eq!(update(&client).await.unwrap_err().attempts(), 1, "what is final for a read is final for a write");

    for fault in faults() {
        let server = Server::always(fault);
        let policy = quick_retry().retry_writes(true).retry_writes(false);
        assert_eq!(update(&server.client().retry(policy).build().unwrap()).await.unwrap_err().attempts(), 1);
    }
}

#[tokio::test]
async fn a_clone_can_have_a_policy_of_its_own() {
    let server = Server::always(Answer::new(503, &[], ""));
    let client = server.client().build().unwrap();
    let once = client.with_retry(RetryPolicy::off());
    assert_eq!(once.account_sid(), client.account_sid());
    assert_eq!(fetch(&once).await.unwrap_err().attempts(), 1);
    assert_eq!(fetch(&once.with_retry(quick_retry().max_attempts(3))).await.unwrap_err().attempts(), 3);
    assert_eq!(fetch(&client).await.unwrap_err().attempts(), 4);
    assert_eq!(server.requests().len(), 8);

    // It holds for all pages of a list.
    let page = r#"{"services": [], "meta": {"next_page_url": "/v1/Services?PageToken=2"}}"#;
    let server = Server::script([Answer::json(200, page), Answer::new(503, &[], "")]);
    let once = server.client().build().unwrap().with_retry(RetryPolicy::off());
    let error = once.services().list().await.unwrap().next().await.unwrap_err();
    assert_eq!((error.attempts(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn the_last_attempts_outcome_is_the_calls() {
    let server = Server::script([Answer::hang_up(), Answer::new(503, &[], ""), Answer::new(502, &[], "bad gateway")]);
    let client = server.client().retry(quick_retry().max_attempts(3)).build().unwrap();
    let error = fetch(&client).await.unwrap_err();
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!((error.status().as_u16(), &error.body()[..]), (502, &b"bad gateway"[..]));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn retries_can_be_switched_off() {
    let server = Server::always(Answer::new(MANY, &[("Retry-After", "0")], ""));
    let client = server.client().retry(RetryPolicy::off()).build().unwrap();
    assert!(fetch(&client).await.unwrap_err().is_rate_limited());
    assert!(update(&client).await.unwrap_err().is_rate_limited());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_hook_hears_of_each_retry_before_its_wait() {
    let server =
        Server::script([Answer::new(MANY, &[("Retry-After", "0")], ""), Answer::hang_up(), Answer::json(200, HOOK)]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = heard.clone();
    let retry = quick_retry().on_retry(move |retry| {
        let cause = match retry.cause {
            RetryCause::Status(status) => status.as_u16().to_string(),
            RetryCause::Transport(error) => format!("{:?}", error.kind()),
            _ => unreachable!(),
        };
        assert!(!retry.cause.to_string().is_empty());
        assert!(retry.delay <= Duration::from_millis(4));
        hear.lock().unwrap().push((retry.operation.id.clone(), retry.attempt, cause));
    });
    fetch(&server.client().retry(retry).build().unwrap()).await.unwrap();
    let expected =
        [(1, "429"), (2, "Request")].map(|(n, cause)| ("FetchConfigurationWebhook".into(), n, cause.to_owned()));
    assert_eq!(*heard.lock().unwrap(), expected);
}

/// The wait that is begun after this answer, if one is; the call is dropped then.
async fn delay_after(answer: Answer, retry: RetryPolicy) -> Option<Duration> {
    let server = Server::always(answer);
    let (told, mut delays) = mpsc::unbounded_channel();
    let retry = retry.on_retry(move |retry| told.send(retry.delay).unwrap());
    let client = server.client().retry(retry).build().unwrap();
    tokio::select! {
        biased;
        delay = delays.recv() => Some(delay.unwrap()),
        outcome = client.configuration().webhooks().fetch().into_future() => {
            outcome.unwrap_err();
            None
        }
    }
}

#[tokio::test]
async fn retry_after_in_seconds_is_the_wait() {
    for status in [429, 502, 503, 504] {
        let answer = Answer::new(status, &[("Retry-After", "17")], "");
        assert_eq!(delay_after(answer, RetryPolicy::default()).await, Some(Duration::from_secs(17)));
    }
}

#[tokio::test]
async fn retry_after_as_a_date_is_the_wait() {
    let date = httpdate(SystemTime::now() + Duration::from_secs(20));
    let answer = Answer::new(503, &[("Retry-After", &date)], "");
    let delay = delay_after(answer, RetryPolicy::default()).await.unwrap();
    assert!(delay > Duration::from_secs(10) && delay <= Duration::from_secs(20), "{delay:?}");

    let past = Answer::new(503, &[("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")], "");
    assert_eq!(delay_after(past, RetryPolicy::default()).await, Some(Duration::ZERO));
}

#[tokio::test]
async fn retry_after_is_really_waited_for() {
    let server = Server::script([Answer::new(MANY, &[("Retry-After", "1")], ""), Answer::json(200, HOOK)]);
    let begin = Instant::now();
    update(&server.client().build().unwrap()).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_beyond_the_cap_ends_the_call_and_is_told() {
    let answer = Answer::new(MANY, &[("Retry-After", "31")], "");
    assert_eq!(delay_after(answer.clone(), RetryPolicy::default()).await, None);
    let patient = RetryPolicy::default().max_retry_after(Duration::from_secs(31));
    assert_eq!(delay_after(answer.clone(), patient).await, Some(Duration::from_secs(31)));

    let server = Server::always(answer);
    let error = fetch(&server.client().build().unwrap()).await.unwrap_err();
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!(error.retry_after(), Some(Duration::from_secs(31)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_retry_after_that_cannot_be_read_is_no_wait_of_the_servers() {
    for value in ["soon", "-5", "NaN", "inf", "1e9", ""] {
        let answer = Answer::new(MANY, &[("Retry-After", value)], "");
        let delay = delay_after(answer, quick_retry()).await.unwrap();
        assert!(delay <= Duration::from_millis(1), "{value}: {delay:?}");
    }
}

#[tokio::test]
async fn a_retry_after_with_a_fraction_is_waited_for_to_the_millisecond() {
    for (value, millis) in [("1.5", 1500), ("0.2", 200), ("0.0", 0)] {
        let answer = Answer::new(MANY, &[("Retry-After", value)], "");
        assert_eq!(delay_after(answer, quick_retry()).await, Some(Duration::from_millis(millis)), "{value}");
    }
}

#[tokio::test]
async fn a_retry_after_too_large_to_hold_ends_the_call() {
    let answer = Answer::new(MANY, &[("Retry-After", "99999999999999999999999")], "");
    let patient = quick_retry().max_retry_after(Duration::MAX).budget(Duration::MAX);
    for retry in [quick_retry(), patient] {
        assert_eq!(delay_after(answer.clone(), retry).await, None);
    }
    let error = fetch(&Server::always(answer).client().build().unwrap()).await.unwrap_err();
    assert_eq!((error.retry_after(), error.attempts()), (Some(Duration::MAX), 1));
}

#[tokio::test]
async fn retry_after_counts_where_the_body_of_an_error_breaks_off() {
    for status in [429, 503] {
        let cut = |seconds| Answer::new(status, &[("Retry-After", seconds)], "{\"code\": 20429}").cut_before_end(5);
        assert_eq!(delay_after(cut("17"), quick_retry()).await, Some(Duration::from_secs(17)), "{status}");
        assert_eq!(delay_after(cut("31"), quick_retry()).await, None, "{status}");
        let error = fetch(&Server::always(cut("31")).client().build().unwrap()).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert_eq!((error.retry_after(), error.attempts()), (Some(Duration::from_secs(31)), 1), "{status}");
    }
    let success = Answer::new(200, &[("Retry-After", "17")], HOOK).cut_before_end(5);
    assert!(delay_after(success, quick_retry()).await.unwrap() <= Duration::from_millis(1));
}

#[tokio::test]
async fn waits_are_spread_from_zero_to_their_upper_end() {
    let policy = RetryPolicy::default().base_delay(Duration::from_secs(8)).max_delay(Duration::from_secs(8));
    let mut delays = Vec::new();
    for _ in 0..40 {
        delays.push(delay_after(Answer::new(503, &[], ""), policy.clone()).await.unwrap());
    }
    assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(8)), "{delays:?}");
    // Each fails once in a million runs, if the waits are spread evenly.
    assert!(delays.iter().any(|delay| *delay < Duration::from_millis(2350)), "{delays:?}");
    assert!(delays.iter().any(|delay| *delay > Duration::from_millis(5650)), "{delays:?}");
}

#[tokio::test]
async fn a_wait_that_would_end_beyond_the_budget_is_not_begun() {
    let policy = RetryPolicy::default().budget(Duration::from_secs(10));
    assert_eq!(delay_after(Answer::new(503, &[("Retry-After", "11")], ""), policy.clone()).await, None);
    assert_eq!(delay_after(Answer::new(503, &[("Retry-After", "9")], ""), policy).await, Some(Duration::from_secs(9)));
    let nothing = quick_retry().budget(Duration::ZERO);
    assert_eq!(delay_after(Answer::new(503, &[], ""), nothing).await, None);
}

#[tokio::test]
async fn the_budget_counts_all_attempts_together() {
    let server = Server::always(Answer::new(503, &[("Retry-After", "1")], ""));
    let policy = RetryPolicy::default().max_attempts(100).budget(Duration::from_millis(1900));
    fetch(&server.client().retry(policy).build().unwrap()).await.unwrap_err();
    assert_eq!(server.requests().len(), 2, "at 0 s and 1 s; 2 s is beyond");
}

fn httpdate(time: SystemTime) -> String {
    chrono::DateTime::<chrono::Utc>::from(time).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
