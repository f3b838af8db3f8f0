//! Prints items as a table, JSON, lines of JSON, tab-separated values, or by a jq filter.

mod cell;
mod jq;
mod json;
mod member;
mod table;

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use self::{jq::Filter, table::Table};
use crate::{
    failure::{Failure, Result},
    terminal::Terminal,
};

/// Form of the output.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for a person; the default on a terminal.
    #[value(alias = "columns")]
    Table,
    /// The response verbatim; a list is one array of items.
    Json,
    /// A line of JSON for each item; the default off a terminal.
    Ndjson,
    /// Tab-separated columns.
    Tsv,
    /// Nothing.
    None,
}

/// Options of the output.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Form of the output [default: table on a terminal, else ndjson]
    #[arg(short, long, value_enum, alias = "cli-output-format", value_name = "FORMAT", conflicts_with_all = ["json", "jq"])]
    pub(crate) output: Option<Format>,
    /// Prints these members only, as lines of JSON; alone, lists the members
    #[arg(long, value_name = "MEMBERS", num_args = 0..=1, default_missing_value = "")]
    pub(crate) json: Option<String>,
    /// Prints the results of a jq filter, which is applied to each item; strings are printed without quotes
    #[arg(short = 'q', long, value_name = "EXPR")]
    pub(crate) jq: Option<String>,
    /// Columns of table and tsv, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) properties: Vec<String>,
    /// Leaves out the line of column names of table and tsv
    #[arg(long)]
    pub(crate) no_header: bool,
}

/// The members that items have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Columns of a table unless others are set.
    pub(crate) columns: &'static [&'static str],
    /// All that can be selected.
    pub(crate) fields: &'static [&'static str],
}

/// Prints items, each as it arrives.
pub(crate) struct Printer {
    out: BufWriter<Box<dyn Write>>,
    form: Form,
    count: usize,
    is_list: bool,
    is_finished: bool,
}

enum Form {
    Table(Table),
    Json,
    Lines,
    Members(Vec<String>),
    Filter(Box<Filter>),
    Tsv { columns: Vec<String>, has_header: bool },
    None,
}

impl Printer {
    /// Checks the options. Nothing is printed before the first item.
    ///
    /// - `is_list`: whether any number of items follows, or exactly one.
    ///
    /// # Errors
    ///
    /// An unknown member or column, or a jq filter that does not compile. The option `--json` alone prints the list of members, which is
    /// printed then.
    pub(crate) fn new(terminal: &Terminal, args: &OutputArgs, shape: Shape, is_list: bool) -> Result<Self> {
        let mut out: BufWriter<Box<dyn Write>> = BufWriter::with_capacity(64 * 1024, Box::new(io::stdout()));
        let form = match (&args.json, &args.jq) {
            (Some(members), _) if members.is_empty() && args.jq.is_none() => {
                shape.fields.iter().try_for_each(|field| writeln!(out, "{field}"))?;
                out.flush()?;
                return Err(Failure::silent(crate::failure::Exit::Success));
            }
            (members, Some(expression)) => {
                let members =
                    members.as_deref().map(|members| select(members.split(','), shape, "--json")).transpose()?;
                Form::Filter(Box::new(Filter::new(expression, members.unwrap_or_default(), terminal.stdout)?))
            }
            (Some(members), None) => Form::Members(select(members.split(','), shape, "--json")?),
            (None, None) => Self::form(terminal, args, shape)?,
        };
        // The options are checked even where nothing is printed.
        let form = if terminal.is_silent { Form::None } else { form };
        Ok(Self { out, form, count: 0, is_list, is_finished: false })
    }

    fn form(terminal: &Terminal, args: &OutputArgs, shape: Shape) -> Result<Form> {
        let columns = || match args.properties.as_slice() {
            [] => Ok(shape.columns.iter().map(|&column| column.to_owned()).collect()),
            names => select(names.iter().map(String::as_str), shape, "--properties"),
        };
        let default = if terminal.stdout { Format::Table } else { Format::Ndjson };
        let default = if args.properties.is_empty() { default } else { Format::Table };
        Ok(match args.output.unwrap_or(default) {
            Format::Table => {
                // Off a terminal nothing is cut, since the reader may be a program.
                let width = terminal.stdout.then_some(terminal.width);
                Form::Table(Table::new(columns()?, width, !args.no_header))
            }
            Format::Json => Form::Json,
            Format::Ndjson => Form::Lines,
            Format::Tsv => Form::Tsv { columns: columns()?, has_header: !args.no_header },
            Format::None => Form::None,
        })
    }

    /// Lets a long cell of a table take several lines, in place of cutting it: for tables of few rows.
    pub(crate) fn wrapping(mut self) -> Self {
        if let Form::Table(table) = &mut self.form {
            table.wraps = true;
        }
        self
    }

    /// Prints an item, a JSON value.
    ///
    /// # Errors
    ///
    /// Stdout cannot be written, the jq filter fails, or the item is no object where members are selected.
    pub(crate) fn item(&mut self, item: &RawValue) -> Result<()> {
        let out = &mut self.out;
        match &mut self.form {
            Form::Table(table) => table.row(out, item)?,
            Form::Json if self.is_list => {
                out.write_all(if self.count == 0 { b"[\n" } else { b",\n" })?;
                out.write_all(item.get().as_bytes())?;
            }
            Form::Json => writeln!(out, "{}", item.get())?,
            Form::Lines => json::line(out, item.get())?,
            Form::Members(members) => json::members(out, item, members)?,
            Form::Filter(filter) => filter.apply(out, item)?,
            Form::Tsv { columns, has_header } => {
                let row: Vec<String> = cell::row(item, columns, ",")?.iter().map(|cell| cell::tsv(cell)).collect();
                if self.count == 0 && *has_header {
                    writeln!(out, "{}", columns.join("\t"))?;
                }
                writeln!(out, "{}", row.join("\t"))?;
            }
            Form::None => {}
        }
        self.count += 1;
        Ok(())
    }

    /// Prints a value of this program's own.
    ///
    /// # Errors
    ///
    /// As [`item`](Self::item).
    pub(crate) fn row(&mut self, row: &impl Serialize) -> Result<()> {
        let raw = serde_json::value::to_raw_value(row).expect("rows are structs of strings and numbers");
        self.item(&raw)
    }

    /// Writes all that was printed so far, as after a page.
    ///
    /// # Errors
    ///
    /// Stdout cannot be written.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if let Form::Table(table) = &mut self.form {
            table.flush(&mut self.out)?;
        }
        Ok(self.out.flush()?)
    }

    /// Ends the output and returns the number of items.
    ///
    /// # Errors
    ///
    /// Stdout cannot be written.
    pub(crate) fn finish(mut self) -> Result<usize> {
        self.is_finished = true;
        if matches!(self.form, Form::Json) && self.is_list {
            self.out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        self.flush()?;
        Ok(self.count)
    }
}

/// After an error, an array stays without its closing bracket, so that nothing takes it for a complete list. Its last line
/// is ended, so that the error begins on a line of its own.
impl Drop for Printer {
    fn drop(&mut self) {
        if !self.is_finished && matches!(self.form, Form::Json) && self.is_list && self.count > 0 {
            // The command has failed already.
            let _ = self.out.write_all(b"\n");
        }
    }
}

/// Checks the names of members. `camelCase` is taken for `snake_case`, and `a.b` is the member `b` of `a`.
fn select<'a>(names: impl Iterator<Item = &'a str>, shape: Shape, flag: &str) -> Result<Vec<String>> {
    let known = |name: &str| shape.fields.contains(&name.split('.').next().unwrap_or_default());
    let mut selected = Vec::new();
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        let name = snake(name);
        if !known(&name) {
            let fields = shape.fields.join(", ");
            return Err(Failure::usage(format!("{flag}: there is no member {name:?}; the members are {fields}")));
        }
        if !selected.contains(&name) {
            selected.push(name);
        }
    }
    if selected.is_empty() {
        return Err(Failure::usage(format!("{flag}: no member is named; the members are {}", shape.fields.join(", "))));
    }
    Ok(selected)
}

/// `friendlyName` and `FriendlyName` become `friendly_name`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for char in name.chars() {
        if char.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('.') {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}
