//! Searches for the difference that explains a signature: URL, fields, algorithm and token are varied, and the fewest
//! changes that lead to the signature are found.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;
use twilio_conversations::webhook::{Algorithm, SETTINGS_HEADER, SIGNATURE_HEADER};

use super::{fields, request::Request, url};

/// Most changes at once.
const MOST_CHANGES: usize = 3;
/// Size of a body from which on at most two changes are tried, so that the search stays short: 16 KiB.
const LARGE_BODY: usize = 16 * 1024;

/// A secret that the request may be signed by.
pub(super) struct Token {
    /// Empty for the token of the command.
    pub(super) name: String,
    pub(super) secret: String,
}

/// The result of the search.
#[derive(Debug)]
pub(super) enum Explanation {
    /// The signature is not one.
    Malformed(String),
    /// No combination leads to the signature.
    None { tried: usize },
    Found {
        changes: Vec<String>,
        /// The URL that was signed.
        url: String,
    },
}

/// Searches. Of equally few changes, those of the URL are preferred to those of the fields.
pub(super) fn explain(request: &Request, tokens: &[Token]) -> Explanation {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = header(SIGNATURE_HEADER);
    let (signature, mut changes) = match decode(text) {
        Ok(decoded) => decoded,
        Err(problem) => return Explanation::Malformed(problem),
    };
    let named = header(SETTINGS_HEADER).to_ascii_uppercase().contains(Algorithm::HmacSha256.as_str());
    if named != (signature.len() == 32) {
        let algorithm = if signature.len() == 32 { "HMAC_SHA256" } else { "HMAC_SHA1" };
        changes.push(format!("algorithm: {algorithm}, by the length of the signature"));
    }
    let most = if request.body.len() > LARGE_BODY { MOST_CHANGES - 1 } else { MOST_CHANGES };
    let (urls, fields) = (url::variants(request, most), fields::variants(request));
    let keys = keys(tokens);
    let mut tried = 0;
    for count in 0..=most {
        for (name, key) in &keys {
            for url in &urls {
                for text in &fields {
                    if usize::from(name.is_some()) + url.changes.len() + text.changes.len() != count {
                        continue;
                    }
                    tried += 1;
                    if is_signature(key, &[&url.text, &text.text], &signature) {
                        changes.extend(url.changes.iter().chain(&text.changes).chain(name).cloned());
                        if changes.is_empty() {
                            changes.push("nothing changed: the signature is right".to_owned());
                        }
                        return Explanation::Found { changes, url: url.text.clone() };
                    }
                }
            }
        }
    }
    Explanation::None { tried }
}

/// The bytes of a signature, and the repair that it needed.
fn decode(text: &str) -> Result<(Vec<u8>, Vec<String>), String> {
    let spaces = text.replace(' ', "+");
    let repairs = [
        (text, None),
        (text.trim_matches(['"', '\'']), Some("signature: without the quotes around it")),
        (spaces.as_str(), Some("signature: + where it has spaces, since it was decoded as a form")),
    ];
    for (text, repair) in repairs {
        if let Ok(bytes) = STANDARD.decode(text)
            && matches!(bytes.len(), 20 | 32)
        {
            return Ok((bytes, repair.map(str::to_owned).into_iter().collect()));
        }
    }
    let length = text.chars().count();
    Err(format!("the signature of {length} characters is not base64 of 20 bytes (HMAC-SHA1) or 32 bytes (HMAC-SHA256)"))
}

/// Each token, and each with a line break that a file may have added.
fn keys(tokens: &[Token]) -> Vec<(Option<String>, String)> {
    let mut keys = Vec::new();
    for Token { name, secret } in tokens {
        let name = Some(name.clone()).filter(|name| !name.is_empty());
        let broken = name.as_deref().unwrap_or("the auth token").to_owned();
        keys.push((name.map(|name| format!("token: {name}")), secret.clone()));
        keys.push((Some(format!("token: {broken}, with a line break at its end")), format!("{secret}\n")));
    }
    keys
}

fn is_signature(key: &str, pieces: &[&str], signature: &[u8]) -> bool {
    macro_rules! verify {
        ($mac:ty) => {
            <$mac>::new_from_slice(key.as_bytes()).is_ok_and(|mut mac| {
                pieces.iter().for_each(|piece| mac.update(piece.as_bytes()));
                mac.verify_slice(signature).is_ok()
            })
        };
    }
    if signature.len() == 32 { verify!(Hmac<Sha256>) } else { verify!(Hmac<Sha1>) }
}
