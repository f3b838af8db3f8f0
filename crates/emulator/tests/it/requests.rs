//! The journal of REST requests: over the control API, by the library, and in the inspector.

use serde_json::Value;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, Emulator};

use crate::program::Program;
use crate::support::{Http, Instance, Method};

async fn requests(instance: &Instance, query: &str) -> Vec<Value> {
    let response = instance.bare(Method::GET, &format!("/_emulator/requests?{query}")).send().await.expect(200);
    response.body["requests"].as_array().unwrap().clone()
}

fn ids(requests: &[Value]) -> Vec<u64> {
    requests.iter().map(|request| request["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_request_is_recorded_with_its_response_and_without_its_credentials() {
    let instance = Instance::of(Emulator::builder().auth_token("geheim")).await;
    let form = [("FriendlyName", "It's mine")];
    let response =
        instance.request(Method::POST, "/v1/Conversations?a=b%20c").header("x-mine", "yes").form(&form).send().await;
    let sid = response.expect(201).text("sid");
    let recorded = requests(&instance, "").await.remove(0);
    for (name, expected) in [
        ("id", 1.into()),
        ("account_sid", DEFAULT_ACCOUNT_SID.into()),
        ("method", "POST".into()),
        ("path", "/v1/Conversations".into()),
        ("query", "a=b%20c".into()),
        ("operation", "CreateConversation".into()),
        ("status", 201.into()),
        ("request_body", "FriendlyName=It%27s+mine".into()),
        ("request_body_bytes", 24.into()),
        ("fault", Value::Null),
    ] {
        assert_eq!(recorded[name], expected, "{name} of {recorded}");
    }
    assert!(recorded["response_body"].as_str().unwrap().contains(&sid), "{recorded}");
    assert!(recorded["request_id"].as_str().unwrap().starts_with("RQ"), "{recorded}");
    assert!(recorded["duration_micros"].as_u64().unwrap() > 0, "{recorded}");
    assert!(recorded["date_created"].as_str().unwrap().ends_with('Z'), "{recorded}");
    let headers = recorded["headers"].to_string();
    assert!(headers.contains("[\"x-mine\",\"yes\"]") && !headers.contains("uthorization"), "{headers}");
    let all = recorded.to_string();
    assert!(!all.contains("Basic ") && !all.contains(instance.emulator.auth_token()), "{all}");
    let curl = recorded["curl"].as_str().unwrap();
    assert!(curl.contains("--user \"$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN\""), "{curl}");
    assert!(curl.contains("--data-raw 'FriendlyName=It%27s+mine'"), "{curl}");

    let [request] = &instance.emulator.requests()[..] else { panic!("not one request") };
    assert_eq!((request.id, request.method.as_str(), request.status), (1, "POST", Some(201)));
    assert_eq!(request.field("FriendlyName").as_deref(), Some("It's mine"));
    assert_eq!(request.header("X-Mine"), Some("yes"));
    let response: Value = serde_json::from_slice(&request.response_body).unwrap();
    assert_eq!(response["sid"], *sid);
    let one = instance.bare(Method::GET, "/_emulator/requests/1").send().await.expect(200);
    assert_eq!(one.body, recorded);
}

/// Runs the command of the journal, if curl is installed: it repeats the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_curl_command_repeats_the_request() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        crate::peers::skipped("curl");
        return;
    }
    let instance = Instance::start().await;
    let sid = instance.create("/v1/Conversations", &[("UniqueName", "a/b [1] {2}")]).await;
    instance
        .post(
            &format!("/v1/Conversations/{sid}/Messages"),
            &[("Body", "It's \"$HOME\" `id` \\ %41 é €"), ("Author", "a'b")],
        )
        .await;
    instance
        .request(Method::POST, "/v1/Conversations")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("FriendlyName=caf\u{e9}\u{0}\n-".as_bytes().to_vec())
        .send()
        .await
        .expect(201);
    instance.get("/v1/Conversations/a%2Fb%20%5B1%5D%20%7B2%7D/../x?PageSize=1&q={1,2}[3-4]").await;
    instance
        .request(Method::DELETE, &format!("/v1/Conversations/{sid}/Messages/IM1"))
        .header("x-odd", "it's; \"so\"")
        .send()
        .await;
    let before = requests(&instance, "").await;
    for recorded in before.iter().rev() {
        let command = recorded["curl"].as_str().unwrap_or_else(|| panic!("no command in {recorded}"));
        let output = tokio::process::Command::new("sh")
            .args(["-c", &format!("{command} --silent --noproxy '*'")])
            .env("TWILIO_ACCOUNT_SID", instance.emulator.account_sid())
            .env("TWILIO_AUTH_TOKEN", instance.emulator.auth_token())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        let again = requests(&instance, "Limit=1").await.remove(0);
        for name in ["method", "path", "query", "operation", "request_body"] {
            assert_eq!(again[name], recorded[name], "{name} after {command}");
        }
        assert_eq!(again["account_sid"], DEFAULT_ACCOUNT_SID);
    }
}

#[tokio::test]
async fn rejected_and_cut_requests_are_recorded_with_the_injected_fault() {
    for (fault, status, described) in [
        ("429=7", Value::from(429), "429"),
        ("503", 503.into(), "503"),
        ("cut", Value::Null, "cut"),
        ("cut-after", Value::Null, "cut-after"),
        ("slow=20", 201.into(), "slow=20"),
    ] {
        let instance = Instance::of(Emulator::builder().fault(fault.parse().unwrap())).await;
        let sent = instance.request(Method::POST, "/v1/Conversations").try_send().await;
        assert_eq!(sent.is_err(), status.is_null(), "{fault}");
        // A client that lost its connection may have retried the request.
        let recorded = requests(&instance, "").await.remove(0);
        assert_eq!((&recorded["status"], &recorded["fault"]), (&status, &described.into()), "{recorded}");
        assert_eq!(recorded["operation"], "CreateConversation");
    }
    let instance = Instance::start().await;
    instance.bare(Method::GET, "/v1/Conversations").send().await.expect(401);
    instance.get("/v1/Nothing").await.expect(404);
    instance.request(Method::PUT, "/v1/Conversations").send().await.expect(405);
    instance.request(Method::POST, "/v1/Conversations").body(vec![b'a'; 1024 * 1024 + 1]).send().await.expect(413);
    let statuses: Vec<_> = requests(&instance, "").await.iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [413, 405, 404, 401].map(Value::from));
    let unknown = &requests(&instance, "Status=401").await[0];
    assert_eq!((&unknown["account_sid"], &unknown["operation"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn requests_are_filtered_and_paged_by_their_numbers() {
    let instance = Instance::start().await;
    for number in 0..5 {
        instance.post("/v1/Conversations", &[("UniqueName", &format!("c{number}"))]).await.expect(201);
    }
    instance.post("/v1/Conversations", &[("UniqueName", "c0")]).await.expect(409);
    instance.get("/v1/Conversations?PageSize=2").await.expect(200);
    instance.delete("/v1/Conversations/c1").await.expect(204);
    for (query, expected) in [
        ("", &[8, 7, 6, 5, 4, 3, 2, 1][..]),
        ("Operation=CreateConversation&Status=409", &[6]),
        ("Operation=Conversation&Method=get", &[7]),
        ("Method=DELETE", &[8]),
        ("Status=2xx", &[8, 7, 5, 4, 3, 2, 1]),
        ("Status=4xx", &[6]),
        ("Path=/c1", &[8]),
        ("Path=PageSize", &[7]),
        ("Limit=3", &[8, 7, 6]),
        ("Limit=3&Before=6", &[5, 4, 3]),
        ("Limit=3&After=2", &[5, 4, 3]),
        ("After=7", &[8]),
        ("After=8", &[]),
        ("Before=1", &[]),
        ("Operation=Nothing", &[]),
        ("Limit=1000000", &[8, 7, 6, 5, 4, 3, 2, 1]),
    ] {
        assert_eq!(ids(&requests(&instance, query).await), expected, "{query}");
    }
    let response = instance.bare(Method::GET, "/_emulator/requests?Limit=3").send().await;
    assert_eq!((&response.body["next_before"], &response.body["next_after"]), (&6.into(), &Value::Null));
    let response = instance.bare(Method::GET, "/_emulator/requests?Limit=3&After=2").send().await;
    assert_eq!((&response.body["next_before"], &response.body["next_after"]), (&Value::Null, &5.into()));
    let response = instance.bare(Method::GET, "/_emulator/requests?Limit=8").send().await;
    assert_eq!(response.body["next_before"], Value::Null, "there are no more");
}

#[tokio::test]
async fn an_invalid_filter_or_number_is_rejected() {
    let instance = Instance::start().await;
    instance.get("/v1/Conversations").await;
    for query in [
        "Status=abc",
        "Status=99",
        "Status=600",
        "Status=6xx",
        "Status=xx",
        "Status=-1",
        "Limit=0",
        "Limit=-1",
        "Limit=x",
        "Before=x",
        "Before=-1",
        "After=1.5",
        "After=99999999999999999999",
    ] {
        let response = instance.bare(Method::GET, &format!("/_emulator/requests?{query}")).send().await;
        let message = response.expect_error(400, 20001);
        assert!(message.contains(query.split('=').next().unwrap()), "{message}");
        instance.bare(Method::DELETE, &format!("/_emulator/requests?{query}")).send().await;
    }
    for path in ["/_emulator/requests/0", "/_emulator/requests/2", "/_emulator/requests/x", "/_emulator/requests/"] {
        instance.bare(Method::GET, path).send().await.expect_error(404, 20404);
    }
    instance.bare(Method::POST, "/_emulator/requests").send().await.expect_error(404, 20404);
    instance.bare(Method::DELETE, "/_emulator/requests/1").send().await.expect_error(404, 20404);
    let foreign =
        instance.bare(Method::GET, "/_emulator/requests").header("origin", "http://evil.example").send().await;
    foreign.expect_error(403, 20403);
}

#[tokio::test]
async fn deleting_requests_keeps_those_that_the_filter_does_not_match_and_continues_the_numbers() {
    let instance = Instance::start().await;
    instance.get("/v1/Conversations").await.expect(200);
    instance.get("/v1/Nothing").await.expect(404);
    let response = instance.bare(Method::DELETE, "/_emulator/requests?Status=404").send().await.expect(200);
    assert_eq!(response.body["deleted"], 1);
    assert_eq!(ids(&requests(&instance, "").await), [1]);
    let response = instance.bare(Method::DELETE, "/_emulator/requests").send().await.expect(200);
    assert_eq!(response.body["deleted"], 1);
    instance.get("/v1/Conversations").await.expect(200);
    assert_eq!(ids(&requests(&instance, "").await), [3]);
    instance.emulator.clear_requests();
    assert!(instance.emulator.requests().is_empty());
}

#[tokio::test]
async fn each_account_lists_its_own_requests_and_those_without_valid_credentials() {
    let other = "AC00000000000000000000000000000002";
    let instance = Instance::of(Emulator::builder().another_account(other, "token")).await;
    instance.get("/v1/Conversations").await.expect(200);
    instance.bare(Method::GET, "/v1/Services").login(other, "token").send().await.expect(200);
    instance.bare(Method::GET, "/v1/Users").login(other, "wrong").send().await.expect(401);
    assert_eq!(ids(&requests(&instance, "").await), [3, 1]);
    assert_eq!(ids(&requests(&instance, &format!("AccountSid={other}")).await), [3, 2]);
    instance.bare(Method::GET, "/_emulator/requests/2").send().await.expect_error(404, 20404);
    assert_eq!(instance.emulator.requests().len(), 3);
    instance.bare(Method::DELETE, &format!("/_emulator/requests?AccountSid={other}")).send().await.expect(200);
    assert_eq!(ids(&requests(&instance, "").await), [1]);
}

#[tokio::test]
async fn the_number_of_requests_is_a_setting_and_0_turns_the_journal_off() {
    let instance = Instance::of(Emulator::builder().request_journal(2)).await;
    for _ in 0..4 {
        instance.get("/v1/Conversations").await.expect(200);
    }
    assert_eq!(ids(&requests(&instance, "").await), [4, 3]);
    let off = Instance::of(Emulator::builder().request_journal(0)).await;
    off.get("/v1/Conversations").await.expect(200);
    assert!(requests(&off, "").await.is_empty());
    let page = off.bare(Method::GET, "/_emulator?Pane=requests").send().await.expect(200);
    assert!(page.body.as_str().unwrap().contains("the journal is off"));
}

#[tokio::test]
async fn control_requests_and_scenarios_are_not_recorded_as_rest_requests() {
    let instance =
        Instance::of(Emulator::builder().seed(r#"[{"post": "/v1/Conversations", "form": {"UniqueName": "x"}}]"#)).await;
    instance.bare(Method::GET, "/_emulator/clock").send().await.expect(200);
    instance.bare(Method::GET, "/_emulator").send().await.expect(200);
    instance.bare(Method::POST, "/_emulator/clock").body(vec![b'a'; 1024 * 1024 + 1]).send().await.expect(413);
    assert!(instance.emulator.requests().is_empty());
}

#[tokio::test]
async fn the_inspector_shows_requests_with_response_fault_and_curl() {
    let instance = Instance::of(Emulator::builder().fault("503@1:CreateService".parse().unwrap())).await;
    let sid = instance.create("/v1/Conversations", &[("FriendlyName", "It's <b>")]).await;
    instance.post("/v1/Services", &[("FriendlyName", "s")]).await.expect(503);
    let page = async |query: &str| {
        let response = instance.bare(Method::GET, &format!("/_emulator?Pane=requests{query}")).send().await.expect(200);
        response.body.as_str().unwrap().to_owned()
    };
    let all = page("").await;
    for part in [
        "CreateConversation",
        "2 requests",
        "fault 503",
        &sid,
        "It's &lt;b&gt;",
        "--data-raw &#39;",
        "Copy as curl",
        "&quot;$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN&quot;",
        "Response body",
    ] {
        assert!(all.contains(part) || all.contains(&part.replace("&#39;", "'")), "{part} is not in {all}");
    }
    let count = |page: &str| page.matches("<details id=\"request-").count();
    assert_eq!(count(&all), 2);
    assert_eq!(count(&page("&Status=5xx").await), 1);
    assert_eq!(count(&page("&Operation=Conversation&Method=POST").await), 1);
    assert_eq!(count(&page("&Status=nonsense").await), 0);
    for number in 0..60 {
        instance.get(&format!("/v1/Conversations?PageSize={}", number % 50 + 1)).await.expect(200);
    }
    let first = page("").await;
    assert_eq!(count(&first), 25);
    assert!(first.contains("RequestsBefore=38") && !first.contains("RequestsAfter"), "{first}");
    let second = page("&RequestsBefore=38").await;
    assert!(second.contains("id=\"request-37\"") && second.contains("id=\"request-13\""), "{second}");
    assert!(second.contains("RequestsAfter=37"), "{second}");
    let back = page("&RequestsAfter=37").await;
    assert!(back.contains("id=\"request-62\"") && back.contains("id=\"request-38\""), "{back}");
}

#[tokio::test]
async fn the_number_of_recorded_requests_is_set_on_the_command_line() {
    let program = Program::start(&["--request-journal", "1"]);
    let http = Http::new();
    for path in ["/v1/Conversations", "/v1/Services"] {
        http.request(Method::GET, &format!("{}{path}", program.base_url)).send().await.expect(401);
    }
    let response =
        http.request(Method::GET, &format!("{}/_emulator/requests", program.base_url)).send().await.expect(200);
    let requests = response.body["requests"].as_array().unwrap().clone();
    assert_eq!((requests.len(), &requests[0]["path"]), (1, &"/v1/Services".into()));
}
