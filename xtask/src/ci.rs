//! `cargo xtask ci`: what must pass before a change lands, in the order in which it is quickest to fail.

use std::{
    error::Error,
    fs,
    path::Path,
    process::{Command, ExitCode},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use crate::{Outcome, files, regen, tidy};

/// A step by cargo: its name, its arguments, and what to do when it fails.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    help: &'static str,
}

const fn step(name: &'static str, arguments: &'static [&'static str], help: &'static str) -> Step {
    Step { name, arguments, help }
}

const FACADE: &str = "twilio-conversations";

const STEPS: &[Step] = &[
    step("format", &["fmt", "--all", "--check"], "cargo fmt --all"),
    step(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"],
        "mend what it says, or allow it where it stands, with a reason",
    ),
    step("tests", &["test", "--workspace"], "cargo test --workspace"),
    step("quickstart", &["run", "--quiet", "--example", "quickstart"], "cargo run --example quickstart"),
    step(
        "no features",
        &["check", "-p", FACADE, "--no-default-features"],
        "the facade must compile without any feature",
    ),
    // What only the receiver is about is left to its own steps.
    step(
        "client without TLS",
        &["test", "-p", FACADE, "--no-default-features", "--features", "client", "--", "--skip", "webhook::"],
        "the client must work without TLS, over plain http",
    ),
    step(
        "native-tls alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "native-tls", "--", "--skip", "webhook::"],
        "on Linux this needs OpenSSL's headers and pkg-config",
    ),
    step(
        "rustls with aws-lc alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "rustls", "--", "--skip", "webhook::"],
        "this needs a C compiler, and on some machines cmake",
    ),
    step(
        "receiver alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "webhook"],
        "the receiver must work without client and framework",
    ),
    step(
        "receiver on axum alone",
        &["check", "-p", FACADE, "--all-targets", "--no-default-features", "--features", "axum"],
        "the receiver on axum must compile without the client",
    ),
    step(
        "clippy, all features",
        &["clippy", "-p", FACADE, "--all-targets", "--all-features", "--", "--deny", "warnings"],
        "mend what it says, or allow it where it stands, with a reason",
    ),
    step(
        "documentation",
        &["doc", "--workspace", "--no-deps", "--all-features"],
        "mend the links and examples that it names",
    ),
];

/// The packages of a workspace that depend on each other are checked through a registry that cargo makes in the target
/// folder, and what cargo unpacks from it stays in its home, by the path of that registry, name and version. A second
/// run at the same path and version is checked against the first one's sources, so each run has a folder of its own.
const PACKAGES: Step =
    step("packages", &["package", "--workspace", "--allow-dirty"], "every crate must package on its own");

/// Runs every step, and stops at the first that fails.
pub(crate) fn run() -> Outcome {
    let begin = Instant::now();
    if tidy::run()? != ExitCode::SUCCESS || regen::check()? != ExitCode::SUCCESS {
        return Ok(ExitCode::FAILURE);
    }
    for step in STEPS {
        if !passes(step, None, begin)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    let moment = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let own = files::root().join(format!("target/package-{moment}"));
    let packaged = passes(&PACKAGES, Some(&own), begin)?;
    let _ = fs::remove_dir_all(&own); // only its size is a loss
    if !packaged {
        return Ok(ExitCode::FAILURE);
    }
    println!("== all {} steps passed in {:.0?}", STEPS.len() + 3, begin.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// Runs one step, in the target folder given, and tells whether it passed.
fn passes(step: &Step, target: Option<&Path>, begin: Instant) -> Result<bool, Box<dyn Error>> {
    println!("== {}: cargo {}", step.name, step.arguments.join(" "));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(step.arguments).current_dir(files::root()).env("RUSTDOCFLAGS", "--deny warnings");
    if let Some(target) = target {
        command.arg("--target-dir").arg(target);
    }
    let passed = command.status()?.success();
    if !passed {
        eprintln!("{} failed after {:.0?}: {}", step.name, begin.elapsed(), step.help);
    }
    Ok(passed)
}
