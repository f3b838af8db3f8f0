//! `kill -9` under load: acknowledged writes survive it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::{Http, Method, each};

const KILLS: usize = 15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_a_kill_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let args = ["--data", file.to_str().unwrap()];
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let mut path = String::new();
    for kill in 0..KILLS {
        let program = Program::start(&args);
        if path.is_empty() {
            path = format!("/v1/Conversations/{}/Messages", program.create("/v1/Conversations").await.unwrap());
        }
        check(&program, &path, &acknowledged).await;
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let (http, url) = (Http::new(), format!("{}{path}", program.base_url));
                tokio::spawn(async move {
                    let mut sids = Vec::new();
                    loop {
                        let request = program_login(http.request(Method::POST, &url)).form(&[("Body", "kept")]);
                        match request.try_send().await {
                            Ok(response) => sids.push(response.expect(201).text("sid")),
                            Err(_) => return sids,
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(40 + 17 * u64::try_from(kill).unwrap())).await;
        drop(program);
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    assert!(acknowledged.len() > KILLS, "{}", acknowledged.len());
    check(&Program::start(&args), &path, &acknowledged).await;
}

/// A webhook call is stored in the transaction of its event, so that a kill loses neither. A call that was being sent may
/// arrive twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_acknowledged_requests_are_delivered_despite_kills() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let args = ["--data", file.to_str().unwrap(), "--retry-delay", "10", "--retries", "1000"];
    let mut receiver = Receiver::start().await;
    let mut acknowledged = BTreeSet::new();
    let mut program = Program::start(&args);
    let post = |program: &Program, path: &str, form: &[(&str, &str)]| {
        let request = Http::new().request(Method::POST, &format!("{}{path}", program.base_url));
        program_login(request.header("x-twilio-webhook-enabled", "true")).form(form)
    };
    let form = [("Method", "POST"), ("PostWebhookUrl", &*receiver.url), ("Filters", "onMessageAdded")];
    post(&program, "/v1/Configuration/Webhooks", &form).send().await.expect(200);
    let path = format!("/v1/Conversations/{}/Messages", program.create("/v1/Conversations").await.unwrap());
    for _ in 0..8 {
        for _ in 0..20 {
            acknowledged.insert(post(&program, &path, &[("Body", "x")]).send().await.expect(201).text("sid"));
        }
        drop(program);
        program = Program::start(&args);
    }
    while !acknowledged.is_empty() {
        acknowledged.remove(receiver.next().await.field("MessageSid"));
    }
}

/// Reads all messages: every acknowledged one exists, and the indexes have no gaps.
async fn check(program: &Program, path: &str, acknowledged: &BTreeSet<String>) {
    let mut url = format!("{}{path}?PageSize=100", program.base_url);
    let (mut found, mut next_index) = (BTreeSet::new(), 0);
    loop {
        let page = program_login(Http::new().request(Method::GET, &url)).send().await.expect(200).body;
        found.extend(each(&page["messages"], "sid").into_iter().map(str::to_owned));
        for message in page["messages"].as_array().unwrap() {
            assert_eq!(message["index"], next_index);
            next_index += 1;
        }
        match page["meta"]["next_page_url"].as_str() {
            Some(next) => url = next.to_owned(),
            None => break,
        }
    }
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), acknowledged.len());
}

fn program_login(request: crate::support::Request) -> crate::support::Request {
    use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN};
    request.login(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN)
}

impl Program {
    async fn create(&self, path: &str) -> Option<String> {
        let request = program_login(Http::new().request(Method::POST, &format!("{}{path}", self.base_url)));
        Some(request.form(&[]).send().await.expect(201).text("sid"))
    }
}
