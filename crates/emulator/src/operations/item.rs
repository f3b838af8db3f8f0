//! Resources: the values of their properties in responses, and the operations fetch, update, list and delete of those
//! that need no more than a table.

use rusqlite::Connection;

use super::call::{Call, Output};
use super::{Operation, Result};
use crate::domain::values::Documented;
use crate::store::table::Table;
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

/// A resource that is stored in a table and identified by the last parameter of the path.
pub(super) trait Resource: Table + Item + 'static {
    /// The row that contains the resource: of the account, the service or the conversation.
    fn owner(call: &Call<'_>) -> Result<i64>;

    /// The resource of an owner by its SID, or by another name that identifies it.
    fn by_name(db: &Connection, owner: i64, name: &str) -> rusqlite::Result<Option<Self>> {
        Self::by_sid(db, owner, name)
    }

    /// The resource of the path, if it exists.
    fn find(call: &Call<'_>) -> Result<Self> {
        Self::find_of(call, Self::owner(call)?)
    }

    /// The resource of the path, if the owner has it.
    fn find_of(call: &Call<'_>, owner: i64) -> Result<Self> {
        call.found(Self::by_name(call.tx.db, owner, call.last())?)
    }
}

/// A resource that a request changes in its table alone.
pub(super) trait Change: Resource {
    /// Sets the fields of a request.
    fn set(&mut self, call: &Call<'_>) -> Result<()>;
}

/// Implements [`Resource`] by the row that contains the resource, and the function that finds it by other names than its
/// SID.
macro_rules! resource {
    ($type:ty, |$call:ident| $owner:expr $(, $find:path)?) => {
        impl $crate::operations::item::Resource for $type {
            fn owner($call: &$crate::operations::call::Call<'_>) -> $crate::operations::Result<i64> {
                Ok($owner)
            }

            $(fn by_name(db: &rusqlite::Connection, owner: i64, name: &str) -> rusqlite::Result<Option<Self>> {
                $find(db, owner, name)
            })?
        }
    };
}

impl Operation {
    pub(super) const fn fetch<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| Ok(Output::item(R::find(call)?)))
    }

    pub(super) const fn update<R: Change>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| {
            let mut resource = R::find(call)?;
            resource.set(call)?;
            resource.update(call.tx.db)?;
            resource.replace_lists(call.tx.db)?;
            Ok(Output::item(resource))
        })
    }

    pub(super) const fn list<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| call.page::<R>(&R::of(R::owner(call)?)))
    }

    pub(super) const fn delete<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| {
            R::find(call)?.delete(call.tx.db)?;
            Ok(Output::Empty)
        })
    }
}

pub(super) use resource;
pub(crate) use {item, name};
