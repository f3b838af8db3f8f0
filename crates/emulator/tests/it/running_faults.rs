//! Faults that are changed while the emulator runs, and its health.

use serde_json::{Value, json};
use twilio_conversations_emulator::{Emulator, Fault};

use crate::support::{ApiResponse, Instance, Method};

async fn call(instance: &Instance, method: Method, form: &[(&str, &str)]) -> ApiResponse {
    instance.bare(method, "/_emulator/faults").form(form).send().await
}

async fn listed(instance: &Instance) -> Value {
    instance.bare(Method::GET, "/_emulator/faults").send().await.expect(200).body["faults"].clone()
}

#[tokio::test]
async fn faults_are_added_listed_replaced_and_cleared() {
    let instance = Instance::of(Emulator::builder().fault("504:FetchRole".parse().unwrap())).await;
    let added =
        call(&instance, Method::POST, &[("Fault", "429=2:CreateService"), ("Fault", "slow=1@0.5:Create")]).await;
    let two = json!({"id": 2, "fault": "429=2:CreateService", "times": null, "strikes": 0});
    let three = json!({"id": 3, "fault": "slow=1@0.5:Create", "times": null, "strikes": 0});
    assert_eq!(added.expect(200).body, json!({"faults": [two, three]}));
    let limited = instance.post("/v1/Services", &[("FriendlyName", "x")]).await;
    assert_eq!(limited.header("retry-after"), "2");
    limited.expect_error(429, 20429);
    let all = listed(&instance).await;
    assert_eq!(all[0], json!({"id": 1, "fault": "504:FetchRole", "times": null, "strikes": 0}));
    assert_eq!((&all[1]["strikes"], all.as_array().unwrap().len()), (&json!(1), 3));

    let replaced = call(&instance, Method::PUT, &[("Fault", "503:CreateService"), ("Times", "2")]).await.expect(200);
    assert_eq!(replaced.body["faults"], listed(&instance).await);
    assert_eq!(replaced.body["faults"][0], json!({"id": 4, "fault": "503:CreateService", "times": 2, "strikes": 0}));
    for status in [503, 503, 201, 201] {
        instance.post("/v1/Services", &[("FriendlyName", "x")]).await.expect(status);
    }
    assert_eq!(listed(&instance).await[0]["strikes"], 2);

    call(&instance, Method::POST, &[("Fault", "cut")]).await.expect(200);
    instance.request(Method::GET, "/v1/Services").try_send().await.unwrap_err();
    // Faults are injected into the REST API, not into the control API.
    assert_eq!(call(&instance, Method::DELETE, &[]).await.expect(200).body, json!({"faults": []}));
    assert_eq!(listed(&instance).await, json!([]));
    instance.get("/v1/Services").await.expect(200);
}

#[tokio::test]
async fn one_fault_is_removed_by_its_number() {
    let instance = Instance::start().await;
    call(&instance, Method::POST, &[("Fault", "503"), ("Fault", "cut@0")]).await.expect(200);
    instance.bare(Method::DELETE, "/_emulator/faults/1").send().await.expect(200);
    for id in ["1", "3", "x", "", "-1"] {
        instance.bare(Method::DELETE, &format!("/_emulator/faults/{id}")).send().await.expect_error(404, 20404);
    }
    assert_eq!(listed(&instance).await.as_array().unwrap().len(), 1);
    instance.get("/v1/Services").await.expect(200);
}

#[tokio::test]
async fn malformed_faults_change_nothing() {
    let instance = Instance::of(Emulator::builder().fault("504:FetchRole".parse().unwrap())).await;
    let before = listed(&instance).await;
    for method in [Method::POST, Method::PUT] {
        for form in [
            &[][..],
            &[("Fault", "")],
            &[("Fault", "404")],
            &[("Fault", "503@2")],
            &[("Fault", "503"), ("Fault", "nothing")],
            &[("Fault", "503:NoSuchOperation")],
            &[("Fault", "503"), ("Times", "-1")],
            &[("Fault", "503"), ("Times", "x")],
            &[("Times", "3")],
            &[("Fault", "503"); 101],
        ] {
            call(&instance, method.clone(), form).await.expect_error(400, 20001);
        }
    }
    assert!(call(&instance, Method::PATCH, &[]).await.expect_error(405, 20004).contains("GET, POST, PUT, DELETE"));
    assert_eq!(listed(&instance).await, before);
}

#[tokio::test]
async fn a_test_changes_faults_by_methods() {
    let instance = Instance::start().await;
    let fault = |text: &str| text.parse::<Fault>().unwrap();
    assert_eq!(instance.emulator.add_fault(fault("503:CreateService").times(1)).unwrap(), 1);
    instance.post("/v1/Services", &[("FriendlyName", "x")]).await.expect(503);
    instance.service("x").await;
    let faults = instance.emulator.faults();
    assert_eq!((faults[0].id, faults[0].strikes, faults[0].fault.to_string()), (1, 1, "503:CreateService".to_owned()));
    instance.emulator.set_faults([fault("500"), fault("504")]).unwrap();
    instance.get("/v1/Services").await.expect(500);
    instance.emulator.add_fault(fault("500:Nothing")).unwrap_err();
    instance.emulator.set_faults(vec![fault("500"); 101]).unwrap_err();
    assert_eq!(instance.emulator.faults().len(), 2);
    instance.emulator.set_faults([]).unwrap();
    instance.get("/v1/Services").await.expect(200);
    instance.emulator.set_faults(vec![fault("500@0"); 100]).unwrap();
    instance.emulator.add_fault(fault("500")).unwrap_err();
}

#[tokio::test]
async fn health_shows_version_accounts_and_pending_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let hour = std::time::Duration::from_secs(3600);
    let instance = Instance::of(Emulator::builder().data_file(&file).retries(1, hour)).await;
    let health = instance.bare(Method::GET, "/_emulator/health").send().await.expect(200).body;
    let expected = json!({
        "status": "ok", "version": env!("CARGO_PKG_VERSION"), "uptime_seconds": health["uptime_seconds"], "accounts": 1,
        "pending_webhooks": 0, "data": file.to_str().unwrap(),
    });
    assert_eq!(health, expected);
    assert!(health["uptime_seconds"].as_u64().unwrap() < 60);
    // The port of a closed listener has no listener.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let form = [("Method", "POST"), ("PostWebhookUrl", &*url), ("Filters", "onConversationAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    let health = instance.bare(Method::GET, "/_emulator/health").send().await.expect(200).body;
    assert_eq!(health["pending_webhooks"], 1);
    instance.bare(Method::POST, "/_emulator/health").send().await.expect_error(405, 20004);

    let other = "AC00000000000000000000000000000002";
    let instance = Instance::of(Emulator::builder().another_account(other, "token")).await;
    let health = instance.bare(Method::GET, "/_emulator/health").send().await.expect(200).body;
    assert_eq!((&health["data"], &health["accounts"]), (&json!("memory"), &json!(2)));
}
