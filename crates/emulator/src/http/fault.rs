//! Injected faults, at a rate and for chosen operations.

use std::str::FromStr;
use std::time::Duration;

use crate::sid::Ids;

/// A fault to be injected, read from a string: `KIND[@RATE][:OPERATION]`.
///
/// | Kind | Effect |
/// | --- | --- |
/// | `429`, or `429=SECONDS` | too many requests (20429), with `Retry-After`, 1 second unless given; nothing is done |
/// | `500`, `502`, `503`, `504` | that status; nothing is done |
/// | `cut` | the connection is cut, nothing is done |
/// | `cut-after` | the request is carried out, and the connection is cut before its response |
/// | `slow=MILLISECONDS` | the response is delayed |
///
/// The rate is from 0 to 1, 1 unless given. The operation is a part of an operation id of the specification, such as
/// `CreateConversation` or `Message`; all operations unless given.
///
/// ```
/// use twilio_conversations_emulator::Fault;
///
/// let fault: Fault = "429=2@0.1:Create".parse()?;
/// let fault: Fault = "slow=250".parse()?;
/// assert!("500@2".parse::<Fault>().is_err());
/// # Ok::<(), twilio_conversations_emulator::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    kind: Kind,
    rate: f64,
    operation: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    TooMany { retry_after: u32 },
    Status(u16),
    Cut,
    CutAfter,
    Slow(Duration),
}

/// All faults of an emulator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

/// The faults that strike one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strike {
    /// A response in place of the real one: status and `Retry-After`.
    pub(crate) response: Option<(u16, Option<u32>)>,
    pub(crate) cut: bool,
    pub(crate) cut_after: bool,
    pub(crate) delay: Duration,
}

impl Faults {
    /// Draws the faults of a request. The first one with a response wins.
    pub(crate) fn strike(&self, operation: &str, ids: &Ids) -> Option<Strike> {
        if self.0.is_empty() {
            return None;
        }
        let mut strike = Strike::default();
        for fault in &self.0 {
            if !operation.contains(&fault.operation) || !ids.chance(fault.rate) {
                continue;
            }
            match fault.kind {
                Kind::TooMany { retry_after } => {
                    strike.response.get_or_insert((429, Some(retry_after)));
                }
                Kind::Status(status) => {
                    strike.response.get_or_insert((status, None));
                }
                Kind::Cut => strike.cut = true,
                Kind::CutAfter => strike.cut_after = true,
                Kind::Slow(delay) => strike.delay += delay,
            }
        }
        Some(strike)
    }
}

impl FromStr for Fault {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem = |what: &str| crate::Error::new(format!("cannot use {text:?} as a fault: {what}"));
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
        Ok(Self { kind, rate, operation: operation.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_from_its_text() {
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
    fn a_fault_strikes_its_operations_only() {
        let faults = Faults(vec!["503:Create".parse().unwrap(), "cut@0".parse().unwrap()]);
        assert_eq!(faults.strike("CreateService", &Ids::default()).unwrap().response, Some((503, None)));
        assert!(faults.strike("FetchService", &Ids::default()).unwrap().response.is_none());
        assert!(!faults.strike("FetchService", &Ids::default()).unwrap().cut);
        assert!(Faults::default().strike("FetchService", &Ids::default()).is_none());
    }
}
