//! The crates that a dependency on this crate adds to a build.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// What an application would bring anyway, to make the same calls by hand.
const FLOOR: [&str; 4] = ["reqwest", "tokio", "serde", "serde_json"];

/// Every crate of a build with these features, and whether it is there for one of `FLOOR`.
fn crates(features: &[&str]) -> BTreeMap<String, bool> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(["--edges", "normal,build", "--prefix", "depth", "--no-dedupe", "--format", " {p}"])
        .args(features)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut crates = BTreeMap::new();
    // The crates on the way from the root to the line at hand.
    let mut path: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (depth, package) = line.split_once(' ').unwrap();
        let name = package.split(' ').next().unwrap();
        path.truncate(depth.parse().unwrap());
        path.push(name);
        *crates.entry(package.to_owned()).or_default() |= path.iter().any(|name| FLOOR.contains(name));
    }
    crates
}

#[test]
fn the_default_features_add_at_most_twelve_crates_to_what_is_needed_anyway() {
    let crates = crates(&[]);
    let added: BTreeSet<_> = crates.iter().filter(|(_, floor)| !**floor).map(|(name, _)| name.as_str()).collect();
    assert!(crates.len() > 60 && added.len() >= 3, "{crates:#?}");
    assert!(added.len() <= 12, "{} crates are added: {added:#?}", added.len());
}

#[test]
fn no_feature_brings_code_generation_or_an_emulator_along() {
    for features in [&[][..], &["--all-features"][..]] {
        for name in crates(features).keys() {
            let heavy =
                ["progenitor", "typify", "openapiv3", "schemars", "prettyplease", "codegen", "rusqlite", "emulator"];
            assert!(!heavy.iter().any(|heavy| name.contains(heavy)), "{name} is in the tree");
        }
    }
}

#[test]
fn the_receiver_alone_brings_no_client_and_no_tls_and_without_axum_no_runtime() {
    let of = |feature| crates(&["--no-default-features", "--features", feature]);
    let names = |feature| of(feature).keys().map(|package| package.split(' ').next().unwrap().to_owned()).collect();
    let (alone, with_axum): (BTreeSet<String>, BTreeSet<String>) = (names("webhook"), names("axum"));
    assert!(alone.contains("twilio-conversations-webhook") && with_axum.contains("axum"), "{alone:#?} {with_axum:#?}");
    for heavy in ["reqwest", "rustls", "ring", "openssl", "native-tls", "aws-lc-rs", "twilio-conversations-client"] {
        assert!(!alone.contains(heavy) && !with_axum.contains(heavy), "{heavy} is in the tree");
    }
    for runtime in ["tokio", "hyper", "tower", "axum"] {
        assert!(!alone.contains(runtime), "{runtime} is in the tree");
    }
}
