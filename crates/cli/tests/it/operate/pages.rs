//! Shell completions and man pages, as shells and readers of manuals take them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::Twconv;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn script(shell: &str) -> String {
    Twconv::new().run(&format!("completions {shell}")).ok()
}

/// Runs a program with a file; `None` if the machine does not have it.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<(bool, String, String)> {
    let output = Command::new(program).args(arguments).arg(file).stdin(Stdio::null()).output().ok()?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Some((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

#[test]
fn each_shell_that_is_here_accepts_its_script() {
    let folder = tempfile::tempdir().unwrap();
    for shell in SHELLS {
        let text = script(shell);
        for part in ["prune", "participant-conversations", "messaging-service-sid"] {
            assert!(text.contains(part), "{shell}: {part}");
        }
        // The generators for the others complete no values.
        let has_values = ["bash", "fish", "zsh"].contains(&shell);
        assert_eq!(text.contains("initializing"), has_values, "{shell}");
        assert!(!text.contains("SK0") && !text.contains(folder.path().to_str().unwrap()), "{shell}");
        let file = folder.path().join(shell);
        fs::write(&file, text).unwrap();
        if has_values && let Some((is_accepted, _, problem)) = run(shell, &["-n"], &file) {
            assert!(is_accepted && problem.is_empty(), "{shell}: {problem}");
        }
    }
    let problem = Twconv::new().run("completions tcsh").fails(2);
    assert!(problem.contains("bash, elvish, fish, powershell, zsh"), "{problem}");
}

/// The completions of bash for words, of which the last is begun.
fn complete(words: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("complete");
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let call = format!(
        "\nCOMP_WORDS=({})\nCOMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n_twconv twconv \"${{COMP_WORDS[COMP_CWORD]}}\" \
         \"${{COMP_WORDS[COMP_CWORD-1]}}\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        quoted.join(" ")
    );
    fs::write(&file, script("bash") + &call).unwrap();
    let (is_success, found, problem) = run("bash", &["--norc"], &file).expect("the tests need bash");
    assert!(is_success && problem.is_empty(), "{words:?}: {problem}");
    found.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_and_values() {
    let cases: [(&[&str], &[&str]); 8] = [
        (&["twconv", "doc"], &["doctor"]),
        (&["twconv", "conversations", "mess"], &["messages"]),
        (&["twconv", "services", "configuration", "webhooks", ""], &["fetch", "update"]),
        (
            &["twconv", "conversations", "update", "CHx", "--state", ""],
            &["initializing", "inactive", "active", "closed"],
        ),
        (&["twconv", "prune", "--state", "c"], &["closed"]),
        (&["twconv", "who", "alice", "--release", ""], &["leave", "close"]),
        (&["twconv", "doctor", "--pro"], &["--probe", "--properties", "--profile"]),
        (&["twconv", "conversations", "list", "-o", "t"], &["table", "tsv"]),
    ];
    for (words, expected) in cases {
        let found = complete(words);
        for value in expected {
            assert!(found.iter().any(|found| found == value), "{words:?}: {found:?}");
        }
    }
    let all = complete(&["twconv", ""]);
    assert!(all.iter().any(|found| found == "doctor"), "{all:?}");
    assert!(all.iter().all(|found| found != "man" && found != "api"), "hidden commands are not offered: {all:?}");
    assert!(complete(&["twconv", "no-such-command", "--sta"]).iter().all(|found| found != "--state"));
}

#[test]
fn each_command_has_a_man_page_that_man_renders() {
    let program = Twconv::new();
    let folder = program.home().join("man/man1");
    program.run_args(&["man", folder.to_str().unwrap()]).ok();
    let pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let has = |name: &str| folder.join(format!("{name}.1")).exists();
    for name in ["twconv", "twconv-prune", "twconv-doctor", "twconv-who", "twconv-services-roles-create"] {
        assert!(has(name), "{name}");
    }
    assert!(!has("twconv-man"), "a hidden command has no page");
    assert!(pages.len() > 103, "{}", pages.len());
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for part in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
            assert!(text.contains(part), "{}: {part}", page.display());
        }
        assert!(text.lines().all(|line| !line.starts_with('\'') && !line.starts_with(".\\")), "{}", page.display());
    }
    for name in ["twconv", "twconv-prune", "twconv-conversations-messages-create"] {
        let page = folder.join(format!("{name}.1"));
        if let Some((is_success, text, problem)) = run("man", &["--warnings", "-l"], &page) {
            // Long words do not fill their line.
            let is_layout = |line: &str| line.contains("cannot adjust line") || line.contains("cannot break line");
            assert!(is_success && problem.lines().all(is_layout), "{name}: {problem}");
            assert!(text.contains("SYNOPSIS") && text.contains("OPTIONS"), "{name}: {text}");
        }
    }
    // A second run replaces them.
    program.run_args(&["man", folder.to_str().unwrap()]).ok();
    let file = program.home().join("file");
    fs::write(&file, "").unwrap();
    let problem = program.run_args(&["man", file.to_str().unwrap()]).fails(1);
    assert!(problem.contains("writing man pages to"), "{problem}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
}
