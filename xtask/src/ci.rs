//! `cargo xtask ci`: what must pass before a change lands, in the order in which it is quickest to fail.

use std::{
    process::{Command, ExitCode},
    time::Instant,
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
    step("packages", &["package", "--workspace", "--allow-dirty"], "every crate must package on its own"),
];

/// Runs every step, and stops at the first that fails.
pub(crate) fn run() -> Outcome {
    let begin = Instant::now();
    if tidy::run()? != ExitCode::SUCCESS || regen::check()? != ExitCode::SUCCESS {
        return Ok(ExitCode::FAILURE);
    }
    for step in STEPS {
        println!("== {}: cargo {}", step.name, step.arguments.join(" "));
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(step.arguments)
            .current_dir(files::root())
            .env("RUSTDOCFLAGS", "--deny warnings")
            .status()?;
        if !status.success() {
            eprintln!("{} failed after {:.0?}: {}", step.name, begin.elapsed(), step.help);
            return Ok(ExitCode::FAILURE);
        }
    }
    println!("== all {} steps passed in {:.0?}", STEPS.len() + 2, begin.elapsed());
    Ok(ExitCode::SUCCESS)
}
