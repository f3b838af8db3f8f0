//! States of a conversation, and the timers that change them.

use rusqlite::params;
use serde_json::{Map, Value};

use super::conversation::{self, Conversation};
use crate::call::Turn;
pub(crate) use crate::documented::ConversationState as State;
use crate::error::{Refusal, Stop};
use crate::spec::Fields;
use crate::store::Cached;
use crate::time::{Millis, parse_duration};

/// How long a conversation may rest before its state changes, in milliseconds, and when that will be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timers {
    pub(crate) inactive: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) date_inactive: Option<Millis>,
    pub(crate) date_closed: Option<Millis>,
}

impl Timers {
    /// Takes over what a request sets. A duration of zero clears a timer.
    pub(super) fn take(&mut self, form: &Fields) -> Result<(), Refusal> {
        if let Some(text) = form.text("Timers.Inactive") {
            self.inactive = timer("Timers.Inactive", text, 60_000, 50375, 50379)?;
        }
        if let Some(text) = form.text("Timers.Closed") {
            self.closed = timer("Timers.Closed", text, 600_000, 50376, 50380)?;
        }
        Ok(())
    }

    /// Starts the timers that a state has, from a moment.
    pub(super) fn start(&mut self, state: State, from: Millis) {
        let after = |duration: Option<i64>| duration.map(|duration| from.plus(duration));
        (self.date_inactive, self.date_closed) = match state {
            State::Active => (after(self.inactive), after(self.closed)),
            State::Initializing | State::Inactive => (None, after(self.closed)),
            State::Closed => (None, None),
        };
    }

    /// Whether one is running.
    pub(super) fn run(&self) -> bool {
        self.date_inactive.is_some() || self.date_closed.is_some()
    }

    /// `{"date_inactive": …, "date_closed": …}`, each only if it is running.
    pub(super) fn to_json(self) -> Value {
        let mut timers = Map::new();
        for (name, date) in [("date_inactive", self.date_inactive), ("date_closed", self.date_closed)] {
            if let Some(date) = date {
                let mut text = Vec::with_capacity(20);
                date.write_seconds(&mut text);
                timers.insert(name.to_owned(), String::from_utf8_lossy(&text).into());
            }
        }
        Value::Object(timers)
    }
}

/// Reads a timer: an ISO 8601 duration, zero or at least the minimum in milliseconds.
pub(super) fn timer(name: &str, text: &str, minimum: i64, short: u32, malformed: u32) -> Result<Option<i64>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match parse_duration(text) {
        None => Err(Refusal::bad(malformed, format!("Invalid parameter {name}: not an ISO 8601 duration"))),
        Some(0) => Ok(None),
        Some(duration) if duration < minimum => {
            let minutes = minimum / 60_000;
            Err(Refusal::bad(short, format!("Invalid parameter {name}: less than {minutes} minutes")))
        }
        Some(duration) => Ok(Some(duration)),
    }
}

/// Runs the timer that is due first, if one is due by now. Answers when it was due.
pub(crate) fn run_next_timer(turn: &Turn<'_>) -> Result<Option<Millis>, Stop> {
    let due = turn.db.first(
        "SELECT conversation.sid, service, due, due IS date_closed FROM
         (SELECT conversation.*, min(ifnull(date_inactive, 9e18), ifnull(date_closed, 9e18)) AS due FROM conversation
          WHERE date_inactive <= ?1 OR date_closed <= ?1) AS conversation
         JOIN service ON service.id = service WHERE account = ?2 ORDER BY due, conversation.id LIMIT 1",
        params![turn.now.0, turn.account.id],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, Millis(row.get(2)?), row.get::<_, bool>(3)?)),
    )?;
    let Some((sid, service, due, closes)) = due else { return Ok(None) };
    let Some(mut conversation) = turn.find_conversation(service, &sid)? else { return Ok(None) };
    let from = conversation.state;
    conversation.state = if closes { State::Closed } else { State::Inactive };
    conversation.date_updated = due;
    conversation.timers.date_inactive = None;
    if closes {
        conversation.timers.date_closed = None;
    }
    conversation.save(turn)?;
    conversation.report_state(turn, from, "TIMER")?;
    Ok(Some(due))
}

impl Conversation {
    /// Ends the initializing of a conversation, whose participants are all there now.
    pub(crate) fn begin(&mut self, turn: &Turn<'_>, state: State) -> Result<(), Stop> {
        if self.state != State::Initializing || state == State::Initializing {
            return Ok(());
        }
        self.state = state;
        self.timers.start(state, self.date_updated);
        self.save(turn)?;
        self.report_state(turn, State::Initializing, "EVENT")
    }

    /// Makes a conversation that slept active, because somebody joined it.
    pub(super) fn wake(&mut self, turn: &Turn<'_>) -> Result<(), Stop> {
        let before = std::mem::replace(&mut self.state, State::Active);
        self.date_updated = turn.now;
        self.timers.start(self.state, turn.now);
        self.save(turn)?;
        self.report_state(turn, before, "EVENT")
    }

    /// Notes that something was said: the conversation is the latest, awake if it slept, and its timers begin again.
    pub(super) fn stir(&mut self, turn: &Turn<'_>) -> Result<(), Stop> {
        let before = self.state;
        self.state = match before {
            State::Inactive => State::Active,
            State::Initializing | State::Active => before,
            State::Closed => return Err(conversation::closed()),
        };
        self.next_index += 1;
        self.date_updated = turn.now;
        self.timers.start(self.state, turn.now);
        turn.db.execute_cached(
            "UPDATE conversation SET next_index = ?2, date_updated = ?3, date_inactive = ?4, date_closed = ?5, state = ?6,
             activity = (SELECT max(activity) + 1 FROM conversation AS other WHERE other.service = conversation.service)
             WHERE id = ?1",
            params![
                self.id,
                self.next_index,
                self.date_updated.0,
                self.timers.date_inactive.map(|date| date.0),
                self.timers.date_closed.map(|date| date.0),
                self.state
            ],
        )?;
        turn.signals.rescheduled.set(self.timers.run() || turn.signals.rescheduled.get());
        if self.state != before {
            self.report_state(turn, before, "EVENT")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_have_a_shortest_duration_and_zero_clears_them() {
        let code = |text| timer("Timers.Inactive", text, 60_000, 50375, 50379).map_err(|refusal| refusal.code());
        assert_eq!(code("PT1M"), Ok(Some(60_000)));
        assert_eq!(code("PT0S"), Ok(None));
        assert_eq!(code("PT59S"), Err(50375));
        assert_eq!(code("soon"), Err(50379));
    }

    #[test]
    fn an_inactive_conversation_waits_for_its_end_only() {
        let mut timers = Timers { inactive: Some(60_000), closed: Some(600_000), ..Timers::default() };
        timers.start(State::Active, Millis(0));
        assert_eq!(timers.to_json()["date_inactive"], "1970-01-01T00:01:00Z");
        timers.start(State::Inactive, Millis(0));
        assert_eq!(timers.to_json().to_string(), r#"{"date_closed":"1970-01-01T00:10:00Z"}"#);
        timers.start(State::Closed, Millis(0));
        assert!(!timers.run());
    }
}
