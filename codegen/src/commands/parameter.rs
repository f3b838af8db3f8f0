//! The parameters of an operation as flags: their kinds, limits and help.

use std::collections::{BTreeMap, BTreeSet};

use super::literal;
use crate::{
    error::Result,
    model::{self, Api, Enum, Limits, Operation, Place, Property, TypeRef, Verb},
    names::{kebab, screaming},
    render,
    sids::SidType,
    wire::Names,
};

/// Stands in a description for a list of values, which the help of a flag has below.
const LISTED: &str = "those below";

/// The enums and their groups, that parameters refer to.
#[derive(Default)]
pub(super) struct Values(BTreeSet<(String, Option<String>)>);

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A constant for each: value and description.
    pub(super) fn render(&self, api: &Api<'_>) -> String {
        let constants = self.0.iter().filter_map(|(name, group)| {
            let one = api.enums.get(name)?;
            let group = group.as_ref().and_then(|group| one.groups.iter().find(|known| known.name == *group));
            let rows: String = one
                .values
                .iter()
                .filter(|value| group.is_none_or(|group| group.values.contains(&value.wire)))
                .map(|value| {
                    let description = value.description.as_deref().unwrap_or_default();
                    format!("    ({:?}, {}),\n", value.wire, literal(&render::flowed(description), "        "))
                })
                .collect();
            let constant = constant(name, group.map(|group| group.name.as_str()));
            Some(format!("pub(super) const {constant}: &[(&str, &str)] = &[\n{rows}];\n"))
        });
        let doc = "// The values of enums, each with its description.\n".to_owned();
        render::file(&[render::header(&["v1", "events"]), doc, constants.collect::<Vec<_>>().join("\n")])
    }
}

/// `EVENT_TYPE`, or `EVENT_TYPE_SERVICE_EVENTS` for a group of its values.
fn constant(name: &str, group: Option<&str>) -> String {
    group.map_or_else(|| screaming(name), |group| format!("{}_{group}", screaming(name)))
}

/// The parameters as calls of constructors, a line or more for each: those of the path in its order, then query, form
/// and headers.
pub(super) fn all(api: &Api<'_>, operation: &Operation, names: &Names, values: &mut Values) -> Result<String> {
    check(api, operation)?;
    let mut text = String::new();
    let in_path = operation
        .path
        .parameters()
        .filter_map(|name| operation.parameters(Place::Path).find(|parameter| parameter.property.wire == name));
    let writer = Writer { api, operation, names };
    for parameter in in_path {
        text.push_str(&writer.parameter("path", &parameter.property, parameter.names_sid.as_ref(), values)?);
    }
    for parameter in operation.parameters(Place::Query) {
        text.push_str(&writer.parameter("query", &parameter.property, parameter.names_sid.as_ref(), values)?);
    }
    for property in &operation.form {
        text.push_str(&writer.parameter("form", property, None, values)?);
    }
    for parameter in operation.parameters(Place::Header) {
        text.push_str(&writer.parameter("header", &parameter.property, None, values)?);
    }
    Ok(text)
}

/// Each flag names one parameter.
fn check(api: &Api<'_>, operation: &Operation) -> Result<()> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let parameters = operation.parameters.iter().map(|parameter| &parameter.property);
    for property in parameters.chain(&operation.form) {
        let flag = kebab(&property.wire);
        if let Some(other) = seen.get(&flag) {
            let problem = format!("{other} and {} are both --{flag} in a command line", property.wire);
            return Err(api.document.error(&operation.pointer, problem));
        }
        seen.insert(flag, &property.wire);
    }
    Ok(())
}

struct Writer<'a> {
    api: &'a Api<'a>,
    operation: &'a Operation,
    names: &'a Names,
}

impl Writer<'_> {
    fn parameter(
        &self,
        place: &str,
        property: &Property,
        names_sid: Option<&SidType>,
        values: &mut Values,
    ) -> Result<String> {
        let is_list = matches!(property.ty, TypeRef::List(_));
        let ty = match &property.ty {
            TypeRef::List(item) => item,
            ty => ty,
        };
        let (mut help, mut group) = (property.description.clone(), None);
        if let TypeRef::Enum(name) = ty
            && let Some(one) = self.api.enums.get(name)
        {
            (help, group) = self.listed(&help, one);
        }
        let kind = self.kind(property, ty, names_sid, group, values)?;
        let help = literal(&super::wire_free(&help, &self.others(property)), "            ");
        let marks = [
            (is_list, "list"),
            (place != "path" && property.is_required, "required"),
            (self.can_clear(place, property), "clearable"),
            (property.is_secret, "secret"),
        ];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| format!(".{name}()")).collect();
        let marks = if marks.is_empty() { marks } else { format!("\n        {marks}") };
        let arguments = [format!("{:?}", property.wire), format!("{:?}", kebab(&property.wire)), kind];
        Ok(format!(
            "        Parameter::{place}(\n            {},\n            {help},\n        ){marks},\n",
            arguments.join(", ")
        ))
    }

    /// The flags without the parameter's own: a description does not name itself as a flag.
    fn others(&self, property: &Property) -> Names {
        let mut names = self.names.clone();
        names.remove(&property.wire);
        names
    }

    /// As a builder, a command clears an optional field of an update.
    fn can_clear(&self, place: &str, property: &Property) -> bool {
        place == "form"
            && self.operation.verb == Verb::Update
            && !property.is_required
            && (property.ty.can_be_empty() || property.is_nullable)
    }

    /// The description without a list of the enum's values, and the group that the list is, if it is not all of them.
    fn listed(&self, help: &str, one: &Enum) -> (String, Option<String>) {
        let mut group = None;
        let owner = self.operation.body.as_deref().unwrap_or_default();
        let help = model::replaced(help, one, owner, &mut |name| {
            group = one.groups.iter().find(|group| group.name == name).map(|group| group.name.clone());
            LISTED.to_owned()
        });
        (help, group)
    }

    fn kind(
        &self,
        property: &Property,
        ty: &TypeRef,
        names_sid: Option<&SidType>,
        group: Option<String>,
        values: &mut Values,
    ) -> Result<String> {
        let Limits { minimum, maximum, max_length } = property.limits;
        let string = |most: Option<u64>| format!("Kind::String {{ max_length: {most:?} }}");
        let by_prefix = |name: &str, sid: &SidType| match &sid.prefix {
            Some(prefix) => format!("Kind::{name} {{ prefix: {prefix:?} }}"),
            None => string(Some(34)),
        };
        if let Some(sid) = names_sid {
            return Ok(by_prefix("SidOrName", sid));
        }
        Ok(match ty {
            TypeRef::String => string(max_length),
            TypeRef::Bool => "Kind::Boolean".to_owned(),
            TypeRef::Int(_) => format!("Kind::Integer {{ minimum: {minimum:?}, maximum: {maximum:?} }}"),
            TypeRef::DateTime => "Kind::DateTime".to_owned(),
            TypeRef::Duration => "Kind::Duration".to_owned(),
            TypeRef::DayStart => "Kind::DayStart".to_owned(),
            TypeRef::DayEnd => "Kind::DayEnd".to_owned(),
            TypeRef::JsonText => "Kind::Json".to_owned(),
            TypeRef::Sid(sid) => by_prefix("Sid", sid),
            TypeRef::Enum(name) => {
                let constant = constant(name, group.as_deref());
                values.0.insert((name.clone(), group));
                format!("Kind::Enum {{ values: values::{constant} }}")
            }
            TypeRef::Struct(_) | TypeRef::List(_) | TypeRef::Map | TypeRef::Object | TypeRef::Any => {
                let problem = format!("parameter {} has no form in a command line", property.wire);
                return Err(self.api.document.error(&self.operation.pointer, problem));
            }
        })
    }
}
