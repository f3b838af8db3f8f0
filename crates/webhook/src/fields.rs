//! The fields of a request in their order, and types that are read from them.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use crate::InvalidForm;

/// The fields of a webhook, decoded once, in the order in which they came.
///
/// All names and values live in one piece of text, so decoding a form takes two allocations however many fields there
/// are, and `Fields` can be kept and sent around without a lifetime. Names may repeat; nothing is dropped or merged.
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
    // Each field's name directly followed by its value, and so on without separators: just what a signature covers.
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
    /// Decodes `application/x-www-form-urlencoded` text: a body, or a query without its `?`.
    ///
    /// `+` and `%xx` are decoded once. A `%` that starts no escape stands for itself, a field without `=` has an empty
    /// value, empty fields (`&&`) are skipped.
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
    /// A name or a value that is not UTF-8 once decoded. Nothing is replaced silently: the vendor signs text, and
    /// altered text would fail its signature with a less helpful error.
    pub fn parse(form: &[u8]) -> Result<Self, InvalidForm> {
        if u32::try_from(form.len()).is_err() {
            return Err(InvalidForm { field: None });
        }
        // Decoded text is never longer than its encoded form.
        let mut text = vec![0; form.len()];
        let mut spans = Vec::with_capacity(USUAL_FIELDS.min(form.len()));
        let mut end = 0;
        let mut at = 0;
        while at < form.len() {
            if form[at] == b'&' {
                at += 1;
                continue;
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
            InvalidForm { field: spans.iter().position(|span| span.end as usize > valid).map(|field| field + 1) }
        })?;
        // Valid as a whole, the text may still be cut inside a character: `a=%C3&%A9=`.
        let cut = |at: u32| !text.is_char_boundary(at as usize);
        if let Some(field) = spans.iter().position(|span| cut(span.value) || cut(span.end)) {
            return Err(InvalidForm { field: Some(field + 1) });
        }
        Ok(Self { text, spans })
    }

    /// Returns the first value of a name, as sent: an empty value is `Some("")`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// Returns every value of a name, in the order in which they came.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// Iterates over names and values, in the order in which they came.
    pub fn iter(&self) -> FieldsIter<'_> {
        FieldsIter { text: &self.text, spans: self.spans.iter() }
    }

    /// Counts the fields, each repetition of a name included.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True when there is no field.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Adds a field at the end.
    ///
    /// # Panics
    ///
    /// When all names and values together pass 4 GiB.
    pub fn push(&mut self, name: &str, value: &str) {
        let offset = |text: &String| u32::try_from(text.len()).expect("fields stay below 4 GiB");
        let start = offset(&self.text);
        self.text.push_str(name);
        let middle = offset(&self.text);
        self.text.push_str(value);
        self.spans.push(Span { name: start, value: middle, end: offset(&self.text) });
    }

    /// All names and values in one text, each name followed by its value.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// A Conversations event has about twenty fields; one that has more grows the list once.
const USUAL_FIELDS: usize = 32;

/// Copies one name (up to `=` or `&`) or value (up to `&`), decoded. Returns how far it got in the form and the text.
#[inline(always)]
fn copy_decoded<const NAME: bool>(form: &[u8], mut at: usize, text: &mut [u8], mut end: usize) -> (usize, usize) {
    loop {
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

/// Bytes that may not stand for themselves.
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

/// The value of each hexadecimal digit, and 16 for every byte that is none.
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

/// The names and values of [`Fields`], in the order in which they came.
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
        Some((&self.text[name..value], &self.text[value..end]))
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
/// The `Event` enum is one; a program that needs only a field or two can have its own.
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
pub trait FromFields: Sized {
    /// Why the fields could not be read.
    type Error: Error + Send + Sync + 'static;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// When the fields are not those of such a value.
    fn from_fields(fields: Fields) -> Result<Self, Self::Error>;
}

impl FromFields for Fields {
    type Error = Infallible;

    fn from_fields(fields: Fields) -> Result<Self, Infallible> {
        Ok(fields)
    }
}
