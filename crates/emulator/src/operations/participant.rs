//! Participants.

use twilio_conversations_types::v1::EventType;

use super::{
    Access, BY_CONVERSATION, Call, Fields, Operation, Output, ParameterCode, Path, Resource as _, Result, item,
    resource,
};
use crate::domain::conversation::{Conversation, StateReason};
use crate::domain::limits::{
    ATTRIBUTES, CONVERSATIONS_OF_IDENTITY, GROUP_TEXT_PARTICIPANTS, NON_CHAT_PARTICIPANTS, PARTICIPANTS,
    check_attributes,
};
use crate::domain::messaging_binding::{MessagingBinding, NewParticipant, invalid_address};
use crate::domain::participant::Participant;
use crate::domain::role::Permission;
use crate::domain::user::check_identity;
use crate::domain::values::{ConversationState, RoleType};
use crate::error::{ApiError, ErrorCode, code};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{participant, service, unless_taken};
use crate::time::{Millis, parse_date_time};

pub(super) const LAST_READ_CODES: &[ParameterCode] =
    &[ParameterCode::both("LastReadMessageIndex", ErrorCode::INDEX_NOT_A_NUMBER)];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Participant>(&["CreateConversationParticipant", "CreateServiceConversationParticipant"], create)
        .for_chat_users(Access::ByRequest)
        .counted(BY_CONVERSATION),
    Operation::fetch::<Participant>(&["FetchConversationParticipant", "FetchServiceConversationParticipant"])
        .for_chat_users(Access::Member),
    Operation::new::<Participant>(&["UpdateConversationParticipant", "UpdateServiceConversationParticipant"], update)
        .for_chat_users(Access::ByRequest)
        .counted(BY_CONVERSATION)
        .codes(LAST_READ_CODES),
    Operation::list::<Participant>(&["ListConversationParticipant", "ListServiceConversationParticipant"])
        .for_chat_users(Access::Member),
    Operation::new::<Participant>(&["DeleteConversationParticipant", "DeleteServiceConversationParticipant"], delete)
        .for_chat_users(Access::OwnOrAny(Permission::LeaveConversation, Permission::RemoveParticipant))
        .counted(BY_CONVERSATION),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation()?;
    let form = call.form();
    let text = |name| form.text(name).map(str::to_owned);
    let filled = |name| form.filled(name).map(str::to_owned);
    let new = NewParticipant {
        identity: filled("Identity"),
        address: text("MessagingBinding.Address"),
        proxy_address: text("MessagingBinding.ProxyAddress"),
        projected_address: text("MessagingBinding.ProjectedAddress"),
        name: text("MessagingBinding.Name"),
        level: text("MessagingBinding.Level"),
        role_sid: filled("RoleSid"),
        attributes: filled("Attributes"),
        date_created: form.date("DateCreated"),
        date_updated: form.date("DateUpdated"),
    };
    Ok(Output::item(call.tx.add_participant(&conversation, new)?))
}

fn update(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation()?;
    let mut participant = Participant::find_of(call, conversation.id)?;
    let (tx, form) = (call.tx, call.form());
    tx.require_participant_edit(&conversation, participant.identity.as_deref(), form)?;
    form.set_attributes(ATTRIBUTES, &mut participant.attributes)?;
    if let Some(sid) = form.filled("RoleSid") {
        (participant.role, participant.role_sid) = tx.role(conversation.service, sid, RoleType::Conversation)?;
    }
    participant.rebind(tx, &conversation, form)?;
    participant.set_read_horizon(tx.now, conversation.next_index, form)?;
    form.set_dates(tx, &mut participant.date_created, &mut participant.date_updated);
    tx.before(conversation.place(), || participant.event(EventType::ParticipantUpdate))?;
    unless_taken(participant.update(tx.db), in_use)?;
    tx.after(conversation.place(), || {
        let event = participant.event(EventType::ParticipantUpdated);
        event.number("LastReadMessageIndex", participant.last_read_message_index)
    })?;
    Ok(Output::item(participant))
}

fn delete(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation()?;
    let participant = Participant::find_of(call, conversation.id)?;
    call.tx.remove_participant(&conversation, &participant)?;
    Ok(Output::Empty)
}

impl Transaction<'_> {
    /// Adds a participant, and a user for an identity that is new to the service.
    pub(super) fn add_participant(&self, conversation: &Conversation, new: NewParticipant) -> Result<Participant> {
        conversation.check_open()?;
        let is_itself = self.actor.identity.is_some() && self.actor.identity == new.identity;
        let is_creator = is_itself && conversation.created_by == new.identity;
        if !is_creator {
            let permission = if is_itself { Permission::JoinConversation } else { Permission::AddParticipant };
            self.require_in(conversation, permission)?;
        }
        if new.role_sid.is_some() {
            self.require_role_assignment(conversation, new.identity.as_deref())?;
        }
        let mut participant = self.validate(conversation, new, is_creator)?;
        self.check_participant_limits(&participant)?;
        self.before(conversation.place(), || participant.add_event())?;
        unless_taken(participant.insert(self.db), in_use)?;
        self.after(conversation.place(), || participant.added_event())?;
        if conversation.state == ConversationState::Inactive {
            let mut conversation = conversation.clone();
            conversation.enter(ConversationState::Active, self.now);
            self.save_state(&mut conversation, ConversationState::Inactive, StateReason::Event)?;
        }
        Ok(participant)
    }

    /// Validates a participant. Its user is added if there is none.
    fn validate(&self, conversation: &Conversation, new: NewParticipant, is_creator: bool) -> Result<Participant> {
        if let Some(identity) = &new.identity {
            check_identity(identity)?;
        }
        let binding = MessagingBinding::new(&new)?;
        if let Some(address) = &binding.address
            && participant::is_own_address(self.db, self.account.id, conversation.id, address)?
        {
            return Err(invalid_address("it is a number of your own").into());
        }
        let attributes = new.attributes.unwrap_or_else(|| "{}".to_owned());
        check_attributes(&attributes, ATTRIBUTES)?;
        let (role, role_sid) = match new.role_sid {
            Some(sid) => self.role(conversation.service, &sid, RoleType::Conversation)?,
            None => {
                let service = service::get(self.db, conversation.service)?.unwrap_or_default();
                if is_creator {
                    (service.conversation_creator_role, service.conversation_creator_role_sid)
                } else {
                    (service.conversation_role, service.conversation_role_sid)
                }
            }
        };
        let add_user = |identity: &String| self.user_of_identity(&conversation.service_key(), identity);
        let user = new.identity.as_ref().map(add_user).transpose()?.map(|user| user.id);
        Ok(Participant {
            conversation: conversation.id,
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: self.new_sid("MB"),
            identity: new.identity,
            user,
            binding,
            role,
            role_sid,
            attributes,
            open_in: Some(self.account.id),
            date_created: new.date_created.unwrap_or(self.now),
            date_updated: new.date_updated.unwrap_or(self.now),
            ..Participant::default()
        })
    }

    fn check_participant_limits(&self, participant: &Participant) -> Result<()> {
        let counts = participant::counts(self.db, participant.conversation)?;
        let (code, message) = if counts.all >= PARTICIPANTS {
            (ErrorCode::TOO_MANY_PARTICIPANTS, "Participants limit exceeded")
        } else if participant.identity.is_none() && counts.not_chatting >= NON_CHAT_PARTICIPANTS {
            (ErrorCode::TOO_MANY_NON_CHAT_PARTICIPANTS, "Non-chat conversation participants limit exceeded")
        } else if participant.binding.is_in_group_text() && counts.in_group_text >= GROUP_TEXT_PARTICIPANTS {
            (code::TOO_MANY_IN_GROUP_TEXT, "Participant limit exceeded for group conversation")
        } else if let Some(user) = participant.user
            && participant::conversations_of_user(self.db, user)? >= CONVERSATIONS_OF_IDENTITY
        {
            (code::TOO_MANY_CONVERSATIONS, "User conversation limit exceeded")
        } else {
            return Ok(());
        };
        Err(ApiError::bad(code, message).into())
    }

    /// Removes a participant. Its messages stay.
    pub(super) fn remove_participant(&self, conversation: &Conversation, participant: &Participant) -> Result<()> {
        let owner = participant.identity.as_deref().unwrap_or_default();
        let (own, any) = (Permission::LeaveConversation, Permission::RemoveParticipant);
        self.require_own_or_any(conversation, owner, own, any)?;
        self.before(conversation.place(), || participant.event(EventType::ParticipantRemove))?;
        participant.delete(self.db)?;
        self.after(conversation.place(), || {
            participant.event(EventType::ParticipantRemoved).date("DateRemoved", self.now)
        })
    }
}

impl Participant {
    /// Changes the binding and the identity, as far as they may change.
    fn rebind(&mut self, tx: &Transaction<'_>, conversation: &Conversation, form: &Fields) -> Result<()> {
        if let Some(proxy) = form.text("MessagingBinding.ProxyAddress") {
            if self.binding.address.is_none() {
                let code =
                    if proxy.is_empty() { code::EMPTY_PROXY_WITHOUT_ADDRESS } else { code::PROXY_WITHOUT_ADDRESS };
                return Err(ApiError::bad(code, "The participant has no address, and so no proxy address").into());
            }
            form.set_nullable("MessagingBinding.ProxyAddress", &mut self.binding.proxy_address);
        }
        if form.text("MessagingBinding.ProjectedAddress").is_some() {
            if self.binding.address.is_some() {
                let message = "The participant has an address, and so no projected address";
                return Err(ApiError::bad(code::PROJECTED_WITH_ADDRESS, message).into());
            }
            form.set_nullable("MessagingBinding.ProjectedAddress", &mut self.binding.projected_address);
        }
        if let Some(identity) = form.filled("Identity")
            && self.identity.as_deref() != Some(identity)
        {
            if self.identity.is_some() || self.binding.projected_address.is_none() {
                let message = "The participant cannot have another identity";
                return Err(ApiError::bad(code::IDENTITY_CANNOT_CHANGE, message).into());
            }
            check_identity(identity)?;
            self.user = Some(tx.user_of_identity(&conversation.service_key(), identity)?.id);
            self.identity = Some(identity.to_owned());
        }
        if self.identity.is_none() && self.binding.address.is_none() && self.binding.projected_address.is_none() {
            return Err(invalid_address("there is none, and no identity").into());
        }
        Ok(self.binding.check()?)
    }

    pub(super) fn set_read_horizon(&mut self, now: Millis, next_index: i64, form: &Fields) -> Result<()> {
        if let Some(text) = form.text("LastReadMessageIndex") {
            self.last_read_message_index = match text.parse::<i64>() {
                Err(_) => None,
                Ok(index) if (0..next_index).contains(&index) => Some(index),
                Ok(_) => {
                    let error = ApiError::invalid("LastReadMessageIndex", "no message has it");
                    return Err(error.with_code(ErrorCode::INVALID_LAST_READ_INDEX).into());
                }
            };
            self.last_read_timestamp = self.last_read_message_index.map(|_| now);
        }
        if let Some(text) = form.text("LastReadTimestamp") {
            let invalid = || ApiError::invalid("LastReadTimestamp", "not an RFC 3339 date and time");
            self.last_read_timestamp = Some(parse_date_time(text).ok_or_else(invalid)?);
        }
        Ok(())
    }
}

/// The error for the violated unique constraint.
fn in_use(constraint: &str) -> ApiError {
    if constraint.contains("identity") {
        ApiError::conflict(ErrorCode::PARTICIPANT_EXISTS, "Participant already exists")
    } else {
        let message = "A binding for this participant and proxy address already exists";
        ApiError::conflict(ErrorCode::ADDRESS_PAIR_IN_USE, message)
    }
}

resource!(Participant, |call| call.conversation()?.id, participant::find);

item! {
    impl Participant {
        service_sid = "chat_service_sid", conversation_sid, sid, identity, role_sid, attributes,
        last_read_message_index, last_read_timestamp, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "messaging_binding" => item.binding.to_json(),
        "url" => Path::in_service(["Conversations", &item.conversation_sid, "Participants", &item.sid]),
    }
}
