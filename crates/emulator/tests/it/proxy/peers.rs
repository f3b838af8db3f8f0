//! The vendor's libraries in four languages call every operation through the proxy. Their source and hosts are untouched:
//! only the environment is set. Each prints the numbers of calls that it made and that passed.
//!
//! Skipped, with a message, where a library is not installed, unless `TWILIO_PEERS=required`. `TWILIO_PEER_PYTHON` names
//! the Python interpreter, `NODE_PATH` the folder of the Node package, `TWILIO_PEER_JAVA` the folder of the Java library's
//! jars. Go finds its module in its own cache.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use twilio_conversations_emulator::Emulator;

use crate::peers::skipped;
use crate::support::Instance;

/// Variables of this process that a peer takes over; no others, so that none of the machine changes the result.
const KEPT: [&str; 7] = ["PATH", "NODE_PATH", "GOPATH", "GOMODCACHE", "GOCACHE", "JAVA_HOME", "LD_LIBRARY_PATH"];

/// An emulator with a proxy, a receipt and a binding. No REST request creates the latter two.
pub(super) struct Stage {
    pub(super) instance: Instance,
    pub(super) folder: tempfile::TempDir,
    pub(super) variables: Vec<(&'static str, OsString)>,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = Emulator::builder().refuse_unknown_fields(true).proxy(0).ca_folder(folder.path());
        let instance = Instance::of(builder).await;
        let service =
            instance.get("/v1/Services").await.expect(200).body["services"][0]["sid"].as_str().unwrap().to_owned();
        let conversation = instance.create("/v1/Conversations", &[]).await;
        let base = format!("/v1/Conversations/{conversation}");
        let person = [("MessagingBinding.Address", "+15550001111"), ("MessagingBinding.ProxyAddress", "+15552223333")];
        instance.create(&format!("{base}/Participants"), &person).await;
        let message = instance.create(&format!("{base}/Messages"), &[("Body", "Hello")]).await;
        let receipt = instance.emulator.report_delivery(&message, None, "delivered", None).await.unwrap();
        let binding = instance.emulator.add_binding(None, "device", "fcm", "endpoint").await.unwrap();
        let ca_file = instance.emulator.ca_file().unwrap();
        let mut variables: Vec<(&str, OsString)> =
            instance.emulator.proxy_vars(ca_file).into_iter().map(|(name, value)| (name, value.into())).collect();
        let account = instance.emulator.account_sid().to_owned();
        let token = instance.emulator.auth_token().to_owned();
        for (name, value) in [
            ("TWILIO_ACCOUNT_SID", account),
            ("TWILIO_AUTH_TOKEN", token),
            ("SERVICE_SID", service),
            ("CONVERSATION_SID", conversation),
            ("MESSAGE_SID", message),
            ("RECEIPT_SID", receipt),
            ("BINDING_SID", binding),
        ] {
            variables.push((name, value.into()));
        }
        variables.push(("HOME", std::env::home_dir().unwrap_or_default().into()));
        Self { instance, folder, variables }
    }

    /// Sets the environment of a command to that of the stage only.
    pub(super) fn set<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let kept = KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.env_clear().envs(kept).envs(self.variables.iter().cloned()).stdin(Stdio::null())
    }

    /// Runs a program, which prints what it called, and checks that every call passed.
    async fn run(&self, language: &str, mut command: Command) {
        self.set(&mut command);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        check(language, &output);
    }
}

/// Checks that every call passed and that every operation of the specification was called.
fn check(language: &str, output: &Output) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{language}: {}\n{out}\n{err}", output.status);
    let called = out.lines().find_map(|line| line.strip_prefix("operations: ")).unwrap_or_default();
    let called: BTreeSet<&str> = called.split(' ').collect();
    let operations = operations();
    let missing: Vec<_> = operations.iter().filter(|operation| !called.contains(operation.as_str())).collect();
    assert!(missing.is_empty(), "{language} does not call {missing:?}");
    report(language, out.lines().last().unwrap());
}

/// Prints a row of the README's table, from `passed/made`.
pub(super) fn report(language: &str, counts: &str) {
    let (passed, made) = counts.split_once('/').unwrap();
    assert_eq!(passed, made, "{language}");
    eprintln!("| {language} | {made} | {passed} |");
}

fn operations() -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../../../src/generated/openapi.json")).unwrap();
    let methods = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    methods.filter_map(|operation| Some(operation.get("operationId")?.as_str()?.to_owned())).collect()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers/proxy").join(name)
}

/// Whether a command succeeds; if not, the test that needs it is skipped.
pub(super) fn is_there(what: &str, command: &mut Command) -> bool {
    let there = command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success());
    if !there {
        skipped(what);
    }
    there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_python_library_calls_every_operation_through_the_proxy() {
    let python = std::env::var("TWILIO_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !is_there("the vendor's Python library", Command::new(&python).args(["-c", "import twilio.rest"])) {
        return;
    }
    let mut command = Command::new(python);
    command.arg(script("life.py"));
    Stage::new().await.run("Python, `twilio` 9", command).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_node_library_calls_every_operation_through_the_proxy() {
    if !is_there("the vendor's Node library", Command::new("node").args(["-e", "require('twilio')"])) {
        return;
    }
    let mut command = Command::new("node");
    command.arg(script("life.js"));
    Stage::new().await.run("Node, `twilio` 6", command).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_go_library_calls_every_operation_through_the_proxy() {
    const MODULE: &str = "github.com/twilio/twilio-go/rest/conversations/v1";
    let go = |arguments: &[&str]| {
        let mut command = Command::new("go");
        // The cache has the module, or it is not installed: nothing is fetched here.
        command.args(arguments).current_dir(script("go")).env("GOPROXY", "off").env("GOFLAGS", "-mod=readonly");
        command
    };
    if !is_there("Go with the vendor's library", &mut go(&["list", MODULE])) {
        return;
    }
    let stage = Stage::new().await;
    let program = stage.folder.path().join("life");
    let built = go(&["build", "-o", program.to_str().unwrap(), "."]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    stage.run("Go, `twilio-go` 1", Command::new(program)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_java_library_calls_every_operation_through_the_proxy() {
    let Some(jars) = std::env::var_os("TWILIO_PEER_JAVA").map(PathBuf::from).filter(|jars| jars.is_dir()) else {
        skipped("the vendor's Java library");
        return;
    };
    if !is_there("a JDK", Command::new("javac").arg("-version")) {
        return;
    }
    let stage = Stage::new().await;
    let (classes, store) = (stage.folder.path().join("classes"), stage.folder.path().join("ca.p12"));
    let sources =
        ["Calls.java", "Life.java", "AccountWalk.java", "ServiceWalk.java"].map(|name| script("java").join(name));
    let mut compile = Command::new("javac");
    compile.args(["-encoding", "UTF-8", "-cp"]).arg(jars.join("*")).arg("-d").arg(&classes).args(sources);
    let mut import = Command::new("keytool");
    import.args(["-importcert", "-noprompt", "-alias", "emulator", "-storetype", "PKCS12", "-storepass", "changeit"]);
    import.arg("-file").arg(stage.instance.emulator.ca_file().unwrap()).arg("-keystore").arg(&store);
    for mut command in [compile, import] {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let (host, port) = stage.instance.emulator.proxy_url().unwrap()["http://".len()..].split_once(':').unwrap();
    let mut java = Command::new("java");
    java.arg(format!("-Dhttps.proxyHost={host}")).arg(format!("-Dhttps.proxyPort={port}"));
    java.arg(format!("-Djavax.net.ssl.trustStore={}", store.display()));
    java.args(["-Djavax.net.ssl.trustStoreType=PKCS12", "-Djavax.net.ssl.trustStorePassword=changeit"]);
    let class_path = std::env::join_paths([classes, jars.join("*")]).unwrap();
    java.arg("-cp").arg(class_path).arg("Life");
    stage.run("Java, `com.twilio.sdk:twilio` 10", java).await;
}
