//! The options as they are set: on the command line, in the environment and in a file, in this order of precedence.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, Value};

use super::file;
use super::options::{CONFIG, Given, OPTIONS, Opt, Plan, Takes};
use crate::Error;

/// What the names of variables begin with.
pub(super) const PREFIX: &str = "TWILIO_EMULATOR_";
/// The file of options that is read without being named.
const DEFAULT_FILE: &str = "twilio-emulator.toml";
/// Largest file of options, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// The parsed options.
pub(super) enum Args {
    Help,
    Version,
    Run(Box<Plan>),
}

/// The values of one option in one place.
struct Setting {
    option: &'static Opt,
    values: Vec<OsString>,
    /// `--retries`, `TWILIO_EMULATOR_RETRIES` or `twilio-emulator.toml: retries`.
    place: String,
    /// The folder of the file that it is in.
    folder: Option<PathBuf>,
}

impl Args {
    /// Reads all options: of the arguments, of the variables, and of the file that they name or else the one in the
    /// working folder.
    ///
    /// The values of an option are those of the first of these places that has the option.
    ///
    /// # Errors
    ///
    /// An option that is unknown or has a malformed value, or a file that cannot be read. The error names the place and
    /// the option, and holds no value of an option that takes a secret.
    pub(super) fn parse(
        args: impl IntoIterator<Item = OsString>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        working_folder: &Path,
    ) -> Result<Self, Error> {
        let mut settings = match of_command_line(args)? {
            CommandLine::Help => return Ok(Self::Help),
            CommandLine::Version => return Ok(Self::Version),
            CommandLine::Settings(settings) => settings,
        };
        settings.extend(of_environment(variables)?);
        let named = settings.iter().find(|setting| setting.option.name == CONFIG);
        let named = named.and_then(|setting| setting.values.last()).map(PathBuf::from);
        let of_file = of_file(working_folder, named.as_deref())?;
        let mut plan = Plan::default();
        if named.is_none() && !of_file.is_empty() {
            plan.notes.push(format!("options from {DEFAULT_FILE}"));
        }
        settings.extend(of_file);
        for option in OPTIONS {
            if let Some(setting) = settings.iter().find(|setting| setting.option.name == option.name) {
                plan = setting.apply(plan)?;
            }
        }
        Ok(Self::Run(Box::new(plan)))
    }
}

impl Opt {
    /// The option with a name.
    fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.name == name)
    }

    /// The variable that sets it, after [`PREFIX`].
    fn variable(&self) -> String {
        self.name.replace('-', "_").to_ascii_uppercase()
    }
}

impl Setting {
    fn apply(&self, mut plan: Plan) -> Result<Plan, Error> {
        let values = match self.option.takes {
            Takes::Many(_) => &self.values[..],
            // The last one counts, as on command lines in general.
            Takes::Switch | Takes::One(_) => &self.values[self.values.len().saturating_sub(1)..],
        };
        for value in values {
            let given = Given { value, folder: self.folder.as_deref() };
            plan = (self.option.apply)(plan, &given).map_err(|error| Error::because(self.place.clone(), error))?;
        }
        Ok(plan)
    }
}

enum CommandLine {
    Help,
    Version,
    Settings(Vec<Setting>),
}

fn of_command_line(args: impl IntoIterator<Item = OsString>) -> Result<CommandLine, Error> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut settings: Vec<Setting> = Vec::new();
    let failed = |error| Error::because("cannot read the command line", error);
    while let Some(argument) = parser.next().map_err(failed)? {
        let option = match argument {
            Short('h') | Long("help") => return Ok(CommandLine::Help),
            Short('V') | Long("version") => return Ok(CommandLine::Version),
            Long(name) => Opt::find(name).ok_or_else(|| Error::new(format!("--{name}: there is no such option")))?,
            Short(letter) => return Err(Error::new(format!("-{letter}: there is no such option"))),
            // It may be a secret, behind a superfluous space.
            Value(_) if settings.iter().any(|setting| setting.option.secret) => {
                return Err(Error::new("an argument is neither an option nor the value of one"));
            }
            Value(value) => return Err(Error::new(format!("{value:?} is neither an option nor the value of one"))),
        };
        let place = format!("--{}", option.name);
        let value = match option.takes {
            Takes::Switch => parser.optional_value().unwrap_or_else(|| "true".into()),
            Takes::One(value) | Takes::Many(value) => {
                parser.value().map_err(|_| Error::new(format!("{place}: it takes {value}")))?
            }
        };
        match settings.iter_mut().find(|setting| setting.place == place) {
            Some(setting) => setting.values.push(value),
            None => settings.push(Setting { option, values: vec![value], place, folder: None }),
        }
    }
    Ok(CommandLine::Settings(settings))
}

/// Reads the variables. One that is empty is as one that is not set.
fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Vec<Setting>, Error> {
    let mut settings = Vec::new();
    for (name, value) in variables {
        let place = name.to_string_lossy().into_owned();
        let Some(name) = place.strip_prefix(PREFIX) else { continue };
        let option = OPTIONS.iter().find(|option| option.variable() == name);
        let option = option.ok_or_else(|| Error::new(format!("{place}: there is no such option")))?;
        let values = match option.takes {
            Takes::Many(_) => {
                let text = value.to_str().ok_or_else(|| Error::new(format!("{place}: the value is not UTF-8")))?;
                let separates = |character: char| character == ',' || character.is_whitespace();
                text.split(separates).filter(|value| !value.is_empty()).map(OsString::from).collect()
            }
            Takes::Switch | Takes::One(_) if value.is_empty() => Vec::new(),
            Takes::Switch | Takes::One(_) => vec![value],
        };
        if !values.is_empty() {
            settings.push(Setting { option, values, place, folder: None });
        }
    }
    Ok(settings)
}

/// Reads the file of options. The one that is read without being named need not be there.
fn of_file(working_folder: &Path, named: Option<&Path>) -> Result<Vec<Setting>, Error> {
    let shown = named.unwrap_or(Path::new(DEFAULT_FILE));
    let path = working_folder.join(shown);
    let shown = shown.display().to_string();
    let text = match file::read(&path, FILE_LIMIT, file::TIME_LIMIT) {
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| Error::because(format!("cannot read the options in {shown}"), error))?,
    };
    let table: toml::Table = text.parse().map_err(|error| malformed(&shown, &text, &error))?;
    let folder = path.parent().map(Path::to_owned);
    let setting = |(key, value): (String, toml::Value)| {
        let place = format!("{shown}: {key}");
        let option = Opt::find(&key).filter(|option| option.name != CONFIG).ok_or_else(|| no_key(&place, &key))?;
        let values = match (option.takes, value) {
            (Takes::Many(_), toml::Value::Array(values)) => values.into_iter().map(scalar).collect(),
            (_, value) => scalar(value).map(|value| vec![value]),
        };
        let form = match option.takes {
            Takes::Switch => "true or false",
            Takes::One(_) => "a string or a whole number",
            Takes::Many(_) => "a string or a list of strings",
        };
        let values: Vec<OsString> = values.ok_or_else(|| Error::new(format!("{place}: it takes {form}")))?;
        Ok(Setting { option, values, place, folder: folder.clone() })
    };
    table.into_iter().map(setting).collect()
}

/// The error of a text that is not TOML. The parser's own quotes the line, which may hold a secret.
fn malformed(shown: &str, text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Error::new(format!("{shown}: line {line}: {}", error.message()))
}

fn no_key(place: &str, key: &str) -> Error {
    let meant = Opt::find(&key.replace('_', "-").to_ascii_lowercase()).filter(|option| option.name != CONFIG);
    let hint = meant.map(|option| format!("; {} is one", option.name)).unwrap_or_default();
    Error::new(format!("{place}: there is no such option{hint}"))
}

fn scalar(value: toml::Value) -> Option<OsString> {
    match value {
        toml::Value::String(text) => Some(text.into()),
        toml::Value::Integer(number) => Some(number.to_string().into()),
        toml::Value::Boolean(truth) => Some(truth.to_string().into()),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests;
