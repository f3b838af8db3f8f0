//! The documented values that the emulator implements, as closed enums.
//!
//! The generated enums are open, so that no `match` over them is exhaustive. A `match` over these enums is. A test names
//! each value of the specification that is missing here. Once it is added, the compiler reports each `match` that must
//! handle it. Until then, a request with such a value is rejected with status 501.

use twilio_conversations_types::v1;

/// A closed enum of documented values. Its default is a placeholder for a row that is yet to be read.
pub(crate) trait Documented: Copy + 'static {
    /// Every value, in the order of this file.
    const ALL: &'static [Self];

    /// Reads a value in any case; `None` if the emulator does not implement it.
    fn read(text: &str) -> Option<Self>;

    /// The value as the API spells it.
    fn as_str(self) -> &'static str;

    /// All values, for an error.
    fn list() -> String {
        Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Defines closed enums by the names and variants of the generated ones. `= Other` names generated enums whose values
/// the closed one has as well.
macro_rules! documented {
    ($(
        $(#[$meta:meta])*
        enum $name:ident $(= $other:ident)* { $($(#[$variant_meta:meta])* $variant:ident,)+ }
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
            pub(crate) enum $name { $($(#[$variant_meta])* $variant,)+ }

            impl Documented for $name {
                const ALL: &'static [Self] = &[$(Self::$variant),+];

                fn read(text: &str) -> Option<Self> {
                    match v1::$name::from(text) {
                        $(v1::$name::$variant => Some(Self::$variant),)+
                        _ => None,
                    }
                }

                fn as_str(self) -> &'static str {
                    match self {
                        $(Self::$variant => {
                            static VALUE: v1::$name = v1::$name::$variant;
                            VALUE.as_str()
                        })+
                    }
                }
            }
        )+

        /// The documented values that are in no enum here: name of the generated enum, value, and the enum for it.
        #[cfg(test)]
        fn missing() -> Vec<(&'static str, String, &'static str)> {
            let mut missing = Vec::new();
            let mut check = |generated, value: &str, known: bool, name| {
                if !known {
                    missing.push((generated, value.to_owned(), name));
                }
            };
            $(
                let name = stringify!($name);
                for value in v1::$name::ALL {
                    check(name, value.as_str(), $name::read(value.as_str()).is_some(), name);
                }
                $(
                    for value in v1::$other::ALL {
                        check(stringify!($other), value.as_str(), $name::read(value.as_str()).is_some(), name);
                    }
                )*
            )+
            missing
        }
    };
}

documented! {
    /// Channel of an address.
    enum AddressType { #[default] Sms, Whatsapp, Messenger, Gbm, Email, Rcs, Apple, Chat, }

    /// The receiver that a conversation gets when a message opens it.
    enum AutoCreationType { #[default] Webhook, Studio, Default, }

    /// Service that pushes to a device.
    enum BindingType { #[default] Apn, Gcm, Fcm, Twilsock, }

    /// State of a conversation. A trigger in `store/schema.sql` compares with `'closed'`.
    enum ConversationState = UserConversationState {
        /// Its participants are being added.
        Initializing,
        #[default]
        Active,
        /// Its inactive timer has run out.
        Inactive,
        /// Final.
        Closed,
    }

    /// How many of a message's receipts have a status.
    enum DeliveryAmount { #[default] None, Some, All, }

    /// Delivery status of a message, in the order of the properties of a message's `delivery`.
    enum DeliveryStatus { #[default] Sent, Delivered, Read, Failed, Undelivered, }

    /// HTTP method of an account's or a service's webhooks.
    enum HttpMethod { #[default] Get, Post, }

    /// Notification level of a user in a conversation. Stored, without further effect.
    enum NotificationLevel { #[default] Default, Muted, }

    /// Order of a list.
    enum Order { #[default] Asc, Desc, }

    /// Service that a credential is for. Stored, without further effect.
    enum PushType { #[default] Apn, Gcm, Fcm, }

    /// Scope of a role.
    enum RoleType { #[default] Conversation, Service, }

    /// Type of a conversation's webhook.
    enum ScopedWebhookTarget { #[default] Webhook, Trigger, Studio, }

    /// HTTP method of a conversation's webhook.
    enum WebhookMethod { #[default] Get, Post, }

    /// Target of an account's webhooks. Stored, without further effect.
    enum WebhookTarget { #[default] Webhook, Flex, }
}

impl From<WebhookMethod> for HttpMethod {
    fn from(method: WebhookMethod) -> Self {
        match method {
            WebhookMethod::Get => Self::Get,
            WebhookMethod::Post => Self::Post,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_value_is_implemented() {
        let missing: Vec<_> = missing()
            .into_iter()
            .map(|(generated, value, name)| {
                format!(
                    "{generated} has the value {value}, which the emulator does not implement: add it to `enum {name}` \
                     in crates/emulator/src/domain/values.rs, and the compiler names each place that depends on it"
                )
            })
            .collect();
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    #[test]
    fn a_value_is_read_in_any_case_and_written_as_documented() {
        assert_eq!(HttpMethod::read("post"), Some(HttpMethod::Post));
        assert_eq!(HttpMethod::from(WebhookMethod::Get).as_str(), "GET");
        assert_eq!(ConversationState::read("archived"), None);
        assert_eq!(ConversationState::list(), "initializing, active, inactive, closed");
    }
}
