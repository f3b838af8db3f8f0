//! Webhooks that are signed with a shared key, and the rotation of keys with a running receiver.

use twilio_conversations::webhook::{SETTINGS_HEADER, SIGNATURE_HEADER, SignatureHeader, Verifier};
use twilio_conversations_emulator::{Builder, Emulator};

use crate::receiver::{Hook, HookResponse, Receiver};
use crate::support::{Instance, Method};
use crate::webhooks::{ACCOUNT, quick, report};

const PATH: &str = "/_emulator/signing-key";
const SETTINGS: &str = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256";

/// An instance whose events of new conversations are reported to a receiver.
async fn reporting(builder: Builder) -> (Instance, Receiver) {
    let (instance, receiver) = (Instance::of(builder).await, Receiver::start().await);
    report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
    (instance, receiver)
}

async fn next(instance: &Instance, receiver: &mut Receiver) -> Hook {
    instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201);
    receiver.next().await
}

/// Whether a receiver with these secrets accepts a webhook.
fn takes(secrets: &[&str], hook: &Hook) -> bool {
    let mut verifier = Verifier::builder(secrets[0]).plain_http(true);
    for secret in &secrets[1..] {
        verifier = verifier.secondary_auth_token(secret);
    }
    let (method, uri) = (hook.method.parse().unwrap(), hook.target.parse().unwrap());
    verifier.build().unwrap().verify(&method, &uri, &hook.headers, hook.body.as_bytes()).is_ok()
}

#[tokio::test]
async fn a_receiver_goes_through_the_rotation_of_its_keys_without_missing_a_webhook() {
    let (instance, mut receiver) = reporting(quick()).await;
    let token = instance.emulator.auth_token().to_owned();
    let (first, second) = (&[token.as_str(), "first secret"], &["first secret", "second secret"]);

    let hook = next(&instance, &mut receiver).await;
    assert!(!hook.headers.contains_key(SETTINGS_HEADER) && takes(first, &hook));
    let form = [("KeyId", "webhooks_sharedkey_1"), ("Secret", "first secret")];
    let set = instance.bare(Method::POST, PATH).form(&form).send().await.expect(200).body;
    assert_eq!(set, serde_json::json!({"key_id": "webhooks_sharedkey_1", "algorithm": "HMAC_SHA256"}));
    let hook = next(&instance, &mut receiver).await;
    assert_eq!(hook.header(SETTINGS_HEADER), SETTINGS);
    assert!(takes(first, &hook) && takes(second, &hook) && !takes(&[&token], &hook));

    let form = [("KeyId", "webhooks_sharedkey_2"), ("Secret", "second secret")];
    instance.bare(Method::POST, PATH).form(&form).send().await.expect(200);
    let hook = next(&instance, &mut receiver).await;
    assert_eq!(hook.header(SETTINGS_HEADER), "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256");
    assert!(takes(second, &hook) && !takes(first, &hook));

    let removed = instance.bare(Method::DELETE, PATH).send().await.expect(200).body;
    assert_eq!(removed, serde_json::json!({"key_id": null, "algorithm": "HMAC_SHA1"}));
    let hook = next(&instance, &mut receiver).await;
    assert!(!hook.headers.contains_key(SETTINGS_HEADER) && takes(&[&token], &hook) && !takes(second, &hook));
}

#[tokio::test]
async fn the_key_of_the_start_signs_posts_gets_and_pre_event_webhooks_and_is_listed() {
    let (instance, mut receiver) = reporting(quick().signing_key("webhooks_sharedkey_1", "12345")).await;
    let url = receiver.url.clone();
    let form = [("Method", "GET"), ("PreWebhookUrl", &*url), ("PostWebhookUrl", &url)];
    let filters = [("Filters", "onConversationAdd"), ("Filters", "onConversationAdded")];
    let posted = next(&instance, &mut receiver).await;
    instance.post(ACCOUNT, &[&form[..], &filters].concat()).await.expect(200);
    let pre = next(&instance, &mut receiver).await;
    let got = receiver.next().await;
    assert_eq!([&*posted.method, &pre.method, &got.method], ["POST", "GET", "GET"]);
    instance.emulator.settle().await.unwrap();
    let listed = instance.emulator.deliveries().unwrap();
    let shown = instance.get("/_emulator/deliveries").await.expect(200).body;
    for (hook, listed) in [&posted, &pre, &got].into_iter().zip(&listed) {
        assert!(takes(&["12345"], hook), "{hook:?}");
        assert_eq!(listed.signature.as_deref(), Some(hook.header(SIGNATURE_HEADER)));
        assert_eq!(listed.signature_settings.as_deref(), Some(SETTINGS));
        // The listed call passes the verifier too: its URL, fields, signature and settings.
        let pairs: Vec<_> = listed.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let pairs = if hook.method == "GET" { Vec::new() } else { pairs };
        let header = SignatureHeader::new(listed.signature.as_deref().unwrap()).settings(SETTINGS);
        Verifier::new("12345").unwrap().verify_pairs(&listed.url, pairs, header).unwrap();
    }
    assert_eq!(shown["deliveries"][0]["signature_settings"], SETTINGS);
    assert!(!shown.to_string().contains("12345"), "{shown}");
}

#[tokio::test]
async fn a_retry_is_signed_with_the_key_that_is_set_then() {
    let (instance, mut receiver) = reporting(quick()).await;
    receiver.responds(|_| HookResponse::of(503, ""));
    let before = next(&instance, &mut receiver).await;
    instance.emulator.set_signing_key("webhooks_sharedkey_1", "new secret").unwrap();
    receiver.responds(|_| HookResponse::of(200, ""));
    instance.emulator.settle().await.unwrap();
    let after = receiver.rest().pop().unwrap();
    assert_eq!(before.header("i-twilio-idempotency-token"), after.header("i-twilio-idempotency-token"));
    assert!(takes(&[instance.emulator.auth_token()], &before) && takes(&["new secret"], &after));
    assert_eq!(instance.emulator.deliveries().unwrap()[0].signature_settings.as_deref(), Some(SETTINGS));
    instance.emulator.remove_signing_key();
    assert_eq!(instance.bare(Method::GET, PATH).send().await.expect(200).body["key_id"], serde_json::Value::Null);
}

#[tokio::test]
async fn each_account_has_a_key_of_its_own() {
    const OTHER: &str = "AC00000000000000000000000000000008";
    let instance =
        Instance::of(Emulator::builder().another_account(OTHER, "other").signing_key("mine", "secret")).await;
    let key = async |query: &str| {
        instance.bare(Method::GET, &format!("{PATH}{query}")).send().await.expect(200).body["key_id"].clone()
    };
    let other = format!("?AccountSid={OTHER}");
    assert_eq!((key("").await, key(&other).await), ("mine".into(), serde_json::Value::Null));
    let form = [("KeyId", "theirs"), ("Secret", "secret"), ("AccountSid", OTHER)];
    instance.bare(Method::POST, PATH).form(&form).send().await.expect(200);
    assert_eq!((key("").await, key(&other).await), ("mine".into(), "theirs".into()));
}

#[tokio::test]
async fn a_malformed_key_is_rejected_without_quoting_it_and_the_previous_one_stays() {
    let instance = Instance::of(Emulator::builder().signing_key("mine", "secret")).await;
    let long = "hush".repeat(257);
    for (form, problem) in [
        (&[("Secret", "hush")][..], "Missing required parameter KeyId"),
        (&[("KeyId", "x")], "Missing required parameter Secret"),
        (&[("KeyId", "hush,algorithm=HMAC_SHA1"), ("Secret", "hush")], "Invalid parameter KeyId: it takes 1 to 128"),
        (&[("KeyId", "x"), ("Secret", " ")], "Invalid parameter Secret: it takes 1 to 1024 bytes"),
        (&[("KeyId", "x"), ("Secret", &*long)], "Invalid parameter Secret: it takes 1 to 1024 bytes"),
    ] {
        let message = instance.bare(Method::POST, PATH).form(form).send().await.expect_error(400, 20001);
        assert!(message.starts_with(problem) && !message.contains("hush"), "{message}");
    }
    instance.bare(Method::PUT, PATH).send().await.expect_error(405, 20004);
    let foreign = instance.bare(Method::DELETE, PATH).header("origin", "https://evil.example").send().await;
    assert_eq!(foreign.status, 403);
    assert_eq!(instance.bare(Method::GET, PATH).send().await.expect(200).body["key_id"], "mine");

    let error = Emulator::builder().signing_key("hush hush", "secret").start().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(error.to_string(), "cannot use the signing key");
    assert!(source.contains("KeyId") && !source.contains("hush"), "{source}");
}
