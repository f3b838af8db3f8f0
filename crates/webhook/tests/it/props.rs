//! What holds for all pairs, URLs, signatures and events: 1,024 cases of each property, or as many as `PROPTEST_CASES`
//! says.

use fastrand::Rng;
use proptest::prelude::*;
use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{SignatureErrorKind, Signer, Verifier};

use super::fields::{config, short_text};
use super::fuzz::read_whole;

const URL: &str = "https://h/p";

fn signer() -> Signer {
    Signer::new("token").unwrap()
}

fn verifier() -> Verifier {
    Verifier::new("token").unwrap()
}

fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> + Clone {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The text that is signed after the URL, as one would write it without a thought for speed.
fn signed_text(pairs: &[(String, String)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.sort();
    pairs.dedup();
    pairs.into_iter().map(|(name, value)| name + &value).collect()
}

/// Names of few characters, so that they repeat, tie and start one another; values as they come.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof!["[ab\\u{0}]{0,10}", "Messaging[AB]{0,2}", short_text()];
    prop::collection::vec((name, prop_oneof![Just(String::new()), short_text()]), 0..30)
}

/// Every field that the documentation has for some event.
const FIELDS: [&str; 39] = [
    "AccountSid",
    "Attributes",
    "Author",
    "Body",
    "ChannelMessageSid",
    "ChatServiceSid",
    "ClientIdentity",
    "ConversationSid",
    "DateCreated",
    "DateRemoved",
    "DateUpdated",
    "DeliveryReceiptSid",
    "FriendlyName",
    "Identity",
    "Index",
    "Media",
    "MessageBody",
    "MessageSid",
    "MessagingBinding.Address",
    "MessagingBinding.AuthorAddress",
    "MessagingBinding.Level",
    "MessagingBinding.Name",
    "MessagingBinding.ProjectedAddress",
    "MessagingBinding.ProxyAddress",
    "MessagingBinding.Type",
    "MessagingServiceSid",
    "ParticipantSid",
    "Reason",
    "RetryCount",
    "RoleSid",
    "Source",
    "State",
    "StateFrom",
    "StateTo",
    "StateUpdated",
    "Status",
    "UniqueName",
    "UserSid",
    "isOnline",
];

/// The fields of an event: its name somewhere among them, perhaps twice; known names and others, which repeat; values of
/// every type, and what almost is one.
fn event() -> impl Strategy<Value = Vec<(String, String)>> {
    let known = prop::sample::select(EventType::ALL).prop_map(|event_type| event_type.as_str().to_owned());
    let event_type = prop_oneof![9 => known, 1 => short_text()];
    let name = prop_oneof![8 => prop::sample::select(&FIELDS[..]).prop_map(str::to_owned), 1 => short_text()];
    let value = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "[+-]?[0-9]{1,20}",
        "20[0-9]{2}-0[1-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})",
        "(PT?)?[0-9]{0,3}[DHMS]?",
        "[tT]rue|[fF]alse",
        "(AC|CH|IM|MB|US)[0-9a-f]{32}",
        "active|Inactive|CLOSED|delivered|failed",
        r#"\[(\{"(Sid|Size|Filename|A)":("a"|-?[0-9]{1,20}|null|\[\{\}\])\})?\]"#,
        r#"[\[\]{}",:a0]{0,20}"#,
        short_text(),
    ];
    let pairs = prop::collection::vec((name, value), 0..30);
    let named = (event_type.clone(), prop::option::weighted(0.2, event_type), any::<prop::sample::Index>());
    (pairs, named).prop_map(|(mut pairs, (first, second, at))| {
        for event_type in [Some(first), second].into_iter().flatten() {
            pairs.insert(at.index(pairs.len() + 1), ("EventType".to_owned(), event_type));
        }
        pairs
    })
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn no_field_of_an_event_is_lost(pairs in event()) {
        read_whole(&pairs.into_iter().collect());
    }

    #[test]
    fn pairs_are_signed_sorted_each_once_whatever_their_order(pairs in pairs(), seed in any::<u64>()) {
        let expected = signer().sign_pairs(URL, [(signed_text(&pairs).as_str(), "")]);
        let mut sorted = pairs.clone();
        sorted.sort();
        let mut shuffled = pairs.clone();
        shuffled.extend_from_slice(&pairs[..pairs.len() / 2]);
        Rng::with_seed(seed).shuffle(&mut shuffled);
        for pairs in [pairs, sorted, shuffled] {
            prop_assert_eq!(signer().sign_pairs(URL, borrowed(&pairs)), expected.as_str());
            verifier().verify_pairs(URL, borrowed(&pairs), &expected).unwrap();
            let request = signer().post_form(URL, borrowed(&pairs)).unwrap();
            prop_assert_eq!(request.headers()["x-twilio-signature"].to_str().unwrap(), expected.as_str());
            verifier().verify(request.method(), request.uri(), request.headers(), request.body()).unwrap();
        }
    }

    #[test]
    fn a_pair_more_is_refused(
        pairs in pairs(),
        name in short_text(),
        value in short_text(),
        at in any::<prop::sample::Index>(),
    ) {
        let signature = signer().sign_pairs(URL, borrowed(&pairs));
        let mut changed = pairs.clone();
        changed.insert(at.index(pairs.len() + 1), (name, value));
        prop_assume!(signed_text(&pairs) != signed_text(&changed));
        let verdict = verifier().verify_pairs(URL, borrowed(&changed), &signature);
        prop_assert_eq!(verdict.unwrap_err().kind(), SignatureErrorKind::Mismatch);
    }

    #[test]
    fn any_url_and_signature_are_an_error_and_no_panic(url in any::<String>(), signature in any::<String>()) {
        prop_assert!(verifier().verify_pairs(&url, [("a", "b")], &signature).is_err());
        prop_assert!(verifier().verify_form(&url, url.as_bytes(), signature.as_str()).is_err());
        prop_assert!(verifier().verify_body(&url, url.as_bytes(), signature.as_str()).is_err());
    }
}
