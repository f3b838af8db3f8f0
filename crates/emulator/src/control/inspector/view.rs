//! The state of the page in its URL: selection, search, filters, and the page of each list.

use std::fmt::Write as _;

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operations::fields::Fields;
use crate::store::overview::{Part, Position};

/// The parameters of the page, in the order in which its links have them.
const NAMES: [&str; 22] = [
    "AccountSid",
    "Conversation",
    "Message",
    "Pane",
    "Search",
    "Service",
    "State",
    "ConversationsBefore",
    "ConversationsAfter",
    "MessagesBefore",
    "MessagesAfter",
    "WebhookState",
    "Event",
    "WebhooksOf",
    "WebhooksBefore",
    "WebhooksAfter",
    "Operation",
    "Status",
    "Method",
    "Path",
    "RequestsBefore",
    "RequestsAfter",
];
/// Characters of a parameter that are used.
const LONGEST: usize = 200;

/// The parameters of a request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct View(Vec<(&'static str, String)>);

impl View {
    /// Reads the parameters of the page. Others are dropped.
    pub(crate) fn read(account_sid: &str, query: &Fields) -> Self {
        let mut view = Self(vec![("AccountSid", account_sid.to_owned())]);
        for name in &NAMES[1..] {
            if let Some(value) = query.filled(name) {
                view.0.push((name, value.chars().take(LONGEST).collect()));
            }
        }
        view
    }

    /// The value of a parameter that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The same with another value of a parameter.
    pub(super) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut view = self.without(&[name]);
        view.0.push((name, value.into()));
        view
    }

    /// The same without some parameters.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(name)).cloned().collect())
    }

    /// The page of this view. Equal views have equal URLs.
    pub(crate) fn url(&self) -> String {
        let mut url = String::new();
        for name in NAMES {
            if let Some(value) = self.get(name) {
                let _ = write!(url, "&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
            }
        }
        url.replace_range(..url.len().min(1), "/_emulator?");
        url
    }

    /// The query of the page, for a form that returns to it.
    pub(super) fn query(&self) -> String {
        self.url().trim_start_matches("/_emulator?").to_owned()
    }

    /// Hidden fields of a form that leads to this view, except for the form's own fields.
    pub(super) fn hidden(&self, own: &[&str]) -> Markup {
        html! {
            @for (name, value) in &self.0 {
                @if !own.contains(name) { input type="hidden" name=(name) value=(value); }
            }
        }
    }

    /// The page of a list. `before` and `after` are the names of its parameters.
    pub(super) fn part(&self, before: &str, after: &str) -> Part {
        let number = |name| self.get(name).and_then(|text| text.parse().ok());
        match (number(before), number(after)) {
            (Some(key), _) => Part::Before(key),
            (None, Some(key)) => Part::After(key),
            (None, None) => Part::Latest,
        }
    }

    /// A place in the list of conversations: `SERVICE.ACTIVITY`.
    pub(super) fn position(&self, name: &str) -> Option<Position> {
        let (service, activity) = self.get(name)?.split_once('.')?;
        Some(Position { service: service.parse().ok()?, activity: activity.parse().ok()? })
    }
}

/// Links to the other pages of a list: the names of its parameters, and the keys of the first and the last row.
pub(super) fn pager(
    view: &View,
    label: &str,
    [before, after]: [&'static str; 2],
    newer: Option<String>,
    older: Option<String>,
) -> Markup {
    let rest = view.without(&[before, after]);
    html! {
        @if newer.is_some() || older.is_some() {
            nav.pager aria-label={ "pages of " (label) } {
                @if let Some(newer) = newer {
                    a href=(rest.url()) { "newest" }
                    a rel="prev" href=(rest.with(after, newer).url()) { "← newer" }
                }
                @if let Some(older) = older { a rel="next" href=(rest.with(before, older).url()) { "older →" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(query: &str) -> View {
        View::read("AC1", &Fields::decode(query.as_bytes()))
    }

    #[test]
    fn equal_views_have_equal_urls_whatever_the_order_of_parameters_and_their_characters() {
        let one = view("Search=a%26b%3D%3Cc%3E%22%E2%82%AC&Conversation=CH1&Unknown=x&State=");
        assert_eq!(one.url(), "/_emulator?AccountSid=AC1&Conversation=CH1&Search=a%26b%3D%3Cc%3E%22%E2%82%AC");
        assert_eq!(view(&one.query()), one);
        assert_eq!(view("Conversation=CH1").with("Search", "x").url(), view("Search=x&Conversation=CH1").url());
        assert_eq!(one.without(&["Search", "Conversation"]).url(), "/_emulator?AccountSid=AC1");
    }

    #[test]
    fn the_account_is_not_read_from_the_query_and_long_values_are_cut() {
        let long = view(&format!("AccountSid=evil&Search={}", "é".repeat(LONGEST + 50)));
        assert_eq!(long.get("AccountSid"), Some("AC1"));
        assert_eq!(long.get("Search").unwrap().chars().count(), LONGEST);
    }

    #[test]
    fn a_position_that_is_malformed_is_the_beginning() {
        assert_eq!(
            view("ConversationsBefore=3.17").position("ConversationsBefore"),
            Some(Position { service: 3, activity: 17 })
        );
        for bad in ["", "3", "3.", ".", "x.y", "3.17.1", "99999999999999999999.1"] {
            let view = view(&format!("ConversationsBefore={bad}&WebhooksBefore={bad}"));
            assert_eq!(view.position("ConversationsBefore"), None, "{bad}");
        }
        assert_eq!(view("WebhooksBefore=x&WebhooksAfter=5").part("WebhooksBefore", "WebhooksAfter"), Part::After(5));
        assert_eq!(view("WebhooksBefore=x").part("WebhooksBefore", "WebhooksAfter"), Part::Latest);
    }
}
