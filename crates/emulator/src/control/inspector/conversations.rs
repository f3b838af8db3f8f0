//! The list of conversations, with search and filters.

use maud::{Markup, html};

use super::View;
use super::parts::{choice, counted, moment};
use super::view::pager;
use crate::domain::account::Account;
use crate::domain::values::{ConversationState, Documented as _};
use crate::http::api::Api;
use crate::store::overview::{self, ConversationRow, Found, Position, Search, ServiceRow};

/// Conversations on a page.
const SIZE: usize = 50;
const PAGES: [&str; 2] = ["ConversationsBefore", "ConversationsAfter"];
const FILTERS: [&str; 3] = ["Search", "Service", "State"];

pub(super) fn render(api: &Api, account: &Account, view: &View) -> rusqlite::Result<Markup> {
    let search = Search {
        account: account.id,
        service: view.get("Service"),
        state: view.get("State"),
        text: view.get("Search"),
        before: view.position(PAGES[0]),
        after: view.position(PAGES[1]),
        size: SIZE,
    };
    let (services, found) = api.engine.store().read(|db| {
        Ok::<_, rusqlite::Error>((overview::services(db, account.id)?, overview::conversations(db, &search)?))
    })?;
    let is_filtered = FILTERS.iter().any(|name| view.get(name).is_some());
    Ok(html! {
        h2 #conversations-title { "Conversations" }
        (filters(view, &services, is_filtered))
        (list(view, &services, &found))
        @if found.is_unfinished {
            p.none { "The search looked at a part of the conversations. The next page continues it with the older ones." }
        } @else if found.rows.is_empty() && is_filtered {
            p.none { "No conversation matches." }
        }
        (pager(view, "conversations", PAGES, found.newer.map(key), found.older.map(key)))
    })
}

fn key(position: Position) -> String {
    format!("{}.{}", position.service, position.activity)
}

fn filters(view: &View, services: &[ServiceRow], is_filtered: bool) -> Markup {
    let own = [&FILTERS[..], &PAGES[..]].concat();
    html! {
        form.filters method="get" action="/_emulator" role="search" aria-label="conversations" {
            (view.hidden(&own))
            input #search type="search" name="Search" value=[view.get("Search")] maxlength="200"
                placeholder="Name, SID, identity or address" aria-label="name, SID, identity or address";
            @if services.len() > 1 || view.get("Service").is_some() {
                select name="Service" aria-label="service" {
                    (choice("", "every service", view.get("Service")))
                    @for service in services { (choice(&service.sid, &service.name, view.get("Service"))) }
                }
            }
            select name="State" aria-label="state" {
                (choice("", "any state", view.get("State")))
                @for state in ConversationState::ALL { (choice(state.as_str(), state.as_str(), view.get("State"))) }
            }
            button { "Search" }
            @if is_filtered { a.clear href=(view.without(&own).url()) { "clear" } }
        }
    }
}

/// The conversations under the name of their service. A service without any has its name only, on the first page.
fn list(view: &View, services: &[ServiceRow], found: &Found) -> Markup {
    let is_first = found.newer.is_none() && view.get("Search").or(view.get("State")).is_none();
    let wanted = |sid: &str| view.get("Service").is_none_or(|service| service == sid);
    let is_default = |sid: &str| services.iter().any(|service| service.sid == sid && service.is_default);
    let groups: Vec<&[ConversationRow]> =
        found.rows.chunk_by(|one, other| one.service_sid == other.service_sid).collect();
    let has_rows = |sid: &str| groups.iter().any(|group| group.first().is_some_and(|row| row.service_sid == sid));
    html! {
        @for group in &groups {
            @if let Some(first) = group.first() {
                (service(&first.service, &first.service_sid, is_default(&first.service_sid)))
            }
            ul { @for row in *group { li { (conversation(view, row)) } } }
        }
        @if is_first && found.older.is_none() {
            @for one in services.iter().filter(|one| wanted(&one.sid) && !has_rows(&one.sid)) {
                (service(&one.name, &one.sid, one.is_default))
                p.none { "no conversations" }
            }
        }
    }
}

fn service(name: &str, sid: &str, is_default: bool) -> Markup {
    html! {
        h3.name { (name) @if is_default { " " span.tag { "default" } } }
        div.dim.mono { (sid) }
    }
}

fn conversation(view: &View, row: &ConversationRow) -> Markup {
    let is_chosen = view.get("Conversation") == Some(&row.sid);
    let url = view.without(&["Message", "MessagesBefore", "MessagesAfter"]).with("Conversation", &*row.sid).url();
    html! {
        a.row.on[is_chosen] href=(url) aria-current=[is_chosen.then_some("true")] {
            span.title { (row.name) }
            span.dim {
                span.tag { (row.state) } " " (counted(row.messages, "message")) ", "
                (counted(row.participants, "participant")) ", " (moment(row.date_updated))
            }
        }
    }
}
