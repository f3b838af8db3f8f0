//! A scenario as a document of items: services, users, roles, conversations with their contents, addresses, credentials
//! and configurations. Items are translated to requests; they refer to each other by name.

use std::collections::HashMap;

use hyper::Method;

use super::form::{Context, Form};
use super::node::{Kind, Node, Problem};
use super::{CALLS, Caller, sid};
use crate::http::{Endpoint, Route};

/// The keys of an item that are not parameters: its name, its service, and the number of its repetitions.
const NAME: &str = "name";
const SERVICE: &str = "service";
const COUNT: &str = "count";
/// Prefix of the document's keys that are ignored, for YAML anchors.
const EXTENSION: &str = "x-";
/// The parameter that is set after the contents of a conversation were added, since a closed conversation rejects them.
const STATE: &str = "State";

/// A key of the document, or of an item, that holds items.
struct Section {
    key: &'static str,
    /// The path that creates an item, after that of the account, the service or the item that contains it.
    path: &'static str,
    /// Whether there may be several items. Otherwise it is a configuration, which exists and is updated.
    many: bool,
    /// The sections within each item.
    within: &'static [Self],
}

const fn many(key: &'static str, path: &'static str) -> Section {
    Section { key, path, many: true, within: &[] }
}

const fn only(key: &'static str, path: &'static str) -> Section {
    Section { key, path, many: false, within: &[] }
}

const SERVICES: Section = many("services", "/Services");
const ROLES: Section = many("roles", "/Roles");
const USERS: Section = many("users", "/Users");
const CONVERSATIONS: Section = Section {
    within: &[many("participants", "/Participants"), many("messages", "/Messages"), many("webhooks", "/Webhooks")],
    ..many("conversations", "/Conversations")
};

/// The sections of the document and those of each service, in the order in which they are created: no item refers to a
/// later one, and defaults are set before they are used. Services precede all of these.
const ORDER: &[(Place, Section)] = &[
    (Place::Document, only("configuration", "/Configuration")),
    (Place::Both, ROLES),
    (Place::Service, only("configuration", "/Configuration")),
    (Place::Service, only("notifications", "/Configuration/Notifications")),
    (Place::Document, many("credentials", "/Credentials")),
    (Place::Both, USERS),
    (Place::Document, many("addresses", "/Configuration/Addresses")),
    (Place::Both, CONVERSATIONS),
    (Place::Both, only("webhooks", "/Configuration/Webhooks")),
];

/// The places of a section.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Document,
    Service,
    /// In the document too, where its items name their service or are of the default one.
    Both,
}

impl Place {
    fn is(self, other: Self) -> bool {
        self == other || self == Self::Both
    }
}

/// Creates the items of a document.
struct Maker<'m> {
    caller: &'m Caller<'m>,
    /// SIDs of named items.
    names: HashMap<String, String>,
}

/// The context in which the items of a section are created.
#[derive(Clone, Copy)]
struct Scope<'s> {
    /// The path before that of the section.
    base: &'s str,
    /// The place in the document of the item that has the section, with a dot; empty for the document itself.
    path: &'s str,
    /// Whether items may name their service.
    names_service: bool,
    number: Option<u64>,
}

/// An item, and the number of its repetitions.
struct Item<'n> {
    node: &'n Node,
    entries: &'n [(String, Node)],
    path: String,
    count: Option<u64>,
}

/// A service that was created.
struct Service<'n> {
    node: &'n Node,
    base: String,
    path: String,
    number: Option<u64>,
}

/// Creates the items of a document.
pub(super) async fn make(caller: &Caller<'_>, document: &Node) -> Result<(), Problem> {
    let Kind::Map(entries) = &document.kind else {
        return Err(Problem::new(document, "", "a scenario is a list of calls or a mapping of items"));
    };
    let known: Vec<_> = std::iter::once(SERVICES.key).chain(sections(Place::Document).map(|one| one.key)).collect();
    let is_unknown = |key: &str| !known.contains(&key) && !key.starts_with(EXTENSION);
    if let Some((key, node)) = entries.iter().find(|(key, _)| is_unknown(key)) {
        return Err(Problem::new(node, key, format!("there is no such key: there are {}", known.join(", "))));
    }
    let calls = sections(Place::Document).chain([&SERVICES]).map(|section| calls(section, document.get(section.key)));
    if calls.fold(0, u64::saturating_add) > CALLS {
        return Err(Problem::new(document, "", format!("it makes more than {CALLS} calls")));
    }
    let mut maker = Maker { caller, names: HashMap::new() };
    let services = maker.services(document).await?;
    for (place, section) in ORDER {
        for service in services.iter().filter(|_| place.is(Place::Service)) {
            let Some(node) = service.node.get(section.key) else { continue };
            let Service { base, path, number, .. } = service;
            maker.section(section, node, Scope { base, path, names_service: false, number: *number }).await?;
        }
        if let Some(node) = document.get(section.key).filter(|_| place.is(Place::Document)) {
            let names_service = *place == Place::Both && section.many;
            maker.section(section, node, Scope { base: "/v1", path: "", names_service, number: None }).await?;
        }
    }
    Ok(())
}

fn sections(place: Place) -> impl Iterator<Item = &'static Section> {
    ORDER.iter().filter(move |(one, _)| one.is(place)).map(|(_, section)| section)
}

/// The sections that an item may have.
fn within(section: &Section) -> Vec<&Section> {
    if section.key == SERVICES.key { sections(Place::Service).collect() } else { section.within.iter().collect() }
}

/// Number of requests that a section takes. Malformed items are reported when they are created.
fn calls(section: &Section, node: Option<&Node>) -> u64 {
    let of_item = |item: &Node| {
        let inner = within(section).into_iter().map(|section| calls(section, item.get(section.key)));
        let each = inner.fold(2, u64::saturating_add);
        let count = item.get(COUNT).and_then(Node::scalar).and_then(|text| text.parse().ok());
        count.unwrap_or(1_u64).saturating_mul(if section.within.is_empty() { each - 1 } else { each })
    };
    node.into_iter().flat_map(Node::items).map(of_item).fold(0, u64::saturating_add)
}

/// The items of a section. A mapping stands for a list with one item.
fn items<'n>(section: &Section, node: &'n Node, path: &str) -> Result<Vec<Item<'n>>, Problem> {
    let path = format!("{path}{}", section.key);
    match &node.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::List(nodes) if section.many => {
            nodes.iter().enumerate().map(|(index, node)| item(section, node, format!("{path}[{index}]"))).collect()
        }
        _ => Ok(vec![item(section, node, path)?]),
    }
}

fn item<'n>(section: &Section, node: &'n Node, path: String) -> Result<Item<'n>, Problem> {
    let Kind::Map(entries) = &node.kind else {
        let form = if section.many { "an item is a mapping" } else { "it takes a mapping" };
        return Err(Problem::new(node, &path, form));
    };
    let count = node.get(COUNT).filter(|_| section.many).map(|count| {
        let number = count.scalar().and_then(|text| text.parse::<u64>().ok());
        number.ok_or_else(|| Problem::new(count, &format!("{path}.{COUNT}"), "it takes a whole number"))
    });
    Ok(Item { node, entries, path, count: count.transpose()? })
}

impl Item<'_> {
    /// The numbers of the repetitions, from 1. Without a count the item is created once, with the number of the item that
    /// contains it.
    fn numbers(&self, outer: Option<u64>) -> impl Iterator<Item = Option<u64>> {
        let counted = (1..=self.count.unwrap_or(0)).map(Some);
        let once = self.count.is_none().then_some(outer);
        counted.chain(once)
    }
}

impl Maker<'_> {
    /// Creates the services, without their contents.
    async fn services<'n>(&mut self, document: &'n Node) -> Result<Vec<Service<'n>>, Problem> {
        let mut services = Vec::new();
        let Some(node) = document.get(SERVICES.key) else { return Ok(services) };
        let scope = Scope { base: "/v1", path: "", names_service: false, number: None };
        for item in items(&SERVICES, node, "")? {
            for number in item.numbers(None) {
                let (base, _) = self.make(&SERVICES, &item, Scope { number, ..scope }).await?;
                services.push(Service { node: item.node, base, path: format!("{}.", item.path), number });
            }
        }
        Ok(services)
    }

    /// Creates the items of a section with their contents.
    async fn section(&mut self, section: &Section, node: &Node, scope: Scope<'_>) -> Result<(), Problem> {
        for item in items(section, node, scope.path)? {
            for number in item.numbers(scope.number) {
                let (base, later) = self.make(section, &item, Scope { number, ..scope }).await?;
                let path = format!("{}.", item.path);
                for inner in section.within {
                    if let Some(node) = item.node.get(inner.key) {
                        let scope = Scope { base: &base, path: &path, names_service: false, number };
                        Box::pin(self.section(inner, node, scope)).await?;
                    }
                }
                if let Some(state) = later {
                    let form = [(STATE, state.as_str())];
                    let made = self.caller.post(&base, &form, false).await;
                    made.map_err(|message| Problem::new(item.node, &format!("{path}state"), message))?;
                }
            }
        }
        Ok(())
    }

    /// Creates one item. Returns its path, and the state that is to be set after its contents were added.
    async fn make(
        &mut self,
        section: &Section,
        item: &Item<'_>,
        scope: Scope<'_>,
    ) -> Result<(String, Option<String>), Problem> {
        let Item { node, entries, path, .. } = item;
        let problem =
            |key: &str, text: String| Problem::new(node.get(key).unwrap_or(node), &format!("{path}.{key}"), text);
        let context = Context { names: &self.names, number: scope.number };
        let mut base = scope.base.to_owned();
        if scope.names_service
            && let Some(service) = node.get(SERVICE)
        {
            let sid = service.scalar().ok_or_else(|| "it takes the name or the SID of a service".to_owned());
            let sid = sid.and_then(|text| context.sid(text)).map_err(|text| problem(SERVICE, text))?;
            base = format!("/v1/Services/{sid}");
        }
        let name = match node.get(NAME).filter(|_| section.many) {
            Some(name) => Some(self.new_name(name, context).map_err(|text| problem(NAME, text))?),
            None => None,
        };
        let url = format!("{base}{}", section.path);
        let endpoint = self.endpoint(&url).ok_or_else(|| problem(SERVICE, "it is no SID of a service".to_owned()))?;
        let mut others: Vec<&str> = within(section).into_iter().map(|section| section.key).collect();
        if section.many {
            others.extend([NAME, COUNT]);
        }
        if scope.names_service {
            others.push(SERVICE);
        }
        let mut form = Form::read(endpoint, entries, &others, path, context)?;
        let has_more = section.within.iter().any(|section| node.get(section.key).is_some());
        let later = if has_more { form.remove(STATE) } else { None };
        let made = self.caller.post(&url, &form.pairs().collect::<Vec<_>>(), false).await;
        let response = made.map_err(|message| form.rejected(node, path, message))?;
        let sid = sid(&response);
        if let (Some(name), Some(sid)) = (name, &sid) {
            self.names.insert(name, sid.clone());
        }
        Ok((format!("{url}/{}", sid.unwrap_or_default()), later))
    }

    fn endpoint(&self, url: &str) -> Option<&'static Endpoint> {
        match self.caller.control.api.spec.find(&Method::POST, url) {
            Route::Endpoint(endpoint, parameters) if endpoint.path_may_exist(&parameters) => Some(endpoint),
            _ => None,
        }
    }

    /// Reads the name of an item, which must be unique.
    fn new_name(&self, name: &Node, context: Context<'_>) -> Result<String, String> {
        let form = || "it takes letters, digits, '_' and '-'".to_owned();
        let name = context.fill(name.scalar().ok_or_else(form)?);
        let fits = |character: char| character.is_alphanumeric() || character == '_' || character == '-';
        if name.is_empty() || !name.chars().all(fits) {
            return Err(form());
        }
        if self.names.contains_key(&name) {
            return Err(format!("another item has the name {name}"));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Spec;

    #[test]
    fn every_section_is_made_by_an_operation_that_has_no_parameter_of_the_name_of_a_key_of_its_own() {
        let check = |base: &str, section: &Section| {
            let url = format!("{base}{}", section.path);
            let Route::Endpoint(endpoint, _) = Spec::get().unwrap().find(&Method::POST, &url) else {
                panic!("no operation for {url}")
            };
            let own = [NAME, SERVICE, COUNT].into_iter().chain(within(section).into_iter().map(|section| section.key));
            for key in own.filter(|_| section.many) {
                let taken = endpoint.form.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(key));
                assert!(!taken, "{}: {key}", endpoint.id);
            }
            assert!(endpoint.id.starts_with(if section.many { "Create" } else { "Update" }), "{}", endpoint.id);
        };
        let (service, conversation) = ("IS".to_owned() + &"0".repeat(32), "CH".to_owned() + &"0".repeat(32));
        let service = format!("/v1/Services/{service}");
        check("/v1", &SERVICES);
        for (place, section) in ORDER {
            for base in [("/v1", Place::Document), (&service, Place::Service)] {
                if place.is(base.1) {
                    check(base.0, section);
                }
            }
        }
        for section in CONVERSATIONS.within {
            check(&format!("/v1/Conversations/{conversation}"), section);
            check(&format!("{service}/Conversations/{conversation}"), section);
        }
    }
}
