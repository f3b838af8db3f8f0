//! Calls of what `spec/v1/conversation_message_receipt.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{DeliveryReceiptSid, MessageSid};

use super::super::{Case, answer, page, params, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListConversationMessageReceipt",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_conversation_message_receipt(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListConversationMessageReceipt"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .conversation("No. 7/é & co?")
                    .message(sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delivery_receipts()
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
        operation: "FetchConversationMessageReceipt",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_conversation_message_receipt(
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<DeliveryReceiptSid>("DYaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .conversation("No. 7/é & co?")
                    .message(sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delivery_receipt(sid::<DeliveryReceiptSid>("DYaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
