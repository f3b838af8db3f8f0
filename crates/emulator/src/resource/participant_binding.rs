//! Where a participant is reached: addresses and the channels that they belong to.

use rusqlite::params;
use serde_json::json;

use super::participant::Participant;
use crate::call::Turn;
use crate::documented::{AddressType, Documented};
use crate::error::{Refusal, Stop};
use crate::store::Cached;

/// The ways to reach a participant other than chat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Binding {
    /// `sms`, `whatsapp` and so on; none for a participant that only chats.
    pub(crate) kind: Option<AddressType>,
    /// The person's own address.
    pub(crate) address: Option<String>,
    /// The address that the person writes to.
    pub(crate) proxy_address: Option<String>,
    /// The number that stands for a chat user in a group text.
    pub(crate) projected_address: Option<String>,
    /// The name that a participant by e-mail goes by.
    pub(crate) name: Option<String>,
    /// How e-mails are addressed to a participant.
    pub(crate) level: Option<String>,
}

/// How e-mails are addressed: directly, or with a copy.
const LEVELS: [&str; 2] = ["to", "cc"];

/// Most participants of a conversation, and of these most that don't chat, and most in a group text.
const PARTICIPANTS: i64 = 1000;
const NON_CHAT: i64 = 50;
const GROUP: i64 = 10;
/// Most conversations, active or inactive, that one identity is in.
const CONVERSATIONS: i64 = 1000;

impl Binding {
    /// The binding that a new participant asks for. Empty texts are as good as absent, but for the proxy address.
    pub(super) fn new(
        identity: Option<&str>,
        address: Option<&str>,
        proxy_address: Option<&str>,
        projected_address: Option<&str>,
    ) -> Result<Self, Refusal> {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        if proxy_address == Some("") {
            return Err(Refusal::bad(50412, "Participant proxy address is empty"));
        }
        let mut binding = Self {
            kind: None,
            address: filled(address),
            proxy_address: filled(proxy_address),
            projected_address: filled(projected_address),
            ..Self::default()
        };
        match (&binding.address, &binding.projected_address) {
            (Some(_), _) if identity.is_some() => {
                return Err(Refusal::bad(50451, "A participant has either an identity or an address, not both"));
            }
            (Some(_), Some(_)) => {
                return Err(Refusal::bad(
                    50407,
                    "Invalid messaging binding address: there is a projected address as well",
                ));
            }
            (None, None) if identity.is_none() => {
                return Err(Refusal::bad(50407, "Invalid messaging binding address: there is none, and no identity"));
            }
            (None, _) if binding.proxy_address.is_some() && identity.is_none() => {
                return Err(Refusal::bad(50441, "A participant without an address has no proxy address"));
            }
            _ => {}
        }
        binding.check()?;
        Ok(binding)
    }

    /// Adds what only participants by e-mail have. Neither is a documented parameter; the refusal of both to others is.
    pub(super) fn by_email(mut self, name: Option<&str>, level: Option<&str>) -> Result<Self, Refusal> {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (name, level) = (filled(name), filled(level));
        if self.kind != Some(AddressType::Email) {
            if name.is_some() || level.is_some() {
                let message = "Only a participant by e-mail has MessagingBinding.Name and MessagingBinding.Level";
                return Err(Refusal::bad(50420, message));
            }
            return Ok(self);
        }
        super::check_length("MessagingBinding.Name", name.as_deref(), 256)?;
        let wanted = level.as_deref().unwrap_or(LEVELS[0]);
        let Some(level) = LEVELS.iter().find(|known| known.eq_ignore_ascii_case(wanted)) else {
            return Err(Refusal::invalid("MessagingBinding.Level", &format!("not one of {}", LEVELS.join(", "))));
        };
        self.name = name;
        self.level = Some((*level).to_owned());
        Ok(self)
    }

    /// Checks the addresses, each by itself and together, and finds their channel.
    pub(super) fn check(&mut self) -> Result<(), Refusal> {
        let channel = |text: &Option<String>, code, what: &str| match text {
            None => Ok(None),
            Some(text) => match channel(text) {
                Some(channel) => Ok(Some(channel)),
                None => Err(Refusal::bad(code, format!("Invalid {what} {text}"))),
            },
        };
        let address = channel(&self.address, 50407, "messaging binding address")?;
        let proxy = channel(&self.proxy_address, 50408, "participant proxy address")?;
        let projected = channel(&self.projected_address, 50407, "messaging binding projected address")?;
        if self.address.is_some() && self.address == self.proxy_address {
            return Err(Refusal::bad(50409, "Participant address equals proxy address"));
        }
        if let (Some(address), Some(proxy)) = (address, proxy)
            && address != proxy
        {
            return Err(Refusal::bad(50414, "Participant address type does not match proxy address type"));
        }
        self.kind = address.or(proxy).or(projected);
        Ok(())
    }

    /// The object in answers, or null for a participant that only chats.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            None => serde_json::Value::Null,
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

    fn is_in_group(&self) -> bool {
        self.kind == Some(AddressType::Sms) && self.proxy_address.is_none()
    }
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

impl Turn<'_> {
    /// Sees to it that there is room for one more participant.
    pub(super) fn check_limits(&self, participant: &Participant) -> Result<(), Stop> {
        let conversation = participant.conversation;
        let count = "SELECT count(*) FROM participant WHERE conversation = ?";
        if self.db.number(count, [conversation])? >= PARTICIPANTS {
            return Err(Refusal::bad(50417, "Participants limit exceeded").into());
        }
        if participant.identity.is_none() {
            let non_chat = self.db.number(
                "SELECT count(*) FROM participant WHERE conversation = ? AND identity IS NULL",
                [conversation],
            )?;
            if non_chat >= NON_CHAT {
                return Err(Refusal::bad(50422, "Non-chat conversation participants limit exceeded").into());
            }
        }
        if participant.binding.is_in_group() {
            let group = self.db.number(
                "SELECT count(*) FROM participant WHERE conversation = ? AND type = 'sms' AND proxy_address IS NULL",
                [conversation],
            )?;
            if group >= GROUP {
                return Err(Refusal::bad(50436, "Participant limit exceeded for group conversation").into());
            }
        }
        if let Some(user) = participant.user {
            let joined = self.db.number(
                "SELECT count(*) FROM participant JOIN conversation ON conversation.id = participant.conversation
                 WHERE user = ? AND state <> 'closed'",
                params![user],
            )?;
            if joined >= CONVERSATIONS {
                return Err(Refusal::bad(50214, "User conversation limit exceeded").into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_channel() {
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
    fn a_binding_that_contradicts_itself_is_refused() {
        let code = |identity, address, proxy, projected| {
            Binding::new(identity, address, proxy, projected).map(|_| ()).map_err(|refusal| refusal.code())
        };
        let (person, us) = (Some("+15551230001"), Some("+15551239999"));
        assert_eq!(code(None, person, us, None), Ok(()));
        assert_eq!(code(Some("alice"), None, None, us), Ok(()));
        assert_eq!(code(None, None, None, us), Ok(()));
        assert_eq!(code(Some("alice"), person, us, None), Err(50451));
        assert_eq!(code(None, person, None, us), Err(50407));
        assert_eq!(code(None, None, None, None), Err(50407));
        assert_eq!(code(None, person, person, None), Err(50409));
        assert_eq!(code(None, person, Some(""), None), Err(50412));
        assert_eq!(code(None, Some("whatsapp:+15551230001"), us, None), Err(50414));
        assert_eq!(code(None, person, Some("us"), None), Err(50408));
    }
}
