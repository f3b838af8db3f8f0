//! Events, whatever case their names come in.

use twilio_conversations_types::event::{Event, MessageAdded};
use twilio_conversations_types::v1::EventType;

#[test]
fn an_event_s_name_in_another_case_is_that_event() {
    for event_type in EventType::ALL {
        let name = event_type.as_str();
        for other in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
            let event = Event::from_pairs([("EventType", other.as_str()), ("RetryCount", "1")]).unwrap();
            assert!(!matches!(event, Event::Unknown { .. }), "{other}");
            assert_eq!(event.event_type().as_str(), name, "{other}");
            assert_eq!(event.retry_count(), Some(1), "{other}");
        }
    }
}

#[test]
fn a_name_in_another_case_is_kept_as_it_came() {
    let fields = [("EventType", "ONMESSAGEADDED"), ("Body", "hi"), ("EventType", "onMessageAdded")];
    let Event::MessageAdded(message) = Event::from_pairs(fields).unwrap() else { panic!("another event") };
    assert_eq!(message.body.as_deref(), Some("hi"));
    assert_eq!(message.other, [("EventType".to_owned(), "ONMESSAGEADDED".to_owned())]);
    let message = MessageAdded::from_pairs([("EventType", "onMessageAdded"), ("Body", "hi")]);
    assert!(message.other.is_empty());
}

#[test]
fn a_name_that_only_resembles_one_is_no_event_that_is_known() {
    for name in ["onMessageAddedd", "onmessage", " onMessageAdded", "onMessageAdd\u{e9}", ""] {
        let event = Event::from_pairs([("EventType", name)]).unwrap();
        let Event::Unknown { event_type, fields } = event else { panic!("{name:?} is known") };
        assert_eq!(event_type.as_str(), name);
        assert_eq!(fields, [("EventType".to_owned(), name.to_owned())]);
    }
}
