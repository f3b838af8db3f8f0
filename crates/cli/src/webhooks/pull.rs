//! `twconv webhooks pull`: writes the webhooks as a file for `plan` and `apply`.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    io::Write as _,
};

use twilio_conversations::{
    EventType, ServiceSid,
    v1::{Conversation, ScopedWebhookTarget, Service},
};

use super::{
    file::LARGEST,
    read::{self, Found, Reach},
    state::{Configuration, Scoped},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
};

/// Prints the webhooks as a file for `plan` and `apply`
///
/// Services and conversations are named by their SIDs, with their names as comments. Conversations without webhooks are
/// left out. The file is printed when all of it is read, and is at most 1 MiB. With `--service`, the account's section
/// is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Pull {
    #[command(flatten)]
    reach: Reach,
    /// Names services and conversations by friendly and unique name where they have one, and leaves out the SIDs of
    /// webhooks, so that the file can be applied to another account
    #[arg(long)]
    names: bool,
}

/// A file that is being written.
struct Writer {
    text: String,
    names: bool,
    /// Names in the file, by SID.
    services: HashMap<ServiceSid, String>,
    /// Filters that `plan` does not accept without `--any-event`.
    undocumented: Vec<EventType>,
}

impl Pull {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let account = context.account()?.variable("TWILIO_ACCOUNT_SID").unwrap_or_default();
        let mut writer = Writer {
            text: format!("# Webhooks of account {account}, for `twconv webhooks plan` and `apply`.\n"),
            names: self.names,
            services: HashMap::new(),
            undocumented: Vec::new(),
        };
        let with_account = read::service_of(context)?.is_none();
        read::walk(context, &self.reach, with_account, &mut |found| writer.found(&found)).await?;
        if !writer.undocumented.is_empty() {
            let events = writer.undocumented.iter().map(EventType::as_str).collect::<Vec<_>>().join(", ");
            context.terminal.note(format!(
                "note: plan and apply need --any-event for filters that are not documented for their layer: {events}"
            ));
        }
        let mut out = std::io::stdout();
        out.write_all(writer.text.as_bytes())?;
        Ok(out.flush()?)
    }
}

impl Writer {
    fn found(&mut self, found: &Found) -> Result<()> {
        match found {
            Found::Account(configuration) => {
                self.put(format_args!("\n[account]\n"));
                self.configuration(configuration, EventType::ALL);
                if let Some(target) = &configuration.target {
                    self.string("target", target.as_str());
                }
            }
            Found::Service(service, configuration) => self.service(service, configuration)?,
            Found::Conversation(service, conversation, webhooks) => self.conversation(service, conversation, webhooks),
        }
        if self.text.len() > LARGEST {
            let problem = "writing the webhooks: the file would have more than 1 MiB, which `plan` does not read; \
                           --service and --conversation write a part";
            return Err(Failure::new(problem));
        }
        Ok(())
    }

    fn service(&mut self, service: &Service, configuration: &Configuration) -> Result<()> {
        let name = service.friendly_name.as_deref().filter(|name| !name.is_empty());
        let key = match name {
            Some(name) if self.names && name.parse::<ServiceSid>().is_err() => name,
            _ => service.sid.as_str(),
        };
        if let Some((other, _)) = self.services.iter().find(|(_, known)| *known == key) {
            return Err(Failure::new(format!(
                "writing the webhooks: services {other} and {} have the same friendly name {key:?}, so that --names \
                 cannot be used",
                service.sid
            )));
        }
        let comment = if key == service.sid.as_str() { name } else { Some(service.sid.as_str()) };
        self.put(format_args!("\n"));
        if let Some(comment) = comment {
            self.put(format_args!("# {}\n", Comment(comment)));
        }
        self.put(format_args!("[services.{}]\n", Key(key)));
        self.services.insert(service.sid.clone(), key.to_owned());
        self.configuration(configuration, EventType::SERVICE_EVENTS);
        Ok(())
    }

    fn conversation(&mut self, service: &ServiceSid, conversation: &Conversation, webhooks: &[Scoped]) {
        let (sid, label) = (conversation.sid.as_str(), read::label(conversation));
        let key = if self.names { label } else { sid };
        let comment = if self.names { sid } else { label };
        let service = self.services.get(service).map_or(service.as_str(), String::as_str).to_owned();
        for webhook in webhooks {
            self.put(format_args!("\n"));
            if comment != key {
                self.put(format_args!("# {}\n", Comment(comment)));
            }
            self.put(format_args!("[[services.{}.conversations.{}]]\n", Key(&service), Key(key)));
            self.webhook(webhook);
        }
    }

    fn configuration(&mut self, configuration: &Configuration, documented: &[EventType]) {
        // A method cannot be cleared, so that one that was never set has no line.
        if let Some(method) = &configuration.method {
            self.string("method", method.as_str());
        }
        self.string("pre_webhook_url", configuration.pre_webhook_url.as_deref().unwrap_or_default());
        self.string("post_webhook_url", configuration.post_webhook_url.as_deref().unwrap_or_default());
        self.events(&configuration.filters, documented);
    }

    fn webhook(&mut self, webhook: &Scoped) {
        if !self.names {
            self.string("sid", webhook.sid.as_str());
        }
        self.string("target", webhook.target.as_str());
        if let Some(url) = &webhook.url {
            self.string("url", url);
        }
        if let Some(method) = &webhook.method {
            self.string("method", method.as_str());
        }
        if let Some(sid) = &webhook.flow_sid {
            self.string("flow_sid", sid.as_str());
        }
        match webhook.target {
            ScopedWebhookTarget::Trigger => self.list("triggers", webhook.triggers.iter().map(String::as_str)),
            ScopedWebhookTarget::Studio => {}
            _ => self.events(&webhook.filters, EventType::CONVERSATION_EVENTS),
        }
    }

    fn events(&mut self, filters: &[EventType], documented: &[EventType]) {
        let undocumented = filters.iter().filter(|event| !documented.contains(event));
        let new: Vec<EventType> = undocumented.filter(|event| !self.undocumented.contains(event)).cloned().collect();
        self.undocumented.extend(new);
        self.list("filters", filters.iter().map(EventType::as_str));
    }

    fn string(&mut self, key: &str, value: &str) {
        self.put(format_args!("{key} = {}\n", toml_edit::Value::from(value)));
    }

    /// A line for each of several items, so that a difference between two versions of the file is readable.
    fn list<'a>(&mut self, key: &str, items: impl Iterator<Item = &'a str>) {
        let items: Vec<String> = items.map(|item| toml_edit::Value::from(item).to_string()).collect();
        match items.as_slice() {
            [] => self.put(format_args!("{key} = []\n")),
            [item] => self.put(format_args!("{key} = [{item}]\n")),
            items => {
                self.put(format_args!("{key} = [\n"));
                items.iter().for_each(|item| self.put(format_args!("  {item},\n")));
                self.put(format_args!("]\n"));
            }
        }
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a string takes any text");
    }
}

/// A key of a table, in quotes where it needs them.
struct Key<'a>(&'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", toml_edit::Key::new(self.0))
    }
}

/// A name in a comment, on one line and without control characters.
struct Comment<'a>(&'a str);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}
