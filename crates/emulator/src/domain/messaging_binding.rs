//! New participants, and the messaging bindings of participants: addresses and their channels.

use serde_json::{Value, json};

use super::limits::check_length;
use super::values::{AddressType, Documented};
use crate::error::{ApiError, ErrorCode, code};
use crate::time::Millis;

/// The ways to reach a participant other than chat.
#[derive(Clone, Debug, Default)]
pub(crate) struct MessagingBinding {
    /// The channel, such as `sms`; `None` for a participant that only chats.
    pub(crate) kind: Option<AddressType>,
    /// The participant's own address.
    pub(crate) address: Option<String>,
    /// The address of the account that the participant writes to.
    pub(crate) proxy_address: Option<String>,
    /// The number of the account that represents a chat user in a group text.
    pub(crate) projected_address: Option<String>,
    /// Display name of a participant by e-mail.
    pub(crate) name: Option<String>,
    /// How e-mails are addressed to a participant.
    pub(crate) level: Option<String>,
}

/// A participant before it is added to a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewParticipant {
    pub(crate) identity: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) proxy_address: Option<String>,
    pub(crate) projected_address: Option<String>,
    /// Of participants by e-mail, like the level.
    pub(crate) name: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) role_sid: Option<String>,
    pub(crate) attributes: Option<String>,
    pub(crate) date_created: Option<Millis>,
    pub(crate) date_updated: Option<Millis>,
}

/// How e-mails are addressed: directly, or with a copy.
const LEVELS: [&str; 2] = ["to", "cc"];

impl MessagingBinding {
    /// The binding of a new participant. Empty strings are no addresses, but for the proxy address.
    pub(crate) fn new(new: &NewParticipant) -> Result<Self, ApiError> {
        if new.proxy_address.as_deref() == Some("") {
            return Err(ApiError::bad(ErrorCode::PROXY_ADDRESS_EMPTY, "Participant proxy address is empty"));
        }
        let mut binding = Self {
            address: filled(&new.address),
            proxy_address: filled(&new.proxy_address),
            projected_address: filled(&new.projected_address),
            ..Self::default()
        };
        let chats = new.identity.is_some();
        match (&binding.address, &binding.projected_address) {
            (Some(_), _) if chats => {
                let message = "A participant has either an identity or an address, not both";
                return Err(ApiError::bad(ErrorCode::PARTICIPANT_IDENTITY_WITH_ADDRESS, message));
            }
            (Some(_), Some(_)) => return Err(invalid_address("there is a projected address as well")),
            (None, None) if !chats => return Err(invalid_address("there is none, and no identity")),
            (None, _) if binding.proxy_address.is_some() && !chats => {
                let message = "A participant without an address has no proxy address";
                return Err(ApiError::bad(code::PROXY_WITHOUT_ADDRESS, message));
            }
            _ => {}
        }
        binding.check()?;
        binding.set_email(filled(&new.name), filled(&new.level).as_deref())?;
        Ok(binding)
    }

    /// Sets name and level, which only participants by e-mail have. Neither is a documented parameter; the error for
    /// others is.
    fn set_email(&mut self, name: Option<String>, level: Option<&str>) -> Result<(), ApiError> {
        if self.kind != Some(AddressType::Email) {
            if name.is_some() || level.is_some() {
                let message = "Only a participant by e-mail has MessagingBinding.Name and MessagingBinding.Level";
                return Err(ApiError::bad(code::NOT_BY_EMAIL, message));
            }
            return Ok(());
        }
        check_length("MessagingBinding.Name", name.as_deref(), 256)?;
        let wanted = level.unwrap_or(LEVELS[0]);
        let Some(level) = LEVELS.iter().find(|known| known.eq_ignore_ascii_case(wanted)) else {
            return Err(ApiError::invalid("MessagingBinding.Level", &format!("not one of {}", LEVELS.join(", "))));
        };
        self.name = name;
        self.level = Some((*level).to_owned());
        Ok(())
    }

    /// Checks the addresses, each by itself and together, and finds their channel.
    pub(crate) fn check(&mut self) -> Result<(), ApiError> {
        let channel = |text: &Option<String>, code, name: &str| {
            let invalid = |text: &String| ApiError::bad(code, format!("Invalid {name} {text}"));
            text.as_ref().map(|text| channel(text).ok_or_else(|| invalid(text))).transpose()
        };
        let address = channel(&self.address, ErrorCode::INVALID_ADDRESS, "messaging binding address")?;
        let proxy = channel(&self.proxy_address, ErrorCode::INVALID_PROXY_ADDRESS, "participant proxy address")?;
        let projected =
            channel(&self.projected_address, ErrorCode::INVALID_ADDRESS, "messaging binding projected address")?;
        if self.address.is_some() && self.address == self.proxy_address {
            return Err(ApiError::bad(ErrorCode::ADDRESS_IS_PROXY_ADDRESS, "Participant address equals proxy address"));
        }
        if address.is_some() && proxy.is_some() && address != proxy {
            let message = "Participant address type does not match proxy address type";
            return Err(ApiError::bad(ErrorCode::ADDRESS_TYPE_MISMATCH, message));
        }
        self.kind = address.or(proxy).or(projected);
        Ok(())
    }

    /// The object in responses, or null for a participant that only chats.
    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            None => Value::Null,
            Some(kind) => json!({
                "type": kind.as_str(),
                "address": self.address,
                "proxy_address": self.proxy_address,
                "projected_address": self.projected_address,
                "name": self.name,
                "level": self.level,
            }),
        }
    }

    /// Whether it is the binding of a group text.
    pub(crate) fn is_in_group_text(&self) -> bool {
        self.kind == Some(AddressType::Sms) && self.proxy_address.is_none()
    }
}

/// 50407: the address of a participant is not one that it can have.
pub(crate) fn invalid_address(problem: &str) -> ApiError {
    ApiError::bad(ErrorCode::INVALID_ADDRESS, format!("Invalid messaging binding address: {problem}"))
}

fn filled(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// The channel of an address, or none if it is malformed.
pub(crate) fn channel(address: &str) -> Option<AddressType> {
    if address.chars().count() > 256 || address.chars().any(char::is_control) {
        return None;
    }
    for channel in AddressType::ALL {
        let after_prefix = || address.strip_prefix(channel.as_str()).and_then(|rest| rest.strip_prefix(':'));
        let fits = match channel {
            // They have no prefix.
            AddressType::Sms | AddressType::Email => continue,
            AddressType::Whatsapp => after_prefix().map(is_phone_number),
            AddressType::Messenger | AddressType::Gbm | AddressType::Rcs | AddressType::Apple | AddressType::Chat => {
                after_prefix().map(|rest| !rest.is_empty())
            }
        };
        if let Some(fits) = fits {
            return fits.then_some(*channel);
        }
    }
    if let Some((name, host)) = address.split_once('@') {
        return (!name.is_empty() && host.contains('.')).then_some(AddressType::Email);
    }
    is_phone_number(address).then_some(AddressType::Sms)
}

/// E.164: a plus sign and up to 15 digits.
fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_channel() {
        for (address, expected) in [
            ("+15551230001", Some("sms")),
            ("whatsapp:+15551230001", Some("whatsapp")),
            ("messenger:1234", Some("messenger")),
            ("alice@example.com", Some("email")),
            ("", None),
            ("5551230001", None),
            ("+1555123000112345", None),
            ("+1555abc", None),
            ("whatsapp:alice", None),
            ("messenger:", None),
            ("@example.com", None),
        ] {
            assert_eq!(channel(address).map(Documented::as_str), expected, "{address}");
        }
    }

    #[test]
    fn a_binding_that_contradicts_itself_is_rejected() {
        let code = |identity: Option<&str>, address: Option<&str>, proxy: Option<&str>, projected: Option<&str>| {
            let new = NewParticipant {
                identity: identity.map(str::to_owned),
                address: address.map(str::to_owned),
                proxy_address: proxy.map(str::to_owned),
                projected_address: projected.map(str::to_owned),
                ..NewParticipant::default()
            };
            MessagingBinding::new(&new).map(|_| ()).map_err(|error| error.code)
        };
        let (address, proxy) = (Some("+15551230001"), Some("+15551239999"));
        assert_eq!(code(None, address, proxy, None), Ok(()));
        assert_eq!(code(Some("alice"), None, None, proxy), Ok(()));
        assert_eq!(code(None, None, None, proxy), Ok(()));
        assert_eq!(code(Some("alice"), address, proxy, None), Err(ErrorCode::PARTICIPANT_IDENTITY_WITH_ADDRESS));
        assert_eq!(code(None, address, None, proxy), Err(ErrorCode::INVALID_ADDRESS));
        assert_eq!(code(None, None, None, None), Err(ErrorCode::INVALID_ADDRESS));
        assert_eq!(code(None, address, address, None), Err(ErrorCode::ADDRESS_IS_PROXY_ADDRESS));
        assert_eq!(code(None, address, Some(""), None), Err(ErrorCode::PROXY_ADDRESS_EMPTY));
        assert_eq!(code(None, Some("whatsapp:+15551230001"), proxy, None), Err(ErrorCode::ADDRESS_TYPE_MISMATCH));
        assert_eq!(code(None, address, Some("us"), None), Err(ErrorCode::INVALID_PROXY_ADDRESS));
    }
}
