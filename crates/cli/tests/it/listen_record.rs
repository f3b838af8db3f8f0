//! The output and the records of `twconv listen`, and `twconv resend` from them.

use http::StatusCode;
use twilio_conversations::webhook::Signer;

use crate::{
    harness::{Harness, Process, text},
    listen::send,
    receiver::Receiver,
};

/// Sends an event with a short body.
async fn event(harness: &Harness, listen: &Process, body: &str) -> u16 {
    let signer = Signer::new(harness.emulator.auth_token()).unwrap();
    let fields = [("EventType", "onMessageAdded"), ("Body", body)];
    send(signer.post_form(&listen.url(), fields).unwrap()).await
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_a_full_disk_cuts_does_not_damage_the_next_one() {
    let harness = Harness::start().await;
    let record = harness.file("record.ndjson");
    let path = record.to_str().unwrap();
    // Files have at most 16 blocks of 512 bytes.
    let command = harness.command(&["listen", "--record", path]);
    let mut listen = Process::spawn(crate::harness::with_file_limit(&command, 16));
    listen.until("ready: ").await;
    let mut count = 0;
    while std::fs::metadata(&record).unwrap().len() < 16 * 512 {
        count += 1;
        assert_eq!(
            event(&harness, &listen, &format!("event {count}")).await,
            200,
            "a record is not part of the response"
        );
    }
    let warning = listen.until("warning: recording an event in").await;
    assert!(warning.contains("ndjson: writing "), "{warning}");
    // There is space again, and 5 bytes of the last line are left.
    let lines = std::fs::read_to_string(&record).unwrap();
    let whole = lines.rfind('\n').unwrap() + 1;
    assert!(lines.len() > whole + 5, "the last line was written in part");
    let keep = lines[..whole].lines().next().unwrap().len() + 1;
    let file = std::fs::OpenOptions::new().write(true).open(&record).unwrap();
    file.set_len(keep as u64 + 5).unwrap();
    assert_eq!(event(&harness, &listen, "after the full disk").await, 200);
    listen.signal("-INT");
    listen.end().await;
    let output =
        harness.run(&["resend", "--last", "--record", path, "--forward-to", "http://127.0.0.1:1/", "-n"]).await;
    assert!(text(&output.stdout).contains("after+the+full+disk"), "{}", text(&output.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_silent_no_event_is_printed_and_all_are_forwarded() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(500, "no").await;
    for more in [&[][..], &["--print-json"]] {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let args = [&["listen", "--silent", "--port", &port, "--forward-to", &receiver.url], more].concat();
        let before = receiver.all().len();
        let listen = Process::spawn(harness.command(&args));
        // Without notes, the webhooks show that it is ready.
        while harness.webhooks().await["post_webhook_url"].is_null() {
            tokio::task::yield_now().await;
        }
        harness.post("/v1/Conversations", &[]).await.unwrap_err();
        assert_eq!(receiver.all().len(), before + 1);
        listen.signal("-INT");
        let (status, out, err) = listen.end().await;
        assert_eq!((status.code(), out.as_str(), err.as_str()), (Some(130), "", ""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_headers_that_describe_a_response_are_relayed() {
    let harness = Harness::start().await;
    let all = [("location", "https://example.com/next"), ("content-encoding", "gzip"), ("retry-after", "7")];
    let receiver = Receiver::start(move |_| {
        let headers = all.iter().map(|(name, value)| (*name, (*value).to_owned())).chain([("x-own", "1".to_owned())]);
        std::future::ready((StatusCode::FOUND, headers.collect(), String::new()))
    })
    .await;
    let listen = harness.listen(&["--forward-to", &receiver.url]).await;
    let address = listen.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let signer = Signer::new(harness.emulator.auth_token()).unwrap();
    let request = signer.post_form(&listen.url(), [("EventType", "onMessageAdded")]).unwrap();
    let mut raw = format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n", request.body().len());
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        raw += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    raw += "\r\n";
    let bytes = [raw.as_bytes(), request.body()].concat();
    let response = crate::listen_limits::raw(address, bytes).await;
    assert!(response.starts_with("HTTP/1.1 302"), "{response}");
    for (name, value) in all {
        assert!(response.contains(&format!("{name}: {value}\r\n")), "{response}");
    }
    assert!(!response.contains("x-own"), "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_the_command_itself_is_rejected() {
    let harness = Harness::start().await;
    let before = harness.webhooks().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let public = "https://tunnel.example/hooks";
    for (url, more) in [
        (format!("http://localhost:{port}/hooks"), &[][..]),
        (format!("http://127.0.0.1:{port}/"), &[]),
        ("https://user:secret@tunnel.example/hooks".to_owned(), &["--public-url", public]),
    ] {
        let args = [&["listen", "--port", &port, "--forward-to", &url], more].concat();
        let output = harness.run(&args).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("--forward-to: this is the URL of the command itself"), "{error}");
        assert_eq!(harness.webhooks().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_found_by_its_whole_id_although_a_longer_id_begins_with_it() {
    let harness = Harness::start().await;
    let line = |id: &str| {
        format!(
            r#"{{"id":"{id}","time":"2026-01-01T00:00:00Z","event":"onUserAdded","method":"POST","url":"http://x/","headers":[],"fields":[["EventType","onUserAdded"],["Identity","{id}"]],"response":{{"status":200,"body":"","duration_ms":1}}}}"#
        )
    };
    let record = harness.file("record.ndjson");
    for ids in [["abc", "abcd"], ["abcd", "abc"]] {
        std::fs::write(&record, ids.map(&line).join("\n")).unwrap();
        let args =
            |id| ["resend", id, "--record", record.to_str().unwrap(), "--forward-to", "http://127.0.0.1:1/", "-n"];
        let output = harness.run(&args("abc")).await;
        assert!(text(&output.stdout).ends_with("Identity=abc"), "{}", text(&output.stderr));
        let output = harness.run(&args("ab")).await;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    }
}
