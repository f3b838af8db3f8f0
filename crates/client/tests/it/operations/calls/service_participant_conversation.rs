//! Calls of what `spec/v1/service_participant_conversation.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ServiceSid};

use super::super::{Case, answer, page, params, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListServiceParticipantConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_participant_conversation(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListServiceParticipantConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .participant_conversations()
                    .list()
                    .identity("50% of a & b = ü + /?")
                    .address("50% of a & b = ü + /?")
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
];
