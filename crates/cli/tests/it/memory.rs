//! A list of any length takes the memory of a page.

use std::{convert::Infallible, fs, process::Stdio};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::support::Twconv;

/// Serves a list of `pages` pages of 100 messages each.
async fn serve(pages: u32) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let respond =
                move |request| async move { Ok::<_, Infallible>(Response::new(Full::new(page(&request, pages)))) };
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(respond)));
        }
    });
    url
}

fn page(request: &Request<Incoming>, pages: u32) -> Bytes {
    let query = request.uri().query().unwrap_or_default();
    let number: u32 = query.split("Page=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or(0);
    let path = request.uri().path();
    let message = |at: u32| format!(r#"{{"sid": "IM{:032x}", "index": {at}, "body": "{:0>200}"}}"#, at, at);
    let messages: Vec<String> = (number * 100..(number + 1) * 100).map(message).collect();
    let next = match number + 1 {
        next if next < pages => format!(r#""https://conversations.twilio.com{path}?PageSize=100&Page={next}""#),
        _ => "null".to_owned(),
    };
    let meta = format!(r#"{{"page": {number}, "page_size": 100, "key": "messages", "next_page_url": {next}}}"#);
    Bytes::from(format!(r#"{{"messages": [{}], "meta": {meta}}}"#, messages.join(",")))
}

/// The largest resident memory in KiB of a list of so many pages, and its lines.
async fn peak(pages: u32) -> (u64, usize) {
    let program = Twconv::new()
        .with("TWILIO_CONVERSATIONS_BASE_URL", serve(pages).await)
        .with("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .with("TWILIO_AUTH_TOKEN", "token");
    let mut command = program.command("conversations messages list x --jq .index");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let (status, mut stdout) = (format!("/proc/{}/status", child.id()), child.stdout.take().unwrap());
    tokio::task::spawn_blocking(move || {
        use std::io::Read as _;
        let (mut lines, mut peak, mut buffer) = (0, 0, vec![0; 64 * 1024]);
        loop {
            let count = stdout.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            lines += buffer[..count].iter().filter(|byte| **byte == b'\n').count();
            // The kernel keeps the peak, which is gone with the process.
            let status = fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
            peak = line.trim().trim_end_matches(" kB").parse().unwrap_or(peak);
        }
        assert!(child.wait().unwrap().success());
        (peak, lines)
    })
    .await
    .unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_100_000_messages_takes_the_memory_of_a_short_one() {
    let (short, lines) = peak(20).await;
    assert_eq!(lines, 2_000);
    let (long, lines) = peak(1_000).await;
    assert_eq!(lines, 100_000);
    eprintln!("peak of 2,000 messages: {short} KiB; of 100,000: {long} KiB");
    assert!(short > 1024 && long < short + 4 * 1024, "{short} KiB, then {long} KiB");
}
