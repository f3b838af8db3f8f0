//! A proxy that ends TLS as the vendor's host, so that a program which knows no other host reaches an emulator.

use std::{path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

const HOST: &str = "conversations.twilio.com";

/// Starts the proxy, writes the certificate to trust into `file`, and returns the proxy's URL. A connection to another
/// host than the vendor's is rejected.
pub(crate) async fn start(emulator: &str, file: &Path) -> String {
    let issuer = authority();
    std::fs::write(file, issuer.pem()).unwrap();
    let acceptor = acceptor(&issuer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let plain = emulator.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, acceptor.clone(), plain.clone()));
        }
    });
    url
}

/// Reads the head of a CONNECT request, then copies what is inside TLS.
async fn serve(socket: TcpStream, acceptor: TlsAcceptor, plain: String) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if socket.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    if !head.starts_with(&format!("CONNECT {HOST}:443 ")) {
        return socket.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    }
    socket.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut inner = acceptor.accept(socket).await?;
    tokio::io::copy_bidirectional(&mut inner, &mut TcpStream::connect(plain).await?).await?;
    Ok(())
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
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

fn acceptor(issuer: &CertifiedIssuer<'static, KeyPair>) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
    params.distinguished_name = name(HOST);
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
