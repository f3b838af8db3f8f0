//! Calls of what `spec/v1/service_user_conversation.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ServiceSid};

use super::super::{Case, answer, date, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListServiceUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_user_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListServiceUserConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .user("No. 7/é & co?")
                    .user_conversations()
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
        operation: "FetchServiceUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_user_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .user("No. 7/é & co?")
                    .user_conversation("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceUserConversation",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_user_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("UpdateServiceUserConversation", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .user("No. 7/é & co?")
                    .user_conversation("No. 7/é & co?")
                    .update()
                    .notification_level("muted")
                    .last_read_message_index(7)
                    .last_read_timestamp(date("2026-01-02T03:14:05Z"))
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteServiceUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_service_user_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .user("No. 7/é & co?")
                    .user_conversation("No. 7/é & co?")
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
