//! Sends the request of a command and prints the response.

use clap::{ArgMatches, FromArgMatches as _};
use serde_json::value::RawValue;
use twilio_conversations::{Client, RawRequest, http::Method};

use super::{
    Tree,
    command::{PAGE_SIZE, id},
    page::{Followed, Page},
    request::{Parsed, Request},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{Format, OutputArgs, Printer, Shape},
    table::{Action, Operation, Place},
};

/// Base URL of a request that is shown without an account.
const VENDORS: &str = "https://conversations.twilio.com";

/// A command of an operation, checked and ready to run.
#[derive(Debug)]
pub(crate) struct Call {
    request: Request,
    output: OutputArgs,
    is_dry_run: bool,
    limit: Option<u64>,
}

impl Call {
    /// Reads a command; `None` if it is no operation of the API.
    ///
    /// - `is_flag`: whether the service comes from `--service` and not from the environment.
    ///
    /// # Errors
    ///
    /// A value is malformed or missing, a file cannot be read, or the operation does not exist below a service.
    pub(crate) fn new(tree: &Tree, matches: &ArgMatches, service: Option<&str>, is_flag: bool) -> Result<Option<Self>> {
        let Some((operation, matches, is_vendors)) = tree.find(matches) else { return Ok(None) };
        let is_below = operation.path.starts_with("/v1/Services/{ChatServiceSid}/");
        if is_flag && !is_below {
            return Err(Failure::usage(format!("--service: {} does not exist below a service", operation.path)));
        }
        let is_moved = is_below && is_flag;
        let parsed = Parsed { operation, matches, is_vendors, service, is_moved };
        let is_list = operation.action == Action::List;
        Ok(Some(Self {
            request: Request::new(&parsed)?,
            output: OutputArgs::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?,
            is_dry_run: matches.get_flag(id::DRY_RUN),
            limit: if is_list { matches.get_one(id::LIMIT).copied() } else { None },
        }))
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// There are no credentials, the request fails, or stdout cannot be written.
    pub(crate) async fn run(mut self, context: &Context) -> Result<()> {
        let operation = self.request.operation;
        self.set_page_size();
        if self.is_dry_run {
            return self.show(context);
        }
        let shape = Shape { columns: operation.columns, fields: operation.fields };
        let is_list = operation.action == Action::List;
        if operation.action == Action::Remove {
            return self.remove(context).await;
        }
        let mut printer = Printer::new(&context.terminal, &self.output, shape, is_list)?;
        let client = context.client()?;
        if let Some(items) = operation.items {
            self.list(context, &client, items, printer).await
        } else {
            let response = self.request.build(&client).send::<Box<RawValue>>().await?;
            printer.item(&response)?;
            printer.finish()?;
            Ok(())
        }
    }

    /// Pages are as large as they may be, or as the limit.
    fn set_page_size(&mut self) {
        let operation = self.request.operation;
        let has_page_size =
            self.request.query.iter().any(|(name, _)| matches!(*name, PAGE_SIZE | "PageToken" | "Page"));
        if operation.items.is_none() || has_page_size {
            return;
        }
        let size = self.limit.unwrap_or(u64::MAX).min(u64::from(operation.largest_page));
        if operation.parameters.iter().any(|parameter| parameter.name == PAGE_SIZE) {
            self.request.query.push((PAGE_SIZE, size.to_string()));
        }
    }

    /// Prints the items page by page.
    async fn list(&self, context: &Context, client: &Client, items: &str, mut printer: Printer) -> Result<()> {
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut request = self.request.build(client);
        let mut followed = Followed::default();
        loop {
            let page = request.send::<Box<RawValue>>().await?;
            let page = Page::read(&page, items)?;
            for item in page.items.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                printer.item(item)?;
            }
            left = left.saturating_sub(page.items.len() as u64);
            printer.flush()?;
            let Some(next) = page.next.filter(|_| left > 0) else { break };
            if !followed.is_new(&next) {
                return Err(Failure::new(format!(
                    "listing {items}: the server's link to the next page leads back to an earlier page"
                )));
            }
            request = client.request_link(&next);
        }
        if printer.finish()? == 0 && context.terminal.stderr {
            context.terminal.note("No results");
        }
        Ok(())
    }

    async fn remove(&self, context: &Context) -> Result<()> {
        let name = self.request.name();
        let client = context.client()?;
        context.confirm(&format!("delete {name}"))?;
        self.request.build(&client).send_bytes().await?;
        context.terminal.note(format!("deleted {}", crate::printable::printable(&name)));
        Ok(())
    }

    /// Prints the request.
    fn show(&self, context: &Context) -> Result<()> {
        use std::io::Write as _;
        let base_url = context.client().map_or_else(|_| VENDORS.to_owned(), |client| client.base_url().to_owned());
        let shown = self.request.show(base_url.trim_end_matches('/'));
        let is_json = matches!(self.output.output, Some(Format::Json | Format::Ndjson));
        let text = if is_json { shown.json() } else { shown.text() };
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

impl Request {
    fn build(&self, client: &Client) -> RawRequest {
        let method = Method::from_bytes(self.operation.method.as_bytes()).expect("the table has methods of HTTP");
        let mut request = client.request(method, &self.path);
        if !self.query.is_empty() {
            request = request.query(&self.query);
        }
        if self.operation.method == "POST" {
            request = request.form(&self.form);
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// `conversation CH…` or `message IM… of conversation CH…`, for a person.
    fn name(&self) -> String {
        let words = self.operation.words.iter().rev();
        let named: Vec<String> =
            words.zip(self.items.iter().rev()).map(|(word, item)| format!("{} {item}", singular(word))).collect();
        named.join(" of ")
    }

    fn show(&self, base_url: &str) -> Shown {
        let is_secret = |name: &str| self.operation.parameters.iter().any(|it| it.name == name && it.is_secret);
        let form = self
            .form
            .iter()
            .map(|(name, value)| (*name, if is_secret(name) { "[secret]".to_owned() } else { value.clone() }));
        let query = encode(&self.query);
        let url = format!("{base_url}{}{}{query}", self.path, if query.is_empty() { "" } else { "?" });
        Shown { method: self.operation.method, url, headers: self.headers.clone(), form: form.collect() }
    }
}

/// A request as `--dry-run` prints it.
#[derive(serde::Serialize)]
struct Shown {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    form: Vec<(&'static str, String)>,
}

impl Shown {
    fn json(&self) -> String {
        format!("{}\n", serde_json::to_string(self).expect("strings can be written as JSON"))
    }

    fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.url);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if self.method == "POST" {
            text.push_str("Content-Type: application/x-www-form-urlencoded\n");
        }
        if !self.form.is_empty() {
            text.push_str(&format!("\n{}\n", encode(&self.form)));
        }
        text
    }
}

fn encode(pairs: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `addresses` becomes `address`.
fn singular(word: &str) -> &str {
    word.strip_suffix("ses").map_or_else(|| word.strip_suffix('s').unwrap_or(word), |_| &word[..word.len() - 2])
}

impl Operation {
    /// Whether the request has a form.
    pub(super) fn has_form(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.place == Place::Form)
    }

    /// The parameters of the path.
    pub(super) fn items_of_path(&self) -> impl Iterator<Item = &'static crate::table::Parameter> {
        self.parameters.iter().filter(|parameter| parameter.place == Place::Path)
    }
}
