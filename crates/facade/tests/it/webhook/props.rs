//! What holds for all pairs, URLs and signatures.

use fastrand::Rng;
use proptest::prelude::*;
use twilio_conversations::webhook::{SignatureErrorKind, Signer, Verifier};

use super::fields::{config, short_text};

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

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn pairs_are_signed_sorted_each_once_whatever_their_order(pairs in pairs(), seed in any::<u64>()) {
        let expected = signer().sign_pairs(&(URL.to_owned() + &signed_text(&pairs)), []);
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
