//! Calls of what `spec/v1/service_role.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{RoleSid, ServiceSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateServiceRole",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_service_role(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("CreateServiceRole", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .roles()
                    .create("moderator", "conversation", ["sendMessage", "leaveConversation", "deleteAnyMessage"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListServiceRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_role(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListServiceRole"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "FetchServiceRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_role(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceRole",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_role(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceRole", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update(["sendMessage", "leaveConversation"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteServiceRole",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_service_role(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .role(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
