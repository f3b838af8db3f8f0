//! The messages of the selected conversation, the latest first.

use maud::{Markup, html};

use super::View;
use super::parts::{counted, cut, moment, shortened};
use super::view::pager;
use crate::store::overview::{ConversationDetails, MessageRow, Page, Part, ReceiptRow};

/// Messages on a page.
pub(super) const SIZE: usize = 50;
const PAGES: [&str; 2] = ["MessagesBefore", "MessagesAfter"];
/// Most characters of a body that are shown, unless the message is selected.
const BODY: usize = 1_500;
/// Most characters of attributes and names that are shown.
const LONGEST: usize = 300;

pub(super) fn part(view: &View) -> Part {
    view.part(PAGES[0], PAGES[1])
}

pub(super) fn render(view: &View, details: &ConversationDetails, page: &Page<MessageRow>) -> Markup {
    let key = |message: Option<&MessageRow>| message.map(|message| message.index.to_string());
    let newer = key(page.items.first()).or_else(|| view.get(PAGES[0]).map(str::to_owned));
    let pages = pager(
        view,
        "messages",
        PAGES,
        newer.filter(|_| page.has_newer),
        key(page.items.last()).filter(|_| page.has_older),
    );
    html! {
        h3 { (counted(details.messages, "message")) }
        (pages)
        @for one in &page.items { (message(view, one)) }
        (pages)
    }
}

fn message(view: &View, message: &MessageRow) -> Markup {
    let is_chosen = view.get("Message") == Some(&message.sid);
    let body = message.body.as_deref().unwrap_or_default();
    let (beginning, all) = cut(body, if is_chosen { usize::MAX } else { BODY });
    html! {
        article.message.on[is_chosen] #{ "message-" (message.sid) } {
            div {
                b { (shortened(&message.author, LONGEST)) } " "
                span.dim {
                    "#" (message.index) ", " (moment(message.date_created))
                    @if message.date_updated != message.date_created { ", updated " (moment(message.date_updated)) }
                }
            }
            @if let Some(subject) = &message.subject { div.subject { (shortened(subject, LONGEST)) } }
            @if !body.is_empty() { div.body dir="auto" { (beginning) @if all.is_some() { "…" } } }
            @if let Some(all) = all {
                a href={ (view.with("Message", &*message.sid).url()) "#message-" (message.sid) } {
                    "show all " (all) " characters"
                }
            }
            @if let Some(content) = &message.content_sid { div.dim { "content template " code { (content) } } }
            (extras(message))
        }
    }
}

fn extras(message: &MessageRow) -> Markup {
    html! {
        @if !message.media.is_empty() {
            ul.media aria-label="media" {
                @for media in &message.media {
                    li {
                        "media " (shortened(media.filename.as_deref().unwrap_or("unnamed file"), LONGEST)) " "
                        span.dim {
                            (shortened(&media.content_type, LONGEST)) ", " (media.size) " bytes " code { (media.sid) }
                        }
                    }
                }
            }
        }
        @if !message.receipts.is_empty() {
            ul.receipts aria-label="delivery" { @for one in &message.receipts { li { (receipt(one)) } } }
        }
        @if message.attributes != "{}" { code { (shortened(&message.attributes, LONGEST)) } }
        div.dim.mono { (message.sid) }
    }
}

fn receipt(receipt: &ReceiptRow) -> Markup {
    let class = match receipt.status.as_str() {
        "failed" | "undelivered" => "bad",
        "delivered" | "read" => "good",
        _ => "wait",
    };
    html! {
        span class=(class) { (receipt.status) }
        @if receipt.error_code != 0 { " " span.bad { "error " (receipt.error_code) } }
        " " span.dim { (shortened(&receipt.participant, LONGEST)) }
    }
}
