//! A scenario as a list of requests, which refer to saved SIDs by names in braces.

use std::collections::HashMap;

use super::node::{Kind, Node, Problem};
use super::{Caller, sid};

/// One request.
struct Call<'n> {
    /// Path of the API, or of a control request.
    path: &'n str,
    form: &'n [(String, Node)],
    /// Whether webhooks are called.
    webhooks: bool,
    /// A name for the SID in the response.
    save: Option<&'n str>,
}

/// Sends the requests, one after the other.
pub(super) async fn make(caller: &Caller<'_>, calls: &[Node]) -> Result<(), Problem> {
    let mut saved = HashMap::new();
    for (index, node) in calls.iter().enumerate() {
        let at = format!("[{index}]");
        let call = read(node, &at)?;
        let failed =
            |text: String| Problem::new(node, "", format!("cannot make call {}, {}: {text}", index + 1, call.path));
        let path = fill(call.path, &saved);
        if path.contains('{') {
            return Err(failed("no SID was saved for a name in the path".to_owned()));
        }
        let response = caller.post(&path, &form(call.form, &saved), call.webhooks).await.map_err(failed)?;
        if let Some(name) = call.save {
            let sid = sid(&response).ok_or_else(|| failed("its response has no SID".to_owned()))?;
            saved.insert(name, sid);
        }
    }
    Ok(())
}

fn read<'n>(node: &'n Node, at: &str) -> Result<Call<'n>, Problem> {
    let Kind::Map(entries) = &node.kind else { return Err(Problem::new(node, at, "a call is a mapping")) };
    let (mut path, mut form, mut webhooks, mut save) = (None, &[][..], false, None);
    for (key, node) in entries {
        let wrong = |form: &str| Problem::new(node, &format!("{at}.{key}"), format!("it takes {form}"));
        match (key.as_str(), &node.kind) {
            ("post", Kind::Plain(text) | Kind::Quoted(text)) if text.starts_with('/') => path = Some(text.as_str()),
            ("post", _) => return Err(wrong("a path, which begins with /")),
            ("form", Kind::Map(entries)) => form = entries.as_slice(),
            ("form", Kind::Null) => {}
            ("form", _) => return Err(wrong("a mapping of fields")),
            ("webhooks", Kind::Plain(text)) if text == "true" || text == "false" => webhooks = text == "true",
            ("webhooks", _) => return Err(wrong("true or false")),
            ("save", Kind::Plain(text) | Kind::Quoted(text)) if !text.is_empty() => save = Some(text.as_str()),
            ("save", Kind::Null) => {}
            ("save", _) => return Err(wrong("a name")),
            _ => {
                let text = format!("there is no key {key}: a call has post, form, webhooks and save");
                return Err(Problem::new(node, at, text));
            }
        }
    }
    let path = path.ok_or_else(|| Problem::new(node, at, "the key post is missing"))?;
    Ok(Call { path, form, webhooks, save })
}

/// The fields: a list is a repeated field; a mapping is JSON, such as attributes.
fn form(fields: &[(String, Node)], saved: &HashMap<&str, String>) -> Vec<(String, String)> {
    let mut form = Vec::new();
    for (name, node) in fields {
        for value in node.items() {
            let text = match value.scalar() {
                Some(text) => text.to_owned(),
                None => value.to_json(&str::to_owned).to_string(),
            };
            form.push((name.clone(), fill(&text, saved)));
        }
    }
    form
}

/// Replaces `{name}` by saved SIDs. Other braces, such as those of JSON, stay.
fn fill(text: &str, saved: &HashMap<&str, String>) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let end = after.find(['{', '}']).filter(|end| after[*end..].starts_with('}'));
        match end.and_then(|end| Some((saved.get(&after[..end])?, end))) {
            Some((sid, end)) => {
                filled.push_str(sid);
                rest = &after[end + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_names_in_braces_are_filled_in_and_other_braces_stay() {
        let saved = HashMap::from([("a", "CH1".to_owned()), ("b", "{a}".to_owned())]);
        for (text, filled) in [
            ("/v1/Conversations/{a}/Messages", "/v1/Conversations/CH1/Messages"),
            (r#"{"sid": "{a}", "other": {"{c}": "{"}}"#, r#"{"sid": "CH1", "other": {"{c}": "{"}}"#),
            ("{b}{a", "{a}{a"),
            ("{{a}}", "{CH1}"),
            ("", ""),
        ] {
            assert_eq!(fill(text, &saved), filled, "{text}");
        }
    }
}
