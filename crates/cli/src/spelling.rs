//! The vendor's spelling of commands: `api:conversations:v1:conversations:messages:list`, or with spaces.

use std::ffi::OsString;

use crate::table::{Kind, OPERATIONS};

/// The arguments as the command tree takes them.
///
/// - In the vendor's spelling, a colon parts words as a space does. All arguments from `api` to the first flag are words,
///   since such a command takes items by flags only.
/// - `--flag true` becomes `--flag=true` for a boolean, so that an argument after a bare `--flag` is an item.
pub(crate) fn normalize(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut normal: Vec<OsString> = Vec::new();
    let mut is_vendors = false;
    let mut is_raw = false;
    let mut boolean: Option<usize> = None;
    for arg in args {
        let text = arg.to_str().unwrap_or_default();
        let is_flag = text.starts_with('-');
        if let Some(at) = boolean.take()
            && matches!(text, "true" | "false")
        {
            normal[at].push("=");
            normal[at].push(text);
            continue;
        }
        if !is_raw && !is_flag && (is_vendors || text == "api" || text.starts_with("api:conversations")) {
            is_vendors = true;
            normal.extend(text.split([':', ' ']).filter(|word| !word.is_empty()).map(OsString::from));
            continue;
        }
        // After the first flag, words are values of flags.
        is_raw |= text == "--" || (is_vendors && is_flag);
        if is_boolean(text) {
            boolean = Some(normal.len());
        }
        normal.push(arg);
    }
    normal
}

/// Whether the argument is the flag of a boolean, without a value.
fn is_boolean(arg: &str) -> bool {
    let Some(flag) = arg.strip_prefix("--").filter(|flag| !flag.is_empty()) else { return false };
    let parameters = || OPERATIONS.iter().flat_map(|operation| operation.parameters);
    parameters().any(|parameter| parameter.flag == flag && matches!(parameter.kind, Kind::Boolean))
}

/// The position of the words of the vendor's spelling below the program's name.
pub(crate) const VENDOR_PREFIX: [&str; 3] = ["api", "conversations", "v1"];

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(args: &str) -> String {
        let args = normalize(args.split_whitespace().map(OsString::from));
        args.iter().map(|arg| arg.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn colons_and_spaces_part_the_words_of_the_vendors_spelling() {
        let expected = "twconv -p x api conversations v1 roles fetch --sid RL1:2";
        assert_eq!(normal("twconv -p x api:conversations:v1:roles:fetch --sid RL1:2"), expected);
        assert_eq!(normal("twconv -p x api conversations:v1 roles fetch --sid RL1:2"), expected);
    }

    #[test]
    fn colons_elsewhere_stay() {
        let args = "twconv conversations fetch api:order --jq .sid";
        assert_eq!(normal(args), args);
        let args = "twconv api conversations v1 users create --identity api:conversations:x";
        assert_eq!(normal(args), args);
    }

    #[test]
    fn the_value_of_a_boolean_may_follow_a_space() {
        let args = "twconv conversations create --x-twilio-webhook-enabled true --friendly-name true";
        let expected = "twconv conversations create --x-twilio-webhook-enabled=true --friendly-name true";
        assert_eq!(normal(args), expected);
    }
}
