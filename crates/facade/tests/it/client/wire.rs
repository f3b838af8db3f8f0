//! What is sent.

use twilio_conversations::{AccountSid, Client, Credentials, EventType, HttpMethod};

use crate::client::support::{ACCOUNT, Answer, BASIC, HOOK, Server, client, http_client_builder, service_sid};

const FILTERS: [EventType; 2] = [EventType::ConversationUpdated, EventType::MessageRemoved];

#[tokio::test]
async fn the_documented_calls_go_to_the_documented_places() {
    let server = Server::always(Answer::json(200, HOOK));
    let client = server.client().build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    client.configuration().webhooks().update().filters(FILTERS).send().await.unwrap();
    let service = client.service(service_sid());
    service.configuration().webhooks().fetch().await.unwrap();
    service.configuration().webhooks().update().filters(FILTERS).send().await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /v1/Configuration/Webhooks",
            "POST /v1/Configuration/Webhooks",
            "GET /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Configuration/Webhooks",
            "POST /v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Configuration/Webhooks",
        ]
    );
}

#[tokio::test]
async fn a_fetch_carries_these_headers_and_no_others() {
    let server = Server::always(Answer::json(200, HOOK));
    server.client().build().unwrap().configuration().webhooks().fetch().await.unwrap();
    let request = server.request();
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    assert_eq!(names, ["accept", "authorization", "host", "user-agent"]);
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some(BASIC));
    assert_eq!(request.header("host"), Some(server.address().to_string().as_str()));
    assert_eq!(request.body, "");
}

#[tokio::test]
async fn update_sends_each_filter_as_its_own_key() {
    let server = Server::always(Answer::json(200, HOOK));
    let client = server.client().build().unwrap();
    let update = client.configuration().webhooks().update();
    update
        .method(HttpMethod::Post)
        .filters(FILTERS)
        .pre_webhook_url("https://example.com/filtering-and-permissions")
        .post_webhook_url("https://example.com/archive-every-action")
        .send()
        .await
        .unwrap();
    let mut form = server.request().form();
    let filters: Vec<_> = form.iter().filter(|(name, _)| name == "Filters").map(|(_, value)| value.clone()).collect();
    assert_eq!(filters, ["onConversationUpdated", "onMessageRemoved"], "order within a repeated key carries meaning");
    form.sort();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        form,
        [
            pair("Filters", "onConversationUpdated"),
            pair("Filters", "onMessageRemoved"),
            pair("Method", "POST"),
            pair("PostWebhookUrl", "https://example.com/archive-every-action"),
            pair("PreWebhookUrl", "https://example.com/filtering-and-permissions"),
        ]
    );
}

#[tokio::test]
async fn a_cleared_field_is_sent_as_its_bare_name() {
    let server = Server::always(Answer::json(200, HOOK));
    let client = server.client().build().unwrap();
    client.configuration().webhooks().update().clear_pre_webhook_url().send().await.unwrap();
    assert_eq!(server.request().body, "PreWebhookUrl=");
}

#[tokio::test]
async fn an_api_key_signs_in_with_its_own_sid() {
    let server = Server::always(Answer::json(200, HOOK));
    let account: AccountSid = ACCOUNT.parse().unwrap();
    let key = Credentials::api_key(account, "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "hush").unwrap();
    let client = server.client().credentials(key).build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    // base64 of SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:hush
    let expected = "Basic U0tiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYjpodXNo";
    assert_eq!(server.request().header("authorization"), Some(expected));
    assert_eq!(client.account_sid().unwrap(), ACCOUNT);
}

#[tokio::test]
async fn the_user_agent_names_library_and_platform_behind_the_applications_product() {
    let server = Server::always(Answer::json(200, HOOK));
    let own = format!(
        "twilio-conversations/{} (rust; {} {})",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    server.client().build().unwrap().configuration().webhooks().fetch().await.unwrap();
    let client = server.client().user_agent_product("my-app/1.2").build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    let sent: Vec<_> = server.requests().iter().map(|r| r.header("user-agent").unwrap().to_owned()).collect();
    assert_eq!(sent, [own.clone(), format!("my-app/1.2 {own}")]);
}

#[tokio::test]
async fn a_client_that_is_brought_along_is_used_with_our_credentials_and_user_agent() {
    let server = Server::always(Answer::json(200, HOOK));
    let headers = [("x-theirs".parse().unwrap(), "1".parse().unwrap())].into_iter().collect();
    let http = http_client_builder().user_agent("theirs/1").default_headers(headers).build().unwrap();
    let client = server.client().http_client(http).build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    let request = server.request();
    assert_eq!(request.header("x-theirs"), Some("1"));
    assert_eq!(request.header("authorization"), Some(BASIC));
    assert!(request.header("user-agent").unwrap().starts_with("twilio-conversations/"));
}

#[tokio::test]
async fn a_configured_http_client_goes_through_its_proxy() {
    let proxy = Server::always(Answer::json(200, HOOK));
    let through = reqwest::Proxy::all(proxy.url()).unwrap();
    // Nothing listens there.
    let builder = client("http://conversations.localhost:9").configure_http(move |http| http.proxy(through.clone()));
    builder.clone().build().unwrap().configuration().webhooks().fetch().await.unwrap();
    builder.build().unwrap().configuration().webhooks().fetch().await.unwrap();
    assert_eq!(proxy.lines(), ["GET http://conversations.localhost:9/v1/Configuration/Webhooks"; 2]);
}

#[tokio::test]
async fn what_must_hold_holds_after_the_http_client_was_configured() {
    let other = Server::always(Answer::json(200, HOOK));
    let server = Server::always(Answer::new(302, &[("Location", &other.url())], ""));
    let builder = server.client().configure_http(|http| {
        let headers = [("x-theirs", "1"), ("authorization", "Basic evil"), ("x-last", "first")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let redirects = reqwest::redirect::Policy::limited(5);
        http.user_agent("theirs/1").default_headers(headers.into_iter().collect()).redirect(redirects)
    });
    // The second function receives the result of the first.
    let builder = builder.configure_http(|http| {
        http.default_headers([("x-last".parse().unwrap(), "second".parse().unwrap())].into_iter().collect())
    });
    let error = builder.build().unwrap().configuration().webhooks().fetch().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 302);
    assert_eq!(other.requests().len(), 0);
    let request = server.request();
    assert_eq!((request.header("x-theirs"), request.header("x-last")), (Some("1"), Some("second")));
    assert_eq!(request.header("authorization"), Some(BASIC));
    assert_eq!(request.header("accept-encoding"), None);
    assert!(request.header("user-agent").unwrap().starts_with("twilio-conversations/"));
}

#[test]
fn an_http_client_brought_along_cannot_be_configured_and_one_that_cannot_be_built_is_an_error() {
    let builder = client("http://127.0.0.1:9").http_client(http_client_builder().build().unwrap());
    let error = builder.configure_http(|http| http).build().unwrap_err().to_string();
    let expected = "setting up the client: configure_http is set beside http_client, which it cannot configure";
    assert_eq!(error, expected);
    let builder = client("http://127.0.0.1:9").configure_http(|http| http.user_agent("hidden\n"));
    let error = builder.build().unwrap_err();
    assert_eq!(error.to_string(), "setting up the client: HTTP client could not be set up");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn redirects_are_not_followed_and_credentials_stay_where_they_were_sent() {
    let other = Server::always(Answer::json(200, HOOK));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/v1/Configuration/Webhooks", other.url());
        let server = Server::always(Answer::new(status, &[("Location", &location)], ""));
        let client = server.client().build().unwrap();
        let error = client.configuration().webhooks().fetch().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        let error = client.configuration().webhooks().update().filters(FILTERS).send().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(server.requests().len(), 2);
    }
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn a_base_url_may_have_a_path_of_its_own() {
    let server = Server::always(Answer::json(200, HOOK));
    let client = server.client().base_url(format!("{}/twilio/", server.url())).build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!(server.lines(), ["GET /twilio/v1/Configuration/Webhooks"]);
}

#[tokio::test]
async fn clones_share_one_connection() {
    let server = Server::always(Answer::json(200, HOOK));
    let client = server.client().build().unwrap();
    for _ in 0..5 {
        let clone: Client = client.clone();
        clone.configuration().webhooks().fetch().await.unwrap();
    }
    drop(client);
    server.closed(1).await;
    assert_eq!(server.requests().len(), 5);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn actions_are_reported_to_webhooks_where_the_client_or_the_call_says_so() {
    let message = r#"{"sid": "IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    for (setting, by_default) in [(None, None), (Some(true), Some("true")), (Some(false), Some("false"))] {
        let server = Server::always(Answer::json(200, message));
        let builder = server.client();
        let builder = match setting {
            Some(enabled) => builder.webhook_enabled(enabled),
            None => builder,
        };
        let client = builder.build().unwrap();
        let messages = client.conversation("CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").messages();
        messages.create().body("hello").await.unwrap();
        messages.create().body("hello").webhook_enabled(true).await.unwrap();
        messages.create().body("hello").webhook_enabled(false).await.unwrap();
        client.service(service_sid()).delete().await.unwrap();
        let sent: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.header("x-twilio-webhook-enabled").map(str::to_owned))
            .collect();
        let expected = [by_default, Some("true"), Some("false"), None].map(|value| value.map(str::to_owned));
        assert_eq!(sent, expected, "a service's delete does not take the header");
    }
}
