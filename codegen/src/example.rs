//! Compiled examples: at the top of a resource's module, and on each builder. They use `twilio_conversations`, the crate
//! that applications depend on.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    model::{Api, Operation, Property, TypeRef, Verb},
    names::{singular, snake},
    render::WIDTH,
    tree::{Node, ParameterKind},
};

/// Most setters that an example calls.
const SETTERS: usize = 3;

/// An example that reads the resource, where it can be read.
pub(crate) fn of_module(api: &Api<'_>, nodes: &[&Node<'_>]) -> Option<String> {
    let mut operations = nodes.iter().flat_map(|node| node.operations.iter().map(|operation| (*node, *operation)));
    let (node, operation) = operations
        .clone()
        .find(|(_, operation)| operation.verb == Verb::List)
        .or_else(|| operations.find(|(_, operation)| operation.verb == Verb::Fetch))?;
    Some(of_builder(api, node, operation))
}

/// An example that makes a builder, calls some of its setters and awaits it.
pub(crate) fn of_builder(api: &Api<'_>, node: &Node<'_>, operation: &Operation) -> String {
    let mut names = BTreeSet::from(["Client".to_owned(), "Error".to_owned()]);
    let mut parameters = String::new();
    for parameter in &node.parameters {
        if let ParameterKind::Sid(sid) = &parameter.kind {
            names.insert(sid.name.clone());
            parameters.push_str(&format!(", {}: &{}", parameter.name, sid.name));
        }
    }
    let mut calls = node.calls(|parameter| match &parameter.kind {
        ParameterKind::Sid(_) => parameter.name.clone(),
        ParameterKind::SidOrName(_) | ParameterKind::Text => format!("{:?}", parameter.example),
    });
    let input = [&operation.body, &operation.params].into_iter().flatten().find_map(|name| api.structs.get(name));
    let (required, optional): (Vec<&Property>, Vec<&Property>) =
        input.iter().flat_map(|input| &input.properties).partition(|property| property.is_required);
    let mut literal =
        |property: &Property| literal(api, &property.ty, operation.sample.get(&property.wire), &mut names);
    let arguments: Vec<_> = required
        .into_iter()
        .map(|property| literal(property).unwrap_or_else(|| format!("{:?}", property.rust)))
        .collect();
    calls.push(format!("{}({})", operation.verb_name(), arguments.join(", ")));
    if operation.list.is_none() {
        let setters = optional.into_iter().filter_map(|property| Some((property, literal(property)?)));
        calls.extend(setters.take(SETTERS).map(|(property, value)| format!("{}({value})", property.rust)));
    }
    let mut lines = vec!["```no_run".to_owned(), format!("# use twilio_conversations::{{{}}};", joined(&names))];
    lines.push(format!("# async fn example(client: &Client{parameters}) -> Result<(), Error> {{"));
    let variable = variable(operation);
    match (operation.verb, &operation.response) {
        (Verb::List, _) => {
            let items = snake(operation.path.last_fixed());
            let (items, item) = (items.clone(), singular(&items));
            lines.extend(statement(&format!("let mut {items} = "), &calls, ".list().stream();"));
            lines.push(format!("while let Some({item}) = {items}.try_next().await? {{"));
            lines.push(format!("    println!(\"{{{item}:?}}\");"));
            lines.push("}".to_owned());
        }
        (Verb::Delete, _) | (_, None) => lines.extend(statement("", &calls, ".await?;")),
        _ => {
            lines.extend(statement(&format!("let {variable} = "), &calls, ".await?;"));
            lines.push(format!("println!(\"{{{variable}:?}}\");"));
        }
    }
    lines.extend(["# Ok(())".to_owned(), "# }".to_owned(), "```".to_owned()]);
    lines.join("\n")
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Name of the variable for the response: `conversation`, `webhook`.
fn variable(operation: &Operation) -> String {
    singular(&snake(operation.path.last_fixed()))
}

/// A statement in one line, or with each call in its own. The calls of a list end with `.list()`, which is in `end`.
fn statement(head: &str, calls: &[String], end: &str) -> Vec<String> {
    let calls = if end.starts_with(".list()") { &calls[..calls.len() - 1] } else { calls };
    let line = format!("{head}client.{}{end}", calls.join("."));
    if line.len() <= WIDTH && calls.len() <= 3 {
        return vec![line];
    }
    let calls = calls.iter().map(|call| format!("    .{call}"));
    std::iter::once(format!("{head}client")).chain(calls).chain([format!("    {end}")]).collect()
}

/// A value from the specification's sample as Rust, if it reads well as an argument.
fn literal(api: &Api<'_>, ty: &TypeRef, sample: Option<&Value>, names: &mut BTreeSet<String>) -> Option<String> {
    let sample = sample?;
    match (ty, sample) {
        (TypeRef::String | TypeRef::DayStart | TypeRef::DayEnd | TypeRef::JsonText, Value::String(text))
            if text.len() < 60 =>
        {
            let quoted = text.contains(['"', '\\']);
            Some(if quoted { format!("r#\"{text}\"#") } else { format!("{text:?}") })
        }
        (TypeRef::Bool, Value::Bool(value)) => Some(value.to_string()),
        (TypeRef::Int(_), Value::Number(number)) => Some(number.to_string()),
        (TypeRef::Enum(name), Value::String(wire)) => {
            let value = api.enums.get(name)?.values.iter().find(|value| value.wire == *wire)?;
            names.insert(format!("v1::{name}"));
            Some(format!("{name}::{}", value.variant))
        }
        (TypeRef::List(item), Value::Array(samples)) if !samples.is_empty() => {
            let items: Option<Vec<_>> =
                samples.iter().take(2).map(|sample| literal(api, item, Some(sample), names)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        _ => None,
    }
}
