//! A workspace in the target folder: for each case the crates `types` and `client`, with the case's generated files
//! among the repository's hand-written ones. What was generated is shown to compile there, and can be run.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use codegen::Folders;

use crate::{
    golden, made_up_resource,
    support::{read_folder, root},
};

pub(crate) struct Built {
    /// The packages that were built.
    pub packages: BTreeSet<String>,
    /// Where their programs are.
    pub programs: PathBuf,
}

/// Builds everything once. What does not compile, or with a warning in what was generated, fails the test that asks.
pub(crate) fn build() -> &'static Built {
    static BUILT: OnceLock<Result<Built, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
        let target = place.with_extension("target");
        let mut files = BTreeMap::new();
        let mut packages = BTreeSet::new();
        let cases = golden::cases().into_iter().chain([made_up_resource::case()]);
        for (name, folders) in cases {
            let name = name.replace('_', "-");
            add_crate(&mut files, &name, "types", &folders);
            add_crate(&mut files, &name, "client", &folders);
            packages.extend([format!("{name}-types"), format!("{name}-client")]);
        }
        made_up_resource::add_program(&mut files);
        packages.insert(made_up_resource::PROGRAM.to_owned());
        files.insert("Cargo.toml".to_owned(), workspace(&packages));
        write(&place, &files);
        // The versions are those of the repository, so nothing is fetched that is not there already.
        if let Ok(lock) = fs::read_to_string(root().join("Cargo.lock")) {
            write_changed(&place.join("Cargo.lock"), &lock);
        }
        cargo_build(&place, &target)?;
        Ok(Built { packages, programs: target.join("debug") })
    });
    built.as_ref().unwrap_or_else(|problem| panic!("{problem}"))
}

/// The repository's own manifest with other members, so that versions and lints are the same.
fn workspace(packages: &BTreeSet<String>) -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap().replace("\r\n", "\n");
    let (_, shared) = manifest.split_once("[workspace.package]").expect("the workspace's packages share their facts");
    // What is said of crates by path holds in the repository only, and none of these members needs it.
    let mut kept = true;
    let shared = shared.split_inclusive('\n').filter(|line| {
        if line.starts_with('[') {
            kept = !line.starts_with("[patch.");
        }
        kept
    });
    let shared: String = shared.collect();
    let members: Vec<_> = packages.iter().map(|name| format!("{name:?}")).collect();
    format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[workspace.package]{shared}", members.join(", "))
}

/// A copy of a crate under another name, with other generated files.
fn add_crate(files: &mut BTreeMap<String, String>, case: &str, kind: &str, folders: &Folders) {
    let place = format!("{case}-{kind}");
    let own = root().join("crates").join(kind);
    let manifest = fs::read_to_string(own.join("Cargo.toml")).unwrap().replace("\r\n", "\n");
    let types = format!("twilio-conversations-types = {{ path = \"../{case}-types\", package = \"{case}-types\" }}");
    let manifest = without_tests(&manifest)
        .replace(&format!("name = \"twilio-conversations-{kind}\""), &format!("name = \"{place}\""))
        .replace("twilio-conversations-types.workspace = true", &types);
    files.insert(format!("{place}/Cargo.toml"), manifest);
    files.insert(format!("{place}/README.md"), "Made by a test.\n".to_owned());
    let sources = read_folder(&own.join("src"));
    for (name, text) in sources.into_iter().filter(|(name, _)| !name.starts_with("generated/")) {
        let text = if name == "lib.rs" { with_lints(&text) } else { text };
        files.insert(format!("{place}/src/{name}"), text);
    }
    for (name, text) in &folders[&format!("crates/{kind}/src/generated")] {
        files.insert(format!("{place}/src/generated/{name}"), text.clone());
    }
}

/// The sections for tests stay behind.
fn without_tests(manifest: &str) -> String {
    let mut kept = true;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            kept = !["[dev-dependencies", "[[test", "[[bench", "[[example"].iter().any(|name| line.starts_with(name));
        }
        kept
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// A case may leave some of the hand-written parts idle, but what is generated has nothing that is not used.
fn with_lints(lib: &str) -> String {
    let (head, tail) = lib.split_once("mod generated;").expect("the generated files are a module");
    format!(
        "#![allow(dead_code, unreachable_pub, unused_imports, unused_macros)]\n{head}#[deny(dead_code, unreachable_pub, unused_imports)]\nmod generated;{tail}"
    )
}

fn write(place: &Path, files: &BTreeMap<String, String>) {
    // What an earlier run wrote and this one does not would be compiled all the same.
    for name in read_folder(place).keys().filter(|name| *name != "Cargo.lock") {
        if !files.contains_key(name) {
            fs::remove_file(place.join(name)).unwrap();
        }
    }
    for (name, text) in files {
        write_changed(&place.join(name), text);
    }
}

/// A file that stays as it is keeps its date, and Cargo does not build it again.
fn write_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn cargo_build(place: &Path, target: &Path) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--workspace", "--offline", "--quiet", "--message-format", "short", "--no-default-features"])
        .current_dir(place)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("RUSTFLAGS", "-D warnings")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap_or_else(|error| panic!("running cargo: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(());
    }
    Err(format!("what was generated does not compile, see {}:\n{said}", place.display()))
}
