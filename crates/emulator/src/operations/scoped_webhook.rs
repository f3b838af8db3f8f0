//! Webhooks of one conversation.

use serde_json::{Value, json};
use twilio_conversations_types::v1::EventType;

use super::{BY_CONVERSATION, Call, Change, Operation, Output, ParameterCode, Path, Result, item, resource};
use crate::domain::conversation::Conversation;
use crate::domain::limits::{SCOPED_URL_CHARACTERS, SCOPED_WEBHOOKS, check_length};
use crate::domain::scoped_webhook::{ScopedWebhook, check_triggers};
use crate::domain::values::{Documented as _, ScopedWebhookTarget, WebhookMethod};
use crate::error::{ApiError, ErrorCode};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{message, scoped_webhook};

const FILTER_CODES: ParameterCode = ParameterCode::both("Configuration.Filters", ErrorCode::INVALID_WEBHOOK_FILTER);

const FLOW_CODES: ParameterCode = ParameterCode::both("Configuration.FlowSid", ErrorCode::INVALID_WEBHOOK_FLOW);

const TARGET_CODES: ParameterCode = ParameterCode {
    name: "Target",
    empty: ErrorCode::WEBHOOK_TARGET_MISSING,
    invalid: ErrorCode::INVALID_WEBHOOK_TARGET,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<ScopedWebhook>(
        &["CreateConversationScopedWebhook", "CreateServiceConversationScopedWebhook"],
        create,
    )
    .counted(BY_CONVERSATION)
    .codes(&[TARGET_CODES, FILTER_CODES, FLOW_CODES]),
    Operation::fetch::<ScopedWebhook>(&["FetchConversationScopedWebhook", "FetchServiceConversationScopedWebhook"]),
    Operation::update::<ScopedWebhook>(&["UpdateConversationScopedWebhook", "UpdateServiceConversationScopedWebhook"])
        .counted(BY_CONVERSATION)
        .codes(&[FILTER_CODES, FLOW_CODES]),
    Operation::list::<ScopedWebhook>(&["ListConversationScopedWebhook", "ListServiceConversationScopedWebhook"]),
    Operation::delete::<ScopedWebhook>(&["DeleteConversationScopedWebhook", "DeleteServiceConversationScopedWebhook"])
        .counted(BY_CONVERSATION),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation()?;
    let (tx, form) = (call.tx, call.form());
    let mut webhook = ScopedWebhook::new(tx, &conversation, form.required("Target")?);
    webhook.replay_after = form.integer("Configuration.ReplayAfter");
    webhook.set(call)?;
    if scoped_webhook::count(tx.db, conversation.id)? >= SCOPED_WEBHOOKS {
        let message = format!("A conversation has at most {SCOPED_WEBHOOKS} webhooks");
        return Err(ApiError::bad(ErrorCode::TOO_MANY_WEBHOOKS, message).into());
    }
    webhook.insert(tx.db)?;
    replay(call, &conversation, &webhook)?;
    Ok(Output::item(webhook))
}

/// Notifies a new webhook of earlier messages, if it requests them.
fn replay(call: &Call<'_>, conversation: &Conversation, webhook: &ScopedWebhook) -> Result<()> {
    let Some(index) = webhook.replay_after else { return Ok(()) };
    for message in message::from_index(call.tx.db, conversation.id, index)? {
        if webhook.receives(&EventType::MessageAdded, message.body.as_deref()) {
            let event = message.added_event(conversation.messaging_service_sid.as_deref());
            call.tx.replay(conversation.place(), webhook.receiver(), &event)?;
        }
    }
    Ok(())
}

impl Change for ScopedWebhook {
    fn set(&mut self, call: &Call<'_>) -> Result<()> {
        let form = call.form();
        self.date_updated = call.tx.now;
        check_length("Configuration.Url", form.text("Configuration.Url"), SCOPED_URL_CHARACTERS)
            .map_err(|error| error.with_code(ErrorCode::WEBHOOK_URL_TOO_LONG))?;
        form.set_url("Configuration.Url", ErrorCode::INVALID_PARAMETER, &mut self.url)?;
        self.method = form.value("Configuration.Method")?.or(self.method);
        form.set_events("Configuration.Filters", EventType::CONVERSATION_EVENTS, &mut self.filters)
            .map_err(|error| error.with_code(ErrorCode::INVALID_WEBHOOK_FILTER))?;
        if let Some(triggers) = form.list("Configuration.Triggers") {
            check_triggers(&triggers)?;
            self.triggers = triggers.into_iter().map(str::to_owned).collect();
        }
        self.flow_sid = form.filled("Configuration.FlowSid").map(str::to_owned).or(self.flow_sid.take());
        Ok(self.check_complete()?)
    }
}

impl ScopedWebhook {
    pub(super) fn new(tx: &Transaction<'_>, conversation: &Conversation, target: ScopedWebhookTarget) -> Self {
        Self {
            conversation: conversation.id,
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: tx.new_sid("WH"),
            target,
            date_created: tx.now,
            date_updated: tx.now,
            ..Self::default()
        }
    }

    /// The `configuration` of responses, with the members of the target.
    fn configuration(&self) -> Value {
        let method = self.method.unwrap_or(WebhookMethod::Post).as_str();
        match self.target {
            ScopedWebhookTarget::Studio => json!({"flow_sid": self.flow_sid}),
            ScopedWebhookTarget::Webhook => json!({"url": self.url, "method": method, "filters": self.filters}),
            ScopedWebhookTarget::Trigger => json!({"url": self.url, "method": method, "triggers": self.triggers}),
        }
    }
}

resource!(ScopedWebhook, |call| call.conversation()?.id);

item! {
    impl ScopedWebhook {
        service_sid = "chat_service_sid", conversation_sid, sid, target, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "configuration" => item.configuration(),
        "url" => Path::in_service(["Conversations", &item.conversation_sid, "Webhooks", &item.sid]),
    }
}
