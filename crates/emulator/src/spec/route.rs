//! From a method and a path to an operation.

use std::borrow::Cow;

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::Operation;

/// A place in the tree of paths, one level per segment.
#[derive(Default)]
pub(super) struct Node {
    literals: Vec<(Box<str>, Self)>,
    parameter: Option<Box<Self>>,
    /// Index of the operation for each of [`METHODS`].
    operations: [Option<usize>; METHODS.len()],
}

/// What a request's method and path lead to.
pub(crate) enum Found<'a, 'p> {
    /// An operation, with the values in its path.
    Operation(&'a Operation, PathValues<'p>),
    /// The path exists for these other methods.
    Methods(String),
    /// No operation has this path.
    Nothing,
}

/// The values in a path, percent-decoded, in the order of the path.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathValues<'p> {
    values: [Cow<'p, str>; 4],
    count: usize,
}

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::DELETE, Method::PUT, Method::PATCH];

impl Node {
    pub(super) fn insert(&mut self, method: &Method, path: &str, operation: usize) {
        let mut node = self;
        for segment in segments(path) {
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                let index = match node.literals.iter().position(|(literal, _)| **literal == *segment) {
                    Some(index) => index,
                    None => {
                        node.literals.push((segment.into(), Self::default()));
                        node.literals.len() - 1
                    }
                };
                &mut node.literals[index].1
            };
        }
        if let Some(index) = METHODS.iter().position(|known| known == method) {
            node.operations[index] = Some(operation);
        }
    }

    pub(super) fn find<'a, 'p>(&self, operations: &'a [Operation], method: &Method, path: &'p str) -> Found<'a, 'p> {
        let mut node = self;
        let mut values = PathValues::default();
        for segment in segments(path) {
            if let Some((_, next)) = node.literals.iter().find(|(literal, _)| **literal == *segment) {
                node = next;
            } else if let Some(next) = &node.parameter
                && values.push(segment)
            {
                node = next;
            } else {
                return Found::Nothing;
            }
        }
        let index = METHODS.iter().position(|known| known == method);
        match index.and_then(|index| node.operations[index]) {
            Some(operation) => Found::Operation(&operations[operation], values),
            None => {
                let allowed: Vec<_> = (METHODS.iter().zip(node.operations))
                    .filter_map(|(method, operation)| operation.map(|_| method.as_str()))
                    .collect();
                if allowed.is_empty() { Found::Nothing } else { Found::Methods(allowed.join(", ")) }
            }
        }
    }
}

impl PathValues<'_> {
    pub(crate) fn get(&self, index: usize) -> &str {
        &self.values[index]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.values[..self.count].iter().map(|value| &**value)
    }
}

impl<'p> PathValues<'p> {
    /// Takes a segment, unless it can name nothing: empty, not UTF-8, or one too many.
    fn push(&mut self, segment: &'p str) -> bool {
        let Some(place) = self.values.get_mut(self.count) else { return false };
        let Ok(value) = percent_decode_str(segment).decode_utf8() else { return false };
        if value.is_empty() {
            return false;
        }
        *place = value;
        self.count += 1;
        true
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use super::super::Api;
    use super::*;

    fn find(method: &Method, path: &str) -> String {
        match Api::get().unwrap().find(method, path) {
            Found::Operation(operation, values) => {
                format!("{} {}", operation.id, values.iter().collect::<Vec<_>>().join(" ")).trim_end().to_owned()
            }
            Found::Methods(methods) => methods,
            Found::Nothing => "nothing".to_owned(),
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
    fn paths_that_nobody_wrote_down_lead_nowhere() {
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
