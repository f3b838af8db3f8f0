//! The vendor's guide to webhooks beside `spec/events/`.

use std::collections::{BTreeMap, BTreeSet};

use codegen::{Document, snake};
use serde_json::{Value, json};

use super::{
    finding::{Kind, Place},
    guide::{Answer, Event, Field, Guide, Listing},
    node::{Node, Origin, Schema},
    report::{Report, Spot},
};

/// Notes each difference between a page and the events of the specification.
pub(super) fn compare(
    spec: &Document,
    files: &BTreeMap<String, Value>,
    page: &str,
    guide: &Guide,
    report: &mut Report,
) {
    let names: Vec<String> = files.keys().map(|name| format!("spec/{name}")).collect();
    let files = names.iter().zip(files.values()).map(|(name, file)| Node::root(Origin::File(name), file)).collect();
    let document = Node::root(Origin::Fragments(spec), &spec.root);
    Comparison { page, guide, document, files, optional: BTreeMap::new(), report }.events();
}

/// The place for an event that the specification does not have: beside those about the same object.
pub(super) fn place_of(files: &[Node<'_>], event: &str) -> Place {
    let about = |file: &&Node<'_>| {
        let object = file.text("object").filter(|object| !object.is_empty());
        object.is_some_and(|object| event.strip_prefix("on").is_some_and(|rest| rest.starts_with(object)))
    };
    match files.iter().find(about) {
        Some(file) => file.place_of(&format!("/events/{event}")),
        None => Place {
            pointer: Some("/events".to_owned()),
            missing: vec![event.to_owned()],
            ..Place::line("spec/events/*.yaml", None)
        },
    }
}

/// What a guide says that cannot be so: the response to a post-event changes nothing.
pub(super) fn slips(page: &str, guide: &Guide) -> Vec<String> {
    let answers = guide.events.iter().filter(|(_, event)| event.settable().is_empty());
    let answers = answers.filter_map(|(name, event)| Some((name, event.answer.as_ref()?)));
    let slip = |(name, answer): (&String, &Answer)| {
        let fields = answer.fields.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        format!("note: {page}:{}: {name} comes after the action, so a response cannot set {fields}", answer.line)
    };
    answers.map(slip).collect()
}

struct Comparison<'a, 'r> {
    /// Name of the page.
    page: &'a str,
    guide: &'a Guide,
    document: Node<'a>,
    /// The files of events.
    files: Vec<Node<'a>>,
    /// Fields by place, and the first line that calls the field optional, or else its first line.
    optional: BTreeMap<String, (Node<'a>, usize, bool)>,
    report: &'r mut Report,
}

/// A field of one of our events.
struct OurField<'a> {
    /// Its name in the event's list. What every event has is in none.
    listed: Option<Node<'a>>,
    /// What it is.
    field: Node<'a>,
}

impl<'a> Comparison<'a, '_> {
    fn events(mut self) {
        let mut ours = BTreeMap::new();
        for file in self.files.clone() {
            for (name, event) in file.get("events").iter().flat_map(Node::members) {
                ours.insert(name, (file.clone(), event));
            }
        }
        let names: BTreeSet<&str> = ours.keys().copied().chain(self.guide.events.keys().map(String::as_str)).collect();
        for name in names {
            let value = json!(name);
            match (ours.get(name), self.guide.events.get(name)) {
                (Some((file, ours)), Some(theirs)) => self.event(name, file, ours, theirs),
                (Some((_, ours)), None) => {
                    let ours = Spot { place: ours.place(), value: Some(&value) };
                    self.differ(Kind::Event, "event", &ours, None, self.guide.names_line);
                }
                (None, theirs) => {
                    let ours = Spot { place: place_of(&self.files, name), value: None };
                    self.differ(Kind::Event, "event", &ours, Some(&value), theirs.map(|event| event.line));
                }
            }
        }
        for (field, line, optional) in std::mem::take(&mut self.optional).into_values() {
            if optional != (field.value["optional"] == true) {
                self.differ(
                    Kind::Other,
                    "",
                    &field.spot_of("optional"),
                    optional.then(|| json!(true)).as_ref(),
                    Some(line),
                );
            }
        }
    }

    fn event(&mut self, name: &str, file: &Node<'a>, ours: &Node<'a>, theirs: &Event) {
        for (line, phase) in &theirs.phases {
            if ours.text("phase") != Some(phase) {
                self.differ(Kind::Other, "", &ours.spot_of("phase"), Some(&json!(phase)), Some(*line));
            }
        }
        if let Some(line) = self.guide.names_line.filter(|_| !theirs.is_named) {
            self.differ(Kind::Other, "", &ours.spot_of("phase"), None, Some(line));
        }
        if file.text("object").is_none_or(|object| !name[2..].starts_with(object)) {
            self.differ(Kind::Other, "", &file.spot_of("object"), Some(&json!(name)), Some(theirs.line));
        }
        match &theirs.fields {
            Some(fields) => self.fields(file, ours, fields),
            None => self.differ(Kind::Other, "", &ours.spot_of("fields"), None, Some(theirs.line)),
        }
        self.answer(ours, theirs);
    }

    /// The fields that an event has of its own and those that all have, in whichever list a side has them.
    fn fields(&mut self, file: &Node<'a>, event: &Node<'a>, theirs: &Listing) {
        let ours = self.our_fields(file, event);
        let common = self.guide.common.as_ref();
        let common_place = self.common_file().unwrap_or(event).spot_of("fields").place;
        let own_place = event.spot_of("fields").place;
        let mut shown = BTreeSet::new();
        for (list, place) in common.map(|common| (common, common_place)).into_iter().chain([(theirs, own_place)]) {
            for theirs in &list.fields {
                shown.insert(theirs.name.as_str());
                match ours.get(theirs.name.as_str()) {
                    Some(OurField { field, .. }) => self.field(field, theirs),
                    None => {
                        let mut list = Spot { place: place.clone(), value: None };
                        list.place.missing.push(theirs.name.clone());
                        self.differ(Kind::Field, "field", &list, Some(&json!(theirs.name)), Some(theirs.line));
                    }
                }
            }
        }
        for (name, OurField { listed, field }) in ours {
            if shown.contains(name) || field.value["documented"] == false {
                continue;
            }
            // What every event has is looked for where the page lists such fields, if it does.
            let line = common.filter(|_| listed.is_none()).map_or(theirs.line, |common| common.line);
            let (place, value) = (listed.as_ref().unwrap_or(&field).place(), json!(name));
            self.differ(Kind::Field, "field", &Spot { place, value: Some(&value) }, None, Some(line));
        }
    }

    fn our_fields(&self, file: &Node<'a>, event: &Node<'a>) -> BTreeMap<&'a str, OurField<'a>> {
        let common = self.common_file().and_then(|file| file.get("fields"));
        let common = common.iter().flat_map(Node::members);
        let mut ours: BTreeMap<_, _> = common.map(|(name, field)| (name, OurField { listed: None, field })).collect();
        let fields = file.get("fields");
        for listed in event.get("fields").iter().flat_map(Node::items) {
            if let Some(name) = listed.text_value()
                && let Some(field) = fields.as_ref().and_then(|fields| fields.get(name))
            {
                ours.insert(name, OurField { listed: Some(listed), field });
            }
        }
        ours
    }

    /// The file of what every event has.
    fn common_file(&self) -> Option<&Node<'a>> {
        self.files.iter().find(|file| file.is_file("spec/events/common.yaml"))
    }

    fn field(&mut self, ours: &Node<'a>, theirs: &Field) {
        let line = Some(theirs.line);
        if ours.value["documented"] == false {
            self.differ(Kind::Field, "", &ours.spot_of("documented"), Some(&json!(theirs.name)), line);
        }
        let (_, first, optional) =
            self.optional.entry(ours.place().to_string()).or_insert((ours.clone(), theirs.line, false));
        // The guide calls some fields optional in one event and not in another. Once is enough.
        if theirs.kind.optional && !*optional {
            (*first, *optional) = (theirs.line, true);
        }
        let Some(schema) = self.schema(ours) else {
            let what = "the reference leads nowhere";
            return self.differ(Kind::Type, what, &ours.spot_of("$ref"), Some(&json!(theirs.name)), line);
        };
        if let Some(member) = theirs.kind.at_odds(&schema) {
            let spot = match ours.get("$ref") {
                Some(reference) if member != "enum" => reference.spot(),
                _ => schema.spot_of(member),
            };
            self.differ(Kind::Type, "", &spot, Some(&json!(theirs.kind.text)), line);
        }
    }

    /// A field, or the schema that it refers to. Those that only events use stand in their files.
    fn schema(&self, field: &Node<'a>) -> Option<Schema<'a>> {
        let Some(reference) = field.text("$ref") else { return Some(field.schema()) };
        let name = reference.strip_prefix("#/components/schemas/")?;
        let own = || self.files.iter().find_map(|file| file.get("schemas")?.get(name));
        Some(self.document.at(&reference[1..]).or_else(own)?.schema())
    }

    fn answer(&mut self, ours: &Node<'a>, theirs: &Event) {
        let shown: BTreeSet<String> = theirs.settable().iter().map(|field| snake(field)).collect();
        let own = ours.get("answer");
        let (mut documented, mut others) = (BTreeSet::new(), BTreeSet::new());
        for field in own.iter().flat_map(Node::items) {
            match field.text_value() {
                Some(name) => documented.insert(name.to_owned()),
                None => others.insert(field.text("name").unwrap_or_default().to_owned()),
            };
        }
        if documented != shown || !others.is_disjoint(&shown) {
            let value = (!shown.is_empty()).then(|| json!(shown));
            let line = theirs.answer.as_ref().map_or(theirs.line, |answer| answer.line);
            self.differ(Kind::Other, "", &ours.spot_of("answer"), value.as_ref(), Some(line));
        }
    }

    fn differ(&mut self, kind: Kind, label: &str, ours: &Spot<'_>, theirs: Option<&Value>, line: Option<usize>) {
        self.report.differ(kind, label, ours, &Spot { place: Place::line(self.page, line), value: theirs });
    }
}
