//! Values from files and stdin.

use clap::ArgMatches;
use serde_json::{Map, Value};

use super::command::id;
use crate::{
    failure::{Failure, Result},
    input,
    table::{Kind, Operation, Parameter, Place},
};

/// Limit of a file with values, and of stdin: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

/// The members of `--data-file`, and the use of stdin.
pub(super) struct Data {
    operation: &'static Operation,
    /// By the normal form of the name.
    members: Vec<(String, String, Value)>,
    is_stdin_read: bool,
}

impl Data {
    /// Reads the file of `--data-file`, if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no JSON object.
    pub(super) fn new(operation: &'static Operation, matches: &ArgMatches) -> Result<Self> {
        let mut data = Self { operation, members: Vec::new(), is_stdin_read: false };
        let file = if operation.has_form() { matches.get_one::<String>(id::DATA_FILE) } else { None };
        if let Some(file) = file {
            let text = data.read(file).map_err(|failure| failure.context("--data-file"))?;
            let object = serde_json::from_str::<Map<String, Value>>(&text)
                .map_err(|error| Failure::usage(format!("--data-file {file}: expected a JSON object")).source(error))?;
            data.add("", object)?;
        }
        Ok(data)
    }

    /// Adds members; an object of which the fields are parameters is taken apart, `{"timers": {"closed": …}}`.
    ///
    /// # Errors
    ///
    /// Two members are the same field in two spellings.
    fn add(&mut self, prefix: &str, object: Map<String, Value>) -> Result<()> {
        for (name, value) in object {
            let name = format!("{prefix}{name}");
            let normal = normal(&name);
            let mut parameters = self.operation.parameters.iter();
            let is_group = parameters.any(|parameter| normal_starts(parameter.name, &normal));
            match value {
                Value::Object(object) if is_group => self.add(&format!("{name}."), object)?,
                value => match self.members.iter().find(|(known, ..)| *known == normal) {
                    Some((_, other, _)) => {
                        let problem = format!("--data-file: {other:?} and {name:?} are the same field: choose one");
                        return Err(Failure::usage(problem));
                    }
                    None => self.members.push((normal, name, value)),
                },
            }
        }
        Ok(())
    }

    /// The values of a parameter, which are taken out; null clears.
    ///
    /// # Errors
    ///
    /// A value of another type, or a null where the API takes no empty value.
    pub(super) fn take(&mut self, parameter: &Parameter) -> Result<Option<Vec<String>>> {
        let wanted = normal(parameter.name);
        let Some(at) = self.members.iter().position(|(name, ..)| *name == wanted) else { return Ok(None) };
        let (_, name, value) = self.members.remove(at);
        let text = |value: Value| match value {
            Value::String(text) => Ok(text),
            Value::Null if parameter.can_clear => Ok(String::new()),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Object(_) | Value::Array(_) if matches!(parameter.kind, Kind::Json) => Ok(value.to_string()),
            Value::Null => Err(Failure::usage(format!("--data-file: {name} is null, and it cannot be cleared"))),
            _ => Err(Failure::usage(format!("--data-file: {name} takes no object or list"))),
        };
        match value {
            Value::Array(items) if parameter.is_list && items.is_empty() => Ok(Some(vec![String::new()])),
            Value::Array(items) if parameter.is_list => items.into_iter().map(text).collect::<Result<_>>().map(Some),
            value => Ok(Some(vec![text(value)?])),
        }
    }

    /// Fails on members that are no parameter.
    ///
    /// # Errors
    ///
    /// There are such members. A member that a flag sets as well is ignored.
    pub(super) fn finish(self) -> Result<()> {
        let parameters = || self.operation.parameters.iter().filter(|parameter| parameter.place == Place::Form);
        let is_known = |name: &String| parameters().any(|parameter| normal(parameter.name) == *name);
        let Some((_, name, _)) = self.members.iter().find(|(normal, ..)| !is_known(normal)) else { return Ok(()) };
        let known: Vec<&str> = parameters().map(|parameter| parameter.name).collect();
        Err(Failure::usage(format!("--data-file: there is no field {name:?}; the fields are {}", known.join(", "))))
    }

    /// The value in a file, after `@`; `@@` is a value that begins with `@`.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn value(&mut self, parameter: &Parameter, file: &str) -> Result<String> {
        if file.starts_with('@') {
            return Ok(file.to_owned());
        }
        let read = self.read(file);
        read.map_err(|failure| {
            let flag = parameter.flag;
            failure.context(format!("--{flag} names a file by @; write @@ for a value that begins with @"))
        })
    }

    fn read(&mut self, file: &str) -> Result<String> {
        if file == "-" && std::mem::replace(&mut self.is_stdin_read, true) {
            return Err(Failure::usage("stdin can be read once only"));
        }
        let name = if file == "-" { "stdin" } else { file };
        input::text(file, LARGEST).map_err(|error| Failure::usage(format!("reading {name}")).source(error))
    }
}

/// The name without case and separators: `FriendlyName`, `friendly-name` and `friendly_name` are the same.
fn normal(name: &str) -> String {
    name.chars().filter(|char| !matches!(char, '-' | '_')).map(|char| char.to_ascii_lowercase()).collect()
}

/// Whether the name of a parameter begins with this group: `Timers.Closed` with `timers`.
fn normal_starts(name: &str, group: &str) -> bool {
    normal(name).strip_prefix(group).is_some_and(|rest| rest.starts_with('.'))
}
