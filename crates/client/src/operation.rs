//! The name, method and path of an operation.

use std::{borrow::Cow, fmt, ops::Deref, sync::Arc};

use http::Method;

/// One operation of the API, or one [raw request](crate::RawRequest).
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The vendor's operation id, such as `FetchService`. Method and path of a raw request, such as `GET /v1/Things`.
    pub id: Cow<'static, str>,
    /// HTTP method.
    pub method: Method,
    /// Path with its parameters in braces, such as `/v1/Services/{Sid}`. The path without query of a raw request.
    pub path: Cow<'static, str>,
}

impl Operation {
    pub(crate) const fn new(id: &'static str, method: Method, path: &'static str) -> Self {
        Self { id: Cow::Borrowed(id), method, path: Cow::Borrowed(path) }
    }

    /// Whether sending the request twice does the same as sending it once: true for GET, HEAD, OPTIONS, PUT and DELETE.
    ///
    /// The API has no idempotency key, so a create or update that is sent twice is done twice.
    pub fn is_idempotent(&self) -> bool {
        self.method.is_idempotent()
    }
}

/// A shared reference to an [`Operation`]. A clone costs at most a reference count.
#[derive(Clone)]
pub struct OperationRef(Inner);

#[derive(Clone)]
enum Inner {
    Documented(&'static Operation),
    Raw(Arc<Operation>),
}

impl OperationRef {
    pub(crate) fn raw(id: String, method: Method, path: String) -> Self {
        Self(Inner::Raw(Arc::new(Operation { id: Cow::Owned(id), method, path: Cow::Owned(path) })))
    }
}

impl Deref for OperationRef {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        match &self.0 {
            Inner::Documented(operation) => operation,
            Inner::Raw(operation) => operation,
        }
    }
}

impl From<&'static Operation> for OperationRef {
    fn from(operation: &'static Operation) -> Self {
        Self(Inner::Documented(operation))
    }
}

impl fmt::Debug for OperationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
