//! Injected faults, at a rate and for chosen operations.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;

/// A fault to be injected, read from a string: `KIND[@RATE][:OPERATION]`.
///
/// | Kind | Effect |
/// | --- | --- |
/// | `429`, or `429=SECONDS` | too many requests (20429), with `Retry-After`, by default 1 second; the request has no effect |
/// | `500`, `502`, `503`, `504` | that status; the request has no effect |
/// | `cut` | the connection is cut; the request has no effect |
/// | `cut-after` | the request is carried out, and the connection is cut before its response |
/// | `slow=MILLISECONDS` | the response is delayed |
///
/// `RATE` is the probability of the fault for each request, from 0 to 1; default: 1. `OPERATION` is a part of an
/// operation id of the specification, such as `CreateConversation` or `Message`; default: all operations.
///
/// ```
/// use twilio_conversations_emulator::Fault;
///
/// let fault: Fault = "429=2@0.1:Create".parse()?;
/// let fault: Fault = "slow=250".parse()?;
/// assert!("500@2".parse::<Fault>().is_err());
/// # Ok::<(), twilio_conversations_emulator::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub(super) kind: Kind,
    pub(super) rate: f64,
    pub(super) operation: String,
    /// Most requests that it is injected into; `None` for no limit.
    pub(crate) times: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    TooMany { retry_after: u32 },
    Status(u16),
    Cut,
    CutAfter,
    Slow(Duration),
}

impl Fault {
    /// Limits the number of requests that the fault is injected into. After that it has no effect. Default: no limit.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }
}

/// The string that the fault is parsed from. The limit of [`times`](Fault::times) is not part of it.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::TooMany { retry_after } => write!(formatter, "429={retry_after}")?,
            Kind::Status(status) => write!(formatter, "{status}")?,
            Kind::Cut => formatter.write_str("cut")?,
            Kind::CutAfter => formatter.write_str("cut-after")?,
            Kind::Slow(delay) => write!(formatter, "slow={}", delay.as_millis())?,
        }
        if self.rate < 1.0 {
            write!(formatter, "@{}", self.rate)?;
        }
        if !self.operation.is_empty() {
            write!(formatter, ":{}", self.operation)?;
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem = |what: &str| Error::new(format!("cannot use {text:?} as a fault: {what}"));
        let (rest, operation) = text.split_once(':').unwrap_or((text, ""));
        let (kind, rate) = rest.split_once('@').unwrap_or((rest, "1"));
        let rate = rate.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let rate = rate.ok_or_else(|| problem("the rate is a number from 0 to 1"))?;
        let (name, value) = kind.split_once('=').unwrap_or((kind, ""));
        let number = || value.parse::<u32>().map_err(|_| problem("a whole number comes after ="));
        let kind = match (name, value) {
            ("429", "") => Kind::TooMany { retry_after: 1 },
            ("429", _) => Kind::TooMany { retry_after: number()? },
            ("500" | "502" | "503" | "504", "") => Kind::Status(name.parse().map_err(|_| problem("no such status"))?),
            ("cut", "") => Kind::Cut,
            ("cut-after", "") => Kind::CutAfter,
            ("slow", _) => Kind::Slow(Duration::from_millis(number()?.into())),
            _ => return Err(problem("the kind is 429, 500, 502, 503, 504, cut, cut-after or slow=MILLISECONDS")),
        };
        Ok(Self { kind, rate, operation: operation.to_owned(), times: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_parsed_from_a_string() {
        let fault: Fault = "429=7@0.25:Message".parse().unwrap();
        assert_eq!(
            (fault.kind, fault.rate, fault.operation.as_str()),
            (Kind::TooMany { retry_after: 7 }, 0.25, "Message")
        );
        for bad in ["", "404", "500=1", "slow", "slow=x", "cut@2", "cut@-1", "cut@NaN", "@1"] {
            let error = bad.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("fault"), "{error}");
        }
    }

    #[test]
    fn a_fault_is_displayed_as_the_string_that_it_is_parsed_from() {
        for text in ["429=7@0.25:Message", "429=1", "503:Create", "cut@0", "cut-after@0.5", "slow=250:Fetch"] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
            assert_eq!(fault.to_string().parse::<Fault>().unwrap(), fault);
        }
    }
}
