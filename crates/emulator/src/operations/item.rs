//! The values of a resource's properties, for the response.

use crate::domain::values::Documented;
use crate::time::Millis;

/// A resource in a response. [`item!`] implements it.
pub(crate) trait Item: Send {
    /// Names of its properties. A test compares them with the specification.
    fn names() -> &'static [&'static str]
    where
        Self: Sized;

    /// The value of the property at an index of [`names`](Self::names).
    fn property(&self, index: usize) -> Property<'_>;
}

/// The value of a property.
pub(crate) enum Property<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(&'a str),
    /// A date, to the second.
    Date(Millis),
    Json(serde_json::Value),
    Texts(Vec<&'a str>),
    /// SID of the account of the request.
    AccountSid,
    Url(Path<'a>),
    Links(Vec<(&'static str, Path<'a>)>),
    /// Links to paths below one: their names, and the last segments of their paths.
    LinksBelow(Path<'a>, &'static [(&'static str, &'static str)]),
}

/// A path of the API, without the version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    pub(crate) segments: [&'a str; 6],
    /// Whether the service of the request's path precedes it, if that path has one.
    pub(crate) in_service: bool,
}

impl<'a> Path<'a> {
    /// A path that begins with `/Services/IS…` if the path of the request does.
    pub(crate) fn in_service<const N: usize>(segments: [&'a str; N]) -> Self {
        Self { in_service: true, ..Self::of_account(segments) }
    }

    /// A path that does not depend on that of the request. It has at most six segments.
    pub(crate) fn of_account<const N: usize>(segments: [&'a str; N]) -> Self {
        const { assert!(N <= 6, "a path has at most six segments") };
        let mut all = [""; 6];
        all[..N].copy_from_slice(&segments);
        Self { segments: all, in_service: false }
    }
}

/// A field of a struct that is a property.
pub(crate) trait Field {
    fn property(&self) -> Property<'_>;
}

impl<T: Field> Field for Option<T> {
    fn property(&self) -> Property<'_> {
        self.as_ref().map_or(Property::Null, Field::property)
    }
}

impl<T: Documented> Field for T {
    fn property(&self) -> Property<'_> {
        Property::Text(self.as_str())
    }
}

impl Field for String {
    fn property(&self) -> Property<'_> {
        Property::Text(self)
    }
}

/// Converts values of a type into one kind of property.
macro_rules! properties {
    (fields { $($field:ty => $field_kind:ident,)+ } values { $($value:ty => $value_kind:ident,)+ }) => {
        $(impl Field for $field {
            fn property(&self) -> Property<'_> {
                Property::$field_kind(*self)
            }
        })+
        $(impl<'a> From<$value> for Property<'a> {
            fn from(value: $value) -> Self {
                Self::$value_kind(value)
            }
        })+
    };
}

properties! {
    fields { bool => Boolean, i64 => Integer, Millis => Date, }
    values { &'a str => Text, bool => Boolean, serde_json::Value => Json, Path<'a> => Url, }
}

impl<'a, T> From<Option<T>> for Property<'a>
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// Implements [`Item`]: the properties that are fields of the struct, each named like its field, or
/// `field.of.a.field = "property"`; and the properties that are computed.
macro_rules! item {
    (
        impl $type:ident { $($($field:tt).+ $(= $field_name:literal)?),* $(,)? }
        |$item:ident| { $($name:literal => $value:expr,)* }
    ) => {
        impl $crate::operations::item::Item for $type {
            fn names() -> &'static [&'static str] {
                &[$($crate::operations::item::name!($($field).+ $(= $field_name)?),)* $($name),*]
            }

            fn property(&self, index: usize) -> $crate::operations::item::Property<'_> {
                use $crate::operations::item::{Field, Property};
                type Read = for<'a> fn(&'a $type) -> Property<'a>;
                const VALUES: &[Read] = &[
                    $(|item| Field::property(&item.$($field).+),)*
                    $(|$item| {
                        let _ = $item;
                        Property::from($value)
                    },)*
                ];
                VALUES.get(index).map_or(Property::Null, |value| value(self))
            }
        }
    };
}

/// The property of a field.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($($field:tt).+ = $name:literal) => {
        $name
    };
}

pub(crate) use {item, name};
