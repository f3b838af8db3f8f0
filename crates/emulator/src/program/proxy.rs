//! Options of the proxy, and the shell lines that configure a program to use it.

use std::path::PathBuf;

use crate::{Builder, Emulator, Error};

/// A parsed value, and the option as it was set.
pub(super) struct Placed<T> {
    #[cfg_attr(not(feature = "proxy"), expect(dead_code, reason = "a build without proxy rejects the option"))]
    pub(super) value: T,
    pub(super) place: String,
}

/// `--proxy` and `--ca-dir`.
#[derive(Default)]
pub(super) struct ProxyArgs {
    pub(super) port: Option<Placed<u16>>,
    pub(super) ca_folder: Option<Placed<PathBuf>>,
}

impl ProxyArgs {
    /// Adds the proxy, if its port is set. Its CA is kept in the folder of `--ca-dir`, else beside the data file, else in
    /// the user's cache.
    #[cfg(feature = "proxy")]
    pub(super) fn apply(self, builder: Builder) -> Result<Builder, Error> {
        let Some(port) = self.port else {
            return match self.ca_folder {
                Some(folder) => {
                    Err(Error::new(format!("{}: it takes the option --proxy, which is missing", folder.place)))
                }
                None => Ok(builder),
            };
        };
        let builder = builder.proxy(port.value);
        Ok(match self.ca_folder {
            Some(folder) => builder.ca_folder(folder.value),
            None if builder.start.data.is_some() => builder,
            None => {
                let folder = crate::proxy::user_folder(|name| std::env::var_os(name));
                builder.ca_folder(folder.ok_or_else(|| {
                    Error::new(format!(
                        "{}: neither XDG_CACHE_HOME nor HOME has a folder for the CA: --ca-dir can name one",
                        port.place
                    ))
                })?)
            }
        })
    }

    #[cfg(not(feature = "proxy"))]
    pub(super) fn apply(self, builder: Builder) -> Result<Builder, Error> {
        let place = self.port.map(|port| port.place).or(self.ca_folder.map(|folder| folder.place));
        match place {
            None => Ok(builder),
            Some(place) => Err(Error::new(format!("{place}: this build has no proxy: its feature `proxy` is off"))),
        }
    }
}

/// The program's output about its proxy: the URL, and lines for a POSIX shell.
#[cfg(feature = "proxy")]
pub(super) fn lines(emulator: &Emulator) -> String {
    let (Some(url), Some(ca_file)) = (emulator.proxy_url(), emulator.ca_file()) else { return String::new() };
    let mut text = format!("proxy on {url}\n");
    // Java cannot read PEM: keytool puts the certificate into a store once, beside it.
    let store = ca_file.with_extension("p12");
    let (host, port) = url.trim_start_matches("http://").rsplit_once(':').unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut variables = emulator.proxy_vars(ca_file);
    let java = [
        format!("-Dhttps.proxyHost={host} -Dhttps.proxyPort={port}"),
        format!("-Djavax.net.ssl.trustStore={}", java_quote(&store.display().to_string())),
        "-Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit".to_owned(),
    ];
    variables.push(("JAVA_TOOL_OPTIONS", java.join(" ")));
    for (name, value) in variables {
        text.push_str(&format!("export {name}={}\n", shell_quote(&value)));
    }
    let (ca_file, store) = (ca_file.display().to_string(), store.display().to_string());
    text.push_str(&format!(
        "# Java, once: rm -f {store} && keytool -importcert -noprompt -alias emulator -file {ca_file} -keystore {store} \
         -storetype PKCS12 -storepass changeit\n",
        store = shell_quote(&store),
        ca_file = shell_quote(&ca_file),
    ));
    text
}

#[cfg(not(feature = "proxy"))]
pub(super) fn lines(_emulator: &Emulator) -> String {
    String::new()
}

/// Quotes a value for a POSIX shell where it needs it.
#[cfg(feature = "proxy")]
fn shell_quote(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:,=@%+".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Quotes a value for `JAVA_TOOL_OPTIONS`, which is split at white space outside of quotes.
#[cfg(feature = "proxy")]
fn java_quote(value: &str) -> String {
    if value.bytes().any(|byte| byte.is_ascii_whitespace() || byte == b'\'') {
        return format!("\"{value}\"");
    }
    value.to_owned()
}
