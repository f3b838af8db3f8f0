//! The table of resources in the facade's documentation.

use std::fmt::Write as _;

use crate::{model::Api, tree::Node};

/// A table in Markdown, a row for each resource in the order of the URLs, with links that rustdoc resolves. A resource
/// that is there in a scope too has one row.
pub(crate) fn resources(api: &Api<'_>, roots: &[Node<'_>]) -> String {
    let mut text = "| resource | from the client | operations |\n| --- | --- | --- |\n".to_owned();
    let scoped: Vec<&Node<'_>> = roots.iter().flat_map(Node::walk).filter(|node| node.plain.is_some()).collect();
    for node in roots.iter().flat_map(Node::walk).filter(|node| !node.is_item() && node.plain.is_none()) {
        let operations = operations(node);
        if operations.is_empty() {
            continue;
        }
        let module = node.module.join("::");
        let below = scoped.iter().find(|other| other.plain.as_ref() == Some(&node.key));
        let below = below.zip(api.scope.as_ref()).map(|(_, scope)| {
            let scope = crate::names::snake(&scope.variant);
            format!("; the same below `{scope}(id)`")
        });
        let below = below.unwrap_or_default();
        let title = &node.title;
        writeln!(text, "| [{title}](crate::v1::{module}) | {}{below} | {} |", calls(node), operations.join(", "))
            .expect("a string takes any text");
    }
    text
}

/// `service(id).roles()`, and what names one of them in its place.
fn calls(node: &Node<'_>) -> String {
    let calls = |node: &Node<'_>| node.calls(|_| "id".to_owned());
    let own = format!("`{}`", calls(node).join("."));
    let one = node.item().and_then(|item| calls(item).pop());
    one.map_or_else(|| own.clone(), |one| format!("{own}, `.{one}`"))
}

/// Each operation, linked to its builder.
fn operations(node: &Node<'_>) -> Vec<String> {
    let places = [Some(node), node.item()].into_iter().flatten();
    let mut operations: Vec<_> = places.flat_map(|place| &place.operations).collect();
    operations.sort_by_key(|operation| operation.verb);
    let module = node.module.join("::");
    operations
        .iter()
        .map(|operation| format!("[{}](crate::v1::{module}::{})", operation.verb_name(), operation.name))
        .collect()
}
