//! The token is sent, and shown nowhere.

use std::{fmt::Debug, sync::Arc};

use twilio_conversations::{Client, Error};

use crate::client::support::{Answer, BASIC, HOOK, NOT_FOUND, Server, TOKEN, client, quick_retry, service_sid};

fn assert_hidden(what: &str, text: &str) {
    for secret in [TOKEN, &BASIC["Basic ".len()..], &BASIC[60..]] {
        assert!(!text.contains(secret), "{what} shows the token: {text}");
    }
}

fn assert_hidden_in_debug(value: &impl Debug) {
    let what = std::any::type_name_of_val(value);
    assert_hidden(what, &format!("{value:?}"));
    assert_hidden(what, &format!("{value:#?}"));
}

/// In all that an error and its causes print.
fn assert_hidden_in_error(error: &Error) {
    assert_hidden_in_debug(error);
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        assert_hidden("an error", &format!("{error} {error:?}"));
        cause = error.source();
    }
}

#[test]
fn setting_up_shows_no_secret() {
    let builder = client("http://127.0.0.1:1");
    assert_hidden_in_debug(&builder);
    let client = builder.build().unwrap();
    assert_hidden_in_debug(&client);
    assert_hidden_in_debug(&*client);
    assert_hidden_in_debug(&Arc::new(client));
}

#[test]
fn base_urls_with_a_password_are_refused_and_not_shown() {
    let error = client(format!("http://user:{TOKEN}@127.0.0.1:1")).build().unwrap_err();
    assert!(matches!(error, Error::Config(_)));
    assert_hidden_in_error(&error);
    let error = client(format!("http://127.0.0.1:1/?token={TOKEN}")).build().unwrap_err();
    assert_hidden_in_error(&error);
    let error = client(format!("\u{7f}{TOKEN}")).build().unwrap_err();
    assert_hidden_in_error(&error);
}

/// A call that was made, whatever came of it.
async fn call(client: &Client) -> Option<Error> {
    let called = client.service(service_sid()).fetch().await;
    if let Ok(response) = &called {
        assert_hidden_in_debug(response);
    }
    called.err()
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    for answer in [
        Answer::json(404, NOT_FOUND),
        Answer::new(502, &[("Content-Type", "text/html")], "<html>"),
        Answer::json(200, "[]"),
        Answer::json(200, HOOK).cut_before_end(1),
        Answer::json(200, HOOK).cut_after(20),
        Answer::hang_up(),
        Answer::raw(b"no http\r\n\r\n"),
    ] {
        let server = Server::always(answer);
        let retry = quick_retry().on_retry(|retry| assert_hidden_in_debug(retry));
        let client = server.client().retry(retry).build().unwrap();
        assert_hidden_in_error(&call(&client).await.unwrap());
        assert!(server.requests().iter().all(|request| request.header("authorization") == Some(BASIC)));
    }
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(format!("http://{address}")).retry(quick_retry()).build().unwrap();
    assert_hidden_in_error(&call(&client).await.unwrap());
}

#[tokio::test]
async fn a_server_that_repeats_the_token_is_not_quoted_by_debug_or_display() {
    // A proxy's error page may echo the request's headers.
    for echo in [
        format!("<html>Authorization: {BASIC}</html>"),
        format!("\"Authorization: {BASIC}\""),
        format!("{{\"filters\": \"{BASIC}\"}}"),
    ] {
        for status in [200, 403] {
            let server = Server::always(Answer::new(status, &[("X-Echo", BASIC)], &echo));
            assert_hidden_in_error(&call(&server.client().build().unwrap()).await.unwrap());
        }
    }
}
