//! Calls of what `spec/v1/service_notification.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ServiceSid};

use super::super::{Case, answer, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "FetchServiceNotification",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_notification(
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
                    .notifications()
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateServiceNotification",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_service_notification(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateServiceNotification", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .configuration()
                    .notifications()
                    .update()
                    .log_enabled(true)
                    .new_message_enabled(true)
                    .new_message_template("${PARTICIPANT}: ${MESSAGE}")
                    .new_message_sound("ding")
                    .new_message_badge_count_enabled(true)
                    .new_message_with_media_enabled(true)
                    .new_message_with_media_template("${PARTICIPANT} sent ${MEDIA_COUNT} files")
                    .added_to_conversation_enabled(true)
                    .added_to_conversation_template("Welcome to ${CONVERSATION}")
                    .added_to_conversation_sound("ding")
                    .removed_from_conversation_enabled(false)
                    .removed_from_conversation_template("You have left ${CONVERSATION}")
                    .removed_from_conversation_sound("dong")
                    .send_with_response()
                    .await,
            )
        }),
    },
];
