//! A server on a loopback port that writes down what it is asked and answers as it is told.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;
use tokio::sync::watch;
use twilio_conversations_client::Client;

/// What came in, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// The header's only value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} came twice: {:?}", self.headers);
        value
    }
}

/// What goes out.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Whole {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// These bytes, and then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing, until the caller has gone.
    Never,
}

impl Answer {
    pub(crate) fn json(value: &Value) -> Self {
        Self::status(200, value.to_string())
    }

    pub(crate) fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Whole { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

pub(crate) struct Server {
    pub base_url: String,
    log: Arc<Mutex<Vec<Request>>>,
    seen: watch::Receiver<usize>,
}

impl Server {
    /// Begins to serve. It ends with the process.
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (sender, seen) = watch::channel(0);
        let shared = (log.clone(), sender, answer);
        let shared = Arc::new(shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), shared.clone());
                thread::spawn(move || {
                    let (log, sender, answer) = &*shared;
                    // A caller may go whenever it likes.
                    _ = serve(&stream, |request| {
                        let given = answer(&request);
                        log.lock().unwrap().push(request);
                        sender.send_modify(|seen| *seen += 1);
                        given
                    });
                });
            }
        });
        Self { base_url, log, seen }
    }

    /// Gives these answers, one after the other, and then fails the test.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Mutex::new(answers.into_iter().collect::<Vec<_>>().into_iter());
        Self::start(move |request| {
            let answer = answers.lock().unwrap().next();
            answer.unwrap_or_else(|| Answer::status(599, format!("no answer is left for {}", request.target)))
        })
    }

    pub(crate) fn client(&self) -> Client {
        // Whatever proxy the machine is set up with has no place here.
        let http = crate::server::http_client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Client::new(&self.base_url, http).unwrap()
    }

    /// What came in since the last time.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// The only request that came in since the last time.
    #[track_caller]
    pub(crate) fn take_one(&self) -> Request {
        let mut requests = self.take();
        assert_eq!(requests.len(), 1, "expected one request, got {requests:#?}");
        requests.remove(0)
    }

    /// The targets of what came in since the last time.
    pub(crate) fn take_targets(&self) -> Vec<String> {
        self.take().into_iter().map(|request| request.target).collect()
    }

    /// Waits until so many requests have come in since the start.
    pub(crate) async fn seen(&self, count: usize) {
        self.seen.clone().wait_for(|seen| *seen >= count).await.unwrap();
    }
}

/// Answers the requests of one connection, one after the other.
fn serve(stream: &TcpStream, mut answer: impl FnMut(Request) -> Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        let mut stream = stream;
        match answer(request) {
            Answer::Whole { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} X\r\n");
                if status != 204 {
                    head.push_str(&format!("content-length: {}\r\n", body.len()));
                }
                headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
                stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
            }
            Answer::Raw(bytes) => return stream.write_all(&bytes),
            Answer::Never => {
                _ = reader.read(&mut [0])?;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
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
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, target, headers, body: String::from_utf8(body).unwrap() }))
}

/// A builder for the HTTP client of a test. Other packages of the workspace may turn on reqwest's TLS without a provider,
/// and then no client can be built before there is one.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
