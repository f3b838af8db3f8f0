//! Translates the keys of an item to the parameters of the operation that creates it, by the specification.

use std::collections::HashMap;

use super::node::{Kind, Node, Problem};
use crate::http::{self, Endpoint, Parameter};

/// Parameters that hold JSON, which an item may have as a list or mapping.
const JSON: [&str; 2] = ["Attributes", "ContentVariables"];

/// The fields of one request, and the place of each in the document.
pub(super) struct Form<'f> {
    endpoint: &'f Endpoint,
    /// The keys of the item that are not parameters.
    others: &'f [&'f str],
    context: Context<'f>,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    value: String,
    line: Option<usize>,
    path: String,
}

/// The names and the number that the values of an item may refer to.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    /// SIDs of items, by their names.
    pub(super) names: &'c HashMap<String, String>,
    /// The number of a repeated item, which `{n}` stands for.
    pub(super) number: Option<u64>,
}

impl Context<'_> {
    /// Replaces `{n}` by the number of the item.
    pub(super) fn fill(&self, text: &str) -> String {
        match self.number {
            Some(number) => text.replace("{n}", &number.to_string()),
            None => text.to_owned(),
        }
    }

    /// A SID: verbatim, or that of the item that `$name` refers to.
    pub(super) fn sid(&self, text: &str) -> Result<String, String> {
        let text = self.fill(text);
        let Some(name) = text.strip_prefix('$') else { return Ok(text) };
        let sid = self.names.get(name).cloned();
        sid.ok_or_else(|| format!("no item that is made before this one has the name {name}"))
    }
}

impl<'f> Form<'f> {
    /// Reads the entries of an item, except for some keys that are not parameters.
    pub(super) fn read(
        endpoint: &'f Endpoint,
        entries: &[(String, Node)],
        others: &'f [&'f str],
        path: &str,
        context: Context<'f>,
    ) -> Result<Self, Problem> {
        let mut form = Self { endpoint, others, context, fields: Vec::new() };
        for (key, node) in entries {
            if !others.contains(&key.as_str()) {
                form.take("", key, node, &format!("{path}.{key}"))?;
            }
        }
        Ok(form)
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<String> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        Some(self.fields.remove(index).value)
    }

    /// The problem of a rejected request: at the field that its message names, else at the item.
    pub(super) fn rejected(&self, node: &Node, path: &str, message: String) -> Problem {
        let named = message.split_once("Invalid parameter ").and_then(|(_, rest)| rest.split_once(':'));
        let field = named.and_then(|(name, _)| self.fields.iter().find(|field| field.name == name));
        let (line, path) = field.map_or((node.line, path), |field| (field.line, &field.path));
        Problem { line, path: path.to_owned(), text: message }
    }

    fn take(&mut self, prefix: &str, key: &str, node: &Node, path: &str) -> Result<(), Problem> {
        let name = format!("{prefix}{}", pascal(key));
        if let Some(parameter) = self.parameter(&name) {
            let fields = self.values(parameter, node, path)?;
            self.fields.extend(fields);
            return Ok(());
        }
        let inner = format!("{name}.");
        let is_group = self.endpoint.form.iter().any(|parameter| parameter.name.starts_with(&inner));
        match &node.kind {
            Kind::Map(entries) if is_group => {
                for (key, node) in entries {
                    self.take(&inner, key, node, &format!("{path}.{key}"))?;
                }
                Ok(())
            }
            Kind::Null if is_group => Ok(()),
            _ if is_group => Err(Problem::new(node, path, "it takes a mapping")),
            _ => Err(Problem::new(node, path, format!("there is no such key: {}", self.keys(prefix)))),
        }
    }

    /// The parameter of a name: the same name, the name with `Sid`, or a list parameter whose plural the name is.
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        let find = |wanted: &str| self.endpoint.form.iter().find(|parameter| *parameter.name == *wanted);
        find(name)
            .or_else(|| find(&format!("{name}Sid")))
            .or_else(|| find(name.strip_suffix('s')?).filter(|parameter| matches!(parameter.kind, http::Kind::List(_))))
    }

    /// The fields of a parameter. Null counts as absent.
    fn values(&self, parameter: &Parameter, node: &Node, path: &str) -> Result<Vec<Field>, Problem> {
        match (&parameter.kind, &node.kind) {
            (_, Kind::Null) => Ok(Vec::new()),
            (http::Kind::List(_), Kind::List(items)) => {
                let item = |(index, item)| self.value(parameter, item, format!("{path}[{index}]"));
                items.iter().enumerate().map(item).collect()
            }
            _ => Ok(vec![self.value(parameter, node, path.to_owned())?]),
        }
    }

    fn value(&self, parameter: &Parameter, node: &Node, path: String) -> Result<Field, Problem> {
        let fill = |text: &str| self.context.fill(text);
        let is_sid = match &parameter.kind {
            http::Kind::Sid(_) => true,
            http::Kind::List(item) => matches!(**item, http::Kind::Sid(_)),
            _ => false,
        };
        let mut value = match node.scalar() {
            Some(text) if is_sid => self.context.sid(text).map_err(|text| Problem::new(node, &path, text))?,
            Some(text) => fill(text),
            None if JSON.contains(&&*parameter.name) => node.to_json(&fill).to_string(),
            None => return Err(Problem::new(node, &path, "it takes a string")),
        };
        if !value.is_empty() {
            parameter.kind.check(&mut value).map_err(|text| Problem::new(node, &path, text))?;
        }
        Ok(Field { name: parameter.name.to_string(), value, line: node.line, path })
    }

    /// The known keys, as they are spelled in documents.
    fn keys(&self, prefix: &str) -> String {
        let mut keys: Vec<String> = Vec::new();
        for parameter in &self.endpoint.form {
            let Some(rest) = parameter.name.strip_prefix(prefix) else { continue };
            let key = snake(rest.split('.').next().unwrap_or_default());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if prefix.is_empty() {
            keys.extend(self.others.iter().map(|&key| key.to_owned()));
        }
        format!("there are {}", keys.join(", "))
    }
}

/// The API's spelling of a key: `DateCreated` for `date_created`, `dateCreated` and `DateCreated`.
fn pascal(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut begins = true;
    for character in key.chars() {
        if character != '_' {
            name.push(if begins { character.to_ascii_uppercase() } else { character });
        }
        begins = matches!(character, '_' | '.');
    }
    name
}

/// The spelling of a parameter in documents: `date_created`.
fn snake(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 2);
    for (index, character) in name.chars().enumerate() {
        if character.is_ascii_uppercase() && index > 0 {
            key.push('_');
        }
        key.push(character.to_ascii_lowercase());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Spec;

    #[test]
    fn keys_are_spelled_as_in_responses_or_as_in_requests() {
        for (key, name) in [
            ("date_created", "DateCreated"),
            ("DateCreated", "DateCreated"),
            ("timers.inactive", "Timers.Inactive"),
            ("Timers.Inactive", "Timers.Inactive"),
            ("url", "Url"),
            ("", ""),
        ] {
            assert_eq!(pascal(key), name);
        }
        assert_eq!(snake("DateCreated"), "date_created");
    }

    #[test]
    fn the_parameters_that_hold_json_are_those_of_the_specification() {
        for name in JSON {
            let known = Spec::get().unwrap().endpoints().iter().flat_map(|endpoint| &endpoint.form);
            assert!(known.into_iter().any(|parameter| *parameter.name == *name), "{name}");
        }
    }
}
