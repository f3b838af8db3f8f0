//! The example at the top of a resource's module.

use crate::{
    api::Verb,
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
    let place = chain(node);
    match verb {
        Verb::List => {
            lines.push(format!("let mut items = {place}.list().stream();"));
            lines.push("while let Some(item) = items.try_next().await? {".to_owned());
            lines.push("    println!(\"{item:?}\");".to_owned());
            lines.push("}".to_owned());
        }
        _ => {
            lines.push(format!("let found = {place}.fetch().await?;"));
            lines.push("println!(\"{found:?}\");".to_owned());
        }
    }
    lines.push("# Ok(()) }".to_owned());
    lines.push("```".to_owned());
    Some(lines.join("\n"))
}

/// `client.service(&chat_service_sid).configuration().webhooks()`
fn chain(node: &Node<'_>) -> String {
    let calls = node.calls(|parameter| match parameter.kind {
        ParameterKind::Sid(_) => format!("&{}", parameter.name),
        ParameterKind::SidOrName(_) | ParameterKind::Text => "\"its-unique-name\"".to_owned(),
    });
    format!("client.{}", calls.join("."))
}

/// A SID of the documented shape that is nobody's.
fn sample(sid: &str) -> String {
    let prefix = crate::normalise::prefix_of(sid);
    format!("{prefix}{}", "a".repeat(32))
}
