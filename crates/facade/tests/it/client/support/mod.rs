//! A scripted HTTP server on loopback, and a client for it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::sync::watch;
use twilio_conversations::{ClientBuilder, Credentials, RetryPolicy, ServiceSid};

pub(crate) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const TOKEN: &str = "s3cret-auth-token";
/// `ACCOUNT:TOKEN` as Basic authentication sends it.
pub(crate) const BASIC: &str = "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTpzM2NyZXQtYXV0aC10b2tlbg==";
pub(crate) const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(crate) fn service_sid() -> ServiceSid {
    SERVICE.parse().unwrap()
}

/// One answer of the script.
#[derive(Clone)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    KeepOpen,
    Close,
    /// Neither answer nor close: wait for the client to give up.
    Hang,
}

impl Answer {
    /// A complete answer with a JSON body.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::new(status, &[("Content-Type", "application/json")], body)
    }

    /// A complete answer; the length is added.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status} Reason\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        Self { bytes: format!("{head}\r\n{body}").into_bytes(), then: Then::KeepOpen }
    }

    /// The answer as far as `length` bytes, then the connection is closed.
    pub(crate) fn cut_after(mut self, length: usize) -> Self {
        self.bytes.truncate(length);
        self.then = Then::Close;
        self
    }

    /// The answer without its last `length` bytes, then the connection is closed.
    pub(crate) fn cut_before_end(self, length: usize) -> Self {
        let all = self.bytes.len();
        self.cut_after(all - length)
    }

    /// The answer without its last `length` bytes, and then nothing more.
    pub(crate) fn stall_before_end(self, length: usize) -> Self {
        Self { then: Then::Hang, ..self.cut_before_end(length) }
    }

    /// Nothing, for ever.
    pub(crate) fn silence() -> Self {
        Self { bytes: Vec::new(), then: Then::Hang }
    }

    /// The connection is closed without a byte.
    pub(crate) fn hang_up() -> Self {
        Self { bytes: Vec::new(), then: Then::Close }
    }

    /// These very bytes, then the connection is closed.
    pub(crate) fn raw(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), then: Then::Close }
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Value of a header that was sent once; names in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} was sent twice");
        value
    }

    /// Names and values of a form body, in order.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        assert_eq!(self.header("content-type"), Some("application/x-www-form-urlencoded"));
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// Answers requests in the order of its script, on any number of connections. Stopped on drop.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    script: Mutex<Script>,
    requests: Mutex<Vec<Request>>,
    seen: watch::Sender<usize>,
    closed: watch::Sender<usize>,
    connections: AtomicUsize,
    stopped: AtomicBool,
}

enum Script {
    InOrder(std::vec::IntoIter<Answer>),
    Always(Answer),
}

impl Server {
    /// One answer for each request. One request too many is answered with status 599.
    pub(crate) fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start(Script::InOrder(answers.into_iter().collect::<Vec<_>>().into_iter()))
    }

    /// The same answer for every request.
    pub(crate) fn always(answer: Answer) -> Self {
        Self::start(Script::Always(answer))
    }

    fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            requests: Mutex::default(),
            seen: watch::Sender::new(0),
            closed: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let for_thread = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if for_thread.stopped.load(Ordering::SeqCst) {
                    break;
                }
                for_thread.connections.fetch_add(1, Ordering::SeqCst);
                let shared = for_thread.clone();
                thread::spawn(move || {
                    // A client that goes away in the middle is what some tests are about.
                    let _ = shared.serve(stream.unwrap());
                    shared.closed.send_modify(|closed| *closed += 1);
                });
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A builder for a client of this server that does not wait long between attempts.
    pub(crate) fn client(&self) -> ClientBuilder {
        client(self.url()).retry(quick_retry())
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Method and target of each request so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// The only request.
    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.remove(0)
    }

    /// Waits until so many requests have come.
    pub(crate) async fn seen(&self, requests: usize) {
        self.shared.seen.subscribe().wait_for(|seen| *seen >= requests).await.unwrap();
    }

    /// Waits until so many connections are closed.
    pub(crate) async fn closed(&self, connections: usize) {
        self.shared.closed.subscribe().wait_for(|closed| *closed >= connections).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes the accepting thread
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(request) = read_request(&mut reader)? {
            self.requests.lock().unwrap().push(request);
            let answer = match &mut *self.script.lock().unwrap() {
                Script::InOrder(answers) => {
                    answers.next().unwrap_or_else(|| Answer::new(599, &[], "not in the script"))
                }
                Script::Always(answer) => answer.clone(),
            };
            self.seen.send_modify(|seen| *seen += 1);
            writer.write_all(&answer.bytes)?;
            match answer.then {
                Then::KeepOpen => {}
                Then::Close => break,
                Then::Hang => {
                    reader.read_to_end(&mut Vec::new())?;
                }
            }
        }
        Ok(())
    }
}

/// The next request; `None` when the client closed the connection.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, target, headers, body: String::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8(body).unwrap();
    Ok(Some(request))
}

/// A builder with the tests' credentials.
pub(crate) fn client(base_url: impl Into<String>) -> ClientBuilder {
    let credentials = Credentials::auth_token(ACCOUNT.parse().unwrap(), TOKEN).unwrap();
    ClientBuilder::new().credentials(credentials).base_url(base_url)
}

/// What an application brings along; with ring, reqwest leaves the choice of cryptography to it.
pub(crate) fn http_client_builder() -> reqwest::ClientBuilder {
    #[cfg(feature = "rustls-ring")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// As the default, with waits that a test can afford.
pub(crate) fn quick_retry() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(4))
}

/// The account's webhook configuration after the documentation's update.
pub(crate) const HOOK: &str = r#"{
    "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "pre_webhook_url": "https://example.com/filtering-and-permissions",
    "post_webhook_url": "https://example.com/archive-every-action",
    "method": "POST",
    "filters": ["onConversationUpdated", "onMessageRemoved"],
    "target": "webhook",
    "url": "https://conversations.twilio.com/v1/Configuration/Webhooks"
}"#;

pub(crate) const NOT_FOUND: &str = r#"{
    "code": 20404,
    "message": "The requested resource /Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa was not found",
    "more_info": "https://www.twilio.com/docs/errors/20404",
    "status": 404
}"#;
