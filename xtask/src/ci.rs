//! `cargo xtask ci`: what must pass before a change lands, in the order in which it is quickest to fail.

use std::{
    error::Error,
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{Outcome, bless, files, links, regen, tidy};

/// A step by cargo: its name, its arguments, and what to do when it fails.
struct Step<'a> {
    name: &'a str,
    arguments: &'a [&'a str],
    help: &'a str,
}

const fn step<'a>(name: &'a str, arguments: &'a [&'a str], help: &'a str) -> Step<'a> {
    Step { name, arguments, help }
}

const FACADE: &str = "twilio-conversations";
const WEBHOOK: &str = "twilio-conversations-webhook";

const STEPS: &[Step<'_>] = &[
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
    step(
        "client without TLS",
        &["test", "-p", FACADE, "--no-default-features", "--features", "client"],
        "the client must work without TLS, over plain http",
    ),
    step(
        "mock transport alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "testing", "testing"],
        "the mock transport must work without TLS and without the receiver",
    ),
    step(
        "native-tls alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "native-tls"],
        "on Linux this needs OpenSSL's headers and pkg-config",
    ),
    step(
        "rustls with aws-lc alone",
        &["test", "-p", FACADE, "--no-default-features", "--features", "rustls"],
        "this needs a C compiler, and on some machines cmake",
    ),
    step(
        "receiver alone",
        &["test", "-p", WEBHOOK, "-p", FACADE, "--no-default-features", "--features", "twilio-conversations/webhook"],
        "the receiver must work without client and framework",
    ),
    step(
        "receiver on axum alone",
        &["check", "-p", FACADE, "--all-targets", "--no-default-features", "--features", "axum"],
        "the receiver on axum must compile without the client",
    ),
    step(
        "clippy, all features",
        &["clippy", "-p", WEBHOOK, "-p", FACADE, "--all-targets", "--all-features", "--", "--deny", "warnings"],
        "mend what it says, or allow it where it stands, with a reason",
    ),
    step(
        "documentation",
        &["doc", "--workspace", "--no-deps", "--all-features"],
        "mend the links and examples that it names",
    ),
];

/// Runs every step, and stops at the first that fails.
pub(crate) fn run() -> Outcome {
    let begin = Instant::now();
    let checks = [tidy::run, regen::check, || bless::run(&["--check"])];
    for check in checks {
        if check()? != ExitCode::SUCCESS {
            return Ok(ExitCode::FAILURE);
        }
    }
    for step in STEPS {
        if !passes(step, None, begin)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    println!("== links: cargo xtask links");
    if links::run()? != ExitCode::SUCCESS {
        return Ok(ExitCode::FAILURE);
    }
    // The packages of a workspace that depend on each other are checked through a registry that cargo makes in the
    // target folder. It unpacks them into its home, by the path of that registry, name and version. A second run at the
    // same path and version would be checked against the first one's sources, so each run has a folder of its own.
    let moment = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let own = files::root().join(format!("target/package-{moment}"));
    let published = published()?;
    let packages = published.iter().flat_map(|name| ["--package", name.as_str()]);
    let arguments: Vec<_> = ["package", "--allow-dirty"].into_iter().chain(packages).collect();
    let step = step("packages", &arguments, "every published crate must package on its own");
    let packaged = passes(&step, Some(&own), begin)?;
    let _ = fs::remove_dir_all(&own); // only its size is a loss
    if !packaged {
        return Ok(ExitCode::FAILURE);
    }
    println!("== all {} steps passed in {:.0?}", STEPS.len() + checks.len() + 2, begin.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// The members of the workspace without `publish = false`.
fn published() -> Result<Vec<String>, Box<dyn Error>> {
    let output = cargo(&["metadata", "--no-deps", "--format-version", "1"]).stderr(Stdio::inherit()).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let members = metadata["packages"].as_array().into_iter().flatten();
    let published = members.filter(|package| package["publish"].is_null());
    let names: Vec<_> = published.filter_map(|package| package["name"].as_str()).map(str::to_owned).collect();
    if names.is_empty() { Err("cargo metadata names no published crate".into()) } else { Ok(names) }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(files::root());
    command
}

/// Runs one step, in the target folder given, and returns whether it passed.
fn passes(step: &Step<'_>, target: Option<&Path>, begin: Instant) -> Result<bool, Box<dyn Error>> {
    println!("== {}: cargo {}", step.name, step.arguments.join(" "));
    let mut command = cargo(step.arguments);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    if let Some(target) = target {
        command.arg("--target-dir").arg(target);
    }
    let passed = command.status()?.success();
    if !passed {
        eprintln!("{} failed after {:.0?}: {}", step.name, begin.elapsed(), step.help);
    }
    Ok(passed)
}
