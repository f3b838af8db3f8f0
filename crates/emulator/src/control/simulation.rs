//! The control requests that cause events which no REST request can cause.

use serde_json::{Value, json};

use super::{need, number, truth};
use crate::domain::account::Account;
use crate::error::ApiError;
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::operations::simulation::{Inbound, Posted, Report};

/// Responds to a `POST`.
pub(super) async fn handle(api: &Api, account: &Account, path: &str, form: &Fields) -> Result<Value, ApiError> {
    let (engine, service) = (&api.engine, form.filled("ServiceSid"));
    let need = |name| need(form, name);
    match path {
        "/messages/inbound" => {
            let inbound = Inbound {
                from: need("From")?.to_owned(),
                to: need("To")?.to_owned(),
                others: form.list("OtherRecipients").unwrap_or_default().into_iter().map(str::to_owned).collect(),
                body: form.text("Body").map(str::to_owned),
                name: form.filled("Name").map(str::to_owned),
                media_sid: form.filled("MediaSid").map(str::to_owned),
            };
            let posted = engine.receive(account, &inbound).await?;
            Ok(posted.map_or_else(|| json!({"outcome": "ignored"}), |posted| to_json(&posted)))
        }
        "/messages" => {
            let conversation = need("ConversationSid")?;
            let posted = match form.filled("ParticipantSid") {
                Some(sid) => engine.write_as(account, conversation, sid, need("Body")?).await?,
                None => engine.say(account, conversation, need("Identity")?, need("Body")?).await?,
            };
            Ok(to_json(&posted))
        }
        "/delivery-reports" => {
            let report = Report {
                message_sid: need("MessageSid")?.to_owned(),
                participant_sid: form.filled("ParticipantSid").map(str::to_owned),
                status: need("Status")?.to_owned(),
                error_code: number(form, "ErrorCode")?,
            };
            Ok(json!({"receipt_sid": engine.report_delivery(account, &report).await?}))
        }
        "/reachability" => {
            let (online, notifiable) = (truth(form, "IsOnline")?, truth(form, "IsNotifiable")?);
            engine.set_reachability(account, service, need("Identity")?, online, notifiable).await?;
            Ok(json!({"is_online": online, "is_notifiable": notifiable}))
        }
        "/bindings" => {
            let (identity, kind, endpoint) = (need("Identity")?, need("BindingType")?, need("Endpoint")?);
            Ok(json!({"sid": engine.add_binding(account, service, identity, kind, endpoint).await?}))
        }
        "/media" => {
            let content_type = form.filled("ContentType").unwrap_or("application/octet-stream");
            let (filename, size) = (form.filled("Filename"), number(form, "Size")?);
            Ok(json!({"sid": engine.add_media(account, service, filename, content_type, size).await?}))
        }
        _ => Err(ApiError::not_found(path)),
    }
}

fn to_json(posted: &Posted) -> Value {
    json!({
        "outcome": if posted.created { "created" } else { "added" },
        "conversation_sid": posted.conversation_sid,
        "message_sid": posted.message_sid,
        "index": posted.index,
    })
}
