//! Calls of what `spec/v1/conversation.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{MessagingServiceSid};

use super::super::{Case, answer, date, duration, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateConversation",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_conversation(
                        webhook,
                        &request("CreateConversation", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversations()
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
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:04:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_conversation(
                        &params("ListConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .conversations()
                    .list()
                    .start_date("50% of a & b = ü + /?")
                    .end_date("50% of a & b = ü + /?")
                    .state("initializing")
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_conversation(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConversation",
        sample: "update",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .update_conversation(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("UpdateConversation", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .update()
                    .friendly_name("Order 4711, returned")
                    .unique_name("order-4711-return")
                    .messaging_service_sid(sid::<MessagingServiceSid>("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"topic\": \"returns\"}")
                    .state("inactive")
                    .timers_inactive(duration("PT1M"))
                    .timers_closed(duration("PT10M"))
                    .bindings_email_address("returns@example.com")
                    .bindings_email_name("Returns")
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:14:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteConversation",
        sample: "",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .delete_conversation(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .delete()
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
