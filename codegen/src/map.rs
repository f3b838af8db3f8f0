//! The map of resources in the facade's documentation: what there is, how to reach it, what can be done there.

use std::fmt::Write as _;

use crate::tree::Node;

/// A table in Markdown, a row for each resource in the order of the URLs, with links that rustdoc resolves.
pub(crate) fn resources(roots: &[Node<'_>]) -> String {
    let mut text = "| resource | from the client | operations |\n| --- | --- | --- |\n".to_owned();
    for node in roots.iter().flat_map(Node::walk).filter(|node| !node.is_item()) {
        let operations = operations(node);
        if operations.is_empty() {
            continue;
        }
        let module = node.module.join("::");
        writeln!(text, "| [{}](crate::v1::{module}) | {} | {} |", node.title, calls(node), operations.join(", "))
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
    let link = |id: &str, stem: &str| {
        let verb = id.strip_suffix(stem).unwrap_or(id).to_lowercase();
        format!("[{verb}](crate::v1::{}::{id})", node.module.join("::"))
    };
    operations.iter().map(|operation| link(operation.id, operation.stem)).collect()
}
