//! The fields of a request in their order, and types that are read from them.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use crate::{InvalidForm, SignatureError, SignatureErrorKind};

/// The fields of a webhook, decoded once, in their order.
///
/// All names and values are in one string, so decoding a form takes two allocations for any number of fields, and `Fields`
/// has no lifetime. Names may repeat; no field is dropped or merged.
///
/// ```
/// use twilio_conversations_webhook::Fields;
///
/// let fields = Fields::parse(b"EventType=onMessageAdded&Body=caf%C3%A9+au+lait&Digits=1&Digits=2&Empty=")?;
/// assert_eq!(fields.get("Body"), Some("café au lait"));
/// assert_eq!(fields.get_all("Digits").collect::<Vec<_>>(), ["1", "2"]);
/// assert_eq!(fields.get("Empty"), Some(""));
/// assert_eq!(fields.get("Absent"), None);
/// assert_eq!(fields.iter().next(), Some(("EventType", "onMessageAdded")));
/// # Ok::<(), twilio_conversations_webhook::InvalidForm>(())
/// ```
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct Fields {
    // Each field's name followed by its value, without separators, as a signature covers them.
    text: String,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Eq, Hash, PartialEq)]
struct Span {
    name: u32,
    value: u32,
    end: u32,
}

impl Fields {
    /// Decodes `application/x-www-form-urlencoded`: a body, or a query without its `?`.
    ///
    /// `+` and `%xx` are decoded once. A `%` that starts no escape is kept, a field without `=` has an empty value, empty
    /// fields (`&&`) are skipped. The number of fields is not limited: 12 bytes of memory each, beside the string.
    ///
    /// ```
    /// use twilio_conversations_webhook::Fields;
    ///
    /// let fields = Fields::parse(b"a=1%2B1&&b&c=100%")?;
    /// assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "1+1"), ("b", ""), ("c", "100%")]);
    /// # Ok::<(), twilio_conversations_webhook::InvalidForm>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name or a value that is not UTF-8 once decoded. It is not replaced, since the signature covers it.
    pub fn parse(form: &[u8]) -> Result<Self, InvalidForm> {
        Self::decode(form, usize::MAX).map_err(|error| error.unwrap_or(InvalidForm { field: None }))
    }

    /// As [`parse`](Self::parse), with at most this many fields.
    pub(crate) fn parse_up_to(form: &[u8], limit: usize) -> Result<Self, SignatureError> {
        Self::decode(form, limit)
            .map_err(|error| error.map_or(SignatureErrorKind::TooManyFields.into(), SignatureError::from))
    }

    /// Decodes a form. The error is none if it has too many fields.
    fn decode(form: &[u8], limit: usize) -> Result<Self, Option<InvalidForm>> {
        if u32::try_from(form.len()).is_err() {
            return Err(Some(InvalidForm { field: None }));
        }
        // A decoded form is not longer than the form.
        let mut text = vec![0; form.len()];
        let mut spans = Vec::with_capacity(USUAL_FIELDS.min(form.len()));
        let mut end = 0;
        let mut at = 0;
        while at < form.len() {
            if form[at] == b'&' {
                at += 1;
                continue;
            }
            if spans.len() == limit {
                return Err(None);
            }
            let name = end;
            (at, end) = copy_decoded::<true>(form, at, &mut text, end);
            let value = end;
            if form.get(at) == Some(&b'=') {
                (at, end) = copy_decoded::<false>(form, at + 1, &mut text, end);
            }
            spans.push(Span { name: name as u32, value: value as u32, end: end as u32 });
        }
        text.truncate(end);
        let text = String::from_utf8(text).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let field = spans.iter().position(|span| span.end as usize > valid).map(|field| field + 1);
            Some(InvalidForm { field })
        })?;
        // A string that is valid as a whole may be cut inside a character: `a=%C3&%A9=`.
        let cut = |at: u32| !text.is_char_boundary(at as usize);
        if let Some(field) = spans.iter().position(|span| cut(span.value) || cut(span.end)) {
            return Err(Some(InvalidForm { field: Some(field + 1) }));
        }
        Ok(Self { text, spans })
    }

    /// Returns the first value of a name. An empty value is `Some("")`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// Returns every value of a name, in their order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// Iterates over names and values, in their order.
    pub fn iter(&self) -> FieldsIter<'_> {
        FieldsIter { text: &self.text, spans: self.spans.iter() }
    }

    /// Counts the fields, each repetition of a name included.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True if there is no field.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Adds a field at the end.
    ///
    /// # Panics
    ///
    /// If all names and values together exceed 4 GiB.
    pub fn push(&mut self, name: &str, value: &str) {
        let offset = |text: &String| u32::try_from(text.len()).expect("fields stay below 4 GiB");
        let start = offset(&self.text);
        self.text.push_str(name);
        let middle = offset(&self.text);
        self.text.push_str(value);
        self.spans.push(Span { name: start, value: middle, end: offset(&self.text) });
    }

    /// Returns all names and values in one string, each name followed by its value.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// An event has about 20 fields.
const USUAL_FIELDS: usize = 32;

/// Copies one name (up to `=` or `&`) or value (up to `&`), decoded. Returns the new positions in the form and the string.
#[inline(always)]
fn copy_decoded<const NAME: bool>(form: &[u8], mut at: usize, text: &mut [u8], mut end: usize) -> (usize, usize) {
    loop {
        // Most runs of ordinary bytes are longer than four.
        while let (Some(chunk), Some(place)) = (form[at..].first_chunk::<4>(), text[end..].first_chunk_mut()) {
            if chunk.iter().fold(false, |any, &byte| any | SPECIAL[byte as usize]) {
                break;
            }
            *place = *chunk;
            (at, end) = (at + 4, end + 4);
        }
        let run = form[at..].iter().zip(&mut text[end..]).take_while(|(byte, _)| !SPECIAL[**byte as usize]);
        let run = run.map(|(byte, place)| *place = *byte).count();
        (at, end) = (at + run, end + run);
        let Some(&byte) = form.get(at) else { return (at, end) };
        text[end] = match byte {
            b'&' => return (at, end),
            b'=' if NAME => return (at, end),
            b'+' => b' ',
            b'%' => match form.get(at + 1..at + 3).and_then(|digits| hex_pair(digits[0], digits[1])) {
                Some(decoded) => {
                    at += 2;
                    decoded
                }
                None => b'%',
            },
            other => other,
        };
        (at, end) = (at + 1, end + 1);
    }
}

/// Bytes with a meaning in a form.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    table[b'%' as usize] = true;
    table[b'&' as usize] = true;
    table[b'+' as usize] = true;
    table[b'=' as usize] = true;
    table
};

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (HEX[high as usize], HEX[low as usize]);
    ((high | low) < 16).then_some(high << 4 | low)
}

/// The value of each hexadecimal digit, and 16 for other bytes.
const HEX: [u8; 256] = {
    let mut table = [16; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a Fields {
    type IntoIter = FieldsIter<'a>;
    type Item = (&'a str, &'a str);

    fn into_iter(self) -> FieldsIter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut fields = Self::default();
        fields.extend(pairs);
        fields
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Extend<(N, V)> for Fields {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        for (name, value) in pairs {
            self.push(name.as_ref(), value.as_ref());
        }
    }
}

/// The names and values of [`Fields`], in their order.
#[derive(Clone, Debug)]
pub struct FieldsIter<'a> {
    text: &'a str,
    spans: std::slice::Iter<'a, Span>,
}

impl<'a> Iterator for FieldsIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let span = self.spans.next()?;
        let (name, value, end) = (span.name as usize, span.value as usize, span.end as usize);
        Some(self.text[name..end].split_at(value - name))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for FieldsIter<'_> {}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}..{}", self.name, self.value, self.end)
    }
}

/// A value that is read from the verified fields of a webhook.
///
/// `Event` implements it. A program that needs a few fields only can implement it for a type of its own.
///
/// ```
/// use twilio_conversations_webhook::{Fields, FromFields};
///
/// struct Body(String);
///
/// #[derive(Debug)]
/// struct NoBody;
/// impl std::fmt::Display for NoBody {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("reading a message: field Body is missing")
///     }
/// }
/// impl std::error::Error for NoBody {}
///
/// impl FromFields for Body {
///     type Error = NoBody;
///
///     fn from_fields(fields: Fields) -> Result<Self, NoBody> {
///         fields.get("Body").map(|body| Self(body.to_owned())).ok_or(NoBody)
///     }
/// }
///
/// assert_eq!(Body::from_fields(Fields::from_iter([("Body", "hi")])).unwrap().0, "hi");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the fields of a webhook",
    label = "is not read from fields",
    note = "the structs of `events`, `Event` and `Fields` are; implement `FromFields` for a type of your own"
)]
pub trait FromFields: Sized {
    /// Why the fields could not be read.
    type Error: Error + Send + Sync + 'static;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// If the fields are not those of such a value.
    fn from_fields(fields: Fields) -> Result<Self, Self::Error>;
}

impl FromFields for Fields {
    type Error = Infallible;

    fn from_fields(fields: Fields) -> Result<Self, Infallible> {
        Ok(fields)
    }
}
