//! Prints the steps of a plan: as text for a person, or as rows for a program.

use std::io::Write as _;

use anstyle::AnsiColor;
use serde::Serialize;
use serde_json::Value;
use twilio_conversations::WebhookSid;

use super::{
    compare::{Change, Difference},
    file::shown,
    step::{Action, Kind, Step},
};
use crate::{
    context::Context,
    failure::Result,
    output::{OutputArgs, Printer, Shape},
    printable::printable,
};

const ROW: Shape = Shape {
    columns: &["action", "scope", "service", "conversation", "sid", "target", "changes"],
    fields: &[
        "action",
        "scope",
        "service",
        "chat_service_sid",
        "conversation",
        "conversation_sid",
        "sid",
        "target",
        "url",
        "flow_sid",
        "changes",
    ],
};

/// A step for programs.
#[derive(Serialize)]
struct Row<'a> {
    /// `create`, `update` or `delete`.
    action: Kind,
    /// `account`, `service` or `conversation`.
    scope: &'static str,
    /// Name in the file.
    service: Option<&'a str>,
    chat_service_sid: Option<&'a str>,
    /// Name in the file.
    conversation: Option<&'a str>,
    conversation_sid: Option<&'a str>,
    /// Of a conversation's webhook.
    sid: Option<&'a str>,
    target: Option<&'a str>,
    url: Option<&'a str>,
    flow_sid: Option<&'a str>,
    changes: Vec<Changed<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    field: &'static str,
    before: &'a Value,
    after: &'a Value,
}

/// Stdout of `plan` and `apply`: text, unless the options of the output say otherwise.
pub(super) enum Output {
    Text,
    Rows(Box<Printer>),
}

impl Output {
    /// Checks the options.
    ///
    /// # Errors
    ///
    /// As [`Printer::new`].
    pub(super) fn new(context: &Context, args: &OutputArgs) -> Result<Self> {
        let is_text = args.output.is_none() && args.json.is_none() && args.jq.is_none() && args.properties.is_empty();
        Ok(if is_text { Self::Text } else { Self::Rows(Box::new(Printer::new(&context.terminal, args, ROW, true)?)) })
    }

    /// Prints the steps.
    pub(super) fn plan(&mut self, steps: &[Step]) -> Result<()> {
        match self {
            Self::Text => Ok(anstream::stdout().write_all(text(steps).as_bytes())?),
            Self::Rows(printer) => steps.iter().try_for_each(|step| printer.row(&row(step, None))),
        }
    }

    /// Prints a step that was carried out, at once.
    pub(super) fn done(&mut self, step: &Step, sid: Option<&WebhookSid>) -> Result<()> {
        match self {
            Self::Text => {
                let (verb, is_new) = match step.action.kind() {
                    Kind::Create => ("created", true),
                    Kind::Update => ("updated", false),
                    Kind::Delete => ("deleted", false),
                };
                let sid = sid.filter(|_| is_new).map(|sid| format!(" {sid}")).unwrap_or_default();
                Ok(writeln!(anstream::stdout(), "{verb} {}{sid}", printable(&step.action.to_string()))?)
            }
            Self::Rows(printer) => {
                printer.row(&row(step, sid))?;
                printer.flush()
            }
        }
    }

    /// Ends the output; `summary` ends a text.
    pub(super) fn finish(self, summary: &str) -> Result<()> {
        match self {
            Self::Text => Ok(writeln!(anstream::stdout(), "{}", printable(summary))?),
            Self::Rows(printer) => printer.finish().map(|_| ()),
        }
    }
}

/// `1 to create, 2 to update, 0 to delete`.
pub(super) fn counts(steps: &[Step]) -> String {
    let count = |wanted| steps.iter().filter(|step| step.action.kind() == wanted).count();
    format!("{} to create, {} to update, {} to delete", count(Kind::Create), count(Kind::Update), count(Kind::Delete))
}

/// The last line of a plan.
pub(super) fn summary(steps: &[Step], file: &str) -> String {
    if steps.is_empty() {
        format!("no changes: the webhooks are as in {file}")
    } else {
        format!("plan: {}", counts(steps))
    }
}

/// A line for each difference, in the style of terraform. A create is one line, and so is a delete.
pub(super) fn text(steps: &[Step]) -> String {
    let mut text = String::new();
    let mut line = |sign: &str, color: AnsiColor, rest: String| {
        let style = color.on_default();
        text.push_str(&format!("{style}{sign}{style:#} {}\n", printable(&rest)));
    };
    for step in steps {
        let place = &step.action;
        match step.action.kind() {
            Kind::Create => {
                let fields: Vec<String> =
                    step.differences.iter().filter(|field| !is_place(field)).map(difference).collect();
                line("+", AnsiColor::Green, format!("{place}  {}", fields.join("  ")).trim_end().to_owned());
            }
            Kind::Delete => line("-", AnsiColor::Red, format!("{place}  (not in the file)")),
            Kind::Update => {
                for field in &step.differences {
                    line("~", AnsiColor::Yellow, format!("{place}  {}", difference(field)));
                }
            }
        }
    }
    text
}

/// Whether a created webhook's line has the field already.
fn is_place(field: &Difference) -> bool {
    matches!(field.field, "url" | "flow_sid")
}

/// `filters: +onMessageAdded -onUserAdded`, or `method: GET -> POST`.
fn difference(field: &Difference) -> String {
    let Difference { field, before, after } = field;
    if before.is_array() || after.is_array() {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (before, after) = (list(before), list(after));
        let added = after.iter().filter(|item| !before.contains(item)).map(|item| format!("+{}", scalar(item)));
        let removed = before.iter().filter(|item| !after.contains(item)).map(|item| format!("-{}", scalar(item)));
        return format!("{field}: {}", added.chain(removed).collect::<Vec<_>>().join(" "));
    }
    let (before, after) = (scalar(before), scalar(after));
    let note = if before == after { " (another password)" } else { "" };
    if before == "none" { format!("{field}: {after}") } else { format!("{field}: {before} -> {after}{note}") }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(string) if string.contains(char::is_whitespace) => format!("{string:?}"),
        Value::String(string) => shown(string),
        other => other.to_string(),
    }
}

fn row<'a>(step: &'a Step, sid: Option<&'a WebhookSid>) -> Row<'a> {
    let changed = |field: &'a Difference| Changed { field: field.field, before: &field.before, after: &field.after };
    let mut row = Row {
        action: step.action.kind(),
        scope: "account",
        service: None,
        chat_service_sid: None,
        conversation: None,
        conversation_sid: None,
        sid: sid.map(WebhookSid::as_str),
        target: None,
        url: None,
        flow_sid: None,
        changes: step.differences.iter().map(changed).collect(),
    };
    if let Action::Service(service, _) | Action::Conversation(service, ..) = &step.action {
        row.scope = "service";
        row.service = Some(&service.name);
        row.chat_service_sid = Some(service.sid.as_str());
    }
    if let Action::Conversation(_, conversation, change) = &step.action {
        row.scope = "conversation";
        row.conversation = Some(&conversation.name);
        row.conversation_sid = Some(conversation.sid.as_str());
        match change {
            Change::Create(body) => {
                row.target = Some(body.target.as_str());
                row.url = body.configuration_url.as_deref();
                row.flow_sid = body.configuration_flow_sid.as_ref().map(|sid| sid.as_str());
            }
            Change::Update(found, _) | Change::Delete(found) => {
                row.sid = Some(found.sid.as_str());
                row.target = Some(found.target.as_str());
                row.url = found.url.as_deref();
                row.flow_sid = found.flow_sid.as_ref().map(|sid| sid.as_str());
            }
        }
    }
    row
}
