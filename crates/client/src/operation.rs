//! What is known of an operation before it is called.

use http::Method;

/// One operation of the API: its name, method and path, as the vendor documents them.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The vendor's operation id, such as `FetchService`.
    pub id: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path with its parameters in braces, such as `/v1/Services/{Sid}`.
    pub path: &'static str,
}

impl Operation {
    pub(crate) const fn new(id: &'static str, method: Method, path: &'static str) -> Self {
        Self { id, method, path }
    }

    /// Whether sending the request twice does the same as sending it once: true for reads and deletes.
    ///
    /// The API has no idempotency key, so a create or update sent twice is done twice.
    pub fn is_idempotent(&self) -> bool {
        self.method != Method::POST
    }
}
