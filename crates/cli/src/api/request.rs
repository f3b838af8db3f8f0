//! A request from the arguments of a command.

use clap::ArgMatches;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    command::{id, negation},
    data::Data,
    value,
};
use crate::{
    failure::{Failure, Result},
    table::{Action, Kind, Operation, Parameter, Place},
};

/// Everything but the unreserved characters of RFC 3986 is escaped in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path parameter of the service.
const SERVICE: &str = "ChatServiceSid";

/// Pairs of names on the wire and values.
pub(super) type Pairs = Vec<(&'static str, String)>;

/// A request that was checked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) operation: &'static Operation,
    /// Percent-encoded, without the query.
    pub(super) path: String,
    /// The values in the path, in its order.
    pub(super) items: Vec<String>,
    pub(super) query: Pairs,
    pub(super) form: Pairs,
    pub(super) headers: Pairs,
}

/// A command line that was parsed.
pub(super) struct Parsed<'a> {
    pub(super) operation: &'static Operation,
    pub(super) matches: &'a ArgMatches,
    /// Whether it is in the vendor's spelling, where a value that begins with `@` is no file.
    pub(super) is_vendors: bool,
    /// The service of `--service`.
    pub(super) service: Option<&'a str>,
    /// Whether the words do not name the service, so that `--service` alone decides it.
    pub(super) is_moved: bool,
}

impl Request {
    /// Reads and checks all arguments, and the files that they name.
    ///
    /// # Errors
    ///
    /// A value is malformed or missing, or a file cannot be read.
    pub(super) fn new(parsed: &Parsed<'_>) -> Result<Self> {
        let operation = parsed.operation;
        let is_checked = !parsed.matches.get_flag(id::UNCHECKED);
        let items = parsed.items(is_checked)?;
        let mut data = Data::new(operation, parsed.matches)?;
        let cleared = parsed.cleared();
        let mut request = Self { operation, path: String::new(), items, query: vec![], form: vec![], headers: vec![] };
        for parameter in operation.parameters.iter().filter(|parameter| parameter.place != Place::Path) {
            let mut values = parsed.values(parameter, &mut data)?;
            if values.is_none() && parameter.place == Place::Form {
                values = data.take(parameter)?;
            }
            if cleared.contains(&parameter.flag) {
                if values.is_some() {
                    let flag = parameter.flag;
                    return Err(Failure::usage(format!("--clear {flag} clears it, and --{flag} sets it: choose one")));
                }
                values = Some(vec![String::new()]);
            } else {
                values = values.map(|values| checked(parameter, values, is_checked)).transpose()?;
            }
            let Some(values) = values else { continue };
            let pairs = match parameter.place {
                Place::Query => &mut request.query,
                Place::Header => &mut request.headers,
                Place::Form | Place::Path => &mut request.form,
            };
            pairs.extend(values.into_iter().map(|value| (parameter.name, value)));
        }
        data.finish()?;
        if is_checked {
            request.check_required()?;
        }
        request.path = request.fill_path();
        Ok(request)
    }

    fn check_required(&self) -> Result<()> {
        let sent = |name: &str| self.query.iter().chain(&self.form).chain(&self.headers).any(|(sent, _)| *sent == name);
        let required = self.operation.parameters.iter().filter(|it| it.is_required && it.place != Place::Path);
        let missing: Vec<String> = required.filter(|it| !sent(it.name)).map(|it| format!("--{}", it.flag)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Failure::usage(format!("missing: {}", missing.join(", ")))) }
    }

    fn fill_path(&self) -> String {
        let mut items = self.items.iter();
        let segments = self.operation.path.split('/').map(|segment| match segment.starts_with('{') {
            true => {
                utf8_percent_encode(items.next().expect("each parameter of the path has a value"), SEGMENT).to_string()
            }
            false => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

impl Parsed<'_> {
    /// The values of the path: those of flags, then `--service`, then the arguments in order.
    fn items(&self, is_checked: bool) -> Result<Vec<String>> {
        let parameters: Vec<&Parameter> = self.operation.items_of_path().collect();
        let flag = |parameter: &Parameter| self.matches.get_one::<String>(parameter.name).cloned();
        let mut items: Vec<Option<String>> = parameters.iter().map(|parameter| flag(parameter)).collect();
        let argument = |id| self.matches.try_get_one::<String>(id).ok().flatten().cloned();
        let arguments: Vec<String> = id::ITEMS.into_iter().filter_map(argument).collect();
        self.fill_service(&parameters, &mut items, arguments.len())?;
        let mut arguments = arguments.into_iter();
        for item in items.iter_mut().filter(|item| item.is_none()) {
            *item = arguments.next();
        }
        if let Some(extra) = arguments.next() {
            return Err(Failure::usage(format!(
                "unexpected argument {extra:?}: all items of the path are set already"
            )));
        }
        let mut found = Vec::new();
        for (parameter, item) in parameters.into_iter().zip(items) {
            let Some(item) = item else {
                return Err(Failure::usage(format!(
                    "--{} is missing: set it, or name the item as an argument",
                    parameter.flag
                )));
            };
            let is_of_service = parameter.name == SERVICE && flag(parameter).is_none() && self.service == Some(&item);
            let flag = if is_of_service { "service" } else { parameter.flag };
            let item = if is_checked { one(parameter, flag, &item)? } else { item };
            if matches!(item.as_str(), "" | "." | "..") {
                return Err(Failure::usage(format!("--{flag}: {item:?} would name another resource")));
            }
            found.push(item);
        }
        Ok(found)
    }

    fn fill_service(&self, parameters: &[&Parameter], items: &mut [Option<String>], arguments: usize) -> Result<()> {
        let (Some(service), Some(at)) = (self.service, parameters.iter().position(|it| it.name == SERVICE)) else {
            return Ok(());
        };
        match &items[at] {
            Some(other) if self.is_moved && other != service => Err(Failure::usage(format!(
                "--chat-service-sid is {other:?}, and --service is {service:?}: choose one"
            ))),
            Some(_) => Ok(()),
            None => {
                let missing = items.iter().filter(|item| item.is_none()).count();
                // An argument for every item comes before a service of the environment.
                if self.is_moved || arguments < missing {
                    items[at] = Some(service.to_owned());
                }
                Ok(())
            }
        }
    }

    /// The flags of `--clear`.
    fn cleared(&self) -> Vec<&'static str> {
        let update = self.operation.action == Action::Update;
        let names: Vec<&String> =
            if update { self.matches.get_many(id::CLEAR).into_iter().flatten().collect() } else { Vec::new() };
        let parameters = self.operation.parameters.iter();
        parameters
            .filter(|it| names.iter().any(|name| *name == it.flag || *name == it.name))
            .map(|it| it.flag)
            .collect()
    }

    /// The values that flags set.
    fn values(&self, parameter: &'static Parameter, data: &mut Data) -> Result<Option<Vec<String>>> {
        if matches!(parameter.kind, Kind::Boolean)
            && self.matches.try_get_one::<bool>(&negation(parameter.name)).is_ok_and(|set| set == Some(&true))
        {
            return Ok(Some(vec!["false".to_owned()]));
        }
        let Some(values) = self.matches.get_many::<String>(parameter.name) else { return Ok(None) };
        let is_long = matches!(parameter.kind, Kind::String { .. } | Kind::Json) && parameter.place == Place::Form;
        let read = |value: &String| match value.strip_prefix('@') {
            Some(file) if is_long && !self.is_vendors => data.value(parameter, file),
            _ => Ok(value.clone()),
        };
        values.map(read).collect::<Result<_>>().map(Some)
    }
}

/// Checks every value.
fn checked(parameter: &Parameter, values: Vec<String>, is_checked: bool) -> Result<Vec<String>> {
    // An empty value is sent as it is: the API clears the field.
    let check = |value: String| {
        if is_checked && !value.is_empty() { one(parameter, parameter.flag, &value) } else { Ok(value) }
    };
    values.into_iter().map(check).collect()
}

fn one(parameter: &Parameter, flag: &str, value: &str) -> Result<String> {
    value::check(parameter.kind, value).map_err(|problem| Failure::usage(format!("--{flag}: {problem}")))
}
