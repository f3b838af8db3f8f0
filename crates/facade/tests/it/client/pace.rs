//! What all clones of a client share: the requests in flight, and the pause after a status 429.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
};
use twilio_conversations::{Client, ClientBuilder, Error, RetryPolicy};

use crate::client::support::{HOOK, client};

/// A server on loopback that counts what it has in work, and holds each request until the test lets it go.
struct Gate {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// How many requests may go yet.
    open: Semaphore,
    /// Requests so far.
    seen: watch::Sender<usize>,
    in_work: AtomicUsize,
    most_in_work: AtomicUsize,
    /// Responds to so many requests with 429, for a second from the first one.
    limited: bool,
    refused: AtomicUsize,
    limited_until: std::sync::OnceLock<Instant>,
}

impl Gate {
    async fn start(limited: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            open: Semaphore::new(0),
            seen: watch::Sender::new(0),
            in_work: AtomicUsize::new(0),
            most_in_work: AtomicUsize::new(0),
            limited,
            refused: AtomicUsize::new(0),
            limited_until: std::sync::OnceLock::new(),
        });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = accepting.clone();
                tokio::spawn(async move { _ = shared.serve(stream).await });
            }
        });
        Self { url, shared }
    }

    fn client(&self) -> ClientBuilder {
        client(&self.url).retry(RetryPolicy::default().base_delay(Duration::from_millis(50)))
    }

    fn let_go(&self, requests: usize) {
        self.shared.open.add_permits(requests);
    }

    async fn seen(&self, requests: usize) {
        self.shared.seen.subscribe().wait_for(|seen| *seen >= requests).await.unwrap();
    }

    fn refused(&self) -> usize {
        self.shared.refused.load(SeqCst)
    }

    fn most_in_work(&self) -> usize {
        self.shared.most_in_work.load(SeqCst)
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                if stream.read_line(&mut line).await? == 0 {
                    return Ok(());
                }
            }
            let in_work = self.in_work.fetch_add(1, SeqCst) + 1;
            self.most_in_work.fetch_max(in_work, SeqCst);
            self.seen.send_modify(|seen| *seen += 1);
            self.open.acquire().await.unwrap().forget();
            self.in_work.fetch_sub(1, SeqCst);
            stream.write_all(self.response().as_bytes()).await?;
        }
    }

    fn response(&self) -> String {
        let second = Duration::from_secs(1);
        if self.limited && Instant::now() < *self.limited_until.get_or_init(|| Instant::now() + second) {
            self.refused.fetch_add(1, SeqCst);
            return "HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{HOOK}", HOOK.len())
    }
}

async fn fetch(client: Client) -> Result<(), Error> {
    client.configuration().webhooks().fetch().await.map(drop)
}

fn fetch_often(client: &Client, calls: usize) -> JoinSet<Result<(), Error>> {
    (0..calls).map(|_| fetch(client.clone())).collect()
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_the_limit() {
    let gate = Gate::start(false).await;
    let calls = fetch_often(&gate.client().max_in_flight(3).build().unwrap(), 20);
    for done in 0..20 {
        gate.seen((done + 3).min(20)).await;
        gate.let_go(1);
    }
    calls.join_all().await.into_iter().for_each(Result::unwrap);
    assert_eq!(gate.most_in_work(), 3);
}

#[tokio::test]
async fn requests_are_unlimited_unless_set() {
    let gate = Gate::start(false).await;
    let calls = fetch_often(&gate.client().build().unwrap(), 20);
    gate.seen(20).await;
    gate.let_go(20);
    calls.join_all().await.into_iter().for_each(Result::unwrap);
    assert_eq!(gate.most_in_work(), 20);
}

#[tokio::test]
async fn clones_with_other_settings_share_the_limit() {
    let gate = Gate::start(false).await;
    let client = gate.client().max_in_flight(1).build().unwrap();
    let mut calls = fetch_often(&client.with_timeout(Duration::from_secs(20)), 3);
    calls.spawn(fetch(client.with_retry(RetryPolicy::off())));
    for done in 1..=4 {
        gate.seen(done).await;
        gate.let_go(1);
    }
    calls.join_all().await.into_iter().for_each(Result::unwrap);
    assert_eq!(gate.most_in_work(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_queue_or_frees_its_slot() {
    let gate = Gate::start(false).await;
    let client = gate.client().max_in_flight(1).build().unwrap();
    let first = tokio::spawn(fetch(client.clone()));
    gate.seen(1).await;
    {
        let mut waiting = Box::pin(fetch(client.clone()));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there is no slot"),
            () = std::future::ready(()) => {}
        }
    }
    let third = tokio::spawn(fetch(client.clone()));
    first.abort();
    // The slot of the dropped call is the third's; its request was read, but its connection is gone.
    gate.seen(2).await;
    gate.let_go(2);
    third.await.unwrap().unwrap();
    assert_eq!(*gate.shared.seen.borrow(), 2, "the call that was dropped in the queue was never sent");
}

#[tokio::test]
async fn the_time_in_the_queue_counts_for_neither_timeout_nor_budget() {
    let gate = Gate::start(true).await;
    let retry = RetryPolicy::default().base_delay(Duration::ZERO).budget(Duration::from_millis(1500));
    let client = gate.client().max_in_flight(1).timeout(Duration::from_secs(30)).retry(retry).build().unwrap();
    // The first call holds the slot for two seconds; the second is retried all the same.
    let first = tokio::spawn(fetch(client.with_retry(RetryPolicy::off())));
    gate.seen(1).await;
    let short = client.with_timeout(Duration::from_millis(1500));
    let mut second = Box::pin(fetch(short));
    tokio::select! {
        _ = &mut second => panic!("there is no slot"),
        () = tokio::time::sleep(Duration::from_secs(2)) => {}
    }
    gate.let_go(3);
    assert!(first.await.unwrap().unwrap_err().is_rate_limited());
    second.await.unwrap();
}

#[tokio::test]
async fn a_call_that_waits_for_its_retry_holds_no_slot() {
    let gate = Gate::start(true).await;
    let (told, mut retries) = mpsc::unbounded_channel();
    let policy = RetryPolicy::default().on_retry(move |_| told.send(()).unwrap());
    let client = gate.client().max_in_flight(1).retry(policy).build().unwrap();
    gate.let_go(1);
    let first = tokio::spawn(fetch(client.clone()));
    retries.recv().await.unwrap();
    // A call that waits for no pause is sent while the first one waits.
    let second = tokio::spawn(fetch(client.with_retry(RetryPolicy::off())));
    gate.seen(2).await;
    assert!(!first.is_finished());
    gate.let_go(2);
    first.await.unwrap().unwrap();
    assert!(second.await.unwrap().is_err_and(|error| error.is_rate_limited()));
}

#[tokio::test]
async fn after_a_429_calls_that_begin_wait_together_and_are_not_refused() {
    let gate = Gate::start(true).await;
    gate.let_go(usize::MAX >> 4);
    let (told, mut retries) = mpsc::unbounded_channel();
    let policy = RetryPolicy::default().base_delay(Duration::from_millis(50));
    let client = gate.client().retry(policy.on_retry(move |_| told.send(()).unwrap())).build().unwrap();
    let first = tokio::spawn(fetch(client.clone()));
    retries.recv().await.unwrap();
    let begin = Instant::now();
    fetch_often(&client, 50).join_all().await.into_iter().for_each(Result::unwrap);
    first.await.unwrap().unwrap();
    assert_eq!(gate.refused(), 1, "of 51 calls only the first was refused");
    assert!(begin.elapsed() > Duration::from_millis(800), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn of_many_calls_at_once_only_those_in_flight_are_refused() {
    let gate = Gate::start(true).await;
    gate.let_go(usize::MAX >> 4);
    let client = gate.client().max_in_flight(4).build().unwrap();
    fetch_often(&client, 50).join_all().await.into_iter().for_each(Result::unwrap);
    assert!((1..=4).contains(&gate.refused()), "{} calls were refused", gate.refused());
}

#[tokio::test]
async fn a_call_whose_policy_allows_no_such_wait_is_sent_at_once() {
    for policy in [
        RetryPolicy::off(),
        RetryPolicy::default().max_retry_after(Duration::from_millis(10)),
        RetryPolicy::default().budget(Duration::from_millis(10)),
    ] {
        let gate = Gate::start(true).await;
        gate.let_go(2);
        let (told, mut retries) = mpsc::unbounded_channel();
        let patient = RetryPolicy::default().on_retry(move |_| told.send(()).unwrap());
        let client = gate.client().retry(patient).build().unwrap();
        let first = tokio::spawn(fetch(client.clone()));
        retries.recv().await.unwrap();
        let error = fetch(client.with_retry(policy)).await.unwrap_err();
        assert!(error.is_rate_limited() && error.attempts() == 1, "{error:?}");
        assert_eq!(gate.refused(), 2);
        first.abort();
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_in_the_pause_is_never_sent() {
    let gate = Gate::start(true).await;
    gate.let_go(usize::MAX >> 4);
    let client = gate.client().build().unwrap();
    fetch(client.with_retry(RetryPolicy::off())).await.unwrap_err();
    let mut waiting = client.configuration().webhooks().fetch().into_future();
    tokio::select! {
        _ = &mut waiting => panic!("it does not wait"),
        () = tokio::time::sleep(Duration::from_millis(20)) => {}
    }
    drop(waiting);
    fetch(client).await.unwrap();
    assert_eq!(*gate.shared.seen.borrow(), 2);
}

#[tokio::test]
async fn a_limit_of_no_requests_is_rejected_and_a_huge_one_is_not() {
    let error = client("http://127.0.0.1:1").max_in_flight(0).build().unwrap_err();
    assert_eq!(error.to_string(), "setting up the client: max_in_flight is 0, so no request could be sent");
    let gate = Gate::start(false).await;
    gate.let_go(1);
    fetch(gate.client().max_in_flight(usize::MAX).build().unwrap()).await.unwrap();
}
