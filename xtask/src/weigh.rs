//! `cargo xtask weigh`: what the facade costs those who build it, beside raw reqwest with the same TLS.
//!
//! Three programs, built from nothing in a folder of their own: one call on raw reqwest, one call on the facade, and a
//! call of every operation. For each the crates in its tree, the CPU seconds of a cold release build, the size stripped.
//! Then what of that is our own crates, with all others built before: checked, and built for release.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use crate::{Outcome, files};

/// TLS by feature: the facade's name, reqwest's, and what raw reqwest needs beside it.
const TLS: [(&str, &str, &str); 3] = [
    (
        "rustls-ring",
        "rustls-no-provider",
        "rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }",
    ),
    ("rustls", "rustls", ""),
    ("native-tls", "native-tls", ""),
];

const RAW: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    PROVIDER
    #[derive(serde::Deserialize)]
    struct Hook { filters: Option<Vec<String>> }
    let body = reqwest::Client::new()
        .get("https://conversations.twilio.com/v1/Configuration/Webhooks")
        .basic_auth("AC", Some("token")).send().await?.bytes().await?;
    let hook: Hook = serde_json::from_slice(&body)?;
    println!("{:?}", hook.filters);
    Ok(())
}
"#;

const ONE: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = twilio_conversations::Client::from_env()?;
    println!("{:?}", client.configuration().webhooks().fetch().await?.filters);
    Ok(())
}
"#;

/// Outside of the repository, whose settings for cargo are not those of a program that uses the facade.
fn folder() -> PathBuf {
    std::env::temp_dir().join("twilio-conversations-weigh")
}

/// Weighs with the features named, or with the default's alone.
pub(crate) fn run(features: &[&str]) -> Outcome {
    let features = if features.is_empty() { &["rustls-ring"] } else { features };
    println!("| TLS | program | crates | CPU seconds to build | stripped |");
    println!("| --- | --- | --- | --- | --- |");
    for feature in features {
        let Some((ours, theirs, extra)) = TLS.iter().find(|(ours, ..)| ours == feature) else {
            return Err(format!("no TLS by the name of {feature}").into());
        };
        let provider =
            if extra.is_empty() { "" } else { "rustls::crypto::ring::default_provider().install_default().ok();" };
        let reqwest =
            format!("reqwest = {{ version = \"0.13\", default-features = false, features = [\"{theirs}\"] }}\n{extra}");
        let facade = format!(
            "twilio-conversations = {{ path = {:?}, default-features = false, features = [\"client\", \"{ours}\"] }}",
            files::root().join("crates/facade")
        );
        weigh(ours, "raw reqwest, one call", &reqwest, &RAW.replace("PROVIDER", provider))?;
        weigh(ours, "one call", &facade, ONE)?;
        weigh(ours, "every operation", &facade, &all_operations()?)?;
    }
    println!("\n| our own crates, all others built before | seconds | CPU seconds |");
    println!("| --- | --- | --- |");
    own("cargo check", &["check", "--quiet"], &[])?;
    own("cargo build --release", &["build", "--release", "--quiet"], &["--release"])?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the middle of three measures of a command on the program that is there, with nothing to do but our crates.
fn own(name: &str, command: &[&str], profile: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
    let folder = folder();
    let ours = ["twilio-conversations-types", "twilio-conversations-client", "twilio-conversations"];
    let mut clean = [&["clean", "--quiet"], profile].concat();
    clean.extend(ours.iter().flat_map(|package| ["--package", package]));
    cargo(&folder, command)?;
    let mut measures = Vec::new();
    for _ in 0..3 {
        cargo(&folder, &clean)?;
        let (begin, before) = (Instant::now(), children_cpu());
        cargo(&folder, command)?;
        measures.push((begin.elapsed().as_secs_f64(), children_cpu() - before));
    }
    measures.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, cpu) = measures[measures.len() / 2];
    println!("| `{name}` | {seconds:.1} | {cpu:.1} |");
    Ok(())
}

fn weigh(tls: &str, name: &str, dependency: &str, main: &str) -> Result<(), Box<dyn std::error::Error>> {
    let folder = folder();
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), main)?;
    let manifest = format!(
        "[package]\nname = \"weigh\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nstrip = true\n[dependencies]\n{dependency}\nserde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\ntokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(files::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let target = folder.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let before = children_cpu();
    cargo(&folder, &["build", "--release", "--quiet"])?;
    let seconds = children_cpu() - before;
    let tree = cargo(&folder, &["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"])?;
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
    let size = fs::metadata(target.join("release").join(format!("weigh{}", std::env::consts::EXE_SUFFIX)))?.len();
    #[allow(clippy::cast_precision_loss, reason = "a program is smaller than 2^52 bytes")]
    let megabytes = size as f64 / 1e6;
    println!("| {tls} | {name} | {} | {seconds:.0} | {megabytes:.2} MB |", crates.len() - 1);
    Ok(())
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("cargo {} failed in {}", arguments.join(" "), folder.display()).into())
    }
}

/// CPU seconds of all children that have ended, where Linux tells; NaN elsewhere.
fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let fields: Vec<f64> = after_name.split(' ').filter_map(|field| field.parse().ok()).collect();
    // Without the state, which is a letter: cutime and cstime, in hundredths of a second.
    match fields.get(12..14) {
        Some(&[user, system]) => (user + system) / 100.0,
        _ => f64::NAN,
    }
}

/// A program that calls every positional method, found by name in the generated files.
fn all_operations() -> Result<String, Box<dyn std::error::Error>> {
    let generated = files::read_folder(&files::root().join("crates/client/src/generated"))?;
    let mut calls = String::new();
    let mut count = 0;
    for text in generated.iter().filter(|(name, _)| name.ends_with("/operations.rs")).map(|(_, text)| text) {
        for method in text.split("pub async fn ").skip(1) {
            let signature =
                method.split_once(") ->").map(|(signature, _)| signature).ok_or("a method without an answer")?;
            let (name, arguments) = signature.split_once('(').ok_or("a method without arguments")?;
            let arguments = arguments.split(',').map(str::trim).filter(|argument| argument.contains(": "));
            let values = arguments.map(|argument| match argument.split_once(": ").map(|(_, ty)| ty) {
                Some("&str") => "\"x\"",
                Some(ty) if ty.starts_with("Option<") => "None",
                _ => "&any()",
            });
            writeln!(calls, "    drop(client.{name}({}).await);", values.collect::<Vec<_>>().join(", "))?;
            count += 1;
        }
    }
    if count == 0 {
        return Err("no operation was found in crates/client/src/generated".into());
    }
    Ok(format!(
        "fn any<T: serde::de::DeserializeOwned>() -> T {{\n    serde_json::from_str(&std::env::var(\"ANY\").unwrap()).unwrap()\n}}\n\n#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    let client = twilio_conversations::Client::from_env()?;\n{calls}    Ok(())\n}}\n"
    ))
}
