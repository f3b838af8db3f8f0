//! Calls of what `spec/v1/service_conversation_scoped_webhook.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{FlowSid, ServiceSid, WebhookSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateServiceConversationScopedWebhook",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateServiceConversationScopedWebhook", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "CreateServiceConversationScopedWebhook",
        sample: "createTrigger",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateServiceConversationScopedWebhook", "createTrigger"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "CreateServiceConversationScopedWebhook",
        sample: "createStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("CreateServiceConversationScopedWebhook", "createStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "ListServiceConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &params("ListServiceConversationScopedWebhook"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "FetchServiceConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceConversationScopedWebhook",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceConversationScopedWebhook", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "UpdateServiceConversationScopedWebhook",
        sample: "updateTrigger",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceConversationScopedWebhook", "updateTrigger"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "UpdateServiceConversationScopedWebhook",
        sample: "updateStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceConversationScopedWebhook", "updateStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "DeleteServiceConversationScopedWebhook",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_service_conversation_scoped_webhook(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .conversation("No. 7/é & co?")
                    .webhook(sid::<WebhookSid>("WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
