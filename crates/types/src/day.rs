//! Ends of a range of days, the values of the date filters of lists.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

macro_rules! day {
    ($(#[doc = $doc:literal])* $name:ident, $time:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The value that is sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[doc = concat!("The day at `", $time, "` UTC.")]
        impl From<NaiveDate> for $name {
            fn from(day: NaiveDate) -> Self {
                Self(day.format(concat!("%Y-%m-%dT", $time, "Z")).to_string())
            }
        }

        /// The instant in UTC, without fractions of a second.
        impl<Z: TimeZone> From<DateTime<Z>> for $name {
            fn from(instant: DateTime<Z>) -> Self {
                Self(instant.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true))
            }
        }

        /// Verbatim.
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        /// Verbatim.
        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }

        /// Verbatim.
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

day! {
    /// The beginning of a range of days, such as the `start_date` of a list.
    ///
    /// The documented form is that of a day, `YYYY-MM-DDT00:00:00Z`. A [`NaiveDate`] converts into it; a [`DateTime`] into
    /// the same form with its own time of day, which the API is believed to take; a string is sent verbatim.
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate, Utc};
    /// use twilio_conversations_types::DayStart;
    ///
    /// let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    /// assert_eq!(DayStart::from(day).as_str(), "2026-01-02T00:00:00Z");
    /// let instant: DateTime<Utc> = "2026-01-02T03:04:05.678Z".parse()?;
    /// assert_eq!(DayStart::from(instant).as_str(), "2026-01-02T03:04:05Z");
    /// assert_eq!(DayStart::from("2026-01-02").as_str(), "2026-01-02");
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    DayStart, "00:00:00"
}

day! {
    /// The end of a range of days, such as the `end_date` of a list. The end is part of the range.
    ///
    /// The documented form is that of a day, `YYYY-MM-DDT23:59:59Z`. A [`NaiveDate`] converts into it; a [`DateTime`] into
    /// the same form with its own time of day, which the API is believed to take; a string is sent verbatim.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use twilio_conversations_types::DayEnd;
    ///
    /// let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    /// assert_eq!(DayEnd::from(day).as_str(), "2026-01-02T23:59:59Z");
    /// ```
    DayEnd, "23:59:59"
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn a_date_is_the_whole_day_in_the_documented_form() {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        assert_eq!(DayStart::from(day).to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(DayEnd::from(day).to_string(), "2024-02-29T23:59:59Z");
    }

    #[test]
    fn an_instant_of_any_zone_is_sent_in_utc_to_the_second() {
        let instant = DateTime::parse_from_rfc3339("2026-01-02T01:30:00.999+02:00").unwrap();
        assert_eq!(DayStart::from(instant).as_str(), "2026-01-01T23:30:00Z");
        assert_eq!(DayEnd::from(instant.with_timezone(&Utc)).as_str(), "2026-01-01T23:30:00Z");
        assert_eq!(
            DayEnd::from(instant.with_timezone(&FixedOffset::west_opt(3600).unwrap())).as_str(),
            "2026-01-01T23:30:00Z"
        );
    }

    #[test]
    fn a_string_is_kept_verbatim() {
        for text in ["2026-01-02", "", "next week"] {
            assert_eq!(DayStart::from(text).as_str(), text);
            assert_eq!(DayEnd::from(text.to_owned()), DayEnd::from(&text.to_owned()));
            assert_eq!(serde_json::to_value(DayEnd::from(text)).unwrap(), text);
        }
    }
}
