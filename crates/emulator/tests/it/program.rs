//! The emulator as a program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN};

use crate::receiver::{HookResponse, Receiver};
use crate::support::{Http, Method};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_twilio-conversations-emulator");
const ACCOUNT: &str = "AC00000000000000000000000000000007";

/// The program, running; killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) base_url: String,
}

impl Program {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(Command::new(PROGRAM).args(args)).0
    }

    /// Starts it, and returns its stdout after the first line.
    pub(crate) fn spawn(command: &mut Command) -> (Self, BufReader<ChildStdout>) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base_url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        (Self { child, base_url }, out)
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM, and waits until the program has ended. Returns its exit code.
    #[cfg(unix)]
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        for _ in 0..1000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it did not end within 10 s of SIGTERM");
    }

    async fn services(&self) -> Value {
        self.services_of(ACCOUNT, "token").await
    }

    async fn services_of(&self, account: &str, token: &str) -> Value {
        let url = format!("{}/v1/Services", self.base_url);
        Http::new().request(Method::GET, &url).login(account, token).send().await.expect(200).body
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

/// The error of a program that does not start, with some variables.
pub(crate) fn error(args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = Command::new(PROGRAM).args(args).envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?} {variables:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn it_prints_its_url_once_it_serves() {
    let program = Program::start(&["--account-sid", ACCOUNT, "--auth-token", "token"]);
    assert!(program.base_url.starts_with("http://127.0.0.1:"), "{}", program.base_url);
    assert_eq!(program.services().await["services"].as_array().unwrap().len(), 1);
}

#[test]
fn it_prints_the_variables_of_a_client_for_a_shell() {
    let (program, out) =
        Program::spawn(Command::new(PROGRAM).args(["--account-sid", ACCOUNT, "--auth-token", "token"]));
    let lines: Vec<String> = out.lines().take(3).map(Result::unwrap).collect();
    let expected = [
        format!("export TWILIO_CONVERSATIONS_BASE_URL={}", program.base_url),
        format!("export TWILIO_ACCOUNT_SID={ACCOUNT}"),
        "export TWILIO_AUTH_TOKEN=token".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn accounts_and_a_scenario_come_with_the_command_line() {
    const OTHER: &str = "AC00000000000000000000000000000008";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.json");
    std::fs::write(&file, r#"[{"post": "/v1/Services", "form": {"FriendlyName": "from the scenario"}}]"#).unwrap();
    let (another, key) = (format!("{OTHER}:other"), format!("SK{}:secret", &OTHER[2..]));
    let account = ["--account-sid", ACCOUNT, "--auth-token", "token"];
    let more = ["--another-account", &another, "--api-key", &key, "--seed", file.to_str().unwrap()];
    let program = Program::start(&[&account[..], &more].concat());
    let names = |list: &Value| crate::support::each(&list["services"], "friendly_name").join(", ");
    assert!(names(&program.services().await).ends_with(", from the scenario"));
    assert_eq!(program.services_of(&key[..34], "secret").await, program.services().await);
    assert_eq!(program.services_of(OTHER, "other").await["services"].as_array().unwrap().len(), 1);

    std::fs::write(&file, "[{}]").unwrap();
    let output = run(&["--seed", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("scenario"));
}

#[tokio::test]
async fn time_limits_and_accepted_responses_of_webhooks_are_set_on_the_command_line() {
    let receiver = Receiver::start().await;
    let hang = || HookResponse { delay: Duration::from_secs(3600), ..HookResponse::of(403, "") };
    let account = ["--account-sid", ACCOUNT, "--auth-token", "token"];
    let call = |program: &Program, method, path: &str, form: &[(&str, &str)]| {
        let request = Http::new().request(method, &format!("{}{path}", program.base_url)).login(ACCOUNT, "token");
        request.header("x-twilio-webhook-enabled", "true").form(form).send()
    };
    let hooks = [("Method", "POST"), ("PreWebhookUrl", &*receiver.url), ("PostWebhookUrl", &receiver.url)];
    let filters = [("Filters", "onConversationAdd"), ("Filters", "onConversationAdded")];

    let strict = Program::start(&[&account[..], &["--refuse-bad-answers"]].concat());
    call(&strict, Method::POST, "/v1/Configuration/Webhooks", &[&hooks[..], &filters].concat()).await.expect(200);
    receiver.responds(|_| HookResponse::of(200, "<html>"));
    call(&strict, Method::POST, "/v1/Conversations", &[]).await.expect_error(403, 50057);

    let times = ["--pre-hook-timeout", "50", "--post-hook-timeout", "50", "--retries", "0"];
    let hasty = Program::start(&[&account[..], &times].concat());
    call(&hasty, Method::POST, "/v1/Configuration/Webhooks", &[&hooks[..], &filters].concat()).await.expect(200);
    receiver.responds(move |_| hang());
    call(&hasty, Method::POST, "/v1/Conversations", &[]).await.expect(201);
    let over = async {
        loop {
            let list = call(&hasty, Method::GET, "/_emulator/deliveries", &[]).await.expect(200).body;
            let states = crate::support::each(&list["deliveries"], "state").join(" ");
            if states != "pending timed_out" {
                return states;
            }
            tokio::task::yield_now().await;
        }
    };
    let states = tokio::time::timeout(Duration::from_secs(10), over).await.expect("the default is 15 seconds");
    assert_eq!(states, "given_up timed_out");
}

#[tokio::test]
async fn it_listens_on_loopback_and_warns_about_any_other_address() {
    for (args, warns) in [(&[][..], false), (&["--bind", "127.0.0.1"], false), (&["--bind", "0.0.0.0"], true)] {
        let (mut program, _) = Program::spawn(Command::new(PROGRAM).args(args).stderr(Stdio::piped()));
        // Whatever address it listens on, the URL that it prints can be called.
        assert!(program.base_url.starts_with("http://127.0.0.1:"), "{}", program.base_url);
        program.services_of(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN).await;
        program.child.kill().unwrap();
        let mut printed = String::new();
        program.child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        assert_eq!(printed.contains("warning") && printed.contains("0.0.0.0"), warns, "{args:?}: {printed}");
        assert_eq!(printed.is_empty(), !warns, "{args:?}: {printed}");
    }
}

/// Tested with a build without optimization. A release build takes less.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_takes_less_than_20_megabytes_when_idle() {
    let program = Program::start(&[]);
    program.services_of(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u32 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 20_000, "{kilobytes} kB");
}

#[cfg(unix)]
#[test]
fn it_exits_with_0_on_sigterm() {
    let mut program = Program::start(&[]);
    let killed = Command::new("kill").arg(program.child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_data_file_survives_a_kill() {
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

#[tokio::test]
async fn a_scenario_is_loaded_once_into_a_data_file_and_completely_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (data, seed) = (folder.path().join("data.db"), folder.path().join("scenario.json"));
    let args = ["--account-sid", ACCOUNT, "--auth-token", "token", "--data", data.to_str().unwrap()];
    let args = [&args[..], &["--seed", seed.to_str().unwrap()]].concat();
    let service = |name: &str| format!(r#"{{"post": "/v1/Services", "form": {{"FriendlyName": "{name}"}}}}"#);
    std::fs::write(&seed, format!(r#"[{}, {{"post": "/v1/Nothing"}}]"#, service("half"))).unwrap();
    assert_eq!(run(&args).status.code(), Some(2));
    std::fs::write(&seed, format!("[{}]", service("whole"))).unwrap();
    let mut loaded = Vec::new();
    for _ in 0..3 {
        let program = Program::start(&args);
        loaded.push(program.services().await["services"].clone());
        std::fs::write(&seed, format!("[{}]", service("another"))).unwrap();
    }
    assert_eq!(crate::support::each(&loaded[0], "friendly_name")[1..], ["whole"]);
    for later in &loaded[1..] {
        assert_eq!(crate::support::each(later, "sid"), crate::support::each(&loaded[0], "sid"));
    }
}

#[tokio::test]
async fn a_data_file_keeps_how_the_clock_was_moved_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let args = ["--data", file.to_str().unwrap()];
    let clock = async |program: &Program, form: Option<&[(&str, &str)]>| {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let request = Http::new().request(method, &format!("{}/_emulator/clock", program.base_url));
        request.form(form.unwrap_or_default()).send().await.expect(200).body
    };
    let stopped = clock(&Program::start(&args), Some(&[("Freeze", "true"), ("Set", "2031-05-06T07:08:09.010Z")])).await;
    let program = Program::start(&args);
    assert_eq!(clock(&program, None).await, stopped);
    let moved = clock(&program, Some(&[("Advance", "P1D"), ("Freeze", "false")])).await;
    assert_eq!(moved["frozen"], false);
    drop(program);
    let after = clock(&Program::start(&args), None).await;
    let now = after["now"].as_str().unwrap();
    assert!(now >= moved["now"].as_str().unwrap() && now < "2031-05-07T08:", "{moved} {after}");
    assert_eq!(after["frozen"], false);
}

#[test]
fn a_data_file_of_another_version_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("older.db");
    let older = "CREATE TABLE account (id); CREATE TABLE conversation (id); CREATE TABLE delivery (id);
                 CREATE TABLE scoped_webhook (id); PRAGMA user_version = 2";
    rusqlite::Connection::open(&file).unwrap().execute_batch(older).unwrap();
    let output = run(&["--data", file.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("older.db") && error.contains("version 2"), "{error}");
}

#[test]
fn a_file_with_other_content_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    std::fs::write(&file, "this is not a database, and long enough to be looked at as one".repeat(20)).unwrap();
    let output = run(&["--data", file.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("data.db") && error.contains("not a SQLite database"), "{error}");
}

#[test]
fn help_and_version_are_printed() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for option in ["--port", "--account-sid", "--auth-token", "--data", "--refuse-bad-answers", "--pre-hook-timeout"] {
        assert!(help.contains(option), "{help}");
    }
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert_eq!(version.trim(), format!("twilio-conversations-emulator {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn invalid_arguments_are_named_in_the_error() {
    for (args, named) in [
        (&["--frobnicate"][..], "frobnicate"),
        (&["--port", "many"], "many"),
        (&["--port"], "port"),
        (&["--account-sid", "AC1"], "AC1"),
        (&["--bind", "nowhere"], "nowhere"),
        (&["--another-account", "AC1"], "another-account"),
        (&["--fault", "flood"], "flood"),
        (&["--request-journal", "-1"], "-1"),
        (&["--pre-hook-timeout", "soon"], "soon"),
        (&["--post-hook-timeout"], "post-hook-timeout"),
        (&["--seed", "/nowhere/at/all.json"], "/nowhere/at/all.json"),
    ] {
        let output = run(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(error.contains(named), "{error}");
    }
}
