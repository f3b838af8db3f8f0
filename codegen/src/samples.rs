//! The samples of requests, responses and schemas: each must be a value of its schema, and complete.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Map, Value};

use crate::{
    error::{Error, Result, token},
    spec::Document,
};

/// Checks all samples.
///
/// # Errors
///
/// A value of another type, of another form or beyond a limit; a member that the schema does not have; a property that a
/// response lacks, or that no sample of a request shows.
pub(crate) fn check(document: &Document) -> Result<()> {
    let samples = Samples { document, contradictions: RefCell::default() };
    for (path, item) in document.members("/paths") {
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-")) {
            samples.operation(operation, &format!("/paths/{}/{method}", token(path)))?;
        }
    }
    for (name, schema) in document.schemas() {
        if let Some(example) = schema.get("example") {
            samples.value(schema, example, &format!("/components/schemas/{}/example", token(name)))?;
        }
    }
    Ok(())
}

struct Samples<'d> {
    document: &'d Document,
    /// The values of the sample that is being checked that contradict its schema, and were not met yet: the pointer in the
    /// document, and the one in the sample.
    contradictions: RefCell<BTreeMap<String, String>>,
}

impl Samples<'_> {
    fn fail(&self, pointer: &str, problem: impl std::fmt::Display) -> Error {
        self.document.error(pointer, problem)
    }

    fn operation(&self, operation: &Value, pointer: &str) -> Result<()> {
        let body = operation.pointer("/requestBody/content").and_then(Value::as_object);
        for (kind, media) in body.into_iter().flatten() {
            self.request(media, &format!("{pointer}/requestBody/content/{}", token(kind)))?;
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            for (kind, media) in response["content"].as_object().into_iter().flatten() {
                let pointer = format!("{pointer}/responses/{status}/content/{}", token(kind));
                for (name, sample) in samples(media) {
                    let pointer = format!("{pointer}/examples/{}", token(name));
                    self.sample(&media["schema"], sample, &pointer)?;
                    self.complete(&media["schema"], &sample["value"], &format!("{pointer}/value"))?;
                }
            }
        }
        Ok(())
    }

    /// A value of a schema, but for the values that the sample declares to contradict it.
    fn sample(&self, schema: &Value, sample: &Value, pointer: &str) -> Result<()> {
        let place = format!("{pointer}/value");
        let declared = sample["x-contradicts"].as_object().into_iter().flatten();
        *self.contradictions.borrow_mut() =
            declared.map(|(name, _)| (format!("{place}{name}"), name.clone())).collect();
        self.value(schema, &sample["value"], &place)?;
        match self.contradictions.borrow().values().next() {
            Some(name) => {
                let pointer = format!("{pointer}/x-contradicts/{}", token(name));
                Err(self.fail(&pointer, format!("{name} does not contradict its schema: remove this line")))
            }
            None => Ok(()),
        }
    }

    /// Whether a value is one of a schema. A value that is declared to contradict it is not.
    fn value(&self, schema: &Value, value: &Value, pointer: &str) -> Result<()> {
        let checked = self.one(schema, value, pointer);
        if checked.is_err() && self.contradictions.borrow_mut().remove(pointer).is_some() {
            return Ok(());
        }
        checked
    }

    /// Each sample of a request has what is required; together they show every property.
    fn request(&self, media: &Value, pointer: &str) -> Result<()> {
        let schema = self.document.resolve(&media["schema"]);
        let mut shown: BTreeSet<&String> = BTreeSet::new();
        for (name, sample) in samples(media) {
            let pointer = format!("{pointer}/examples/{}", token(name));
            self.sample(schema, sample, &pointer)?;
            let members = sample["value"].as_object();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let is_property = schema["properties"].get(name).is_some();
                if is_property && members.is_none_or(|members| !members.contains_key(name)) {
                    let problem = format!("the sample lacks {name}, which is required");
                    return Err(self.fail(&format!("{pointer}/value"), problem));
                }
            }
            shown.extend(members.into_iter().flat_map(Map::keys));
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        match properties.filter(|_| media.get("examples").is_some()).find(|(name, _)| !shown.contains(name)) {
            Some((name, _)) => Err(self.fail(&format!("{pointer}/examples"), format!("no sample shows {name}"))),
            None => Ok(()),
        }
    }

    /// A response shows every property that is documented. The members of what only the overlay describes differ by case.
    fn complete(&self, schema: &Value, value: &Value, pointer: &str) -> Result<()> {
        let schema_pointer = schema["$ref"].as_str().map(|reference| &reference[1..]);
        if schema_pointer.is_some_and(|pointer| self.document.file_of(pointer) == "overlay.yaml") {
            return Ok(());
        }
        let schema = self.document.resolve(schema);
        match value {
            Value::Object(members) => {
                for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                    let Some(value) = members.get(name) else {
                        return Err(self.fail(pointer, format!("the sample lacks {name}, which its schema has")));
                    };
                    self.complete(property, value, &format!("{pointer}/{}", token(name)))?;
                }
                Ok(())
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(i, item)| self.complete(&schema["items"], item, &format!("{pointer}/{i}"))),
            _ => Ok(()),
        }
    }

    fn one(&self, schema: &Value, value: &Value, pointer: &str) -> Result<()> {
        let is_nullable = schema["nullable"] == true;
        let schema = self.document.resolve(schema);
        let fail = |expected: String| {
            Err(self.fail(pointer, format!("the sample has {value}, and its schema says {expected}")))
        };
        match (schema["type"].as_str(), value) {
            (None, _) => Ok(()),
            (_, Value::Null) if is_nullable || schema["nullable"] == true => Ok(()),
            (_, Value::Null) => fail("not nullable".to_owned()),
            (Some("object"), Value::Object(members)) => self.members(schema, members, pointer),
            (Some("array"), Value::Array(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(i, item)| self.value(&schema["items"], item, &format!("{pointer}/{i}"))),
            (Some("boolean"), Value::Bool(_)) => Ok(()),
            // Booleans that the vendor writes as words.
            (Some("boolean"), Value::String(word)) if is_flag(schema, word) => Ok(()),
            (Some("integer"), Value::Number(number)) => match number.as_i64() {
                Some(number) if schema["minimum"].as_i64().is_some_and(|least| number < least) => {
                    fail(format!("minimum {}", schema["minimum"]))
                }
                Some(number) if schema["maximum"].as_i64().is_some_and(|most| number > most) => {
                    fail(format!("maximum {}", schema["maximum"]))
                }
                Some(_) => Ok(()),
                None => fail("type integer".to_owned()),
            },
            (Some("string"), Value::String(text)) => self.string(schema, text).map_or(Ok(()), fail),
            (Some(expected), _) => fail(format!("type {expected}")),
        }
    }

    fn members(&self, schema: &Value, members: &Map<String, Value>, pointer: &str) -> Result<()> {
        if let Some(links) = schema["x-links"].as_object() {
            let same = links.len() == members.len() && links.keys().all(|name| members.contains_key(name));
            if !same {
                let names = links.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                return Err(self.fail(pointer, format!("the sample has other links than x-links: {names}")));
            }
        }
        for (name, value) in members {
            let pointer = format!("{pointer}/{}", token(name));
            match schema["properties"].get(name) {
                Some(property) => self.value(property, value, &pointer)?,
                // An object of any members. One with some properties may have others in a response, but a sample has none:
                // either it is misspelt, or the property is missing in the schema.
                None if schema.get("properties").is_none() => {}
                None => return Err(self.fail(&pointer, "the schema has no such property")),
            }
        }
        Ok(())
    }

    /// The part of a string's schema that a value does not keep to.
    fn string(&self, schema: &Value, text: &str) -> Option<String> {
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if schema["minLength"].as_u64().is_some_and(|least| length < least) {
            return Some(format!("minLength {}", schema["minLength"]));
        }
        if schema["maxLength"].as_u64().is_some_and(|most| length > most) {
            return Some(format!("maxLength {}", schema["maxLength"]));
        }
        if let Some(values) = schema["enum"].as_array() {
            let mut values = values.iter().filter_map(Value::as_str);
            // The vendor writes some values in either case.
            let is_known = values.clone().any(|known| known.eq_ignore_ascii_case(text));
            return (!is_known).then(|| format!("one of {}", values.by_ref().collect::<Vec<_>>().join(", ")));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && let Some(sid) = self.document.sids.for_pattern(pattern)
            && !sid.matches(text)
        {
            return Some(format!("pattern {pattern}"));
        }
        let has_form = match schema["format"].as_str() {
            Some("date-time") => is_date_time(text),
            Some("duration") => text.starts_with('P') && text.len() > 1,
            Some("uri") => text.contains("://"),
            _ => true,
        };
        if !has_form {
            return Some(format!("format {}", schema["format"]));
        }
        let is_json = schema["x-json-text"] != true || serde_json::from_str::<Value>(text).is_ok();
        (!is_json).then(|| "a string of JSON".to_owned())
    }
}

fn samples(media: &Value) -> impl Iterator<Item = (&String, &Value)> {
    media["examples"].as_object().into_iter().flatten()
}

fn is_flag(schema: &Value, word: &str) -> bool {
    schema["x-word"] == true && ["true", "false"].iter().any(|flag| flag.eq_ignore_ascii_case(word))
}

/// Whether a string has the form of RFC 3339: `2026-01-02T03:04:05Z`, with a fraction or an offset.
fn is_date_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00";
    let has_form = text.len() > form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        });
    let zone = text.get(form.len()..).unwrap_or_default();
    let zone = zone.strip_prefix('.').map_or(zone, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    has_form && (zone == "Z" || zone.len() == 6 && zone.starts_with(['+', '-']))
}
