//! Form encoding as the API reads it: dotted names verbatim, a list as its key repeated, booleans as `true` and `false`.
//!
//! Other encoders reject a list or join it with commas, and drop an empty one. This one sends an empty list, like a
//! cleared field, as the bare name, `Filters=`.
//!
//! ```
//! use twilio_conversations_types::{form, v1::{EventType, request::UpdateConfigurationWebhookRequest}};
//!
//! let update = UpdateConfigurationWebhookRequest {
//!     filters: vec![EventType::ConversationUpdated, EventType::MessageRemoved].into(),
//!     ..Default::default()
//! };
//! assert_eq!(form::to_string(&update)?, "Filters=onConversationUpdated&Filters=onMessageRemoved");
//! # Ok::<(), form::FormError>(())
//! ```

use std::fmt::{self, Display};

use serde::ser::{self, Impossible, Serialize};

/// Encodes a struct, a map or a list of pairs as an `application/x-www-form-urlencoded` string.
///
/// # Errors
///
/// When the value is none of these, or a field holds another struct or map. The API has no nested values but dotted names
/// (`Timers.Inactive`).
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, FormError> {
    let mut pairs = Pairs { out: form_urlencoded::Serializer::new(String::new()), key: String::new() };
    value.serialize(&mut pairs)?;
    Ok(pairs.out.finish())
}

/// A value cannot be encoded as a form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FormError {
    field: Option<String>,
    reason: String,
}

impl FormError {
    fn new(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into() }
    }

    fn in_field(mut self, field: &str) -> Self {
        self.field.get_or_insert_with(|| field.to_owned());
        self
    }

    /// Name of the field that could not be encoded, in the API's spelling.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "encoding form field {field}: {}", self.reason),
            None => write!(f, "encoding a form: {}", self.reason),
        }
    }
}

impl std::error::Error for FormError {}

impl ser::Error for FormError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// The top level: encodes a struct, a map or a list of pairs, rejects everything else.
struct Pairs {
    out: form_urlencoded::Serializer<'static, String>,
    key: String, // of a map, between its key and its value
}

impl Pairs {
    fn append<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), FormError> {
        value.serialize(Field { out: &mut self.out, key, in_list: false }).map_err(|error| error.in_field(key))
    }

    /// Appends an element of a list of pairs.
    fn append_pair<T: Serialize + ?Sized>(&mut self, pair: &T) -> Result<(), FormError> {
        let pair = serde_json::to_value(pair).ok();
        match pair.as_ref().and_then(serde_json::Value::as_array).map(Vec::as_slice) {
            Some([serde_json::Value::String(key), value]) => self.append(key, value),
            _ => Err(FormError::new("a list of values that are not pairs of a name and a value")),
        }
    }
}

impl ser::SerializeSeq for &mut Pairs {
    type Ok = ();
    type Error = FormError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        self.append_pair(value)
    }

    fn end(self) -> Result<(), FormError> {
        Ok(())
    }
}

/// An array is a tuple to serde.
impl ser::SerializeTuple for &mut Pairs {
    type Ok = ();
    type Error = FormError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        self.append_pair(value)
    }

    fn end(self) -> Result<(), FormError> {
        Ok(())
    }
}

impl ser::SerializeStruct for &mut Pairs {
    type Ok = ();
    type Error = FormError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), FormError> {
        self.append(key, value)
    }

    fn end(self) -> Result<(), FormError> {
        Ok(())
    }
}

impl ser::SerializeMap for &mut Pairs {
    type Ok = ();
    type Error = FormError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), FormError> {
        // A form's key is a string. serde_json converts numbers and the like into one.
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(key)) => self.key = key,
            Ok(_) | Err(_) => return Err(FormError::new("a key is not a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        let key = std::mem::take(&mut self.key);
        self.append(&key, value)
    }

    fn end(self) -> Result<(), FormError> {
        Ok(())
    }
}

/// One field: a scalar is a pair, `None` is a bare name, a list is its key repeated.
struct Field<'a> {
    out: &'a mut form_urlencoded::Serializer<'static, String>,
    key: &'a str,
    in_list: bool,
}

impl Field<'_> {
    fn pair(self, value: &str) -> Result<(), FormError> {
        self.out.append_pair(self.key, value);
        Ok(())
    }
}

/// The elements of a list, each under the list's key.
struct Elements<'a> {
    field: Field<'a>,
    empty: bool,
}

impl ser::SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = FormError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        self.empty = false;
        value.serialize(Field { out: self.field.out, key: self.field.key, in_list: true })
    }

    fn end(self) -> Result<(), FormError> {
        if self.empty { self.field.pair("") } else { Ok(()) }
    }
}

/// An array is a tuple to serde.
impl ser::SerializeTuple for Elements<'_> {
    type Ok = ();
    type Error = FormError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FormError> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), FormError> {
        ser::SerializeSeq::end(self)
    }
}

macro_rules! reject {
    ($reason:literal: $($method:ident($($ty:ty),*) -> $ok:ty;)+) => {$(
        fn $method(self, $(_: $ty),*) -> Result<$ok, FormError> {
            Err(FormError::new($reason))
        }
    )+};
}

macro_rules! text {
    ($($method:ident: $ty:ty,)+) => {$(
        fn $method(self, value: $ty) -> Result<(), FormError> {
            self.pair(&value.to_string())
        }
    )+};
}

impl<'a> ser::Serializer for Field<'a> {
    type Ok = ();
    type Error = FormError;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Impossible<(), FormError>;
    type SerializeTupleVariant = Impossible<(), FormError>;
    type SerializeMap = Impossible<(), FormError>;
    type SerializeStruct = Impossible<(), FormError>;
    type SerializeStructVariant = Impossible<(), FormError>;

    text! {
        serialize_bool: bool, serialize_char: char,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_str(self, value: &str) -> Result<(), FormError> {
        self.pair(value)
    }

    fn serialize_none(self) -> Result<(), FormError> {
        self.pair("")
    }

    fn serialize_unit(self) -> Result<(), FormError> {
        self.pair("")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), FormError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), FormError> {
        self.pair(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), FormError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), FormError> {
        Err(FormError::new("an enum variant with fields cannot be encoded"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, FormError> {
        if self.in_list {
            return Err(FormError::new("a list within a list cannot be encoded"));
        }
        Ok(Elements { field: self, empty: true })
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'a>, FormError> {
        self.serialize_seq(Some(length))
    }

    reject! { "bytes cannot be encoded": serialize_bytes(&[u8]) -> (); }

    reject! { "a nested value cannot be encoded":
        serialize_unit_struct(&'static str) -> ();
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

macro_rules! reject_scalars {
    ($($method:ident: $ty:ty,)+) => {
        reject! { "a value without field names": $($method($ty) -> ();)+ }
    };
}

impl ser::Serializer for &mut Pairs {
    type Ok = ();
    type Error = FormError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), FormError>;
    type SerializeTupleVariant = Impossible<(), FormError>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), FormError>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, FormError> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, FormError> {
        Ok(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, FormError> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, FormError> {
        Ok(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), FormError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), FormError> {
        value.serialize(self)
    }

    /// An empty form.
    fn serialize_unit(self) -> Result<(), FormError> {
        Ok(())
    }

    /// An empty form.
    fn serialize_none(self) -> Result<(), FormError> {
        Ok(())
    }

    reject_scalars! {
        serialize_bool: bool, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_f64: f64,
    }

    reject! { "a value without field names":
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), FormError> {
        Err(FormError::new("a value without field names"))
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::Patch;

    #[derive(Default, Serialize)]
    struct Update {
        #[serde(rename = "Filters", skip_serializing_if = "Patch::is_keep")]
        filters: Patch<Vec<&'static str>>,
        #[serde(rename = "Timers.Inactive", skip_serializing_if = "Patch::is_keep")]
        inactive: Patch<&'static str>,
        #[serde(rename = "Enabled", skip_serializing_if = "Option::is_none")]
        enabled: Option<bool>,
        #[serde(rename = "Index", skip_serializing_if = "Option::is_none")]
        index: Option<i64>,
    }

    fn encoded(update: &Update) -> String {
        to_string(update).unwrap()
    }

    #[test]
    fn absent_fields_are_left_out() {
        assert_eq!(encoded(&Update::default()), "");
    }

    #[test]
    fn a_list_repeats_its_key_in_order() {
        let update = Update { filters: Patch::Set(vec!["b", "a", "b"]), ..Update::default() };
        assert_eq!(encoded(&update), "Filters=b&Filters=a&Filters=b");
    }

    #[test]
    fn a_cleared_list_and_an_empty_list_are_a_bare_name() {
        assert_eq!(encoded(&Update { filters: Patch::Clear, ..Update::default() }), "Filters=");
        assert_eq!(encoded(&Update { filters: Patch::Set(vec![]), ..Update::default() }), "Filters=");
    }

    #[test]
    fn names_keep_their_dots_and_values_are_escaped() {
        let update = Update { inactive: Patch::Set("a b&c=ü+"), ..Update::default() };
        assert_eq!(encoded(&update), "Timers.Inactive=a+b%26c%3D%C3%BC%2B");
    }

    #[test]
    fn booleans_and_numbers_are_encoded_in_plain_form() {
        let update = Update { enabled: Some(false), index: Some(-1), ..Update::default() };
        assert_eq!(encoded(&update), "Enabled=false&Index=-1");
    }

    #[test]
    fn a_map_is_encoded_like_a_struct() {
        let map = std::collections::BTreeMap::from([("b", 1), ("a", 2)]);
        assert_eq!(to_string(&map).unwrap(), "a=2&b=1");
    }

    #[test]
    fn the_error_names_the_field_of_a_nested_value() {
        let nested = std::collections::BTreeMap::from([("Outer", std::collections::BTreeMap::from([("inner", 1)]))]);
        let error = to_string(&nested).unwrap_err();
        assert_eq!(error.field(), Some("Outer"));
        assert_eq!(error.to_string(), "encoding form field Outer: a nested value cannot be encoded");
        let lists = std::collections::BTreeMap::from([("List", vec![vec![1]])]);
        assert!(to_string(&lists).unwrap_err().to_string().contains("a list within a list"));
    }

    #[test]
    fn an_array_is_encoded_as_a_list() {
        let arrays = std::collections::BTreeMap::from([("Tag", ["a", "b"])]);
        assert_eq!(to_string(&arrays).unwrap(), "Tag=a&Tag=b");
        let nested = std::collections::BTreeMap::from([("Tag", [[1]])]);
        assert!(to_string(&nested).unwrap_err().to_string().contains("a list within a list"));
    }

    #[test]
    fn a_list_of_pairs_is_encoded_in_its_order() {
        assert_eq!(to_string(&[("b", "x y"), ("a", "1"), ("b", "2")]).unwrap(), "b=x+y&a=1&b=2");
        assert_eq!(to_string(&vec![("n", 1.5)]).unwrap(), "n=1.5");
        assert_eq!(to_string(&[("n", Some(true)), ("none", None)]).unwrap(), "n=true&none=");
        assert_eq!(to_string(&[("list", vec!["x", "y"])]).unwrap(), "list=x&list=y");
        assert_eq!(to_string::<[(&str, &str)]>(&[]).unwrap(), "");
    }

    #[test]
    fn a_scalar_or_a_list_of_other_values_is_an_error() {
        assert!(to_string("text").is_err());
        assert!(to_string(&[1, 2]).is_err());
        assert!(to_string(&("name", "value")).is_err());
        assert!(to_string(&[("name", "value", "more")]).is_err());
        assert!(to_string(&[(1, "value")]).is_err());
        let nested = to_string(&[("name", std::collections::BTreeMap::from([("inner", 1)]))]).unwrap_err();
        assert_eq!(nested.field(), Some("name"));
    }
}
