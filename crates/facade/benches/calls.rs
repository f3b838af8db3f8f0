//! What a call costs in CPU time, beside the same call on raw reqwest: `cargo bench -p twilio-conversations`.
//!
//! Both talk to the same server on loopback in one run, in turns, so that the machine's moods meet both. The server is
//! a process of its own, and only the client's thread is counted. It ends with an error when a call costs more than
//! 1.10 times what it costs on raw reqwest.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::{
    error::Error,
    hint::black_box,
    io::{BufRead, BufReader, ErrorKind},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde::Deserialize;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::JoinSet,
};
use twilio_conversations::{Client, Credentials, EventType, HttpMethod, Patch, reqwest, types::form, v1};

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOKEN: &str = "your_auth_token";
const FILTERS: [EventType; 2] = [EventType::ConversationUpdated, EventType::MessageRemoved];
const PRE_WEBHOOK_URL: &str = "https://example.com/filtering-and-permissions";
const POST_WEBHOOK_URL: &str = "https://example.com/archive-every-action";
const HOOK: &str = r#"{"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "pre_webhook_url": "https://example.com/filtering-and-permissions", "post_webhook_url": "https://example.com/archive-every-action", "method": "POST", "filters": ["onConversationUpdated", "onMessageRemoved"], "target": "webhook", "url": "https://conversations.twilio.com/v1/Configuration/Webhooks"}"#;
const MOST: f64 = 1.10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--serve") {
        return serve();
    }
    // Without `--bench`, as in `cargo test --all-targets`, it is enough that it runs.
    let full = arguments.iter().any(|argument| argument == "--bench");
    let (rounds, calls) = if full { (151, 400) } else { (1, 64) };

    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let raw = Raw::new(&server.url, true)?;
    let unlimited = Raw::new(&server.url, false)?;
    let ours = Client::builder()
        .credentials(Credentials::auth_token(ACCOUNT.parse()?, TOKEN)?)
        .base_url(&server.url)
        .build()?;

    println!("{:<28} {:>12} {:>12} {:>7}", "CPU time per call", "raw reqwest", "this crate", "ratio");
    let mut worst: f64 = 0.0;
    for at_once in [1, 32] {
        for update in [false, true] {
            let name = if update { "update" } else { "fetch" };
            let mut raw_turn = || {
                let raw = raw.clone();
                cpu_time(|| run(&runtime, calls, at_once, move || call_raw(raw.clone(), update)))
            };
            let mut our_turn = || {
                let ours = ours.clone();
                cpu_time(|| run(&runtime, calls, at_once, move || call_ours(ours.clone(), update)))
            };
            let ratio = compare(&format!("{name}, {at_once} at once"), rounds, calls, &mut raw_turn, &mut our_turn);
            worst = worst.max(ratio);
        }
    }
    // What the limits on time cost, which this crate always has and a client made by hand may lack.
    println!("\n{:<28} {:>12} {:>12} {:>7}", "CPU time per call", "raw, no limit", "raw, limits", "ratio");
    for update in [false, true] {
        let name = if update { "update" } else { "fetch" };
        let turn = |raw: &Raw| {
            let raw = raw.clone();
            cpu_time(|| run(&runtime, calls, 32, move || call_raw(raw.clone(), update)))
        };
        let (mut without, mut with) = (|| turn(&unlimited), || turn(&raw));
        compare(&format!("{name}, 32 at once"), rounds, calls, &mut without, &mut with);
    }
    println!("\n{:<28} {:>12} {:>12} {:>7}", "CPU time per time", "by hand", "this crate", "ratio");
    let times = calls * 10;
    compare("form encoding", rounds, times, &mut || repeat(times, encode_by_hand), &mut || repeat(times, encode_ours));
    compare("response decoding", rounds, times, &mut || repeat(times, decode_by_hand), &mut || {
        repeat(times, decode_ours)
    });

    if full && worst > MOST {
        return Err(format!("a call costs {worst:.2} times what it costs on raw reqwest; {MOST} is the limit").into());
    }
    Ok(())
}

/// Takes turns, prints the median of each and gives the median ratio of neighbouring turns.
fn compare(
    name: &str,
    rounds: usize,
    times: usize,
    floor: &mut dyn FnMut() -> Duration,
    ours: &mut dyn FnMut() -> Duration,
) -> f64 {
    floor();
    ours();
    let (mut floors, mut our_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floors.push(floor().as_secs_f64());
        our_times.push(ours().as_secs_f64());
    }
    let ratio = median(floors.iter().zip(&our_times).map(|(floor, ours)| ours / floor).collect());
    let micros = |seconds: f64| format!("{:.2} µs", seconds * 1e6 / times as f64);
    println!("{name:<28} {:>12} {:>12} {ratio:>7.2}", micros(median(floors)), micros(median(our_times)));
    ratio
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn cpu_time(work: impl FnOnce()) -> Duration {
    let begin = thread_cpu();
    work();
    thread_cpu() - begin
}

/// CPU time of this thread; where the system does not tell, time on the clock.
fn thread_cpu() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let on_clock = || START.get_or_init(Instant::now).elapsed();
    // What runs is booked when a thread leaves the processor, or at the next tick.
    std::thread::yield_now();
    let Ok(text) = std::fs::read_to_string("/proc/thread-self/schedstat") else { return on_clock() };
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(on_clock, Duration::from_nanos)
}

fn repeat<T>(times: usize, work: impl Fn() -> T) -> Duration {
    cpu_time(|| {
        for _ in 0..times {
            black_box(work());
        }
    })
}

fn run<F: Future<Output = ()> + Send + 'static>(runtime: &Runtime, calls: usize, at_once: usize, call: impl Fn() -> F) {
    runtime.block_on(async {
        if at_once == 1 {
            for _ in 0..calls {
                call().await;
            }
            return;
        }
        let mut tasks = JoinSet::new();
        for _ in 0..calls {
            if tasks.len() == at_once {
                tasks.join_next().await.unwrap().unwrap();
            }
            tasks.spawn(call());
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    });
}

async fn call_ours(client: Client, update: bool) {
    let webhooks = client.configuration().webhooks();
    let hook = if update {
        let update = webhooks.update().method(HttpMethod::Post).filters(FILTERS);
        update.pre_webhook_url(PRE_WEBHOOK_URL).post_webhook_url(POST_WEBHOOK_URL).await.unwrap()
    } else {
        webhooks.fetch().await.unwrap()
    };
    assert_eq!(hook.filters.unwrap().len(), 2);
}

/// What one would write by hand.
#[derive(Clone)]
struct Raw {
    http: reqwest::Client,
    url: String,
}

impl Raw {
    /// With the limits on time that this crate has, or without any.
    fn new(base_url: &str, limits: bool) -> Result<Self, Box<dyn Error>> {
        #[cfg(feature = "rustls-ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http =
            reqwest::Client::builder().no_gzip().redirect(reqwest::redirect::Policy::none()).user_agent("by-hand/1");
        if limits {
            http = http.connect_timeout(Duration::from_secs(30)).timeout(Duration::from_secs(30));
        }
        Ok(Self { http: http.build()?, url: format!("{base_url}/v1/Configuration/Webhooks") })
    }
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what matters is that they are decoded")]
struct Hook {
    account_sid: Option<String>,
    method: Option<String>,
    filters: Option<Vec<String>>,
    pre_webhook_url: Option<String>,
    post_webhook_url: Option<String>,
    target: Option<String>,
    url: Option<String>,
}

async fn call_raw(raw: Raw, update: bool) {
    let request = if update {
        let form = "application/x-www-form-urlencoded";
        raw.http.post(&raw.url).header("content-type", form).body(encode_by_hand())
    } else {
        raw.http.get(&raw.url)
    };
    let request = request.basic_auth(ACCOUNT, Some(TOKEN)).header("accept", "application/json");
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    let hook: Hook = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(hook.filters.unwrap().len(), 2);
}

fn encode_by_hand() -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Method", "POST");
    form.append_pair("Filters", "onConversationUpdated").append_pair("Filters", "onMessageRemoved");
    form.append_pair("PreWebhookUrl", PRE_WEBHOOK_URL).append_pair("PostWebhookUrl", POST_WEBHOOK_URL);
    form.finish()
}

fn encode_ours() -> String {
    let update = v1::request::UpdateConfigurationWebhookRequest {
        method: Patch::Set(HttpMethod::Post),
        filters: Patch::Set(FILTERS.to_vec()),
        pre_webhook_url: Patch::Set(PRE_WEBHOOK_URL.to_owned()),
        post_webhook_url: Patch::Set(POST_WEBHOOK_URL.to_owned()),
        ..Default::default()
    };
    form::to_string(&update).unwrap()
}

fn decode_by_hand() -> Hook {
    serde_json::from_slice(black_box(HOOK.as_bytes())).unwrap()
}

fn decode_ours() -> v1::ConfigurationWebhook {
    serde_json::from_slice(black_box(HOOK.as_bytes())).unwrap()
}

/// This program again, as the server; ended on drop.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?).arg("--serve").stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { process, url: format!("http://{}", address.trim()) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All connections in one thread: where the system puts it, it is equally far from both clients.
fn serve() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            tokio::spawn(answer(listener.accept().await?.0));
        }
    })
}

/// Answers every request with the same, until the client goes.
async fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let length = HOOK.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{HOOK}");
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => received.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
        let body = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if received.len() >= head + 4 + body.map_or(0, |length| length.parse().unwrap()) {
            received.clear();
            // So short an answer fits in the socket's buffer.
            assert_eq!(stream.try_write(answer.as_bytes())?, answer.len());
        }
    }
}
