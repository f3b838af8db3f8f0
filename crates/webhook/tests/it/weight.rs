//! The crates that a server compiles if it only receives webhooks.

use std::{collections::BTreeSet, process::Command};

/// Every crate of a build with these features.
fn crates(features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--no-default-features", "--features", features])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_receiver_alone_compiles_no_client_no_tls_and_no_runtime() {
    let crates = crates("");
    assert!(crates.contains("twilio-conversations-types") && crates.contains("hmac"), "{crates:#?}");
    let heavy = ["reqwest", "hyper", "rustls", "ring", "openssl", "native-tls", "aws-lc", "tokio", "tower", "axum"];
    for name in &crates {
        assert!(!heavy.iter().any(|heavy| name == heavy || name.starts_with(&format!("{heavy}-"))), "{name} is in it");
        assert_ne!(name, "twilio-conversations-client");
    }
    assert!(crates.len() <= 45, "{} crates: {crates:#?}", crates.len());
}

#[test]
fn with_axum_there_is_still_no_client_and_no_tls() {
    let crates = crates("axum");
    assert!(crates.contains("axum"), "{crates:#?}");
    for heavy in ["reqwest", "rustls", "ring", "openssl", "native-tls", "aws-lc-rs", "twilio-conversations-client"] {
        assert!(!crates.contains(heavy), "{heavy} is in it");
    }
}
