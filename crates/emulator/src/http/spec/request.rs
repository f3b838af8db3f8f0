//! Requests: finds the endpoint of a method and a path, and validates the fields against the specification.

use std::borrow::Cow;

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::{Endpoint, Kind, Parameter, Spec};
use crate::error::ApiError;
use crate::operations::call::PathParameters;
use crate::operations::fields::{Fields, Pair};
use crate::sid::is_sid;

/// Parameters of every list. They are checked where pages are read.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// The target of a request's method and path.
pub(crate) enum Route<'p> {
    /// An endpoint, with the parameters in the path.
    Endpoint(&'static Endpoint, PathParameters<'p>),
    /// The path exists, with other methods.
    Methods(String),
    /// There is no such path.
    Nothing,
}

impl Spec {
    /// Adds a path with the indices of its endpoints.
    pub(super) fn route(&mut self, path: &str, endpoints: Vec<(Method, usize)>) -> Result<(), String> {
        // Parameters are named by their position: two paths may have different names in the same place.
        let segments = path.split('/').enumerate().map(|(index, segment)| {
            if segment.starts_with('{') { format!("{{{index}}}").into() } else { Cow::Borrowed(segment) }
        });
        let route = segments.collect::<Vec<_>>().join("/");
        self.router.insert(route, endpoints).map_err(|error| format!("cannot route {path}: {error}"))
    }

    /// The endpoint of a request, and the values in its path.
    pub(crate) fn find<'p>(&'static self, method: &Method, path: &'p str) -> Route<'p> {
        let Ok(found) = self.router.at(path) else { return Route::Nothing };
        let Some((_, index)) = found.value.iter().find(|(known, _)| known == method) else {
            let methods: Vec<_> = found.value.iter().map(|(method, _)| method.as_str()).collect();
            return Route::Methods(methods.join(", "));
        };
        let endpoint = &self.endpoints[*index];
        let mut parameters = PathParameters::default();
        for (parameter, (_, value)) in endpoint.path.iter().zip(found.params.iter()) {
            let Ok(value) = percent_decode_str(value).decode_utf8() else { return Route::Nothing };
            if !parameters.push(&parameter.name, value) {
                return Route::Nothing;
            }
        }
        Route::Endpoint(endpoint, parameters)
    }
}

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
    use super::*;

    fn find(method: &Method, path: &str) -> String {
        match Spec::get().unwrap().find(method, path) {
            Route::Endpoint(endpoint, parameters) => {
                format!("{} {}", endpoint.id, parameters.iter().map(|(_, value)| value).collect::<Vec<_>>().join(" "))
                    .trim_end()
                    .to_owned()
            }
            Route::Methods(methods) => methods,
            Route::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_path_leads_to_its_operation_and_values() {
        assert_eq!(find(&Method::GET, "/v1/Configuration/Webhooks"), "FetchConfigurationWebhook");
        assert_eq!(find(&Method::POST, "/v1/Services"), "CreateService");
        assert_eq!(
            find(&Method::GET, "/v1/Services/IS1/Configuration/Webhooks"),
            "FetchServiceWebhookConfiguration IS1"
        );
    }

    #[test]
    fn values_in_a_path_are_decoded_once() {
        assert_eq!(find(&Method::DELETE, "/v1/Services/a%2Fb%2520+c"), "DeleteService a/b%20+c");
    }

    #[test]
    fn a_path_with_another_method_names_its_own() {
        assert_eq!(find(&Method::PUT, "/v1/Services"), "GET, POST");
        assert_eq!(find(&Method::DELETE, "/v1/Configuration/Webhooks"), "GET, POST");
    }

    #[test]
    fn paths_that_are_not_in_the_specification_lead_nowhere() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v1/Services/",
            "/v1//Services",
            "/v2/Services",
            "/v1/services",
            "/v1/Services/%ff",
        ] {
            assert_eq!(find(&Method::GET, path), "nothing", "{path}");
        }
    }

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
