//! `TWILIO_AUTH_TOKEN=… cargo run --example receive_with_hyper --no-default-features --features webhook -- 8080`
//!
//! The receiver without a framework: bytes in, answer out. hyper has the socket; the receiver itself takes the parts of
//! a request as any server has them. Participants are let in, but for one identity; the rest is accepted.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free one.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::convert::Infallible;
use std::env;
use std::error::Error;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use twilio_conversations::webhook::{Event, FromFields, Reply, Verifier};

fn answer(event: &Event) -> Reply {
    match event {
        Event::ParticipantAdd(participant) if participant.identity.as_deref() == Some("mallory") => Reply::reject(),
        _ => Reply::accept(),
    }
}

async fn receive(verifier: Verifier, request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, verifier.body_limit()).collect().await else {
        return Ok(refuse(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let verified = match verifier.verify(&head.method, &head.uri, &head.headers, &body.to_bytes()) {
        Ok(verified) => verified,
        Err(error) => {
            eprintln!("{error}");
            return Ok(error.into());
        }
    };
    let Ok(event) = Event::from_fields(verified.into_fields()) else {
        return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY));
    };
    Ok(answer(&event).into())
}

fn refuse(status: StatusCode) -> Response<String> {
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
            if let Err(error) = server.timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service).await {
                eprintln!("serving a connection: {error}");
            }
        });
    }
}
