//! The frame of the page: header with counts, and three panes.

use maud::{DOCTYPE, Markup, html};

use super::parts::{count, counted, failure};
use super::{View, conversation, conversations, requests, webhooks};
use crate::domain::account::Account;
use crate::domain::delivery::DeliveryState;
use crate::http::api::Api;
use crate::store::overview::{self, Count, DeliveryFilter, Totals};

/// The whole page.
pub(super) fn render(api: &Api, account: &Account, view: &View) -> Markup {
    let is_chosen = view.get("Conversation").is_some();
    let has_requests = view.get("Pane") == Some("requests");
    let or_failure = |result: rusqlite::Result<Markup>| result.unwrap_or_else(|error| failure(&error));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Conversations emulator" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="stylesheet" href="/_emulator/inspector.css";
                script src="/_emulator/inspector.js" defer {}
            }
            body {
                (header(api, account, view))
                main.chosen[is_chosen] {
                    section #conversations tabindex="0" aria-labelledby="conversations-title" {
                        (or_failure(conversations::render(api, account, view)))
                    }
                    section #conversation tabindex="0" aria-labelledby="conversation-title" {
                        (or_failure(conversation::render(api, account, view)))
                    }
                    @if has_requests {
                        section #requests tabindex="0" aria-labelledby="requests-title" {
                            (tabs(view, true))
                            (requests::render(api, account, view))
                        }
                    } @else {
                        section #deliveries tabindex="0" aria-labelledby="webhooks-title" {
                            (tabs(view, false))
                            (or_failure(webhooks::render(api, account, view)))
                        }
                    }
                }
            }
        }
    }
}

fn header(api: &Api, account: &Account, view: &View) -> Markup {
    let others = || api.engine.accounts().all().iter().filter(|other| other.sid != account.sid);
    let side =
        if view.get("Pane") == Some("requests") { ("#requests", "Requests") } else { ("#deliveries", "Webhooks") };
    html! {
        header {
            h1 { a href={ "/_emulator?AccountSid=" (account.sid) } { "Conversations emulator" } }
            code { (api.base_url) }
            span.dim {
                "account " code { (account.sid) }
                @for other in others() { ", or " a.account href={ "/_emulator?AccountSid=" (other.sid) } { (other.sid) } }
            }
            span.dim #clock title="the emulator's clock" {
                (api.engine.clock().now().to_millis_text()) @if api.engine.clock().is_frozen() { ", frozen" }
            }
            span.tag #live role="status" { "reload to renew" }
            div.totals #totals { (totals(api, account, view)) }
            nav.jump aria-label="panes" {
                a href="#conversation" { "Conversation" }
                a href="#conversations" { "Conversations" }
                a href=(side.0) { (side.1) }
            }
        }
    }
}

fn totals(api: &Api, account: &Account, view: &View) -> Markup {
    let read = api.engine.store().read(|db| {
        let by_state: rusqlite::Result<Vec<(DeliveryState, Count)>> = DeliveryState::ALL
            .into_iter()
            .map(|state| {
                let filter =
                    DeliveryFilter { account: account.id, state: Some(state.as_str()), ..DeliveryFilter::default() };
                Ok((state, overview::delivery_count(db, &filter)?))
            })
            .collect();
        Ok((overview::totals(db, account.id)?, by_state?))
    });
    let (Totals { conversations, participants, messages }, by_state) = match read {
        Ok(read) => read,
        Err(error) => return failure(&error),
    };
    let webhooks = by_state.iter().filter(|(_, count)| count.number > 0);
    let rest = view.without(&["Pane", "WebhookState", "Event", "WebhooksOf", "WebhooksBefore", "WebhooksAfter"]);
    html! {
        span { (counted(conversations, "conversation")) }
        span { (counted(participants, "participant")) }
        span { (counted(messages, "message")) }
        @for (state, number) in webhooks {
            a class=(webhooks::class(*state)) href=(rest.with("WebhookState", state.as_str()).url()) {
                (count(*number)) " " (webhooks::label(*state))
            }
        }
    }
}

fn tabs(view: &View, has_requests: bool) -> Markup {
    let current = |is_current: bool| is_current.then_some("page");
    html! {
        nav.tabs aria-label="webhooks and requests" {
            a href=(view.without(&["Pane"]).url()) aria-current=[current(!has_requests)] { "Webhooks" }
            a href=(view.with("Pane", "requests").url()) aria-current=[current(has_requests)] { "Requests" }
        }
    }
}
