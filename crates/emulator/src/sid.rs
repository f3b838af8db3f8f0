//! SIDs: their format, and the generator of SIDs, tokens and random decisions, random or reproducible from a seed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

/// Keys of the counts of idempotency tokens and random decisions. Those of SIDs are their prefixes.
const TOKENS: &str = "token";
const CHANCES: &str = "chance";

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The next number of a random SID. It begins with the time in microseconds, so that it is larger than all numbers of
/// earlier processes, which may be in a data file.
static NUMBERS: LazyLock<AtomicU64> = LazyLock::new(|| {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    AtomicU64::new(time.as_micros().try_into().unwrap_or_default())
});

/// Larger numbers in a data file are not continued: SIDs have 16 digits for a number, and later SIDs need some of them.
pub(crate) const LARGEST: i64 = 9_900_000_000_000_000;

/// Whether a string is a SID: two letters, or the prefix if there is one, and 32 hexadecimal digits.
pub(crate) fn is_sid(text: &str, prefix: Option<[u8; 2]>) -> bool {
    let Some((letters, digits)) = text.as_bytes().split_at_checked(2) else { return false };
    let letters_fit = match prefix {
        Some(prefix) => letters == prefix,
        None => letters.iter().all(u8::is_ascii_alphabetic),
    };
    letters_fit && digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// A SID of random digits.
pub(crate) fn random_sid(prefix: &str) -> String {
    with_digits(prefix, &hexadecimal(fastrand::u128(..)))
}

/// The number that a generated SID ends in.
pub(crate) fn number(sid: &str) -> i64 {
    sid.get(18..).and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// The generator of one emulator instance. With a seed, it generates the nth value of a kind from the seed, the kind and n
/// only. So the SID of the third message does not depend on the number of participants or of earlier requests.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    seed: Option<u64>,
    /// Empty without a seed.
    counts: Mutex<BTreeMap<Box<str>, Count>>,
}

/// Number of values of a kind that were generated, and the number that is stored.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    generated: u64,
    stored: u64,
}

/// Numbers of generated values, by kind.
pub(crate) type Counts = Vec<(Box<str>, u64)>;

impl Ids {
    /// With a seed, it generates the same values in every run.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self { seed, counts: Mutex::default() }
    }

    /// Whether it generates the same values in every run.
    pub(crate) fn is_seeded(&self) -> bool {
        self.seed.is_some()
    }

    /// A new SID: the prefix, 16 hexadecimal digits that are random or from the seed, and 16 decimal digits, a number that
    /// is larger than that of the SID before.
    pub(crate) fn sid(&self, prefix: &str) -> String {
        let (bits, mut number) = self.next(prefix);
        let mut digits = hexadecimal(bits);
        for digit in digits[16..].iter_mut().rev() {
            *digit = DIGITS[(number % 10) as usize];
            number /= 10;
        }
        with_digits(prefix, &digits)
    }

    /// A new UUID, which marks all attempts to deliver one webhook.
    pub(crate) fn uuid(&self) -> String {
        let bits = (self.next(TOKENS).0 & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }

    /// Decides at random: true with a probability from 0 to 1.
    pub(crate) fn chance(&self, rate: f64) -> bool {
        let number = match self.seed {
            None => fastrand::f64(),
            // 53 bits: the precision of an `f64` from 0 to 1.
            Some(_) => (self.next(CHANCES).0 >> 75) as f64 / (1_u64 << 53) as f64,
        };
        number < rate
    }

    /// The counts that are not stored yet.
    pub(crate) fn unstored(&self) -> Counts {
        if !self.is_seeded() {
            return Vec::new();
        }
        let counts = self.lock();
        let unstored = counts.iter().filter(|(_, count)| count.generated > count.stored);
        unstored.map(|(kind, count)| (kind.clone(), count.generated)).collect()
    }

    /// Marks counts as stored.
    pub(crate) fn stored(&self, stored: &Counts) {
        if !self.is_seeded() {
            return;
        }
        let mut counts = self.lock();
        for (kind, number) in stored {
            if let Some(count) = counts.get_mut(kind) {
                count.stored = count.stored.max(*number);
            }
        }
    }

    /// Sets the counts to the stored ones. Random SIDs get numbers after `latest`: another process may have generated it,
    /// or this one before the system's clock was set back.
    pub(crate) fn restore(&self, stored: Counts, latest: u64) {
        if self.is_seeded() {
            let count = |(kind, number)| (kind, Count { generated: number, stored: number });
            *self.lock() = stored.into_iter().map(count).collect();
        } else {
            NUMBERS.fetch_max(latest + 1, Ordering::Relaxed);
        }
    }

    /// The next value of a kind, and its number. With a seed, the value is a SHA-256 hash, since the values of a library's
    /// generator may change with its version.
    fn next(&self, kind: &str) -> (u128, u64) {
        let Some(seed) = self.seed else {
            return (fastrand::u128(..), NUMBERS.fetch_add(1, Ordering::Relaxed));
        };
        let mut counts = self.lock();
        let count = match counts.get_mut(kind) {
            Some(count) => count,
            None => counts.entry(kind.into()).or_default(),
        };
        count.generated += 1;
        let number = count.generated;
        drop(counts);
        let hash = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(number.to_be_bytes())
            .chain_update(kind.as_bytes())
            .finalize();
        (hash.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte)), number)
    }

    /// Ignores the poison of a panic: every change leaves the counts consistent.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hexadecimal(bits: u128) -> [u8; 32] {
    std::array::from_fn(|index| DIGITS[(bits >> (124 - 4 * index)) as usize & 15])
}

fn with_digits(prefix: &str, digits: &[u8; 32]) -> String {
    [prefix, std::str::from_utf8(digits).unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_version_of_random_ones() {
        for ids in [Ids::default(), Ids::new(Some(7))] {
            let uuid = ids.uuid();
            assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }

    #[test]
    fn sids_have_their_prefix_and_differ() {
        for ids in [Ids::default(), Ids::new(Some(7))] {
            let (one, other) = (ids.sid("CH"), ids.sid("CH"));
            assert!(one.len() == 34 && one.starts_with("CH") && one[2..].bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_number_at_the_end_of_a_sid_grows_and_other_sids_have_none() {
        for (ids, first) in [(Ids::default(), 1_700_000_000_000_000), (Ids::new(Some(7)), 1)] {
            let (one, other) = (number(&ids.sid("IM")), number(&ids.sid("IM")));
            assert!(first <= one && one < other, "{one} {other}");
        }
        for none in ["", "IM", "IM00000000000000000000000000000x"] {
            assert_eq!(number(none), 0, "{none}");
        }
        assert!(is_sid(&random_sid("RQ"), Some(*b"RQ")));
    }

    #[test]
    fn a_seed_generates_the_same_sids_whatever_else_is_generated_and_another_seed_others() {
        let (one, other) = (Ids::new(Some(7)), Ids::new(Some(7)));
        other.sid("MB");
        other.uuid();
        // A literal, since it must be the same in every run.
        let sid = "CHd5d42847a97d17ed0000000000000001";
        assert_eq!((one.sid("CH").as_str(), other.sid("CH").as_str()), (sid, sid));
        assert_ne!(Ids::new(Some(8)).sid("CH"), sid);
        assert_ne!(one.sid("CH")[2..], one.sid("IM")[2..]);
    }

    #[test]
    fn the_generator_continues_from_the_stored_counts() {
        let one = Ids::new(Some(7));
        let sids: Vec<_> = (0..3).map(|_| one.sid("CH")).collect();
        assert_eq!(one.unstored(), [("CH".into(), 3)]);
        one.stored(&one.unstored());
        assert_eq!(one.unstored(), []);
        one.sid("CH");
        assert_eq!(one.unstored(), [("CH".into(), 4)]);
        let other = Ids::new(Some(7));
        other.restore(vec![("CH".into(), 2)], 0);
        assert_eq!((other.sid("CH"), other.unstored()), (sids[2].clone(), vec![("CH".into(), 3)]));
        assert_eq!(Ids::default().unstored(), []);
        // Far ahead of the system's clock.
        let latest = 3_000_000_000_000_000;
        Ids::default().restore(Vec::new(), latest);
        assert!(number(&Ids::default().sid("IM")) > latest.cast_signed());
    }

    #[test]
    fn chances_follow_their_rate() {
        for ids in [Ids::default(), Ids::new(Some(7))] {
            let hits = (0..10_000).filter(|_| ids.chance(0.25)).count();
            assert!((2_000..3_000).contains(&hits), "{hits}");
            assert!(ids.chance(1.0) && !ids.chance(0.0));
        }
    }
}
