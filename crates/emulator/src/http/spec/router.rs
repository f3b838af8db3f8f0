//! Finds the endpoint of a method and a path.

use std::borrow::Cow;

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::{Endpoint, Spec};
use crate::operations::call::PathParameters;

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
}
