//! Calls of what `spec/v1/user.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{RoleSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateUser",
        sample: "create",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .create_user(
                        webhook,
                        &request("CreateUser", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .users()
                    .create("alice")
                    .friendly_name("Alice")
                    .role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"team\": \"sales\"}")
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListUser",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_user(
                        &params("ListUser"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .users()
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
        operation: "FetchUser",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_user(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .user("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateUser",
        sample: "update",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .update_user(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                        &request("UpdateUser", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .user("No. 7/é & co?")
                    .update()
                    .friendly_name("Alice B.")
                    .role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .attributes("{\"team\": \"support\"}")
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteUser",
        sample: "",
        positional: |client, webhook| Box::pin(async move {
            answer(
                client
                    .delete_user(
                        "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        webhook,
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .user("No. 7/é & co?")
                    .delete()
                    .webhook_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
