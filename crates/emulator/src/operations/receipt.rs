//! Delivery receipts. Channels report deliveries, and control requests do in the emulator.

use super::call::Call;
use super::item::{Path, item};
use super::resource::resource;
use super::{Access, Operation};
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::participant::Participant;
use crate::domain::receipt::Receipt;
use crate::domain::values::{AddressType, DeliveryStatus};
use crate::error::Failure;
use crate::store::message;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::fetch::<Receipt>(&["FetchConversationMessageReceipt", "FetchServiceConversationMessageReceipt"])
        .for_chat_users(Access::Member),
    Operation::list::<Receipt>(&["ListConversationMessageReceipt", "ListServiceConversationMessageReceipt"])
        .for_chat_users(Access::Member),
];

resource!(Receipt, |call| {
    let conversation = call.conversation()?;
    call.found(Message::by_sid(call.tx.db, conversation.id, call.parameter("MessageSid"))?)?.id
});

impl Transaction<'_> {
    /// Records the delivery report of a message to a participant. Returns the SID of the receipt.
    pub(super) fn record_delivery(
        &self,
        conversation: &Conversation,
        message: &Message,
        participant: &Participant,
        status: DeliveryStatus,
        error_code: i64,
    ) -> Result<String, Failure> {
        let channel_prefix = match participant.binding.kind {
            Some(AddressType::Sms) => "SM",
            None
            | Some(
                AddressType::Whatsapp
                | AddressType::Messenger
                | AddressType::Gbm
                | AddressType::Email
                | AddressType::Rcs
                | AddressType::Apple
                | AddressType::Chat,
            ) => "WA",
        };
        let known = message::receipt_of(self.db, message.id, &participant.sid)?;
        let mut receipt = known.unwrap_or_else(|| Receipt {
            message: message.id,
            message_sid: message.sid.clone(),
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: self.new_sid("DY"),
            participant_sid: participant.sid.clone(),
            channel_message_sid: self.new_sid(channel_prefix),
            date_created: self.now,
            ..Receipt::default()
        });
        (receipt.status, receipt.error_code, receipt.date_updated) = (status, error_code, self.now);
        if receipt.id == 0 {
            receipt.insert(self.db)?;
        } else {
            receipt.update(self.db)?;
        }
        message::summarize_receipts(self.db, message.id)?;
        self.after(conversation.place(), || receipt.updated_event())?;
        Ok(receipt.sid)
    }
}

item! {
    impl Receipt {
        service_sid = "chat_service_sid", conversation_sid, message_sid, sid, participant_sid, channel_message_sid,
        status, error_code, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "url" => Path::in_service(
            ["Conversations", &item.conversation_sid, "Messages", &item.message_sid, "Receipts", &item.sid]
        ),
    }
}
