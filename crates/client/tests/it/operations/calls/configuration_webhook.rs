//! Calls of what `spec/v1/configuration_webhook.yaml` describes. Written by `cargo xtask bless`.

use super::super::{Case, answer, request};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "FetchConfigurationWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_configuration_webhook()
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .webhooks()
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConfigurationWebhook",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_configuration_webhook(
                        &request("UpdateConfigurationWebhook", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .webhooks()
                    .update()
                    .method("POST")
                    .filters(["onConversationUpdated"])
                    .pre_webhook_url("https://example.com/pre")
                    .post_webhook_url("https://example.com/post")
                    .target("webhook")
                    .send_with_response()
                    .await,
            )
        }),
    },
];
