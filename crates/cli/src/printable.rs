//! Strings that others wrote, made safe to print.

use std::borrow::Cow;

/// The string with control characters and directional overrides as `\u{…}`, so that what others wrote cannot steer the
/// terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_unsafe = |char: char| {
        (char.is_control() && char != '\n' && char != '\t')
            || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_unsafe(char) { safe.extend(char.escape_unicode()) } else { safe.push(char) }
    }
    Cow::Owned(safe)
}
