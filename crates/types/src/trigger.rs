//! The words of a trigger webhook.

use crate::v1::{EventType, ScopedWebhookConfiguration};

impl ScopedWebhookConfiguration {
    /// The words that call the URL of a webhook with target `trigger`. Empty if the response contains none.
    ///
    /// The API returns the words as `triggers` or as `filters`; this method reads `triggers` first. With another target,
    /// `filters` holds events and this method returns their names.
    ///
    /// Words are verbatim with one exception: a word in `filters` that equals the name of an event in another case, such
    /// as `ONMESSAGEADDED`, is returned in the case of the event. Set such a word from your own configuration, not from a
    /// response.
    ///
    /// ```
    /// use twilio_conversations_types::v1::ScopedWebhookConfiguration;
    ///
    /// let config: ScopedWebhookConfiguration = serde_json::from_str(r#"{"filters": ["Help", "stop"]}"#)?;
    /// assert_eq!(config.trigger_words(), ["Help", "stop"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn trigger_words(&self) -> Vec<&str> {
        match (&self.triggers, &self.filters) {
            (Some(words), _) if !words.is_empty() => words.iter().map(String::as_str).collect(),
            (_, Some(words)) => words.iter().map(EventType::as_str).collect(),
            (_, None) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> Vec<String> {
        let config: ScopedWebhookConfiguration = serde_json::from_str(json).unwrap();
        config.trigger_words().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn trigger_words_are_read_from_triggers_or_else_from_filters() {
        assert_eq!(words(r#"{"triggers": ["a", "B"], "filters": ["c"]}"#), ["a", "B"]);
        assert_eq!(words(r#"{"triggers": [], "filters": ["Help"]}"#), ["Help"]);
        assert_eq!(words(r#"{"triggers": null, "filters": ["Help", ""]}"#), ["Help", ""]);
        assert!(words("{}").is_empty());
    }

    #[test]
    fn a_word_like_an_event_takes_the_case_of_the_event_in_filters_only() {
        assert_eq!(words(r#"{"filters": ["ONMESSAGEADDED"]}"#), ["onMessageAdded"]);
        assert_eq!(words(r#"{"triggers": ["ONMESSAGEADDED"]}"#), ["ONMESSAGEADDED"]);
    }
}
