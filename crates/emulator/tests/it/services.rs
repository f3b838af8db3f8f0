//! Services: create, fetch, list in pages, delete.

use serde_json::json;

use crate::support::{Instance, each};

#[tokio::test]
async fn a_service_is_created_fetched_and_deleted() {
    let instance = Instance::start().await;
    let created = instance.post("/v1/Services", &[("FriendlyName", "My \"new\" sérvice")]).await.expect(201).body;
    let sid = created["sid"].as_str().unwrap().to_owned();
    assert!(sid.starts_with("IS") && sid.len() == 34, "{sid}");
    let url = instance.url(&format!("/v1/Services/{sid}"));
    let date = created["date_created"].as_str().unwrap();
    assert_eq!((date.len(), &date[19..]), (20, "Z"), "{date}");
    assert_eq!(
        created,
        json!({
            "account_sid": instance.emulator.account_sid(),
            "sid": sid,
            "friendly_name": "My \"new\" sérvice",
            "date_created": date,
            "date_updated": date,
            "url": url,
            "links": {
                "conversations": format!("{url}/Conversations"),
                "conversation_with_participants": format!("{url}/ConversationWithParticipants"),
                "participant_conversations": format!("{url}/ParticipantConversations"),
                "users": format!("{url}/Users"),
                "roles": format!("{url}/Roles"),
                "bindings": format!("{url}/Bindings"),
                "configuration": format!("{url}/Configuration"),
            },
        })
    );
    let path = format!("/v1/Services/{sid}");
    assert_eq!(instance.get(&path).await.expect(200).body, created);
    let deleted = instance.delete(&path).await.expect(204);
    assert!(deleted.body.is_null());
    instance.get(&path).await.expect_error(404, 20404);
    instance.delete(&path).await.expect_error(404, 20404);
    instance.get(&format!("{path}/Configuration/Webhooks")).await.expect_error(404, 20404);
}

#[tokio::test]
async fn a_service_needs_a_name_of_at_most_256_characters() {
    let instance = Instance::start().await;
    for form in [&[][..], &[("FriendlyName", "")], &[("friendlyname", "x")]] {
        assert!(instance.post("/v1/Services", form).await.expect_error(400, 20001).contains("FriendlyName"));
    }
    let longest = "é".repeat(256);
    instance.post("/v1/Services", &[("FriendlyName", &longest)]).await.expect(201);
    let message =
        instance.post("/v1/Services", &[("FriendlyName", &format!("{longest}é"))]).await.expect_error(400, 20001);
    assert!(message.contains("FriendlyName"), "{message}");
}

#[tokio::test]
async fn a_new_account_has_a_default_service() {
    let instance = Instance::start().await;
    let list = instance.get("/v1/Services").await.expect(200).body;
    assert_eq!(list["services"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_back() {
    let instance = Instance::start().await;
    let mut sids = Vec::new();
    for number in 0..6 {
        sids.push(instance.service(&format!("service {number}")).await);
    }
    let first = instance.get("/v1/Services?PageSize=3").await.expect(200).body;
    let meta = &first["meta"];
    assert_eq!((&meta["key"], &meta["page"], &meta["page_size"]), (&json!("services"), &json!(0), &json!(3)));
    assert_eq!(meta["first_page_url"], instance.url("/v1/Services?PageSize=3&Page=0"));
    assert_eq!(meta["url"], meta["first_page_url"]);
    assert_eq!(meta["previous_page_url"], json!(null));
    assert_eq!(each(&first["services"], "sid")[1..], sids[..2]);

    let follow = async |page: &serde_json::Value, name: &str| {
        let url = page["meta"][name].as_str().unwrap();
        instance.get(url.strip_prefix(instance.emulator.base_url()).unwrap()).await.expect(200).body
    };
    let second = follow(&first, "next_page_url").await;
    assert_eq!(each(&second["services"], "sid"), sids[2..5]);
    assert_eq!(second["meta"]["page"], 1);
    assert_eq!(second["meta"]["url"], first["meta"]["next_page_url"]);
    let third = follow(&second, "next_page_url").await;
    assert_eq!(each(&third["services"], "sid"), sids[5..]);
    assert_eq!(third["meta"]["next_page_url"], json!(null));

    let back = follow(&third, "previous_page_url").await;
    assert_eq!(back["services"], second["services"]);
    let back = follow(&back, "previous_page_url").await;
    assert_eq!(back["services"], first["services"]);
    assert_eq!(back["meta"]["previous_page_url"], json!(null));
    assert_eq!(follow(&back, "next_page_url").await["services"], second["services"]);
}

#[tokio::test]
async fn a_full_last_page_has_no_next_page() {
    let instance = Instance::start().await;
    instance.service("second").await;
    let page = instance.get("/v1/Services?PageSize=2").await.expect(200).body;
    assert_eq!(page["services"].as_array().unwrap().len(), 2);
    assert_eq!(page["meta"]["next_page_url"], json!(null));
}

#[tokio::test]
async fn deleting_an_item_between_pages_loses_no_other() {
    let instance = Instance::start().await;
    let mut sids = Vec::new();
    for number in 0..4 {
        sids.push(instance.service(&format!("{number}")).await);
    }
    let first = instance.get("/v1/Services?PageSize=2").await.expect(200).body;
    instance.delete(&format!("/v1/Services/{}", sids[0])).await.expect(204);
    let next = first["meta"]["next_page_url"].as_str().unwrap().strip_prefix(instance.emulator.base_url()).unwrap();
    let second = instance.get(next).await.expect(200).body;
    assert_eq!(each(&second["services"], "sid"), sids[1..3]);
}

#[tokio::test]
async fn page_sizes_are_50_by_default_and_never_beyond_the_maximum() {
    let instance = Instance::start().await;
    for (query, size) in [
        ("", 50),
        ("?PageSize=100", 100),
        ("?PageSize=101", 100),
        ("?PageSize=99999999999", 100),
        ("?PageSize=1", 1),
        ("?PageSize=", 50),
    ] {
        let meta = &instance.get(&format!("/v1/Services{query}")).await.expect(200).body["meta"];
        assert_eq!(meta["page_size"], size, "{query}");
    }
    for query in ["?PageSize=0", "?PageSize=-1", "?PageSize=many", "?Page=-1", "?Page=x"] {
        let message = instance.get(&format!("/v1/Services{query}")).await.expect_error(400, 20001);
        assert!(message.contains("Page"), "{message}");
    }
}

#[tokio::test]
async fn a_page_token_of_another_list_is_rejected() {
    let instance = Instance::start().await;
    for token in [
        "x",
        "PTn",
        "PTnzzzzzzzzzzzzzzzz",
        "PTn00000000000000010000000000000001",
        "PT%F0%9F%98%80",
        "PTq0000000000000001",
    ] {
        let message = instance.get(&format!("/v1/Services?PageToken={token}")).await.expect_error(400, 21481);
        assert!(message.contains("PageToken"), "{message}");
    }
}

#[tokio::test]
async fn the_page_number_is_a_label_and_only_the_token_selects_the_page() {
    let instance = Instance::start().await;
    let page = instance.get("/v1/Services?Page=7").await.expect(200).body;
    assert_eq!(page["meta"]["page"], 7);
    assert_eq!(page["services"].as_array().unwrap().len(), 1);
}
