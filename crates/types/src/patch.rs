//! The three states of a field in an update: kept, set, or cleared.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The effect of an update on a field.
///
/// A form has no null, and an empty list has no key of its own, so an update needs three states to distinguish
/// "unchanged" from "empty". [`Clear`](Self::Clear) is sent as the bare name, `Filters=`.
///
/// ```
/// use twilio_conversations_types::{Patch, form, v1::request::UpdateConfigurationWebhookRequest};
///
/// let update = UpdateConfigurationWebhookRequest {
///     pre_webhook_url: Patch::Clear,
///     post_webhook_url: "https://example.com/archive".to_owned().into(),
///     ..Default::default()
/// };
/// assert_eq!(
///     form::to_string(&update)?,
///     "PreWebhookUrl=&PostWebhookUrl=https%3A%2F%2Fexample.com%2Farchive"
/// );
/// # Ok::<(), form::FormError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Patch<T> {
    /// The field is not sent and keeps its value.
    #[default]
    Keep,
    /// The field gets this value.
    Set(T),
    /// The field becomes empty.
    Clear,
}

impl<T> Patch<T> {
    /// Whether the field keeps its value.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value, if one is set.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(serializer),
            // `Keep` is skipped by the struct that holds the field.
            Self::Keep | Self::Clear => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}
