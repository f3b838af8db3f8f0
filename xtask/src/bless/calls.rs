//! The calls of the client's tests: for each operation and each sample of its request, one by position and one by builder.
//!
//! The rules of naming stand here a second time, apart from the generator. Where the two disagree, the calls do not
//! compile.

mod names;

use std::{collections::BTreeMap, error::Error};

use serde_json::Value;

use super::spec::{Operation, Spec, sid};
use names::{blank, singular, snake};

const WRITTEN: &str = "Written by `cargo xtask bless`.";
/// Helpers of the tests that the calls use, each imported only where it is used.
const HELPERS: [&str; 7] = ["answer", "date", "duration", "page", "params", "request", "sid"];
const VERBS: [&str; 5] = ["Create", "Fetch", "Update", "List", "Delete"];

/// The files of `calls/`: one for each fragment, and the list of all.
///
/// # Errors
///
/// An operation that no call can be written for, with its place in the specification.
pub(crate) fn files(spec: &Spec) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let calls = Calls { spec, operations: spec.operations()? };
    let mut by_fragment: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in &calls.operations {
        by_fragment.entry(operation.fragment).or_default().push(*operation);
    }
    let mut files = BTreeMap::new();
    let (mut modules, mut all) = (String::new(), String::new());
    for (fragment, operations) in by_fragment {
        let mut cases = String::new();
        for operation in operations {
            cases.push_str(&calls.cases(operation)?);
        }
        let text = format!(
            "//! Calls of what `spec/v1/{fragment}.yaml` describes. {WRITTEN}\n\n{}\n\
             pub(super) const CALLS: &[Case] = &[\n{cases}];\n",
            uses(&cases, &spec.sid_types())
        );
        files.insert(format!("{fragment}.rs"), text);
        modules.push_str(&format!("mod {fragment};\n"));
        all.push_str(&format!("        {fragment}::CALLS,\n"));
    }
    let text = format!(
        "//! The calls of every operation. {WRITTEN}\n\n{modules}\nuse super::Case;\n\n\
         pub(super) fn all() -> impl Iterator<Item = &'static Case> {{\n    let all: &[&[Case]] = &[\n{all}    ];\n    \
         all.iter().copied().flatten()\n}}\n"
    );
    files.insert("mod.rs".to_owned(), text);
    Ok(files)
}

/// The imports of what the cases use.
fn uses(cases: &str, sid_types: &[&str]) -> String {
    // Not where it is the end of another name, as in `update(`.
    let has = |name: &&str| {
        ["(", "::<"].iter().any(|next| {
            let call = format!("{name}{next}");
            let mut places = cases.match_indices(&call);
            places.any(|(i, _)| !cases[..i].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')))
        })
    };
    let helpers: Vec<_> = HELPERS.into_iter().filter(has).collect();
    let sids: Vec<_> = sid_types.iter().copied().filter(|name| cases.contains(&format!("sid::<{name}>"))).collect();
    let mut lines = format!("use super::super::{{Case, {}}};\n", helpers.join(", "));
    if !sids.is_empty() {
        lines.insert_str(0, &format!("use twilio_conversations_client::types::{{{}}};\n\n", sids.join(", ")));
    }
    lines
}

struct Calls<'a> {
    spec: &'a Spec,
    operations: Vec<Operation<'a>>,
}

impl Calls<'_> {
    fn cases(&self, operation: Operation<'_>) -> Result<String, Box<dyn Error>> {
        let samples = operation.samples();
        let samples = if samples.is_empty() { vec![("", &Value::Null)] } else { samples };
        let mut cases = String::new();
        for (name, sample) in samples {
            let positional = self.positional(operation, name);
            let builder = self.builder(operation, sample)?;
            let webhook = if operation.takes_header() { "webhook" } else { "_" };
            let how = if operation.id.starts_with("List") { "page" } else { "answer" };
            cases.push_str(&format!(
                "    Case {{\n        operation: {:?},\n        sample: {name:?},\n        \
                 positional: |client, {webhook}| Box::pin(async move {{\n            answer(\n                client\n{positional}                    \
                 .await,\n            )\n        }}),\n        \
                 builder: |client| Box::pin(async move {{\n            {how}(\n                client\n{builder}                    \
                 .send_with_response()\n                    .await,\n            )\n        }}),\n    }},\n",
                operation.id
            ));
        }
        Ok(cases)
    }

    /// The positional call. Where a path takes a SID or a name, it is a SID.
    fn positional(&self, operation: Operation<'_>, sample: &str) -> String {
        let mut arguments = Vec::new();
        for segment in operation.path.split('/').filter_map(placeholder) {
            let schema = operation.path_schema(segment);
            let sid = schema["x-sid"].as_str().map(|prefix| format!("{prefix}{}", "a".repeat(32)));
            arguments.push(self.path_argument(schema, sid, "&"));
        }
        if operation.params().is_some() {
            arguments.push(format!("&params({:?})", operation.id));
        }
        if operation.takes_header() {
            arguments.push("webhook".to_owned());
        }
        if operation.body().is_some() {
            arguments.push(format!("&request({:?}, {sample:?})", operation.id));
        }
        let indent = " ".repeat(20);
        let lines: String = arguments.iter().map(|argument| format!("{indent}    {argument},\n")).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("\n{lines}{indent}") };
        format!("{indent}.{}({arguments})\n", snake(operation.id))
    }

    /// The calls of handles, verb and setters, a line for each. Where a path takes a SID or a name, it is a name.
    fn builder(&self, operation: Operation<'_>, sample: &Value) -> Result<String, Box<dyn Error>> {
        let mut calls = self.chain(operation);
        let Some(verb) = VERBS.into_iter().find(|verb| operation.id.starts_with(verb)) else {
            let expected = VERBS.join(", ");
            return Err(format!("writing the calls of {}: the id begins with none of {expected}", operation.id).into());
        };
        let params = operation.params();
        let (schema, values) = match (operation.body(), &params) {
            (Some(schema), _) => (self.spec.resolve(schema), sample.clone()),
            (None, Some(schema)) => {
                let properties = schema["properties"].as_object().into_iter().flatten();
                (schema, properties.map(|(name, schema)| (name.clone(), self.spec.example(schema))).collect())
            }
            (None, None) => (&Value::Null, Value::Null),
        };
        let is_required = |name: &str| schema["required"].as_array().is_some_and(|names| names.contains(&name.into()));
        let properties = || schema["properties"].as_object().into_iter().flatten();
        let required = properties().filter(|(name, _)| is_required(name));
        let required: Vec<_> = required.map(|(name, property)| self.literal(property, &values[name])).collect();
        calls.push(format!("{}({})", verb.to_lowercase(), required.join(", ")));
        for (name, property) in properties().filter(|(name, _)| !is_required(name)) {
            if let Some(value) = values.get(name) {
                calls.push(format!("{}({})", snake(name), self.literal(property, value)));
            }
        }
        if operation.takes_header() {
            calls.push("webhook_enabled(true)".to_owned());
        }
        Ok(calls.iter().map(|call| format!("                    .{call}\n")).collect())
    }

    /// `service(sid)`, `conversations()`: a call for each part of the path, by the vendor's name for it where there is one.
    fn chain(&self, operation: Operation<'_>) -> Vec<String> {
        let segments: Vec<&str> = operation.path.split('/').skip(2).collect();
        let mut calls = Vec::new();
        let mut i = 0;
        while i < segments.len() {
            let collection = blank(&format!("/v1/{}", segments[..=i].join("/")));
            let named = self.operations.iter().find(|other| blank(other.path) == collection);
            let named = named.and_then(|other| self.spec.mount_name(other.path));
            let accessor = named.map_or_else(|| snake(segments[i]), str::to_owned);
            match segments.get(i + 1).copied().and_then(placeholder) {
                Some(name) => {
                    let argument = self.path_argument(operation.path_schema(name), None, "");
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

    /// A path parameter's value as Rust code: this SID, one of the schema's pattern, or a name that must be escaped.
    fn path_argument(&self, schema: &Value, known: Option<String>, borrow: &str) -> String {
        let value = known.or_else(|| sid(schema)).unwrap_or_else(|| "No. 7/é & co?".to_owned());
        match self.spec.sid_type(schema) {
            Some(sid) => format!("{borrow}sid::<{sid}>({value:?})"),
            None => format!("{value:?}"),
        }
    }

    /// A value as Rust code, as a setter takes it.
    fn literal(&self, schema: &Value, value: &Value) -> String {
        let schema = self.spec.resolve(schema);
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.literal(&schema["items"], item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) => match (self.spec.sid_type(schema), schema["format"].as_str()) {
                (Some(sid), _) => format!("sid::<{sid}>({text:?})"),
                (None, Some("date-time")) => format!("date({text:?})"),
                (None, Some("duration")) => format!("duration({text:?})"),
                (None, _) => format!("{text:?}"),
            },
            value => value.to_string(),
        }
    }
}

/// The name in a segment such as `{Sid}`.
fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
