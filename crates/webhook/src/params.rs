//! The signed form of a request's fields.

use std::borrow::Cow;

use crate::Fields;

/// Returns the pairs as the signature covers them: sorted by name and value, equal pairs once, no separators.
pub(crate) fn signed_text(pairs: &[(&str, &str)]) -> String {
    let mut order: Vec<_> = pairs.iter().enumerate().map(|(index, (name, _))| Rank::new(name, index)).collect();
    order.sort_unstable();
    for tied in order.chunk_by_mut(|a, b| a.head() == b.head()).filter(|tied| tied.len() > 1) {
        // Byte order, as documented; in UTF-8 it is also the order of code points.
        tied.sort_unstable_by_key(|rank| pairs[rank.index()]);
    }
    // The MAC processes whole blocks, so one string costs it less than forty.
    let mut text = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len()).sum());
    let mut last = None;
    for rank in order {
        let pair = pairs[rank.index()];
        if last.replace(pair) != Some(pair) {
            text.push_str(pair.0);
            text.push_str(pair.1);
        }
    }
    text
}

/// As [`signed_text`], without a copy if the fields are sorted already.
pub(crate) fn signed_text_of(fields: &Fields) -> Cow<'_, str> {
    let strictly_sorted = fields.iter().zip(fields.iter().skip(1)).all(|(pair, next)| pair < next);
    if strictly_sorted {
        Cow::Borrowed(fields.text())
    } else {
        Cow::Owned(signed_text(&fields.iter().collect::<Vec<_>>()))
    }
}

/// A sort key of a pair: the first eight bytes of its name, then its index, in one integer. Most names differ within
/// eight bytes, and integers sort in half the time that strings do.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Rank(u128);

impl Rank {
    /// Heads are big-endian and padded with zeros: they sort as the names do, or are equal.
    #[inline]
    fn new(name: &str, index: usize) -> Self {
        let name = name.as_bytes();
        let head = match name.first_chunk() {
            Some(head) => u64::from_be_bytes(*head),
            None => {
                name.iter().zip([56, 48, 40, 32, 24, 16, 8]).fold(0, |head, (&byte, up)| head | u64::from(byte) << up)
            }
        };
        Self(u128::from(head) << 64 | index as u128)
    }

    fn head(self) -> u64 {
        (self.0 >> 64) as u64
    }

    fn index(self) -> usize {
        self.0 as u64 as usize
    }
}
