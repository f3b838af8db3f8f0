//! The webhook calls, with filters and a form to resend each.

use std::collections::HashMap;

use maud::{Markup, html};
use twilio_conversations_types::v1::EventType;

use super::View;
use super::parts::{choice, counted, moment, shortened};
use super::view::pager;
use crate::domain::account::Account;
use crate::domain::delivery::DeliveryState;
use crate::http::api::Api;
use crate::store::overview::{self, Count, DeliveryFilter, Page};
use crate::webhooks::record::Delivery;

/// Webhook calls on a page.
const SIZE: usize = 25;
const PAGES: [&str; 2] = ["WebhooksBefore", "WebhooksAfter"];
const FILTERS: [&str; 3] = ["WebhookState", "Event", "WebhooksOf"];
/// Characters that are shown of a field or a URL, and of a response; and fields that are shown.
const LONGEST: usize = 500;
const RESPONSE: usize = 1_000;
const FIELDS: usize = 60;

pub(super) fn render(api: &Api, account: &Account, view: &View) -> rusqlite::Result<Markup> {
    let filter = DeliveryFilter {
        account: account.id,
        state: view.get(FILTERS[0]),
        event: view.get(FILTERS[1]),
        conversation: view.get(FILTERS[2]),
    };
    let (page, total, calls, names) = api.engine.store().read(|db| {
        let page = overview::delivery_ids(db, &filter, view.part(PAGES[0], PAGES[1]), SIZE)?;
        let calls = overview::deliveries(db, &page.items)?;
        let sids = calls.iter().filter_map(|call| call.conversation_sid.as_deref());
        let names = overview::conversation_names(db, account.id, sids)?;
        Ok::<_, rusqlite::Error>((page, overview::delivery_count(db, &filter)?, calls, names))
    })?;
    let deliveries: Vec<Delivery> = calls.into_iter().map(Delivery::from).collect();
    let is_filtered = FILTERS.iter().any(|name| view.get(name).is_some());
    let pages = pages(view, &page);
    Ok(html! {
        h2 #webhooks-title { "Webhooks" }
        (filters(view, total, is_filtered))
        @if deliveries.is_empty() {
            p.none {
                @if is_filtered { "No webhook call matches." }
                @else { "No webhook was called yet. REST requests need the header X-Twilio-Webhook-Enabled: true." }
            }
        }
        (pages)
        @for one in &deliveries { (delivery(account, view, one, &names)) }
        (pages)
    })
}

/// The label of a state.
pub(super) fn label(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::GivenUp => "given up",
        DeliveryState::TimedOut => "timed out",
        DeliveryState::Rejected => "rejected",
        other => other.as_str(),
    }
}

/// The class that colours a state.
pub(super) fn class(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Delivered | DeliveryState::Proceeded => "good",
        DeliveryState::Pending | DeliveryState::Recorded => "wait",
        DeliveryState::Failed | DeliveryState::GivenUp | DeliveryState::Rejected | DeliveryState::TimedOut => "bad",
    }
}

fn pages(view: &View, page: &Page<i64>) -> Markup {
    let newer = page.items.first().map(i64::to_string).or_else(|| view.get(PAGES[0]).map(str::to_owned));
    let older = page.items.last().map(i64::to_string);
    pager(view, "webhooks", PAGES, newer.filter(|_| page.has_newer), older.filter(|_| page.has_older))
}

fn filters(view: &View, total: Count, is_filtered: bool) -> Markup {
    let own = [&FILTERS[..], &PAGES[..]].concat();
    let of = view.get("WebhooksOf");
    let chosen = view.get("Conversation").filter(|chosen| Some(*chosen) != of);
    html! {
        form.filters method="get" action="/_emulator" aria-label="filter of webhooks" {
            (view.hidden(&own))
            select name="WebhookState" aria-label="state" {
                (choice("", "any state", view.get("WebhookState")))
                @for state in DeliveryState::ALL { (choice(state.as_str(), label(state), view.get("WebhookState"))) }
            }
            select name="Event" aria-label="event" {
                (choice("", "any event", view.get("Event")))
                @for event in EventType::PRE_EVENTS.iter().chain(EventType::POST_EVENTS) {
                    (choice(event.as_str(), event.as_str(), view.get("Event")))
                }
            }
            @if of.is_some() || chosen.is_some() {
                select name="WebhooksOf" aria-label="conversation" {
                    (choice("", "every conversation", of))
                    @if let Some(sid) = of { (choice(sid, sid, of)) }
                    @if let Some(sid) = chosen { (choice(sid, "the chosen conversation", of)) }
                }
            }
            button { "Filter" }
            @if is_filtered { a.clear href=(view.without(&own).url()) { "clear" } }
            span.dim { (counted(total, "call")) }
        }
    }
}

fn delivery(account: &Account, view: &View, delivery: &Delivery, names: &HashMap<String, String>) -> Markup {
    let conversation = delivery.conversation_sid.as_deref();
    let name = conversation.map(|sid| names.get(sid).map_or(sid, String::as_str));
    let millis = delivery.duration.map(|duration| duration.as_secs_f64() * 1000.0);
    html! {
        details #{ "delivery-" (delivery.id) } {
            summary {
                b { (delivery.event.as_str()) }
                span class=(class(delivery.state)) { (label(delivery.state)) }
                @if let Some(status) = delivery.status { span { (status) } }
                span.dim.end {
                    @if let Some(millis) = millis { (format!("{millis:.1} ms, ")) }
                    (moment(delivery.date_created.timestamp_millis()))
                }
                @if let Some(name) = name { span.dim.line { (shortened(name, 80)) } }
            }
            (facts(view, delivery, name))
            dl {
                @for (name, value) in delivery.fields.iter().take(FIELDS) {
                    dt { (shortened(name, 80)) } dd.mono { (shortened(value, LONGEST)) }
                }
            }
            @if delivery.fields.len() > FIELDS { p.none { "The first " (FIELDS) " fields are shown." } }
            form method="post" action={ "/_emulator/deliveries/" (delivery.id) "/resend" } {
                input type="hidden" name="Return" value="page";
                input type="hidden" name="Page" value=(view.query());
                input type="hidden" name="AccountSid" value=(account.sid);
                button { "Resend" }
            }
        }
    }
}

fn facts(view: &View, delivery: &Delivery, name: Option<&str>) -> Markup {
    html! {
        dl {
            @if let (Some(sid), Some(name)) = (&delivery.conversation_sid, name) {
                dt { "conversation" }
                dd {
                    a href=(view.without(&["MessagesBefore", "MessagesAfter"]).with("Conversation", &**sid).url()) {
                        (shortened(name, LONGEST))
                    }
                    " " code { (sid) }
                }
            }
            dt { "sent to" } dd.mono { (delivery.method.as_str()) " " (shortened(&delivery.url, LONGEST)) }
            dt { "scope" } dd.mono { (delivery.scope) }
            dt { "at" } dd { (moment(delivery.date_created.timestamp_millis())) }
            dt { "attempts" } dd { (delivery.attempts) }
            @if let Some(signature) = &delivery.signature { dt { "signature" } dd.mono { (signature) } }
            dt { "token" } dd.mono { (delivery.idempotency_token) }
            @if let Some(body) = delivery.response_body.as_deref().filter(|body| !body.is_empty()) {
                dt { "response" } dd.mono { (shortened(body, RESPONSE)) }
            }
            @if let Some(error) = &delivery.error { dt { "error" } dd.mono.bad { (shortened(error, LONGEST)) } }
        }
    }
}
