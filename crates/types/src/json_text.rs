//! JSON that is sent as a string.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A string that holds JSON, such as the API's `attributes`.
///
/// The string is kept verbatim. It is parsed by [`to`](Self::to), which fails if it is not JSON.
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
/// // A string is kept verbatim, a `serde_json::Value` is written as JSON.
/// let by_hand: JsonText = r#"{"number": 4711}"#.into();
/// let by_value: JsonText = serde_json::json!({ "number": 4711 }).into();
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct JsonText(String);

impl JsonText {
    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON, such as a map whose keys are not strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// Parses the JSON into a value.
    ///
    /// # Errors
    ///
    /// When the string is not JSON, or the JSON is not of the type `T`.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The JSON as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON as an owned string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for JsonText {
    fn from(json: &str) -> Self {
        Self(json.to_owned())
    }
}

impl From<String> for JsonText {
    fn from(json: String) -> Self {
        Self(json)
    }
}

impl From<serde_json::Value> for JsonText {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

impl From<JsonText> for String {
    fn from(json: JsonText) -> Self {
        json.0
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
    fn a_string_that_is_not_json_is_kept_and_fails_to_parse() {
        let text: JsonText = serde_json::from_str(r#""not json""#).unwrap();
        assert_eq!(text.as_str(), "not json");
        assert!(text.to::<serde_json::Value>().is_err());
        assert_eq!(serde_json::to_string(&text).unwrap(), r#""not json""#);
    }
}
