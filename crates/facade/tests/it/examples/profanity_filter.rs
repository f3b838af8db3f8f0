//! `examples/profanity_filter.rs`: what goes through, what is rewritten, what is refused.

use twilio_conversations::webhook::Signer;

use super::{Program, TOKEN, refuses_to_start_without_a_token, send};

fn message<'a>(event_type: &'a str, body: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("EventType", event_type),
        ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("Author", "alice"),
        ("Body", body),
        ("RetryCount", "0"),
    ]
}

#[test]
fn mild_words_are_starred_and_others_refuse_the_message() {
    let filter = Program::start("profanity_filter", 0, &[], &[]);
    for event_type in ["onMessageAdd", "onMessageUpdate"] {
        for (body, status, answer) in [
            ("Good morning", 200, ""),
            ("", 200, ""),
            ("Heckler, dangerous", 200, ""),
            ("Darn it, what the HECK", 200, r#"{"body":"**** it, what the ****"}"#),
            ("é darn + 100% &=", 200, r#"{"body":"é **** + 100% &="}"#),
            ("you Scoundrel!", 403, ""),
            ("darn ruffian", 403, ""),
        ] {
            let answered = filter.post(&message(event_type, body));
            assert_eq!((answered.status, answered.body.as_str()), (status, answer), "{event_type} {body}");
            assert_eq!(answered.head.contains("content-type: application/json"), !answer.is_empty());
        }
    }
}

#[test]
fn what_is_no_new_text_goes_through() {
    let filter = Program::start("profanity_filter", 0, &[], &[]);
    for pairs in [
        vec![("EventType", "onMessageAdd"), ("Media", "[]")],
        vec![("EventType", "onMessageAdded"), ("Body", "scoundrel")],
        vec![("EventType", "onConversationAdd"), ("FriendlyName", "scoundrel")],
        vec![("EventType", "onSomethingInvented"), ("Body", "scoundrel")],
    ] {
        let answered = filter.post(&pairs);
        assert_eq!((answered.status, answered.body.as_str()), (200, ""), "{pairs:?}");
    }
}

#[test]
fn a_stranger_is_refused_before_anything_is_read() {
    let filter = Program::start("profanity_filter", 0, &[], &[]);
    let stranger = Signer::new("stranger").unwrap();
    let forged = stranger.post_form(&filter.url("/"), message("onMessageAdd", "darn")).unwrap();
    let answered = send(filter.address, &forged).unwrap();
    assert_eq!(answered.status, 403);
    assert!(!answered.body.contains("darn") && !answered.body.contains('*'), "{answered:?}");

    let mut unsigned = forged;
    unsigned.headers_mut().remove("x-twilio-signature");
    assert_eq!(send(filter.address, &unsigned).unwrap().status, 400);
    assert_eq!(filter.post(&[("Body", "darn")]).status, 422);
}

#[test]
fn behind_a_proxy_the_public_url_is_what_counts() {
    let public = "https://hooks.example.com/twilio/filter";
    let filter = Program::start("profanity_filter", 0, &[], &[("PUBLIC_URL", public)]);
    let mut request = Signer::new(TOKEN).unwrap().post_form(public, message("onMessageAdd", "darn")).unwrap();
    *request.uri_mut() = "/".parse().unwrap();
    assert_eq!(send(filter.address, &request).unwrap().body, r#"{"body":"****"}"#);
    assert_eq!(filter.post(&message("onMessageAdd", "darn")).status, 403);
}

#[test]
fn it_does_not_start_without_a_token() {
    refuses_to_start_without_a_token("profanity_filter");
}
