//! Calls of what `spec/v1/service_conversation.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{MessagingServiceSid, ServiceSid};

use super::super::{Case, answer, date, duration, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateServiceConversation",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_service_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        webhook,
                        &request("CreateServiceConversation", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "ListServiceConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListServiceConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversations()
                    .list()
                    .start_date("50% of a & b = ü + /?")
                    .end_date("50% of a & b = ü + /?")
                    .state("inactive")
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchServiceConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceConversation",
        sample: "update",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .update_service_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("UpdateServiceConversation", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "DeleteServiceConversation",
        sample: "",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .delete_service_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .delete()
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
