//! The calls of every operation. Written by `cargo xtask bless`.

mod configuration;
mod configuration_address;
mod configuration_webhook;
mod conversation;
mod conversation_message;
mod conversation_message_receipt;
mod conversation_participant;
mod conversation_scoped_webhook;
mod conversation_with_participants;
mod credential;
mod participant_conversation;
mod role;
mod service;
mod service_binding;
mod service_configuration;
mod service_conversation;
mod service_conversation_message;
mod service_conversation_message_receipt;
mod service_conversation_participant;
mod service_conversation_scoped_webhook;
mod service_conversation_with_participants;
mod service_notification;
mod service_participant_conversation;
mod service_role;
mod service_user;
mod service_user_conversation;
mod service_webhook_configuration;
mod user;
mod user_conversation;

use super::Case;

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    let all: &[&[Case]] = &[
        configuration::CALLS,
        configuration_address::CALLS,
        configuration_webhook::CALLS,
        conversation::CALLS,
        conversation_message::CALLS,
        conversation_message_receipt::CALLS,
        conversation_participant::CALLS,
        conversation_scoped_webhook::CALLS,
        conversation_with_participants::CALLS,
        credential::CALLS,
        participant_conversation::CALLS,
        role::CALLS,
        service::CALLS,
        service_binding::CALLS,
        service_configuration::CALLS,
        service_conversation::CALLS,
        service_conversation_message::CALLS,
        service_conversation_message_receipt::CALLS,
        service_conversation_participant::CALLS,
        service_conversation_scoped_webhook::CALLS,
        service_conversation_with_participants::CALLS,
        service_notification::CALLS,
        service_participant_conversation::CALLS,
        service_role::CALLS,
        service_user::CALLS,
        service_user_conversation::CALLS,
        service_webhook_configuration::CALLS,
        user::CALLS,
        user_conversation::CALLS,
    ];
    all.iter().copied().flatten()
}
