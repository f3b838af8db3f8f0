//! Validates requests against the specification.

use super::{Endpoint, Kind, Parameter};
use crate::error::ApiError;
use crate::operations::call::PathParameters;
use crate::operations::fields::{Fields, Pair};
use crate::sid::is_sid;

/// Parameters of every list. They are checked where pages are read.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

impl Endpoint {
    /// Whether the path may exist: each parameter that must be a SID has the form of one.
    pub(crate) fn path_may_exist(&self, parameters: &PathParameters<'_>) -> bool {
        self.path.iter().zip(parameters.iter()).all(|(parameter, (_, value))| match parameter.kind {
            Kind::Sid(prefix) => is_sid(value, prefix),
            _ => true,
        })
    }

    /// Checks the fields of the query or the body by its parameters, and writes enum values the way the API does.
    ///
    /// # Errors
    ///
    /// 20001, or the code of the operation for the parameter, naming it.
    pub(crate) fn check(&self, parameters: &[Parameter], fields: &mut Fields, strict: bool) -> Result<(), ApiError> {
        for Pair { name, value, .. } in fields.pairs_mut() {
            if PAGING.contains(&name.as_str()) {
                continue;
            }
            let Some(parameter) = parameters.iter().find(|parameter| *parameter.name == **name) else {
                if strict {
                    return Err(ApiError::invalid(name, "there is no such parameter"));
                }
                continue;
            };
            if value.is_empty() && parameter.empty_means_none() {
                continue;
            }
            if let Err(problem) = parameter.kind.check(value) {
                return Err(self.specific(ApiError::invalid(name, &problem), name, value.is_empty()));
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.required) {
            let name = &*parameter.name;
            if !fields.iter().any(|(known, value)| known == name && !value.is_empty()) {
                return Err(self.specific(ApiError::missing(name), name, true));
            }
        }
        Ok(())
    }

    /// The error, with the code that the operation declares for the parameter, if any.
    fn specific(&self, error: ApiError, parameter: &str, is_empty: bool) -> ApiError {
        match self.operation.and_then(|operation| operation.code(parameter, is_empty)) {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

impl Parameter {
    /// Whether an empty string clears the value, as it does for strings, SIDs and lists.
    fn empty_means_none(&self) -> bool {
        match &self.kind {
            Kind::Text { .. } | Kind::Sid(_) | Kind::List(_) => true,
            // The read horizon is documented as nullable.
            Kind::Integer { .. } => &*self.name == "LastReadMessageIndex",
            Kind::Boolean | Kind::DateTime | Kind::OneOf(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::super::{Route, Spec};
    use super::*;

    fn check(path: &str, body: &str, strict: bool) -> Result<Fields, String> {
        let Route::Endpoint(endpoint, _) = Spec::get().unwrap().find(&Method::POST, path) else { panic!("{path}") };
        let mut fields = Fields::decode(body.as_bytes());
        match endpoint.check(&endpoint.form, &mut fields, strict) {
            Ok(()) => Ok(fields),
            Err(error) => Err(error.message),
        }
    }

    #[test]
    fn an_error_names_the_parameter() {
        let message = check("/v1/Services", "", false).unwrap_err();
        assert!(message.contains("FriendlyName"), "{message}");
        let message =
            check("/v1/Configuration/Webhooks", "Filters=onConversationAdded&Filters=onNothing", false).unwrap_err();
        assert!(message.contains("Filters") && message.contains("onConversationAdded"), "{message}");
        let message = check("/v1/Configuration/Webhooks", "Target=studio", false).unwrap_err();
        assert!(message.contains("Target") && message.contains("webhook, flex"), "{message}");
    }

    #[test]
    fn an_unknown_field_is_ignored_unless_validation_is_strict() {
        assert!(check("/v1/Services", "FriendlyName=x&Colour=red", false).is_ok());
        assert!(check("/v1/Services", "FriendlyName=x&Colour=red", true).unwrap_err().contains("Colour"));
    }

    #[test]
    fn enum_values_are_normalized_to_the_documented_case() {
        let fields = check("/v1/Configuration/Webhooks", "Method=post&Filters=ONMESSAGEADDED", false).unwrap();
        assert_eq!(fields.text("Method"), Some("POST"));
        assert_eq!(fields.list("Filters"), Some(vec!["onMessageAdded"]));
    }
}
