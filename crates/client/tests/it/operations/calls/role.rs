//! Calls of what `spec/v1/role.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{RoleSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateRole",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_role(
                        &request("CreateRole", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .roles()
                    .create("moderator", "conversation", ["sendMessage", "leaveConversation", "deleteAnyMessage"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_role(
                        &params("ListRole"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .roles()
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
        operation: "FetchRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_role(
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateRole",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_role(
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateRole", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update(["sendMessage", "leaveConversation"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_role(
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
