//! Calls of what `spec/v1/user_conversation.yaml` describes. Written by `cargo xtask bless`.

use super::super::{Case, answer, date, page, params, request};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_user_conversation(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListUserConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
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
        operation: "FetchUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_user_conversation(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .user("No. 7/é & co?")
                    .user_conversation("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateUserConversation",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_user_conversation(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("UpdateUserConversation", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
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
        operation: "DeleteUserConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_user_conversation(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .user("No. 7/é & co?")
                    .user_conversation("No. 7/é & co?")
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
