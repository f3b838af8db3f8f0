//! The outbox under stress: writes that fail, accounts that are not started, and large responses. Each test watches a
//! process of the program from outside.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN};

use crate::program::{PROGRAM, Program};
use crate::receiver::{HookResponse, Receiver};
use crate::support::{ApiResponse, Http, Method, each};

const OTHER_ACCOUNT: &str = "AC00000000000000000000000000000009";
/// The time over which calls and CPU time are counted.
const OBSERVED: Duration = Duration::from_secs(1);

async fn send(program: &Program, method: Method, path: &str, form: &[(&str, &str)]) -> ApiResponse {
    let request = Http::new().request(method, &format!("{}{path}", program.base_url));
    let request = request.login(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN);
    request.header("x-twilio-webhook-enabled", "true").form(form).send().await
}

async fn configure(program: &Program, url: &str) {
    let form = [("Method", "POST"), ("PostWebhookUrl", url), ("Filters", "onConversationAdded")];
    send(program, Method::POST, "/v1/Configuration/Webhooks", &form).await.expect(200);
}

async fn deliveries(program: &Program) -> Vec<Value> {
    let mut list = send(program, Method::GET, "/_emulator/deliveries?Limit=1000", &[]).await.expect(200).body;
    let Value::Array(list) = list["deliveries"].take() else { panic!("{list}") };
    list
}

/// CPU time that a process has used. Linux counts it in hundredths of a second.
fn cpu_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name of the program, in parentheses, may have spaces.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>();
    Duration::from_millis(ticks * 10)
}

/// Peak of a process's resident memory, in kB.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Starts a program whose writes to files can be made to fail: it ignores the signal that would end it.
fn start_limitable(file: &str) -> Program {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM, "--data", file]);
    Program::spawn(&mut command).0
}

/// Makes every write of a process to a file fail, as on a full disk, or lets writes succeed again.
fn set_disk_full(process: u32, full: bool) {
    let limit = if full { "--fsize=0:" } else { "--fsize=unlimited:" };
    let status = Command::new("prlimit").args(["--pid", &process.to_string(), limit]).status().unwrap();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_sent_once_while_the_disk_is_full_and_its_outcome_is_stored_once_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let program = start_limitable(folder.path().join("data.db").to_str().unwrap());
    let process = program.id();
    let mut receiver = Receiver::start().await;
    configure(&program, &receiver.url).await;
    // The disk is full before the response arrives, so that the outcome cannot be stored.
    receiver.responds(move |_| {
        set_disk_full(process, true);
        HookResponse::of(200, "received")
    });
    send(&program, Method::POST, "/v1/Conversations", &[]).await.expect(201);
    receiver.next().await;

    let used = cpu_time(process);
    tokio::time::sleep(OBSERVED).await;
    let used = cpu_time(process) - used;
    assert!(used < OBSERVED / 4, "{used:?} of CPU time within {OBSERVED:?}");
    assert_eq!(receiver.rest().len(), 0, "it was sent again");
    let pending = deliveries(&program).await;
    assert_eq!((&pending[0]["state"], &pending[0]["attempts"]), (&"pending".into(), &0.into()), "{pending:?}");
    let conversations = send(&program, Method::GET, "/v1/Conversations", &[]).await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
    send(&program, Method::POST, "/v1/Conversations", &[]).await.expect_error(500, 20500);

    set_disk_full(process, false);
    let stored = Instant::now() + Duration::from_secs(30);
    loop {
        let list = deliveries(&program).await;
        assert_eq!(list.len(), 1);
        if list[0]["state"] == "delivered" {
            assert_eq!((&list[0]["attempts"], &list[0]["answer"]), (&1.into(), &"received".into()), "{list:?}");
            break;
        }
        assert!(Instant::now() < stored, "{list:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(receiver.rest().len(), 0, "it was sent again");
    // Nothing of the rejected request is left.
    let conversations = send(&program, Method::GET, "/v1/Conversations", &[]).await.expect(200).body;
    assert_eq!(conversations["conversations"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_does_not_delay_sigterm_and_the_next_start_sends_the_webhook_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let program = start_limitable(file.to_str().unwrap());
    let process = program.id();
    let mut receiver = Receiver::start().await;
    configure(&program, &receiver.url).await;
    receiver.responds(move |_| {
        set_disk_full(process, true);
        HookResponse::of(200, "")
    });
    send(&program, Method::POST, "/v1/Conversations", &[]).await.expect(201);
    let first = receiver.next().await;
    receiver.responds(|_| HookResponse::of(200, ""));
    assert_eq!(program.terminate().await, Some(0));
    assert_eq!(receiver.rest().len(), 0);

    let _program = Program::start(&["--data", file.to_str().unwrap()]);
    let again = receiver.next().await;
    assert_eq!(again.header("i-twilio-idempotency-token"), first.header("i-twilio-idempotency-token"));
    assert_eq!((again.field("RetryCount"), &again.fields), ("0", &first.fields));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_calls_of_an_account_that_is_not_started_use_no_cpu_and_wait_for_a_start_with_it() {
    const CALLS: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let data = ["--data", data.to_str().unwrap()];
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let program = Program::start(&[&data[..], &["--retries", "9", "--retry-delay", "3600000"]].concat());
    configure(&program, &format!("http://{address}/hooks")).await;
    for _ in 0..CALLS {
        send(&program, Method::POST, "/v1/Conversations", &[]).await.expect(201);
    }
    assert_eq!(program.terminate().await, Some(0));

    let mut receiver = Receiver::on(tokio::net::TcpListener::bind(address).await.unwrap());
    let account = ["--account-sid", OTHER_ACCOUNT, "--auth-token", "token"];
    let program = Program::start(&[&data[..], &account].concat());
    let used = cpu_time(program.id());
    tokio::time::sleep(OBSERVED).await;
    let used = cpu_time(program.id()) - used;
    assert!(used < OBSERVED / 4, "{used:?} of CPU time within {OBSERVED:?}");
    let services = Http::new().request(Method::GET, &format!("{}/v1/Services", program.base_url));
    services.login(OTHER_ACCOUNT, "token").send().await.expect(200);
    assert_eq!(receiver.rest().len(), 0, "calls of an account that was not started");
    assert_eq!(program.terminate().await, Some(0));

    let program = Program::start(&data);
    let events = receiver.events(CALLS).await;
    assert!(events.iter().all(|event| event == "onConversationAdded"), "{events:?}");
    drop(program);
}

/// Responds to each request with a body of 1 MB, without parsing more of the request than its end.
fn respond_with_a_megabyte(mut stream: TcpStream, response: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    // The form ends with the field that each attempt adds.
    while !request.ends_with(b"&RetryCount=0") {
        let length = stream.read(&mut bytes)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&bytes[..length]);
    }
    stream.write_all(response)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_responses_of_1_mb_take_bounded_memory_and_are_listed_in_pages() {
    const CALLS: usize = 10_000;
    /// 64 concurrent calls with a response of 1 MB each, and 64 MB of records.
    const MOST_MEMORY: u64 = 300_000;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let body = "x".repeat(1024 * 1024);
    let response = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let response: std::sync::Arc<[u8]> = response.into_bytes().into();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let response = response.clone();
            std::thread::spawn(move || respond_with_a_megabyte(stream.unwrap(), &response));
        }
    });

    // No data file: the records are in memory too.
    let program = Program::start(&["--request-journal", "0"]);
    configure(&program, &url).await;
    let http = Http::new();
    let conversations = format!("{}/v1/Conversations", program.base_url);
    for _ in 0..CALLS / 100 {
        let requests = (0..100).map(|_| {
            let request = http.request(Method::POST, &conversations).login(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN);
            tokio::spawn(request.header("x-twilio-webhook-enabled", "true").form(&[]).send())
        });
        for request in requests.collect::<Vec<_>>() {
            request.await.unwrap().expect(201);
        }
    }
    let settled = Instant::now() + Duration::from_secs(300);
    let pending = async || {
        send(&program, Method::GET, "/_emulator/health", &[]).await.expect(200).body["pending_webhooks"].clone()
    };
    while pending().await != 0 {
        assert!(Instant::now() < settled, "{} calls are pending", pending().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let (mut found, mut before, mut largest) = (0, None::<i64>, 0);
    loop {
        let before_parameter = before.map(|id| format!("&Before={id}")).unwrap_or_default();
        let path = format!("/_emulator/deliveries?Limit=5000{before_parameter}");
        let page = send(&program, Method::GET, &path, &[]).await.expect(200);
        largest = largest.max(page.bytes.len());
        let list = page.body["deliveries"].as_array().unwrap();
        assert!(list.len() <= 1000, "a larger limit counts as 1,000: {}", list.len());
        for call in list {
            assert!(before.is_none_or(|id| call["id"].as_i64().unwrap() < id), "the latest are first, each once");
            before = call["id"].as_i64();
            assert_eq!((&call["state"], call["answer"].as_str().map(str::len)), (&"delivered".into(), Some(4096)));
        }
        found += list.len();
        let next = &page.body["next_before"];
        if next.is_null() {
            break;
        }
        assert_eq!(next.as_i64(), before);
    }
    assert_eq!(found, CALLS);
    assert!(largest < 8_000_000, "a page of {largest} bytes");
    let names =
        each(&send(&program, Method::GET, "/_emulator/deliveries", &[]).await.body["deliveries"], "event").len();
    assert_eq!(names, 100, "the default limit");
    let peak = peak_memory(program.id());
    assert!(peak < MOST_MEMORY, "{peak} kB");
}
