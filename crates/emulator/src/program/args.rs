//! Reads the options from the command line, the environment and a file, in this order of precedence.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, Value};

use super::file;
use super::options::{Arity, CONFIG, OPTIONS, OptionSpec, OptionValue, RunConfig};
use crate::Error;

/// Prefix of the names of variables.
pub(super) const PREFIX: &str = "TWILIO_EMULATOR_";
/// The file of options that is read by default.
const DEFAULT_FILE: &str = "twilio-emulator.toml";
/// Largest file of options, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// A parsed command line: of the program, or with the settings of its options.
pub(super) enum Args<T = Box<RunConfig>> {
    Help,
    Version,
    Run(T),
}

/// The values of one option from one source.
struct Setting {
    option: &'static OptionSpec,
    values: Vec<OsString>,
    /// The option as it was set: `--retries`, `TWILIO_EMULATOR_RETRIES` or `twilio-emulator.toml: retries`.
    place: String,
    /// The folder of the file; `None` for the other sources.
    folder: Option<PathBuf>,
}

impl Args {
    /// Reads all options from the arguments, the variables, and the file that these name or else the one in the working
    /// folder.
    ///
    /// If several of these sources have an option, the first one counts.
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
            Args::Help => return Ok(Self::Help),
            Args::Version => return Ok(Self::Version),
            Args::Run(settings) => settings,
        };
        settings.extend(of_environment(variables)?);
        let named = settings.iter().find(|setting| setting.option.name == CONFIG);
        let named = named.and_then(|setting| setting.values.last()).map(PathBuf::from);
        let of_file = of_file(working_folder, named.as_deref())?;
        let mut config = RunConfig::default();
        if named.is_none() && !of_file.is_empty() {
            config.notes.push(format!("options from {DEFAULT_FILE}"));
        }
        settings.extend(of_file);
        for option in OPTIONS {
            if let Some(setting) = settings.iter().find(|setting| setting.option.name == option.name) {
                config = setting.apply(config)?;
            }
        }
        Ok(Self::Run(Box::new(config)))
    }
}

impl OptionSpec {
    fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.name == name)
    }

    /// The variable that sets it, after [`PREFIX`].
    fn variable(&self) -> String {
        self.name.replace('-', "_").to_ascii_uppercase()
    }
}

impl Setting {
    fn apply(&self, mut config: RunConfig) -> Result<RunConfig, Error> {
        let values = match self.option.arity {
            Arity::Many(_) => &self.values[..],
            // The last one counts, as is usual on command lines.
            Arity::Switch | Arity::One(_) => &self.values[self.values.len().saturating_sub(1)..],
        };
        for value in values {
            let value = OptionValue { value, place: &self.place, folder: self.folder.as_deref() };
            config = (self.option.apply)(config, &value).map_err(|error| Error::because(self.place.clone(), error))?;
        }
        Ok(config)
    }
}

fn of_command_line(args: impl IntoIterator<Item = OsString>) -> Result<Args<Vec<Setting>>, Error> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut settings: Vec<Setting> = Vec::new();
    let failed = |error| Error::because("cannot read the command line", error);
    while let Some(argument) = parser.next().map_err(failed)? {
        let option = match argument {
            Short('h') | Long("help") => return Ok(Args::Help),
            Short('V') | Long("version") => return Ok(Args::Version),
            Long(name) => {
                OptionSpec::find(name).ok_or_else(|| Error::new(format!("--{name}: there is no such option")))?
            }
            Short(letter) => return Err(Error::new(format!("-{letter}: there is no such option"))),
            // It is not quoted, since it may be a secret after a superfluous space.
            Value(_) if settings.iter().any(|setting| setting.option.secret) => {
                return Err(Error::new("an argument is neither an option nor the value of one"));
            }
            Value(value) => return Err(Error::new(format!("{value:?} is neither an option nor the value of one"))),
        };
        let place = format!("--{}", option.name);
        let value = match option.arity {
            Arity::Switch => parser.optional_value().unwrap_or_else(|| "true".into()),
            Arity::One(value) | Arity::Many(value) => {
                parser.value().map_err(|_| Error::new(format!("{place}: it takes {value}")))?
            }
        };
        match settings.iter_mut().find(|setting| setting.place == place) {
            Some(setting) => setting.values.push(value),
            None => settings.push(Setting { option, values: vec![value], place, folder: None }),
        }
    }
    Ok(Args::Run(settings))
}

/// Reads the variables. An empty variable counts as not set.
fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Vec<Setting>, Error> {
    let mut settings = Vec::new();
    for (name, value) in variables {
        let place = name.to_string_lossy().into_owned();
        let Some(name) = place.strip_prefix(PREFIX) else { continue };
        let option = OPTIONS.iter().find(|option| option.variable() == name);
        let option = option.ok_or_else(|| Error::new(format!("{place}: there is no such option")))?;
        let values = match option.arity {
            Arity::Many(_) => {
                let text = value.to_str().ok_or_else(|| Error::new(format!("{place}: the value is not UTF-8")))?;
                let separates = |character: char| character == ',' || character.is_whitespace();
                text.split(separates).filter(|value| !value.is_empty()).map(OsString::from).collect()
            }
            Arity::Switch | Arity::One(_) if value.is_empty() => Vec::new(),
            Arity::Switch | Arity::One(_) => vec![value],
        };
        if !values.is_empty() {
            settings.push(Setting { option, values, place, folder: None });
        }
    }
    Ok(settings)
}

/// Reads the file of options. The default file may be missing.
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
        let option =
            OptionSpec::find(&key).filter(|option| option.name != CONFIG).ok_or_else(|| no_key(&place, &key))?;
        let values = match (option.arity, value) {
            (Arity::Many(_), toml::Value::Array(values)) => values.into_iter().map(scalar).collect(),
            (_, value) => scalar(value).map(|value| vec![value]),
        };
        let form = match option.arity {
            Arity::Switch => "true or false",
            Arity::One(_) => "a string or a whole number",
            Arity::Many(_) => "a string or a list of strings",
        };
        let values: Vec<OsString> = values.ok_or_else(|| Error::new(format!("{place}: it takes {form}")))?;
        Ok(Setting { option, values, place, folder: folder.clone() })
    };
    table.into_iter().map(setting).collect()
}

/// The error of malformed TOML. The parser's own error quotes the line, which may have a secret.
fn malformed(shown: &str, text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Error::new(format!("{shown}: line {line}: {}", error.message()))
}

fn no_key(place: &str, key: &str) -> Error {
    let meant = OptionSpec::find(&key.replace('_', "-").to_ascii_lowercase()).filter(|option| option.name != CONFIG);
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
