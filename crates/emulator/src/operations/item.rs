//! The values of a resource's properties, for the response.

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

/// Converts values of a type into one kind of property.
macro_rules! properties {
    ($($type:ty => $kind:ident,)+) => {
        $(impl<'a> From<$type> for Property<'a> {
            fn from(value: $type) -> Self {
                Self::$kind(value)
            }
        })+
    };
}

properties! {
    &'a str => Text,
    &'a String => Text,
    bool => Boolean,
    i64 => Integer,
    Millis => Date,
    serde_json::Value => Json,
    Path<'a> => Url,
}

impl<'a, T> From<Option<T>> for Property<'a>
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl<'a> From<&'a Option<String>> for Property<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Self::from(text.as_deref())
    }
}

/// Implements [`Item`] by a table of properties and their values.
macro_rules! item {
    (impl $type:ident |$item:ident| { $($name:literal => $value:expr,)+ }) => {
        impl $crate::operations::item::Item for $type {
            fn names() -> &'static [&'static str] {
                &[$($name),+]
            }

            fn property(&self, index: usize) -> $crate::operations::item::Property<'_> {
                type Read = for<'a> fn(&'a $type) -> $crate::operations::item::Property<'a>;
                const VALUES: &[Read] = &[$(|$item| {
                    let _ = $item;
                    $crate::operations::item::Property::from($value)
                }),+];
                VALUES.get(index).map_or($crate::operations::item::Property::Null, |value| value(self))
            }
        }
    };
}

pub(crate) use item;
