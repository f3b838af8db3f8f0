//! Conversations.

use serde_json::{Map, Value, json};
use twilio_conversations_types::v1::EventType;

use super::{Access, Call, Fields, Operation, Output, ParameterCode, Path, RateScope, Result, item};
use crate::domain::conversation::{Conversation, StateReason, check_initial_state};
use crate::domain::limits::{CONVERSATION_ATTRIBUTES, check_attributes, check_length};
use crate::domain::role::Permission;
use crate::domain::service::ServiceKey;
use crate::domain::timers::{self, Timers};
use crate::domain::values::ConversationState;
use crate::error::{ApiError, ErrorCode, code};
use crate::sid::is_sid;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{configuration, conversation, unless_taken};
use crate::time::parse_filter_date;

pub(super) const STATE_CODES: &[ParameterCode] =
    &[ParameterCode { name: "State", empty: ErrorCode::STATE_EMPTY, invalid: ErrorCode::UNKNOWN_STATE }];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Conversation>(&["CreateConversation", "CreateServiceConversation"], create)
        .for_chat_users(Access::Permission(Permission::CreateConversation))
        .counted(RateScope::Service)
        .codes(STATE_CODES),
    Operation::new::<Conversation>(&["FetchConversation", "FetchServiceConversation"], fetch)
        .for_chat_users(Access::Member),
    Operation::new::<Conversation>(&["UpdateConversation", "UpdateServiceConversation"], update)
        .for_chat_users(Access::ByRequest)
        .counted(RateScope::Conversation("Sid"))
        .codes(STATE_CODES),
    Operation::new::<Conversation>(&["ListConversation", "ListServiceConversation"], list)
        .for_chat_users(Access::Any)
        .codes(STATE_CODES),
    Operation::new::<Conversation>(&["DeleteConversation", "DeleteServiceConversation"], delete)
        .for_chat_users(Access::Permission(Permission::DeleteConversation))
        .counted(RateScope::Service),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let conversation = call.tx.add_conversation(&call.service()?, call.form(), &Opening::default())?;
    Ok(Output::item(conversation))
}

fn fetch(call: &Call<'_>) -> Result<Output> {
    Ok(Output::item(call.conversation_named(call.last())?))
}

fn update(call: &Call<'_>) -> Result<Output> {
    let mut conversation = call.conversation_named(call.last())?;
    let (tx, before) = (call.tx, conversation.state);
    tx.require_conversation_edit(&conversation, call.form())?;
    conversation.check_open()?;
    conversation.set(tx, call.form(), None)?;
    let changes = tx.before(conversation.place(), || conversation.event(EventType::ConversationUpdate))?;
    conversation.replace(&changes)?;
    tx.save_conversation(&mut conversation)?;
    tx.after(conversation.place(), || conversation.event(EventType::ConversationUpdated))?;
    if conversation.state != before {
        tx.after(conversation.place(), || conversation.state_event(before, StateReason::Api))?;
    }
    Ok(Output::item(conversation))
}

fn list(call: &Call<'_>) -> Result<Output> {
    let service = call.service()?;
    let date = |name, end_of_day| {
        let invalid = || ApiError::invalid(name, "not an ISO 8601 date");
        let read = |text| parse_filter_date(text, end_of_day).ok_or_else(invalid);
        call.query().filled(name).map(read).transpose()
    };
    let filter = conversation::Filter {
        state: call.query().value("State")?,
        identity: call.tx.actor.identity.as_deref(),
        created_from: date("StartDate", false)?,
        created_until: date("EndDate", true)?,
    };
    call.page::<Conversation>(&conversation::list(service.id, &filter))
}

fn delete(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation_named(call.last())?;
    let tx = call.tx;
    tx.require_in(&conversation, Permission::DeleteConversation)?;
    tx.before(conversation.place(), || conversation.event(EventType::ConversationRemove))?;
    // The event is stored first: the conversation's own webhooks receive it, and are deleted with the conversation.
    tx.after(conversation.place(), || conversation.event(EventType::ConversationRemoved).date("DateRemoved", tx.now))?;
    conversation.delete(tx.db)?;
    Ok(Output::Empty)
}

/// The fields that the events of a conversation have when a message opens it. REST requests have none.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    /// Addresses of the message. A name may repeat.
    pub(super) addresses: Vec<(&'static str, String)>,
    /// The message, which only the pre-event has.
    pub(super) message: Vec<(&'static str, String)>,
    /// The state, in place of that of the request.
    pub(super) state: Option<ConversationState>,
}

impl Transaction<'_> {
    /// Adds a conversation with the fields of a request.
    pub(super) fn add_conversation(&self, key: &ServiceKey, form: &Fields, opening: &Opening) -> Result<Conversation> {
        self.require_of_service(key, Permission::CreateConversation)?;
        let defaults = configuration::of_account(self.db, self.account.id)?.unwrap_or_default();
        let duration = |text: Option<String>| text.as_deref().and_then(timers::milliseconds);
        let mut conversation = Conversation {
            service: key.id,
            service_sid: key.sid.clone(),
            sid: self.new_sid("CH"),
            attributes: "{}".to_owned(),
            messaging_service_sid: Some(defaults.messaging_service_sid),
            timers: Timers {
                inactive: duration(defaults.inactive_timer),
                closed: duration(defaults.closed_timer),
                ..Timers::default()
            },
            created_by: Some(self.actor.identity.clone().unwrap_or_else(|| "system".to_owned())),
            date_created: self.request.begun,
            ..Conversation::default()
        };
        conversation.set(self, form, opening.state)?;
        check_initial_state(conversation.state)?;
        let changes = self.before(conversation.future_place(), || {
            conversation.add_event().with(&opening.addresses).with(&opening.message)
        })?;
        conversation.replace(&changes)?;
        conversation.activity = conversation::next_activity(self.db, key.id)?;
        self.save_conversation(&mut conversation)?;
        self.after(conversation.place(), || conversation.event(EventType::ConversationAdded).with(&opening.addresses))?;
        Ok(conversation)
    }

    /// Inserts a conversation that has no row yet, or updates its row.
    pub(super) fn save_conversation(&self, conversation: &mut Conversation) -> Result<()> {
        let is_new = conversation.id == 0;
        let saved = if is_new { conversation.insert(self.db) } else { conversation.update(self.db) };
        unless_taken(saved, |_| {
            let message = "Conversation with provided unique name already exists";
            ApiError::conflict(ErrorCode::UNIQUE_NAME_TAKEN, message)
        })?;
        self.note_timers(conversation);
        Ok(())
    }

    /// Updates the row of a conversation whose state has changed, and reports the change.
    pub(super) fn save_state(
        &self,
        conversation: &mut Conversation,
        from: ConversationState,
        reason: StateReason,
    ) -> Result<()> {
        self.save_conversation(conversation)?;
        self.after(conversation.place(), || conversation.state_event(from, reason))
    }

    /// Records the activity of a new message: the conversation is the one with the latest activity, it becomes active if
    /// it was inactive, and its timers start again.
    pub(super) fn record_activity(&self, conversation: &mut Conversation) -> Result<()> {
        conversation.check_open()?;
        let before = conversation.state;
        let state = if before == ConversationState::Inactive { ConversationState::Active } else { before };
        conversation.next_index += 1;
        conversation.enter(state, self.now);
        conversation::save_activity(self.db, conversation)?;
        self.note_timers(conversation);
        if state == before { Ok(()) } else { self.save_state(conversation, before, StateReason::Event) }
    }

    fn note_timers(&self, conversation: &Conversation) {
        if conversation.timers.are_running() {
            self.effects.rescheduled.set(true);
        }
    }
}

impl Conversation {
    /// Sets the properties in the response of a pre-event webhook.
    fn replace(&mut self, changes: &Map<String, Value>) -> Result<()> {
        if let Some(name) = replaced_text(changes, "friendly_name")? {
            check_length("friendly_name", Some(name), 256)?;
            self.friendly_name = Some(name.to_owned());
        }
        if let Some(attributes) = replaced_text(changes, "attributes")? {
            check_attributes(attributes, CONVERSATION_ATTRIBUTES)?;
            attributes.clone_into(&mut self.attributes);
        }
        Ok(())
    }

    /// Sets the fields of a request, and starts the timers. `state` takes precedence over the request's.
    fn set(&mut self, tx: &Transaction<'_>, form: &Fields, state: Option<ConversationState>) -> Result<()> {
        form.set_limited("FriendlyName", 256, &mut self.friendly_name)?;
        form.set_limited("UniqueName", 256, &mut self.unique_name)
            .map_err(|error| error.with_code(code::UNIQUE_NAME_TOO_LONG))?;
        if form.text("UniqueName").is_some_and(|name| is_sid(name, Some(*b"CH"))) {
            let error = ApiError::invalid("UniqueName", "it looks like a conversation SID");
            return Err(error.with_code(ErrorCode::UNIQUE_NAME_LOOKS_LIKE_SID).into());
        }
        form.set_attributes(CONVERSATION_ATTRIBUTES, &mut self.attributes)?;
        let messaging_service_sid = form.filled("MessagingServiceSid").map(str::to_owned);
        self.messaging_service_sid = messaging_service_sid.or(self.messaging_service_sid.take());
        let requested = form.value("State")?;
        self.state = state.or(requested).unwrap_or(self.state);
        for (name, rule, timer) in [
            ("Timers.Inactive", timers::INACTIVE, &mut self.timers.inactive),
            ("Timers.Closed", timers::CLOSED, &mut self.timers.closed),
        ] {
            if let Some(text) = form.text(name) {
                *timer = rule.read(name, text)?;
            }
        }
        form.set_nullable("Bindings.Email.Address", &mut self.email_address);
        form.set_nullable("Bindings.Email.Name", &mut self.email_name);
        form.set_dates(tx, &mut self.date_created, &mut self.date_updated);
        self.timers.start(self.state, self.date_updated);
        Ok(())
    }
}

/// A string property in the response of a pre-event webhook.
pub(super) fn replaced_text<'c>(changes: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, ApiError> {
    match changes.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::invalid(name, "not a string in the pre-event webhook's response")),
    }
}

impl Timers {
    /// The `timers` of responses: the dates of those that are running.
    pub(super) fn to_json(self) -> Value {
        let dates = [("date_inactive", self.date_inactive), ("date_closed", self.date_closed)];
        dates.into_iter().filter_map(|(name, date)| Some((name, date?.to_seconds_text()))).collect()
    }
}

/// The links of a conversation, and their paths below it.
const LINKS: &[(&str, &str)] =
    &[("participants", "Participants"), ("messages", "Messages"), ("webhooks", "Webhooks"), ("export", "Export")];

item! {
    impl Conversation {
        service_sid = "chat_service_sid", messaging_service_sid, sid, friendly_name, unique_name, attributes, state,
        date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "timers" => item.timers.to_json(),
        "bindings" => match (&item.email_address, &item.email_name) {
            (None, None) => json!({}),
            (address, name) => json!({"email": {"address": address, "name": name}}),
        },
        "url" => Path::in_service(["Conversations", &item.sid]),
        "links" => Property::LinksBelow(Path::in_service(["Conversations", &item.sid]), LINKS),
    }
}
