//! The selected conversation: its participants, its webhooks, and a form to write a message.

use maud::{Markup, html};
use twilio_conversations_types::v1::EventType;

use super::View;
use super::messages;
use super::parts::{count, counted, moment, shortened};
use crate::domain::account::Account;
use crate::domain::scoped_webhook::ScopedWebhook;
use crate::domain::values::{Documented as _, WebhookMethod};
use crate::domain::webhook_configuration::WebhookConfiguration;
use crate::http::api::Api;
use crate::store::overview::{self, ConversationDetails, MessageRow, Page, ParticipantRow};
use crate::store::{scoped_webhook, webhook_configuration};

/// Most characters of a name or a URL that are shown.
const LONGEST: usize = 500;
/// Most webhooks of the conversation that are listed.
const SCOPED: i64 = 50;

/// The data that is shown of a conversation.
struct Shown {
    details: ConversationDetails,
    participants: Vec<ParticipantRow>,
    configuration: WebhookConfiguration,
    scoped: Vec<ScopedWebhook>,
    messages: Page<MessageRow>,
}

pub(super) fn render(api: &Api, account: &Account, view: &View) -> rusqlite::Result<Markup> {
    let Some(sid) = view.get("Conversation") else {
        let configuration = api.engine.store().read(|db| webhook_configuration::of_account(db, account.id))?;
        return Ok(html! {
            h2 #conversation-title { "Conversation" }
            p.none { "Choose one from the list." }
            (webhooks(&configuration, &[]))
        });
    };
    let Some(shown) = read(api, account, view, sid)? else {
        return Ok(html! {
            h2 #conversation-title { "Conversation" }
            p.none { "The account has no conversation " code { (sid) } ". It may have been deleted." }
        });
    };
    let Shown { details, participants, configuration, scoped, messages } = &shown;
    Ok(html! {
        h2.name #conversation-title { (shortened(details.name(), LONGEST)) }
        (about(details))
        (participants_section(details, participants))
        (webhooks(configuration, scoped))
        @if participants.is_empty() {
            p.none { "It has no participants, so that no message can be written." }
        } @else {
            (form(account, view, &details.sid, participants))
        }
        (messages::render(view, details, messages))
    })
}

fn read(api: &Api, account: &Account, view: &View, sid: &str) -> rusqlite::Result<Option<Shown>> {
    api.engine.store().read(|db| {
        let Some(details) = overview::conversation(db, account.id, sid)? else { return Ok(None) };
        Ok(Some(Shown {
            participants: overview::participants(db, details.id)?,
            configuration: webhook_configuration::effective(db, account.id, details.service)?,
            scoped: scoped_webhook::first(db, details.id, SCOPED)?,
            messages: overview::messages(db, details.id, messages::part(view), messages::SIZE)?,
            details,
        }))
    })
}

fn about(details: &ConversationDetails) -> Markup {
    html! {
        div.dim.mono { (details.sid) " " span.tag { (details.state) } }
        div.dim {
            "service " (shortened(&details.service_name, LONGEST)) " " code { (details.service_sid) }
            @if let Some(name) = details.unique_name.as_deref().filter(|name| *name != details.name()) {
                ", unique name " code { (shortened(name, LONGEST)) }
            }
            ", created " (moment(details.date_created)) ", updated " (moment(details.date_updated))
            @if let Some(date) = details.date_inactive { ", inactive at " (moment(date)) }
            @if let Some(date) = details.date_closed { ", closed at " (moment(date)) }
        }
        @if details.attributes != "{}" { div { code { (shortened(&details.attributes, LONGEST)) } } }
    }
}

fn participants_section(details: &ConversationDetails, participants: &[ParticipantRow]) -> Markup {
    let listed = i64::try_from(participants.len()).unwrap_or(i64::MAX);
    html! {
        details #participants open {
            summary { b { (counted(details.participants, "participant")) } }
            ul.people {
                @for person in participants { li { (participant(person)) } }
            }
            @if listed < details.participants.number {
                p.none { "The first " (listed) " of " (count(details.participants)) " are listed." }
            }
        }
    }
}

fn participant(person: &ParticipantRow) -> Markup {
    html! {
        b { (shortened(person.name(), LONGEST)) } " "
        span.tag { (person.kind.as_deref().unwrap_or("chat")) } " "
        @if let Some(role) = &person.role { span.tag { (shortened(role, LONGEST)) } " " }
        span.dim {
            @if let Some(index) = person.last_read_message_index { "read up to #" (index) }
            @else { "has read nothing" }
            @if let Some(date) = person.last_read_timestamp { ", " (moment(date)) }
        }
        div.dim.mono {
            (person.sid)
            @for (label, address) in [
                ("address", &person.address),
                ("proxy", &person.proxy_address),
                ("projected", &person.projected_address),
            ] {
                @if let Some(address) = address { " " (label) " " (shortened(address, LONGEST)) }
            }
        }
    }
}

/// The webhooks that events of the conversation are sent to.
fn webhooks(configuration: &WebhookConfiguration, scoped: &[ScopedWebhook]) -> Markup {
    let scope = if configuration.service.is_some() { "service" } else { "account" };
    let urls = [("pre-event", &configuration.pre_webhook_url), ("post-event", &configuration.post_webhook_url)];
    let set = urls.iter().filter(|(_, url)| url.is_some()).count();
    html! {
        details #webhook-settings {
            summary {
                b { "Webhooks" }
                span.dim { (set) " of the " (scope) ", " (scoped.len()) " of the conversation" }
            }
            dl {
                dt { "scope" } dd { (scope) }
                @for (label, url) in urls {
                    dt { (label) } dd.mono { @match url { Some(url) => (shortened(url, LONGEST)), None => "no URL" } }
                }
                dt { "method" } dd.mono { (configuration.method.map_or("not set", |method| method.as_str())) }
                dt { "events" } dd.mono { (list(configuration.filters.iter().map(EventType::as_str))) }
            }
            @for hook in scoped {
                dl {
                    dt { "webhook" } dd.mono { (hook.sid) }
                    dt { "target" } dd.mono { (hook.target.as_str()) }
                    @if let Some(url) = &hook.url {
                        dt { "URL" } dd.mono { (hook.method.unwrap_or(WebhookMethod::Post).as_str()) " " (shortened(url, LONGEST)) }
                    }
                    @if let Some(flow) = &hook.flow_sid { dt { "flow" } dd.mono { (flow) } }
                    @if !hook.filters.is_empty() { dt { "events" } dd.mono { (list(hook.filters.iter().map(EventType::as_str))) } }
                    @if !hook.triggers.is_empty() { dt { "triggers" } dd.mono { (list(hook.triggers.iter().map(String::as_str))) } }
                }
            }
        }
    }
}

fn list<'s>(strings: impl Iterator<Item = &'s str>) -> Markup {
    let strings: Vec<_> = strings.collect();
    html! { @if strings.is_empty() { "none" } @else { (shortened(&strings.join(", "), 2 * LONGEST)) } }
}

fn form(account: &Account, view: &View, sid: &str, participants: &[ParticipantRow]) -> Markup {
    html! {
        form.write method="post" action="/_emulator/messages" {
            input type="hidden" name="Return" value="page";
            input type="hidden" name="Page" value=(view.without(&["MessagesBefore", "MessagesAfter"]).query());
            input type="hidden" name="AccountSid" value=(account.sid);
            input type="hidden" name="ConversationSid" value=(sid);
            select name="ParticipantSid" aria-label="participant" {
                @for person in participants {
                    option value=(person.sid) {
                        (super::parts::cut(person.name(), 80).0) " (" (person.kind.as_deref().unwrap_or("chat")) ")"
                    }
                }
            }
            input name="Body" required autocomplete="off" placeholder="Write as this participant" aria-label="message";
            button { "Send" }
        }
    }
}
