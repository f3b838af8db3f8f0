//! Every event with its phase, and the fields of events. Written by `cargo xtask bless`.

use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::events::*;
use twilio_conversations_webhook::*;

use super::typed::{post, pre};

pub(super) fn pre_events() -> Vec<EventType> {
    vec![
        pre::<ConversationChange, ConversationAdd>(),
        pre::<ConversationChange, ConversationUpdate>(),
        pre::<NoChange, ConversationRemove>(),
        pre::<MessageChange, MessageAdd>(),
        pre::<MessageChange, MessageUpdate>(),
        pre::<NoChange, MessageRemove>(),
        pre::<NoChange, ParticipantAdd>(),
        pre::<NoChange, ParticipantUpdate>(),
        pre::<NoChange, ParticipantRemove>(),
        pre::<NoChange, UserUpdate>(),
    ]
}

pub(super) fn post_events() -> Vec<EventType> {
    vec![
        post::<ConversationAdded>(),
        post::<ConversationUpdated>(),
        post::<ConversationRemoved>(),
        post::<ConversationStateUpdated>(),
        post::<DeliveryUpdated>(),
        post::<MessageAdded>(),
        post::<MessageUpdated>(),
        post::<MessageRemoved>(),
        post::<ParticipantAdded>(),
        post::<ParticipantUpdated>(),
        post::<ParticipantRemoved>(),
        post::<UserAdded>(),
        post::<UserUpdated>(),
    ]
}

/// Calls a macro with the names of all events.
macro_rules! with_events {
    ($name:ident) => {
        $name! {
            ConversationAdd
            ConversationAdded
            ConversationUpdate
            ConversationUpdated
            ConversationRemove
            ConversationRemoved
            ConversationStateUpdated
            DeliveryUpdated
            MessageAdd
            MessageAdded
            MessageUpdate
            MessageUpdated
            MessageRemove
            MessageRemoved
            ParticipantAdd
            ParticipantAdded
            ParticipantUpdate
            ParticipantUpdated
            ParticipantRemove
            ParticipantRemoved
            UserAdded
            UserUpdate
            UserUpdated
        }
    };
}

pub(super) use with_events;

/// Fields of a type other than a string: an empty value is absent.
pub(super) const TYPED_FIELDS: &[&str] = &[
    "AccountSid",
    "ChannelMessageSid",
    "ChatServiceSid",
    "ContentSid",
    "ConversationSid",
    "DateCreated",
    "DateRemoved",
    "DateUpdated",
    "DeliveryReceiptSid",
    "ErrorCode",
    "Index",
    "LastReadMessageIndex",
    "Media",
    "MessageSid",
    "MessagingServiceSid",
    "ParticipantSid",
    "RetryCount",
    "RoleSid",
    "State",
    "StateFrom",
    "StateTo",
    "StateUpdated",
    "Status",
    "UserSid",
    "WebhookSid",
    "isNotifiable",
    "isOnline",
];

/// Fields of several values, which are repeated or separated by commas.
pub(super) const LIST_FIELDS: &[&str] = &[
    "MessagingBinding.Address",
];
