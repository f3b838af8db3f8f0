//! Delivery receipts: how far a message came, for each participant on a channel.

use rusqlite::{Row, params};
use serde_json::json;
use twilio_conversations_types::v1::EventType;

use super::conversation::Conversation;
use super::message::Message;
use super::participant::Participant;
use crate::call::{Call, Reply, Turn};
use crate::documented::{AddressType, DeliveryAmount, DeliveryStatus, Documented as _};
use crate::error::Stop;
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::store::Cached;
use crate::time::Millis;
use crate::webhook::Event;

/// The receipt of one participant for one message.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) sid: String,
    message_sid: String,
    conversation_sid: String,
    service_sid: String,
    participant_sid: String,
    channel_message_sid: String,
    status: DeliveryStatus,
    error_code: i64,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "receipt.sid, message.sid, conversation.sid, service.sid, receipt.participant_sid, \
    channel_message_sid, status, error_code, receipt.date_created, receipt.date_updated";
const FROM: &str = "receipt JOIN message ON message.id = receipt.message \
    JOIN conversation ON conversation.id = message.conversation JOIN service ON service.id = conversation.service";

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let message = message(call)?;
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE receipt.sid = ? AND receipt.message = ?");
    let receipt = call.turn.db.first(&sql, params![call.last(), message.id], |row| read(row, 0))?;
    Ok(call.item(&receipt.ok_or_else(|| call.not_found())?))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let message = message(call)?;
    let listing = Listing {
        columns: COLUMNS,
        from: &format!("{FROM} WHERE receipt.message = ?"),
        values: vec![message.id.into()],
        keys: &["receipt.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

impl Turn<'_> {
    /// Notes what a channel reports of a message to a participant, and tells webhooks of it.
    pub(crate) fn report_delivery(
        &self,
        conversation: &Conversation,
        message: &Message,
        participant: &Participant,
        status: DeliveryStatus,
        error_code: i64,
    ) -> Result<Receipt, Stop> {
        let channel = match participant.binding.kind {
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
        self.db.execute_cached(
            "INSERT INTO receipt (message, sid, participant_sid, channel_message_sid, status, error_code, date_created,
             date_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (message, participant_sid)
             DO UPDATE SET status = excluded.status, error_code = excluded.error_code, date_updated = excluded.date_updated",
            params![message.id, new_sid("DY"), participant.sid, new_sid(channel), status, error_code, self.now.0],
        )?;
        self.sum_up(message)?;
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE receipt.message = ? AND receipt.participant_sid = ?");
        let receipt = self
            .db
            .first(&sql, params![message.id, participant.sid], |row| read(row, 0))?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        self.after(conversation.place(), || receipt.event())?;
        Ok(receipt)
    }

    /// Writes the message's `delivery`: of all receipts, how many are in or past each state.
    fn sum_up(&self, message: &Message) -> Result<(), Stop> {
        let statuses: Vec<DeliveryStatus> =
            self.db.all("SELECT status FROM receipt WHERE message = ?", [message.id], |row| row.get(0))?;
        let total = statuses.len();
        let mut delivery = serde_json::Map::new();
        delivery.insert("total".to_owned(), json!(total));
        for status in DeliveryStatus::ALL {
            let count = statuses.iter().filter(|reached| includes(**reached, *status)).count();
            let part = if count == 0 {
                DeliveryAmount::None
            } else if count == total {
                DeliveryAmount::All
            } else {
                DeliveryAmount::Some
            };
            delivery.insert(status.as_str().to_owned(), part.as_str().into());
        }
        self.db.execute_cached(
            "UPDATE message SET delivery = ? WHERE id = ?",
            params![serde_json::Value::Object(delivery).to_string(), message.id],
        )?;
        Ok(())
    }
}

/// Whether a delivery in one state has come through another: what was read was delivered, and what was delivered sent.
fn includes(reached: DeliveryStatus, status: DeliveryStatus) -> bool {
    use DeliveryStatus::{Delivered, Failed, Read, Sent, Undelivered};
    let through: &[DeliveryStatus] = match reached {
        Read => &[Sent, Delivered, Read],
        Delivered => &[Sent, Delivered],
        Undelivered => &[Sent, Undelivered],
        Failed => &[Failed],
        Sent => &[Sent],
    };
    through.contains(&status)
}

impl Receipt {
    fn event(&self) -> Event {
        Event::new(EventType::DeliveryUpdated)
            .set("ConversationSid", &self.conversation_sid)
            .set("ChatServiceSid", &self.service_sid)
            .set("MessageSid", &self.message_sid)
            .set("DeliveryReceiptSid", &self.sid)
            .set("ChannelMessageSid", &self.channel_message_sid)
            .set("ParticipantSid", &self.participant_sid)
            .set("Status", self.status.as_str())
            .number("ErrorCode", Some(self.error_code).filter(|code| *code != 0))
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }
}

fn message(call: &Call<'_>) -> Result<Message, Stop> {
    let conversation = call.conversation()?;
    let sid = call.path("MessageSid").unwrap_or_default();
    call.turn.find_message(&conversation, sid)?.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Receipt> {
    Ok(Receipt {
        sid: row.get(at)?,
        message_sid: row.get(at + 1)?,
        conversation_sid: row.get(at + 2)?,
        service_sid: row.get(at + 3)?,
        participant_sid: row.get(at + 4)?,
        channel_message_sid: row.get(at + 5)?,
        status: row.get(at + 6)?,
        error_code: row.get(at + 7)?,
        date_created: Millis(row.get(at + 8)?),
        date_updated: Millis(row.get(at + 9)?),
    })
}

item! {
    impl Receipt |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "conversation_sid" => value.text(&self.conversation_sid),
        "message_sid" => value.text(&self.message_sid),
        "sid" => value.text(&self.sid),
        "participant_sid" => value.text(&self.participant_sid),
        "channel_message_sid" => value.text(&self.channel_message_sid),
        "status" => value.text(self.status.as_str()),
        "error_code" => value.integer(self.error_code),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!(
            "/Conversations/{}/Messages/{}/Receipts/{}",
            self.conversation_sid, self.message_sid, self.sid
        )),
    }
}
