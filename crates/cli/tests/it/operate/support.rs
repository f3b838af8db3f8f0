//! Runs `twconv` with an environment of its own.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use twilio_conversations::{
    Client, ClientBuilder, ConversationSid, ServiceSid,
    chrono::{DateTime, Utc},
    v1::{Conversation, ConversationState},
};
use twilio_conversations_emulator::Emulator;

/// Variables that the tests keep; all others are removed.
const KEPT: [&str; 2] = ["PATH", "SYSTEMROOT"];

/// A home folder, and the variables of an account.
pub(crate) struct Bench {
    pub(crate) home: TempDir,
    variables: Vec<(String, String)>,
}

impl Bench {
    /// The account of an emulator.
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self::of(emulator.base_url(), emulator.account_sid(), emulator.auth_token())
    }

    pub(crate) fn of(base_url: &str, account_sid: &str, auth_token: &str) -> Self {
        let variables = [
            ("TWILIO_CONVERSATIONS_BASE_URL", base_url),
            ("TWILIO_ACCOUNT_SID", account_sid),
            ("TWILIO_AUTH_TOKEN", auth_token),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { home: tempfile::tempdir().unwrap(), variables }
    }

    /// Sets a variable; an empty value removes it.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twconv"));
        command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        command.env("HOME", self.home.path()).envs(self.variables.iter().cloned());
        command
    }

    /// Runs the program to its end. Off the thread of the test's runtime, which serves the emulator.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        Run::new(output)
    }

    pub(crate) fn state(&self) -> std::path::PathBuf {
        self.home.path().join(".local/state/twconv")
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The lines of stdout as JSON.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn client(emulator: &Emulator) -> Client {
    ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap()
}

/// A conversation of a state that was last updated then.
pub(crate) async fn conversation(
    client: &Client,
    service: Option<&ServiceSid>,
    state: ConversationState,
    updated: &str,
) -> ConversationSid {
    let updated: DateTime<Utc> = updated.parse().unwrap();
    let conversations = match service {
        Some(service) => client.service(service).conversations(),
        None => client.conversations(),
    };
    let created: Conversation = conversations.create().date_created(updated).date_updated(updated).await.unwrap();
    let handle = match service {
        Some(service) => client.service(service).conversation(&created.sid),
        None => client.conversation(&created.sid),
    };
    if state != ConversationState::Active {
        handle.update().state(state).date_updated(updated).await.unwrap();
    }
    created.sid
}

/// The SIDs of all conversations of the default service, in order.
pub(crate) async fn all(client: &Client) -> Vec<ConversationSid> {
    let conversations = client.conversations().list().stream().try_collect().await.unwrap();
    let mut sids: Vec<_> = conversations.into_iter().map(|conversation| conversation.sid).collect();
    sids.sort();
    sids
}

/// The lines of a journal as JSON.
pub(crate) fn journal(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
