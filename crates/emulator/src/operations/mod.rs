//! The API's operations, by the resources that they act on, and the events that no REST request causes.
//!
//! A resource that exists for the account and for a service is one module: the paths without a service act on the
//! account's default one.

pub(crate) mod call;
mod configuration;
mod conversation;
pub(crate) mod engine;
pub(crate) mod fields;
pub(crate) mod item;
mod message;
mod opening;
mod participant;
mod push;
mod role;
mod scoped_webhook;
mod service;
pub(crate) mod simulation;
pub(crate) mod timers;
mod user;

use std::future::Future;
use std::pin::Pin;

use rusqlite::Connection;

use self::call::{Call, Input, Output};
use self::engine::Caller;
use self::fields::Fields;
use self::item::{Item, Path, Property, item};
use crate::domain::role::Permission;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::table::Table;

/// The result of work in a transaction.
type Result<T, E = Failure> = std::result::Result<T, E>;

/// The declaration of an operation: the properties that are not in the specification.
pub(crate) struct Operation {
    /// Ids of the operation: without a service in the path, and with one.
    pub(crate) ids: &'static [&'static str],
    pub(crate) handler: Handler,
    /// Which chat users may use it.
    pub(crate) access: Access,
    /// The rate limit that it counts against.
    pub(crate) rate: RateScope,
    /// Parameters whose errors have a more specific code than 20001.
    pub(crate) codes: &'static [ParameterCode],
    /// Parameters that are accepted without effect.
    pub(crate) ignored: &'static [&'static str],
    pub(crate) item: ItemType,
}

/// The implementation of an operation.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// All of it in one transaction.
    Transaction(fn(&Call<'_>) -> Result<Output>),
    /// Several transactions, each committed before the next.
    Steps(for<'a> fn(Caller<'a>, &'a Input<'a>) -> Steps<'a>),
}

/// A request that runs in several transactions.
pub(crate) type Steps<'a> = Pin<Box<dyn Future<Output = Result<Output, ApiError>> + Send + 'a>>;

/// The permissions that chat users need for an operation. REST callers need none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// The operation is not available to chat users.
    RestOnly,
    Any,
    /// Membership of the conversation.
    Member,
    Permission(Permission),
    /// One permission for objects of the user's own, another for all objects.
    OwnOrAny(Permission, Permission),
    /// The handler checks the permissions, which depend on the parameters of the request.
    ByRequest,
}

/// The object that the writes of an operation are counted for, if a rate limit is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RateScope {
    /// It only reads.
    None,
    Account,
    Service,
    /// The conversation that a parameter of the path names.
    Conversation(&'static str),
}

/// A write that is counted for the conversation in the middle of its path.
const BY_CONVERSATION: RateScope = RateScope::Conversation("ConversationSid");

/// The codes of a parameter: without a value, and with an invalid one.
pub(crate) struct ParameterCode {
    pub(crate) name: &'static str,
    pub(crate) empty: ErrorCode,
    pub(crate) invalid: ErrorCode,
}

/// The item of an operation's responses.
pub(crate) struct ItemType {
    /// Path of the type.
    #[cfg_attr(not(test), expect(dead_code, reason = "messages of tests have it"))]
    pub(crate) name: fn() -> &'static str,
    pub(crate) properties: fn() -> &'static [&'static str],
}

/// A resource that is stored in a table and identified by the last parameter of the path.
trait Resource: Table + Item + 'static {
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
trait Change: Resource {
    /// Sets the fields of a request.
    fn set(&mut self, call: &Call<'_>) -> Result<()>;
}

/// Implements [`Resource`] by the row that contains the resource, and the function that finds it by other names than its
/// SID.
macro_rules! resource {
    ($type:ty, |$call:ident| $owner:expr $(, $find:path)?) => {
        impl $crate::operations::Resource for $type {
            fn owner($call: &$crate::operations::call::Call<'_>) -> $crate::operations::Result<i64> {
                Ok($owner)
            }

            $(fn by_name(db: &rusqlite::Connection, owner: i64, name: &str) -> rusqlite::Result<Option<Self>> {
                $find(db, owner, name)
            })?
        }
    };
}

use resource;

impl ParameterCode {
    /// One code for a missing and for an invalid value.
    const fn both(name: &'static str, code: ErrorCode) -> Self {
        Self { name, empty: code, invalid: code }
    }
}

impl Operation {
    /// Declares an operation that runs in one transaction and is available to REST callers only.
    const fn new<T: Item>(ids: &'static [&'static str], handler: fn(&Call<'_>) -> Result<Output>) -> Self {
        Self::with::<T>(ids, Handler::Transaction(handler))
    }

    const fn with<T: Item>(ids: &'static [&'static str], handler: Handler) -> Self {
        Self {
            ids,
            handler,
            access: Access::RestOnly,
            rate: RateScope::None,
            codes: &[],
            ignored: &[],
            item: ItemType { name: std::any::type_name::<T>, properties: T::names },
        }
    }

    const fn fetch<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| Ok(Output::item(R::find(call)?)))
    }

    const fn update<R: Change>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| {
            let mut resource = R::find(call)?;
            resource.set(call)?;
            resource.update(call.tx.db)?;
            resource.replace_lists(call.tx.db)?;
            Ok(Output::item(resource))
        })
    }

    const fn list<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| call.page::<R>(&R::of(R::owner(call)?)))
    }

    const fn delete<R: Resource>(ids: &'static [&'static str]) -> Self {
        Self::new::<R>(ids, |call| {
            R::find(call)?.delete(call.tx.db)?;
            Ok(Output::Empty)
        })
    }

    /// Declares that it is available to chat users.
    const fn for_chat_users(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Declares a write, and the object that it is counted for.
    const fn counted(mut self, rate: RateScope) -> Self {
        self.rate = rate;
        self
    }

    const fn codes(mut self, codes: &'static [ParameterCode]) -> Self {
        self.codes = codes;
        self
    }

    const fn ignoring(mut self, parameters: &'static [&'static str]) -> Self {
        self.ignored = parameters;
        self
    }

    /// Whether it only reads.
    pub(crate) fn reads(&self) -> bool {
        self.rate == RateScope::None
    }

    /// The code of a parameter without a value or with an invalid one, if it is not 20001.
    pub(crate) fn code(&self, parameter: &str, is_empty: bool) -> Option<ErrorCode> {
        let code = self.codes.iter().find(|code| code.name == parameter)?;
        Some(if is_empty { code.empty } else { code.invalid })
    }
}

static ALL: [&[Operation]; 10] = [
    configuration::OPERATIONS,
    conversation::OPERATIONS,
    message::OPERATIONS,
    opening::OPERATIONS,
    participant::OPERATIONS,
    push::OPERATIONS,
    role::OPERATIONS,
    scoped_webhook::OPERATIONS,
    service::OPERATIONS,
    user::OPERATIONS,
];

/// All operations.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    ALL.iter().copied().flatten()
}

/// The operation with an id of the specification.
pub(crate) fn find(id: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.ids.contains(&id))
}
