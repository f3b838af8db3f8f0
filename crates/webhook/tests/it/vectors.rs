//! Signatures that the vendor's libraries made: `twilio` 9.13.0 for Python, and 6.2.0 for Node where it knows the
//! algorithm. The first are those of the vendor's documentation and tests.

use serde_json::Value;
use twilio_conversations_webhook::{Algorithm, SignatureErrorKind, SignatureHeader, Signer, Verifier};

pub(super) struct Vector {
    pub(super) what: String,
    pub(super) token: String,
    pub(super) url: String,
    pub(super) pairs: Vec<(String, String)>,
    pub(super) body: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) signature: String,
}

impl Vector {
    pub(super) fn all() -> Vec<Self> {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).unwrap();
        let text = |vector: &Value, name: &str| vector[name].as_str().unwrap().to_owned();
        let vector = |vector: &Value| Self {
            what: text(vector, "what"),
            token: text(vector, "token"),
            url: text(vector, "url"),
            pairs: vector.get("pairs").map_or_else(Vec::new, |pairs| serde_json::from_value(pairs.clone()).unwrap()),
            body: vector.get("body").map(|_| text(vector, "body")),
            algorithm: match vector["algorithm"].as_str().unwrap() {
                "HMAC_SHA256" => Algorithm::HmacSha256,
                _ => Algorithm::HmacSha1,
            },
            signature: text(vector, "signature"),
        };
        vectors.iter().map(vector).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn header(&self) -> SignatureHeader<'_> {
        SignatureHeader::new(&self.signature).settings(match self.algorithm {
            Algorithm::HmacSha256 => "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
            _ => "",
        })
    }
}

#[test]
fn every_vector_is_signed_alike() {
    let vectors = Vector::all();
    assert_eq!(vectors.len(), 27);
    for vector in vectors {
        let signer = Signer::new(&vector.token).unwrap().algorithm(vector.algorithm);
        assert_eq!(signer.sign_pairs(&vector.url, vector.pairs()), vector.signature, "{}", vector.what);
        if let Some(body) = &vector.body {
            let (url, _) = vector.url.split_at(vector.url.find("bodySHA256").unwrap() - 1);
            assert_eq!(signer.sign_body(url, body.as_bytes()), (vector.url, vector.signature), "{}", vector.what);
        }
    }
}

#[test]
fn every_vector_is_accepted() {
    for vector in Vector::all() {
        let verifier = Verifier::new(&vector.token).unwrap();
        match &vector.body {
            Some(body) => verifier.verify_body(&vector.url, body.as_bytes(), vector.header()),
            None => verifier.verify_pairs(&vector.url, vector.pairs(), vector.header()),
        }
        .unwrap_or_else(|error| panic!("{}: {error}", vector.what));
    }
}

#[test]
fn every_vector_is_refused_with_another_token_url_or_content() {
    for vector in Vector::all() {
        let verifier = Verifier::new(&vector.token).unwrap();
        let verdict = |verifier: &Verifier, url: &str, last: &str| {
            let result = match &vector.body {
                Some(body) => verifier.verify_body(url, (body.clone() + last).as_bytes(), vector.header()),
                None if last.is_empty() => verifier.verify_pairs(url, vector.pairs(), vector.header()),
                None => verifier.verify_pairs(url, vector.pairs().chain([(last, last)]), vector.header()),
            };
            result.err().map(|error| error.kind())
        };
        assert_eq!(verdict(&verifier, &vector.url, ""), None, "{}", vector.what);

        let mismatch = Some(SignatureErrorKind::Mismatch);
        let stranger = Verifier::new(vector.token.clone() + "6").unwrap();
        assert_eq!(verdict(&stranger, &vector.url, ""), mismatch, "{}", vector.what);
        let elsewhere = vector.url.replacen("://", "://x", 1).replacen("://x[2001:", "://[2002:", 1);
        assert_eq!(verdict(&verifier, &elsewhere, ""), mismatch, "{}", vector.what);
        let changed = if vector.body.is_some() { Some(SignatureErrorKind::BodyHashMismatch) } else { mismatch };
        assert_eq!(verdict(&verifier, &vector.url, "x"), changed, "{}", vector.what);
    }
}

#[test]
fn every_vector_is_refused_by_the_other_algorithm() {
    for vector in Vector::all() {
        let settings = match vector.algorithm {
            Algorithm::HmacSha256 => "",
            _ => "algorithm=HMAC_SHA256",
        };
        let header = SignatureHeader::new(&vector.signature).settings(settings);
        let error =
            Verifier::new(&vector.token).unwrap().verify_pairs(&vector.url, vector.pairs(), header).unwrap_err();
        // A tag of the other length is no signature by that algorithm at all.
        assert_eq!(error.kind(), SignatureErrorKind::MalformedHeader, "{}", vector.what);
    }
}
