//! A resource costs one fragment, and its events one file: those of a made-up resource are put beside the repository's own,
//! the hand-written sources stay as they are, and a program calls the resource over a real socket and reads an event.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use codegen::Folders;

use crate::{fixture, support::repository};

pub(crate) const PROGRAM: &str = "made-up-program";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/made_up")
}

/// The whole API and one resource more.
pub(crate) fn case() -> (String, Folders) {
    let mut sources = repository();
    let fragment = fs::read_to_string(folder().join("library.yaml")).unwrap();
    sources.0.insert("v1/library.yaml".to_owned(), fragment);
    let events = fs::read_to_string(folder().join("events.yaml")).unwrap();
    sources.0.insert("events/library.yaml".to_owned(), events);
    ("made-up".to_owned(), codegen::generate(&sources).unwrap())
}

/// The program that uses what was generated for it.
pub(crate) fn add_program(files: &mut BTreeMap<String, String>) {
    let manifest = format!(
        "[package]\nname = {PROGRAM:?}\nversion.workspace = true\nedition.workspace = true\n\n[dependencies]\n\
         bytes.workspace = true\nhttp.workspace = true\n\
         twilio-conversations-client = {{ path = \"../made-up-client\", package = \"made-up-client\" }}\n"
    );
    files.insert(format!("{PROGRAM}/Cargo.toml"), manifest);
    let program = fs::read_to_string(folder().join("program.rs")).unwrap();
    files.insert(format!("{PROGRAM}/src/main.rs"), program);
}

/// What the server is asked, in order, and what it answers.
const CALLS: [(&str, &str); 7] = [
    (
        "POST /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries\n\
         x-twilio-webhook-enabled: true\n\
         Label=North+%26+South&Topics=maps&Topics=tides",
        r#"201 {"name": "north", "sid": "QLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "label": "North & South", "topics": ["maps", "tides"], "colour": "teal"}"#,
    ),
    (
        "GET /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries/north%2Fsouth%20%C3%A9\n\n",
        r#"200 {"name": "north/south é", "topics": null, "invented": 7}"#,
    ),
    (
        "POST /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries/north\n\
         x-twilio-webhook-enabled: false\n\
         Topics=",
        r#"200 {"name": "north", "topics": []}"#,
    ),
    (
        "GET /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries?PageSize=2&Topic=maps&Topic=tides\n\n",
        r#"200 {"libraries": [{"name": "a"}, {"name": "b"}],
            "meta": {"next_page_url": "https://conversations.twilio.com/v1/Next?PageToken=x"}}"#,
    ),
    ("GET /v1/Next?PageToken=x\n\n", r#"200 {"libraries": [{"name": "c"}], "meta": {"next_page_url": null}}"#),
    ("DELETE /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries/north\n\n", "204 "),
    (
        "GET /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Libraries/gone\n\n",
        r#"404 {"code": 20404, "message": "not found", "status": 404}"#,
    ),
];

const PRINTED: &str = "\
received QLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, about a Library, as a filter of services true, as a pre-event false
created north, North & South, Some([\"maps\", \"tides\"]), Some(Unknown(\"teal\"))
its SID is QLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
fetched north/south é, None
updated north, Some([])
listed a b c
deleted with status 204
refused: FetchServiceLibrary failed with status 404, code 20404: not found
";

#[test]
fn a_made_up_resource_is_called_over_a_real_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let built = fixture::build();
    let server = thread::spawn(move || CALLS.map(|(_, answer)| serve(&listener.accept().unwrap().0, answer)));
    let output = Command::new(built.programs.join(PROGRAM)).arg(&address).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), PRINTED);
    for (asked, (expected, _)) in server.join().unwrap().iter().zip(CALLS) {
        assert_eq!(asked, expected);
    }
}

/// Answers one request, and gives back what it was: method and target, the header of interest, the body.
fn serve(stream: &TcpStream, answer: &str) -> String {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let target = line().trim_end_matches(" HTTP/1.1").to_owned();
    let (mut header, mut length) = (String::new(), 0);
    loop {
        match line().to_ascii_lowercase() {
            line if line.is_empty() => break,
            line if line.starts_with("x-twilio-webhook-enabled") => header = line,
            line if line.starts_with("content-length: ") => length = line["content-length: ".len()..].parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, text) = answer.split_once(' ').unwrap();
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}", text.len()).unwrap();
    format!("{target}\n{header}\n{}", String::from_utf8(body).unwrap())
}
