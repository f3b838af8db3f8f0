//! The resources that an emulator holds, without SIDs and dates of their own.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};
use twilio_conversations_emulator::Emulator;

/// The collections that no link leads to.
const ROOTS: [&str; 10] = [
    "/v1/Configuration",
    "/v1/Configuration/Addresses",
    "/v1/Configuration/Webhooks",
    "/v1/Conversations",
    "/v1/Credentials",
    "/v1/Roles",
    "/v1/Services",
    "/v1/Users",
    "/v1/ParticipantConversations?Identity=alice",
    "/v1/ParticipantConversations?Address=%2B15551230001",
];

/// Every response, in the order in which the links lead to it. Each SID is replaced by its prefix and the number of its
/// first appearance; dates are left out.
pub(super) async fn of(emulator: &Emulator) -> Vec<Value> {
    let http = crate::server::http_client().build().unwrap();
    let mut waiting: VecDeque<String> = ROOTS.iter().map(|path| (*path).to_owned()).collect();
    let mut seen: Vec<String> = Vec::new();
    let mut sids = Sids::default();
    let mut state = Vec::new();
    while let Some(path) = waiting.pop_front() {
        if seen.contains(&path) {
            continue;
        }
        let request = http.get(format!("{}{path}", emulator.base_url()));
        let response = request.basic_auth(emulator.account_sid(), Some(emulator.auth_token())).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        follow(&body, &mut waiting);
        state.push(Value::Array(vec![sids.text(&path).into(), status.into(), sids.value(&body)]));
        seen.push(path);
    }
    state
}

/// The links of the items of a response, or of the item.
fn follow(body: &Value, waiting: &mut VecDeque<String>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("links", Value::Object(links)) => {
                        // An export is a job of the vendor's, which the emulator does not have.
                        let links = links.iter().filter(|(name, _)| *name != "export").map(|(_, link)| link);
                        let path = |link: &Value| {
                            let link = link.as_str()?;
                            link.find("/v1/").map(|start| link[start..].to_owned())
                        };
                        waiting.extend(links.filter_map(path));
                    }
                    (_, Value::Array(_)) => follow(value, waiting),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| follow(item, waiting)),
        _ => {}
    }
}

/// Names for SIDs.
#[derive(Default)]
struct Sids(BTreeMap<String, usize>);

impl Sids {
    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                // Dates differ from run to run, and `meta` describes the request.
                let kept = members.iter().filter(|(name, _)| !name.starts_with("date_") && *name != "meta");
                Value::Object(kept.map(|(name, value)| (name.clone(), self.value(value))).collect::<Map<_, _>>())
            }
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::String(text) => self.text(text).into(),
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut named = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(sid) = rest.get(..34).filter(|sid| is_sid(sid)) {
                let count = self.0.len();
                let number = *self.0.entry(sid.to_owned()).or_insert(count);
                named.push_str(&format!("{}#{number}", &sid[..2]));
                rest = &rest[34..];
            } else {
                named.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        named
    }
}

fn is_sid(text: &str) -> bool {
    let (prefix, digits) = text.split_at(2);
    prefix.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn a_sid_is_replaced_wherever_it_stands_and_by_one_name() {
    let (one, two) = (format!("CH{}", "0".repeat(32)), format!("CH{}", "f".repeat(32)));
    let mut sids = Sids::default();
    assert_eq!(sids.text(&format!("a/{two}/{one}?x={two}")), "a/CH#0/CH#1?x=CH#0");
    let value = serde_json::json!({ "sid": one, "date_created": "today", "list": [two, 7] });
    assert_eq!(sids.value(&value), serde_json::json!({ "sid": "CH#1", "list": ["CH#0", 7] }));
}
