//! The operations fetch, list and delete of resources that need no more than a table.

use super::call::{Call, Output};
use super::item::Item;
use crate::error::Failure;
use crate::store::table::Table;

/// A resource that is stored in a table and identified by the last parameter of the path.
pub(super) trait Resource: Table + Item + 'static {
    /// The row that contains the resource: of the account, the service or the conversation.
    fn owner(call: &Call<'_>) -> Result<i64, Failure>;

    /// The resource of the path, if it exists.
    fn find(call: &Call<'_>) -> Result<Self, Failure> {
        call.found(Self::by_sid(call.tx.db, Self::owner(call)?, call.last())?)
    }
}

/// Implements [`Resource`] for items of the account, of the path's service or of its conversation.
macro_rules! resource {
    ($type:ty, account) => {
        impl Resource for $type {
            fn owner(call: &Call<'_>) -> Result<i64, Failure> {
                Ok(call.tx.account.id)
            }
        }
    };
    ($type:ty, $owner:ident) => {
        impl Resource for $type {
            fn owner(call: &Call<'_>) -> Result<i64, Failure> {
                Ok(call.$owner()?.id)
            }
        }
    };
}

pub(super) use resource;

pub(super) fn fetch<R: Resource>(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(R::find(call)?))
}

pub(super) fn list<R: Resource>(call: &Call<'_>) -> Result<Output, Failure> {
    call.page::<R>(&R::of(R::owner(call)?))
}

pub(super) fn delete<R: Resource>(call: &Call<'_>) -> Result<Output, Failure> {
    R::find(call)?.delete(call.tx.db)?;
    Ok(Output::Empty)
}
