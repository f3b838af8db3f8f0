//! Whether connections are encrypted, with each of the features that bring TLS and with none.

use crate::client::support::client;

#[cfg(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn an_https_base_url_is_spoken_to_in_tls() {
    use std::{io::Read, net::TcpListener};

    use twilio_conversations::{Error, RetryPolicy};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let hello = std::thread::spawn(move || {
        let mut hello = [0; 6];
        listener.accept().unwrap().0.read_exact(&mut hello).unwrap();
        hello
    });
    let client = client(format!("https://localhost:{}", address.port())).retry(RetryPolicy::off()).build().unwrap();
    let error = client.configuration().webhooks().fetch().await.unwrap_err();
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert!(error.transport().is_connect(), "{error:?}");
    let hello = hello.join().unwrap();
    assert_eq!((hello[0], hello[1], hello[5]), (22, 3, 1), "a handshake record that begins with a ClientHello");
}

#[cfg(not(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls")))]
#[test]
fn without_tls_an_https_base_url_is_refused_with_the_remedy() {
    let error = client("https://conversations.twilio.com").build().unwrap_err().to_string();
    assert_eq!(
        error,
        "setting up the client: base URL begins with https://, and no TLS was built in: turn on the feature \
         rustls-ring, rustls or native-tls of twilio-conversations, or bring a reqwest::Client along"
    );
    client("http://127.0.0.1").build().unwrap();
}
