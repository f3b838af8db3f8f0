//! `--older-than`: an ISO 8601 duration, or a short form such as `90d`.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use twilio_conversations::IsoDuration;

/// Longest age, in days: 100 years.
const MOST_DAYS: u64 = 36_500;

/// How long ago something was updated, at the least.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Age {
    text: String,
    length: Duration,
}

impl Age {
    /// The moment that is this long before `now`, to the second.
    pub(super) fn before(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let cutoff = now - chrono::TimeDelta::from_std(self.length).expect("100 years are a valid difference");
        cutoff - chrono::TimeDelta::nanoseconds(i64::from(cutoff.timestamp_subsec_nanos()))
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let iso = short_form(text).unwrap_or_else(|| text.to_owned());
        let duration: IsoDuration = iso.parse().map_err(|_| {
            format!("expected an ISO 8601 duration such as P90D or PT12H, or a short form such as 90d, found {text:?}")
        })?;
        let length = duration.to_duration().ok_or_else(|| {
            "months and years have no fixed length: give days, such as P90D in place of P3M".to_owned()
        })?;
        match length.as_secs() {
            0 => Err("the duration must be at least a second".to_owned()),
            seconds if seconds > MOST_DAYS * 86_400 => Err(format!("the duration is longer than {MOST_DAYS} days")),
            _ => Ok(Self { text: duration.as_str().to_owned(), length }),
        }
    }
}

/// `90d`, `12w` or `24h` as ISO 8601.
fn short_form(text: &str) -> Option<String> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    match unit {
        "d" | "w" if is_number => Some(format!("P{number}{}", unit.to_uppercase())),
        "h" if is_number => Some(format!("PT{number}H")),
        _ => None,
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_iso_8601_or_a_short_form() {
        let age = |text: &str| text.parse::<Age>().unwrap();
        assert_eq!(age("90d"), age("P90D"));
        assert_eq!(age("2w"), age("P2W"));
        assert_eq!(age("24h"), age("PT24H"));
        assert_eq!(age("90d").to_string(), "P90D");
        let now = "2026-04-01T00:00:00.5Z".parse().unwrap();
        assert_eq!(age("90d").before(now).to_rfc3339(), "2026-01-01T00:00:00+00:00");
    }

    #[test]
    fn an_age_that_is_unclear_or_out_of_range_is_an_error() {
        for bad in ["", "d", "90", "90 d", "-90d", "P", "90m", "P3M", "P1Y", "0d", "PT0S", "PT0.5S", "40000d", "９d"] {
            assert!(bad.parse::<Age>().is_err(), "{bad} was accepted");
        }
        assert!("P3M".parse::<Age>().unwrap_err().contains("P90D"), "the message shows what to write");
    }
}
