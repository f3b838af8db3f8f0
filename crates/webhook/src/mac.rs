//! Keys, algorithms and the constant-time comparison of signatures.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use crate::{SignatureError, SignatureErrorKind, VerifierError};

/// The algorithms that Twilio signs webhooks with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA1, the default: used when a request names no algorithm.
    #[default]
    HmacSha1,
    /// HMAC-SHA256, named by `X-Twilio-Webhooks-Signature-Settings: key=…,algorithm=HMAC_SHA256`.
    HmacSha256,
}

impl Algorithm {
    /// Returns the name used in the settings header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC_SHA1",
            Self::HmacSha256 => "HMAC_SHA256",
        }
    }

    /// Length of a signature before base64, in bytes.
    fn tag_len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
        }
    }

    /// Reads the value of `X-Twilio-Webhooks-Signature-Settings`. The default is HMAC-SHA1.
    pub(crate) fn from_settings(settings: &str) -> Result<Self, SignatureErrorKind> {
        if settings.is_empty() {
            return Ok(Self::default());
        }
        let mut named = None;
        for part in settings.split(',') {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            if name.trim() != "algorithm" || value.trim().is_empty() {
                continue;
            }
            // Two algorithms: neither is a safe guess.
            if named.replace(value.trim()).is_some() {
                return Err(SignatureErrorKind::MalformedHeader);
            }
        }
        let Some(name) = named else {
            return Ok(Self::default());
        };
        [Self::HmacSha1, Self::HmacSha256]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
            .ok_or(SignatureErrorKind::UnsupportedAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A secret, as the initial states of both MACs, so that no request sets up the key again.
#[derive(Clone)]
pub(crate) struct Key {
    sha1: Hmac<Sha1>,
    sha256: Hmac<Sha256>,
}

impl Key {
    pub(crate) fn new(secret: &str) -> Result<Self, VerifierError> {
        if secret.trim().is_empty() {
            return Err(VerifierError::EmptySecret);
        }
        // HMAC accepts a key of any length; the error exists for other MACs.
        let error = |_| VerifierError::EmptySecret;
        Ok(Self {
            sha1: Hmac::new_from_slice(secret.as_bytes()).map_err(error)?,
            sha256: Hmac::new_from_slice(secret.as_bytes()).map_err(error)?,
        })
    }

    /// Compares in constant time.
    pub(crate) fn verifies(&self, tag: &Tag, message: impl Message) -> bool {
        match tag.algorithm {
            Algorithm::HmacSha1 => fed(&self.sha1, message).verify_slice(tag.bytes()).is_ok(),
            Algorithm::HmacSha256 => fed(&self.sha256, message).verify_slice(tag.bytes()).is_ok(),
        }
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, message: impl Message) -> String {
        match algorithm {
            Algorithm::HmacSha1 => STANDARD.encode(fed(&self.sha1, message).finalize().into_bytes()),
            Algorithm::HmacSha256 => STANDARD.encode(fed(&self.sha256, message).finalize().into_bytes()),
        }
    }
}

/// Hides the state, with which one can sign.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// 32 bytes of the longest tag, rounded up: the decoder counts in groups of three.
const TAG_ROOM: usize = 33;

/// A signature as received, decoded.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    algorithm: Algorithm,
    bytes: [u8; TAG_ROOM],
}

impl Tag {
    /// Decodes strictly: padding and unused bits must be those of an encoder, so one signature has one string.
    pub(crate) fn parse(text: &str, algorithm: Algorithm) -> Result<Self, SignatureError> {
        let mut bytes = [0; TAG_ROOM];
        match STANDARD.decode_slice(text, &mut bytes) {
            Ok(len) if len == algorithm.tag_len() => Ok(Self { algorithm, bytes }),
            _ => Err(SignatureError::header_is(SignatureErrorKind::MalformedHeader, crate::SIGNATURE_HEADER)),
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.tag_len()]
    }
}

/// Calls a function with each piece of a message.
pub(crate) trait Message: Fn(&mut dyn FnMut(&str)) {}

impl<F: Fn(&mut dyn FnMut(&str))> Message for F {}

fn fed<M: Mac + Clone>(state: &M, message: impl Message) -> M {
    let mut mac = state.clone();
    message(&mut |piece| mac.update(piece.as_bytes()));
    mac
}
