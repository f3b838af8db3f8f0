//! The fields of each object's events.

use twilio_conversations_types::v1::EventType;

use super::event::{Event, Place};
use crate::domain::conversation::{Conversation, StateReason};
use crate::domain::message::{Message, media_field};
use crate::domain::participant::Participant;
use crate::domain::receipt::Receipt;
use crate::domain::user::User;
use crate::domain::values::{ConversationState, Documented as _};

impl Conversation {
    pub(crate) fn place(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: Some((self.id, &self.sid)) }
    }

    /// The place of a conversation that is yet to be inserted.
    pub(crate) fn future_place(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: None }
    }

    /// An event of a conversation that exists.
    pub(crate) fn event(&self, name: EventType) -> Event {
        let event = Event::new(name).set("ConversationSid", &self.sid);
        self.describe(event).date("DateCreated", self.date_created).date("DateUpdated", self.date_updated)
    }

    /// The event before a conversation is added, which has neither SID nor dates.
    pub(crate) fn add_event(&self) -> Event {
        self.describe(Event::new(EventType::ConversationAdd))
    }

    /// The event of a change of state.
    pub(crate) fn state_event(&self, from: ConversationState, reason: StateReason) -> Event {
        Event::new(EventType::ConversationStateUpdated)
            .set("ConversationSid", &self.sid)
            .set("ChatServiceSid", &self.service_sid)
            .maybe("MessagingServiceSid", self.messaging_service_sid.as_deref())
            .set("StateFrom", from.as_str())
            .set("StateTo", self.state.as_str())
            .date("StateUpdated", self.date_updated)
            .set("Reason", reason.as_str())
    }

    fn describe(&self, event: Event) -> Event {
        event
            .set("ChatServiceSid", &self.service_sid)
            .maybe("MessagingServiceSid", self.messaging_service_sid.as_deref())
            .set("State", self.state.as_str())
            .set("Attributes", &self.attributes)
            .maybe("FriendlyName", self.friendly_name.as_deref())
            .maybe("UniqueName", self.unique_name.as_deref())
    }
}

impl Message {
    /// The event before a message is added, which has neither SID, index nor dates.
    pub(crate) fn add_event(&self) -> Event {
        self.describe(EventType::MessageAdd)
    }

    /// The event of a message that was added.
    pub(crate) fn added_event(&self, messaging_service_sid: Option<&str>) -> Event {
        self.describe(EventType::MessageAdded)
            .set("MessageSid", &self.sid)
            .set("ChatServiceSid", &self.service_sid)
            .maybe("MessagingServiceSid", messaging_service_sid)
            .number("Index", Some(self.index))
            .date("DateCreated", self.date_created)
    }

    /// An event of a message that exists.
    pub(crate) fn event(&self, name: EventType) -> Event {
        self.describe(name)
            .set("MessageSid", &self.sid)
            .number("Index", Some(self.index))
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }

    fn describe(&self, name: EventType) -> Event {
        let media = &self.media.0;
        Event::new(name)
            .set("ConversationSid", &self.conversation_sid)
            .maybe("Body", self.body.as_deref())
            .set("Author", &self.author)
            .set("Attributes", &self.attributes)
            .maybe("ParticipantSid", self.participant_sid.as_deref())
            .maybe("Media", (!media.is_empty()).then(|| media_field(media)))
    }
}

impl Participant {
    /// The event before a participant is added, which has neither SID nor dates.
    pub(crate) fn add_event(&self) -> Event {
        self.describe(EventType::ParticipantAdd)
    }

    /// The event of a participant that was added. `ChatServiceSid` was captured with this event only.
    pub(crate) fn added_event(&self) -> Event {
        self.describe(EventType::ParticipantAdded)
            .set("ChatServiceSid", &self.service_sid)
            .set("ParticipantSid", &self.sid)
            .date("DateCreated", self.date_created)
    }

    /// An event of a participant that exists.
    pub(crate) fn event(&self, name: EventType) -> Event {
        self.describe(name)
            .set("ParticipantSid", &self.sid)
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }

    fn describe(&self, name: EventType) -> Event {
        let binding = &self.binding;
        Event::new(name)
            .set("ConversationSid", &self.conversation_sid)
            .maybe("Identity", self.identity.as_deref())
            .maybe("RoleSid", self.role_sid.as_deref())
            .set("Attributes", &self.attributes)
            .maybe("MessagingBinding.ProxyAddress", binding.proxy_address.as_deref())
            .maybe("MessagingBinding.Address", binding.address.as_deref())
            .maybe("MessagingBinding.ProjectedAddress", binding.projected_address.as_deref())
            .maybe("MessagingBinding.Type", binding.kind.map(|kind| kind.as_str()))
            .maybe("MessagingBinding.Name", binding.name.as_deref())
            .maybe("MessagingBinding.Level", binding.level.as_deref())
    }
}

impl User {
    pub(crate) fn place(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: None }
    }

    /// The event before a user is updated.
    pub(crate) fn update_event(&self) -> Event {
        self.describe(EventType::UserUpdate).date("DateUpdated", self.date_updated)
    }

    pub(crate) fn added_event(&self) -> Event {
        self.describe(EventType::UserAdded).date("DateCreated", self.date_created)
    }

    pub(crate) fn updated_event(&self) -> Event {
        self.describe(EventType::UserUpdated)
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
            .set("isOnline", self.is_online.to_string())
            .set("isNotifiable", self.is_notifiable.to_string())
    }

    fn describe(&self, name: EventType) -> Event {
        Event::new(name)
            .set("ChatServiceSid", &self.service_sid)
            .set("UserSid", &self.sid)
            .set("Identity", &self.identity)
            .maybe("RoleSid", self.role_sid.as_deref())
            .set("Attributes", &self.attributes)
            .maybe("FriendlyName", self.friendly_name.as_deref())
    }
}

impl Receipt {
    pub(crate) fn updated_event(&self) -> Event {
        Event::new(EventType::DeliveryUpdated)
            .set("ConversationSid", &self.conversation_sid)
            .set("ChatServiceSid", &self.service_sid)
            .set("MessageSid", &self.message_sid)
            .set("DeliveryReceiptSid", &self.sid)
            .set("ChannelMessageSid", &self.channel_message_sid)
            .set("ParticipantSid", &self.participant_sid)
            .set("Status", self.status.as_str())
            .number("ErrorCode", Some(self.error_code).filter(|code| *code != 0))
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }
}
