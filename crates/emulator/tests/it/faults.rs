//! Faults on purpose, limits, and the clock.

use std::time::{Duration, Instant};

use serde_json::json;
use twilio_conversations_emulator::Emulator;

use crate::support::World;

fn with(fault: &str) -> twilio_conversations_emulator::Builder {
    Emulator::builder().fault(fault.parse().unwrap())
}

#[tokio::test]
async fn too_many_requests_come_with_retry_after_and_do_nothing() {
    let world = World::of(with("429=7:CreateService")).await;
    let answer = world.post("/v1/Services", &[("FriendlyName", "x")]).await;
    assert_eq!(answer.header("retry-after"), "7");
    answer.refused(429, 20429);
    assert_eq!(world.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cut_connection_has_done_nothing_or_everything() {
    for (fault, done) in [("cut:CreateService", 1), ("cut-after:CreateService", 2)] {
        let world = World::of(with(fault)).await;
        let request = world.request(crate::support::Method::POST, "/v1/Services").form(&[("FriendlyName", "x")]);
        request.try_send().await.unwrap_err();
        assert_eq!(
            world.get("/v1/Services").await.expect(200).body["services"].as_array().unwrap().len(),
            done,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn answers_can_be_slow_or_fail_at_a_rate() {
    let world = World::of(with("slow=50").fault("503@0.5".parse().unwrap())).await;
    let start = Instant::now();
    world.get("/v1/Services").await;
    assert!(start.elapsed() >= Duration::from_millis(50));
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..200 {
        statuses.insert(world.get("/v1/Services").await.status);
        if statuses.len() == 2 {
            break;
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 503]);
}

#[tokio::test]
async fn writes_per_second_are_limited_where_asked_and_reads_are_not() {
    let world = World::of(Emulator::builder().rate_limit(3)).await;
    world.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    for _ in 0..3 {
        world.service("x").await;
    }
    world.post("/v1/Services", &[("FriendlyName", "x")]).await.refused(429, 50063);
    for _ in 0..5 {
        world.get("/v1/Services").await.expect(200);
    }
    world.post("/_emulator/clock", &[("Advance", "PT1S")]).await.expect(200);
    world.service("x").await;
}

#[tokio::test]
async fn the_clock_is_frozen_set_and_moved() {
    let world = World::start().await;
    let set = world.post("/_emulator/clock", &[("Freeze", "true"), ("Set", "2031-05-06T07:08:09Z")]).await.expect(200);
    assert_eq!(set.body, json!({"now": "2031-05-06T07:08:09.000Z", "frozen": true}));
    let created = world.post("/v1/Services", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(created.text("date_created"), "2031-05-06T07:08:09Z");
    let moved = world.post("/_emulator/clock", &[("Advance", "P1DT1H")]).await.expect(200);
    assert_eq!(moved.text("now"), "2031-05-07T08:08:09.000Z");
    assert_eq!(world.get("/_emulator/clock").await.expect(200).body, moved.body);
    for form in [("Advance", "soon"), ("Set", "soon"), ("Freeze", "soon")] {
        world.post("/_emulator/clock", &[form]).await.refused(400, 20001);
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_make_control_calls() {
    let world = World::start().await;
    let request =
        world.request(crate::support::Method::POST, "/_emulator/clock").header("origin", "https://example.com");
    request.form(&[("Freeze", "true")]).send().await.expect(403);
    let own = world.emulator.base_url();
    let request = world.request(crate::support::Method::POST, "/_emulator/clock").header("origin", own);
    request.form(&[("Freeze", "true")]).send().await.expect(200);
    world.post("/_emulator/nothing", &[]).await.refused(404, 20404);
    world.get("/_emulator/deliveries?AccountSid=AC1").await.refused(400, 20001);
}

#[tokio::test]
async fn addresses_in_answers_can_name_the_vendor_s_host() {
    let world = World::of(Emulator::builder().vendor_urls(true)).await;
    let url = world.get("/v1/Configuration/Webhooks").await.text("url");
    assert_eq!(url, "https://conversations.twilio.com/v1/Configuration/Webhooks");
}
