//! A client of the proxy: raw requests, tunnels, and requests within them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use twilio_conversations_emulator::Emulator;

use crate::support::ApiResponse;

/// Host and port of the proxy.
pub(super) fn address(emulator: &Emulator) -> String {
    emulator.proxy_url().unwrap().strip_prefix("http://").unwrap().to_owned()
}

/// Sends bytes to the proxy, and reads until it closes the connection.
pub(super) async fn raw(emulator: &Emulator, request: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(address(emulator)).await.unwrap();
    // The proxy may close the connection before it has read everything.
    let _ = stream.write_all(request.as_ref()).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

/// Basic credentials of the account.
pub(super) fn credentials(emulator: &Emulator) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", emulator.account_sid(), emulator.auth_token())))
}

/// Opens a tunnel through the proxy, without TLS.
pub(super) async fn connect(emulator: &Emulator, authority: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address(emulator)).await.unwrap();
    stream.write_all(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&head));
    stream
}

/// Does the TLS handshake in a tunnel, with a CA certificate that is trusted.
pub(super) async fn encrypt(
    stream: TcpStream,
    host: &str,
    ca_certificate: &str,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_certificate.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// A tunnel to a host, in which requests are sent one after the other.
pub(super) struct Tunnel {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    credentials: Option<String>,
}

impl Tunnel {
    pub(super) async fn new(emulator: &Emulator, host: &str) -> Self {
        let stream = connect(emulator, &format!("{host}:443")).await;
        let stream = encrypt(stream, host, emulator.ca_certificate().unwrap(), &[b"http/1.1"]).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { host: host.to_owned(), sender, credentials: Some(credentials(emulator)) }
    }

    /// Sends further requests without credentials.
    pub(super) fn anonymous(mut self) -> Self {
        self.credentials = None;
        self
    }

    pub(super) async fn get(&mut self, path: &str) -> ApiResponse {
        self.send(Request::get(path), "").await.unwrap()
    }

    pub(super) async fn post(&mut self, path: &str, form: &str) -> ApiResponse {
        self.send(Request::post(path), form).await.unwrap()
    }

    pub(super) async fn send(
        &mut self,
        request: hyper::http::request::Builder,
        form: &str,
    ) -> hyper::Result<ApiResponse> {
        let mut request = request.header(HOST, &self.host).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(credentials) = &self.credentials {
            request = request.header(AUTHORIZATION, credentials);
        }
        let request = request.body(Full::from(form.to_owned())).unwrap();
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(ApiResponse { status: parts.status.as_u16(), headers: parts.headers, body, bytes })
    }
}
