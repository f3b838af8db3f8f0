//! Calls of what `spec/v1/configuration_address.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{FlowSid, ServiceSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateConfigurationAddress",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_configuration_address(
                        &request("CreateConfigurationAddress", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configurations()
                    .create("sms", "+15551239999")
                    .friendly_name("Support line")
                    .address_country("US")
                    .auto_creation_enabled(true)
                    .auto_creation_type("webhook")
                    .auto_creation_conversation_service_sid(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .auto_creation_webhook_url("https://example.com/events")
                    .auto_creation_webhook_method("post")
                    .auto_creation_webhook_filters(["onParticipantAdded", "onMessageAdded"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateConfigurationAddress",
        sample: "createStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_configuration_address(
                        &request("CreateConfigurationAddress", "createStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configurations()
                    .create("whatsapp", "whatsapp:+15551239999")
                    .auto_creation_enabled(true)
                    .auto_creation_type("studio")
                    .auto_creation_studio_flow_sid(sid::<FlowSid>("FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .auto_creation_studio_retry_count(3)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListConfigurationAddress",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_configuration_address(
                        &params("ListConfigurationAddress"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .configuration()
                    .address_configurations()
                    .list()
                    .type_("sms")
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchConfigurationAddress",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_configuration_address(
                        "IGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configuration("No. 7/é & co?")
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConfigurationAddress",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_configuration_address(
                        "IGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("UpdateConfigurationAddress", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configuration("No. 7/é & co?")
                    .update()
                    .friendly_name("Sales line")
                    .auto_creation_enabled(true)
                    .auto_creation_type("webhook")
                    .auto_creation_conversation_service_sid(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .auto_creation_webhook_url("https://example.com/new-events")
                    .auto_creation_webhook_method("get")
                    .auto_creation_webhook_filters(["onMessageAdded"])
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConfigurationAddress",
        sample: "updateStudio",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_configuration_address(
                        "IGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &request("UpdateConfigurationAddress", "updateStudio"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configuration("No. 7/é & co?")
                    .update()
                    .auto_creation_type("studio")
                    .auto_creation_studio_flow_sid(sid::<FlowSid>("FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .auto_creation_studio_retry_count(3)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteConfigurationAddress",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_configuration_address(
                        "IGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .address_configuration("No. 7/é & co?")
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
