//! Basic-auth credentials.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::HeaderValue;
use twilio_conversations_client::Error;
use twilio_conversations_types::AccountSid;

/// Credentials of a [`Client`](crate::Client): an account's auth token, or an API key of the account.
///
/// `Debug` shows only the account.
///
/// ```
/// use twilio_conversations::Credentials;
///
/// let account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?;
/// let credentials = Credentials::auth_token(account, "your_auth_token")?;
/// assert!(!format!("{credentials:?}").contains("your_auth_token"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    account_sid: AccountSid,
    /// Value of the `Authorization` header, marked as sensitive.
    authorization: HeaderValue,
}

impl Credentials {
    /// The account's auth token.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the token is empty, or has white space or control characters, such as a line end.
    pub fn auth_token(account_sid: AccountSid, auth_token: impl AsRef<str>) -> Result<Self, Error> {
        let token = secret("auth token", auth_token.as_ref())?;
        let authorization = basic(account_sid.as_str(), token)?;
        Ok(Self { account_sid, authorization })
    }

    /// An API key of the account: its SID (`SK…`) and its secret.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the SID is not `SK` and 32 hexadecimal digits, or the secret is empty or has
    /// white space or control characters.
    pub fn api_key(
        account_sid: AccountSid,
        key_sid: impl AsRef<str>,
        key_secret: impl AsRef<str>,
    ) -> Result<Self, Error> {
        let key_sid = key_sid.as_ref();
        if !is_api_key_sid(key_sid) {
            return Err(Error::config("API key", "is not an API key's SID: expected SK and 32 hexadecimal digits"));
        }
        let secret = secret("API key secret", key_secret.as_ref())?;
        let authorization = basic(key_sid, secret)?;
        Ok(Self { account_sid, authorization })
    }

    /// The account of the calls.
    pub fn account_sid(&self) -> &AccountSid {
        &self.account_sid
    }

    pub(crate) fn into_parts(self) -> (AccountSid, HeaderValue) {
        (self.account_sid, self.authorization)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("account_sid", &self.account_sid).finish_non_exhaustive()
    }
}

pub(crate) fn is_api_key_sid(text: &str) -> bool {
    let digits = text.strip_prefix("SK").unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn secret<'a>(setting: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        Err(Error::config(setting, "is empty"))
    } else if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Err(Error::config(setting, "has white space or a control character"))
    } else {
        Ok(value)
    }
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, Error> {
    let text = format!("Basic {}", BASE64.encode(format!("{user}:{password}")));
    let mut value = HeaderValue::try_from(text).map_err(|_| Error::config("credentials", "do not fit in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const KEY: &str = "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn the_auth_token_goes_with_the_account_and_the_secret_with_its_key() {
        let sent = |credentials: Credentials| {
            let (_, header) = credentials.into_parts();
            assert!(header.is_sensitive());
            let text = header.to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
            String::from_utf8(BASE64.decode(text).unwrap()).unwrap()
        };
        let account: AccountSid = ACCOUNT.parse().unwrap();
        assert_eq!(sent(Credentials::auth_token(account.clone(), "s3cr:et").unwrap()), format!("{ACCOUNT}:s3cr:et"));
        assert_eq!(sent(Credentials::api_key(account, KEY, "hidden").unwrap()), format!("{KEY}:hidden"));
    }

    #[test]
    fn malformed_credentials_are_rejected_without_being_shown() {
        let account: AccountSid = ACCOUNT.parse().unwrap();
        let error = Credentials::auth_token(account.clone(), "").unwrap_err();
        assert_eq!(error.to_string(), "setting up the client: auth token is empty");
        for bad in ["hidden\n", "  ", "hid den", "\u{feff}\u{0}hidden", "hidden\r\n"] {
            let error = Credentials::auth_token(account.clone(), bad).unwrap_err();
            assert_eq!(error.to_string(), "setting up the client: auth token has white space or a control character");
            assert!(!format!("{error:?}").contains("hid"));
        }
        for bad in ["", "SK", ACCOUNT, "SKbbbb", "SKgggggggggggggggggggggggggggggggg", "hidden-secret"] {
            let error = Credentials::api_key(account.clone(), bad, "hidden").unwrap_err();
            assert_eq!(
                error.to_string(),
                "setting up the client: API key is not an API key's SID: expected SK and 32 hexadecimal digits"
            );
            assert!(!format!("{error:?}").contains("hidden"));
        }
        let error = Credentials::api_key(account, KEY, "").unwrap_err();
        assert_eq!(error.to_string(), "setting up the client: API key secret is empty");
    }
}
