//! The table of resources in the facade's README, and the links that replace the README's in its documentation.

use std::fmt::Write as _;

use crate::{
    model::{Api, Operation},
    tree::Node,
};

/// Where the registry's documentation of the facade is.
const DOCS: &str = "https://docs.rs/twilio-conversations/latest/twilio_conversations/v1";

/// A table in Markdown with its links, a row for each resource in the order of the URLs. A resource that is there in a
/// scope too has one row.
///
/// The links lead to the registry's documentation, since the README is read outside of it. [`links`] replaces them.
pub(crate) fn resources(api: &Api<'_>, roots: &[Node<'_>]) -> String {
    let mut text = "| Resource | From the client | Operations |\n| --- | --- | --- |\n".to_owned();
    let scoped: Vec<&Node<'_>> = roots.iter().flat_map(Node::walk).filter(|node| node.plain.is_some()).collect();
    for node in listed(roots) {
        let operations: Vec<_> = operations(node)
            .iter()
            .map(|operation| format!("[{}][{}]", operation.verb_name(), operation.name))
            .collect();
        let below = scoped.iter().find(|other| other.plain.as_ref() == Some(&node.key));
        let below = below.zip(api.scope.as_ref()).map(|(_, scope)| {
            let scope = crate::names::snake(&scope.variant);
            format!("; also below `{scope}(id)`")
        });
        let below = below.unwrap_or_default();
        let title = &node.title;
        let module = node.module.join("::");
        writeln!(text, "| [{title}][v1::{module}] | {}{below} | {} |", calls(node), operations.join(", "))
            .expect(STRING);
    }
    text.push('\n');
    for node in listed(roots) {
        let (name, path) = (node.module.join("::"), node.module.join("/"));
        writeln!(text, "[v1::{name}]: {DOCS}/{path}/index.html").expect(STRING);
        for Operation { name, .. } in operations(node) {
            writeln!(text, "[{name}]: {DOCS}/{path}/struct.{name}.html").expect(STRING);
        }
    }
    text
}

/// The same links for rustdoc to resolve. Of two links of one name, Markdown takes the first.
pub(crate) fn links(roots: &[Node<'_>]) -> String {
    let mut text = String::new();
    for node in listed(roots) {
        let module = node.module.join("::");
        writeln!(text, "[v1::{module}]: crate::v1::{module}").expect(STRING);
        for Operation { name, .. } in operations(node) {
            writeln!(text, "[{name}]: crate::v1::{module}::{name}").expect(STRING);
        }
    }
    text
}

const STRING: &str = "a string takes any text";

/// The resources with operations, each once.
fn listed<'a, 'b>(roots: &'b [Node<'a>]) -> impl Iterator<Item = &'b Node<'a>> {
    let nodes = roots.iter().flat_map(Node::walk);
    nodes.filter(|node| !node.is_item() && node.plain.is_none() && !operations(node).is_empty())
}

/// `service(id).roles()`, and what names one of them in its place.
fn calls(node: &Node<'_>) -> String {
    let calls = |node: &Node<'_>| node.calls(|_| "id".to_owned());
    let own = format!("`{}`", calls(node).join("."));
    let one = node.item().and_then(|item| calls(item).pop());
    one.map_or_else(|| own.clone(), |one| format!("{own}, `.{one}`"))
}

/// The operations on the resource and on one item of it.
fn operations<'a>(node: &Node<'a>) -> Vec<&'a Operation> {
    let places = [Some(node), node.item()].into_iter().flatten();
    let mut operations: Vec<_> = places.flat_map(|place| &place.operations).copied().collect();
    operations.sort_by_key(|operation| operation.verb);
    operations
}
