//! A recorded request as a `curl` command for a POSIX shell.
//!
//! Credentials are `$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`, which the shell expands.

use std::fmt::Write as _;

use crate::http::journal::RecordedRequest;

/// Headers that are left out: those that curl sets itself, those of one connection, and those that make the output
/// unreadable.
const OWN_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "expect",
    "accept-encoding",
    "upgrade",
];
const FORM: &str = "application/x-www-form-urlencoded";

/// The command that repeats a request. `None` for a request that was not recorded completely, and for one that curl cannot
/// send: `HEAD` with a body, or header bytes that are not UTF-8.
pub(super) fn command(base_url: &str, request: &RecordedRequest) -> Option<String> {
    let has_body = !request.request_body.is_empty();
    if !request.is_whole() || (request.method == "HEAD" && has_body) {
        return None;
    }
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let url = format!("{base_url}{}{query}", request.path);
    // curl must not interpret brackets and dots in a path.
    let mut command = "curl --globoff --path-as-is".to_owned();
    match request.method.as_str() {
        "HEAD" => command.push_str(" --head"),
        method => {
            let _ = write!(command, " --request {}", quote(method)?);
        }
    }
    let _ = write!(command, " {}", quote(&url)?);
    command.push_str(" --user \"$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN\"");
    for (name, value) in &request.headers {
        let is_default = has_body && name == "content-type" && value == FORM;
        if !is_default && !OWN_HEADERS.contains(&name.as_str()) {
            // curl's notation for a header with an empty value.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            let _ = write!(command, " --header {}", quote(&header)?);
        }
    }
    if has_body {
        if request.header("content-type").is_none() {
            command.push_str(" --header 'content-type:'");
        }
        match std::str::from_utf8(&request.request_body).ok().and_then(quote) {
            Some(body) => {
                let _ = write!(command, " --data-raw {body}");
            }
            None => command = format!("printf %b {} | {command} --data-binary @-", octal(&request.request_body)),
        }
    }
    Some(command)
}

/// Quotes a string for a POSIX shell. `None` if it has control characters, which a terminal may interpret when they are
/// pasted, or replacement characters, which stand for bytes that are not UTF-8.
fn quote(text: &str) -> Option<String> {
    if text.chars().any(|character| character.is_control() || character == char::REPLACEMENT_CHARACTER) {
        return None;
    }
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Bytes as the argument of `printf %b`, which is the same in every shell.
fn octal(bytes: &[u8]) -> String {
    let mut argument = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"=&+.-_*".contains(byte) {
            argument.push(char::from(*byte));
        } else {
            let _ = write!(argument, "\\0{byte:03o}");
        }
    }
    format!("'{argument}'")
}

#[cfg(test)]
mod tests;
