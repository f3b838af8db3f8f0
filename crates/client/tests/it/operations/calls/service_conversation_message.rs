//! Calls of what `spec/v1/service_conversation_message.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ContentSid, MediaSid, MessageSid, ServiceSid};

use super::super::{Case, answer, date, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateServiceConversationMessage",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("CreateServiceConversationMessage", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .messages()
                    .create()
                    .author("alice")
                    .body("Where is my order?")
                    .subject("Order 4711")
                    .media_sid(sid::<MediaSid>("MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"importance\": \"high\"}")
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:04:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateServiceConversationMessage",
        sample: "createFromTemplate",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("CreateServiceConversationMessage", "createFromTemplate"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .messages()
                    .create()
                    .author("system")
                    .content_sid(sid::<ContentSid>("HXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .content_variables("{\"1\": \"Alice\"}")
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListServiceConversationMessage",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListServiceConversationMessage"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .messages()
                    .list()
                    .order("asc")
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchServiceConversationMessage",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .message(sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceConversationMessage",
        sample: "update",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .update_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        webhook,
                        &request("UpdateServiceConversationMessage", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .message(sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .author("alice")
                    .body("Where is my second order?")
                    .subject("Order 4712")
                    .attributes("{\"importance\": \"low\"}")
                    .date_created(date("2026-01-02T03:04:05Z"))
                    .date_updated(date("2026-01-02T03:14:05Z"))
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteServiceConversationMessage",
        sample: "",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .delete_service_conversation_message(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
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
                    .message(sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
