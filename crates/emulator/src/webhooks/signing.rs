//! The keys that webhooks are signed with: an account's auth token, or a shared key in its place.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use hyper::Uri;
use twilio_conversations_webhook::{Algorithm, Signer};

use crate::domain::account::Account;
use crate::error::ApiError;

/// Most characters of a key's id, and most bytes of its secret.
const ID_LENGTH: usize = 128;
const SECRET_LENGTH: usize = 1024;

/// A key that an account and its receivers share. It signs with HMAC-SHA256.
#[derive(Debug)]
pub(crate) struct SigningKey {
    id: String,
    signer: Signer,
    /// Header `X-Twilio-Webhooks-Signature-Settings`, which calls that are signed with the auth token do not have.
    pub(super) settings: String,
}

/// The shared keys of all accounts that have one, by the row of the account. They can be changed at any time. Each attempt
/// to deliver a webhook is signed with the key that is set at that moment.
#[derive(Debug, Default)]
pub(crate) struct SigningKeys(RwLock<HashMap<i64, Arc<SigningKey>>>);

impl SigningKey {
    /// # Errors
    ///
    /// The malformed field of the control request, without its value. An id is sent in a header.
    fn new(id: &str, secret: &str) -> Result<Self, ApiError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if id.is_empty() || id.len() > ID_LENGTH || !id.bytes().all(fits) {
            let problem = format!("it takes 1 to {ID_LENGTH} letters, digits, '_', '-' and '.'");
            return Err(ApiError::invalid("KeyId", &problem));
        }
        let signer = Signer::new(secret).ok().filter(|_| secret.len() <= SECRET_LENGTH).ok_or_else(|| {
            let problem = format!("it takes 1 to {SECRET_LENGTH} bytes that are not all blank");
            ApiError::invalid("Secret", &problem)
        })?;
        let algorithm = Algorithm::HmacSha256;
        let settings = format!("key={id},algorithm={}", algorithm.as_str());
        Ok(Self { id: id.to_owned(), signer: signer.algorithm(algorithm), settings })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl SigningKeys {
    pub(crate) fn of(&self, account: &Account) -> Option<Arc<SigningKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&account.id).cloned()
    }

    pub(crate) fn set(&self, account: &Account, id: &str, secret: &str) -> Result<(), ApiError> {
        let key = Arc::new(SigningKey::new(id, secret)?);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(account.id, key);
        Ok(())
    }

    pub(crate) fn remove(&self, account: &Account) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&account.id);
    }
}

/// The signature of a URL and the form of a POST: with the shared key, or with HMAC-SHA1 by the auth token.
pub(super) fn sign(
    account: &Account,
    key: Option<&SigningKey>,
    uri: &Uri,
    form: Option<&str>,
) -> Result<String, String> {
    let signer = match key {
        Some(key) => &key.signer,
        None => &Signer::new(&account.auth_token).map_err(|error| error.to_string())?,
    };
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(form.unwrap_or_default().as_bytes()).into_owned().collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(signer.sign_pairs(&uri.to_string(), pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &str =
        "Digits=1234&To=%2B18005551212&CallSid=CA1234567890ABCDE&From=%2B14158675309&Caller=%2B14158675309";
    const HASH: &str = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

    #[test]
    fn published_inputs_have_the_signatures_of_the_official_library() {
        let account = Account { id: 1, sid: String::new(), auth_token: "12345".to_owned() };
        let key = SigningKey::new("webhooks_sharedkey_1", "12345").unwrap();
        let token = |url, form| sign(&account, None, url, form).unwrap();
        let shared = |url, form| sign(&account, Some(&key), url, form).unwrap();
        let (url, hashed) = (URL.parse().unwrap(), format!("{URL}&{HASH}").parse().unwrap());
        assert_eq!(token(&url, Some(FORM)), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        assert_eq!(token(&hashed, None), "a9nBmqA0ju/hNViExpshrM61xv4=");
        assert_eq!(shared(&url, Some(FORM)), "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=");
        assert_eq!(shared(&hashed, None), "+UOCWf84gdgo/5Hpg4m5/EgKnJA2/TbOw5sPNVr3bPk=");
        assert_eq!(key.settings, "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256");
    }

    #[test]
    fn a_key_has_an_id_that_fits_into_the_header_and_a_secret_that_is_shown_nowhere() {
        for bad in ["", "a,algorithm=HMAC_SHA1", "a b", "a=b", "a\r\nX: y", "ä", &"x".repeat(129)] {
            let error = SigningKey::new(bad, "secret").unwrap_err();
            assert!(error.message.starts_with("Invalid parameter KeyId: it takes 1 to 128 "), "{bad}");
        }
        for bad in ["", " \t", &"x".repeat(1025)] {
            let error = SigningKey::new("id", bad).unwrap_err();
            assert!(error.message.starts_with("Invalid parameter Secret: it takes 1 to 1024 "), "{bad}");
        }
        let key = SigningKey::new(&"x".repeat(128), &"secret".repeat(170)).unwrap();
        assert!(!format!("{key:?}").contains("secret"));
    }
}
