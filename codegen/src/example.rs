//! The example at the top of a resource's module.

use crate::{
    api::Verb,
    render::WIDTH,
    tree::{Node, ParameterKind},
};

/// A compiled example that reads the resource, where it can be read.
pub(crate) fn of(nodes: &[&Node<'_>]) -> Option<String> {
    let reads =
        |verb| nodes.iter().find(|node| node.operations.iter().any(|operation| operation.verb == verb)).copied();
    let (node, verb) =
        reads(Verb::List).map(|node| (node, Verb::List)).or(reads(Verb::Fetch).map(|node| (node, Verb::Fetch)))?;
    let sids: Vec<_> = node
        .parameters
        .iter()
        .filter_map(|parameter| match parameter.kind {
            ParameterKind::Sid(sid) => Some((parameter, sid)),
            ParameterKind::SidOrName(_) | ParameterKind::Text => None,
        })
        .collect();
    let mut lines = vec!["```no_run".to_owned()];
    for (_, sid) in &sids {
        lines.push(format!("# use twilio_conversations_client::types::{sid};"));
    }
    lines.push(
        "# async fn example(client: &twilio_conversations_client::Client) -> Result<(), Box<dyn std::error::Error>> {"
            .to_owned(),
    );
    for (parameter, sid) in &sids {
        lines.push(format!("let {}: {sid} = {:?}.parse()?;", parameter.name, sample(sid)));
    }
    let calls = calls(node);
    match verb {
        Verb::List => {
            lines.extend(binding("let mut items = ", &calls, ".list().stream();"));
            lines.push("while let Some(item) = items.try_next().await? {".to_owned());
            lines.push("    println!(\"{item:?}\");".to_owned());
            lines.push("}".to_owned());
        }
        _ => {
            lines.extend(binding("let found = ", &calls, ".fetch().await?;"));
            lines.push("println!(\"{found:?}\");".to_owned());
        }
    }
    lines.push("# Ok(()) }".to_owned());
    lines.push("```".to_owned());
    Some(lines.join("\n"))
}

/// What is bound to a name: in one line, or with each call in its own.
fn binding(head: &str, calls: &[String], end: &str) -> Vec<String> {
    let line = format!("{head}client.{}{end}", calls.join("."));
    if line.len() <= WIDTH {
        return vec![line];
    }
    let calls = calls.iter().map(|call| format!("    .{call}"));
    std::iter::once(format!("{head}client")).chain(calls).chain([format!("    {end}")]).collect()
}

/// `service(&chat_service_sid)`, `configuration()`, `webhooks()`: what is called on the client.
fn calls(node: &Node<'_>) -> Vec<String> {
    node.calls(|parameter| match parameter.kind {
        ParameterKind::Sid(_) => format!("&{}", parameter.name),
        ParameterKind::SidOrName(_) | ParameterKind::Text => "\"its-unique-name\"".to_owned(),
    })
}

/// A SID of the documented shape that is nobody's.
fn sample(sid: &str) -> String {
    let prefix = crate::normalise::prefix_of(sid);
    format!("{prefix}{}", "a".repeat(32))
}
