//! Decoding, encoding and construction of the structs of `v1`.
//!
//! | Macro | Defines | A member of an unexpected type |
//! | --- | --- | --- |
//! | `model!` | a resource or a part of one | goes to `extra`, beside the unknown members |
//! | `resource!` | a response without required members | goes to `extra`; an object without any documented member is an error |
//! | `strict_model!` | the position of a page in its list | is an error |
//! | `page!` | the response to a list | is an error |
//! | `request!` | a request body or query parameters | is an error |
//!
//! serde's derive would generate a decoder for each struct, which fails at the first member of another type. Here one
//! visitor serves all of them, and a member that cannot be typed does not fail the response that it is in.

mod listing;
mod member;

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Unexpected, Visitor},
    ser::{SerializeMap, SerializeStruct},
};
use serde_json::{Map, Value};

pub(crate) use listing::read_page;
use member::Seed;
pub(crate) use member::{Member, Read, Scalar, text_member};

/// A struct that is read from an object.
pub(crate) trait Model: Sized {
    /// Reads the object's members.
    fn of_members<'de, A: MapAccess<'de>>(members: A) -> Result<Self, A::Error>;
}

/// Reads a struct from an object, and from nothing else.
pub(crate) fn deserialize<'de, M: Model, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    struct Members<M>(PhantomData<M>);

    impl<'de, M: Model> Visitor<'de> for Members<M> {
        type Value = M;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<M, A::Error> {
            M::of_members(members)
        }
    }

    deserializer.deserialize_map(Members(PhantomData))
}

/// The name of a member, borrowed where it can be.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Reads a member of a response into its field, or into `extra` if it is of another type.
#[inline]
pub(crate) fn read<'de, T: Member, A: MapAccess<'de>>(
    members: &mut A,
    name: &str,
    field: &mut Option<T>,
    extra: &mut Map<String, Value>,
) -> Result<(), A::Error> {
    let (value, other) = match members.next_value_seed(Seed(PhantomData))? {
        Read::Typed(value) => (Some(value), None),
        Read::Null => (None, None),
        Read::Other(other) => (None, Some(other)),
    };
    // Of a member that is there twice, the last counts.
    *field = value;
    if !extra.is_empty() {
        extra.remove(name);
    }
    if let Some(other) = other {
        extra.insert(name.to_owned(), other);
    }
    Ok(())
}

/// Keeps a member that is not known.
pub(crate) fn keep<'de, A: MapAccess<'de>>(
    members: &mut A,
    name: Cow<'_, str>,
    extra: &mut Map<String, Value>,
) -> Result<(), A::Error> {
    let value = members.next_value()?;
    extra.insert(name.into_owned(), value);
    Ok(())
}

/// The value of a member that is required.
pub(crate) fn required<T, E: de::Error>(value: Option<T>, name: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

/// Accepts any object.
pub(crate) fn any<E>(_is_documented: bool, _names: &[&str]) -> Result<(), E> {
    Ok(())
}

/// Rejects an object that has none of the documented members, such as an error body sent with status 200.
pub(crate) fn documented<E: de::Error>(is_documented: bool, names: &[&str]) -> Result<(), E> {
    match names.first() {
        Some(name) if !is_documented => {
            let expected = format!("an object with documented members, such as `{name}`");
            Err(E::invalid_value(Unexpected::Map, &expected.as_str()))
        }
        _ => Ok(()),
    }
}

/// Reads a struct that is a member of another, or an item of a list.
pub(crate) fn member<'de, M: Model, A: MapAccess<'de>>(members: A) -> Result<Read<M>, A::Error> {
    M::of_members(members).map(Read::Typed)
}

/// Writes the members that are there, then those that are not known.
pub(crate) fn write<M: SerializeMap, T: Serialize>(
    map: &mut M,
    name: &'static str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}

/// The strings of a list that is there and not empty.
pub(crate) fn strings<T: AsRef<str>>(list: &Option<Vec<T>>) -> Option<Vec<&str>> {
    list.as_ref().filter(|list| !list.is_empty()).map(|list| list.iter().map(AsRef::as_ref).collect())
}

/// Reads a member of a page into its field. One of another type is an error.
pub(crate) fn read_strict<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    members: &mut A,
    _: &str,
    field: &mut Option<T>,
    _: &mut Map<String, Value>,
) -> Result<(), A::Error> {
    *field = members.next_value()?;
    Ok(())
}

/// Defines a struct of responses.
macro_rules! model {
    ($($content:tt)+) => {
        crate::model::model_struct! { read, any: $($content)+ }
    };
}

/// As `model!`, but an object without any documented member is an error.
macro_rules! resource {
    ($($content:tt)+) => {
        crate::model::model_struct! { read, documented: $($content)+ }
    };
}

/// As `model!`, but a member of another type is an error.
macro_rules! strict_model {
    ($($content:tt)+) => {
        crate::model::model_struct! { read_strict, any: $($content)+ }
    };
}

/// Defines the response to a list: its items, and its position in the list.
macro_rules! page {
    (
        $(#[$attribute:meta])+
        pub struct $name:ident {
            required {
                $(#[doc = $items_doc:literal])+ $items:ident: $items_type:ty = $items_wire:literal,
            }
            $(#[doc = $meta_doc:literal])+ $meta:ident: $meta_type:ty = "meta",
        }
    ) => {
        crate::model::define! {
            $(#[$attribute])+
            pub struct $name {
                required {
                    $(#[doc = $items_doc])+ $items: $items_type = $items_wire,
                }
                $(#[doc = $meta_doc])+ $meta: $meta_type = "meta",
            }
        }

        impl crate::model::Model for $name {
            fn of_members<'de, A: serde::de::MapAccess<'de>>(members: A) -> Result<Self, A::Error> {
                let ($items, $meta, extra) = crate::model::read_page(members, $items_wire)?;
                Ok(Self { $items, $meta, extra })
            }
        }
    };
}

/// The struct of a response and how it is read: `$read` reads a member, `$check` sees whether any was documented.
macro_rules! model_struct {
    (
        $read:ident, $check:ident:
        $(#[$meta:meta])+
        pub struct $name:ident {
            $(required {
                $($(#[doc = $required_doc:literal])+ $required:ident: $required_type:ty = $required_wire:literal,)+
            })?
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $wire:literal,)*
        }
    ) => {
        crate::model::define! {
            $(#[$meta])+
            pub struct $name {
                $(required {
                    $($(#[doc = $required_doc])+ $required: $required_type = $required_wire,)+
                })?
                $($(#[doc = $doc])+ $field: $type = $wire,)*
            }
        }

        impl crate::model::Model for $name {
            fn of_members<'de, A: serde::de::MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
                let mut extra = serde_json::Map::new();
                let mut is_documented = false;
                $($(let mut $required = None;)+)?
                $(let mut $field = None;)*
                while let Some(name) = members.next_key_seed(crate::model::Name)? {
                    match &*name {
                        $($($required_wire => $required = Some(members.next_value()?),)+)?
                        $($wire => crate::model::$read(&mut members, $wire, &mut $field, &mut extra)?,)*
                        _ => {
                            crate::model::keep(&mut members, name, &mut extra)?;
                            continue;
                        }
                    }
                    is_documented = true;
                }
                crate::model::$check(is_documented, &[$($($required_wire,)+)? $($wire),*])?;
                Ok(Self {
                    $($($required: crate::model::required($required, $required_wire)?,)+)?
                    $($field,)*
                    extra,
                })
            }
        }
    };
}

/// The struct of a response: its fields, `new`, how it is written, and how it is a member of another.
macro_rules! define {
    (
        $(#[$meta:meta])+
        pub struct $name:ident {
            $(required {
                $($(#[doc = $required_doc:literal])+ $required:ident: $required_type:ty = $required_wire:literal,)+
            })?
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $wire:literal,)*
        }
    ) => {
        $(#[$meta])+
        #[non_exhaustive]
        pub struct $name {
            $($($(#[doc = $required_doc])+ pub $required: $required_type,)+)?
            $($(#[doc = $doc])+ pub $field: $type,)*
            /// Unknown members, and members of an unexpected type.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            /// Creates one from its required fields; all others are empty.
            pub fn new($($($required: impl Into<$required_type>),+)?) -> Self {
                Self { $($($required: $required.into(),)+)? $($field: None,)* extra: serde_json::Map::new() }
            }
        }

        impl crate::model::Member for $name {
            fn of_object<'de, A: serde::de::MapAccess<'de>>(object: A) -> Result<crate::model::Read<Self>, A::Error> {
                crate::model::member(object)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $($(map.serialize_entry($required_wire, &self.$required)?;)+)?
                $(crate::model::write(&mut map, $wire, &self.$field)?;)*
                for (name, value) in &self.extra {
                    // A field that was set since replaces what the response had.
                    let is_set = match name.as_str() {
                        $($($required_wire => true,)+)?
                        $($wire => self.$field.is_some(),)*
                        _ => false,
                    };
                    if !is_set {
                        map.serialize_entry(name, value)?;
                    }
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::model::deserialize(deserializer)
            }
        }
    };
}

/// A field of a request that may be left out.
pub(crate) trait Optional: Default + DeserializeOwned {
    type Value: Serialize;

    /// The value to send, if the field is sent; none of it where the field is cleared.
    fn sent(&self) -> Option<Option<&Self::Value>>;
}

impl<T: Serialize + DeserializeOwned> Optional for Option<T> {
    type Value = T;

    fn sent(&self) -> Option<Option<&T>> {
        self.as_ref().map(Some)
    }
}

impl<T: Serialize + DeserializeOwned> Optional for crate::Patch<T> {
    type Value = T;

    fn sent(&self) -> Option<Option<&T>> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(Some(value)),
            Self::Clear => Some(None),
        }
    }
}

/// Writes a field of a request, if it is sent.
pub(crate) fn send<S: SerializeStruct, T: Optional>(
    fields: &mut S,
    name: &'static str,
    field: &T,
) -> Result<(), S::Error> {
    match field.sent() {
        Some(value) => fields.serialize_field(name, &value),
        None => fields.skip_field(name),
    }
}

/// Defines a request body, or the query parameters of a list.
macro_rules! request {
    (
        $(#[$meta:meta])+
        pub struct $name:ident {
            $(required {
                $($(#[doc = $required_doc:literal])+ $required:ident: $required_type:ty = $required_wire:literal,)+
            })?
            $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $wire:literal,)*
        }
    ) => {
        $(#[$meta])+
        pub struct $name {
            $($($(#[doc = $required_doc])+ pub $required: $required_type,)+)?
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl $name {
            /// Creates one from its required fields; all others are left out.
            pub fn new($($($required: $required_type),+)?) -> Self {
                Self { $($($required,)+)? $($field: Default::default(),)* }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                // More than none, whatever is left out: some formats end a struct of no fields at once.
                let mut fields = serializer.serialize_struct(stringify!($name), [$($($required_wire,)+)? $($wire),*].len())?;
                $($(fields.serialize_field($required_wire, &self.$required)?;)+)?
                $(crate::model::send(&mut fields, $wire, &self.$field)?;)*
                fields.end()
            }
        }

        impl crate::model::Model for $name {
            fn of_members<'de, A: serde::de::MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
                $($(let mut $required = None;)+)?
                $(let mut $field = None;)*
                while let Some(name) = members.next_key_seed(crate::model::Name)? {
                    match &*name {
                        $($($required_wire => $required = Some(members.next_value()?),)+)?
                        $($wire => $field = Some(members.next_value()?),)*
                        _ => _ = members.next_value::<serde::de::IgnoredAny>()?,
                    }
                }
                Ok(Self {
                    $($($required: crate::model::required($required, $required_wire)?,)+)?
                    $($field: $field.unwrap_or_default(),)*
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::model::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use {define, model, model_struct, page, request, resource, strict_model};
