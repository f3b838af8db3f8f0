//! Conversions between the two types of a webhook's HTTP method.
//!
//! The API writes the methods in upper case in some places and in lower case in others, hence two types.

use crate::v1::{HttpMethod, WebhookMethod};

/// An unknown method is converted verbatim.
impl From<WebhookMethod> for HttpMethod {
    fn from(method: WebhookMethod) -> Self {
        match method {
            WebhookMethod::Get => Self::Get,
            WebhookMethod::Post => Self::Post,
            WebhookMethod::Unknown(method) => Self::Unknown(method),
        }
    }
}

/// An unknown method is converted verbatim.
impl From<HttpMethod> for WebhookMethod {
    fn from(method: HttpMethod) -> Self {
        match method {
            HttpMethod::Get => Self::Get,
            HttpMethod::Post => Self::Post,
            HttpMethod::Unknown(method) => Self::Unknown(method),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_convert_in_both_directions() {
        for (upper, lower) in [("GET", "get"), ("POST", "post"), ("Patch", "Patch")] {
            assert_eq!(HttpMethod::from(WebhookMethod::from(lower)), upper);
            assert_eq!(WebhookMethod::from(HttpMethod::from(upper)), lower);
        }
    }
}
