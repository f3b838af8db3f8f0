//! Schemas, parameters and samples of two sides, fact by fact.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    guide::is_event_name,
    node::{Node, Schema},
    report::{Report, Spot},
};

/// What the documentation comes as decides what counts as a fact of it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Form {
    /// A page shows everything in place and says in `refName` what it is called. Events are named only in descriptions.
    Page,
    /// A document has schemas inline or by reference, and its words and samples are its own.
    Document,
}

/// Compares two sides and notes what differs.
pub(super) struct Comparison<'r> {
    pub form: Form,
    pub report: &'r mut Report,
    /// Schemas that are being compared, for those that contain themselves.
    open: Vec<(String, String)>,
}

/// Parameters of one side, and where another of a kind would stand: `path`, `query` or `header`.
type Parameters<'a, 'n> = (&'a [Node<'n>], &'a dyn Fn(&str) -> String);

impl<'r> Comparison<'r> {
    pub(super) fn new(form: Form, report: &'r mut Report) -> Self {
        Self { form, report, open: Vec::new() }
    }

    pub(super) fn schemas(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        let (ours, theirs) = (ours.schema(), theirs.schema());
        if let Some(reference) = ours.broken.or(theirs.broken) {
            let what = format!("the reference {reference:?} leads nowhere");
            return self.report.differ(&what, &ours.target.spot(), &theirs.target.spot());
        }
        let pair = (ours.target.pointer.clone(), theirs.target.pointer.clone());
        if self.open.contains(&pair) {
            return;
        }
        self.open.push(pair);
        self.names(&ours, &theirs);
        let keywords: BTreeSet<&str> = ours.members.keys().chain(theirs.members.keys()).copied().collect();
        for keyword in keywords {
            self.keyword(keyword, &ours, &theirs);
        }
        self.open.pop();
    }

    /// A page calls everything by its name; of a document's names only those count that both sides use.
    fn names(&mut self, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let flat = |name: &str| name.replace('.', "_");
        let same = match (self.form, ours.name, theirs.name) {
            (Form::Page, ours, theirs) => ours == theirs,
            (Form::Document, Some(ours), Some(theirs)) => flat(ours) == flat(theirs),
            (Form::Document, ..) => true,
        };
        let name = ours.name.map(|name| json!(name));
        let ours_spot = Spot { place: ours.target.place(), value: name.as_ref() };
        if !same {
            let name = theirs.name.map(|name| json!(name));
            self.report.differ(
                "name of the schema",
                &ours_spot,
                &Spot { place: theirs.target.place(), value: name.as_ref() },
            );
        }
        if self.form == Form::Page {
            let model = ours.name.map(|name| json!(flat(name)));
            let shown = theirs.target.spot_of("modelName");
            if shown.value != model.as_ref() {
                self.report.differ(
                    "name of the model",
                    &Spot { place: ours.target.place(), value: model.as_ref() },
                    &shown,
                );
            }
        }
    }

    fn keyword(&mut self, keyword: &str, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let (a, b) = (ours.members.get(keyword), theirs.members.get(keyword));
        match (keyword, a, b) {
            ("refName" | "modelName", ..) => {}
            ("description", ..) => {
                if self.form == Form::Page {
                    self.events(ours, theirs);
                }
            }
            ("example" | "examples" | "externalDocs" | "xml", ..) if self.form == Form::Document => {}
            ("title", a, b) if self.form == Form::Document && (a.is_none() || b.is_none()) => {}
            (extension, ..) if extension.starts_with("x-") => {}
            ("properties", Some(a), Some(b)) => self.by_name(a, b, Self::schemas),
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
            ("enum" | "required", a, b) if a.and_then(sorted) == b.and_then(sorted) => {}
            (_, a, b) if given(keyword, a) == given(keyword, b) => {}
            _ => self.report.differ("", &ours.spot_of(keyword), &theirs.spot_of(keyword)),
        }
    }

    /// Compares the members of two objects that one finds by name. An object that is no such collection has none.
    pub(super) fn by_name<'a>(
        &mut self,
        ours: &Node<'a>,
        theirs: &Node<'a>,
        compare: impl Fn(&mut Self, &Node<'a>, &Node<'a>),
    ) {
        let names: BTreeSet<&str> = ours.members().chain(theirs.members()).map(|(name, _)| name).collect();
        for name in names {
            match (ours.get(name), theirs.get(name)) {
                (Some(a), Some(b)) => compare(self, &a, &b),
                _ => self.report.differ("", &ours.spot_of(name), &theirs.spot_of(name)),
            }
        }
    }

    /// The documentation gives the values of webhook filters only in words.
    fn events(&mut self, ours: &Schema<'_>, theirs: &Schema<'_>) {
        let (ours, theirs) = (ours.spot_of("description"), theirs.spot_of("description"));
        let named = |value: Option<&Value>| value.and_then(Value::as_str).map(events).unwrap_or_default();
        let (a, b) = (named(ours.value), named(theirs.value));
        if a != b {
            let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| json!(a.difference(b).collect::<Vec<_>>());
            self.report.add(format!(
                "{}: events named in the description: {} only here, {} only at {}",
                ours.place,
                only(&a, &b),
                only(&b, &a),
                theirs.place
            ));
        }
    }

    /// Parameters by where they go and what they are called; headers in any case. Each list comes with the place where
    /// one that is missing would be looked for, by its kind.
    pub(super) fn parameters(&mut self, ours: Parameters<'_, '_>, theirs: Parameters<'_, '_>) {
        let (a, b) = (self.parameters_by_name(ours.0), self.parameters_by_name(theirs.0));
        let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
        for name in names {
            match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => self.parameter(a, b),
                (a, b) => {
                    let (kind, name) = name;
                    let ours = a.map_or_else(|| Spot { place: ours.1(kind), value: None }, Node::spot);
                    let theirs = b.map_or_else(|| Spot { place: theirs.1(kind), value: None }, Node::spot);
                    self.report.differ(&format!("{kind} parameter {name}"), &ours, &theirs);
                }
            }
        }
    }

    fn parameters_by_name<'a>(&mut self, list: &[Node<'a>]) -> BTreeMap<(String, String), Node<'a>> {
        let mut parameters = BTreeMap::new();
        for parameter in list {
            let place = parameter.text("in").unwrap_or_default().to_owned();
            let name = parameter.text("name").unwrap_or_default();
            let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
            if let Some(first) = parameters.insert((place, name), parameter.clone()) {
                self.report.add(format!("{}: the parameter is at {} already", parameter.place(), first.place()));
            }
        }
        parameters
    }

    fn parameter(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        let members: BTreeSet<&str> = ours.members().chain(theirs.members()).map(|(name, _)| name).collect();
        for member in members {
            let (a, b) = (ours.get(member), theirs.get(member));
            match (member, &a, &b) {
                ("name" | "in" | "style" | "explode", ..) => {}
                ("description", ..) if self.form == Form::Page => self.events(&ours.schema(), &theirs.schema()),
                ("description", ..) => {}
                ("example" | "examples", ..) if self.form == Form::Document => {}
                ("schema", Some(a), Some(b)) => self.schemas(a, b),
                (extension, ..) if extension.starts_with("x-") => {}
                _ if given(member, a.as_ref()) == given(member, b.as_ref()) => {}
                _ => self.report.differ("", &ours.spot_of(member), &theirs.spot_of(member)),
            }
        }
        if style(ours.value) != style(theirs.value) {
            for member in ["style", "explode"] {
                self.report.differ("", &ours.spot_of(member), &theirs.spot_of(member));
            }
        }
    }

    /// Sample data, down to the leaf that differs.
    pub(super) fn data(&mut self, ours: &Node<'_>, theirs: &Node<'_>) {
        match (ours.value, theirs.value) {
            (a, b) if a == b => {}
            (Value::Object(_), Value::Object(_)) => self.by_name(ours, theirs, Self::data),
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (a, b) in ours.items().zip(theirs.items()) {
                    self.data(&a, &b);
                }
            }
            _ => self.report.differ("", &ours.spot(), &theirs.spot()),
        }
    }
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

/// The items of a list in which order says nothing. An empty list is none.
fn sorted(node: &Node<'_>) -> Option<Vec<Value>> {
    let mut items = node.value.as_array()?.clone();
    items.sort_by_key(Value::to_string);
    Some(items).filter(|items| !items.is_empty())
}

/// The names of events between the backticks of a text: `onMessageAdded`.
fn events(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).filter(|quoted| is_event_name(quoted)).map(str::to_owned).collect()
}
