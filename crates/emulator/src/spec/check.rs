//! Requests against the specification.

use super::fields::Pair;
use super::{Fields, Kind, Operation, Parameter, PathValues};
use crate::error::Refusal;

/// Parameters that every list has, and that are checked where pages are made.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

impl Operation {
    /// Checks the values in the path. One that can't be a SID names nothing that exists.
    pub(crate) fn path_may_exist(&self, values: &PathValues<'_>) -> bool {
        self.path.iter().zip(values.iter()).all(|(parameter, value)| match parameter.kind {
            Kind::Sid(prefix) => super::is_sid(value, prefix),
            _ => true,
        })
    }

    /// Checks the fields of the body, and writes enum values the way the API does.
    ///
    /// # Errors
    ///
    /// 20001, naming the field.
    pub(crate) fn check_form(&self, fields: &mut Fields, strict: bool) -> Result<(), Refusal> {
        self.check(&self.form, fields, strict)
    }

    /// Checks the query.
    ///
    /// # Errors
    ///
    /// 20001, naming the parameter.
    pub(crate) fn check_query(&self, fields: &mut Fields, strict: bool) -> Result<(), Refusal> {
        self.check(&self.query, fields, strict)
    }

    /// Checks, once a handler has done its work, that it has read every documented parameter of a request. One that it
    /// has not read would be ignored silently.
    ///
    /// # Errors
    ///
    /// 501, naming the parameter.
    pub(crate) fn check_read(&self, query: &Fields, form: &Fields) -> Result<(), Refusal> {
        let ignored = |name: &str| self.resource.is_some_and(|resource| resource.ignores(name));
        for (fields, parameters) in [(query, &self.query), (form, &self.form)] {
            let mut unread = fields.unread().filter(|name| !ignored(name));
            if let Some(name) = unread.find(|name| parameters.iter().any(|parameter| *parameter.name == **name)) {
                return Err(Refusal::unimplemented(format_args!("the parameter {name} of {}", self.id)));
            }
        }
        Ok(())
    }

    fn check(&self, parameters: &[Parameter], fields: &mut Fields, strict: bool) -> Result<(), Refusal> {
        for Pair { name, value, .. } in &mut fields.pairs {
            if PAGING.contains(&name.as_str()) {
                continue;
            }
            let Some(parameter) = parameters.iter().find(|parameter| *parameter.name == **name) else {
                if strict {
                    return Err(Refusal::invalid(name, "there is no such parameter"));
                }
                continue;
            };
            if value.is_empty() && parameter.empty_means_none() {
                continue;
            }
            if let Err(problem) = parameter.kind.check(value) {
                return Err(self.refuse(Refusal::invalid(name, &problem), name, value.is_empty()));
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.required) {
            let name = &*parameter.name;
            if !fields.pairs.iter().any(|pair| pair.name == name && !pair.value.is_empty()) {
                return Err(self.refuse(Refusal::missing(name), name, true));
            }
        }
        Ok(())
    }

    /// Gives a refusal the code that says more, if there is one.
    fn refuse(&self, refusal: Refusal, field: &str, empty: bool) -> Refusal {
        match self.resource.and_then(|resource| resource.specific_code(field, empty)) {
            Some(code) => refusal.with_code(code),
            None => refusal,
        }
    }
}

impl Parameter {
    /// Whether an empty text stands for "nothing" here: texts and SIDs are cleared by it, and so are lists.
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

    use super::super::{Api, Found};
    use super::*;

    fn check(path: &str, body: &str, strict: bool) -> Result<Fields, String> {
        let Found::Operation(operation, _) = Api::get().unwrap().find(&Method::POST, path) else { panic!("{path}") };
        let mut fields = Fields::decode(body.as_bytes());
        match operation.check_form(&mut fields, strict) {
            Ok(()) => Ok(fields),
            Err(refusal) => Err(refusal.message().to_owned()),
        }
    }

    #[test]
    fn a_refusal_names_the_parameter() {
        let message = check("/v1/Services", "", false).unwrap_err();
        assert!(message.contains("FriendlyName"), "{message}");
        let message =
            check("/v1/Configuration/Webhooks", "Filters=onConversationAdded&Filters=onNothing", false).unwrap_err();
        assert!(message.contains("Filters") && message.contains("onConversationAdded"), "{message}");
        let message = check("/v1/Configuration/Webhooks", "Target=studio", false).unwrap_err();
        assert!(message.contains("Target") && message.contains("webhook, flex"), "{message}");
    }

    #[test]
    fn a_documented_parameter_that_nothing_has_read_is_named() {
        let read = |path: &str, query: &[u8], body: &[u8], names: &[&str]| {
            let Found::Operation(operation, _) = Api::get().unwrap().find(&Method::POST, path) else {
                panic!("{path}")
            };
            let (query, form) = (Fields::decode(query), Fields::decode(body));
            names.iter().for_each(|name| assert!(form.text(name).is_some(), "{name}"));
            operation.check_read(&query, &form).map_err(|refusal| (refusal.status(), refusal.message().to_owned()))
        };
        let (path, body) = ("/v1/Configuration/Webhooks", b"Method=POST&Target=flex");
        let message = "The emulator does not implement the parameter Target of UpdateConfigurationWebhook".to_owned();
        assert_eq!(read(path, b"", body, &["Method"]), Err((501, message)));
        assert_eq!(read(path, b"", body, &["Method", "Target"]), Ok(()));
        // One that is not documented is ignored, and so is one that is accepted without effect.
        assert_eq!(read(path, b"Colour=red", b"Shape=round", &[]), Ok(()));
        assert_eq!(read("/v1/Credentials", b"", b"Secret=x", &[]), Ok(()));
    }

    #[test]
    fn an_unknown_field_is_ignored_unless_asked_otherwise() {
        assert!(check("/v1/Services", "FriendlyName=x&Colour=red", false).is_ok());
        assert!(check("/v1/Services", "FriendlyName=x&Colour=red", true).unwrap_err().contains("Colour"));
    }

    #[test]
    fn enum_values_are_kept_in_the_documented_case() {
        let fields = check("/v1/Configuration/Webhooks", "Method=post&Filters=ONMESSAGEADDED", false).unwrap();
        assert_eq!(fields.text("Method"), Some("POST"));
        assert_eq!(fields.list("Filters"), Some(vec!["onMessageAdded"]));
    }
}
