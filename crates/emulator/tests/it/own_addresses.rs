//! Addresses of the account: the default of their auto-creation, and their rejection as the address of a participant.

use serde_json::json;

use crate::support::Instance;

const ADDRESS: &str = "MessagingBinding.Address";
const PROXY: &str = "MessagingBinding.ProxyAddress";
const PROJECTED: &str = "MessagingBinding.ProjectedAddress";
const OWN: &str = "+15551239999";
const ANOTHER: &str = "+15551238888";

async fn participants(instance: &Instance) -> String {
    format!("/v1/Conversations/{}/Participants", instance.create("/v1/Conversations", &[]).await)
}

/// Adds a participant, which must be rejected with 50407 and not be stored.
async fn check_rejected(instance: &Instance, path: &str, form: &[(&str, &str)]) {
    let before = instance.get(path).await.expect(200).body["participants"].clone();
    let message = instance.post(path, form).await.expect_error(400, 50407);
    assert!(message.contains("your own"), "{message}");
    assert_eq!(instance.get(path).await.expect(200).body["participants"], before);
}

#[tokio::test]
async fn the_auto_creation_of_a_bare_address_has_the_type_default() {
    let instance = Instance::start().await;
    let path = "/v1/Configuration/Addresses";
    let created = instance.post(path, &[("Type", "sms"), ("Address", OWN)]).await.expect(201);
    let expected = json!({"enabled": false, "type": "default", "conversation_service_sid": null});
    assert_eq!(created.body["auto_creation"], expected);
    let one = format!("{path}/{}", created.text("sid"));
    assert_eq!(instance.get(&one).await.expect(200).body["auto_creation"], expected);
    let updated = instance.post(&one, &[("FriendlyName", "inbox")]).await.expect(200).body;
    assert_eq!(updated["auto_creation"], expected);
    let listed = instance.get(path).await.expect(200).body;
    assert_eq!(listed["address_configurations"][0]["auto_creation"], expected);
}

#[tokio::test]
async fn a_configured_address_is_not_the_address_of_a_participant() {
    let instance = Instance::start().await;
    let path = participants(&instance).await;
    instance.create("/v1/Configuration/Addresses", &[("Type", "sms"), ("Address", OWN)]).await;
    check_rejected(&instance, &path, &[(ADDRESS, OWN), (PROXY, ANOTHER)]).await;
    check_rejected(&instance, &path, &[(ADDRESS, OWN)]).await;
    // It is a good proxy address and projected address.
    instance.create(&path, &[(ADDRESS, "+15551230001"), (PROXY, OWN)]).await;
    instance.create(&path, &[("Identity", "alice"), (PROJECTED, OWN)]).await;
}

#[tokio::test]
async fn a_proxy_or_projected_address_of_a_conversation_is_not_the_address_of_its_participant() {
    let instance = Instance::start().await;
    for (own, other) in [
        ([(ADDRESS, "+15551230001"), (PROXY, OWN)], "+15551237771"),
        ([("Identity", "alice"), (PROJECTED, OWN)], "+15551237772"),
    ] {
        let path = participants(&instance).await;
        let first = instance.create(&path, &own).await;
        check_rejected(&instance, &path, &[(ADDRESS, OWN), (PROXY, ANOTHER)]).await;
        // In another conversation it may be a participant's.
        instance.create(&participants(&instance).await, &[(ADDRESS, OWN), (PROXY, other)]).await;
        // Without the participant that has it, it is no longer an address of the account.
        instance.delete(&format!("{path}/{first}")).await.expect(204);
        let conversation = path.trim_end_matches("/Participants");
        instance.create(&path, &[(ADDRESS, OWN), (PROXY, ANOTHER)]).await;
        instance.post(conversation, &[("State", "closed")]).await.expect(200);
    }
}

#[tokio::test]
async fn an_own_address_in_a_conversation_with_participants_creates_no_conversation() {
    let instance = Instance::start().await;
    instance.create("/v1/Configuration/Addresses", &[("Type", "sms"), ("Address", OWN)]).await;
    let participant = |address: &str, proxy: &str| {
        json!({"messaging_binding": {"address": address, "proxy_address": proxy}}).to_string()
    };
    let (good, bad) = (participant("+15551230001", ANOTHER), participant(OWN, ANOTHER));
    for form in [&[("Participant", &*bad)][..], &[("Participant", &good), ("Participant", &bad)]] {
        instance.post("/v1/ConversationWithParticipants", form).await.expect_error(400, 50407);
    }
    // The second participant has the proxy address of the first one.
    let second = participant(ANOTHER, "+15551237777");
    let form = [("Participant", &*good), ("Participant", &second)];
    instance.post("/v1/ConversationWithParticipants", &form).await.expect_error(400, 50407);
    assert_eq!(instance.get("/v1/Conversations").await.expect(200).body["conversations"], json!([]));
    instance.create("/v1/ConversationWithParticipants", &form[..1]).await;
}
