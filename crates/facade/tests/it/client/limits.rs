//! The limit of response bodies: how it is set, and the memory that a hostile server can take.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use flate2::{Compress, Compression, FlushCompress};
use twilio_conversations::{
    Client, DEFAULT_MAX_RESPONSE_SIZE, Error, TransportErrorKind, v1::configuration::webhook::FetchConfigurationWebhook,
};

use crate::client::support::{Answer, HOOK, Server, client, http_client_builder};

const MEBIBYTE: usize = 1024 * 1024;

#[tokio::test]
async fn the_limit_is_set_for_a_client_for_a_clone_and_for_a_call() {
    let server = Server::always(Answer::json(200, HOOK));
    let limit_of = async |call: FetchConfigurationWebhook| match fail(call.await) {
        TransportErrorKind::TooLarge { limit } => limit,
        other => panic!("another kind: {other:?}"),
    };
    let client = server.client().max_response_size(100).build().unwrap();
    assert_eq!(limit_of(client.configuration().webhooks().fetch()).await, 100);
    let smaller = client.with_max_response_size(50);
    assert_eq!(smaller.account_sid(), client.account_sid());
    assert_eq!(limit_of(smaller.configuration().webhooks().fetch()).await, 50);
    assert_eq!(limit_of(client.configuration().webhooks().fetch().max_response_size(7)).await, 7);
    assert_eq!(server.requests().len(), 3, "none is retried");
    client.configuration().webhooks().fetch().max_response_size(HOOK.len()).await.unwrap();
}

fn fail<T>(result: Result<T, Error>) -> TransportErrorKind {
    match result.err() {
        Some(Error::Transport(error)) => error.transport().kind(),
        other => panic!("another result: {other:?}"),
    }
}

/// A server whose every response is `head`, and then `part` for as often as `times`, or until the connection is closed.
fn flood(head: &[u8], part: Vec<u8>, times: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = head.to_vec();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            // The client closes the connection in the middle.
            _ = stream.write_all(&head);
            _ = (0..times).try_for_each(|_| stream.write_all(&part));
        }
    });
    url
}

/// The head of a response with a body of 1 MiB that inflates to 1 GiB, and a part of it to be sent 64 times.
fn bomb() -> (Vec<u8>, Vec<u8>) {
    const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut compress = Compress::new(Compression::best(), false);
    let mut part = Vec::with_capacity(MEBIBYTE);
    compress.compress_vec(&vec![b' '; 16 * MEBIBYTE], &mut part, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), 16 * MEBIBYTE as u64);
    let length = GZIP.len() + 64 * part.len();
    assert!((MEBIBYTE / 2..2 * MEBIBYTE).contains(&length), "{length}");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    (head.into_bytes().into_iter().chain(GZIP).collect(), part)
}

fn decompressing(url: &str) -> Client {
    let http = http_client_builder().no_proxy().build().unwrap();
    client(url).http_client(http).build().unwrap()
}

#[tokio::test]
async fn a_compressed_body_is_not_decompressed_and_none_is_requested() {
    let (head, part) = bomb();
    let server = Server::always(Answer::json(200, HOOK));
    server.client().build().unwrap().configuration().webhooks().fetch().await.unwrap();
    assert_eq!(server.request().header("accept-encoding"), None);

    let url = flood(&head, part.clone(), 64);
    for builder in [client(&url), client(&url).configure_http(|http| http.gzip(true))] {
        let error = builder.build().unwrap().configuration().webhooks().fetch().await.unwrap_err();
        let Error::Decode(error) = error else { panic!("{error:?}") };
        assert_eq!(error.body().len(), 10 + 64 * part.len());
        assert_eq!(&error.body()[..2], [0x1f, 0x8b]);
        assert_eq!(error.headers()["content-encoding"], "gzip");
    }
}

#[tokio::test]
async fn a_client_that_decompresses_has_the_limit_for_what_it_decompressed() {
    let (head, part) = bomb();
    let client = decompressing(&flood(&head, part, 64));
    let error = client.configuration().webhooks().fetch().await.unwrap_err();
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert_eq!(error.transport().kind(), TransportErrorKind::TooLarge { limit: DEFAULT_MAX_RESPONSE_SIZE });
    assert!(error.transport().partial_body().iter().all(|byte| *byte == b' '));
}

/// The memory of a process that gets a hostile response, as the kernel sees it.
#[cfg(target_os = "linux")]
mod memory {
    use std::{env, process::Command};

    use super::*;

    const URL: &str = "TEST_FLOOD_URL";
    const DECOMPRESS: &str = "TEST_FLOOD_DECOMPRESS";

    /// The largest resident size of this process so far, in bytes.
    fn peak() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        1024 * line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap()
    }

    #[tokio::test]
    #[allow(clippy::print_stdout, reason = "read by the process that started this one")]
    #[ignore = "a process of its own, started by the other tests of this module"]
    async fn one_call() {
        let (url, decompress) = (env::var(URL).unwrap(), env::var(DECOMPRESS).unwrap());
        let client = if decompress == "true" { decompressing(&url) } else { client(&url).build().unwrap() };
        let before = peak();
        let error = client.configuration().webhooks().fetch().await.unwrap_err();
        println!("grew by {} bytes: {error}", peak() - before);
    }

    /// The growth of a process that makes one call, in bytes, and its error.
    fn call(url: &str, decompress: bool) -> (usize, String) {
        let output = Command::new(env::current_exe().unwrap())
            .args(["client::limits::memory::one_call", "--exact", "--ignored", "--nocapture"])
            .env(URL, url)
            .env(DECOMPRESS, decompress.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.split_once("grew by ")).unwrap_or_else(|| panic!("{output:?}"));
        let (bytes, error) = line.1.split_once(" bytes: ").unwrap();
        (bytes.parse().unwrap(), error.to_owned())
    }

    #[track_caller]
    fn assert_is_within(expected: &str, most: usize, (grew, error): (usize, String)) {
        assert!(error.contains(expected), "{error}");
        assert!(grew <= most, "the process grew by {grew} bytes, more than {most}: {error}");
    }

    const TOO_LARGE: &str = "larger than the limit of 33554432 bytes";
    /// What a process takes for its first call, whatever the response: connection, buffers, code that is paged in.
    const MARGIN: usize = 16 * MEBIBYTE;

    #[test]
    fn an_endless_body_takes_one_and_a_half_times_the_limit_at_most() {
        let url = flood(b"HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 65_536], usize::MAX);
        assert_is_within(TOO_LARGE, DEFAULT_MAX_RESPONSE_SIZE / 2 * 3 + MARGIN, call(&url, false));
    }

    #[test]
    fn a_declared_gigabyte_takes_nothing() {
        let url = flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", vec![b' '; 65_536], 16_384);
        assert_is_within(TOO_LARGE, MARGIN, call(&url, false));
    }

    /// JSON that takes the most memory when it is parsed: an unknown member with a list of digits.
    fn digits(length: usize) -> Vec<u8> {
        let mut json = b"{\"x\":[0".to_vec();
        json.extend(b",0".iter().cycle().take(length - 16));
        json.extend(b"]}");
        json
    }

    #[test]
    fn two_million_small_values_take_160_megabytes_at_most_and_more_are_not_decoded() {
        let flood_of = |body: Vec<u8>| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            flood(head.as_bytes(), body, 1)
        };
        let most = flood_of(digits(3_999_990));
        assert_is_within("such as `account_sid`", 160_000_000 + MARGIN, call(&most, false));
        let larger = flood_of(digits(DEFAULT_MAX_RESPONSE_SIZE));
        let memory = DEFAULT_MAX_RESPONSE_SIZE / 2 * 3 + MARGIN;
        assert_is_within("more than 2000000 JSON values", memory, call(&larger, false));
    }

    #[test]
    fn a_large_error_body_is_not_parsed() {
        let body = digits(DEFAULT_MAX_RESPONSE_SIZE);
        let head = format!("HTTP/1.1 400 Bad\r\nContent-Length: {}\r\n\r\n", body.len());
        let url = flood(head.as_bytes(), body, 1);
        assert_is_within("status 400", DEFAULT_MAX_RESPONSE_SIZE / 2 * 3 + MARGIN, call(&url, false));
    }

    #[test]
    fn headers_without_an_end_take_no_more_than_their_limit() {
        let url = flood(b"HTTP/1.1 200 OK\r\nx: ", vec![b'x'; 65_536], usize::MAX);
        assert_is_within("the connection failed", MARGIN, call(&url, false));
    }

    #[test]
    fn a_megabyte_that_inflates_to_a_gigabyte_takes_its_own_size_or_the_limit() {
        let (head, part) = bomb();
        let url = flood(&head, part, 64);
        assert_is_within("decoding", MARGIN, call(&url, false));
        assert_is_within(TOO_LARGE, DEFAULT_MAX_RESPONSE_SIZE / 2 * 3 + MARGIN, call(&url, true));
    }
}
