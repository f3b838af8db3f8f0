//! Names of webhook events in prose.

use std::collections::BTreeSet;

/// The names between the backticks of a text: `onMessageAdded`.
pub(super) fn quoted_events(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).filter(|quoted| is_event_name(quoted)).map(str::to_owned).collect()
}

/// The names between backticks, and the bare words that have the form of a name with an object and an action:
/// `onMessageAdded`.
pub(super) fn said_events(text: &str) -> BTreeSet<String> {
    let is_object_and_action = |name: &str| name.chars().filter(|c| c.is_uppercase()).count() > 1;
    let bare = event_names(text).into_iter().filter(|name| is_object_and_action(name)).map(str::to_owned);
    quoted_events(text).into_iter().chain(bare).collect()
}

/// The names of events in a text: `onMessageAdded`.
pub(super) fn event_names(text: &str) -> Vec<&str> {
    text.split(|c| !is_in_a_name(c)).filter(|word| is_event_name(word)).collect()
}

/// Whether a text has the form of an event's name, known or not.
pub(super) fn is_event_name(text: &str) -> bool {
    text.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase) && rest.chars().all(is_in_a_name))
}

fn is_in_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{event_names, is_event_name, quoted_events, said_events};

    #[test]
    fn a_name_of_an_event_is_on_and_a_capital_and_no_sign() {
        for name in ["onMessageAdd", "onPollAdded2", "onPoll_Added", "onX"] {
            assert!(is_event_name(name), "{name}");
        }
        for other in ["", "on", "once", "on Message", "OnMessageAdd", "onMessageAdd()", "onMessage-Add", "webhook"] {
            assert!(!is_event_name(other), "{other:?}");
        }
        assert_eq!(event_names("`onMessageAdd`, once onUser_Added (onX)"), ["onMessageAdd", "onUser_Added", "onX"]);
    }

    #[test]
    fn an_event_in_prose_stands_between_backticks_or_is_an_object_and_an_action() {
        let text = "`onMessageAdd`, onPollAdded, \"onUserAdded\"; onCall duty, onto `onX` and `onPoll Added`";
        assert_eq!(Vec::from_iter(quoted_events(text)), ["onMessageAdd", "onX"]);
        assert_eq!(Vec::from_iter(said_events(text)), ["onMessageAdd", "onPollAdded", "onUserAdded", "onX"]);
    }
}
