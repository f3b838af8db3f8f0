//! Every event with its phase. Written by `cargo xtask bless`.

use twilio_conversations::EventType;
use twilio_conversations::webhook::events::*;
use twilio_conversations::webhook::*;

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
