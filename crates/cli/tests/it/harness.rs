//! The program as a process, with a home of its own, and an emulator in this process.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use http::Method;
use serde_json::Value;
use twilio_conversations::{Client, ClientBuilder};
use twilio_conversations_emulator::Emulator;

/// Longest time for something that happens at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// A home folder, and an emulator that the program finds by its environment.
pub(crate) struct Harness {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    folder: tempfile::TempDir,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(Emulator::start().await.unwrap())
    }

    pub(crate) fn with(emulator: Emulator) -> Self {
        let client = ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
        Self { emulator, client, folder: tempfile::tempdir().unwrap() }
    }

    /// A file of the home folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with the emulator's credentials.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(self.folder.path(), args);
        for name in ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CONVERSATIONS_BASE_URL"] {
            command.env(name, self.emulator.var(name).unwrap());
        }
        command
    }

    /// Runs the program to its end. The emulator serves meanwhile.
    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        run(self.command(args)).await
    }

    /// Starts `listen` and waits until it is ready.
    pub(crate) async fn listen(&self, args: &[&str]) -> Process {
        let mut process = Process::spawn(self.command(&[&["listen"], args].concat()));
        process.until("ready: ").await;
        process
    }

    /// Makes a request of the API that calls webhooks. Returns status and body.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        let request = self.client.request(Method::POST, path).header("X-Twilio-Webhook-Enabled", "true").form(form);
        request.send::<Value>().await.map_err(|error| error.to_string())
    }

    /// The webhook configuration of the account.
    pub(crate) async fn webhooks(&self) -> Value {
        self.client.request(Method::GET, "/v1/Configuration/Webhooks").send().await.unwrap()
    }

    /// Sets the webhook configuration of the account.
    pub(crate) async fn set_webhooks(&self, form: &[(&str, &str)]) -> Value {
        self.client.request(Method::POST, "/v1/Configuration/Webhooks").form(form).send().await.unwrap()
    }

    /// The files of the state folder with this ending.
    pub(crate) fn states(&self, ending: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.file("state/twconv/listen")).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
    }
}

/// The program without credentials.
pub(crate) fn bare(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twconv"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TWILIO_") {
            command.env_remove(name);
        }
    }
    command.args(args).env("HOME", home).env("XDG_STATE_HOME", home.join("state")).env_remove("XDG_CONFIG_HOME");
    command.stdin(Stdio::null());
    command
}

/// The command in a shell that lets no file grow beyond this number of blocks of 512 bytes, as a full disk does.
#[cfg(unix)]
pub(crate) fn with_file_limit(command: &Command, blocks: u64) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut limited = Command::new("sh");
    limited.args(["-c", &script]).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

/// Runs a command to its end on a thread of its own.
pub(crate) async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Runs a command with this text on its stdin.
pub(crate) async fn run_with_input(mut command: Command, input: Vec<u8>) -> Output {
    let run = move || {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read all of it closes the pipe.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), &input);
        child.wait_with_output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running program, killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdout: Option<Receiver<String>>,
    stderr: Option<Receiver<String>>,
    /// The lines of stderr so far.
    pub(crate) notes: Vec<String>,
}

impl Process {
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = Some(lines(child.stdout.take().unwrap()));
        let stderr = Some(lines(child.stderr.take().unwrap()));
        Self { child, stdout, stderr, notes: Vec::new() }
    }

    /// Waits for a line on stderr that contains this text, and returns it.
    pub(crate) async fn until(&mut self, part: &str) -> String {
        loop {
            let Some(line) = next(&mut self.stderr).await else {
                panic!("stderr ended without {part:?}: {:?}", self.notes)
            };
            self.notes.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The next line on stdout, without its time.
    pub(crate) async fn line(&mut self) -> String {
        next(&mut self.stdout).await.expect("stdout has another line")
    }

    /// The URL that the webhooks point at.
    pub(crate) fn url(&self) -> String {
        let ready = self.notes.iter().find(|line| line.starts_with("ready: ")).unwrap();
        let start = ready.find("http://127.0.0.1:").unwrap();
        ready[start..].split([' ', ',']).next().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Waits for the end of the program; returns its status and the rest of both streams.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, String) {
        let (mut out, mut err) = (String::new(), self.notes.join("\n"));
        while let Some(line) = next(&mut self.stdout).await {
            out = out + &line + "\n";
        }
        while let Some(line) = next(&mut self.stderr).await {
            err = err + "\n" + &line;
        }
        (self.child.wait().unwrap(), out, err)
    }

    /// Waits for the end of the program; returns its exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Closes the reading end of stdout.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}

/// The next line; none at the end of the stream.
async fn next(stream: &mut Option<Receiver<String>>) -> Option<String> {
    let receiver = stream.take().unwrap();
    let wait = move || {
        let line = receiver.recv_timeout(PATIENCE);
        (receiver, line)
    };
    let (receiver, line) = tokio::task::spawn_blocking(wait).await.unwrap();
    *stream = Some(receiver);
    match line {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("no line within {PATIENCE:?}"),
    }
}
