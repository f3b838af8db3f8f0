//! The inspector: a page that shows services, conversations, messages and webhooks, and lets one write and resend.
//!
//! It is complete as the server renders it. A small script renews it when there is news.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::Response;
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use rusqlite::params;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc};

use crate::domain::account::Account;
use crate::http::Body;
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::store::Cached;
use crate::time::Millis;

const STYLE: &str = include_str!("../assets/inspector.css");
const SCRIPT: &str = include_str!("../assets/inspector.js");

/// Most rows that each list of the page shows.
const ROWS: i64 = 100;

/// The page.
pub(super) fn page(api: &Api, account: &Account, query: &Fields) -> Response<Body> {
    let chosen = query.filled("Conversation");
    let mut html = String::with_capacity(32 * 1024);
    let others: String = api
        .engine
        .accounts()
        .all()
        .iter()
        .filter(|other| other.sid != account.sid)
        .map(|other| format!(", or <a href=\"/_emulator?AccountSid={0}\">{0}</a>", escape(&other.sid)))
        .collect();
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Conversations emulator</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body><header>\
         <h1>Conversations emulator</h1><span><code>{}</code></span><span class=\"dim\">account <code>{}</code>{others}</span>\
         <span class=\"dim\" id=\"clock\">{}{}</span><span class=\"tag\" id=\"live\">reload to renew</span></header><main>",
        escape(&api.base_url),
        escape(&account.sid),
        api.engine.clock().now().to_millis_text(),
        if api.engine.clock().is_frozen() { ", frozen" } else { "" },
    );
    html.push_str("<section id=\"conversations\">");
    let failed = |html: &mut String, result: rusqlite::Result<()>| {
        if let Err(error) = result {
            let _ = write!(html, "<p class=\"bad\">{}</p>", escape(&error.to_string()));
        }
    };
    let result = write_services(api, account, chosen, &mut html);
    failed(&mut html, result);
    html.push_str("</section><section id=\"conversation\">");
    let result = write_conversation(api, account, chosen, &mut html);
    failed(&mut html, result);
    html.push_str("</section><section id=\"deliveries\">");
    write_deliveries(api, account, chosen, &mut html);
    let _ = write!(html, "</section></main><script>{SCRIPT}</script></body></html>");
    let mut response = Response::new(Either::Left(Full::from(html)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Whatever is in a message, the page loads nothing from elsewhere.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'self'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// A stream of server-sent events: the number of each webhook call that began, went on or ended, and 0 when something
/// else changed.
pub(super) fn changes(api: &Api) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(64);
    let mut news = api.engine.webhooks.changes.subscribe();
    tokio::spawn(async move {
        let mut text = ": hello\n\n".to_owned();
        // Ends when the reader or the emulator is gone.
        while sender.send(Bytes::from(text)).await.is_ok() {
            text = match news.recv().await {
                Ok(id) => format!("data: {id}\n\n"),
                Err(broadcast::error::RecvError::Lagged(_)) => "data: many\n\n".to_owned(),
                Err(broadcast::error::RecvError::Closed) => return,
            };
        }
    });
    let mut response = Response::new(Either::Right(News { receiver }.boxed()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A body that goes on for as long as there is news.
struct News {
    receiver: mpsc::Receiver<Bytes>,
}

impl hyper::body::Body for News {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn write_services(api: &Api, account: &Account, chosen: Option<&str>, html: &mut String) -> rusqlite::Result<()> {
    api.engine.store().read(|db| {
        let services = db.all(
            "SELECT service.id, service.sid, friendly_name, service.id = default_service FROM service
             JOIN account ON account.id = service.account WHERE account.id = ? ORDER BY service.id LIMIT ?",
            params![account.id, ROWS],
            |row| {
                let (id, sid): (i64, String) = (row.get(0)?, row.get(1)?);
                Ok((id, sid, row.get::<_, String>(2)?, row.get::<_, Option<bool>>(3)?.unwrap_or_default()))
            },
        )?;
        for (id, sid, name, is_default) in services {
            let tag = if is_default { " <span class=\"tag\">default</span>" } else { "" };
            let _ = write!(
                html,
                "<h2 class=\"name\">{}{tag}</h2><div class=\"dim mono\">{}</div><ul>",
                escape(&name),
                escape(&sid)
            );
            let conversations = db.all(
                "SELECT sid, coalesce(friendly_name, unique_name, sid), state,
                 (SELECT count(*) FROM message WHERE conversation = conversation.id) FROM conversation
                 WHERE service = ? ORDER BY activity DESC LIMIT ?",
                params![id, ROWS],
                |row| {
                    let (sid, name): (String, String) = (row.get(0)?, row.get(1)?);
                    Ok((sid, name, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
                },
            )?;
            if conversations.is_empty() {
                html.push_str("<li class=\"none\">no conversations</li>");
            }
            for (sid, name, state, messages) in conversations {
                let on = if chosen == Some(&sid) { " on" } else { "" };
                let _ = write!(
                    html,
                    "<li><a class=\"row{on}\" href=\"/_emulator?AccountSid={}&amp;Conversation={sid}\">{}<br>\
                     <span class=\"dim\">{state}, {messages} messages</span></a></li>",
                    account.sid,
                    escape(&name),
                );
            }
            html.push_str("</ul>");
        }
        Ok(())
    })
}

fn write_conversation(api: &Api, account: &Account, chosen: Option<&str>, html: &mut String) -> rusqlite::Result<()> {
    let Some(sid) = chosen else {
        html.push_str("<h2>Conversation</h2><p class=\"none\">Choose one on the left.</p>");
        return Ok(());
    };
    api.engine.store().read(|db| {
        let found = db.first(
            "SELECT conversation.id, coalesce(conversation.friendly_name, unique_name, conversation.sid), state
             FROM conversation JOIN service ON service.id = service WHERE conversation.sid = ? AND account = ?",
            params![sid, account.id],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        )?;
        let Some((id, name, state)) = found else {
            html.push_str("<h2>Conversation</h2><p class=\"none\">It is not there any more.</p>");
            return Ok(());
        };
        let _ = write!(
            html,
            "<h2 class=\"name\">{}</h2><div class=\"dim mono\">{} <span class=\"tag\">{state}</span></div>",
            escape(&name),
            escape(sid)
        );
        let people = db.all(
            "SELECT sid, coalesce(identity, address, projected_address, sid), ifnull(type, 'chat') FROM participant
             WHERE conversation = ? ORDER BY id LIMIT ?",
            params![id, ROWS],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        )?;
        if people.is_empty() {
            html.push_str("<p class=\"none\">Nobody is in it, so that nobody can write.</p>");
        } else {
            write_form(account, sid, &people, html);
        }
        let messages = db.all(
            "SELECT author, body, date_created, \"index\", NULL FROM message WHERE conversation = ?
             ORDER BY \"index\" DESC LIMIT ?",
            params![id, ROWS],
            |row| {
                let (author, body): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                Ok((author, body, Millis(row.get(2)?), row.get::<_, i64>(3)?, row.get::<_, Option<String>>(4)?))
            },
        )?;
        for (author, body, date, index, media) in messages {
            let _ = write!(
                html,
                "<div class=\"message\"><b>{}</b> <span class=\"dim\">#{index}, {}</span><br>{}{}</div>",
                escape(&author),
                date.to_millis_text(),
                escape(body.as_deref().unwrap_or_default()),
                media.map(|media| format!("<br><code>{}</code>", escape(&media))).unwrap_or_default(),
            );
        }
        Ok(())
    })
}

fn write_form(account: &Account, sid: &str, people: &[(String, String, String)], html: &mut String) {
    let _ = write!(
        html,
        "<form method=\"post\" action=\"/_emulator/messages\"><input type=\"hidden\" name=\"Return\" value=\"page\">\
         <input type=\"hidden\" name=\"AccountSid\" value=\"{}\"><input type=\"hidden\" name=\"ConversationSid\" \
         value=\"{}\"><select name=\"ParticipantSid\" aria-label=\"participant\">",
        escape(&account.sid),
        escape(sid)
    );
    for (sid, name, kind) in people {
        let _ = write!(html, "<option value=\"{}\">{} ({})</option>", escape(sid), escape(name), escape(kind));
    }
    html.push_str(
        "</select><input name=\"Body\" required placeholder=\"Write as a participant\" aria-label=\"message\">\
         <button>Send</button></form>",
    );
}

fn write_deliveries(api: &Api, account: &Account, chosen: Option<&str>, html: &mut String) {
    let mut query = Fields::default();
    query.set("Limit", ROWS.to_string());
    let list = super::list_deliveries(api, account.id, &query).unwrap_or_default();
    let deliveries = list["deliveries"].as_array().cloned().unwrap_or_default();
    html.push_str("<h2>Webhooks</h2>");
    if deliveries.is_empty() {
        html.push_str(
            "<p class=\"none\">None was called yet. REST calls need the header X-Twilio-Webhook-Enabled: true.</p>",
        );
    }
    for delivery in deliveries {
        write_delivery(account, chosen, &delivery, html);
    }
}

fn write_delivery(account: &Account, chosen: Option<&str>, delivery: &Value, html: &mut String) {
    let text = |name: &str| match &delivery[name] {
        Value::Null => String::new(),
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    };
    let state = text("state");
    let class = match state.as_str() {
        "delivered" | "proceeded" => "good",
        "pending" | "recorded" => "wait",
        _ => "bad",
    };
    let millis = delivery["duration_micros"].as_f64().unwrap_or_default() / 1000.0;
    let id = text("id");
    let _ = write!(
        html,
        "<details id=\"delivery-{id}\"><summary><b>{}</b><span class=\"{class}\">{state}</span><span>{}</span>\
         <span class=\"dim\">{millis:.1} ms</span></summary><dl><dt>sent to</dt><dd class=\"mono\">{} {}</dd><dt>scope</dt>\
         <dd class=\"mono\">{}</dd><dt>at</dt><dd class=\"mono\">{}</dd><dt>attempts</dt><dd class=\"mono\">{}</dd>\
         <dt>signature</dt><dd class=\"mono\">{}</dd>\
         <dt>token</dt><dd class=\"mono\">{}</dd>",
        text("event"),
        text("status"),
        text("method"),
        text("url"),
        text("scope"),
        text("date_created"),
        text("attempts"),
        text("signature"),
        text("idempotency_token"),
    );
    for (label, name) in [("answer", "answer"), ("error", "error")] {
        if !text(name).is_empty() {
            let _ = write!(html, "<dt>{label}</dt><dd class=\"mono\">{}</dd>", text(name));
        }
    }
    html.push_str("</dl><dl>");
    for pair in delivery["fields"].as_array().into_iter().flatten() {
        let part = |index: usize| escape(pair[index].as_str().unwrap_or_default());
        let _ = write!(html, "<dt>{}</dt><dd class=\"mono\">{}</dd>", part(0), part(1));
    }
    let _ = write!(
        html,
        "</dl><form method=\"post\" action=\"/_emulator/deliveries/{id}/resend\"><input type=\"hidden\" name=\"Return\" \
         value=\"page\"><input type=\"hidden\" name=\"AccountSid\" value=\"{}\">{}<button>Resend</button></form></details>",
        escape(&account.sid),
        // So that the page comes back as it was.
        chosen
            .map(|sid| format!("<input type=\"hidden\" name=\"ConversationSid\" value=\"{}\">", escape(sid)))
            .unwrap_or_default(),
    );
}

/// Text as HTML shows it, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
