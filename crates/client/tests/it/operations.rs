//! Every operation over a real socket, once by its positional method and once by handles and builder, with the values of
//! the specification's own samples.
//!
//! The calls are in `operations/calls/`, a file for each fragment, and a person can read them. `cargo xtask bless` writes
//! them from the specification. Its rules of naming are not those of the generator: where the two disagree, the calls do
//! not compile.

#[rustfmt::skip] // written by `cargo xtask bless`
mod calls;

use std::{collections::BTreeSet, fmt::Write, sync::Mutex};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use twilio_conversations_client::{
    BoxFuture, Client, Error, Page, Response,
    types::{IsoDuration, Sid},
};

use crate::{
    server::{Answer, Request, Server},
    spec::{self, Operation, grouped, operations, pairs, without_nulls},
};

type Outcome = BoxFuture<'static, Result<Value, Error>>;

/// The calls of one operation with one sample of its request.
pub(crate) struct Case {
    operation: &'static str,
    /// Name of the request's sample; none where the operation has no body.
    sample: &'static str,
    /// With a SID wherever one is possible. The second argument is the value of `X-Twilio-Webhook-Enabled`.
    positional: fn(Client, Option<bool>) -> Outcome,
    /// With a name wherever one is possible, and `X-Twilio-Webhook-Enabled: true`.
    builder: fn(Client) -> Outcome,
}

/// A request with the values of a sample.
fn request<T: DeserializeOwned>(operation: &str, sample: &str) -> T {
    let operation = find(operation);
    let (_, value) = operation.request_samples().into_iter().find(|(name, _)| *name == sample).unwrap();
    serde_json::from_value(value.clone()).unwrap()
}

/// Parameters of a list, each with a value.
fn params<T: DeserializeOwned>(operation: &str) -> T {
    serde_json::from_value(spec::example(&find(operation).params().unwrap())).unwrap()
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

/// The value as JSON; null for an operation without one.
fn answer<T: Serialize>(answer: Result<Response<T>, Error>) -> Result<Value, Error> {
    Ok(serde_json::to_value(answer?.into_inner()).unwrap())
}

/// The items of a page as JSON.
fn page<T: Serialize + Send + 'static>(answer: Result<Response<Page<T>>, Error>) -> Result<Value, Error> {
    Ok(serde_json::to_value(answer?.items()).unwrap())
}

fn find(id: &str) -> Operation {
    operations().into_iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no operation {id}"))
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Style {
    Positional,
    Builder,
}

impl Style {
    /// The text that stands for a path parameter in this style.
    fn path_value(self, schema: &Value) -> String {
        match (self, schema["x-sid"].as_str()) {
            (Self::Positional, Some(prefix)) => format!("{prefix}{}", "a".repeat(32)),
            _ => spec::sid(schema).unwrap_or_else(|| "No. 7/é & co?".to_owned()),
        }
    }
}

const HEADER: &str = "x-twilio-webhook-enabled";

/// What is wrong with a request, a line for each thing.
fn faults(operation: Operation, case: &Case, style: Style, header: Option<&str>, request: &Request) -> String {
    let mut faults = String::new();
    let mut check = |what: &str, expected: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
        let (expected, got) = (format!("{expected:?}"), format!("{got:?}"));
        if expected != got {
            writeln!(faults, "    {what}\n      expected {expected}\n      got      {got}").unwrap();
        }
    };
    let mut path = operation.path.to_owned();
    for parameter in operation.parameters("path") {
        let value = escaped(&style.path_value(&parameter["schema"]));
        path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &value);
    }
    let query = operation.params().map(|schema| pairs(&spec::example(&schema))).unwrap_or_default();
    let sample = operation.request_samples().into_iter().find(|(name, _)| *name == case.sample);
    check("method", &operation.method.to_uppercase(), &request.method);
    check("path", &path, &request.path());
    check("query", &grouped(query), &grouped(request.query()));
    check("body", &grouped(sample.map(|(_, sample)| pairs(sample)).unwrap_or_default()), &grouped(request.form()));
    let form = sample.map(|_| "application/x-www-form-urlencoded");
    check("content-type", &form, &request.header("content-type"));
    check("accept", &Some("application/json"), &request.header("accept"));
    check(HEADER, &header, &request.header(HEADER));
    check("authorization", &None::<&str>, &request.header("authorization"));
    check("api-version", &None::<&str>, &request.header("api-version"));
    faults
}

/// RFC 3986: everything but the unreserved characters.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// A server whose next answer is set before each call.
fn server() -> (Server, &'static Mutex<Answer>) {
    let next: &'static Mutex<Answer> = Box::leak(Box::new(Mutex::new(Answer::Never)));
    (Server::start(|_| next.lock().unwrap().clone()), next)
}

/// Every answer that the specification has for the operation, and what is to be made of it.
fn answers(operation: Operation, style: Style) -> Vec<(Answer, Value)> {
    let mut answers = Vec::new();
    for (status, _, sample) in operation.answer_samples() {
        let mut value = spec::as_read(operation.answer().unwrap(), sample);
        if operation.id.starts_with("List") && style == Style::Builder {
            let members = value.as_object().unwrap();
            value = members.iter().find(|(name, _)| *name != "meta").unwrap().1.clone();
        }
        answers.push((Answer::status(status.parse().unwrap(), sample.to_string()), value));
    }
    if answers.is_empty() {
        let (status, _) = operation.answers().next().unwrap();
        answers.push((Answer::status(status.parse().unwrap(), ""), Value::Null));
    }
    answers
}

/// Makes every call, and fails with all that is wrong.
async fn assert_calls(style: Style, default: Option<&'static str>, given: Option<bool>) {
    let (server, next) = server();
    let mut client = server.client();
    if let Some(default) = default {
        client = client.with_default_header(HEADER.parse().unwrap(), default.parse().unwrap());
    }
    let mut report = String::new();
    for case in calls::all() {
        let operation = find(case.operation);
        let takes_header = operation.parameters("header").next().is_some();
        let header = given.map(|given| if given { "true" } else { "false" }).or(default).filter(|_| takes_header);
        for (answer, expected) in answers(operation, style) {
            *next.lock().unwrap() = answer;
            let outcome = match style {
                Style::Positional => (case.positional)(client.clone(), given).await,
                Style::Builder => (case.builder)(client.clone()).await,
            };
            let mut faults = match server.take().as_slice() {
                [request] => faults(operation, case, style, header, request),
                requests => format!("    {} requests\n", requests.len()),
            };
            match outcome.map(|value| without_nulls(&value)) {
                Ok(value) if value == expected => {}
                Ok(value) => _ = writeln!(faults, "    answer\n      expected {expected}\n      got      {value}"),
                Err(error) => _ = writeln!(faults, "    failed: {error}"),
            }
            if !faults.is_empty() {
                _ = writeln!(report, "  {} {}\n{faults}", case.operation, case.sample);
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[tokio::test]
async fn every_operation_is_called_by_its_positional_method() {
    assert_calls(Style::Positional, None, None).await;
}

#[tokio::test]
async fn every_operation_is_called_by_handles_and_builder() {
    assert_calls(Style::Builder, None, Some(true)).await;
}

#[tokio::test]
async fn a_header_that_is_given_goes_before_the_clients_default() {
    assert_calls(Style::Positional, Some("true"), Some(false)).await;
    assert_calls(Style::Builder, Some("false"), Some(true)).await;
}

#[tokio::test]
async fn a_default_header_goes_to_the_operations_that_take_it_and_to_no_other() {
    assert_calls(Style::Positional, Some("false"), None).await;
}

#[test]
fn every_operation_is_in_the_table() {
    let calls: BTreeSet<_> = calls::all().map(|case| (case.operation, case.sample)).collect();
    let mut expected = BTreeSet::new();
    for operation in operations() {
        let samples: Vec<_> = operation.request_samples().into_iter().map(|(name, _)| name).collect();
        let samples = if samples.is_empty() { vec![""] } else { samples };
        expected.extend(samples.into_iter().map(|sample| (operation.id, sample)));
    }
    assert!(!expected.is_empty(), "the specification has no operations");
    assert_eq!(calls, expected, "cargo xtask bless writes the calls");
    assert_eq!(calls::all().count(), calls.len(), "a call is in the table twice; cargo xtask bless writes the calls");
}

/// The test of default headers would pass without a check if all operations took the header, or none.
#[test]
fn some_operations_take_the_header_and_some_do_not() {
    let takes = |operation: &Operation| operation.parameters("header").next().is_some();
    assert!(operations().iter().any(takes));
    assert!(!operations().iter().all(takes));
}

#[tokio::test]
async fn status_and_headers_are_there_for_those_who_ask() {
    let answer = Answer::status(201, json!({ "sid": "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }).to_string());
    let server = Server::answering([answer.header("Twilio-Request-Id", "RQ123").header("X-Rate", "7")]);
    let response = server.client().users().create("alice").send_with_response().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.request_id(), Some("RQ123"));
    assert_eq!(response.headers()["x-rate"], "7");
    assert_eq!(response.sid, "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}
