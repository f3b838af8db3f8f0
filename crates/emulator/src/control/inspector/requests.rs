//! The recorded REST requests, with filters, their responses, and a curl command for each.

use indexmap::IndexMap;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::View;
use super::parts::{choice, moment, shortened};
use super::view::pager;
use crate::control::curl;
use crate::control::requests::status;
use crate::domain::account::Account;
use crate::http::api::Api;
use crate::http::journal::{Filter, RecordedRequest};

/// Requests on a page.
const SIZE: usize = 25;
const PAGES: [&str; 2] = ["RequestsBefore", "RequestsAfter"];
const FILTERS: [&str; 4] = ["Operation", "Status", "Method", "Path"];
const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];
/// Characters that are shown of a path or a field.
const LONGEST: usize = 500;

pub(super) fn render(api: &Api, account: &Account, view: &View) -> Markup {
    if !api.journal.is_on() {
        return html! {
            h2 #requests-title { "Requests" }
            p.none { "Requests are not recorded: the journal is off." }
        };
    }
    let number = |name| view.get(name).and_then(|text| text.parse().ok());
    let wanted = Filter {
        account: Some(account.id),
        operation: view.get("Operation"),
        // An invalid status matches no request.
        status: view.get("Status").map(|text| status(text).unwrap_or((0, 0))),
        method: view.get("Method"),
        path: view.get("Path"),
        before: number(PAGES[0]),
        after: number(PAGES[1]),
    };
    let page = read(api, &wanted);
    let total = api.journal.count(&Filter { before: None, after: None, ..wanted });
    let is_filtered = FILTERS.iter().any(|name| view.get(name).is_some());
    let key = |request: Option<&RecordedRequest>| request.map(|request| request.id.to_string());
    let newer = key(page.requests.first()).or_else(|| view.get(PAGES[0]).map(str::to_owned));
    let older = key(page.requests.last()).filter(|_| page.has_older);
    let pages = pager(view, "requests", PAGES, newer.filter(|_| page.has_newer), older);
    html! {
        h2 #requests-title { "Requests" }
        (filters(view, total, is_filtered))
        @if page.requests.is_empty() {
            p.none { @if is_filtered { "No request matches." } @else { "No request was made yet." } }
        }
        (pages)
        @for one in &page.requests { (request(api, one)) }
        (pages)
    }
}

struct Page {
    requests: Vec<RecordedRequest>,
    has_newer: bool,
    has_older: bool,
}

fn read(api: &Api, wanted: &Filter<'_>) -> Page {
    let list = |filter: &Filter<'_>| api.journal.list(api.engine.accounts(), filter, SIZE + 1);
    if wanted.after.is_some() && wanted.before.is_none() {
        let mut requests = list(wanted);
        if requests.len() > SIZE {
            requests.remove(0);
            return Page { requests, has_newer: true, has_older: true };
        }
        // The requests after the number do not fill a page: the first page is shown instead.
    }
    let mut requests = list(&Filter { after: None, ..*wanted });
    let has_older = requests.len() > SIZE;
    requests.truncate(SIZE);
    Page { requests, has_newer: wanted.before.is_some(), has_older }
}

fn filters(view: &View, total: usize, is_filtered: bool) -> Markup {
    let own = [&FILTERS[..], &PAGES[..]].concat();
    html! {
        form.filters method="get" action="/_emulator" aria-label="filter of requests" {
            (view.hidden(&own))
            select name="Method" aria-label="method" {
                (choice("", "any method", view.get("Method")))
                @for method in METHODS { (choice(method, method, view.get("Method"))) }
            }
            select name="Status" aria-label="status" {
                (choice("", "any status", view.get("Status")))
                @for class in ["2xx", "4xx", "5xx"] { (choice(class, class, view.get("Status"))) }
                @if let Some(other) = view.get("Status").filter(|status| !["2xx", "4xx", "5xx"].contains(status)) {
                    (choice(other, other, Some(other)))
                }
            }
            input name="Operation" value=[view.get("Operation")] maxlength="200" placeholder="Operation"
                aria-label="part of the operation id";
            input name="Path" value=[view.get("Path")] maxlength="200" placeholder="Path" aria-label="part of the path";
            button { "Filter" }
            @if is_filtered { a.clear href=(view.without(&own).url()) { "clear" } }
            span.dim { (total) " request" @if total != 1 { "s" } }
        }
    }
}

fn request(api: &Api, request: &RecordedRequest) -> Markup {
    let class = match request.status {
        Some(200..400) => "good",
        _ => "bad",
    };
    let millis = request.duration.as_secs_f64() * 1000.0;
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    html! {
        details #{ "request-" (request.id) } {
            summary {
                b { (request.method) }
                span.mono.path { (shortened(&format!("{}{query}", request.path), 160)) }
                span class=(class) { @match request.status { Some(status) => (status), None => "no response" } }
                @if let Some(fault) = &request.fault { span.tag.bad { "fault " (fault) } }
                span.dim.end { (format!("{millis:.1} ms, ")) (moment(request.date_created.timestamp_millis())) }
                @if let Some(operation) = &request.operation { span.dim.line { (operation) } }
            }
            dl {
                dt { "request" } dd { "#" (request.id) @if let Some(id) = &request.request_id { " " code { (id) } } }
                @if request.account_sid.is_none() { dt { "account" } dd.bad { "not authenticated" } }
                @for (name, value) in &request.headers {
                    dt { (shortened(name, 80)) } dd.mono { (shortened(value, LONGEST)) }
                }
            }
            (body("Request body", &request.request_body, request.request_body_size, true))
            (body("Response body", &request.response_body, request.response_body_size, false))
            (copy(api, request))
        }
    }
}

/// JSON with its members in their order.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Json {
    Object(IndexMap<String, Self>),
    Array(Vec<Self>),
    Other(serde_json::Value),
}

/// A body: the fields of a form, indented JSON, or text.
fn body(title: &str, kept: &[u8], size: usize, is_form: bool) -> Markup {
    let json = serde_json::from_slice::<Json>(kept).ok().filter(|json| !matches!(json, Json::Other(_)));
    html! {
        @if size > 0 {
            h4 {
                (title)
                span.dim { " " (size) " bytes" @if kept.len() < size { ", of which " (kept.len()) " are kept" } }
            }
            @if let Some(json) = json.as_ref().and_then(|json| serde_json::to_string_pretty(json).ok()) {
                pre { (json) }
            } @else if is_form {
                dl {
                    @for (name, value) in form_urlencoded::parse(kept) {
                        dt { (shortened(&name, 80)) } dd.mono { (value) }
                    }
                }
            } @else {
                pre { (String::from_utf8_lossy(kept)) }
            }
        }
    }
}

fn copy(api: &Api, request: &RecordedRequest) -> Markup {
    html! {
        h4 { "As curl" }
        @match curl::command(&api.base_url, request) {
            Some(command) => {
                pre.command { (command) }
                // The script shows it, since it does nothing without the script.
                button.copy type="button" hidden { "Copy as curl" }
            }
            None => p.none { "curl cannot repeat it: a part of it was not kept, or has bytes that a shell cannot hold." }
        }
    }
}
