//! Enums that stay open: a value that the server invents tomorrow is kept, shown and sent back as it came.

/// Defines an open enum: the documented values as variants, anything else as `Unknown`.
///
/// Two values are equal when their texts are, without regard to ASCII case, because the vendor writes some of them in
/// either case. Text that a person gives becomes a documented value in any case; text from the server stays as sent, in
/// `Unknown` if its case is not the documented one. So `==` may hold where `match` does not, and `known` is what to match
/// on.
macro_rules! open_enum {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident { $($(#[doc = $variant_doc:literal])+ $variant:ident = $value:literal,)+ }
        $($(#[doc = $group_doc:literal])+ const $group:ident = [$($member:ident),+ $(,)?];)*
    ) => {
        $(#[doc = $doc])+
        ///
        /// The enum is open, and a value keeps the case that it came in. Compare with `==`, which disregards ASCII case.
        /// To `match`, take [`known`](Self::known) first: a documented value that came in another case is `Unknown`
        /// otherwise. There is [an example](crate#open-enums).
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $variant,)+
            /// A value that the documentation does not list, or not in this case, as it was sent.
            Unknown(String),
        }

        impl $name {
            /// Every documented value, in the documentation's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            $($(#[doc = $group_doc])+ pub const $group: &'static [Self] = &[$(Self::$member),+];)*

            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Unknown(value) => value,
                }
            }

            /// The documented value that this one equals, if there is one, whatever the case that it came in. This is
            /// what to `match` on.
            pub fn known(&self) -> Option<Self> {
                match self {
                    Self::Unknown(value) => Self::ALL.iter().find(|v| v.as_str().eq_ignore_ascii_case(value)).cloned(),
                    value => Some(value.clone()),
                }
            }

            fn exact(value: &str) -> Option<Self> {
                match value {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::exact(value).unwrap_or_else(|| {
                    let unknown = Self::Unknown(value.to_owned());
                    unknown.known().unwrap_or(unknown)
                })
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                value.as_str().into()
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(value.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str().eq_ignore_ascii_case(other.as_str())
            }
        }

        impl Eq for $name {}

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl crate::event::FromText for $name {
            fn from_text(text: &str) -> Option<Self> {
                Some(Self::exact(text).unwrap_or_else(|| Self::Unknown(text.to_owned())))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::exact(&value).unwrap_or_else(|| Self::Unknown(value.into_owned())))
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro makes public enums")]
mod tests {
    open_enum! {
        /// How a webhook is called.
        pub enum Method {
            /// `GET`.
            Get = "GET",
            /// `POST`.
            Post = "POST",
        }
        /// The safe one.
        const SAFE = [Get];
    }

    #[test]
    fn documented_values_become_variants_and_back() {
        let method: Method = serde_json::from_str("\"GET\"").unwrap();
        assert!(matches!(method, Method::Get));
        assert_eq!(serde_json::to_string(&method).unwrap(), "\"GET\"");
        assert_eq!(Method::ALL.len(), 2);
        assert_eq!(Method::SAFE, [Method::Get]);
    }

    #[test]
    fn an_unknown_value_survives_the_round_trip() {
        let method: Method = serde_json::from_str("\"PATCH\"").unwrap();
        assert_eq!(method.known(), None);
        assert_eq!(serde_json::to_string(&method).unwrap(), "\"PATCH\"");
    }

    #[test]
    fn a_response_keeps_its_case_and_equals_the_documented_value() {
        let method: Method = serde_json::from_str("\"post\"").unwrap();
        assert_eq!(method.as_str(), "post");
        assert_eq!(method, Method::Post);
        assert!(matches!(method.known(), Some(Method::Post)));
        let set: std::collections::HashSet<_> = [Method::Post, method].into_iter().collect();
        assert_eq!(set.len(), 1);
    }

    #[test]
    fn a_person_may_write_any_case() {
        assert!(matches!(Method::from("post"), Method::Post));
        assert!(matches!("Get".parse(), Ok(Method::Get)));
        assert!(matches!(Method::from("PATCH"), Method::Unknown(_)));
    }
}
