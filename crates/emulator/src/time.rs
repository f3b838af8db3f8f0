//! Dates in the formats of the API.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime};

/// A moment: milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Millis(pub(crate) i64);

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The first and the last millisecond of the years 1 to 9999.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

impl Millis {
    /// The time of the system clock.
    pub(crate) fn system() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Writes `2026-01-02T03:04:05Z`, the format in responses. Written by hand, since each item has several dates:
    /// `format!` would take a tenth of the time of a list.
    pub(crate) fn write_seconds(self, out: &mut Vec<u8>) {
        let (date, time) = self.parts();
        let two = |value: i64| {
            let value = u8::try_from(value).unwrap_or_default();
            [b'0' + value / 10 % 10, b'0' + value % 10]
        };
        let year = i64::from(date.year());
        out.extend_from_slice(&two(year / 100));
        out.extend_from_slice(&two(year % 100));
        for (separator, value) in [
            (b'-', i64::from(date.month())),
            (b'-', i64::from(date.day())),
            (b'T', time / HOUR),
            (b':', time / MINUTE % 60),
            (b':', time / SECOND % 60),
        ] {
            out.push(separator);
            out.extend_from_slice(&two(value));
        }
        out.push(b'Z');
    }

    /// The same as a string.
    pub(crate) fn to_seconds_text(self) -> String {
        let mut text = Vec::with_capacity(20);
        self.write_seconds(&mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// `2026-01-02T03:04:05.678Z`, the form in webhooks.
    pub(crate) fn to_millis_text(self) -> String {
        let (date, time) = self.parts();
        let (hours, minutes, seconds) = (time / HOUR, time / MINUTE % 60, time / SECOND % 60);
        format!("{date}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", time % SECOND)
    }

    /// This moment plus a duration, at most the end of the year 9999.
    pub(crate) fn plus(self, duration: i64) -> Self {
        Self(self.0.saturating_add(duration).clamp(FIRST, LAST))
    }

    fn parts(self) -> (NaiveDate, i64) {
        let days = i32::try_from(self.0.div_euclid(DAY) + 719_163).unwrap_or(i32::MAX);
        (NaiveDate::from_num_days_from_ce_opt(days).unwrap_or(NaiveDate::MAX), self.0.rem_euclid(DAY))
    }
}

/// Reads an RFC 3339 date and time of the years 1 to 9999.
pub(crate) fn parse_date_time(text: &str) -> Option<Millis> {
    let date = DateTime::parse_from_rfc3339(text).ok()?;
    within_years(date.timestamp_millis())
}

/// Reads a filter's date: with a time as above (the zone may be missing), else the first or last second of a UTC day.
pub(crate) fn parse_filter_date(text: &str, end_of_day: bool) -> Option<Millis> {
    if let Some(date) = parse_date_time(text) {
        return Some(date);
    }
    if let Ok(date) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S") {
        return within_years(date.and_utc().timestamp_millis());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let start = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis();
    within_years(if end_of_day { start + DAY - 1 } else { start })
}

fn within_years(millis: i64) -> Option<Millis> {
    (FIRST..=LAST).contains(&millis).then_some(Millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_to_the_second_in_responses_and_to_the_millisecond_in_webhooks() {
        let date = parse_date_time("2026-01-02T04:04:05.678+01:00").unwrap();
        assert_eq!(date.to_seconds_text(), "2026-01-02T03:04:05Z");
        assert_eq!(date.to_millis_text(), "2026-01-02T03:04:05.678Z");
    }

    #[test]
    fn a_date_without_time_is_the_start_or_the_end_of_the_day() {
        let text = |end| parse_filter_date("2024-02-29", end).unwrap().to_millis_text();
        assert_eq!(text(false), "2024-02-29T00:00:00.000Z");
        assert_eq!(text(true), "2024-02-29T23:59:59.999Z");
        for bad in ["", "yesterday", "2026-02-29", "2026-13-01", "2026-01-01T25:00:00Z", "+262143-01-01"] {
            assert_eq!(parse_filter_date(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn no_moment_is_beyond_the_year_9999() {
        assert_eq!(Millis::system().plus(i64::MAX).to_millis_text(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Millis::system().plus(i64::MIN).to_millis_text(), "0001-01-01T00:00:00.000Z");
    }
}
