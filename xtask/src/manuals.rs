//! `cargo xtask man DIR` and `cargo xtask completions DIR`: files about `twconv` for packages, which the program itself
//! writes.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use crate::Outcome;

/// Each shell with the name under which it looks for a completion script.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "twconv"),
    ("elvish", "twconv.elv"),
    ("fish", "twconv.fish"),
    ("powershell", "_twconv.ps1"),
    ("zsh", "_twconv"),
];

/// Writes a man page for each command.
pub(crate) fn man(folder: &str) -> Outcome {
    run(&["man".as_ref(), folder.as_ref()], Stdio::inherit())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a completion script for each shell.
pub(crate) fn completions(folder: &str) -> Outcome {
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder).map_err(|error| format!("creating {}: {error}", folder.display()))?;
    for (shell, name) in SHELLS {
        let path = folder.join(name);
        let script = run(&["completions".as_ref(), shell.as_ref()], Stdio::piped())?;
        std::fs::write(&path, script).map_err(|error| format!("writing {}: {error}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the program, runs it, and returns its stdout.
fn run(arguments: &[&OsStr], stdout: Stdio) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--package", "twilio-conversations-cli", "--"]).args(arguments);
    // Variables about xtask's own package. Build scripts that read them would run again, here and in the next build.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    let child = cargo.stdout(stdout).spawn().map_err(|error| format!("running cargo: {error}"))?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("twconv {}: {}", arguments.join(OsStr::new(" ")).display(), output.status).into());
    }
    Ok(output.stdout)
}
