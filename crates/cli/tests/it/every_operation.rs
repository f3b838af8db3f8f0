//! Every operation as a command, in three spellings, sends what its positional method sends. Both talk to one server over
//! real sockets. The calls of the positional methods are the generated ones of the client's tests, and the arguments
//! are made here from the specification's samples by a naming rule of our own.

#[rustfmt::skip] // written by `cargo xtask bless`
#[path = "../../../client/tests/it/operations/calls/mod.rs"]
mod calls;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use twilio_conversations_client::{
    BoxFuture, Client, Error, Page, Response,
    types::{IsoDuration, Sid},
};

use crate::{
    server::{Answer, Request, Server},
    spec::{self, Operation, grouped, operations, pairs},
    support::{Ended, Twconv},
};

type Outcome = BoxFuture<'static, Result<Value, Error>>;

/// The calls of one operation with one sample of its request.
pub(crate) struct Case {
    operation: &'static str,
    /// Name of the request's sample; empty where the operation has no body.
    sample: &'static str,
    positional: fn(Client, Option<bool>) -> Outcome,
    #[expect(dead_code, reason = "the client's tests compare the builders with the positional methods")]
    builder: fn(Client) -> Outcome,
}

fn request<T: DeserializeOwned>(operation: &str, sample: &str) -> T {
    serde_json::from_value(sample_of(find(operation), sample).unwrap().clone()).unwrap()
}

fn params<T: DeserializeOwned>(operation: &str) -> T {
    serde_json::from_value(Value::Object(query(find(operation)).into_iter().collect())).unwrap()
}

fn sid<S: Sid>(text: &str) -> S {
    text.parse().unwrap()
}

fn date<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(text.into()).unwrap()
}

fn duration(text: &str) -> IsoDuration {
    text.parse().unwrap()
}

fn answer<T: Serialize>(answer: Result<Response<T>, Error>) -> Result<Value, Error> {
    Ok(serde_json::to_value(answer?.into_inner()).unwrap())
}

fn page<T: Serialize + Send + 'static>(page: Result<Response<Page<T>>, Error>) -> Result<Value, Error> {
    Ok(serde_json::to_value(page?.items()).unwrap())
}

fn find(id: &str) -> Operation {
    operations().into_iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no operation {id}"))
}

fn sample_of(operation: Operation, name: &str) -> Option<&'static Value> {
    operation.request_samples().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A value for each query parameter, within its limits.
fn query(operation: Operation) -> BTreeMap<String, Value> {
    let value = |schema: &Value| match (schema["format"].as_str(), schema["maximum"].as_i64()) {
        (Some("day-start"), _) => json!("2026-01-02T00:00:00Z"),
        (Some("day-end"), _) => json!("2026-01-31T23:59:59Z"),
        (_, Some(most)) => json!(most.min(7)),
        _ => spec::example(schema),
    };
    let parameters = operation.parameters("query");
    parameters.map(|it| (it["name"].as_str().unwrap().to_owned(), value(&it["schema"]))).collect()
}

/// How a command is written.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    /// `conversations messages fetch CH… IM…`
    Url,
    /// `api:conversations:v1:conversations:messages:fetch --conversation-sid CH… --sid IM…`
    Colons,
    /// `api conversations v1 conversations messages fetch …`
    Spaces,
}

const SPELLINGS: [Spelling; 3] = [Spelling::Url, Spelling::Colons, Spelling::Spaces];

/// `PreWebhookUrl` becomes `pre-webhook-url`: a hyphen before each capital that does not begin a word.
pub(crate) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() && !kebab.ends_with(['-', '.']) {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

fn words(operation: Operation) -> Vec<String> {
    let segments = operation.path.split('/').skip(2).filter(|segment| !segment.starts_with('{'));
    let action =
        [("List", "list"), ("Create", "create"), ("Fetch", "fetch"), ("Update", "update"), ("Delete", "remove")];
    let (_, action) = action.into_iter().find(|(verb, _)| operation.id.starts_with(verb)).unwrap();
    segments.map(kebab).chain([action.to_owned()]).collect()
}

/// The arguments of a call with a sample of its form.
fn arguments(operation: Operation, sample: &str, header: Option<bool>, spelling: Spelling) -> Vec<String> {
    let words = words(operation);
    let mut arguments = match spelling {
        Spelling::Url => words,
        Spelling::Colons => vec![format!("api:conversations:v1:{}", words.join(":"))],
        Spelling::Spaces => ["api", "conversations", "v1"].map(str::to_owned).into_iter().chain(words).collect(),
    };
    for segment in operation.path.split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        let parameter = operation.parameters("path").find(|parameter| parameter["name"] == name).unwrap();
        if !matches!(spelling, Spelling::Url) {
            arguments.push(format!("--{}", kebab(name)));
        }
        arguments.push(path_value(&parameter["schema"]));
    }
    let form = sample_of(operation, sample).and_then(Value::as_object).into_iter().flatten();
    let form = form.map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in query(operation).into_iter().chain(form) {
        push(&mut arguments, &kebab(&name), &value, spelling);
    }
    if let Some(header) = header.filter(|_| operation.parameters("header").next().is_some()) {
        // The vendor's flag is that of an enum, and takes a value.
        arguments.extend(["--x-twilio-webhook-enabled".to_owned(), header.to_string()]);
    }
    if operation.id.starts_with("Delete") {
        arguments.push("--yes".to_owned());
    }
    arguments
}

fn push(arguments: &mut Vec<String>, flag: &str, value: &Value, spelling: Spelling) {
    match (value, spelling) {
        (Value::Bool(true), _) => arguments.push(format!("--{flag}")),
        (Value::Bool(false), _) => arguments.push(format!("--no-{flag}")),
        // Several values after one flag, as on the vendor's pages.
        (Value::Array(items), Spelling::Colons) => {
            arguments.push(format!("--{flag}"));
            arguments.extend(items.iter().map(text));
        }
        (Value::Array(items), _) => items.iter().for_each(|item| push(arguments, flag, item, spelling)),
        (value, Spelling::Spaces) => arguments.push(format!("--{flag}={}", text(value))),
        (value, _) => arguments.extend([format!("--{flag}"), text(value)]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value of a path parameter in the generated calls of the positional methods.
fn path_value(schema: &Value) -> String {
    match schema["x-sid"].as_str() {
        Some(prefix) => format!("{prefix}{}", "a".repeat(32)),
        None => spec::sid(schema).unwrap_or_else(|| "No. 7/é & co?".to_owned()),
    }
}

/// The facts of a request that must be the same.
#[derive(Debug, Eq, PartialEq)]
struct Facts {
    line: String,
    query: BTreeMap<String, Vec<String>>,
    form: BTreeMap<String, Vec<String>>,
    headers: Vec<Option<String>>,
}

impl Facts {
    fn of(request: &Request) -> Self {
        let names = ["content-type", "accept", "x-twilio-webhook-enabled", "authorization"];
        Self {
            line: format!("{} {}", request.method, request.path()),
            query: grouped(request.query()),
            form: grouped(request.form()),
            headers: names.map(|name| request.header(name).map(str::to_owned)).to_vec(),
        }
    }
}

/// The response to the operation, a last page if it is a list, and the items or the item in it.
fn response(operation: Operation) -> (Answer, Vec<Value>) {
    let Some((status, _, sample)) = operation.answer_samples().into_iter().next() else {
        let (status, _) = operation.answers().next().unwrap();
        return (Answer::status(status.parse().unwrap(), ""), Vec::new());
    };
    let mut body = sample.clone();
    let items = if operation.id.starts_with("List") {
        body["meta"]["next_page_url"] = Value::Null;
        let (_, items) = body.as_object().unwrap().iter().find(|(name, _)| *name != "meta").unwrap();
        items.as_array().unwrap().clone()
    } else {
        vec![body.clone()]
    };
    (Answer::status(status.parse().unwrap(), body.to_string()), items)
}

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A server that gives the set response, a client and a program that call it.
struct Bench {
    server: Server,
    next: Arc<Mutex<Answer>>,
    client: Client,
    program: Twconv,
}

impl Bench {
    fn new() -> Self {
        let next = Arc::new(Mutex::new(Answer::Never));
        let given = next.clone();
        let server = Server::start(move |_| given.lock().unwrap().clone());
        let variables = [
            ("TWILIO_ACCOUNT_SID", ACCOUNT),
            ("TWILIO_AUTH_TOKEN", "x"),
            ("TWILIO_CONVERSATIONS_BASE_URL", &server.base_url),
        ];
        let program = variables.into_iter().fold(Twconv::new(), |program, (name, value)| program.with(name, value));
        let variable = |name: &str| {
            let found = variables.into_iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.to_owned()).ok_or(std::env::VarError::NotPresent)
        };
        let client = twilio_conversations::ClientBuilder::from_vars(variable).unwrap().build().unwrap();
        Self { server, next, client: (*client).clone(), program }
    }

    /// The only request since the last one.
    fn sent(&self, call: &str) -> Result<Facts, String> {
        match self.server.take().as_slice() {
            [request] => Ok(Facts::of(request)),
            requests => Err(format!("{call}: {} requests", requests.len())),
        }
    }

    fn run(&self, arguments: &[String]) -> Ended {
        self.program.run_args(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The problems of one call, a line for each.
    async fn compare(&self, case: &Case, header: Option<bool>, problems: &mut Vec<String>) {
        let operation = find(case.operation);
        let (answer, expected) = response(operation);
        *self.next.lock().unwrap() = answer;
        if let Err(error) = (case.positional)(self.client.clone(), header).await {
            problems.push(format!("{} by its method: {error}", operation.id));
        }
        let wanted = match self.sent(&format!("{} by its method", operation.id)) {
            Ok(wanted) => wanted,
            Err(problem) => return problems.push(problem),
        };
        for spelling in SPELLINGS {
            let arguments = arguments(operation, case.sample, header, spelling);
            let call = format!("{}: twconv {}", operation.id, arguments.join(" "));
            let ended = self.run(&arguments);
            match self.sent(&call) {
                Ok(sent) if sent == wanted => {}
                Ok(sent) => problems.push(format!("{call}\n  expected {wanted:?}\n  sent     {sent:?}")),
                Err(problem) => problems.push(format!("{problem}\n  {}", ended.stderr)),
            }
            let printed: Vec<Value> =
                ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect();
            if ended.code != 0 || printed != expected {
                problems.push(format!("{call}\n  exit code {}, printed {printed:?}\n  {}", ended.code, ended.stderr));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_sends_what_its_positional_method_sends() {
    let bench = Bench::new();
    let mut problems = Vec::new();
    for (i, case) in calls::all().enumerate() {
        // With and without the header, by turns.
        let header = [Some(true), None, Some(false)][i % 3];
        bench.compare(case, header, &mut problems).await;
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn the_calls_have_every_operation_and_every_form_parameter() {
    let called: BTreeSet<&str> = calls::all().map(|case| case.operation).collect();
    assert_eq!(called, operations().iter().map(|operation| operation.id).collect());
    for operation in operations() {
        let sent: BTreeSet<String> =
            operation.request_samples().iter().flat_map(|(_, it)| pairs(it)).map(|(name, _)| name).collect();
        let properties = operation.body().and_then(|body| body["properties"].as_object()).into_iter().flatten();
        let all: BTreeSet<String> = properties.map(|(name, _)| name.clone()).collect();
        assert_eq!(sent, all, "{}", operation.id);
    }
}
