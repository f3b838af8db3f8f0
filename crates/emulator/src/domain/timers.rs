//! Timers of a conversation.

use twilio_conversations_types::IsoDuration;

use super::values::ConversationState;
use crate::error::{ApiError, ErrorCode};
use crate::time::Millis;

/// The durations of inactivity after which the state of a conversation changes, in milliseconds, and the dates on which
/// it will change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timers {
    pub(crate) inactive: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) date_inactive: Option<Millis>,
    pub(crate) date_closed: Option<Millis>,
}

/// One of the two timers: its shortest duration, and its error codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerRule {
    minutes: i64,
    too_short: ErrorCode,
    malformed: ErrorCode,
}

/// The timer that makes a conversation inactive.
pub(crate) const INACTIVE: TimerRule = TimerRule {
    minutes: 1,
    too_short: ErrorCode::INACTIVE_TIMER_TOO_SHORT,
    malformed: ErrorCode::INVALID_INACTIVE_TIMER,
};

/// The timer that closes a conversation.
pub(crate) const CLOSED: TimerRule =
    TimerRule { minutes: 10, too_short: ErrorCode::CLOSED_TIMER_TOO_SHORT, malformed: ErrorCode::INVALID_CLOSED_TIMER };

impl TimerRule {
    /// Reads a timer: an ISO 8601 duration of at least the minimum. Zero or an empty string is no timer.
    pub(crate) fn read(&self, name: &str, text: &str) -> Result<Option<i64>, ApiError> {
        if text.is_empty() {
            return Ok(None);
        }
        let Some(duration) = milliseconds(text) else {
            return Err(ApiError::bad(self.malformed, format!("Invalid parameter {name}: not an ISO 8601 duration")));
        };
        match duration {
            0 => Ok(None),
            short if short < self.minutes * 60_000 => {
                let message = format!("Invalid parameter {name}: less than {} minutes", self.minutes);
                Err(ApiError::bad(self.too_short, message))
            }
            duration => Ok(Some(duration)),
        }
    }
}

/// Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, at most those of an `i64`.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let duration = text.parse::<IsoDuration>().ok()?.to_duration()?;
    Some(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

impl Timers {
    /// Starts the timers of a state.
    pub(crate) fn start(&mut self, state: ConversationState, from: Millis) {
        let after = |duration: Option<i64>| duration.map(|duration| from.plus(duration));
        (self.date_inactive, self.date_closed) = match state {
            ConversationState::Active => (after(self.inactive), after(self.closed)),
            ConversationState::Initializing | ConversationState::Inactive => (None, after(self.closed)),
            ConversationState::Closed => (None, None),
        };
    }

    pub(crate) fn are_running(&self) -> bool {
        self.date_inactive.is_some() || self.date_closed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_have_a_shortest_duration_and_zero_clears_them() {
        let code = |text| INACTIVE.read("Timers.Inactive", text).map_err(|error| error.code);
        assert_eq!(code("PT1M"), Ok(Some(60_000)));
        assert_eq!(code("PT0S"), Ok(None));
        assert_eq!(code("PT59S"), Err(ErrorCode::INACTIVE_TIMER_TOO_SHORT));
        assert_eq!(code("soon"), Err(ErrorCode::INVALID_INACTIVE_TIMER));
    }

    #[test]
    fn durations_of_weeks_to_seconds_are_read_and_nothing_else_is() {
        for (text, expected) in [
            ("PT1M", Some(60_000)),
            ("P1DT2H3M4S", Some(93_784_000)),
            ("P2W", Some(14 * 24 * 3_600_000)),
            ("PT0S", Some(0)),
            ("", None),
            ("P", None),
            ("PT", None),
            ("1M", None),
            ("PT1", None),
            ("PTM", None),
            ("P1H", None),
            ("PT1S1M", None),
            ("P1Y", None),
            ("P-1D", None),
            ("PT99999999999999999999S", None),
            ("PTé", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn an_inactive_conversation_has_its_closed_timer_only() {
        let mut timers = Timers { inactive: Some(60_000), closed: Some(600_000), ..Timers::default() };
        timers.start(ConversationState::Active, Millis(0));
        assert_eq!((timers.date_inactive, timers.date_closed), (Some(Millis(60_000)), Some(Millis(600_000))));
        timers.start(ConversationState::Inactive, Millis(0));
        assert_eq!((timers.date_inactive, timers.date_closed), (None, Some(Millis(600_000))));
        timers.start(ConversationState::Closed, Millis(0));
        assert!(!timers.are_running());
    }
}
