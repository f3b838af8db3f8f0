//! Whether connections are encrypted, with each of the features that bring TLS and with none.

use crate::client::support::client;
#[cfg(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls"))]
use crate::client::support::quick_retry;

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

/// The server hangs up in the middle of the handshake: nothing of the request was sent, so a create is safe.
#[cfg(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn a_write_is_sent_again_when_the_handshake_fails() {
    use std::{io::Read, net::TcpListener};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hellos = std::thread::spawn(move || {
        [(); 4].map(|()| {
            let mut hello = [0; 1];
            listener.accept().unwrap().0.read_exact(&mut hello).unwrap();
            hello[0]
        })
    });
    let client = client(format!("https://localhost:{port}")).retry(quick_retry()).build().unwrap();
    let error = client.services().create("name").await.unwrap_err();
    assert_eq!((error.attempts(), error.is_retryable()), (4, true), "{error}");
    assert_eq!(hellos.join().unwrap(), [22; 4], "each began with a handshake record");
}

#[cfg(not(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls")))]
#[test]
fn without_tls_an_https_base_url_is_refused_with_the_remedy() {
    let error = client("https://conversations.twilio.com").build().unwrap_err().to_string();
    assert_eq!(
        error,
        "setting up the client: base URL begins with https://, and no TLS was built in: turn on the feature \
         rustls-ring, rustls or native-tls of twilio-conversations, or pass a reqwest::Client to http_client"
    );
    client("http://127.0.0.1").build().unwrap();
}

/// Whom a program trusts, which on Linux a variable says to all three backends.
#[cfg(all(target_os = "linux", any(feature = "rustls-ring", feature = "rustls", feature = "native-tls")))]
mod trust {
    use std::{path::PathBuf, process::Output, sync::Arc};

    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    };
    use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsAcceptor;
    use twilio_conversations::{Client, RetryPolicy};

    use crate::client::{
        example,
        support::{Answer, HOOK, SERVICE, Server, client},
    };

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    fn authority() -> Issuer {
        let mut params = CertificateParams::default();
        params.distinguished_name = name("an authority");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// Without names of their own all certificates have the same, and OpenSSL takes any of them for its own issuer.
    fn name(text: &str) -> DistinguishedName {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, text);
        name
    }

    /// A file with the authority's certificate, which is all that the program is to trust.
    fn file_of(issuer: &Issuer, name: &str) -> PathBuf {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.pem", std::process::id()));
        std::fs::write(&path, issuer.pem()).unwrap();
        path
    }

    /// Speaks TLS as `host` and hands what comes to the plain server. The answer is the port.
    async fn encrypted(server: &Server, issuer: &Issuer, host: &str) -> u16 {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.distinguished_name = name(host);
        let certificate = params.signed_by(&key, issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plain = server.url().strip_prefix("http://").unwrap().to_owned();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, plain) = (acceptor.clone(), plain.clone());
                tokio::spawn(async move {
                    let mut socket = acceptor.accept(socket).await?;
                    tokio::io::copy_bidirectional(&mut socket, &mut TcpStream::connect(plain).await?).await
                });
            }
        });
        port
    }

    /// `examples/documented_calls.rs` against the server behind TLS, as a process that trusts the authority in a file.
    async fn call(port: u16, trusted: PathBuf) -> Output {
        let mut command = example::command(format!("https://localhost:{port}"), Some(SERVICE));
        command.env("SSL_CERT_FILE", &trusted).env("SSL_CERT_DIR", "/nowhere");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        std::fs::remove_file(trusted).unwrap();
        output
    }

    #[tokio::test]
    async fn calls_go_through_tls_to_a_server_that_is_trusted() {
        let issuer = authority();
        let server = Server::always(Answer::json(200, HOOK));
        let port = encrypted(&server, &issuer, "localhost").await;
        let output = call(port, file_of(&issuer, "trusted")).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(server.requests().len(), 4);
    }

    /// A client that trusts this authority and no other.
    fn client_that_trusts(issuer: &Issuer, port: u16) -> Client {
        let certificate = reqwest::Certificate::from_pem(issuer.pem().as_bytes()).unwrap();
        let builder = client(format!("https://localhost:{port}")).retry(RetryPolicy::off());
        builder.configure_http(move |http| http.no_proxy().tls_certs_only([certificate.clone()])).build().unwrap()
    }

    #[tokio::test]
    async fn a_certificate_of_the_configured_http_client_is_trusted_and_no_other() {
        let issuer = authority();
        let server = Server::always(Answer::json(200, HOOK));
        let port = encrypted(&server, &issuer, "localhost").await;
        client_that_trusts(&issuer, port).configuration().webhooks().fetch().await.unwrap();
        let error = client_that_trusts(&authority(), port).configuration().webhooks().fetch().await.unwrap_err();
        assert!(error.to_string().contains("could not connect"), "{error}");
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_server_that_nobody_vouches_for_gets_no_request() {
        let server = Server::always(Answer::json(200, HOOK));
        let port = encrypted(&server, &authority(), "localhost").await;
        let output = call(port, file_of(&authority(), "untrusted")).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("could not connect"), "{said}");
        assert_eq!(server.requests().len(), 0);
    }

    #[tokio::test]
    async fn a_server_with_another_name_gets_no_request() {
        let issuer = authority();
        let server = Server::always(Answer::json(200, HOOK));
        let port = encrypted(&server, &issuer, "elsewhere.example").await;
        let output = call(port, file_of(&issuer, "other-name")).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("could not connect"), "{said}");
        assert_eq!(server.requests().len(), 0);
    }
}
