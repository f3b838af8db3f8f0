//! `TWILIO_AUTH_TOKEN=… cargo run --example receive_with_hyper --no-default-features --features webhook -- 8080`
//!
//! The receiver without a framework: hyper has the socket, and the verifier takes the parts of a request. One identity may
//! not become a participant; everything else is accepted.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free port.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::timeout;
use twilio_conversations::webhook::{Event, FromFields, Reply, Verifier};

fn respond(event: &Event) -> Reply {
    match event {
        Event::ParticipantAdd(participant) if participant.identity.as_deref() == Some("mallory") => Reply::reject(),
        _ => Reply::accept(),
    }
}

async fn receive(verifier: Verifier, request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match timeout(verifier.body_timeout(), Limited::new(body, verifier.body_limit()).collect()).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Ok(reject(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => return Ok(reject(StatusCode::REQUEST_TIMEOUT)),
    };
    let verified = match verifier.verify(&head.method, &head.uri, &head.headers, &body.to_bytes()) {
        Ok(verified) => verified,
        Err(error) => {
            eprintln!("{error}");
            return Ok(error.into());
        }
    };
    let Ok(event) = Event::from_fields(verified.into_fields()) else {
        return Ok(reject(StatusCode::UNPROCESSABLE_ENTITY));
    };
    Ok(respond(&event).into())
}

fn reject(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = env::var("TWILIO_AUTH_TOKEN").map_err(|_| "TWILIO_AUTH_TOKEN is not set")?;
    let mut verifier = Verifier::builder(token).plain_http(true);
    if let Ok(url) = env::var("PUBLIC_URL") {
        verifier = verifier.public_url(url);
    }
    let verifier = verifier.build()?;

    let port = env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let verifier = verifier.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| receive(verifier.clone(), request));
            let mut server = http1::Builder::new();
            // Limits of the time for the head and of the buffer of a connection.
            server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5)).max_buf_size(64 * 1024);
            if let Err(error) = server.serve_connection(TokioIo::new(socket), service).await {
                eprintln!("serving a connection: {error}");
            }
        });
    }
}
