//! The form decoder, beside the usual one for Rust and on whatever bytes there are: 2,048 cases of each property, or as
//! many as `PROPTEST_CASES` says.

use proptest::prelude::*;
use twilio_conversations_webhook::Fields;

fn parse(form: &str) -> Vec<(String, String)> {
    let fields = Fields::parse(form.as_bytes()).unwrap();
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[track_caller]
fn parses(form: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    assert_eq!(parse(form), expected, "{form}");
}

#[test]
fn escapes_are_decoded_once() {
    parses("a=%2B%20%25+%3d%26", &[("a", "+ % =&")]);
    parses("a=%252B", &[("a", "%2B")]);
    parses("%41%3D=1", &[("A=", "1")]);
    parses("a=%f0%9F%98%80", &[("a", "\u{1f600}")]);
}

#[test]
fn percent_signs_that_start_no_escape_stay() {
    parses("a=%&b=%4&c=%zz&d=100%", &[("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "100%")]);
    parses("a=%4&1=%%41", &[("a", "%4"), ("1", "%A")]);
    parses("a%=%=", &[("a%", "%=")]);
}

#[test]
fn only_the_first_equals_sign_splits() {
    parses("a=b=c==", &[("a", "b=c==")]);
    parses("=", &[("", "")]);
    parses("=a", &[("", "a")]);
    parses("==", &[("", "=")]);
    parses("a", &[("a", "")]);
}

#[test]
fn empty_fields_are_skipped_and_semicolons_are_text() {
    parses("", &[]);
    parses("&&&", &[]);
    parses("&a=1&&b=2&", &[("a", "1"), ("b", "2")]);
    parses("a=1;b=2", &[("a", "1;b=2")]);
}

#[test]
fn text_that_is_not_escaped_may_be_any_utf8() {
    parses("Имя=мир&名=値", &[("Имя", "мир"), ("名", "値")]);
    parses(" a = b \n", &[(" a ", " b \n")]);
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_for_their_field() {
    for (form, field) in [
        (&b"a=%FF"[..], 1),
        (b"a=\xff", 1),
        (b"a=1&b=2&%C3=4", 3),
        (b"a=1&b=%ED%A0%80", 2),
        // Halves of one character in two places, whole if put together.
        (b"a=%C3&%A9=1", 1),
        (b"%C3=%A9", 1),
        (b"x=&a=%F0%9F&b=%98%80", 2),
    ] {
        let error = Fields::parse(form).unwrap_err();
        assert_eq!(error.to_string(), format!("decoding a form: field {field} is not utf-8"), "{form:?}");
    }
}

#[test]
fn fields_are_looked_up_by_exact_name() {
    let fields = Fields::from_iter([("Body", "1"), ("body", "2"), ("Body", "3")]);
    assert_eq!(fields.get("Body"), Some("1"));
    assert_eq!(fields.get_all("Body").collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(fields.get("BODY"), None);
    assert_eq!(fields.len(), 3);
    assert_eq!(format!("{fields:?}"), r#"{"Body": "1", "body": "2", "Body": "3"}"#);
    assert_eq!(fields, Fields::parse(b"Body=1&body=2&Body=3").unwrap());
}

#[test]
fn equality_tells_a_name_from_a_value() {
    assert_ne!(Fields::parse(b"ab=c").unwrap(), Fields::parse(b"a=bc").unwrap());
}

/// So many cases, or as many as `PROPTEST_CASES` says.
pub(super) fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A few characters from all over Unicode.
pub(super) fn short_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![any::<char>(), Just('a'), Just('&')], 0..12).prop_map(String::from_iter)
}

/// Bytes in which escapes, separators and halves of characters are common.
fn form_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"&".to_vec()),
        Just(b"=".to_vec()),
        Just(b"+".to_vec()),
        Just(b"%".to_vec()),
        any::<u8>().prop_map(|byte| format!("%{byte:02X}").into_bytes()),
        "[a-zA-Z0-9.]{0,12}".prop_map(String::into_bytes),
        any::<char>().prop_map(|c| c.to_string().into_bytes()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config(2048))]

    #[test]
    fn any_bytes_decode_as_form_urlencoded_decodes_them_or_are_an_error(form in form_bytes()) {
        let expected: Vec<_> = form_urlencoded::parse(&form).collect();
        match Fields::parse(&form) {
            Ok(fields) => {
                let expected = expected.iter().map(|(name, value)| (&**name, &**value));
                prop_assert!(fields.iter().eq(expected));
                prop_assert_eq!(fields.len(), fields.iter().count());
            }
            // The other decoder puts U+FFFD in its place.
            Err(_) => {
                let replaced = expected.iter().any(|(name, value)| format!("{name}{value}").contains('\u{fffd}'));
                prop_assert!(replaced);
            }
        }
    }

    #[test]
    fn pairs_survive_encoding_and_decoding(pairs in prop::collection::vec((short_text(), short_text()), 0..30)) {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let fields = Fields::parse(form.as_bytes()).unwrap();
        prop_assert!(fields.iter().eq(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
        prop_assert_eq!(fields, Fields::from_iter(pairs));
    }
}
