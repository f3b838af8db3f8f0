//! Runs the program with an environment of its own.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;
use twilio_conversations_emulator::Emulator;

/// The variables that set a client up.
pub(crate) const VARIABLES: [&str; 3] = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CONVERSATIONS_BASE_URL"];

/// A home folder, and the variables that the program sees. Nothing else of the environment reaches it.
pub(crate) struct Twconv {
    home: TempDir,
    variables: Vec<(String, String)>,
}

impl Twconv {
    /// Without credentials.
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap(), variables: Vec::new() }
    }

    /// With the credentials of an emulator.
    pub(crate) fn on(emulator: &Emulator) -> Self {
        VARIABLES.into_iter().fold(Self::new(), |program, name| program.with(name, emulator.var(name).unwrap()))
    }

    /// With another variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The command, with arguments that are parted by spaces.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = self.bare();
        command.args(args.split_whitespace());
        command
    }

    /// The command without arguments.
    pub(crate) fn bare(&self) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_twconv")))
    }

    /// The command without arguments, started by another program that takes it as its last argument.
    pub(crate) fn bare_under(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).arg(env!("CARGO_BIN_EXE_twconv"));
        self.prepared(command)
    }

    fn prepared(&self, mut command: Command) -> Command {
        command.env_clear().env("HOME", self.home()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).current_dir(self.home());
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &str) -> Ended {
        Ended::from(self.command(args).output().unwrap())
    }

    /// Runs it with arguments that may hold spaces.
    pub(crate) fn run_args(&self, args: &[&str]) -> Ended {
        Ended::from(self.bare().args(args).output().unwrap())
    }

    /// Runs it with stdin.
    pub(crate) fn run_with(&self, args: &str, stdin: &str) -> Ended {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The program may end before it has read all.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Ended::from(child.wait_with_output().unwrap())
    }
}

/// A process that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Stdout of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }

    /// Stderr of a failure with this exit code, which prints nothing on stdout.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        self.stderr
    }
}
