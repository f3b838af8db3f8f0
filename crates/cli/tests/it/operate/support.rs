//! Runs `twconv` on an account, and prepares conversations.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use twilio_conversations::{
    Client, ClientBuilder, ConversationSid, ServiceSid,
    chrono::{DateTime, Utc},
    v1::{Conversation, ConversationState},
};
use twilio_conversations_emulator::Emulator;

use crate::support::{Twconv, VARIABLES};

/// An auth token that is in no other value.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The program with the variables of an account.
pub(crate) struct Bench(Twconv);

impl Bench {
    /// The account of an emulator.
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self(Twconv::on(emulator))
    }

    pub(crate) fn of(base_url: &str, account_sid: &str, auth_token: &str) -> Self {
        let values = [account_sid, auth_token, base_url];
        let variables = VARIABLES.into_iter().zip(values);
        Self(variables.fold(Twconv::new(), |program, (name, value)| program.with(name, value)))
    }

    /// With another variable. An empty one counts as unset.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.with(name, value))
    }

    pub(crate) fn program(&self) -> &Twconv {
        &self.0
    }

    pub(crate) fn home(&self) -> &Path {
        self.0.home()
    }

    /// The folder of journals.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/twconv")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.bare();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end. Off the thread of the test's runtime, which serves the emulator.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        Run::new(output)
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
