//! Calls of what `spec/v1/conversation_scoped_webhook.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{FlowSid, WebhookSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateConversationScopedWebhook",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateConversationScopedWebhook", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhooks()
                    .create("webhook")
                    .configuration_url("https://example.com/events")
                    .configuration_method("post")
                    .configuration_filters(["onMessageAdded", "onConversationRemoved"])
                    .configuration_replay_after(7)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateConversationScopedWebhook",
        sample: "createTrigger",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateConversationScopedWebhook", "createTrigger"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhooks()
                    .create("trigger")
                    .configuration_url("https://example.com/words")
                    .configuration_method("get")
                    .configuration_triggers(["help", "agent"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateConversationScopedWebhook",
        sample: "createStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateConversationScopedWebhook", "createStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhooks()
                    .create("studio")
                    .configuration_flow_sid(sid::<FlowSid>("FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListConversationScopedWebhook"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .conversation("No. 7/é & co?")
                    .webhooks()
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
        operation: "FetchConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConversationScopedWebhook",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateConversationScopedWebhook", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .configuration_url("https://example.com/new-events")
                    .configuration_method("get")
                    .configuration_filters(["onMessageAdded", "onParticipantAdded"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConversationScopedWebhook",
        sample: "updateTrigger",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateConversationScopedWebhook", "updateTrigger"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .configuration_triggers(["help", "human"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConversationScopedWebhook",
        sample: "updateStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateConversationScopedWebhook", "updateStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .configuration_flow_sid(sid::<FlowSid>("FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_conversation_scoped_webhook(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
