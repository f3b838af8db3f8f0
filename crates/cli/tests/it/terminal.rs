//! The program on a terminal: widths, prompts, colours.

use std::{
    io::{Read as _, Write as _},
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use twilio_conversations_emulator::Emulator;

use crate::support::Twconv;

/// Runs the program on a terminal so many columns wide, and returns exit code and screen. Each `(prompt, input)` is typed
/// when the prompt is there.
pub(crate) fn on_terminal(program: &Twconv, columns: u16, args: &[&str], inputs: &[(&str, &str)]) -> (u32, String) {
    let size = PtySize { rows: 50, cols: columns, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_twconv"));
    command.env_clear();
    for (name, value) in program.bare().get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("TERM", "xterm");
    command.cwd(program.home());
    command.args(args);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut killer = child.clone_killer();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    // A program that waits for another input than the typed one fails the test, in place of holding it.
    std::thread::spawn(move || {
        if is_done.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
            let _ = killer.kill();
        }
    });
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let mut inputs = inputs.iter().peekable();
    let (mut screen, mut seen, mut buffer) = (Vec::new(), 0, [0; 4096]);
    // Linux ends a terminal without a process by an error.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        screen.extend_from_slice(&buffer[..count]);
        if let Some((prompt, input)) = inputs.peek()
            && String::from_utf8_lossy(&screen[seen..]).contains(prompt)
        {
            seen = screen.len();
            // Input that arrives while the program switches the echo off would be shown, or dropped.
            let begin = Instant::now();
            while prompt.contains("auth token") && echoes(&*pair.master) {
                assert!(begin.elapsed() < Duration::from_secs(30), "the secret would be shown");
                std::thread::yield_now();
            }
            writer.write_all(input.as_bytes()).unwrap();
            inputs.next();
        }
    }
    let code = child.wait().unwrap().exit_code();
    drop(done);
    assert!(echoes(&*pair.master), "the program left the terminal without echo");
    (code, String::from_utf8(screen).unwrap().replace("\r\n", "\n"))
}

/// Whether the terminal shows what is typed: ECHO of the local modes.
fn echoes(terminal: &dyn portable_pty::MasterPty) -> bool {
    terminal.get_termios().unwrap().local_flags.bits() & 0o10 != 0
}

/// The screen of a successful command, without styles. No line is wider than the terminal.
fn screen(program: &Twconv, columns: u16, args: &str) -> String {
    let args: Vec<&str> = args.split(' ').collect();
    let (code, screen) = on_terminal(program, columns, &args, &[]);
    assert_eq!(code, 0, "{screen}");
    let screen = without_styles(&screen);
    let widest = screen.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!(widest <= usize::from(columns), "{widest} columns: {screen}");
    screen
}

async fn with_conversation() -> (Emulator, Twconv, String) {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let name = "A friendly name that is longer than a narrow terminal has columns left for it, and then some more";
    let sid = program.run_args(&["conversations", "create", "--friendly-name", name, "--jq", ".sid"]).ok();
    (emulator, program, sid.trim().to_owned())
}

#[test]
fn help_is_readable_on_terminals_of_80_and_200_columns() {
    let program = Twconv::new();
    for columns in [80, 200] {
        let plain = |args: &str| screen(&program, columns, args);
        insta::assert_snapshot!(format!("help_{columns}"), plain("--help"));
        insta::assert_snapshot!(format!("help_messages_{columns}"), plain("conversations messages --help"));
        insta::assert_snapshot!(format!("help_create_{columns}"), plain("conversations messages create -h"));
        insta::assert_snapshot!(format!("help_update_{columns}"), plain("configuration webhooks update --help"));
    }
}

#[test]
fn help_off_a_terminal_has_no_escape_sequence() {
    let help = Twconv::new().run("conversations list --help").ok();
    assert!(!help.contains('\u{1b}'));
    insta::assert_snapshot!("help_list_piped", help);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_fits_the_terminal_and_is_whole_off_it() {
    let (emulator, program, sid) = with_conversation().await;
    let masked = |text: String| {
        let service = program.run("conversations list --jq .chat_service_sid").ok();
        let date = program.run("conversations list --jq .date_created").ok();
        let text = text.replace(&sid, "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        let text = text.replace(service.trim(), "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        text.replace(date.trim(), "2026-01-02T03:04:05Z")
    };
    insta::assert_snapshot!("table_200", masked(screen(&program, 200, "conversations list")));
    let narrow = screen(&program, 80, "conversations list");
    assert_eq!(narrow.lines().count(), 2, "{narrow}");
    assert!(narrow.contains('…'), "{narrow}");
    insta::assert_snapshot!("table_piped", masked(program.run("conversations list -o table").ok()));
    insta::assert_snapshot!("tsv_piped", masked(program.run("conversations list -o tsv").ok()));
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_prompts_for_a_confirmation_and_no_is_the_default() {
    let (emulator, program, sid) = with_conversation().await;
    let delete = ["conversations", "remove", &sid];
    for input in ["\n", "n\n", "yep\n"] {
        let (code, screen) = on_terminal(&program, 80, &delete, &[("[y/N]", input)]);
        assert_eq!(code, 1, "{screen}");
        assert!(screen.contains(&format!("Delete conversation {sid}? [y/N]")), "{screen}");
        assert!(screen.contains("nothing was done"), "{screen}");
    }
    let (code, screen) = on_terminal(&program, 80, &["conversations", "remove", &sid, "--no-input"], &[]);
    assert_eq!(code, 2, "{screen}");
    program.run(&format!("conversations fetch {sid}")).ok();
    let (code, screen) = on_terminal(&program, 80, &delete, &[("[y/N]", "y\n")]);
    assert_eq!(code, 0, "{screen}");
    program.run(&format!("conversations fetch {sid}")).fails(3);
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn login_prompts_for_the_secret_without_echo() {
    let emulator = Emulator::builder().auth_token("the-secret").start().await.unwrap();
    let program = Twconv::new();
    let sid = twilio_conversations_emulator::DEFAULT_ACCOUNT_SID;
    let args = ["login", "--base-url", emulator.base_url()];
    let account = format!("{sid}\n");
    let inputs = [("Account SID:", account.as_str()), ("auth token", "the-secret\n")];
    let (code, screen) = on_terminal(&program, 80, &args, &inputs);
    assert!(!screen.contains("the-secret"), "{screen}");
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("Account SID:") && screen.contains("stored profile"), "{screen}");
    program.run("configuration fetch").ok();
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_a_prompt_ends_the_program_and_changes_nothing() {
    let (emulator, program, sid) = with_conversation().await;
    let ctrl_c = |args: &[&str], prompt: &str| {
        let (code, screen) = on_terminal(&program, 80, args, &[(prompt, "\u{3}")]);
        assert_eq!(code, 130, "{screen}");
        assert!(without_styles(&screen).ends_with("\nerror: interrupted\n"), "{screen}");
    };
    ctrl_c(&["conversations", "remove", &sid], "[y/N]");
    program.run(&format!("conversations fetch {sid}")).ok();
    std::fs::write(program.home().join("webhooks.toml"), "[account]\nmethod = \"POST\"\n").unwrap();
    ctrl_c(&["webhooks", "apply", "webhooks.toml"], "[y/N]");
    assert_eq!(program.run("webhooks plan webhooks.toml").code, 2, "the change is still pending");
    let old = "--date-created 2020-01-01T00:00:00Z --date-updated 2020-01-01T00:00:00Z";
    let old = program.run(&format!("conversations create {old} --jq .sid")).ok();
    ctrl_c(&["prune", "--state", "active", "--older-than", "P1D"], "[y/N]");
    program.run(&format!("conversations fetch {old}")).ok();
    ctrl_c(&["login"], "auth token");
    assert_eq!(program.run("profiles list").ok(), "");
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_secret_is_an_error_and_not_another_prompt() {
    let sid = twilio_conversations_emulator::DEFAULT_ACCOUNT_SID;
    for typed in ["\n", "\u{4}"] {
        let inputs = [("auth token", typed)];
        let (code, screen) = on_terminal(&Twconv::new(), 80, &["login", "--account-sid", sid], &inputs);
        assert!(code == 2 && screen.contains("it is empty"), "{code} {screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_follow_the_flag_and_the_environment() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let coloured = |program: &Twconv, args: &[&str]| on_terminal(program, 80, args, &[]).1.contains('\u{1b}');
    let fetch = ["conversations", "fetch", "x"];
    assert!(coloured(&program, &fetch));
    assert!(coloured(&program, &["--help"]));
    assert!(!coloured(&program, &["conversations", "fetch", "x", "--color", "never"]));
    assert!(!coloured(&program, &["--help", "--color=never"]));
    let plain = Twconv::on(&emulator).with("NO_COLOR", "1");
    assert!(!coloured(&plain, &fetch) && !coloured(&plain, &["--help"]));
    assert!(program.run("conversations fetch x --color always").stderr.contains('\u{1b}'));
    emulator.stop().await;
}

/// The text without escape sequences.
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let end = rest[start..].find('m').expect("styles end with m");
        rest = &rest[start + end + 1..];
    }
    plain + rest
}
