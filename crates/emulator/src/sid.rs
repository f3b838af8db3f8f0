//! SIDs: generated, with tokens and chances, at random or the same in every run; and recognized.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

/// Where idempotency tokens and chances are counted, beside the prefixes of SIDs.
const TOKENS: &str = "token";
const CHANCES: &str = "chance";

/// Whether a text is a SID: two letters, these ones if given, and 32 hexadecimal digits.
pub(crate) fn is_sid(text: &str, prefix: Option<[u8; 2]>) -> bool {
    let Some((letters, digits)) = text.as_bytes().split_at_checked(2) else { return false };
    let letters_fit = match prefix {
        Some(prefix) => letters == prefix,
        None => letters.iter().all(u8::is_ascii_alphabetic),
    };
    letters_fit && digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// The generator of one emulator instance.
#[derive(Debug, Default)]
pub(crate) struct Ids(Option<Seeded>);

/// Generates the nth value of a kind from the seed, the kind and n alone. So the third message has the same SID however
/// many participants there are and however often something was read before it.
#[derive(Debug)]
struct Seeded {
    seed: u64,
    counts: Mutex<BTreeMap<Box<str>, Count>>,
}

/// How many values of a kind were generated, and how many of them the store knows of.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    generated: u64,
    stored: u64,
}

/// How many values of some kinds were generated.
pub(crate) type Counts = Vec<(Box<str>, u64)>;

impl Ids {
    /// A generator of the same values in every run.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Some(Seeded { seed, counts: Mutex::default() }))
    }

    /// Whether it generates the same values in every run.
    pub(crate) fn is_seeded(&self) -> bool {
        self.0.is_some()
    }

    /// A new SID: the prefix and 32 hexadecimal digits.
    pub(crate) fn sid(&self, prefix: &str) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bits = self.bits(prefix).to_le_bytes();
        let mut sid = String::with_capacity(prefix.len() + 32);
        sid.push_str(prefix);
        let digits = bits.map(|byte| [DIGITS[usize::from(byte & 15)], DIGITS[usize::from(byte >> 4)]]);
        sid.push_str(std::str::from_utf8(digits.as_flattened()).unwrap_or_default());
        sid
    }

    /// A new UUID, which marks all attempts to deliver one webhook.
    pub(crate) fn uuid(&self) -> String {
        let bits = (self.bits(TOKENS) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }

    /// Whether something happens that happens at a rate from 0 to 1.
    pub(crate) fn chance(&self, rate: f64) -> bool {
        let number = match &self.0 {
            None => fastrand::f64(),
            // The 53 bits that a number from 0 to 1 has.
            Some(seeded) => (seeded.bits(CHANCES) >> 75) as f64 / (1_u64 << 53) as f64,
        };
        number < rate
    }

    /// What the store does not know of yet.
    pub(crate) fn unstored(&self) -> Counts {
        let Some(seeded) = &self.0 else { return Vec::new() };
        let counts = seeded.lock();
        let unstored = counts.iter().filter(|(_, count)| count.generated > count.stored);
        unstored.map(|(kind, count)| (kind.clone(), count.generated)).collect()
    }

    /// The store knows of these.
    pub(crate) fn stored(&self, stored: &Counts) {
        let Some(seeded) = &self.0 else { return };
        let mut counts = seeded.lock();
        for (kind, number) in stored {
            if let Some(count) = counts.get_mut(kind) {
                count.stored = count.stored.max(*number);
            }
        }
    }

    /// Goes on from what the store knows of, whatever was generated before.
    pub(crate) fn restore(&self, stored: Counts) {
        let Some(seeded) = &self.0 else { return };
        *seeded.lock() =
            stored.into_iter().map(|(kind, number)| (kind, Count { generated: number, stored: number })).collect();
    }

    fn bits(&self, kind: &str) -> u128 {
        match &self.0 {
            None => fastrand::u128(..),
            Some(seeded) => seeded.bits(kind),
        }
    }
}

impl Seeded {
    /// The next value of a kind. SHA-256 and not a generator of a library, whose values may change with its version.
    fn bits(&self, kind: &str) -> u128 {
        let mut counts = self.lock();
        if !counts.contains_key(kind) {
            counts.insert(kind.into(), Count::default());
        }
        let number = counts.get_mut(kind).map_or(0, |count| {
            count.generated += 1;
            count.generated
        });
        drop(counts);
        let hash = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(number.to_be_bytes())
            .chain_update(kind.as_bytes())
            .finalize();
        hash.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
    }

    /// Every change leaves the counts whole, so that a panic elsewhere is no reason to stop.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_that_it_is_random() {
        for ids in [Ids::default(), Ids::seeded(7)] {
            let uuid = ids.uuid();
            assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }

    #[test]
    fn sids_have_their_prefix_and_differ() {
        for ids in [Ids::default(), Ids::seeded(7)] {
            let (one, other) = (ids.sid("CH"), ids.sid("CH"));
            assert!(one.len() == 34 && one.starts_with("CH") && one[2..].bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_seed_gives_the_same_sids_whatever_else_is_generated_and_another_seed_gives_others() {
        let (one, other) = (Ids::seeded(7), Ids::seeded(7));
        other.sid("MB");
        other.uuid();
        // Written down, since it must be the same tomorrow.
        let sid = "CH051802461e6beeb2de71d79a74824d5d";
        assert_eq!((one.sid("CH").as_str(), other.sid("CH").as_str()), (sid, sid));
        assert_ne!(Ids::seeded(8).sid("CH"), sid);
        assert_ne!(one.sid("CH")[2..], one.sid("IM")[2..]);
    }

    #[test]
    fn the_generator_goes_on_from_what_was_stored() {
        let one = Ids::seeded(7);
        let sids: Vec<_> = (0..3).map(|_| one.sid("CH")).collect();
        assert_eq!(one.unstored(), [("CH".into(), 3)]);
        one.stored(&one.unstored());
        assert_eq!(one.unstored(), []);
        one.sid("CH");
        assert_eq!(one.unstored(), [("CH".into(), 4)]);
        let other = Ids::seeded(7);
        other.restore(vec![("CH".into(), 2)]);
        assert_eq!((other.sid("CH"), other.unstored()), (sids[2].clone(), vec![("CH".into(), 3)]));
        assert_eq!(Ids::default().unstored(), []);
    }

    #[test]
    fn chances_follow_their_rate() {
        for ids in [Ids::default(), Ids::seeded(7)] {
            let hits = (0..10_000).filter(|_| ids.chance(0.25)).count();
            assert!((2_000..3_000).contains(&hits), "{hits}");
            assert!(ids.chance(1.0) && !ids.chance(0.0));
        }
    }
}
