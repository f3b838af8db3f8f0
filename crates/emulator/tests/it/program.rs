//! The emulator as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Http, Method};

const PROGRAM: &str = env!("CARGO_BIN_EXE_twilio-conversations-emulator");
const ACCOUNT: &str = "AC00000000000000000000000000000007";

/// The program, running; killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) base_url: String,
}

impl Program {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base_url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, base_url }
    }

    async fn services(&self) -> Value {
        let url = format!("{}/v1/Services", self.base_url);
        Http::new().request(Method::GET, &url).login(ACCOUNT, "token").send().await.expect(200).body
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

#[tokio::test]
async fn it_says_where_it_listens_once_it_serves() {
    let program = Program::start(&["--account-sid", ACCOUNT, "--auth-token", "token"]);
    assert!(program.base_url.starts_with("http://127.0.0.1:"), "{}", program.base_url);
    assert_eq!(program.services().await["services"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_data_file_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let args = ["--account-sid", ACCOUNT, "--auth-token", "token", "--data", file.to_str().unwrap()];
    let before = {
        let program = Program::start(&args);
        let url = format!("{}/v1/Services", program.base_url);
        let request = Http::new().request(Method::POST, &url).login(ACCOUNT, "token");
        request.form(&[("FriendlyName", "kept")]).send().await.expect(201);
        program.services().await
    };
    let after = Program::start(&args).services().await;
    let names = |list: &Value| crate::support::each(&list["services"], "sid").join(" ");
    assert_eq!(names(&after), names(&before));
    assert_eq!(after["services"].as_array().unwrap().len(), 2);
}

#[test]
fn a_file_that_holds_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    std::fs::write(&file, "this is not a database, and long enough to be looked at as one".repeat(20)).unwrap();
    let output = run(&["--data", file.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("data.db") && error.contains("not a database"), "{error}");
}

#[test]
fn help_and_version_are_told() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for option in ["--port", "--account-sid", "--auth-token", "--data"] {
        assert!(help.contains(option), "{help}");
    }
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert_eq!(version.trim(), format!("twilio-conversations-emulator {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn arguments_that_make_no_sense_are_named() {
    for (args, named) in [
        (&["--frobnicate"][..], "frobnicate"),
        (&["--port", "many"], "many"),
        (&["--port"], "port"),
        (&["--account-sid", "AC1"], "AC1"),
        (&["--bind", "nowhere"], "nowhere"),
    ] {
        let output = run(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(error.contains(named), "{error}");
    }
}
