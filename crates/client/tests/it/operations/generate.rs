//! Writes the calls: for each operation and each sample of its request, one by position and one by builder.
//!
//! It knows the rules by which things are named, and knows them apart from the generator that named them: where the two
//! disagree, the calls do not compile.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use serde_json::Value;

use super::Style;
use crate::spec::{self, Operation, SOURCES, example, operations, prefix, resolve};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/operations/calls")
}

#[test]
fn the_calls_are_those_of_the_specification() {
    let files = files();
    if env::var_os("BLESS").is_some() {
        _ = fs::remove_dir_all(folder());
        fs::create_dir_all(folder()).unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder().join(name), text).unwrap());
    }
    let hint = "BLESS=1 cargo test -p twilio-conversations-client writes the calls anew";
    for (name, text) in &files {
        let present = fs::read_to_string(folder().join(name)).unwrap_or_default().replace("\r\n", "\n");
        let line = text.lines().zip(present.lines()).position(|(made, present)| made != present);
        assert!(*text == present, "{name} is out of date, first in line {:?}; {hint}", line.map(|line| line + 1));
    }
    assert_eq!(fs::read_dir(folder()).unwrap().count(), files.len(), "there are files of old; {hint}");
}

/// The files of `calls/`: one for each fragment, and the list of all.
fn files() -> BTreeMap<String, String> {
    let mut by_fragment: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
    for operation in operations() {
        let is_here = |(_, text): &(&String, &String)| text.contains(&format!("operationId: {}\n", operation.id));
        let (file, _) = SOURCES.0.iter().find(is_here).expect("an operation is in a fragment");
        let fragment = file.strip_prefix("v1/").and_then(|file| file.strip_suffix(".yaml")).unwrap();
        by_fragment.entry(fragment).or_default().push(operation);
    }
    let mut files = BTreeMap::new();
    let by = "Written by `BLESS=1 cargo test -p twilio-conversations-client`.";
    let (mut modules, mut all) = (String::new(), String::new());
    for (fragment, operations) in by_fragment {
        let cases: String = operations.into_iter().map(cases).collect();
        let text = format!(
            "//! Calls of what `spec/v1/{fragment}.yaml` describes. {by}\n\n{}\n\
             pub(super) const CALLS: &[Case] = &[\n{cases}];\n",
            uses(&cases)
        );
        files.insert(format!("{fragment}.rs"), text);
        modules.push_str(&format!("mod {fragment};\n"));
        all.push_str(&format!("        {fragment}::CALLS,\n"));
    }
    let text = format!(
        "//! The calls of every operation. {by}\n\n{modules}\nuse super::Case;\n\n\
         pub(super) fn all() -> impl Iterator<Item = &'static Case> {{\n    let all: &[&[Case]] = &[\n{all}    ];\n    \
         all.iter().copied().flatten()\n}}\n"
    );
    files.insert("mod.rs".to_owned(), text);
    files
}

fn uses(cases: &str) -> String {
    // Not where it is the end of another name, as in `update(`.
    let has = |name: &&str| {
        ["(", "::<"].iter().any(|next| {
            let call = format!("{name}{next}");
            let mut places = cases.match_indices(&call);
            places.any(|(i, _)| !cases[..i].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')))
        })
    };
    let helpers: Vec<_> =
        ["answer", "date", "duration", "page", "params", "request", "sid"].into_iter().filter(has).collect();
    let mut sids: Vec<_> =
        SIDS.iter().map(|(_, name)| *name).filter(|name| cases.contains(&format!("sid::<{name}>"))).collect();
    sids.sort_unstable();
    let mut lines = format!("use super::super::{{Case, {}}};\n", helpers.join(", "));
    if !sids.is_empty() {
        lines.insert_str(0, &format!("use twilio_conversations_client::types::{{{}}};\n\n", sids.join(", ")));
    }
    lines
}

fn cases(operation: Operation) -> String {
    let samples = operation.request_samples();
    let samples = if samples.is_empty() { vec![("", &Value::Null)] } else { samples };
    let case = |(name, sample): &(&str, &Value)| {
        let (webhook, positional) = positional(operation, name);
        let builder = builder(operation, sample);
        let how = if operation.id.starts_with("List") { "page" } else { "answer" };
        format!(
            "    Case {{\n        operation: {:?},\n        sample: {name:?},\n        \
             positional: |client, {webhook}| Box::pin(async move {{\n            answer(\n                client\n{positional}                    \
             .await,\n            )\n        }}),\n        \
             builder: |client| Box::pin(async move {{\n            {how}(\n                client\n{builder}                    \
             .send_with_response()\n                    .await,\n            )\n        }}),\n    }},\n",
            operation.id
        )
    };
    samples.iter().map(case).collect()
}

/// The positional call, and the name of the closure's second argument.
fn positional(operation: Operation, sample: &str) -> (&'static str, String) {
    let mut arguments = Vec::new();
    for segment in operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')) {
        let parameter = operation.parameters("path").find(|parameter| parameter["name"] == segment).unwrap();
        let value = Style::Positional.path_value(&parameter["schema"]);
        arguments.push(match sid_type(&parameter["schema"]) {
            Some(sid) => format!("&sid::<{sid}>({value:?})"),
            None => format!("{value:?}"),
        });
    }
    if operation.params().is_some() {
        arguments.push(format!("&params({:?})", operation.id));
    }
    let takes_header = operation.parameters("header").next().is_some();
    if takes_header {
        arguments.push("webhook".to_owned());
    }
    if operation.body().is_some() {
        arguments.push(format!("&request({:?}, {sample:?})", operation.id));
    }
    let indent = " ".repeat(20);
    let lines: String = arguments.iter().map(|argument| format!("{indent}    {argument},\n")).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("\n{lines}{indent}") };
    let call = format!("{indent}.{}({arguments})\n", snake(operation.id));
    (if takes_header { "webhook" } else { "_" }, call)
}

/// The calls of handles, verb and setters, a line for each.
fn builder(operation: Operation, sample: &Value) -> String {
    let mut calls = chain(operation);
    let verb = ["Create", "Fetch", "Update", "List", "Delete"].into_iter().find(|verb| operation.id.starts_with(verb));
    let params = operation.params();
    let (schema, values) = match (operation.body(), &params) {
        (Some(schema), _) => (schema, sample.clone()),
        (None, Some(schema)) => (schema, example(schema)),
        (None, None) => (&Value::Null, Value::Null),
    };
    let is_required = |name: &str| schema["required"].as_array().is_some_and(|names| names.contains(&name.into()));
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let required = properties().filter(|(name, _)| is_required(name));
    let required: Vec<_> = required.map(|(name, property)| literal(property, &values[name])).collect();
    calls.push(format!("{}({})", verb.unwrap().to_lowercase(), required.join(", ")));
    for (name, property) in properties().filter(|(name, _)| !is_required(name)) {
        if let Some(value) = values.get(name) {
            calls.push(format!("{}({})", snake(name), literal(property, value)));
        }
    }
    if operation.parameters("header").next().is_some() {
        calls.push("webhook_enabled(true)".to_owned());
    }
    calls.iter().map(|call| format!("                    .{call}\n")).collect()
}

/// `service(sid)`, `conversations()`: a call for each part of the path, by the vendor's name for it where there is one.
fn chain(operation: Operation) -> Vec<String> {
    let segments: Vec<&str> = operation.path.split('/').skip(2).collect();
    let mut calls = Vec::new();
    let mut i = 0;
    while i < segments.len() {
        let collection = blank(&format!("/v1/{}", segments[..=i].join("/")));
        let named = operations().into_iter().find(|other| blank(other.path) == collection);
        let named = named.and_then(|other| SOURCES.0.values().find_map(|text| mount_name(text, other.path)));
        let accessor = named.unwrap_or_else(|| snake(segments[i]));
        match segments.get(i + 1).and_then(|next| next.strip_prefix('{')?.strip_suffix('}')) {
            Some(name) => {
                // The operation itself says what its own parameter is; one on the way may go by another name.
                let parameter = operation.parameters("path").find(|parameter| parameter["name"] == name).unwrap();
                let value = Style::Builder.path_value(&parameter["schema"]);
                let argument = match sid_type(&parameter["schema"]) {
                    Some(sid) => format!("sid::<{sid}>({value:?})"),
                    None => format!("{value:?}"),
                };
                calls.push(format!("{}({argument})", singular(&accessor)));
                i += 2;
            }
            None => {
                calls.push(format!("{accessor}()"));
                i += 1;
            }
        }
    }
    calls
}

/// A path whose parameters have no names.
fn blank(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The `mountName` of a path, as the fragment has it.
fn mount_name(text: &str, path: &str) -> Option<String> {
    let (_, item) = text.split_once(&format!("\n  {path}:\n"))?;
    let item = item.split("\n  /").next()?;
    let (_, name) = item.split_once("mountName: ")?;
    Some(name.lines().next()?.trim().trim_end_matches('}').trim().to_owned())
}

/// A value as Rust code, as a setter takes it.
fn literal(schema: &Value, value: &Value) -> String {
    let schema = resolve(schema);
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| literal(&schema["items"], item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => match (sid_type(schema), schema["format"].as_str()) {
            (Some(sid), _) => format!("sid::<{sid}>({text:?})"),
            (None, Some("date-time")) => format!("date({text:?})"),
            (None, Some("duration")) => format!("duration({text:?})"),
            (None, _) => format!("{text:?}"),
        },
        value => value.to_string(),
    }
}

fn sid_type(schema: &Value) -> Option<&'static str> {
    let prefix = prefix(schema)?;
    SIDS.iter().find(|(known, _)| *known == prefix).map(|(_, name)| *name)
}

const SIDS: [(&str, &str); 17] = [
    ("AC", "AccountSid"),
    ("BS", "BindingSid"),
    ("CH", "ConversationSid"),
    ("CR", "CredentialSid"),
    ("DY", "DeliveryReceiptSid"),
    ("FW", "FlowSid"),
    ("HX", "ContentSid"),
    ("IG", "AddressConfigurationSid"),
    ("IM", "MessageSid"),
    ("IS", "ServiceSid"),
    ("MB", "ParticipantSid"),
    ("ME", "MediaSid"),
    ("MG", "MessagingServiceSid"),
    ("RL", "RoleSid"),
    ("SM", "ChannelMessageSid"),
    ("US", "UserSid"),
    ("WH", "WebhookSid"),
];

/// `Timers.Inactive` becomes `timers_inactive`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut previous = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            previous = '_';
            continue;
        }
        if !snake.is_empty() && (previous == '_' || (c.is_uppercase() && !previous.is_uppercase())) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        previous = c;
    }
    if snake == "type" { "type_".to_owned() } else { snake }
}

fn singular(name: &str) -> String {
    match name.strip_suffix("sses") {
        Some(stem) => format!("{stem}ss"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

#[test]
fn names_follow_the_rules() {
    assert_eq!(snake("ListServiceConversationMessageReceipt"), "list_service_conversation_message_receipt");
    assert_eq!(snake("Configuration.Filters"), "configuration_filters");
    assert_eq!(singular("addresses"), "address");
    assert_eq!(singular("participant_conversations"), "participant_conversation");
    assert_eq!(spec::type_name("conversations.v1.user"), "User");
}
