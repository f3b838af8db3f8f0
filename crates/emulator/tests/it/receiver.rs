//! A receiver of webhooks, which records the calls and sends configurable responses.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use twilio_conversations::webhook::{Event, FromFields as _, Verifier};

use crate::support::Instance;

/// A received webhook call.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// A response: status, body, and the delay before it.
#[derive(Clone, Debug)]
pub(crate) struct HookResponse {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

/// Returns the response to a webhook call. It can be changed while the receiver runs.
type Responder = Arc<Mutex<Box<dyn FnMut(&Hook) -> HookResponse + Send>>>;

/// A running receiver.
pub(crate) struct Receiver {
    pub(crate) url: String,
    came: mpsc::UnboundedReceiver<Hook>,
    reply: Responder,
    task: JoinHandle<()>,
}

impl HookResponse {
    pub(crate) fn of(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), delay: Duration::ZERO }
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let (sender, came) = mpsc::unbounded_channel();
        let reply: Responder = Arc::new(Mutex::new(Box::new(|_| HookResponse::of(200, ""))));
        let responder = reply.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (sender, responder) = (sender.clone(), responder.clone());
                tokio::spawn(async move {
                    let service = service_fn(|request: Request<hyper::body::Incoming>| async {
                        let hook = Hook::read(request).await;
                        let reply = (responder.lock().unwrap())(&hook);
                        let _ = sender.send(hook);
                        tokio::time::sleep(reply.delay).await;
                        let mut response = Response::new(Full::new(Bytes::from(reply.body)));
                        *response.status_mut() = reply.status.try_into().unwrap();
                        Ok::<_, Infallible>(response)
                    });
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, came, reply, task }
    }

    pub(crate) fn responds(&self, reply: impl FnMut(&Hook) -> HookResponse + Send + 'static) {
        *self.reply.lock().unwrap() = Box::new(reply);
    }

    /// The next webhook call, within 10 seconds.
    #[track_caller]
    pub(crate) fn next(&mut self) -> impl Future<Output = Hook> {
        let location = std::panic::Location::caller();
        async move {
            let next = tokio::time::timeout(Duration::from_secs(10), self.came.recv()).await;
            next.unwrap_or_else(|_| panic!("no webhook came, awaited at {location}")).unwrap()
        }
    }

    /// The names of the next events.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(self.next().await.field("EventType").to_owned());
        }
        events
    }

    /// The calls that were received and not read yet.
    pub(crate) fn rest(&mut self) -> Vec<Hook> {
        std::iter::from_fn(|| self.came.try_recv().ok()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hook {
    async fn read(request: Request<hyper::body::Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let encoded = if parts.method == "GET" { parts.uri.query().unwrap_or_default() } else { &body };
        let fields = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        let target = parts.uri.path_and_query().unwrap().to_string();
        Self { method: parts.method.to_string(), target, headers: parts.headers, body, fields }
    }

    /// The event, verified and parsed by the facade's receiver, which must know all fields.
    #[track_caller]
    pub(crate) fn event(&self, instance: &Instance) -> Event {
        let verifier = Verifier::builder(instance.emulator.auth_token()).plain_http(true).build().unwrap();
        let (method, uri) = (self.method.parse().unwrap(), self.target.parse().unwrap());
        let verified = verifier.verify(&method, &uri, &self.headers, self.body.as_bytes()).unwrap();
        let event = Event::from_fields(verified.into_fields()).unwrap();
        assert_eq!(unknown_to_the_facade(&event), [], "{event:?}");
        event
    }

    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no field {name} in {:?}", self.fields))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// Fields that the event's type does not have.
fn unknown_to_the_facade(event: &Event) -> &[(String, String)] {
    macro_rules! others {
        ($($name:ident)+) => {
            match event {
                $(Event::$name(event) => &event.other,)+
                other => panic!("{other:?} is an event that the facade does not know"),
            }
        };
    }
    others!(
        ConversationAdd ConversationAdded ConversationUpdate ConversationUpdated ConversationRemove ConversationRemoved
        ConversationStateUpdated MessageAdd MessageAdded MessageUpdate MessageUpdated MessageRemove MessageRemoved
        DeliveryUpdated ParticipantAdd ParticipantAdded ParticipantUpdate ParticipantUpdated ParticipantRemove
        ParticipantRemoved UserAdded UserUpdate UserUpdated
    )
}
