//! Calls of what `spec/v1/conversation_participant.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{RoleSid};

use super::super::{Case, answer, date, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateConversationParticipant",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("CreateConversationParticipant", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .participants()
                    .create()
                    .messaging_binding_address("+15551230001")
                    .messaging_binding_proxy_address("+15551239999")
                    .role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"role\": \"driver\"}")
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:04:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateConversationParticipant",
        sample: "createChat",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("CreateConversationParticipant", "createChat"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .participants()
                    .create()
                    .identity("alice")
                    .messaging_binding_projected_address("+15551239999")
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListConversationParticipant",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListConversationParticipant"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .conversation("No. 7/é & co?")
                    .participants()
                    .list()
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchConversationParticipant",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .participant("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConversationParticipant",
        sample: "update",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .update_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("UpdateConversationParticipant", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .participant("No. 7/é & co?")
                    .update()
                    .identity("alice")
                    .messaging_binding_proxy_address("+15551239998")
                    .messaging_binding_projected_address("+15551239999")
                    .role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"role\": \"passenger\"}")
                    .last_read_message_index(7)
                    .last_read_timestamp(date("2026-01-02T03:14:05Z"))
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:14:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteConversationParticipant",
        sample: "",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .delete_conversation_participant(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .participant("No. 7/é & co?")
                    .delete()
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
