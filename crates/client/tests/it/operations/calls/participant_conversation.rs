//! Calls of what `spec/v1/participant_conversation.yaml` describes. Written by `cargo xtask bless`.

use super::super::{Case, answer, page, params};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListParticipantConversation",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_participant_conversation(
                        &params("ListParticipantConversation"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
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
