//! Calls of what `spec/v1/service_conversation_message_receipt.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{DeliveryReceiptSid, MessageSid, ServiceSid};

use super::super::{Case, answer, page, params, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListServiceConversationMessageReceipt",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_conversation_message_receipt(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        &sid::<MessageSid>("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListServiceConversationMessageReceipt"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
        operation: "FetchServiceConversationMessageReceipt",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_conversation_message_receipt(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
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
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
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
