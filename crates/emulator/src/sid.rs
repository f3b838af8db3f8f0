//! SIDs: generated, and recognized.

/// A new SID: the prefix and 32 random hexadecimal digits.
pub(crate) fn new_sid(prefix: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut sid = String::with_capacity(34);
    sid.push_str(prefix);
    let mut random = fastrand::u128(..);
    for _ in 0..32 {
        sid.push(char::from(DIGITS[(random & 15) as usize]));
        random >>= 4;
    }
    sid
}

/// Whether a text is a SID: two letters, these ones if given, and 32 hexadecimal digits.
pub(crate) fn is_sid(text: &str, prefix: Option<[u8; 2]>) -> bool {
    let Some((letters, digits)) = text.as_bytes().split_at_checked(2) else { return false };
    let letters_fit = match prefix {
        Some(prefix) => letters == prefix,
        None => letters.iter().all(u8::is_ascii_alphabetic),
    };
    letters_fit && digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// A new random UUID, which marks all attempts to deliver one webhook.
pub(crate) fn new_uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_that_it_is_random() {
        let uuid = new_uuid();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }

    #[test]
    fn sids_have_their_prefix_and_differ() {
        let (one, other) = (new_sid("CH"), new_sid("CH"));
        assert!(is_sid(&one, Some(*b"CH")));
        assert_ne!(one, other);
    }
}
