//! Calls a resource that nobody has, at the address that is its argument.

use std::{
    future::Future,
    io::{Read, Write},
    net::TcpStream,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::Request;
use twilio_conversations_client::{
    BoxFuture, Call, Client, Transport, TransportError, TransportErrorKind, types::{LibrarySid, ServiceSid, event::{Event, EventObject}, v1::EventType},
};

/// One connection for each request, read to its end.
struct Plain;

impl Transport for Plain {
    fn send(&self, request: Request<Bytes>, _: Call) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let answer = exchange(&request).map_err(|error| TransportError::new(TransportErrorKind::Request, error));
        Box::pin(std::future::ready(answer))
    }
}

fn exchange(request: &Request<Bytes>) -> Result<http::Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let (uri, body) = (request.uri(), request.body());
    let mut stream = TcpStream::connect(uri.authority().ok_or("no authority")?.as_str())?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), uri.path_and_query().ok_or("no path")?);
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str()?));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no end of the headers")?;
    let status: u16 = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    Ok(http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes()))?)
}

/// The transport never waits for anything but the socket, which it does in `send`.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

async fn calls(address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(address, Plain)?;
    let sid: ServiceSid = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?;
    let service = client.service(&sid);

    let made = service.libraries().create("North & South").topics(["maps", "tides"]).webhook_enabled(true).await?;
    println!("created {}, {}, {:?}, {:?}", made.name, made.label.unwrap_or_default(), made.topics, made.colour);
    let own: Option<LibrarySid> = made.sid;
    println!("its SID is {}", own.ok_or("no SID")?);

    let found = service.library("north/south é").fetch().await?;
    println!("fetched {}, {:?}", found.name, found.topics);

    let quiet = client.with_default_header("x-twilio-webhook-enabled".parse()?, "false".parse()?);
    let changed = quiet.service(&sid).library("north").update().clear_topics().await?;
    println!("updated {}, {:?}", changed.name, changed.topics);

    let mut names = Vec::new();
    let mut libraries = service.libraries().list().page_size(2).topic(["maps", "tides"]).stream();
    while let Some(library) = libraries.try_next().await? {
        names.push(library.name);
    }
    println!("listed {}", names.join(" "));

    let gone = service.library("north").delete().send_with_response().await?;
    println!("deleted with status {}", gone.status().as_u16());

    match service.library("gone").fetch().await {
        Ok(found) => println!("found {}", found.name),
        Err(error) => println!("refused: {error}"),
    }
    Ok(())
}

/// An event of the resource, which its file alone describes.
fn event() -> Result<(), Box<dyn std::error::Error>> {
    let fields = [("EventType", "onLibraryAdded"), ("LibrarySid", "QLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")];
    let Event::LibraryAdded(event) = Event::from_pairs(fields)? else { return Err("another event".into()) };
    let event_type = EventType::LibraryAdded;
    println!(
        "received {}, about a {:?}, as a filter of services {}, as a pre-event {}",
        event.library_sid.ok_or("no SID")?,
        event_type.object().unwrap_or(EventObject::User),
        EventType::SERVICE_EVENTS.contains(&event_type),
        EventType::PRE_EVENTS.contains(&event_type)
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    event()?;
    run(calls(&std::env::args().nth(1).ok_or("usage: made-up-program ADDRESS")?))
}
