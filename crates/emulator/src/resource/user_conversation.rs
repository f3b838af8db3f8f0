//! A user's conversations: the user's side of being a participant.

use rusqlite::{Row, params};

use super::conversation::{self, Conversation};
use super::user::User;
use crate::call::{Call, Reply};
use crate::documented::{Documented as _, NotificationLevel};
use crate::error::Stop;
use crate::page::Listing;
use crate::render::item;
use crate::store::Cached;

#[derive(Default)]
pub(super) struct UserConversation {
    conversation: Conversation,
    user_sid: String,
    participant_sid: String,
    notification_level: String,
    last_read_message_index: Option<i64>,
    unread_messages_count: Option<i64>,
}

/// What is unread is counted from the read horizon; where there is none, the count is not known.
const COLUMNS: &str = "user.sid, participant.sid, notification_level, last_read_message_index, \
    iif(last_read_message_index IS NULL, NULL, (SELECT count(*) FROM message \
    WHERE message.conversation = conversation.id AND \"index\" > last_read_message_index))";
const FROM: &str = "participant JOIN conversation ON conversation.id = participant.conversation \
    JOIN service ON service.id = conversation.service JOIN user ON user.id = participant.user";

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let (user, conversation) = find(call)?;
    answer(call, &user, &conversation)
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let (user, conversation) = find(call)?;
    let turn = &call.turn;
    let Some(mut participant) = turn.find_participant(&conversation, &user.identity)? else {
        return Err(call.not_found());
    };
    participant.read_until(turn, &conversation, call.form())?;
    participant.save(turn)?;
    if let Some(level) = call.form().value::<NotificationLevel>("NotificationLevel")? {
        turn.db.execute_cached(
            "UPDATE participant SET notification_level = ? WHERE id = ?",
            params![level, participant.id],
        )?;
    }
    answer(call, &user, &conversation)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let user = call.user(&service, call.path("UserSid").unwrap_or_default())?;
    call.turn.require_self(&user.identity)?;
    let listing = Listing {
        columns: &format!("{COLUMNS}, {}", conversation::COLUMNS),
        from: &format!("{FROM} WHERE participant.user = ?"),
        values: vec![user.id.into()],
        keys: &["participant.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

/// The user leaves the conversation.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let (user, conversation) = find(call)?;
    let Some(participant) = call.turn.find_participant(&conversation, &user.identity)? else {
        return Err(call.not_found());
    };
    call.turn.remove_participant(&conversation, &participant)?;
    Ok(call.empty())
}

/// The user and the conversation that the path names.
fn find(call: &Call<'_>) -> Result<(User, Conversation), Stop> {
    let service = call.service()?;
    let user = call.user(&service, call.path("UserSid").unwrap_or_default())?;
    call.turn.require_self(&user.identity)?;
    let conversation = call.find_conversation(&service, call.last())?;
    Ok((user, conversation))
}

fn answer(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Reply, Stop> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM {FROM} WHERE participant.user = ? AND participant.conversation = ?",
        conversation::COLUMNS
    );
    let found = call.turn.db.first(&sql, params![user.id, conversation.id], |row| read(row, 0))?;
    Ok(call.item(&found.ok_or_else(|| call.not_found())?))
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<UserConversation> {
    Ok(UserConversation {
        user_sid: row.get(at)?,
        participant_sid: row.get(at + 1)?,
        notification_level: row.get(at + 2)?,
        last_read_message_index: row.get(at + 3)?,
        unread_messages_count: row.get(at + 4)?,
        conversation: conversation::read(row, at + 5)?,
    })
}

item! {
    impl UserConversation |self, value| {
        let conversation = &self.conversation;
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&conversation.service_sid),
        "conversation_sid" => value.text(&conversation.sid),
        "user_sid" => value.text(&self.user_sid),
        "participant_sid" => value.text(&self.participant_sid),
        "conversation_state" => value.text(conversation.state.as_str()),
        "timers" => value.value(&conversation.timers.to_json()),
        "attributes" => value.text(&conversation.attributes),
        "friendly_name" => value.text_or_null(conversation.friendly_name.as_deref()),
        "unique_name" => value.text_or_null(conversation.unique_name.as_deref()),
        "created_by" => value.text_or_null(conversation.created_by.as_deref()),
        "notification_level" => value.text(&self.notification_level),
        "unread_messages_count" => value.integer_or_null(self.unread_messages_count),
        "last_read_message_index" => value.integer_or_null(self.last_read_message_index),
        "date_created" => value.date(conversation.date_created),
        "date_updated" => value.date(conversation.date_updated),
        "url" => value.url(format_args!("/Users/{}/Conversations/{}", self.user_sid, conversation.sid)),
        "links" => value.links(&[
            (
                "participant",
                format_args!("/Conversations/{}/Participants/{}", conversation.sid, self.participant_sid),
            ),
            ("conversation", format_args!("/Conversations/{}", conversation.sid)),
        ]),
    }
}
