//! Calls of what `spec/v1/configuration.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{MessagingServiceSid, ServiceSid};

use super::super::{Case, answer, duration, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "FetchConfiguration",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_configuration()
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateConfiguration",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_configuration(
                        &request("UpdateConfiguration", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .configuration()
                    .update()
                    .default_chat_service_sid(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .default_messaging_service_sid(sid::<MessagingServiceSid>("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .default_inactive_timer(duration("PT10M"))
                    .default_closed_timer(duration("PT1H"))
                    .send_with_response()
                    .await,
            )
        }),
    },
];
