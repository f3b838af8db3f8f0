//! The options of the program, one declaration each. Help, command line, environment and file are derived from it.

use std::ffi::OsStr;
use std::fmt::Display;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::file;
use super::proxy::{Placed, ProxyArgs};
use crate::control::Scenario;
use crate::seed::{SIZE_LIMIT, load};
use crate::{Builder, Error, Fault};

/// The option that names the file of options. It alone is not a key of that file.
pub(super) const CONFIG: &str = "config";

pub(super) struct OptionSpec {
    /// `retry-delay` is `--retry-delay`, `TWILIO_EMULATOR_RETRY_DELAY` and the key `retry-delay` of a file.
    pub(super) name: &'static str,
    pub(super) arity: Arity,
    pub(super) help: &'static str,
    pub(super) default: Option<&'static str>,
    /// Whether the value has a secret. If so, no error quotes it.
    pub(super) secret: bool,
    pub(super) apply: Apply,
}

/// Applies a value of an option to the configuration.
type Apply = fn(RunConfig, &OptionValue<'_>) -> Result<RunConfig, Error>;

/// How many values an option has, and the name of a value in the help.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arity {
    /// `true` or `false`; `true` if the option is named without a value.
    Switch,
    One(&'static str),
    /// Any number of values.
    Many(&'static str),
}

/// The configuration of the emulator, to which the options are applied one by one.
#[derive(Default)]
pub(super) struct RunConfig {
    builder: Builder,
    proxy: ProxyArgs,
    /// Lines for stderr.
    pub(super) notes: Vec<String>,
}

/// A value of an option, verbatim.
pub(super) struct OptionValue<'v> {
    pub(super) value: &'v OsStr,
    /// The option as it was set, for errors: `--retries`, `TWILIO_EMULATOR_RETRIES` or `twilio-emulator.toml: retries`.
    pub(super) place: &'v str,
    /// The folder of relative paths; `None` for the working folder.
    pub(super) folder: Option<&'v Path>,
}

const fn switch(name: &'static str, help: &'static str, apply: Apply) -> OptionSpec {
    OptionSpec { name, arity: Arity::Switch, help, default: None, secret: false, apply }
}

const fn one(name: &'static str, value: &'static str, help: &'static str, apply: Apply) -> OptionSpec {
    OptionSpec { name, arity: Arity::One(value), help, default: None, secret: false, apply }
}

const fn many(name: &'static str, value: &'static str, help: &'static str, apply: Apply) -> OptionSpec {
    OptionSpec { name, arity: Arity::Many(value), help, default: None, secret: false, apply }
}

impl OptionSpec {
    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }
}

/// Reads a value by a method of [`OptionValue`], and passes it to a setter of the builder.
macro_rules! set {
    ($setter:ident, $read:ident) => {
        |config, value| config.set(Builder::$setter, value.$read()?)
    };
}

/// All options, in the order of the help. They are applied in this order too.
pub(super) const OPTIONS: &[OptionSpec] = &[
    one(CONFIG, "FILE", "read options from this TOML file", |config, _| Ok(config))
        .or("twilio-emulator.toml in the working folder, if it is there"),
    one("port", "PORT", "port to listen on", set!(port, parse)).or("any free one"),
    one("account-sid", "SID", "the account: AC and 32 hexadecimal digits", set!(account_sid, string)),
    one("auth-token", "TOKEN", "its auth token", set!(auth_token, string)).secret(),
    many("api-key", "SID:SECRET", "accept this API key of the account too", |config, value| {
        config.set(|builder, (sid, secret)| builder.api_key(sid, secret), value.pair("SID:SECRET")?)
    })
    .secret(),
    many("another-account", "SID:TOKEN", "add another account", |config, value| {
        config.set(|builder, (sid, token)| builder.another_account(sid, token), value.pair("SID:TOKEN")?)
    })
    .secret(),
    one("data", "FILE", "keep the state in FILE, in place of memory", |config, value| {
        config.set(Builder::data_file, value.path())
    }),
    one("bind", "ADDRESS", "IP address to listen on", |mut config, value| {
        let address: IpAddr = value.parse()?;
        if !address.is_loopback() {
            config.notes.push(format!(
                "warning: every host that reaches {address} can read and change everything in this emulator, without \
                 credentials"
            ));
        }
        config.set(Builder::bind, address)
    })
    .or("127.0.0.1"),
    many("allow-host", "NAME", "accept control requests by this host name too", set!(allow_host, string)),
    one(
        "proxy",
        "PORT",
        "serve the vendor's hosts to unmodified programs by an HTTP proxy; 0 is any free port",
        |mut config, value| {
            config.proxy.port = Some(value.placed(value.parse()?));
            Ok(config)
        },
    )
    .or("no proxy"),
    one("ca-dir", "DIR", "keep the proxy's CA in DIR", |mut config, value| {
        config.proxy.ca_folder = Some(value.placed(value.path()));
        Ok(config)
    })
    .or("beside the data file, or in the user's cache"),
    one("seed", "FILE", "make the items of a scenario first; YAML or JSON, at most 16 MB", |mut config, value| {
        let file = value.path();
        let text = file::read(&file, SIZE_LIMIT, file::TIME_LIMIT)
            .map_err(|error| Error::because(format!("cannot read the scenario in {}", file.display()), error))?;
        config.builder.start.seed = Some(Scenario { name: Some(file.display().to_string()), text, load });
        Ok(config)
    }),
    one(
        "seed-ids",
        "N",
        "generate the same SIDs and tokens in every run, and stop the clock at 2026-01-01T00:00:00Z",
        set!(seed_ids, parse),
    )
    .or("random ones"),
    one("signing-key", "KEY_ID:SECRET", "sign webhooks with this shared key and HMAC-SHA256", |config, value| {
        config.set(|builder, (id, secret)| builder.signing_key(id, secret), value.pair("KEY_ID:SECRET")?)
    })
    .secret()
    .or("the auth token, and HMAC-SHA1"),
    many(
        "fault",
        "FAULT",
        "inject a fault: KIND[@RATE][:OPERATION], where KIND is 429[=SECONDS], 500, 502, 503, 504, cut, cut-after or \
         slow=MILLISECONDS",
        |config, value| config.set(Builder::fault, value.string()?.parse::<Fault>()?),
    ),
    switch("strict", "reject parameters that the API does not have", set!(refuse_unknown_fields, boolean)),
    switch("vendor-urls", "use the vendor's host in the URLs of responses", set!(vendor_urls, boolean)),
    one("request-journal", "N", "REST requests kept for the inspector; 0 keeps none", set!(request_journal, parse))
        .or("1000"),
    one("retries", "COUNT", "retries of a post-event webhook", |mut config, value| {
        config.builder.start.settings.retries = value.parse()?;
        Ok(config)
    })
    .or("3"),
    one(
        "retry-delay",
        "MS",
        "milliseconds before the first retry, doubled for each further one",
        |mut config, value| {
            config.builder.start.settings.retry_delay = value.milliseconds()?;
            Ok(config)
        },
    )
    .or("1000"),
    switch("no-pre-hooks", "call no pre-event webhooks for REST requests", |config, value| {
        config.set(Builder::pre_hooks_for_rest, !value.boolean()?)
    }),
    switch(
        "empty-filters-all",
        "send every event to an account without filters",
        set!(empty_account_filters_mean_all, boolean),
    ),
    one("refusal-status", "N", "status of a request that a pre-event webhook rejects", set!(refusal_status, parse))
        .or("403"),
    switch(
        "refuse-bad-answers",
        "reject a request if the response of a pre-event webhook is not a JSON object",
        set!(refuse_on_bad_answer, boolean),
    ),
    one(
        "pre-hook-timeout",
        "MS",
        "milliseconds that a pre-event webhook may take",
        set!(pre_hook_timeout, milliseconds),
    )
    .or("5000"),
    one(
        "post-hook-timeout",
        "MS",
        "milliseconds that a post-event webhook may take",
        set!(post_hook_timeout, milliseconds),
    )
    .or("15000"),
    one("rate-limit", "N", "writes per second and service or conversation", set!(rate_limit, parse)).or("no limit"),
    one("connection-limit", "N", "connections that are open at once", set!(connection_limit, parse)).or("512"),
    one(
        "header-timeout",
        "MS",
        "milliseconds that the headers of a request may take",
        set!(header_timeout, milliseconds),
    )
    .or("10000"),
    one("body-timeout", "MS", "milliseconds that the body of a request may take", set!(body_timeout, milliseconds))
        .or("30000"),
    one("idle-timeout", "MS", "milliseconds that a connection may be unused", set!(idle_timeout, milliseconds))
        .or("75000"),
    one("snapshot-limit", "BYTES", "largest snapshot that is restored", set!(snapshot_limit, parse)).or("268435456"),
];

impl RunConfig {
    /// Calls a setter of the builder.
    fn set<T>(mut self, set: impl FnOnce(Builder, T) -> Builder, value: T) -> Result<Self, Error> {
        self.builder = set(self.builder, value);
        Ok(self)
    }

    /// The configured emulator, and the lines for stderr.
    ///
    /// # Errors
    ///
    /// Options that contradict each other. The error names them as they were set.
    pub(super) fn finish(self) -> Result<(Builder, Vec<String>), Error> {
        Ok((self.proxy.apply(self.builder)?, self.notes))
    }
}

/// Only [`parse`](Self::parse) quotes the value in its error: it is for options that take no secret.
impl OptionValue<'_> {
    fn string(&self) -> Result<String, Error> {
        let text = self.value.to_str().ok_or_else(|| Error::new("the value is not UTF-8"))?;
        Ok(text.to_owned())
    }

    fn parse<T: FromStr<Err: Display>>(&self) -> Result<T, Error> {
        let text = self.string()?;
        text.parse().map_err(|error| Error::new(format!("cannot use {text:?}: {error}")))
    }

    fn milliseconds(&self) -> Result<Duration, Error> {
        self.parse().map(Duration::from_millis)
    }

    fn boolean(&self) -> Result<bool, Error> {
        match self.string()?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Error::new(format!("cannot use {other:?}: it takes true or false"))),
        }
    }

    /// Two parts with a colon between them, of which the second is a secret.
    fn pair(&self, form: &str) -> Result<(String, String), Error> {
        let text = self.string()?;
        let pair = text.split_once(':').map(|(first, second)| (first.to_owned(), second.to_owned()));
        pair.ok_or_else(|| Error::new(format!("it takes {form}")))
    }

    /// A parsed value with its place, for an option that is checked together with others.
    fn placed<T>(&self, value: T) -> Placed<T> {
        Placed { value, place: self.place.to_owned() }
    }

    fn path(&self) -> PathBuf {
        match self.folder {
            Some(folder) => folder.join(self.value),
            None => PathBuf::from(self.value),
        }
    }
}
