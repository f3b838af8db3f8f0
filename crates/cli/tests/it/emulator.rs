//! `twconv emulator`: the emulator's own program as a command.

use std::process::Command;

use crate::harness::{Process, bare, run, text};

fn command(args: &[&str]) -> (tempfile::TempDir, Command) {
    let home = tempfile::tempdir().unwrap();
    let command = bare(home.path(), &[&["emulator"], args].concat());
    (home, command)
}

#[tokio::test]
async fn the_emulator_serves_until_a_signal() {
    let (_home, command) = command(&["--account-sid", "AC00000000000000000000000000000007", "--strict"]);
    let mut process = Process::spawn(command);
    let line = process.line().await;
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
    process.signal("-TERM");
    let (status, out, err) = process.end().await;
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    assert!(out.contains("export TWILIO_ACCOUNT_SID=AC00000000000000000000000000000007"), "{out}");
}

#[tokio::test]
async fn help_is_that_of_the_emulator_and_names_the_command() {
    let output = run(command(&["--help"]).1).await;
    let help = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(help.contains("Usage: twconv emulator [OPTIONS]") && help.contains("--pre-hook-timeout"), "{help}");
    assert!(text(&run(command(&["--version"]).1).await.stdout).starts_with("twilio-conversations-emulator "));
}

#[tokio::test]
async fn a_wrong_option_of_the_emulator_has_exit_code_2() {
    for (args, named) in [(&["--frobnicate"][..], "frobnicate"), (&["--port", "many"], "many"), (&["stray"], "stray")] {
        let output = run(command(args).1).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with("error: emulator: ") && error.contains(named), "{error}");
    }
}
