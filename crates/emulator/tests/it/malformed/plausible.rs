//! Plausible requests, to be damaged afterwards: real paths, existing resources, valid values.

use std::collections::HashMap;

use serde_json::Value;

use super::Dice;

/// Most things of a kind that are remembered. They are few, so that something is done with each.
const REMEMBERED: usize = 6;
const IDENTITIES: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// All operations of the specification.
pub(super) struct Api {
    pub(super) operations: Vec<Operation>,
}

pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: &'static str,
    /// `/v1/Conversations/{}/Messages`.
    path: String,
    /// The path of the known resources that it needs, as in [`Stock`].
    needs: String,
    query: Vec<Field>,
    pub(super) form: Vec<Field>,
}

/// A parameter of a query or a form.
#[derive(Clone)]
pub(super) struct Field {
    name: String,
    required: bool,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    OneOf(Vec<String>),
    Boolean,
    Date,
    /// By its prefix.
    Sid(String),
    /// The name determines the values that fit.
    Named,
}

/// A control call: its path, and its fields, of which those with an exclamation mark are needed.
pub(super) const CONTROL: [(&str, &[&str]); 8] = [
    ("messages/inbound", &["From!", "To!", "OtherRecipients", "Body", "MediaSid", "Name"]),
    ("messages", &["ConversationSid!", "Identity!", "ParticipantSid", "Body!"]),
    ("delivery-reports", &["MessageSid!", "Status!", "ParticipantSid", "ErrorCode"]),
    ("reachability", &["Identity!", "IsOnline", "IsNotifiable", "ServiceSid"]),
    ("media", &["Filename", "ContentType", "Size", "ServiceSid"]),
    ("bindings", &["Identity!", "BindingType!", "Endpoint!", "ServiceSid"]),
    ("clock", &["Advance", "Set", "Freeze"]),
    ("deliveries/{}/resend", &[]),
];

/// Names and values, in order.
pub(super) type Pairs = Vec<(String, String)>;

impl Api {
    pub(super) fn read() -> Self {
        let document: Value = serde_json::from_str(include_str!("../../../src/generated/openapi.json")).unwrap();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, name) in [("GET", "get"), ("POST", "post"), ("DELETE", "delete")] {
                let operation = &item[name];
                let Some(id) = operation["operationId"].as_str() else { continue };
                let path = blank(path, |segment| segment.starts_with('{'));
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let query = parameters
                    .filter(|parameter| parameter["in"] == "query")
                    .map(|one| Field::read(&document, one["name"].as_str().unwrap(), false, &one["schema"]));
                let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
                let schema = resolve(&document, schema);
                let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.contains(&name.into()));
                let fields = schema["properties"].as_object().into_iter().flatten();
                operations.push(Operation {
                    id: id.to_owned(),
                    method,
                    needs: up_to_last_value(&path).to_owned(),
                    path,
                    query: query.collect(),
                    form: fields.map(|(name, one)| Field::read(&document, name, required(name), one)).collect(),
                });
            }
        }
        Self { operations }
    }
}

impl Field {
    fn read(document: &Value, name: &str, required: bool, schema: &Value) -> Self {
        let mut schema = resolve(document, schema);
        if schema["type"] == "array" && schema["items"].is_object() {
            schema = resolve(document, &schema["items"]);
        }
        let kind = if let Some(values) = schema["enum"].as_array() {
            Kind::OneOf(values.iter().map(|value| value.as_str().unwrap().to_owned()).collect())
        } else if let Some(pattern) = schema["pattern"].as_str() {
            Kind::Sid(pattern[1..3].to_owned())
        } else if schema["type"] == "boolean" {
            Kind::Boolean
        } else if schema["format"] == "date-time" {
            Kind::Date
        } else {
            Kind::Named
        };
        Self { name: name.to_owned(), required, kind }
    }

    fn of_control(text: &str) -> Self {
        let name = text.trim_end_matches('!');
        let list = |values: &[&str]| Kind::OneOf(values.iter().map(|value| (*value).to_owned()).collect());
        let kind = match name {
            "ConversationSid" => Kind::Sid("CH".to_owned()),
            "ParticipantSid" => Kind::Sid("MB".to_owned()),
            "MessageSid" => Kind::Sid("IM".to_owned()),
            "ServiceSid" => Kind::Sid("IS".to_owned()),
            "MediaSid" => Kind::Sid("ME".to_owned()),
            "Status" => list(&["sent", "delivered", "read", "failed", "undelivered"]),
            "BindingType" => list(&["apn", "gcm", "fcm", "twilsock"]),
            "IsOnline" | "IsNotifiable" | "Freeze" => Kind::Boolean,
            "Set" => Kind::Date,
            _ => Kind::Named,
        };
        Self { name: name.to_owned(), required: text.ends_with('!'), kind }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(document, &document["components"]["schemas"][reference.rsplit('/').next().unwrap()]),
        None => schema,
    }
}

/// A path with `{}` for each segment that is a value.
fn blank(path: &str, is_value: impl Fn(&str) -> bool) -> String {
    path.split('/').map(|segment| if is_value(segment) { "{}" } else { segment }).collect::<Vec<_>>().join("/")
}

fn up_to_last_value(path: &str) -> &str {
    path.rfind("{}").map_or("", |at| &path[..at + 2])
}

fn is_sid(text: &str) -> bool {
    text.len() == 34 && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The resources that responses have shown.
#[derive(Clone, Default)]
pub(super) struct Stock {
    /// Values of a path, by the path with `{}` in their places.
    paths: HashMap<String, Vec<Vec<String>>>,
    /// SIDs by their prefix.
    sids: HashMap<String, Vec<String>>,
    /// The message that the latest delivery report is about: the key of its receipts, and its path's values.
    reported: Option<(String, Vec<String>)>,
    /// A service that is never deleted, and the default one nearly always.
    home: String,
    /// Resources of it that are never deleted, by path: those that are rare otherwise.
    kept: HashMap<String, Vec<String>>,
    /// A socket address without a listener.
    nowhere: String,
}

impl Stock {
    pub(super) fn new(home: &str, nowhere: &str) -> Self {
        Self { home: home.to_owned(), nowhere: nowhere.to_owned(), ..Self::default() }
    }

    /// Keeps something of the home service: `Users/{}/Conversations/{}` with its values.
    pub(super) fn keep(&mut self, path: &str, values: &[&str]) {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        self.kept.insert(format!("/v1/{path}"), values.clone());
        self.kept.insert(format!("/v1/Services/{{}}/{path}"), [vec![self.home.clone()], values].concat());
    }

    /// Whether it is kept, or something that is kept is in it.
    fn is_kept(&self, sid: &str) -> bool {
        sid == self.home || self.kept.values().flatten().any(|kept| kept == sid)
    }

    /// Records the resources of a response: an item, or the items of a list.
    pub(super) fn learn(&mut self, dice: &mut Dice, response: &Value) {
        if let (Some((key, mut values)), Some(sid)) = (self.reported.take(), response["receipt_sid"].as_str()) {
            values.push(sid.to_owned());
            remember(dice, self.paths.entry(key).or_default(), values);
        }
        let items = response["meta"]["key"].as_str().and_then(|key| response[key].as_array());
        let items = items.map_or(std::slice::from_ref(response), Vec::as_slice);
        for item in items.iter().take(3) {
            if let Some(sid) = item["sid"].as_str() {
                remember(dice, self.sids.entry(sid[..2].to_owned()).or_default(), sid.to_owned());
            }
            let url = item["url"].as_str().unwrap_or_default();
            let Some(path) = url.find("/v1/").map(|at| &url[at..]) else { continue };
            let values: Vec<_> = path.split('/').filter(|segment| is_sid(segment)).map(str::to_owned).collect();
            if !values.is_empty() {
                let key = blank(path, is_sid);
                let key = up_to_last_value(&key);
                if item["messaging_binding"]["address"].is_string() {
                    // Whom messages are delivered to.
                    remember(dice, self.paths.entry(format!("{key} by address")).or_default(), values.clone());
                }
                remember(dice, self.paths.entry(key.to_owned()).or_default(), values);
            }
        }
    }

    /// Forgets what is not there any more, and all that was in it.
    pub(super) fn forget(&mut self, path: &str) {
        let values: Vec<_> = path.split('/').filter(|segment| is_sid(segment)).collect();
        let Some(last) = values.last().filter(|last| !self.is_kept(last)) else { return };
        for known in self.paths.values_mut() {
            known
                .retain(|known| known.len() < values.len() || known.iter().zip(&values).any(|(one, gone)| one != gone));
        }
        if let Some(sids) = self.sids.get_mut(&last[..2]) {
            sids.retain(|sid| sid != last);
        }
    }

    /// A path, with its values and a query, if what it needs is known.
    pub(super) fn path(&self, dice: &mut Dice, operation: &Operation) -> Option<(Vec<String>, Pairs)> {
        let mut values = Vec::new();
        let deletes = operation.method == "DELETE";
        if let Some(kept) = self.kept.get(&operation.needs).filter(|_| !deletes && dice.roll(3) == 0) {
            values.clone_from(kept);
        } else if !operation.needs.is_empty() {
            let known = self.paths.get(&operation.needs).and_then(|known| dice.one(known));
            match known {
                Some(known) => values.clone_from(known),
                // Items may all be deleted for the rest of the test. The operation then gets one that does not exist.
                None if dice.roll(4) == 0 => {
                    values = vec![format!("ZZ{:032}", 0); operation.needs.matches("{}").count()];
                }
                None => return None,
            }
        }
        if deletes && values.last().is_some_and(|last| self.is_kept(last)) {
            return None;
        }
        let mut values = values.into_iter();
        let segment = |segment: &str| {
            if segment != "{}" {
                return segment.to_owned();
            }
            let value = values.next().unwrap();
            let has_name = operation.needs.ends_with("/Users/{}") || value.starts_with("MB");
            if has_name && value.starts_with(['U', 'M']) && dice.roll(3) == 0 {
                return dice.pick(&IDENTITIES).to_owned();
            }
            value
        };
        let path = operation.path.split('/').map(segment).collect();
        // Small pages, so that lists do not take all the time.
        let is_list = operation.query.iter().any(|field| field.name == "PageSize");
        let mut query = Vec::new();
        if is_list {
            query.push(("PageSize".to_owned(), dice.pick(&["1", "2", "3"]).to_owned()));
        }
        for field in &operation.query {
            if !["PageSize", "PageToken"].contains(&field.name.as_str()) && dice.roll(3) == 0 {
                query.push((field.name.clone(), self.value(dice, field)));
            }
        }
        Some((path, query))
    }

    /// Values for a form: what is needed, and some of the rest.
    pub(super) fn form(&self, dice: &mut Dice, fields: &[Field]) -> Pairs {
        let mut pairs = Vec::new();
        for field in fields {
            if field.required || dice.roll(fields.len()) < 2 {
                pairs.push((field.name.clone(), self.value(dice, field)));
            }
        }
        if pairs.iter().any(|(name, _)| name == "Target" || name == "AutoCreation.Type") {
            // Neither is of use without what it is to call.
            for (name, value) in [
                ("Configuration.Url", &*self.nowhere),
                ("Configuration.Filters", "onMessageAdded"),
                ("Configuration.Triggers", "help"),
                ("Configuration.FlowSid", "FW0123456789abcdef0123456789abcdef"),
                ("AutoCreation.WebhookUrl", &self.nowhere),
                ("AutoCreation.StudioFlowSid", "FW0123456789abcdef0123456789abcdef"),
            ] {
                if fields.iter().any(|field| field.name == name) && !pairs.iter().any(|(known, _)| known == name) {
                    pairs.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        // Who participates has an identity or an address, and nearly never both.
        if fields.iter().any(|field| field.name == "MessagingBinding.Address") && dice.roll(8) > 0 {
            pairs.retain(|(name, _)| name != "Identity" && !name.starts_with("MessagingBinding."));
            if dice.roll(3) == 0 {
                let kind = number(dice);
                let proxy = kind.split_once(':').map_or("", |_| "whatsapp:").to_owned() + "+15551239999";
                let proxy = if kind.contains('@') { "us@example.com".to_owned() } else { proxy };
                pairs.push(("MessagingBinding.Address".to_owned(), kind));
                pairs.push(("MessagingBinding.ProxyAddress".to_owned(), proxy));
            } else {
                pairs.push(("Identity".to_owned(), identity(dice)));
            }
        }
        pairs
    }

    /// A control call: its path and its form.
    pub(super) fn control(&mut self, dice: &mut Dice, index: usize) -> (String, Pairs) {
        let (path, fields) = CONTROL[index];
        let fields: Vec<_> = fields.iter().map(|field| Field::of_control(field)).collect();
        // The first webhook calls are completed, and can be resent.
        let mut form = self.form(dice, &fields);
        self.reported = self.together(dice, path, &mut form);
        (path.replace("{}", &dice.roll(40).to_string()), form)
    }

    /// Relates the fields of a control request to one conversation: its participant writes, or receives a message of it.
    /// Returns the path and the SIDs of the message of a delivery report.
    fn together(&self, dice: &mut Dice, path: &str, form: &mut Pairs) -> Option<(String, Vec<String>)> {
        let base = dice.pick(&["/v1", "/v1/Services/{}"]);
        let of = |kind: &str| self.paths.get(&format!("{base}/Conversations/{{}}/{kind}"));
        let mut set = |name: &str, value: &String| {
            form.retain(|(known, _)| known != name);
            form.push((name.to_owned(), value.clone()));
        };
        match path {
            "messages" => {
                let [.., conversation, participant] = dice.one(of("Participants/{}")?)?.as_slice() else { return None };
                set("ConversationSid", conversation);
                set("ParticipantSid", participant);
                None
            }
            "delivery-reports" => {
                let messages = of("Messages/{}")?;
                let message = dice.one(messages)?;
                let is_there = |of: &&Vec<String>| of[..of.len() - 1] == message[..message.len() - 1];
                let participant = of("Participants/{} by address")?.iter().find(is_there)?;
                set("MessageSid", message.last()?);
                set("ParticipantSid", participant.last()?);
                Some((format!("{base}/Conversations/{{}}/Messages/{{}}/Receipts/{{}}"), message.clone()))
            }
            _ => None,
        }
    }

    fn value(&self, dice: &mut Dice, field: &Field) -> String {
        match &field.kind {
            Kind::OneOf(values) => {
                let mut value = &values[dice.roll(values.len())];
                if value == "closed" && dice.roll(4) > 0 {
                    // A closed conversation rejects most requests.
                    value = &values[1];
                }
                if dice.roll(8) == 0 { value.to_uppercase() } else { value.clone() }
            }
            Kind::Boolean => dice.pick(&["true", "false", "True"]).to_owned(),
            Kind::Date => dice.pick(&["2026-01-02T03:04:05Z", "2031-12-31T23:59:59.999+01:00"]).to_owned(),
            Kind::Sid(_) if field.name == "DefaultChatServiceSid" && dice.roll(20) > 0 => self.home.clone(),
            Kind::Sid(prefix) => match self.sids.get(prefix).and_then(|sids| dice.one(sids)) {
                Some(sid) => sid.clone(),
                None => format!("{prefix}0123456789abcdef0123456789abcdef"),
            },
            Kind::Named => self.named(dice, &field.name),
        }
    }

    fn named(&self, dice: &mut Dice, name: &str) -> String {
        match name {
            "Identity" => identity(dice),
            "Participant" => match dice.roll(3) {
                0 => format!(r#"{{"messaging_binding": {{"address": "{}"}}}}"#, number(dice)),
                _ => format!(r#"{{"identity": "{}"}}"#, identity(dice)),
            },
            "From" | "MessagingBinding.Address" | "Address" | "OtherRecipients" => number(dice),
            "To" => dice.pick(&["+15551239999", "+15551230003"]).to_owned(),
            "MessagingBinding.ProxyAddress" | "MessagingBinding.ProjectedAddress" => "+15551239999".to_owned(),
            "Attributes" => dice.pick(&["{}", "{\"a\": [1, null, \"ü\"]}", "7"]).to_owned(),
            "ContentVariables" => "{\"1\": \"x\"}".to_owned(),
            "Permission" => dice.pick(&["joinConversation", "sendMessage", "editOwnUserInfo"]).to_owned(),
            "Type" => dice.pick(&["sms", "whatsapp", "conversation", "service"]).to_owned(),
            "UniqueName" => format!("name {}", dice.roll(10_000)),
            "LastReadMessageIndex" | "Configuration.ReplayAfter" | "Page" => dice.roll(4).to_string(),
            "AutoCreation.StudioRetryCount" | "ErrorCode" | "Size" => dice.roll(4).to_string(),
            "StartDate" | "EndDate" => dice.pick(&["2026-01-02", "2030-01-02T03:04:05Z"]).to_owned(),
            "Bindings.Email.Address" => "us@example.com".to_owned(),
            "Advance" => dice.pick(&["PT1S", "PT1S", "PT1M", "P1D"]).to_owned(),
            "AddressCountry" => "GB".to_owned(),
            _ if name.contains("Timer") => dice.pick(&["PT10M", "PT1H", "P1D", "PT0S"]).to_owned(),
            _ if name.ends_with("Url") => self.nowhere.clone(),
            _ => dice.pick(&["some text", "täxt \u{1F600}", "x"]).to_owned(),
        }
    }
}

fn identity(dice: &mut Dice) -> String {
    if dice.roll(4) > 0 { dice.pick(&IDENTITIES).to_owned() } else { format!("user {}", dice.roll(100_000)) }
}

fn number(dice: &mut Dice) -> String {
    let number = format!("+1555{:07}", dice.roll(10_000_000));
    match dice.roll(8) {
        0 => format!("whatsapp:{number}"),
        1 => format!("{}@example.com", &number[1..]),
        _ => number,
    }
}

fn remember<T>(dice: &mut Dice, all: &mut Vec<T>, one: T) {
    if all.len() < REMEMBERED {
        all.push(one);
    } else if dice.roll(8) == 0 {
        all[dice.roll(REMEMBERED)] = one;
    }
}
