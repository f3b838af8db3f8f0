//! `twconv doctor --probe` against receivers of the test's own.

use super::doctor::{findings, finds, healthy, rows, set_webhooks};

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_finds_dead_hosts_and_accepts_those_that_respond() {
    let (_emulator, client, bench) = healthy().await;
    let receiver = Receiver::start().await;
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead_url = format!("http://{}/hooks?secret=1", dead.local_addr().unwrap());
    drop(dead);

    // A receiver that rejects unsigned requests is alive.
    set_webhooks(&client, &[(&receiver.url("403"), &receiver.url("405"))]).await;
    let run = bench.run(&["doctor", "--probe"]).await.exits(0);
    assert!(findings(&run, "probe").is_empty());
    assert!(rows(&run).iter().any(|row| row.check == "probe" && row.subject == "2 checked"));
    let requests = receiver.take();
    assert!(requests.iter().all(|request| request.starts_with("HEAD /40")), "{requests:?}");
    assert!(
        requests.iter().all(|request| !request.contains("token") && !request.to_lowercase().contains("authorization"))
    );

    set_webhooks(&client, &[(&receiver.url("302"), &dead_url)]).await;
    let run = bench.run(&["doctor", "--probe"]).await.exits(1);
    finds(&run, "probe", "warning account", "redirects");
    finds(&run, "probe", "problem account", "does not respond");
    assert_eq!(receiver.take().len(), 1, "the redirect is not followed");

    set_webhooks(&client, &[(&receiver.url("502"), &receiver.url("404"))]).await;
    let run = bench.run(&["doctor", "--probe"]).await.exits(0);
    finds(&run, "probe", "warning account", "502");

    // Without --probe nothing is sent.
    receiver.take();
    bench.run(&["doctor"]).await.exits(0);
    assert!(receiver.take().is_empty());
}

/// A server that responds with the status in the path, and keeps the heads of requests.
struct Receiver {
    url: String,
    requests: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Receiver {
    async fn start() -> Self {
        let requests = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = requests.clone();
        let app = axum::Router::new().fallback(move |request: axum::extract::Request| async move {
            kept.lock().unwrap().push(format!("{} {} {:?}", request.method(), request.uri(), request.headers()));
            let status: u16 = request.uri().path()[1..].parse().unwrap();
            (axum::http::StatusCode::from_u16(status).unwrap(), [("location", "/200")])
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, requests }
    }

    fn url(&self, status: &str) -> String {
        format!("{}/{status}?token=1", self.url)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}
