//! The signed form of a request's fields.

use std::borrow::Cow;

use crate::Fields;

/// Returns the pairs as the signature covers them: sorted by name and value, equal pairs once, no separators.
pub(crate) fn signed_text(pairs: &[(&str, &str)]) -> String {
    // An event's fields are sorted on the stack.
    let (mut few, mut many) = ([Rank(0); 32], Vec::new());
    let order = match few.get_mut(..pairs.len()) {
        Some(few) => few,
        None => {
            many.resize(pairs.len(), Rank(0));
            &mut many[..]
        }
    };
    for (index, (rank, (name, _))) in order.iter_mut().zip(pairs).enumerate() {
        *rank = Rank::new(name, index);
    }
    order.sort_unstable();
    for tied in order.chunk_by_mut(|a, b| a.head() == b.head()).filter(|tied| tied.len() > 1) {
        // Byte order, as documented; in UTF-8 it is also the order of code points.
        tied.sort_unstable_by_key(|rank| pairs[rank.index()]);
    }
    // The MAC processes whole blocks, so one string costs it less than forty.
    let mut text = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len()).sum());
    let mut last: Option<Rank> = None;
    for &rank in &*order {
        let pair = pairs[rank.index()];
        // Equal pairs have equal heads, which most neighbours have not.
        let repeated = last.replace(rank).is_some_and(|last| last.head() == rank.head() && pairs[last.index()] == pair);
        if !repeated {
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
        let head = match (name.first_chunk(), name.first_chunk(), name.last_chunk()) {
            (Some(head), _, _) => u64::from_be_bytes(*head),
            // Four to seven bytes: the first four, then what of the last four is behind them.
            (None, Some(first), Some(last)) => {
                let rest = u64::from(u32::from_be_bytes(*last)) << (8 * (8 - name.len()));
                u64::from(u32::from_be_bytes(*first)) << 32 | rest & 0xffff_ffff
            }
            _ => name.iter().zip([56, 48, 40]).fold(0, |head, (&byte, up)| head | u64::from(byte) << up),
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
