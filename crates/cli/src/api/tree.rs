//! The tree of words: `conversations`, below it `messages`, below it `create`.

use std::{collections::HashSet, ffi::OsString};

use clap::{ArgMatches, Command};

use super::command;
use crate::{
    context::SERVICE_VARIABLE,
    spelling::VENDOR_PREFIX,
    table::{Action, OPERATIONS, Operation},
};

/// The words of a command line, which decide what is built.
#[derive(Debug)]
enum Typed {
    /// Every command, as for completions and man pages.
    All,
    /// The commands that these words name.
    Words(HashSet<String>),
}

/// How the commands are built.
#[derive(Debug)]
pub(crate) struct Tree {
    typed: Typed,
    /// Whether a service is set, so that commands are those below it.
    is_scoped: bool,
    /// Whether values are sent unchecked.
    is_unchecked: bool,
}

impl Tree {
    /// The commands that the arguments name, below a service if `--service` or its variable is set.
    pub(crate) fn of(args: &[OsString]) -> Self {
        let words: HashSet<String> = args.iter().filter_map(|arg| Some(arg.to_str()?.to_owned())).collect();
        let is_flag = words.iter().any(|word| word == "--service" || word.starts_with("--service="));
        let is_scoped = is_flag || std::env::var_os(SERVICE_VARIABLE).is_some_and(|service| !service.is_empty());
        let is_unchecked = words.contains(command::UNCHECKED);
        Self { typed: Typed::Words(words), is_scoped, is_unchecked }
    }

    /// All commands, for completions and man pages.
    pub(crate) fn all() -> Self {
        Self { typed: Typed::All, is_scoped: false, is_unchecked: false }
    }

    /// Whether the command of this name is built with what is below it.
    fn is_built(&self, name: &str) -> bool {
        match &self.typed {
            Typed::All => true,
            Typed::Words(words) => words.contains(name),
        }
    }

    /// The commands of the first words, and `api` for the vendor's spelling.
    pub(crate) fn commands(&self) -> Vec<Command> {
        let mut commands = self.children(&[], false);
        commands.push(self.vendors());
        commands
    }

    /// `api conversations v1`, hidden from the help.
    fn vendors(&self) -> Command {
        let [first, second, third] = VENDOR_PREFIX;
        let about = "Commands as the vendor's command line spells them: api:conversations:v1:conversations:list";
        let mut api = group(first).about(about).hide(true);
        if self.is_built(first) && matches!(self.typed, Typed::Words(_)) {
            let version = group(third).about(about).subcommands(self.children(&[], true));
            api = api.subcommand(group(second).about(about).subcommand(version));
        }
        api
    }

    /// The commands below `words`: actions, then further words.
    fn children(&self, words: &[&'static str], is_vendors: bool) -> Vec<Command> {
        let (actions, further) = below(words);
        let actions = actions.into_iter().map(|operation| self.leaf(operation, is_vendors));
        let further = further.into_iter().map(|word| self.node(&[words, &[word]].concat(), is_vendors));
        actions.chain(further).collect()
    }

    fn node(&self, words: &[&'static str], is_vendors: bool) -> Command {
        let name = words.last().expect("a node has a word");
        let command = group(name).about(about(words));
        if self.is_built(name) { command.subcommands(self.children(words, is_vendors)) } else { command }
    }

    fn leaf(&self, operation: &'static Operation, is_vendors: bool) -> Command {
        let operation = self.operation(operation);
        let command = command::named(operation);
        let name = command.get_name().to_owned();
        if self.is_built(&name) || command.get_all_aliases().any(|alias| self.is_built(alias)) {
            command::build(command, operation, is_vendors, self.is_unchecked)
        } else {
            command
        }
    }

    /// The operation below the service, where a service is set and the operation exists there.
    fn operation(&self, operation: &'static Operation) -> &'static Operation {
        match operation.below_service {
            Some(id) if self.is_scoped => by_id(id),
            _ => operation,
        }
    }

    /// The operation that was typed, and its arguments; `None` for another command.
    pub(crate) fn find<'a>(&self, matches: &'a ArgMatches) -> Option<(&'static Operation, &'a ArgMatches, bool)> {
        let (mut words, mut matches) = (Vec::new(), matches);
        while let Some((word, below)) = matches.subcommand() {
            words.push(word);
            matches = below;
        }
        let is_vendors = words.starts_with(&VENDOR_PREFIX);
        let words = if is_vendors { &words[VENDOR_PREFIX.len()..] } else { &words[..] };
        let (action, words) = words.split_last()?;
        let operation =
            OPERATIONS.iter().find(|operation| operation.words == words && operation.action.name() == *action)?;
        Some((self.operation(operation), matches, is_vendors))
    }
}

/// The operation of this id, which the table has.
fn by_id(id: &str) -> &'static Operation {
    OPERATIONS.iter().find(|operation| operation.id == id).expect("the table names its own operations")
}

/// A command that takes a further word.
fn group(name: &'static str) -> Command {
    Command::new(name).subcommand_required(true).arg_required_else_help(true)
}

/// The operations of a path, in the order of their actions, and the words that lead further.
fn below(words: &[&str]) -> (Vec<&'static Operation>, Vec<&'static str>) {
    let (mut actions, mut further): (Vec<&'static Operation>, Vec<&'static str>) = (Vec::new(), Vec::new());
    for operation in OPERATIONS.iter().filter(|operation| operation.words.starts_with(words)) {
        match operation.words.get(words.len()) {
            None => actions.push(operation),
            Some(word) if !further.contains(word) => further.push(word),
            Some(_) => {}
        }
    }
    actions.sort_by_key(|operation| Action::ALL.iter().position(|action| *action == operation.action));
    (actions, further)
}

/// `list, create, fetch, update, remove; messages, participants`.
fn about(words: &[&str]) -> String {
    let (actions, further) = below(words);
    let actions: Vec<&str> = actions.iter().map(|operation| operation.action.name()).collect();
    let parts = [actions.join(", "), further.join(", ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
