//! A table of the file, whose keys are taken one by one; those that are left are unknown.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problems::Problems;

/// A value and its line.
pub(super) struct Entry<'t, 'i> {
    pub(super) key: &'t str,
    pub(super) value: &'t DeValue<'i>,
    pub(super) line: usize,
}

impl Entry<'_, '_> {
    /// A sentence about a value of a wrong type.
    pub(super) fn expected(&self, problems: &mut Problems<'_>, expected: &str) {
        let found = self.value.type_str();
        problems.add(self.line, format!("`{}` must be {expected}, and is of type {found}", self.key));
    }
}

/// The entries of a table in the order of the file.
pub(super) fn entries<'t, 'i>(table: &'t DeTable<'i>, problems: &Problems<'_>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<(Range<usize>, &'t str, &'t Spanned<DeValue<'i>>)> =
        table.iter().map(|(key, value)| (key.span(), key.get_ref().as_ref(), value)).collect();
    entries.sort_by_key(|(span, ..)| span.start);
    let entry = |(span, key, value): (Range<usize>, _, &'t Spanned<DeValue<'i>>)| Entry {
        key,
        value: value.get_ref(),
        line: problems.line(span.start),
    };
    entries.into_iter().map(entry).collect()
}

/// Adds a problem for a key that does not exist.
pub(super) fn unknown(problems: &mut Problems<'_>, entry: &Entry<'_, '_>, place: &str, known: &[&str]) {
    let similar = known.iter().find(|known| is_similar(known, entry.key));
    let hint = similar.map(|known| format!(", did you mean `{known}`?")).unwrap_or_else(|| ".".to_owned());
    let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    problems.add(entry.line, format!("unknown key `{}`{hint} The keys of {place} are {known}", entry.key));
}

/// Whether two names differ in case, punctuation, or at most two letters at one place.
pub(super) fn is_similar(known: &str, found: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let (known, found) = (letters(known), letters(found));
    let same_start = known.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let same_end = known.iter().rev().zip(found.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = known.len().max(found.len());
    known == found || (longest > 4 && same_start + same_end + 2 >= longest)
}
