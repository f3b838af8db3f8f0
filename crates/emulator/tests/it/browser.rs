//! A headless Chromium, controlled over its debugging pipe.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::pipe::{OpenOptions, Receiver, Sender};
use tokio::process::Child;

/// The name under which Chromium is installed, if it is.
pub(crate) fn chromium() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        crate::peers::skipped("chromium");
    }
    found
}

/// A browser with one page, killed when dropped.
pub(crate) struct Browser {
    _child: Child,
    _folder: tempfile::TempDir,
    to: Sender,
    from: BufReader<Receiver>,
    session: Option<String>,
    calls: u64,
    /// Exceptions of the page's scripts, and resources that the browser blocked.
    pub(crate) complaints: Vec<String>,
}

impl Browser {
    /// Starts it with a page.
    pub(crate) async fn open(chromium: &str, url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        assert!(Command::new("mkfifo").args([&input, &output]).status().unwrap().success());
        // Opened for both, so that neither side waits for the other to open its end.
        let to = OpenOptions::new().read_write(true).open_sender(&input).unwrap();
        let from = OpenOptions::new().read_write(true).open_receiver(&output).unwrap();
        let child = tokio::process::Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<"$IN" 4>"$OUT""#, chromium])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"])
            .args(["--window-size=1500,900", &format!("--user-data-dir={}", folder.path().join("data").display())])
            .env("IN", &input)
            .env("OUT", &output)
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (from, complaints) = (BufReader::new(from), Vec::new());
        let mut browser = Self { _child: child, _folder: folder, to, from, session: None, calls: 0, complaints };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"})).await["targetId"].clone();
        let session = browser.call("Target.attachToTarget", json!({"targetId": target, "flatten": true})).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            browser.call(domain, json!({})).await;
        }
        browser.call("Page.navigate", json!({"url": url})).await;
        browser
    }

    /// The value of an expression in the page.
    pub(crate) async fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        self.call("Runtime.evaluate", params).await["result"]["value"].clone()
    }

    /// Waits until an expression is true in the page.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) -> impl Future<Output = ()> {
        let location = std::panic::Location::caller();
        async move {
            for _ in 0..600 {
                if self.evaluate(expression).await == true {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let page = self.evaluate("document.documentElement.outerHTML").await;
            panic!("never {expression}, awaited at {location}, in {page}");
        }
    }

    /// A picture of the page as a PNG; kept in the folder that the environment names in `INSPECTOR_SCREENSHOTS`.
    pub(crate) async fn picture(&mut self, name: &str) -> Vec<u8> {
        let response = self.call("Page.captureScreenshot", json!({"format": "png"})).await;
        let picture = base64::engine::general_purpose::STANDARD.decode(response["data"].as_str().unwrap()).unwrap();
        if let Some(folder) = std::env::var_os("INSPECTOR_SCREENSHOTS") {
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), &picture).unwrap();
        }
        picture
    }

    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).await.unwrap();
        loop {
            let mut bytes = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(60), self.from.read_until(0, &mut bytes)).await;
            read.unwrap_or_else(|_| panic!("the browser does not response {method}")).unwrap();
            let response: Value = serde_json::from_slice(bytes.strip_suffix(b"\0").unwrap()).unwrap();
            match response["method"].as_str() {
                Some("Runtime.exceptionThrown") => self.complaints.push(response["params"].to_string()),
                Some("Log.entryAdded") if response["params"]["entry"]["level"] == "error" => {
                    self.complaints.push(response["params"]["entry"].to_string());
                }
                _ if response["id"] == id => {
                    assert!(response["error"].is_null(), "{method}: {response}");
                    return response["result"].clone();
                }
                _ => {}
            }
        }
    }
}
