//! The proxy: its tunnels, the hosts that it serves and rejects, its CA, and the programs that use it.

mod certificates;
mod cli;
mod client;
mod facade;
mod peers;
mod program;

use hyper::Request;
use twilio_conversations_emulator::{Emulator, Fault};

use self::client::{Tunnel, connect, credentials, encrypt, raw};
use crate::support::{Instance, Method};

const HOST: &str = "conversations.twilio.com";

async fn instance() -> Instance {
    Instance::of(Emulator::builder().proxy(0)).await
}

#[tokio::test]
async fn urls_in_responses_have_the_host_of_the_request() {
    let instance = instance().await;
    for host in [HOST, "conversations.us1.twilio.com", "conversations.dublin.ie1.twilio.com"] {
        let mut tunnel = Tunnel::new(&instance.emulator, host).await;
        let created = tunnel.post("/v1/Conversations", "FriendlyName=Order").await.expect(201);
        let sid = created.text("sid");
        let url = format!("https://{host}/v1/Conversations/{sid}");
        assert_eq!(created.text("url"), url);
        assert_eq!(created.body["links"]["messages"], format!("{url}/Messages"));
        tunnel.post("/v1/Conversations", "").await.expect(201);
        let page = tunnel.get("/v1/Conversations?PageSize=1").await.expect(200);
        let next = page.body["meta"]["next_page_url"].as_str().unwrap();
        let next = next.strip_prefix(&format!("https://{host}")).unwrap_or_else(|| panic!("{next}"));
        assert_eq!(tunnel.get(next).await.expect(200).body["conversations"].as_array().unwrap().len(), 1);
        // The emulator is also reached at its own port.
        assert_eq!(instance.get(&format!("/v1/Conversations/{sid}")).await.expect(200).text("friendly_name"), "Order");
    }
}

#[tokio::test]
async fn a_host_header_of_another_host_changes_nothing() {
    let instance = instance().await;
    let stream = connect(&instance.emulator, "conversations.twilio.com:443").await;
    let ca = instance.emulator.ca_certificate().unwrap();
    let mut stream = encrypt(stream, HOST, ca, &[]).await.unwrap();
    let login = credentials(&instance.emulator);
    let request = format!(
        "GET /v1/Services HTTP/1.1\r\nHost: evil.example\r\nAuthorization: {login}\r\nConnection: close\r\n\r\n"
    );
    let mut response = Vec::new();
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut response).await.unwrap();
    let response = String::from_utf8(response).unwrap();
    assert!(
        response.contains("https://conversations.twilio.com/v1/Services/") && !response.contains("evil"),
        "{response}"
    );
}

#[tokio::test]
async fn other_hosts_and_ports_are_rejected_at_once_with_a_message_that_names_them() {
    let instance = instance().await;
    for authority in
        ["api.twilio.com:443", "registry.npmjs.org:443", "conversations.twilio.com:80", "127.0.0.1:443", "[::1]:443"]
    {
        let response =
            raw(&instance.emulator, format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n")).await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
        assert!(response.contains("connection: close") && response.contains("content-type: text/plain"), "{response}");
        let text = format!(
            "\r\n\r\ntwilio-conversations-emulator: {authority} is not served: this proxy serves only \
             conversations.twilio.com, its edges and regions, and mcs.{{region}}.twilio.com\n"
        );
        assert!(response.ends_with(&text), "{response}");
    }
    let own = instance.emulator.base_url();
    for url in [
        "http://example.com/",
        "https://api.twilio.com/v1",
        "ftp://conversations.twilio.com/",
        "http://conversations.twilio.com:443/",
        own,
    ] {
        let response = raw(&instance.emulator, format!("GET {url} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert!(response.starts_with("HTTP/1.1 403 ") && response.contains(" is not served: "), "{url}: {response}");
    }
}

#[tokio::test]
async fn requests_in_absolute_form_are_served_with_encrypted_urls_in_the_response() {
    let instance = instance().await;
    let login = credentials(&instance.emulator);
    for url in
        ["http://conversations.twilio.com", "http://Conversations.Twilio.com:80", "https://conversations.twilio.com"]
    {
        let request = format!(
            "GET {url}/v1/Services?PageSize=1 HTTP/1.1\r\nHost: evil.example\r\nAuthorization: {login}\r\n\
             Connection: close\r\n\r\n"
        );
        let response = raw(&instance.emulator, request).await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        assert!(response.contains("\"url\":\"https://conversations.twilio.com/v1/Services/"), "{response}");
        assert!(response.contains("https://conversations.twilio.com/v1/Services?PageSize=1&Page=0"), "{response}");
    }
    let response =
        raw(&instance.emulator, "GET http://conversations.twilio.com HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
}

#[tokio::test]
async fn the_control_api_and_the_inspector_are_not_behind_the_vendors_hosts() {
    let instance = instance().await;
    let frozen = "/_emulator/clock";
    for host in [HOST, "mcs.us1.twilio.com"] {
        let mut tunnel = Tunnel::new(&instance.emulator, host).await;
        for path in ["/_emulator", "/_emulator/", "/_emulator/deliveries", "/_emulator/news", frozen] {
            tunnel.get(path).await.expect_error(404, 20404);
        }
        tunnel.post(frozen, "Freeze=true").await.expect_error(404, 20404);
        tunnel.post("/_emulator/as/alice/v1/Conversations", "").await.expect_error(404, 20404);
    }
    let mut tunnel = Tunnel::new(&instance.emulator, HOST).await.anonymous();
    tunnel.post(frozen, "Freeze=true").await.expect_error(401, 20003);
    let login = credentials(&instance.emulator);
    let request = format!(
        "POST http://conversations.twilio.com/_emulator/clock HTTP/1.1\r\nAuthorization: {login}\r\n\
         Content-Length: 11\r\nConnection: close\r\n\r\nFreeze=true"
    );
    let response = raw(&instance.emulator, request).await;
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
    assert_eq!(instance.bare(Method::GET, frozen).send().await.expect(200).body["frozen"], false);
}

#[tokio::test]
async fn the_media_host_has_no_resources_of_conversations() {
    let instance = instance().await;
    let mut tunnel = Tunnel::new(&instance.emulator, "mcs.us1.twilio.com").await;
    let sid = instance.service("shop").await;
    for path in ["/", "/v1/Services", "/v1/Conversations", &format!("/v1/Services/{sid}")] {
        let message = tunnel.get(path).await.expect_error(404, 20404);
        assert!(message.contains("was not found"), "{message}");
    }
    tunnel.get(&format!("/v1/Services/{sid}/Media/ME00000000000000000000000000000000")).await.expect(404);
}

#[tokio::test]
async fn requests_that_are_not_for_a_proxy_are_explained() {
    let instance = instance().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /v1/Conversations HTTP/1.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
    ] {
        let response = raw(&instance.emulator, request).await;
        assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("this is an HTTP proxy"), "{response}");
    }
    let request = "GET /ca.pem HTTP/1.1\r\nConnection: close\r\n\r\n";
    let response = raw(&instance.emulator, request).await;
    assert_eq!(response.split_once("\r\n\r\n").unwrap().1, instance.emulator.ca_certificate().unwrap());
}

#[tokio::test]
async fn malformed_and_oversized_heads_are_rejected() {
    let instance = instance().await;
    let many = "X: y\r\n".repeat(200);
    let large = format!("X: {}\r\n", "y".repeat(17 * 1024));
    for (request, status) in [
        ("\0\0\0\0\r\n\r\n".to_owned(), "400"),
        ("CONNECT / HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT http://conversations.twilio.com/ HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT https://conversations.twilio.com:443 HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT conversations.twilio.com HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT conversations.twilio.com: HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT conversations.twilio.com:x HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT conversations.twilio.com:70000 HTTP/1.1\r\n\r\n".to_owned(), "400"),
        ("CONNECT a@conversations.twilio.com:443 HTTP/1.1\r\n\r\n".to_owned(), "403"),
        ("CONNECT conversations.twilio.com:443 HTTP/9\r\n\r\n".to_owned(), "400"),
        (format!("CONNECT {}:443 HTTP/1.1\r\n\r\n", "a".repeat(20_000)), "4"),
        (format!("CONNECT conversations.twilio.com:443 HTTP/1.1\r\n{many}\r\n"), "431"),
        (format!("CONNECT conversations.twilio.com:443 HTTP/1.1\r\n{large}\r\n"), "431"),
    ] {
        let response = raw(&instance.emulator, &request).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{request:.60}: {response}");
    }
    Tunnel::new(&instance.emulator, HOST).await.get("/v1/Services").await.expect(200);
}

#[tokio::test]
async fn a_tunnel_has_tls_and_http_1_only() {
    let instance = instance().await;
    let ca = instance.emulator.ca_certificate().unwrap();
    let mut plain = connect(&instance.emulator, "conversations.twilio.com:443").await;
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET /v1/Services HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut response = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut response).await;
    assert!(!response.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&response));

    let stream = connect(&instance.emulator, "conversations.twilio.com:443").await;
    assert!(encrypt(stream, HOST, ca, &[b"h2"]).await.is_err(), "HTTP/2 is not spoken");
    let stream = connect(&instance.emulator, "conversations.twilio.com:443").await;
    assert!(encrypt(stream, "api.twilio.com", ca, &[]).await.is_err(), "the certificate is for the tunnel's host only");
    let stranger = self::instance().await;
    let stream = connect(&instance.emulator, "conversations.twilio.com:443").await;
    let foreign = stranger.emulator.ca_certificate().unwrap();
    assert!(encrypt(stream, HOST, foreign, &[]).await.is_err(), "each emulator has a CA of its own");
    Tunnel::new(&instance.emulator, HOST).await.get("/v1/Services").await.expect(200);
}

#[tokio::test]
async fn limits_and_faults_of_the_api_hold_in_a_tunnel() {
    let fault: Fault = "cut:CreateRole".parse().unwrap();
    let instance = Instance::of(Emulator::builder().proxy(0).fault(fault)).await;
    let mut tunnel = Tunnel::new(&instance.emulator, HOST).await;
    let large = format!("FriendlyName={}", "x".repeat(1024 * 1024));
    tunnel.post("/v1/Conversations", &large).await.expect_error(413, 20001);
    let mut tunnel = Tunnel::new(&instance.emulator, HOST).await;
    assert!(tunnel.send(Request::post("/v1/Roles"), "").await.is_err(), "the connection is cut");
    let mut tunnel = Tunnel::new(&instance.emulator, HOST).await;
    for number in 0..100 {
        tunnel.post("/v1/Conversations", &format!("UniqueName=number-{number}")).await.expect(201);
    }
}

#[tokio::test]
async fn stopping_closes_tunnels_and_the_port() {
    let instance = instance().await;
    let mut tunnel = Tunnel::new(&instance.emulator, HOST).await;
    tunnel.get("/v1/Services").await.expect(200);
    let idle = connect(&instance.emulator, "conversations.twilio.com:443").await;
    let address = client::address(&instance.emulator);
    instance.emulator.stop().await;
    assert!(tunnel.send(Request::get("/v1/Services"), "").await.is_err());
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    let mut idle = idle;
    assert_eq!(tokio::io::AsyncReadExt::read(&mut idle, &mut [0; 8]).await.unwrap_or_default(), 0);
}
