//! Schemas, parameters and samples of two sides, fact by fact.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    finding::{Kind, Place},
    names::{quoted_events, said_events},
    node::{Node, Schema},
    report::{Report, Spot},
};

/// The form of the documentation decides which of its facts count.
#[derive(Clone, Copy)]
pub(super) enum Form<'e> {
    /// A page shows everything in place and has its name in `refName`. Events are named only in descriptions, between
    /// backticks, and our descriptions name the same.
    Page,
    /// A document has schemas inline or by reference, and its own words and samples. Its descriptions need not name the
    /// events that the specification has: these.
    Document { events: &'e BTreeSet<String> },
}

impl Form<'_> {
    fn is_page(self) -> bool {
        matches!(self, Self::Page)
    }
}

/// Compares two sides and notes the differences.
pub(super) struct Comparison<'r> {
    pub form: Form<'r>,
    pub report: &'r mut Report,
    /// Schemas that are being compared, for those that contain themselves.
    open: Vec<(String, String)>,
}

/// Parameters of one side, and the place for another of a kind: `path`, `query` or `header`.
type Parameters<'a, 'n> = (&'a [Node<'n>], &'a dyn Fn(&str) -> Place);

/// Parameters by kind and name.
type ByName<'n> = BTreeMap<(String, String), Node<'n>>;

impl<'r> Comparison<'r> {
    pub(super) fn new(form: Form<'r>, report: &'r mut Report) -> Self {
        Self { form, report, open: Vec::new() }
    }

    pub(super) fn schemas(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        let [ours_here, theirs_here] = [ours, theirs].map(|side| side.get("$ref").unwrap_or_else(|| side.clone()));
        let (ours, theirs) = (ours.schema(), theirs.schema());
        if let Some(reference) = ours.broken.or(theirs.broken) {
            let what = format!("the reference {reference:?} leads nowhere");
            return self.report.differ(Kind::Type, &what, &ours_here.spot(), &theirs_here.spot());
        }
        if !self.form.is_page() && is_another(&ours, &theirs) {
            return self.report.differ(Kind::Type, "", &ours_here.spot(), &theirs_here.spot());
        }
        let pair = (ours.target.pointer.clone(), theirs.target.pointer.clone());
        if self.open.contains(&pair) {
            return;
        }
        self.open.push(pair);
        if self.form.is_page() {
            self.names(&ours, &theirs);
        }
        let keywords: BTreeSet<&str> = ours.members.keys().chain(theirs.members.keys()).copied().collect();
        for keyword in keywords {
            self.keyword(keyword, &ours, &theirs);
        }
        self.open.pop();
    }

    /// A page shows each schema in place and gives its name.
    fn names(&mut self, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let name = |schema: &Schema<'_>| schema.name.map(|name| json!(name));
        let model = ours.name.map(|name| json!(flat(name)));
        let place = || ours.target.place();
        if ours.name != theirs.name {
            let (ours, shown) = (name(ours), name(theirs));
            let theirs = Spot { place: theirs.target.place(), value: shown.as_ref() };
            self.report.differ(
                Kind::Type,
                "name of the schema",
                &Spot { place: place(), value: ours.as_ref() },
                &theirs,
            );
        }
        let shown = theirs.target.spot_of("modelName");
        if shown.value != model.as_ref() {
            let ours = Spot { place: place(), value: model.as_ref() };
            self.report.differ(Kind::Other, "name of the model", &ours, &shown);
        }
    }

    fn keyword(&mut self, keyword: &str, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let (a, b) = (ours.members.get(keyword), theirs.members.get(keyword));
        let is_page = self.form.is_page();
        match (keyword, a, b) {
            ("refName" | "modelName", ..) => {}
            ("description", ..) => self.events(ours, theirs),
            ("example" | "examples" | "externalDocs" | "xml", ..) if !is_page => {}
            ("title", a, b) if !is_page && (a.is_none() || b.is_none()) => {}
            (extension, ..) if extension.starts_with("x-") => {}
            ("properties", Some(a), Some(b)) => self.by_name(Kind::Property, a, b, Self::schemas),
            ("properties", Some(a), None) if is_collection(a) => {
                for (name, a) in a.members() {
                    self.report.differ(
                        Kind::Property,
                        "",
                        &a.spot(),
                        &theirs.target.missing_below(&["properties", name]),
                    );
                }
            }
            ("properties", None, Some(b)) if is_collection(b) => {
                for (name, b) in b.members() {
                    self.report.differ(
                        Kind::Property,
                        "",
                        &ours.target.missing_below(&["properties", name]),
                        &b.spot(),
                    );
                }
            }
            ("items" | "additionalProperties" | "not", Some(a), Some(b))
                if a.value.is_object() && b.value.is_object() =>
            {
                self.schemas(a, b);
            }
            // An array of anything.
            ("items", None, Some(node)) | ("items", Some(node), None) if node.schema().members.is_empty() => {}
            ("allOf" | "anyOf" | "oneOf", Some(a), Some(b)) if a.items().count() == b.items().count() => {
                for (a, b) in a.items().zip(b.items()) {
                    self.schemas(&a, &b);
                }
            }
            ("enum", Some(a), Some(b)) if a.value.is_array() && b.value.is_array() => {
                self.values(Kind::EnumValue, "enum", ours, theirs);
            }
            ("required", a, b) if [a, b].iter().flatten().all(|node| node.value.is_array()) => {
                self.values(Kind::Required, "required", ours, theirs);
            }
            (_, a, b) if given(keyword, a) == given(keyword, b) => {}
            _ => self.report.differ(Kind::of(keyword), "", &ours.spot_of(keyword), &theirs.spot_of(keyword)),
        }
    }

    /// Compares lists in which order says nothing, value by value.
    fn values(&mut self, kind: Kind, keyword: &str, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let (a, b) = (ours.items_of(keyword), theirs.items_of(keyword));
        for value in a.iter().filter(|a| b.iter().all(|b| a.value != b.value)) {
            self.report.differ(kind, "", &value.spot(), &theirs.without_item(keyword, value.value));
        }
        for value in b.iter().filter(|b| a.iter().all(|a| a.value != b.value)) {
            self.report.differ(kind, "", &ours.without_item(keyword, value.value), &value.spot());
        }
    }

    /// Compares the members of two objects that one finds by name. An object that is no such collection has none.
    pub(super) fn by_name<'a>(
        &mut self,
        kind: Kind,
        ours: &Node<'a>,
        theirs: &Node<'a>,
        compare: impl Fn(&mut Self, &Node<'a>, &Node<'a>),
    ) {
        let names: BTreeSet<&str> = ours.members().chain(theirs.members()).map(|(name, _)| name).collect();
        for name in names {
            match (ours.get(name), theirs.get(name)) {
                (Some(a), Some(b)) => compare(self, &a, &b),
                _ => self.report.differ(kind, "", &ours.spot_of(name), &theirs.spot_of(name)),
            }
        }
    }

    /// The documentation gives the values of webhook filters only in descriptions.
    fn events(&mut self, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let (ours, theirs) = (ours.spot_of("description"), theirs.spot_of("description"));
        let text = |spot: &Spot<'_>| spot.value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let (a, b) = match self.form {
            Form::Page => (quoted_events(&text(&ours)), quoted_events(&text(&theirs))),
            Form::Document { events } => {
                let (a, mut b) = (said_events(&text(&ours)), said_events(&text(&theirs)));
                if b.is_empty() {
                    return;
                }
                // A description that lists no events here may name those that are known.
                b.retain(|event| !a.is_empty() || !events.contains(event));
                (a, b)
            }
        };
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
        let (a, b) = (only(&a, &b), only(&b, &a));
        if a.is_empty() && b.is_empty() {
            return;
        }
        let (a, b) = (json!(a), json!(b));
        let note = format!("events named in the description: {a} only here, {b} only at {}", theirs.place);
        let ours = Spot { place: ours.place, value: Some(&a) };
        let theirs = Spot { place: theirs.place, value: Some(&b) };
        self.report.note(Kind::EventsInDescription, &ours, &theirs, note);
    }

    /// Parameters by their kind and name; headers in any case. Each list comes with the place of one that is missing.
    pub(super) fn parameters(&mut self, ours: Parameters<'_, '_>, theirs: Parameters<'_, '_>) {
        let (a, again) = parameters_by_name(ours.0);
        for (first, second) in again {
            let note = format!("the parameter is at {} already", first.place());
            self.report.note(Kind::Parameter, &second.spot(), &Spot { place: theirs.1(""), value: None }, note);
        }
        let (b, again) = parameters_by_name(theirs.0);
        for (first, second) in again {
            let note = format!("the parameter at {} is at {} already", second.place(), first.place());
            self.report.note(Kind::Parameter, &Spot { place: ours.1(""), value: None }, &second.spot(), note);
        }
        let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
        for name in names {
            match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => self.parameter(a, b),
                (a, b) => {
                    let (kind, name) = name;
                    let ours = a.map_or_else(|| Spot { place: ours.1(kind), value: None }, Node::spot);
                    let theirs = b.map_or_else(|| Spot { place: theirs.1(kind), value: None }, Node::spot);
                    self.report.differ(Kind::Parameter, &format!("{kind} parameter {name}"), &ours, &theirs);
                }
            }
        }
    }

    fn parameter(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        let members: BTreeSet<&str> = ours.members().chain(theirs.members()).map(|(name, _)| name).collect();
        for member in members {
            let (a, b) = (ours.get(member), theirs.get(member));
            match (member, &a, &b) {
                ("name" | "in" | "style" | "explode", ..) => {}
                ("description", ..) => self.events(&ours.schema(), &theirs.schema()),
                ("example" | "examples", ..) if !self.form.is_page() => {}
                ("schema", Some(a), Some(b)) => self.schemas(a, b),
                (extension, ..) if extension.starts_with("x-") => {}
                _ if given(member, a.as_ref()) == given(member, b.as_ref()) => {}
                _ => self.report.differ(Kind::of(member), "", &ours.spot_of(member), &theirs.spot_of(member)),
            }
        }
        let ((a, a_explodes), (b, b_explodes)) = (style(ours.value), style(theirs.value));
        // The default of `explode` follows from the style.
        let differing = if a != b { Some("style") } else { Some("explode").filter(|_| a_explodes != b_explodes) };
        if let Some(member) = differing {
            self.report.differ(Kind::Other, "", &ours.spot_of(member), &theirs.spot_of(member));
        }
    }

    /// Sample data, down to the leaf that differs.
    pub(super) fn data(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        match (ours.value, theirs.value) {
            (a, b) if a == b => {}
            (Value::Object(_), Value::Object(_)) => self.by_name(Kind::Sample, ours, theirs, Self::data),
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (a, b) in ours.items().zip(theirs.items()) {
                    self.data(&a, &b);
                }
            }
            _ => self.report.differ(Kind::Sample, "", &ours.spot(), &theirs.spot()),
        }
    }
}

/// Parameters by kind and name, and those that are there again with the first of their name.
fn parameters_by_name<'n>(list: &[Node<'n>]) -> (ByName<'n>, Vec<(Node<'n>, Node<'n>)>) {
    let (mut parameters, mut again) = (BTreeMap::new(), Vec::new());
    for parameter in list {
        let kind = parameter.text("in").unwrap_or_default().to_owned();
        let name = parameter.text("name").unwrap_or_default();
        let name = if kind == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        if let Some(first) = parameters.insert((kind, name), parameter.clone()) {
            again.push((first, parameter.clone()));
        }
    }
    (parameters, again)
}

/// Whether a reference of ours leads to another schema than the document's, or the document has no enum where ours leads
/// to one. What is in these schemas is no difference of ours.
fn is_another(ours: &Schema<'_>, theirs: &Schema<'_>) -> bool {
    match (ours.name, theirs.name) {
        (None, _) => false,
        (Some(ours), Some(theirs)) => flat(ours) != flat(theirs),
        _ => ours.members.contains_key("enum") && !theirs.members.contains_key("enum"),
    }
}

/// A name as the vendor's pages have it for a model.
fn flat(name: &str) -> String {
    name.replace('.', "_")
}

fn is_collection(node: &Node<'_>) -> bool {
    node.value.as_object().is_some_and(|members| !members.is_empty())
}

/// The value of a keyword. False is what a flag has without being given.
fn given<'a>(keyword: &str, node: Option<&Node<'a>>) -> Option<&'a Value> {
    const FLAGS: [&str; 8] = [
        "nullable",
        "required",
        "deprecated",
        "readOnly",
        "writeOnly",
        "uniqueItems",
        "allowEmptyValue",
        "allowReserved",
    ];
    let default = |value: &Value| *value == Value::Bool(false) && FLAGS.contains(&keyword);
    node.map(|node| node.value).filter(|value| !default(value))
}

/// How a list is written: as given, or by default for where the parameter goes.
fn style(parameter: &Value) -> (&str, bool) {
    let form = !matches!(parameter["in"].as_str(), Some("path" | "header"));
    let style = parameter["style"].as_str().unwrap_or(if form { "form" } else { "simple" });
    (style, parameter["explode"].as_bool().unwrap_or(style == "form"))
}
