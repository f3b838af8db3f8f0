//! Calls of what `spec/v1/service_configuration.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{RoleSid, ServiceSid};

use super::super::{Case, answer, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "FetchServiceConfiguration",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_configuration(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .configuration()
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceConfiguration",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_configuration(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceConfiguration", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .configuration()
                    .update()
                    .default_chat_service_role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .default_conversation_role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .default_conversation_creator_role_sid(sid::<RoleSid>("RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .reachability_enabled(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
];
