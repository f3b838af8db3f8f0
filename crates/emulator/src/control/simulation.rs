//! The control requests that cause events which no REST request can cause.

use serde_json::{Value, json};

use super::{number, truth};
use crate::domain::account::Account;
use crate::error::ApiError;
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::operations::simulation::{Inbound, Posted, Report};

/// Responds to a `POST`.
pub(super) async fn handle(api: &Api, account: &Account, path: &str, form: &Fields) -> Result<Value, ApiError> {
    let request = Request { api, account, form };
    match path {
        "/messages/inbound" => request.inbound_message().await,
        "/messages" => request.message().await,
        "/delivery-reports" => request.delivery_report().await,
        "/reachability" => request.reachability().await,
        "/bindings" => request.binding().await,
        "/media" => request.media().await,
        _ => Err(ApiError::not_found(path)),
    }
}

struct Request<'r> {
    api: &'r Api,
    account: &'r Account,
    form: &'r Fields,
}

impl Request<'_> {
    fn need(&self, name: &str) -> Result<&str, ApiError> {
        self.form.filled(name).ok_or_else(|| ApiError::missing(name))
    }

    /// A message from outside, which may open a conversation.
    async fn inbound_message(&self) -> Result<Value, ApiError> {
        let form = self.form;
        let inbound = Inbound {
            from: self.need("From")?.to_owned(),
            to: self.need("To")?.to_owned(),
            others: form.list("OtherRecipients").unwrap_or_default().into_iter().map(str::to_owned).collect(),
            body: form.text("Body").map(str::to_owned),
            name: form.filled("Name").map(str::to_owned),
            media_sid: form.filled("MediaSid").map(str::to_owned),
        };
        let posted = self.api.engine.receive(self.account, &inbound).await?;
        Ok(posted.map_or_else(|| json!({"outcome": "ignored"}), |posted| to_json(&posted)))
    }

    /// A message by a participant, or by a chat user.
    async fn message(&self) -> Result<Value, ApiError> {
        let (engine, conversation) = (&self.api.engine, self.need("ConversationSid")?);
        let posted = match self.form.filled("ParticipantSid") {
            Some(sid) => engine.write_as(self.account, conversation, sid, self.need("Body")?).await?,
            None => engine.say(self.account, conversation, self.need("Identity")?, self.need("Body")?).await?,
        };
        Ok(to_json(&posted))
    }

    async fn delivery_report(&self) -> Result<Value, ApiError> {
        let report = Report {
            message_sid: self.need("MessageSid")?.to_owned(),
            participant_sid: self.form.filled("ParticipantSid").map(str::to_owned),
            status: self.need("Status")?.to_owned(),
            error_code: number(self.form, "ErrorCode")?,
        };
        Ok(json!({"receipt_sid": self.api.engine.report_delivery(self.account, &report).await?}))
    }

    async fn reachability(&self) -> Result<Value, ApiError> {
        let (online, notifiable) = (truth(self.form, "IsOnline")?, truth(self.form, "IsNotifiable")?);
        let (service, identity) = (self.form.filled("ServiceSid"), self.need("Identity")?);
        self.api.engine.set_reachability(self.account, service, identity, online, notifiable).await?;
        Ok(json!({"is_online": online, "is_notifiable": notifiable}))
    }

    async fn binding(&self) -> Result<Value, ApiError> {
        let (identity, kind) = (self.need("Identity")?, self.need("BindingType")?);
        let (service, endpoint) = (self.form.filled("ServiceSid"), self.need("Endpoint")?);
        let sid = self.api.engine.add_binding(self.account, service, identity, kind, endpoint).await?;
        Ok(json!({"sid": sid}))
    }

    async fn media(&self) -> Result<Value, ApiError> {
        let content_type = self.form.filled("ContentType").unwrap_or("application/octet-stream");
        let (service, filename) = (self.form.filled("ServiceSid"), self.form.filled("Filename"));
        let size = number(self.form, "Size")?;
        let sid = self.api.engine.add_media(self.account, service, filename, content_type, size).await?;
        Ok(json!({"sid": sid}))
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
