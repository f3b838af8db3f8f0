//! Calls of what `spec/v1/service_webhook_configuration.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ServiceSid};

use super::super::{Case, answer, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "FetchServiceWebhookConfiguration",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_webhook_configuration(
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
                    .webhooks()
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceWebhookConfiguration",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_webhook_configuration(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceWebhookConfiguration", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .configuration()
                    .webhooks()
                    .update()
                    .pre_webhook_url("https://www.example.com/pre")
                    .post_webhook_url("https://www.example.com/post")
                    .filters(["onMessageRemoved", "onParticipantAdded"])
                    .method("POST")
                    .send_with_response()
                    .await,
            )
        }),
    },
];
