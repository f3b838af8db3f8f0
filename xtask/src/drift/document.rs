//! A whole OpenAPI document, as the vendor publishes it, beside the fragments.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use codegen::{Document, token};
use serde_json::Value;

use super::{
    compare::{Comparison, Form},
    events,
    finding::{Kind, Side},
    names::said_events,
    node::{Node, Origin},
    report::{Report, Spot},
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Compares each operation, and hands back the ids of all by path and method: `/v1/Users GET`.
///
/// # Errors
///
/// When the JSON is no OpenAPI 3.0 document.
pub(super) fn compare(
    spec: &Document,
    event_files: &BTreeMap<String, Value>,
    name: &str,
    root: &Value,
    report: &mut Report,
) -> Result<BTreeMap<String, String>, String> {
    let version = root.get("openapi").and_then(Value::as_str);
    match version {
        Some(version) if version.starts_with("3.0.") => {}
        Some(version) => return Err(format!("OpenAPI {version}; expected version 3.0")),
        None => return Err("not an OpenAPI 3.0 document: it has no member \"openapi\"".to_owned()),
    }
    if !root.get("paths").is_some_and(Value::is_object) {
        return Err("not an OpenAPI 3.0 document: it has no object \"paths\"".to_owned());
    }
    let ours = Node::root(Origin::Fragments(spec), &spec.root);
    let theirs = Node::root(Origin::File(name), root);
    let names: BTreeSet<String> = event_names(event_files);
    let form = Form::Document { events: &names };
    let ids = operations_of_both(&ours, &theirs, form, report);
    report.enter(None);
    unused_schemas(&ours, &theirs, form, report);
    new_events(event_files, &names, &theirs, report);
    Ok(ids)
}

fn operations_of_both(
    ours: &Node<'_>,
    theirs: &Node<'_>,
    form: Form<'_>,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let (a, b) = (operations(ours), operations(theirs));
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let mut ids = BTreeMap::new();
    for key in keys {
        let (path, method) = key;
        let place = place(path, method);
        report.enter(Some(place.clone()));
        match (a.get(key), b.get(key)) {
            (Some(a), Some(b)) => operation(a, b, form, report),
            (a, b) => {
                let pointer = format!("/paths/{}/{method}", token(path));
                let spot = |side: &Node<'_>, is_there| Spot { place: side.place_of(&pointer), value: is_there };
                let shown = Value::from("this operation");
                let [a, b] = [a, b].map(|operation| operation.map(|_| &shown));
                report.differ(Kind::Operation, "", &spot(ours, a), &spot(theirs, b));
            }
        }
        let id =
            [a.get(key), b.get(key)].into_iter().flatten().find_map(|operation| operation.value.text("operationId"));
        ids.insert(place.clone(), id.map_or(place, str::to_owned));
    }
    ids
}

/// The ids of our operations by path and method.
pub(super) fn ids(spec: &Document) -> BTreeMap<String, String> {
    let root = Node::root(Origin::Fragments(spec), &spec.root);
    let id = |((path, method), operation): (&(&str, &str), &Operation<'_>)| {
        let place = place(path, method);
        let id = operation.value.text("operationId").map_or_else(|| place.clone(), str::to_owned);
        (place, id)
    };
    operations(&root).iter().map(id).collect()
}

/// An operation as the report names it: `/v1/Users GET`.
fn place(path: &str, method: &str) -> String {
    format!("{path} {}", method.to_uppercase())
}

/// The events of the specification.
pub(super) fn event_names(files: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let events = files.values().filter_map(|file| file.get("events")?.as_object());
    events.flat_map(|events| events.keys().cloned()).collect()
}

/// An operation and the path item that it is in.
struct Operation<'a> {
    item: Node<'a>,
    value: Node<'a>,
    /// Whether the document says anything about authentication.
    speaks_of_security: bool,
}

fn operations<'a>(root: &Node<'a>) -> BTreeMap<(&'a str, &'a str), Operation<'a>> {
    let items: Vec<_> = root.get("paths").iter().flat_map(Node::members).collect();
    let speaks_of_security = root.get("security").is_some()
        || items.iter().flat_map(|(_, item)| item.members()).any(|(_, value)| value.get("security").is_some());
    let mut operations = BTreeMap::new();
    for (path, item) in items {
        for (method, value) in item.members().filter(|(name, _)| METHODS.contains(name)) {
            operations.insert((path, method), Operation { item: item.clone(), value, speaks_of_security });
        }
    }
    operations
}

fn operation(ours: &Operation<'_>, theirs: &Operation<'_>, form: Form<'_>, report: &mut Report) {
    mounting(ours, theirs, report);
    let (a, b) = (&ours.value, &theirs.value);
    for member in ["operationId", "deprecated"] {
        let (ours, theirs) = (a.spot_of(member), b.spot_of(member));
        if ours.value != theirs.value && !(member == "deprecated" && theirs.value == Some(&Value::Bool(false))) {
            report.differ(Kind::Other, "", &ours, &theirs);
        }
    }
    if ours.speaks_of_security && theirs.speaks_of_security && security(a) != security(b) {
        report.differ(Kind::Other, "", &security_spot(a), &security_spot(b));
    }
    let mut comparison = Comparison::new(form, report);
    comparison.report.on_side(Side::Request);
    comparison.parameters(
        (&parameters(ours), &|_| a.spot_of("parameters").place),
        (&parameters(theirs), &|_| b.spot_of("parameters").place),
    );
    body(&mut comparison, a, b);
    comparison.report.on_side(Side::Response);
    responses(&mut comparison, a, b);
}

/// `x-twilio` says whether a path is a list or an item, what its accessor is called if not like the path, and which
/// properties a table shows.
fn mounting(ours: &Operation<'_>, theirs: &Operation<'_>, report: &mut Report) {
    for member in ["pathType", "mountName", "defaultOutputProperties"] {
        let (a, b) = (in_extension(&ours.item, member), in_extension(&theirs.item, member));
        if a.value != b.value {
            report.differ(Kind::Mounting, "", &a, &b);
        }
    }
}

/// A member of `x-twilio`, or the place where it would stand.
fn in_extension<'a>(item: &Node<'a>, member: &str) -> Spot<'a> {
    item.get("x-twilio")
        .map_or_else(|| item.missing_below(&["x-twilio", member]), |extension| extension.spot_of(member))
}

/// The security schemes that an operation requires: types and kinds, without regard to their names.
fn security(operation: &Node<'_>) -> BTreeSet<Vec<(Option<String>, Option<String>)>> {
    let own = operation.get("security").or_else(|| operation.at("/security"));
    let scheme = |name: &str| {
        let scheme = operation.at(&format!("/components/securitySchemes/{}", token(name)));
        let text = |member| scheme.as_ref().and_then(|scheme| scheme.text(member)).map(str::to_owned);
        (text("type"), text("scheme"))
    };
    own.iter().flat_map(Node::items).map(|choice| choice.members().map(|(name, _)| scheme(name)).collect()).collect()
}

fn security_spot<'a>(operation: &Node<'a>) -> Spot<'a> {
    operation
        .get("security")
        .or_else(|| operation.at("/security"))
        .map_or_else(|| operation.missing("security"), |security| security.spot())
}

/// The operation's parameters and those of its path that it does not give itself.
fn parameters<'a>(operation: &Operation<'a>) -> Vec<Node<'a>> {
    let list = |node: &Node<'a>| -> Vec<Node<'a>> {
        node.get("parameters").iter().flat_map(Node::items).map(|parameter| parameter.follow()).collect()
    };
    let mut parameters = list(&operation.value);
    for shared in list(&operation.item) {
        let key = |node: &Node<'a>| (node.text("in"), node.text("name"));
        if !parameters.iter().any(|own| key(own) == key(&shared)) {
            parameters.push(shared);
        }
    }
    parameters
}

fn body(comparison: &mut Comparison<'_>, ours: &Node<'_>, theirs: &Node<'_>) {
    match (ours.get("requestBody"), theirs.get("requestBody")) {
        (Some(a), Some(b)) => {
            let (a, b) = (a.follow(), b.follow());
            if is_required(&a, &b) != is_required(&b, &a) {
                comparison.report.differ(Kind::Required, "", &a.spot_of("required"), &b.spot_of("required"));
            }
            contents(comparison, &a, &b);
        }
        (None, None) => {}
        _ => comparison.report.differ(Kind::Other, "", &ours.spot_of("requestBody"), &theirs.spot_of("requestBody")),
    }
}

/// Whether a body is required. The vendor's document leaves the flag out where the body has required fields, and so do
/// we; where neither side has the flag, it is the fields that differ.
fn is_required(body: &Node<'_>, other: &Node<'_>) -> bool {
    let said = |body: &Node<'_>| body.value.get("required").and_then(Value::as_bool);
    match (said(body), said(other)) {
        (Some(required), _) => required,
        (None, Some(other_required)) if has_required_fields(body) != has_required_fields(other) => other_required,
        (None, Some(_)) => has_required_fields(body),
        (None, None) => false,
    }
}

fn has_required_fields(body: &Node<'_>) -> bool {
    let contents: Vec<_> = body.get("content").iter().flat_map(Node::members).collect();
    contents.iter().filter_map(|(_, content)| content.get("schema")).any(|schema| {
        let required = schema.schema().members.get("required").map(|required| required.items().count());
        required.is_some_and(|fields| fields > 0)
    })
}

fn responses(comparison: &mut Comparison<'_>, ours: &Node<'_>, theirs: &Node<'_>) {
    match (ours.get("responses"), theirs.get("responses")) {
        (Some(a), Some(b)) => {
            comparison.by_name(Kind::Other, &a, &b, |comparison, a, b| contents(comparison, &a.follow(), &b.follow()));
        }
        _ => comparison.report.differ(Kind::Other, "", &ours.spot_of("responses"), &theirs.spot_of("responses")),
    }
}

/// Media types of a body or response with their schemas.
fn contents(comparison: &mut Comparison<'_>, ours: &Node<'_>, theirs: &Node<'_>) {
    match (ours.get("content"), theirs.get("content")) {
        (Some(a), Some(b)) => comparison.by_name(Kind::Other, &a, &b, content),
        (None, None) => {}
        _ => comparison.report.differ(Kind::Other, "", &ours.spot_of("content"), &theirs.spot_of("content")),
    }
}

fn content(comparison: &mut Comparison<'_>, ours: &Node<'_>, theirs: &Node<'_>) {
    match (ours.get("schema"), theirs.get("schema")) {
        (Some(a), Some(b)) => comparison.schemas(&a, &b),
        (None, None) => {}
        _ => comparison.report.differ(Kind::Type, "", &ours.spot_of("schema"), &theirs.spot_of("schema")),
    }
    let encodings: Vec<_> = theirs.get("encoding").iter().flat_map(Node::members).collect();
    for (name, encoding) in encodings {
        // What is said of a field is a difference unless it is how forms are written anyway.
        let usual = encoding.members().all(|(member, node)| match member {
            "style" => node.value == "form",
            "explode" => *node.value == Value::Bool(true),
            "allowReserved" => *node.value == Value::Bool(false),
            _ => false,
        });
        let own = ours.get("encoding").and_then(|encodings| encodings.get(name));
        if !usual && own.as_ref().map(|own| own.value) != Some(encoding.value) {
            let place = ours.place_of(&format!("{}/encoding/{}", ours.pointer, token(name)));
            let own = Spot { place, value: own.map(|own| own.value) };
            comparison.report.differ(Kind::Other, "", &own, &encoding.spot());
        }
    }
}

/// Schemas of the vendor's document that nothing refers to.
fn unused_schemas(ours: &Node<'_>, theirs: &Node<'_>, form: Form<'_>, report: &mut Report) {
    let mut used = BTreeSet::new();
    references(theirs.value, &mut used);
    let schemas = "/components/schemas";
    for (name, schema) in theirs.at(schemas).iter().flat_map(Node::members) {
        if used.contains(format!("#{}", schema.pointer).as_str()) {
            continue;
        }
        match ours.at(&format!("{schemas}/{}", token(name))) {
            Some(own) => Comparison::new(form, report).schemas(&own, &schema),
            None => {
                let own = Spot { place: ours.place_of(&schema.pointer), value: None };
                report.differ(Kind::Other, "schema without use", &own, &schema.spot());
            }
        }
    }
}

/// Events that only descriptions of the vendor's document name, each once.
fn new_events(files: &BTreeMap<String, Value>, known: &BTreeSet<String>, theirs: &Node<'_>, report: &mut Report) {
    let names: Vec<String> = files.keys().map(|name| format!("spec/{name}")).collect();
    let files: Vec<_> =
        names.iter().zip(files.values()).map(|(name, file)| Node::root(Origin::File(name), file)).collect();
    let mut said = BTreeMap::new();
    descriptions(theirs.value, &mut Vec::new(), &mut |pointer, text| {
        for event in said_events(text).into_iter().filter(|event| !known.contains(event)) {
            said.entry(event).or_insert_with(|| pointer.iter().map(|name| format!("/{}", token(name))).collect());
        }
    });
    said.retain(|event, _: &mut String| !report.has_event(event));
    for (event, pointer) in said {
        let (place, value) = (events::place_of(&files, &event), Value::from(event));
        let theirs = Spot { place: theirs.place_of(&pointer), value: Some(&value) };
        report.differ(Kind::Event, "event named in a description", &Spot { place, value: None }, &theirs);
    }
}

/// Calls `found` with each description and summary and the names of the members that lead to it. Samples have none.
fn descriptions<'a>(
    value: &'a Value,
    pointer: &mut Vec<Cow<'a, str>>,
    found: &mut impl FnMut(&[Cow<'a, str>], &'a str),
) {
    let mut below = |name: Cow<'a, str>, member: &'a Value| {
        pointer.push(name);
        match (pointer.last().map_or("", |name| &**name), member) {
            ("description" | "summary", Value::String(text)) => found(pointer, text),
            ("example" | "examples", _) => {}
            _ => descriptions(member, pointer, found),
        }
        pointer.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| below(Cow::Borrowed(name), member)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| below(Cow::Owned(i.to_string()), item)),
        _ => {}
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
