//! Writes an event as one JSON object.

use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::FromText;

/// Writes an event as one JSON object: its members by the names of their fields, then the fields in `other`.
///
/// A repeated field becomes a list of its values, the typed one first.
pub(crate) struct Members<'a, M> {
    map: M,
    others: Vec<(&'a str, Vec<&'a str>)>,
    /// The index in `others` by name.
    places: HashMap<&'a str, usize>,
}

impl<'a, M: SerializeMap> Members<'a, M> {
    pub(crate) fn new(map: M, others: &'a [(String, String)]) -> Self {
        let mut members = Self { map, others: Vec::new(), places: HashMap::new() };
        for (name, value) in others {
            let place = *members.places.entry(name).or_insert(members.others.len());
            if place == members.others.len() {
                members.others.push((name, Vec::new()));
            }
            members.others[place].1.push(value);
        }
        members
    }

    /// The event's name; verbatim if it was received in another case.
    pub(crate) fn event_type(&mut self, name: &str) -> Result<(), M::Error> {
        let place = self.places.get("EventType");
        let received =
            place.is_some_and(|place| self.others[*place].1.iter().any(|text| text.eq_ignore_ascii_case(name)));
        self.member("EventType", (!received).then_some(name).into_iter(), false)
    }

    pub(crate) fn one<T: FromText>(&mut self, name: &'static str, value: &Option<T>) -> Result<(), M::Error> {
        self.member(name, value.as_slice().iter().map(Written), false)
    }

    pub(crate) fn many<T: FromText>(&mut self, name: &'static str, values: &[T]) -> Result<(), M::Error> {
        self.member(name, values.iter().map(Written), true)
    }

    pub(crate) fn json<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) -> Result<(), M::Error> {
        self.member(name, value.as_slice().iter(), false)
    }

    /// The fields without a member.
    pub(crate) fn end(mut self) -> Result<M::Ok, M::Error> {
        for (name, values) in std::mem::take(&mut self.others) {
            match values.as_slice() {
                [] => {}
                [value] => self.map.serialize_entry(name, value)?,
                values => self.map.serialize_entry(name, values)?,
            }
        }
        self.map.end()
    }

    fn member<I>(&mut self, name: &'static str, typed: I, always_a_list: bool) -> Result<(), M::Error>
    where
        I: Iterator<Item: Serialize> + Clone,
    {
        let others = self.places.get(name).map(|place| std::mem::take(&mut self.others[*place].1)).unwrap_or_default();
        let mut first = typed.clone();
        match (first.next(), others.as_slice()) {
            (None, []) => Ok(()),
            (Some(value), []) if !always_a_list => self.map.serialize_entry(name, &value),
            (None, [text]) if !always_a_list => self.map.serialize_entry(name, text),
            _ => self.map.serialize_entry(name, &Values(typed, &others)),
        }
    }
}

struct Written<'a, T>(&'a T);

impl<T: FromText> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Typed values, then strings.
struct Values<'a, I>(I, &'a [&'a str]);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Values<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        self.0.clone().try_for_each(|value| list.serialize_element(&value))?;
        self.1.iter().try_for_each(|text| list.serialize_element(text))?;
        list.end()
    }
}
