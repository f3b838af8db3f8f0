//! JSON that travels as text.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A text that holds JSON, as the API's `attributes` do.
///
/// It is kept as it came: reading it as a value happens, and can fail, where the value is wanted.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use twilio_conversations_types::JsonText;
///
/// #[derive(Deserialize, Serialize)]
/// struct Ticket {
///     number: u32,
/// }
///
/// let attributes = JsonText::of(&Ticket { number: 4711 })?;
/// assert_eq!(attributes.as_str(), r#"{"number":4711}"#);
/// assert_eq!(attributes.to::<Ticket>()?.number, 4711);
///
/// // Text goes as it is, a `serde_json::Value` becomes text.
/// let by_hand: JsonText = r#"{"number": 4711}"#.into();
/// let by_value: JsonText = serde_json::json!({ "number": 4711 }).into();
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct JsonText(String);

impl JsonText {
    /// A value as JSON text.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON, such as a map whose keys are not texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// The text read as a value.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or not of the value's shape.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<serde_json::Value> for JsonText {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

impl AsRef<str> for JsonText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_json_is_kept_and_refused_when_read() {
        let text: JsonText = serde_json::from_str(r#""not json""#).unwrap();
        assert_eq!(text.as_str(), "not json");
        assert!(text.to::<serde_json::Value>().is_err());
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""not json""#);
    }
}
