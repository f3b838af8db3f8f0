//! `crates/cli`: the operations as data, of which the command line makes its commands. A file for each resource, in
//! folders as in the URL, and one with the values of all enums.

mod parameter;

use std::collections::BTreeMap;

use crate::{
    error::Result,
    model::{Api, Operation, Path, Resource, Verb},
    names::{kebab, screaming},
    render::{self, doc_text},
    wire::Names,
};

use parameter::Values;

/// A file that only lists modules, and the table itself.
const TABLE: &str = "operations.rs";

/// The files of `crates/cli/src/generated`, by path.
///
/// # Errors
///
/// A parameter that has no form in a command line; two parameters of an operation with one flag.
pub(crate) fn files(api: &Api<'_>) -> Result<BTreeMap<String, String>> {
    let mut modules: BTreeMap<Vec<String>, Option<&Resource<'_>>> = BTreeMap::new();
    for resource in &api.resources {
        let module = module(api, resource);
        // A module without a resource of its own holds those below it.
        for depth in 1..module.len() {
            modules.entry(module[..depth].to_vec()).or_default();
        }
        modules.insert(module, Some(resource));
    }
    let mut values = Values::default();
    let mut files = BTreeMap::new();
    for (module, resource) in &modules {
        let text = file(api, module, *resource, &children(&modules, module), &mut values)?;
        files.insert(format!("{}.rs", module.join("/")), text);
    }
    let mut roots = children(&modules, &[]);
    if !values.is_empty() {
        roots.push("values");
        files.insert("values.rs".to_owned(), values.render(api));
    }
    files.insert(TABLE.to_owned(), table(api, &roots));
    Ok(files)
}

/// `["service", "conversation"]`: the module of the URL, in which the resources of a pair have one each.
fn module(api: &Api<'_>, resource: &Resource<'_>) -> Vec<String> {
    let scope = api.scope.as_ref().filter(|_| resource.is_scoped).map(|scope| scope.path.module());
    scope.into_iter().flatten().chain(resource.module.iter().cloned()).collect()
}

fn children<'m>(modules: &'m BTreeMap<Vec<String>, Option<&Resource<'_>>>, module: &[String]) -> Vec<&'m str> {
    let is_child = |other: &&Vec<String>| other.len() == module.len() + 1 && other.starts_with(module);
    modules.keys().filter(is_child).filter_map(|other| other.last().map(String::as_str)).collect()
}

/// All operations in the order of their paths and actions.
fn table(api: &Api<'_>, modules: &[&str]) -> String {
    let rows: BTreeMap<(&str, usize), String> = api
        .resources
        .iter()
        .flat_map(|resource| {
            let module = module(api, resource).join("::");
            let row = move |operation: &Operation| format!("    {module}::{},\n", screaming(&operation.id));
            resource.operations.iter().map(move |operation| (order(operation), row(operation)))
        })
        .collect();
    let rows: String = rows.into_values().collect();
    let text = format!(
        "use crate::table::Operation;\n\n/// All operations, in the order of their paths and actions.\n\
         pub(crate) static OPERATIONS: &[Operation] = &[\n{rows}];\n"
    );
    render::file(&[render::header(&["base.yaml", "v1"]), declarations(modules), text])
}

fn order(operation: &Operation) -> (&str, usize) {
    let actions = [Verb::List, Verb::Create, Verb::Fetch, Verb::Update, Verb::Delete];
    (&operation.path.text, actions.iter().position(|verb| *verb == operation.verb).unwrap_or_default())
}

fn declarations(modules: &[&str]) -> String {
    modules.iter().map(|module| format!("mod {module};\n")).collect()
}

/// The operations of one resource, each a constant.
fn file(
    api: &Api<'_>,
    module: &[String],
    resource: Option<&Resource<'_>>,
    children: &[&str],
    values: &mut Values,
) -> Result<String> {
    let nested: String = children.iter().map(|child| format!("pub(crate) mod {child};\n")).collect();
    let Some(resource) = resource else {
        return Ok(render::file(&[render::header(&["v1"]), nested]));
    };
    let mut operations: Vec<&Operation> = resource.operations.iter().collect();
    operations.sort_by_key(|operation| order(operation));
    let shared = Shared::of(resource, &operations);
    let constants: Vec<String> =
        operations.iter().map(|operation| constant(api, operation, &shared, values)).collect::<Result<_>>()?;
    let constants = constants.join("\n");
    let is_used = |name: &&&str| constants.contains(&format!("{name}::"));
    let names: Vec<&str> = ["Action", "Kind", "Operation", "Parameter"]
        .iter()
        .filter(|name| **name == "Operation" || is_used(name))
        .copied()
        .collect();
    let mut uses = render::use_line("crate::table", &names, "", "");
    if constants.contains("values::") {
        let levels = "super::".repeat(module.len());
        uses.push_str(&format!("\nuse {levels}values;\n"));
    }
    Ok(render::file(&[render::header(&[&resource.info.file]), nested, uses, shared.render(), constants]))
}

/// The facts that the operations of a resource share.
struct Shared<'a> {
    docs: &'a str,
    columns: Vec<String>,
    fields: Vec<String>,
}

impl<'a> Shared<'a> {
    /// The properties are those of the first operation that has a response.
    fn of(resource: &'a Resource<'_>, operations: &[&Operation]) -> Self {
        let first = operations.iter().find(|operation| !operation.fields.is_empty());
        let (columns, fields) = first.map(|first| (first.columns.clone(), first.fields.clone())).unwrap_or_default();
        Self { docs: &resource.info.docs, columns, fields }
    }

    fn columns(&self, operation: &Operation) -> String {
        named("COLUMNS", &self.columns, &operation.columns)
    }

    fn fields(&self, operation: &Operation) -> String {
        named("FIELDS", &self.fields, &operation.fields)
    }

    fn render(&self) -> String {
        let mut text = format!("const DOCS: &str = {:?};\n", self.docs);
        for (name, names) in [("COLUMNS", &self.columns), ("FIELDS", &self.fields)] {
            if !names.is_empty() {
                text.push_str(&format!("const {name}: &[&str] = {};\n", slice(names, "")));
            }
        }
        text
    }
}

/// The constant if it has these names, or the names.
fn named(constant: &str, shared: &[String], names: &[String]) -> String {
    if !names.is_empty() && shared == names { constant.to_owned() } else { slice(names, "    ") }
}

/// `&["sid", "friendly_name"]`, in more than one line where it is long.
fn slice(names: &[String], indent: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let line = format!("&[{}]", quoted.join(", "));
    if indent.len() + line.len() <= 80 {
        return line;
    }
    let lines: String = quoted.iter().map(|name| format!("{indent}    {name},\n")).collect();
    format!("&[\n{lines}{indent}]")
}

fn constant(api: &Api<'_>, operation: &Operation, shared: &Shared<'_>, values: &mut Values) -> Result<String> {
    let names = flags(operation);
    let parameters = parameter::all(api, operation, &names, values)?;
    let parameters = if parameters.is_empty() { "&[]".to_owned() } else { format!("&[\n{parameters}    ]") };
    let (docs, id) = (doc_text(&format!("`{}`.", operation.request_line()), ""), &operation.id);
    let said = |text: &str| literal(&wire_free(text, &names), "        ");
    let action = match operation.verb {
        Verb::Create => "Create",
        Verb::Fetch => "Fetch",
        Verb::Update => "Update",
        Verb::List => "List",
        Verb::Delete => "Remove",
    };
    let items = operation.list.as_ref().map(|list| list.wire.as_str());
    Ok(format!(
        "{docs}pub(crate) const {}: Operation = Operation {{\n    \
         id: {id:?},\n    method: {:?},\n    path: {:?},\n    words: {},\n    action: Action::{action},\n    \
         summary: {},\n    description: {},\n    docs: DOCS,\n    parameters: {parameters},\n    items: {items:?},\n    \
         largest_page: {},\n    columns: {},\n    fields: {},\n    below_service: {:?},\n}};\n",
        screaming(id),
        operation.method.to_uppercase(),
        operation.path.text,
        slice(&words(&operation.path), "    "),
        said(&operation.summary),
        said(&operation.description),
        operation.list.as_ref().map_or(0, |list| list.largest_page),
        shared.columns(operation),
        shared.fields(operation),
        below_scope(api, operation),
    ))
}

/// `["services", "conversation-with-participants"]`.
fn words(path: &Path) -> Vec<String> {
    path.fixed().map(kebab).collect()
}

/// The id of the operation with the same method at the same path below the scope. Its responses may differ, as those of
/// an account's configuration and a service's do.
fn below_scope<'a>(api: &'a Api<'_>, operation: &Operation) -> Option<&'a str> {
    let key = format!("{}{}", api.scope.as_ref()?.path.key(), operation.path.key());
    let found = api.operations().find(|other| other.path.key() == key && other.method == operation.method)?;
    Some(&found.id)
}

/// The flags of an operation by the names on the wire, as they stand in a description.
fn flags(operation: &Operation) -> Names {
    let parameters = operation.parameters.iter().map(|parameter| &parameter.property);
    let all = parameters.chain(&operation.form);
    all.map(|property| (property.wire.clone(), format!("`--{}`", kebab(&property.wire)))).collect()
}

/// A description for a terminal: each paragraph in one line, flags in place of the names on the wire.
fn wire_free(text: &str, names: &Names) -> String {
    render::flowed(&crate::wire::renamed(text, names))
}

/// A string literal, in more than one line where it is long: a line that ends with a backslash goes on below.
fn literal(text: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let line = lines.last_mut().expect("begins with one");
        match c {
            '\n' => line.push_str("\\n"),
            '"' | '\\' => line.extend(['\\', c]),
            c => line.push(c),
        }
        // White space at the beginning of a line is not part of the string.
        let may_break = characters.peek().is_some_and(|next| !next.is_whitespace());
        let word = || characters.clone().take_while(|c| !c.is_whitespace()).count();
        if may_break && (c == '\n' || c == ' ' && indent.len() + line.chars().count() + word() > render::WIDTH) {
            lines.push(String::new());
        }
    }
    format!("\"{}\"", lines.join(&format!("\\\n{indent}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_broken_between_words_and_means_the_same() {
        let text = format!("{}end \"quoted\", it's\n\n- a point\n  below \\ it", "word ".repeat(30));
        let made = literal(&text, "    ");
        assert!(made.lines().count() > 2 && made.lines().all(|line| line.len() <= render::WIDTH + 8), "{made}");
        assert_eq!(syn::parse_str::<syn::LitStr>(&made).unwrap().value(), text);
    }
}
