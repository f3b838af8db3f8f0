//! The command of an operation: its arguments and their help.

use clap::{
    Arg, ArgAction, Args as _, Command, ValueHint,
    builder::{PossibleValue, PossibleValuesParser},
};

use super::value;
use crate::{
    output::OutputArgs,
    table::{Action, Kind, Operation, Parameter, Place},
};

/// Ids of the arguments that are no parameters. A parameter's id is its name on the wire, which begins with a capital.
pub(super) mod id {
    /// The arguments that are items of the path, in its order.
    pub(in crate::api) const ITEMS: [&str; 4] = ["item-1", "item-2", "item-3", "item-4"];
    pub(in crate::api) const CLEAR: &str = "clear";
    pub(in crate::api) const DATA_FILE: &str = "data-file";
    pub(in crate::api) const DRY_RUN: &str = "dry-run";
    pub(in crate::api) const LIMIT: &str = "limit";
    pub(in crate::api) const NO_LIMIT: &str = "no-limit";
    /// Turns the checks of values off, as the vendor's flag of this name does.
    pub(crate) const UNCHECKED: &str = "skip-parameter-validation";
}

/// The parameter of lists with the number of items of a page.
pub(super) const PAGE_SIZE: &str = "PageSize";

/// The flag that turns the checks of values off.
pub(crate) const UNCHECKED: &str = "--skip-parameter-validation";

/// The command without its arguments.
pub(super) fn named(operation: &'static Operation) -> Command {
    let command = Command::new(operation.action.name()).about(about(operation));
    if operation.action == Action::Remove { command.visible_alias("delete") } else { command }
}

/// Adds the arguments.
pub(super) fn build(command: Command, operation: &'static Operation, is_vendors: bool, is_unchecked: bool) -> Command {
    let items = operation.items_of_path().take(if is_vendors { 0 } else { usize::MAX });
    let items: Vec<Arg> = items.zip(id::ITEMS).map(|(item, id)| argument(item, id)).collect();
    let takes_several = items.is_empty();
    let mut command = command.args(items);
    for parameter in operation.parameters {
        command = command.args(arguments(operation, parameter, takes_several, is_unchecked));
    }
    command = OutputArgs::augment_args(command.args(own_arguments(operation))).next_help_heading(None);
    // The derived arguments bring a description of their own, which is replaced.
    command.about(about(operation)).long_about(long_about(operation)).after_help(after_help(operation))
}

/// The summary as lists of commands show it, without its full stop.
fn about(operation: &'static Operation) -> &'static str {
    operation.summary.trim_end_matches('.')
}

fn long_about(operation: &Operation) -> String {
    let Operation { method, path, summary, description, .. } = operation;
    let description = if description.is_empty() { String::new() } else { format!("\n\n{description}") };
    format!("{summary}{description}\n\n{method} {path}")
}

fn after_help(operation: &Operation) -> String {
    let files = if operation.has_form() {
        "A value that begins with @ names a file with the value, and @- is stdin; write @@ for one @. "
    } else {
        ""
    };
    format!("{files}API reference: {}", operation.docs)
}

/// The arguments that are no parameters of the API.
fn own_arguments(operation: &'static Operation) -> Vec<Arg> {
    let flag = |id: &'static str| Arg::new(id).long(id).help_heading("Request");
    let mut own = vec![
        flag(id::DRY_RUN)
            .short('n')
            .action(ArgAction::SetTrue)
            .help("Prints the request without its credentials, and sends nothing"),
        flag(id::UNCHECKED)
            .action(ArgAction::SetTrue)
            .help("Sends values unchecked, such as one that the API reference does not have yet"),
    ];
    if operation.has_form() {
        own.push(
            flag(id::DATA_FILE)
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help("Reads fields from a JSON object in a file, or from stdin for `-`; flags come before it")
                .long_help(
                    "Reads fields from a JSON object in a file of at most 1 MiB, or from stdin for `-`. A member's name is \
                     that of the API, of a flag, or of the response (FriendlyName, friendly-name, friendly_name); null \
                     clears. Flags come before it.",
                ),
        );
    }
    if operation.action == Action::Update {
        own.push(
            flag(id::CLEAR)
                .value_name("FIELD")
                .action(ArgAction::Append)
                .value_parser(clearable(operation))
                .help("Clears a field; may be repeated"),
        );
    }
    if operation.action == Action::List {
        let limit = flag(id::LIMIT).value_name("N").value_parser(clap::value_parser!(u64).range(1..));
        own.push(
            limit.help("Ends the list after so many items [default: the whole list]").conflicts_with(id::NO_LIMIT),
        );
        let no_limit = flag(id::NO_LIMIT).action(ArgAction::SetTrue).hide(true);
        own.push(no_limit.help("Lists all items, which is the default"));
    }
    own
}

/// The flags of the fields that can be cleared.
fn clearable(operation: &'static Operation) -> PossibleValuesParser {
    let fields = operation.parameters.iter().filter(|parameter| parameter.can_clear);
    PossibleValuesParser::new(fields.map(|parameter| PossibleValue::new(parameter.flag).alias(parameter.name)))
}

/// An item of the path as an argument. That it is missing is found when flags and `--service` are known, too.
fn argument(item: &'static Parameter, id: &'static str) -> Arg {
    Arg::new(id).value_name(value_name(item.flag)).help(short_help(item)).long_help(long_help(item))
}

/// The arguments of a parameter: one, and for a boolean its `--no-` form.
fn arguments(
    operation: &Operation,
    parameter: &'static Parameter,
    takes_several: bool,
    is_unchecked: bool,
) -> Vec<Arg> {
    let mut arg = Arg::new(parameter.name)
        .long(parameter.flag)
        .value_name(value_name(parameter.flag))
        .help_heading(heading(parameter.place))
        .help(short_help(parameter))
        .long_help(long_help(parameter));
    if parameter.is_required && parameter.place != Place::Path && !is_unchecked {
        arg = arg.required_unless_present(id::DATA_FILE);
        if !operation.has_form() {
            arg = arg.required(true);
        }
    }
    arg = match parameter.is_list {
        true if takes_several => arg.action(ArgAction::Append).num_args(1..),
        true => arg.action(ArgAction::Append),
        false => arg.action(ArgAction::Set),
    };
    if is_unchecked {
        return vec![arg];
    }
    match parameter.kind {
        Kind::Boolean => return boolean(arg, parameter),
        Kind::Enum { values } => {
            let values = values.iter().map(|(value, help)| match *help {
                "" => PossibleValue::new(value),
                help => PossibleValue::new(value).help(help),
            });
            arg = arg
                .value_parser(PossibleValuesParser::new(values))
                .ignore_case(true)
                .hide_possible_values(values_are_many(parameter));
        }
        Kind::String { .. } | Kind::Json | Kind::SidOrName { .. } => {
            // A body may begin with a hyphen. A list would take the flags that follow.
            arg = arg.allow_hyphen_values(!parameter.is_list);
        }
        kind => {
            let check = move |text: &str| value::check(kind, text);
            arg = arg.value_parser(check).allow_negative_numbers(true);
        }
    }
    vec![arg]
}

fn values_are_many(parameter: &Parameter) -> bool {
    matches!(parameter.kind, Kind::Enum { values } if values.len() > 12)
}

/// `--flag`, `--flag=true`, `--flag=false` and `--no-flag`.
fn boolean(arg: Arg, parameter: &'static Parameter) -> Vec<Arg> {
    let arg = arg
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .value_parser(PossibleValuesParser::new(["true", "false"]))
        .hide_possible_values(true)
        .value_name("BOOL");
    let negation = Arg::new(negation(parameter.name))
        .long(negation(parameter.flag))
        .action(ArgAction::SetTrue)
        .conflicts_with(parameter.name)
        .help_heading(heading(parameter.place))
        .hide(true);
    vec![arg, negation]
}

/// The name with `no-` before it.
pub(super) fn negation(name: &str) -> String {
    format!("no-{name}")
}

fn heading(place: Place) -> &'static str {
    match place {
        Place::Path => "Items",
        Place::Query => "Filters",
        Place::Form => "Fields",
        Place::Header => "Headers",
    }
}

/// `conversation-sid` becomes `CONVERSATION_SID`.
fn value_name(flag: &str) -> String {
    flag.replace(['-', '.'], "_").to_uppercase()
}

/// The description. That of the page size has the API's default, and this program has another.
fn description(parameter: &Parameter) -> &'static str {
    match parameter.name {
        PAGE_SIZE => "Items of each request; as many as the API allows, or the limit, unless set.",
        _ => parameter.help,
    }
}

/// The first sentence and the limits.
fn short_help(parameter: &Parameter) -> String {
    let first = description(parameter).split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let end = first.find(". ").map_or(first.len(), |end| end + 1);
    format!("{}{}", first[..end].trim_end_matches('.'), limits(parameter))
}

fn long_help(parameter: &Parameter) -> String {
    let values = match parameter.kind {
        Kind::Enum { values } if values_are_many(parameter) => {
            let values: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
            format!("\n\nValues: {}", values.join(", "))
        }
        _ => String::new(),
    };
    format!("{}{}{values}", description(parameter), limits(parameter))
}

fn limits(parameter: &Parameter) -> String {
    let mut limits = value::limits(parameter.kind);
    if parameter.is_list {
        limits.push_str(" [may be repeated]");
    }
    limits
}
