//! Streams 100,000 messages, beside a loop by hand over the same pages: `cargo bench -p twilio-conversations --bench stream`.
//!
//! Each way runs in a process of its own, so that its peak memory is its own; they take turns against one server on
//! loopback, which is a process too. Memory is measured for a tenth of the pages as well: it must not grow with them. Then
//! once more from a server that takes a while for each page, to a program that does: there prefetching is worth its page.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::{
    error::Error,
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;
use twilio_conversations::{Client, Credentials, reqwest, v1::ConversationMessage};

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PER_PAGE: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().position(|argument| argument == name).and_then(|i| arguments.get(i + 1));
    let pause = Duration::from_millis(after("--pause").map_or(Ok(0), |pause| pause.parse())?);
    if let Some(pages) = after("--serve") {
        return serve(pages.parse()?, pause);
    }
    if let (Some(way), Some(url)) = (after("--run"), after("--url")) {
        return run(way, url, pause);
    }
    // Without `--bench`, as in `cargo test --all-targets`, it is enough that it runs.
    let full = arguments.iter().any(|argument| argument == "--bench");
    let (pages, turns) = if full { (1000, 5) } else { (3, 1) };

    println!("{:<28} {:>10} {:>14} {:>12}", "", "items", "items/second", "peak memory");
    let few = compare((pages / 10).max(2), turns, "0")?;
    let many = compare(pages, turns, "0")?;
    if let Some((few, many)) = few.iter().zip(&many).find(|(few, many)| many.peak_mb > few.peak_mb * 1.25) {
        return Err(format!("{:.1} MB became {:.1} MB with ten times the pages", few.peak_mb, many.peak_mb).into());
    }
    println!("with 5 ms to each page, and 5 ms of work on it:");
    compare((pages / 10).max(2), 1, "5")?;
    Ok(())
}

/// Runs all ways in turns and prints the middle run of each. The pause, in milliseconds, is the server's for each page
/// and the program's for each page of items.
fn compare(pages: usize, turns: usize, pause: &str) -> Result<Vec<Run>, Box<dyn Error>> {
    let server = Process::start(&["--serve", &pages.to_string(), "--pause", pause])?;
    let mut by_way: Vec<(&str, Vec<Run>)> =
        ["loop by hand", "stream", "stream, prefetching"].map(|way| (way, Vec::new())).into();
    for _ in 0..turns {
        for (way, runs) in &mut by_way {
            runs.push(Run::of(way, &server.line, pause)?);
        }
    }
    let mut medians = Vec::new();
    for (way, mut runs) in by_way {
        runs.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let median = runs.swap_remove(runs.len() / 2);
        println!("{way:<28} {:>10} {:>14.0} {:>9.1} MB", median.items, median.per_second, median.peak_mb);
        if median.items != pages * PER_PAGE {
            return Err(format!("{way} gave {} items of {}", median.items, pages * PER_PAGE).into());
        }
        medians.push(median);
    }
    Ok(medians)
}

struct Run {
    items: usize,
    per_second: f64,
    peak_mb: f64,
}

impl Run {
    fn of(way: &str, url: &str, pause: &str) -> Result<Self, Box<dyn Error>> {
        let arguments = ["--run", way, "--url", url, "--pause", pause];
        let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
        let text = String::from_utf8(output.stdout)?;
        let mut numbers = text.split_whitespace().map(str::parse::<f64>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(items), Some(per_second), Some(peak_mb)) => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
                let items = items? as usize;
                Ok(Self { items, per_second: per_second?, peak_mb: peak_mb? })
            }
            _ => Err(format!("{way} failed: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

/// One way in a process of its own: prints items, items per second, and peak memory in MB.
fn run(way: &str, url: &str, pause: Duration) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let begin = Instant::now();
    let items = match way {
        "loop by hand" => runtime.block_on(by_hand(url, pause))?,
        _ => runtime.block_on(by_stream(url, way.ends_with("prefetching"), pause))?,
    };
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = items as f64 / begin.elapsed().as_secs_f64();
    println!("{items} {per_second} {}", peak_memory());
    Ok(())
}

/// The program's own work on a page's items.
async fn work(items: usize, pause: Duration) {
    if !pause.is_zero() && items.is_multiple_of(PER_PAGE) {
        tokio::time::sleep(pause).await;
    }
}

async fn by_stream(url: &str, prefetch: bool, pause: Duration) -> Result<usize, Box<dyn Error>> {
    let credentials = Credentials::auth_token(ACCOUNT.parse()?, "token")?;
    let client = Client::builder().credentials(credentials).base_url(url).build()?;
    let mut messages = client.conversation(CONVERSATION).messages().list().page_size(100).stream();
    if prefetch {
        messages = messages.prefetch();
    }
    let mut items = 0;
    while let Some(message) = messages.try_next().await? {
        items += usize::from(message.body.is_some());
        work(items, pause).await;
    }
    Ok(items)
}

/// What somebody would write with reqwest alone, decoding to the same model.
async fn by_hand(url: &str, pause: Duration) -> Result<usize, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Page {
        messages: Vec<ConversationMessage>,
        meta: Meta,
    }
    #[derive(Deserialize)]
    struct Meta {
        next_page_url: Option<String>,
    }
    // As the facade sets it up for a server on this machine: no proxy, and nobody to trust.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let mut next = Some(format!("{url}/v1/Conversations/{CONVERSATION}/Messages?PageSize=100"));
    let mut items = 0;
    while let Some(url) = next {
        let body = client.get(url).basic_auth(ACCOUNT, Some("token")).send().await?.error_for_status()?.bytes().await?;
        let page: Page = serde_json::from_slice(&body)?;
        items += page.messages.iter().filter(|message| message.body.is_some()).count();
        work(items, pause).await;
        next = page.meta.next_page_url;
    }
    Ok(items)
}

/// Peak resident memory in MB, where Linux tells; NaN elsewhere.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}

struct Process {
    child: Child,
    line: String,
}

impl Process {
    /// Starts this program again, and reads the line that says it is ready.
    fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?).args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { child, line: line.trim().to_owned() })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Serves `pages` pages of messages until it is killed.
fn serve(pages: usize, pause: Duration) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("{url}");
    let items = items();
    for stream in listener.incoming() {
        let (stream, url, items) = (stream?, url.clone(), items.clone());
        std::thread::spawn(move || serve_connection(stream, &url, pages, &items, pause));
    }
    Ok(())
}

/// The messages of every page: their texts differ, their number does not.
fn items() -> String {
    let mut text = String::new();
    for index in 0..PER_PAGE {
        let comma = if index == 0 { "" } else { "," };
        _ = write!(
            text,
            r#"{comma}{{"sid":"IM{index:032x}","conversation_sid":"{CONVERSATION}","account_sid":"{ACCOUNT}","index":{index},"author":"alice","body":"Message number {index}, of the length that messages have.","attributes":"{{}}","participant_sid":null,"media":null,"delivery":null,"content_sid":null,"date_created":"2026-01-02T03:04:05Z","date_updated":"2026-01-02T03:04:05Z","url":"https://conversations.twilio.com/v1/Conversations/{CONVERSATION}/Messages/IM{index:032x}","links":{{"delivery_receipts":"https://conversations.twilio.com/v1/Conversations/{CONVERSATION}/Messages/IM{index:032x}/Receipts"}}}}"#
        );
    }
    text
}

fn serve_connection(mut stream: TcpStream, url: &str, pages: usize, items: &str, pause: Duration) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
        }
        if !received.ends_with(b"\r\n\r\n") {
            continue;
        }
        std::thread::sleep(pause);
        let request = String::from_utf8_lossy(&received);
        let page = request.split_once("&Page=").map_or(0, |(_, rest)| {
            rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
        });
        let path = format!("{url}/v1/Conversations/{CONVERSATION}/Messages?PageSize={PER_PAGE}");
        let next = if page + 1 < pages {
            format!(r#""{path}&Page={}&PageToken=PT{}""#, page + 1, page + 1)
        } else {
            "null".to_owned()
        };
        let body = format!(
            r#"{{"messages":[{items}],"meta":{{"page":{page},"page_size":{PER_PAGE},"key":"messages","url":"{path}","first_page_url":"{path}","previous_page_url":null,"next_page_url":{next}}}}}"#
        );
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
            return;
        }
        received.clear();
    }
}
