//! Calls of what `spec/v1/conversation_with_participants.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{MessagingServiceSid};

use super::super::{Case, answer, date, duration, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateConversationWithParticipants",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_conversation_with_participants(
                        webhook,
                        &request("CreateConversationWithParticipants", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation_with_participants()
                    .create()
                    .friendly_name("Order 4711")
                    .unique_name("order-4711")
                    .messaging_service_sid(sid::<MessagingServiceSid>("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"topic\": \"support\"}")
                    .state("active")
                    .timers_inactive(duration("PT1H"))
                    .timers_closed(duration("PT24H"))
                    .bindings_email_address("support@example.com")
                    .bindings_email_name("Support")
                    .participant(["{\"messaging_binding\": {\"address\": \"+15551230001\", \"proxy_address\": \"+15551239999\"}}", "{\"identity\": \"alice\"}"])
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:04:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
