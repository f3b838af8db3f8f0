//! The gains and losses of the crates' users between two versions of the specification, for a changelog.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    error::Result,
    events, model,
    model::{Api, Enum, Property, Role, Struct},
    overlaid,
    spec::Sources,
};

/// The differences of two versions, a line each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// What the later version has in addition.
    pub added: Vec<String>,
    /// What both have, in another form.
    pub changed: Vec<String>,
    /// What the later version lacks.
    pub removed: Vec<String>,
}

/// The end of a line about a change that existing code may not compile with.
const BREAKING: &str = " (breaking)";

impl Changes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    fn add(&mut self, line: String) {
        self.added.push(line);
    }

    fn change(&mut self, line: String) {
        self.changed.push(line);
    }

    fn remove(&mut self, line: &str) {
        self.removed.push(format!("{line}{BREAKING}"));
    }

    /// Calls `both` for each name of both sides, and notes each name of only one.
    fn by_name<T>(
        &mut self,
        what: &str,
        before: &BTreeMap<String, T>,
        after: &BTreeMap<String, T>,
        mut both: impl FnMut(&mut Self, &str, &T, &T),
    ) {
        for (name, old) in before {
            match after.get(name) {
                Some(new) => both(self, name, old, new),
                None => self.remove(&format!("{what}{name}")),
            }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.add(format!("{what}{name}"));
        }
    }
}

/// In Markdown: a heading for each kind of change, and a point for each change.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (heading, lines) in [("added", &self.added), ("changed", &self.changed), ("removed", &self.removed)] {
            if !lines.is_empty() {
                writeln!(f, "{heading}:")?;
                lines.iter().try_for_each(|line| writeln!(f, "- {line}"))?;
            }
        }
        Ok(())
    }
}

/// Compares two versions of the specification, each with its overlay.
///
/// # Errors
///
/// As [`overlaid`], of either version.
pub fn changes(before: &Sources, after: &Sources) -> Result<Changes> {
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| overlaid(before));
        let new = overlaid(after);
        (old.join(), new)
    });
    let (old, new) = (old.expect("the merge returns its errors")?, new?);
    let (old, new) = (Api::new(&old)?, Api::new(&new)?);
    let mut changes = Changes::default();
    let operations = |api: &Api<'_>| {
        let line = |operation: &model::Operation| {
            (format!("`{}` ({})", operation.id, operation.request_line()), signature(operation))
        };
        api.operations().map(line).collect::<BTreeMap<_, _>>()
    };
    changes.by_name("operation ", &operations(&old), &operations(&new), |changes, name, old, new| {
        for (part, old) in old {
            let (old, new) = (shown(old.as_ref()), shown(new.get(part).and_then(Option::as_ref)));
            if old != new {
                changes.change(format!("operation {name}: {part} {old}, now {new}{BREAKING}"));
            }
        }
    });
    let names = |api: &Api<'_>| api.document.sids.names().map(|name| (format!("`{name}`"), ())).collect();
    changes.by_name("type ", &names(&old), &names(&new), |_, _, (), ()| {});
    changes.by_name("type ", &quoted(&old.structs), &quoted(&new.structs), |changes, _, old, new| {
        structs(changes, old, new);
    });
    changes.by_name("type ", &quoted(&old.enums), &quoted(&new.enums), |changes, _, old, new| {
        enums(changes, old, new);
    });
    let fields = |sources| events::field_lists(sources);
    changes.by_name("event ", &fields(before)?, &fields(after)?, |changes, event, old, new| {
        for field in new.difference(old) {
            changes.add(format!("field `{field}` of event {event}"));
        }
        for field in old.difference(new) {
            changes.remove(&format!("field `{field}` of event {event}"));
        }
    });
    Ok(changes)
}

fn quoted<T>(all: &BTreeMap<String, T>) -> BTreeMap<String, &T> {
    all.iter().map(|(name, one)| (format!("`{name}`"), one)).collect()
}

/// The types that an operation takes and returns.
fn signature(operation: &model::Operation) -> BTreeMap<&'static str, Option<String>> {
    let quoted = |name: &Option<String>| name.as_ref().map(|name| format!("`{name}`"));
    let path = operation.parameters(model::Place::Path).map(|parameter| match &parameter.names_sid {
        Some(sid) => format!("`SidOrName<{}>`", sid.name),
        None => format!("`{}`", parameter.property.ty.rust_text()),
    });
    let path: Vec<_> = path.collect();
    BTreeMap::from([
        ("path", (!path.is_empty()).then(|| path.join(", "))),
        ("parameters", quoted(&operation.params)),
        ("body", quoted(&operation.body)),
        ("response", quoted(&operation.response)),
    ])
}

fn structs(changes: &mut Changes, old: &Struct, new: &Struct) {
    let is_request = new.role.is_request();
    let by_name = |one: &Struct| -> BTreeMap<String, Property> {
        one.properties.iter().map(|property| (property.wire.clone(), property.clone())).collect()
    };
    let (before, after) = (by_name(old), by_name(new));
    let kind = match new.role {
        Role::Model | Role::Page => "property",
        Role::Create | Role::Update => "field",
        Role::Params => "parameter",
    };
    for (name, property) in &after {
        let place = format!("{kind} `{name}` of `{}`", new.name);
        match before.get(name) {
            Some(known) => differences(changes, &place, known, property, is_request),
            None if property.is_required && is_request => changes.add(format!("{place}, required{BREAKING}")),
            None => changes.add(place),
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        changes.remove(&format!("{kind} `{name}` of `{}`", new.name));
    }
}

fn differences(changes: &mut Changes, place: &str, old: &Property, new: &Property, is_request: bool) {
    if old.ty != new.ty {
        let (old, new) = (old.ty.rust_text(), new.ty.rust_text());
        changes.change(format!("{place}: type `{old}`, now `{new}`{BREAKING}"));
    }
    if old.is_required != new.is_required {
        let now = if new.is_required { "required" } else { "optional" };
        changes.change(format!("{place}: now {now}{BREAKING}"));
    }
    if old.is_nullable != new.is_nullable && !is_request {
        let now = if new.is_nullable { "may be null" } else { "is never null" };
        changes.change(format!("{place}: now {now}"));
    }
    for (limit, old, new) in [
        ("minimum", shown(old.limits.minimum), shown(new.limits.minimum)),
        ("maximum", shown(old.limits.maximum), shown(new.limits.maximum)),
        ("longest string", shown(old.limits.max_length), shown(new.limits.max_length)),
    ] {
        if old != new {
            changes.change(format!("{place}: {limit} {old}, now {new}"));
        }
    }
}

fn shown(limit: Option<impl fmt::Display>) -> String {
    limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string())
}

fn enums(changes: &mut Changes, old: &Enum, new: &Enum) {
    // Its values are the events.
    if new.pointer == model::EVENT_TYPE {
        return;
    }
    let values = |one: &Enum| one.values.iter().map(|value| value.wire.clone()).collect::<BTreeSet<_>>();
    let (before, after) = (values(old), values(new));
    for value in after.difference(&before) {
        changes.add(format!("value `{value}` of `{}`", new.name));
    }
    for value in before.difference(&after) {
        changes.remove(&format!("value `{value}` of `{}`", new.name));
    }
}
