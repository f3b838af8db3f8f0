//! The operations fetch, update, list and delete of resources that need no more than a table.

use rusqlite::Connection;

use super::call::{Call, Output};
use super::item::Item;
use super::{Operation, Result};
use crate::store::table::Table;

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
        impl $crate::operations::resource::Resource for $type {
            fn owner($call: &Call<'_>) -> $crate::operations::Result<i64> {
                Ok($owner)
            }

            $(fn by_name(db: &rusqlite::Connection, owner: i64, name: &str) -> rusqlite::Result<Option<Self>> {
                $find(db, owner, name)
            })?
        }
    };
}

pub(super) use resource;

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
