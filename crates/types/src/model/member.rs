//! The values that members of responses have, and how each is read from JSON.

use std::{borrow::Cow, collections::BTreeMap, fmt, marker::PhantomData};

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{IsoDuration, JsonText};

/// A member of a response as it was read.
pub(crate) enum Read<T> {
    Typed(T),
    Null,
    /// A value of another type, verbatim.
    Other(Value),
}

/// A value that a member of a response may have.
pub(crate) trait Member: Serialize + Sized {
    /// Makes the value of a string, number or boolean.
    fn of_scalar(scalar: Scalar<'_>) -> Read<Self> {
        scalar.into_other()
    }

    /// Makes the value of an array.
    fn of_array<'de, A: SeqAccess<'de>>(array: A) -> Result<Read<Self>, A::Error> {
        Value::deserialize(de::value::SeqAccessDeserializer::new(array)).map(Read::Other)
    }

    /// Makes the value of an object.
    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Read<Self>, A::Error> {
        Value::deserialize(de::value::MapAccessDeserializer::new(object)).map(Read::Other)
    }
}

/// A JSON value that holds no others.
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

impl Scalar<'_> {
    fn into_other<T>(self) -> Read<T> {
        Read::Other(match self {
            Self::Text(text) => text.into_owned().into(),
            Self::Bool(value) => value.into(),
            Self::Signed(number) => number.into(),
            Self::Unsigned(number) => number.into(),
            Self::Float(number) => number.into(),
        })
    }

    /// The value that `parse` makes of a string.
    #[inline]
    pub(crate) fn parse<T>(self, parse: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        match &self {
            Self::Text(text) => parse(text).map_or_else(|| self.into_other(), Read::Typed),
            _ => self.into_other(),
        }
    }

    /// The value that `convert` makes of an integer.
    fn integer<T>(self, convert: impl FnOnce(i128) -> Option<T>) -> Read<T> {
        let number = match self {
            Self::Signed(number) => i128::from(number),
            Self::Unsigned(number) => i128::from(number),
            _ => return self.into_other(),
        };
        convert(number).map_or_else(|| self.into_other(), Read::Typed)
    }
}

/// Reads one member, whatever it is.
pub(crate) struct Seed<T>(pub(crate) PhantomData<T>);

impl<'de, T: Member> DeserializeSeed<'de> for Seed<T> {
    type Value = Read<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Member> Visitor<'de> for Seed<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_string<E>(self, text: String) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Text(Cow::Owned(text))))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Signed(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Unsigned(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Read<T>, E> {
        Ok(T::of_scalar(Scalar::Float(number)))
    }

    fn visit_unit<E>(self) -> Result<Read<T>, E> {
        Ok(Read::Null)
    }

    fn visit_none<E>(self) -> Result<Read<T>, E> {
        Ok(Read::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Read<T>, A::Error> {
        T::of_array(array)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Read<T>, A::Error> {
        T::of_object(object)
    }
}

/// Values that are strings in JSON.
macro_rules! text_member {
    ($($name:ty: $parse:expr;)+) => {$(
        impl crate::model::Member for $name {
            #[inline]
            fn of_scalar(scalar: crate::model::Scalar<'_>) -> crate::model::Read<Self> {
                scalar.parse($parse)
            }
        }
    )+};
}

text_member! {
    JsonText: |text| Some(text.into());
    IsoDuration: |text| text.parse().ok();
    DateTime<Utc>: |text| DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc());
}

impl Member for String {
    #[inline]
    fn of_scalar(scalar: Scalar<'_>) -> Read<Self> {
        match scalar {
            Scalar::Text(text) => Read::Typed(text.into_owned()),
            other => other.into_other(),
        }
    }
}

/// A boolean, one as a word in any case (`"False"`), or one as a number: all of them were seen.
impl Member for bool {
    fn of_scalar(scalar: Scalar<'_>) -> Read<Self> {
        match scalar {
            Scalar::Bool(value) => Read::Typed(value),
            Scalar::Unsigned(number @ 0..=1) => Read::Typed(number == 1),
            other => other.parse(|word| {
                let is = |other| word.eq_ignore_ascii_case(other);
                if is("true") { Some(true) } else { is("false").then_some(false) }
            }),
        }
    }
}

macro_rules! integer_member {
    ($($name:ident)+) => {$(
        impl Member for $name {
            fn of_scalar(scalar: Scalar<'_>) -> Read<Self> {
                scalar.integer(|number| number.try_into().ok())
            }
        }
    )+};
}

integer_member! { i32 i64 u32 }

/// A list is typed if each of its items is. Otherwise it is kept whole.
impl<T: Member> Member for Vec<T> {
    fn of_array<'de, A: SeqAccess<'de>>(mut array: A) -> Result<Read<Self>, A::Error> {
        let mut typed = Self::with_capacity(array.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = array.next_element_seed(Seed::<T>(PhantomData))? {
            let other = match item {
                Read::Typed(item) => {
                    typed.push(item);
                    continue;
                }
                Read::Null => Value::Null,
                Read::Other(other) => other,
            };
            let mut values: Vec<Value> = typed.iter().filter_map(|item| serde_json::to_value(item).ok()).collect();
            values.push(other);
            while let Some(value) = array.next_element()? {
                values.push(value);
            }
            return Ok(Read::Other(Value::Array(values)));
        }
        Ok(Read::Typed(typed))
    }
}

/// Strings by name. A member that is null is left out; one of another type makes the whole map another value.
impl Member for BTreeMap<String, String> {
    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Read<Self>, A::Error> {
        let members = Map::deserialize(de::value::MapAccessDeserializer::new(object))?;
        if !members.values().all(|value| value.is_string() || value.is_null()) {
            return Ok(Read::Other(Value::Object(members)));
        }
        let strings = members.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        Ok(Read::Typed(strings.collect()))
    }
}

impl Member for Map<String, Value> {
    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Read<Self>, A::Error> {
        Self::deserialize(de::value::MapAccessDeserializer::new(object)).map(Read::Typed)
    }
}

impl Member for Value {
    fn of_scalar(scalar: Scalar<'_>) -> Read<Self> {
        match scalar.into_other::<Self>() {
            Read::Other(value) => Read::Typed(value),
            read => read,
        }
    }

    fn of_array<'de, A: SeqAccess<'de>>(array: A) -> Result<Read<Self>, A::Error> {
        Self::deserialize(de::value::SeqAccessDeserializer::new(array)).map(Read::Typed)
    }

    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Read<Self>, A::Error> {
        Self::deserialize(de::value::MapAccessDeserializer::new(object)).map(Read::Typed)
    }
}

pub(crate) use text_member;
