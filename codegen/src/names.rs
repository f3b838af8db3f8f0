//! Names: from the vendor's to Rust's, the same way everywhere.

/// `conversations.v1.service.service_conversation` becomes `ServiceConversation`, `role_enum_role_type` `RoleRoleType`.
pub(crate) fn type_name(schema_name: &str) -> String {
    let short = schema_name.rsplit('.').next().unwrap_or(schema_name);
    pascal(&short.replace("_enum_", "_"))
}

/// `service_webhook`, `serviceWebhook`, `X-Twilio-Webhook`, `Timers.Inactive` become words in one Pascal-cased name.
pub(crate) fn pascal(name: &str) -> String {
    words(name)
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars).collect::<String>()
        })
        .collect()
}

/// A name in snake case, the same way everywhere: `ChatServiceSid` becomes `chat_service_sid`. A Rust keyword gets an
/// underscore.
pub fn snake(name: &str) -> String {
    let name = words(name).collect::<Vec<_>>().join("_");
    match name.as_str() {
        "type" | "self" | "move" | "ref" | "match" | "where" | "in" | "use" | "mod" | "enum" | "struct" | "fn"
        | "box" | "loop" | "for" | "if" | "else" | "as" | "async" | "await" | "final" | "override" | "virtual"
        | "static" => {
            format!("{name}_")
        }
        _ => name,
    }
}

/// The vendor's rule for words of a command line: `PreWebhookUrl` becomes `pre-webhook-url`, and `Timers.Inactive`
/// `timers.inactive`.
pub(crate) fn kebab(name: &str) -> String {
    name.split('.').map(|part| words(part).collect::<Vec<_>>().join("-")).collect::<Vec<_>>().join(".")
}

/// `FETCH_SERVICE_BINDING`.
pub(crate) fn screaming(name: &str) -> String {
    words(name).collect::<Vec<_>>().join("_").to_ascii_uppercase()
}

/// Lower-case words: split at anything that is not alphanumeric, and before a capital that follows a small letter.
fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let starts = !previous.is_alphanumeric() || (c.is_uppercase() && !previous.is_uppercase());
            match words.last_mut() {
                Some(word) if !starts => word.push(c.to_ascii_lowercase()),
                _ => words.push(c.to_ascii_lowercase().to_string()),
            }
        }
        previous = c;
    }
    words.into_iter()
}

/// Whether the text can be a name in Rust: no keyword, no odd characters.
pub(crate) fn is_identifier(text: &str) -> bool {
    syn::parse_str::<syn::Ident>(text).is_ok()
}

/// One of many: `services` becomes `service`, `addresses` `address`.
pub(crate) fn singular(name: &str) -> String {
    // What no rule tells apart: `shelves` from `valves`, `boxes` from `axes`.
    const IRREGULAR: [(&str, &str); 7] = [
        ("boxes", "box"),
        ("children", "child"),
        ("halves", "half"),
        ("indices", "index"),
        ("people", "person"),
        ("shelves", "shelf"),
        ("statuses", "status"),
    ];
    let irregular = IRREGULAR.iter().find_map(|(many, one)| Some(format!("{}{one}", name.strip_suffix(many)?)));
    if let Some(one) = irregular {
        return one;
    }
    if let Some(stem) = name.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = name.strip_suffix("sses") {
        format!("{stem}ss")
    } else {
        name.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(name).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_names_become_short() {
        let long = "conversations.v1.service.service_configuration.service_webhook_configuration";
        assert_eq!(type_name(long), "ServiceWebhookConfiguration");
        assert_eq!(type_name("role_enum_role_type"), "RoleRoleType");
        assert_eq!(type_name("error_body"), "ErrorBody");
    }

    #[test]
    fn words_are_found_in_every_spelling() {
        assert_eq!(snake("Timers.Inactive"), "timers_inactive");
        assert_eq!(snake("X-Twilio-Webhook-Enabled"), "x_twilio_webhook_enabled");
        assert_eq!(snake("ChatServiceSid"), "chat_service_sid");
        assert_eq!(snake("Type"), "type_");
        assert_eq!(kebab("ConversationWithParticipants"), "conversation-with-participants");
        assert_eq!(kebab("X-Twilio-Webhook-Enabled"), "x-twilio-webhook-enabled");
        assert_eq!(kebab("NewMessage.WithMedia.Template"), "new-message.with-media.template");
        assert_eq!(pascal("onMessageAdd"), "OnMessageAdd");
        assert_eq!(pascal("GET"), "Get");
        assert_eq!(screaming("FetchService"), "FETCH_SERVICE");
    }

    #[test]
    fn collections_have_items() {
        for (many, one) in [
            ("services", "service"),
            ("addresses", "address"),
            ("replies", "reply"),
            ("address", "address"),
            ("shelves", "shelf"),
            ("bookshelves", "bookshelf"),
            ("valves", "valve"),
            ("archives", "archive"),
            ("inboxes", "inbox"),
            ("delivery_statuses", "delivery_status"),
            ("people", "person"),
        ] {
            assert_eq!(singular(many), one);
        }
    }
}
