//! ISO 8601 durations, the values of a conversation's timers.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::sid::excerpt;

/// A duration in ISO 8601 form, such as `PT10M` or `P1DT12H`.
///
/// `FromStr` and [`strict`](crate::strict) check it; `Deserialize` keeps one from the server verbatim.
///
/// ```
/// use std::time::Duration;
/// use twilio_conversations_types::IsoDuration;
///
/// let timer = IsoDuration::from(Duration::from_secs(600));
/// assert_eq!(timer.as_str(), "PT600S");
/// let timer: IsoDuration = "P1DT12H".parse()?;
/// assert_eq!(timer.to_duration(), Some(Duration::from_secs(36 * 3600)));
/// # Ok::<(), twilio_conversations_types::IsoDurationError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct IsoDuration(String);

/// A string is not an ISO 8601 duration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IsoDurationError {
    found: Box<str>,
}

impl fmt::Display for IsoDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parsing IsoDuration: expected an ISO 8601 duration such as PT10M, found {:?}", self.found)
    }
}

impl std::error::Error for IsoDurationError {}

impl IsoDuration {
    /// The duration in ISO 8601 form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The length. `None` for years and months, whose length depends on the calendar, and for an invalid duration.
    pub fn to_duration(&self) -> Option<Duration> {
        let parts = parse(&self.0)?;
        parts.iter().try_fold(Duration::ZERO, |sum, (number, seconds)| {
            let part = Duration::try_from_secs_f64(number * f64::from((*seconds)?)).ok()?;
            sum.checked_add(part)
        })
    }
}

/// Numbers and the seconds of their units; `None` for years and months.
fn parse(text: &str) -> Option<Vec<(f64, Option<u32>)>> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let mut parts = Vec::new();
    let units = [('Y', None), ('M', None), ('W', Some(604_800)), ('D', Some(86_400))];
    take_parts(date, &units, &mut parts)?;
    take_parts(time, &[('H', Some(3600)), ('M', Some(60)), ('S', Some(1))], &mut parts)?;
    (!parts.is_empty()).then_some(parts)
}

/// Each unit at most once, in their order.
fn take_parts(mut text: &str, units: &[(char, Option<u32>)], parts: &mut Vec<(f64, Option<u32>)>) -> Option<()> {
    for (letter, seconds) in units {
        let Some((number, rest)) = text.split_once(*letter) else { continue };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
            return None;
        }
        parts.push((number.replace(',', ".").parse().ok()?, *seconds));
        text = rest;
    }
    text.is_empty().then_some(())
}

impl FromStr for IsoDuration {
    type Err = IsoDurationError;

    fn from_str(text: &str) -> Result<Self, IsoDurationError> {
        match parse(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(IsoDurationError { found: excerpt(text, 16) }),
        }
    }
}

/// Whole seconds are `PT600S`; a fraction is kept to the nanosecond.
impl From<Duration> for IsoDuration {
    fn from(duration: Duration) -> Self {
        let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
        if nanos == 0 {
            return Self(format!("PT{seconds}S"));
        }
        let fraction = format!("{nanos:09}");
        Self(format!("PT{seconds}.{}S", fraction.trim_end_matches('0')))
    }
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_by_their_units() {
        let seconds = |text: &str| text.parse::<IsoDuration>().unwrap().to_duration().map(|d| d.as_secs_f64());
        assert_eq!(seconds("PT0S"), Some(0.0));
        assert_eq!(seconds("PT1M"), Some(60.0));
        assert_eq!(seconds("P1W"), Some(604_800.0));
        assert_eq!(seconds("P1DT1H1M1.5S"), Some(90_061.5));
        assert_eq!(seconds("PT1,5S"), Some(1.5));
        assert_eq!(seconds("P1M"), None, "a month has no fixed length");
    }

    #[test]
    fn an_invalid_duration_is_an_error() {
        for bad in
            ["", "P", "PT", "10", "PT10", "10M", "P1S", "PT1S1M", "PT-1S", "PTS", "pt1s", "PT1S ", "P1DT", "PT..S"]
        {
            assert!(bad.parse::<IsoDuration>().is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn a_duration_is_written_in_seconds() {
        assert_eq!(IsoDuration::from(Duration::from_millis(1500)).as_str(), "PT1.5S");
        assert_eq!(IsoDuration::from(Duration::from_secs(60)).as_str(), "PT60S");
    }

    #[test]
    fn the_error_shows_the_beginning_of_what_was_found() {
        let error = "ten minutes, or eleven".parse::<IsoDuration>().unwrap_err().to_string();
        assert_eq!(
            error,
            "parsing IsoDuration: expected an ISO 8601 duration such as PT10M, found \"ten minutes, or …\""
        );
    }
}
