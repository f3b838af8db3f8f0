//! Compares a value with its form.

use serde_json::{Map, Value};

use super::{Form, Holds, UNWRITTEN};
use crate::error::{Error, Result, token};

/// Longest excerpt of a value in an error, in characters.
const LONGEST: usize = 60;

/// Checks a value and everything below it. `fail` makes an error of a JSON pointer and a problem.
///
/// # Errors
///
/// An unknown key, a missing one, a value of another type, a description that is empty or still to be written.
pub(crate) fn check(holds: &Holds, value: &Value, fail: &dyn Fn(&str, String) -> Error) -> Result<()> {
    Checker { fail }.value(holds, value, &mut String::new())
}

struct Checker<'f> {
    fail: &'f dyn Fn(&str, String) -> Error,
}

impl Checker<'_> {
    fn value(&self, holds: &Holds, value: &Value, pointer: &mut String) -> Result<()> {
        let expected = |what: &str| Err((self.fail)(pointer, format!("found {}, expected {what}", shown(value))));
        match (holds, value) {
            (Holds::Prose, Value::String(text)) if text.trim().is_empty() => expected("a description"),
            (Holds::Prose, Value::String(text)) if text.trim_start().starts_with(UNWRITTEN) => {
                Err((self.fail)(pointer, format!("the description is to be written, in place of {}", shown(value))))
            }
            (Holds::Prose, Value::String(_)) => Ok(()),
            (Holds::Prose, _) => expected("a description"),
            (Holds::Text, Value::String(text)) if !text.trim().is_empty() => Ok(()),
            (Holds::Text, _) => expected("a string that is not empty"),
            (Holds::Flag, Value::Bool(_)) | (Holds::Any, _) => Ok(()),
            (Holds::Flag, _) => expected("true or false"),
            (Holds::Integer, Value::Number(number)) if number.is_i64() => Ok(()),
            (Holds::Integer, _) => expected("an integer"),
            (Holds::Word(words), Value::String(text)) if words.contains(&text.as_str()) => Ok(()),
            (Holds::Word(words), _) => expected(&one_of(words)),
            (Holds::TextOr(_), Value::String(_)) => Ok(()),
            (Holds::Object(form) | Holds::TextOr(form), Value::Object(members)) => self.object(form, members, pointer),
            (Holds::Object(_), _) => expected("a mapping"),
            (Holds::TextOr(_), _) => expected("a string or a mapping"),
            (Holds::List(item), Value::Array(items)) => {
                items.iter().enumerate().try_for_each(|(i, value)| self.below(&i.to_string(), item, value, pointer))
            }
            (Holds::List(_), _) => expected("a list"),
            (Holds::Map(item), Value::Object(members)) => {
                members.iter().try_for_each(|(name, value)| self.below(name, item, value, pointer))
            }
            (Holds::Map(_), _) => expected("a mapping"),
        }
    }

    fn below(&self, name: &str, holds: &Holds, value: &Value, pointer: &mut String) -> Result<()> {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&token(name));
        let checked = self.value(holds, value, pointer);
        pointer.truncate(length);
        checked
    }

    fn object(&self, form: &Form, members: &Map<String, Value>, pointer: &mut String) -> Result<()> {
        for (name, value) in members {
            let Some(key) = form.keys.iter().find(|key| key.name == name) else {
                let problem = match close(name, form) {
                    Some(close) => format!("unknown key of {}, perhaps {close} is meant", form.name),
                    None => format!("unknown key of {}, expected {}", form.name, known(form)),
                };
                return Err((self.fail)(&format!("{pointer}/{}", token(name)), problem));
            };
            self.below(name, &key.holds, value, pointer)?;
            if let Some(needs) = key.needs.filter(|needs| !members.contains_key(*needs)) {
                let problem = format!("it has no effect without {needs} beside it");
                return Err((self.fail)(&format!("{pointer}/{}", token(name)), problem));
            }
        }
        match form.keys.iter().find(|key| key.is_required && !members.contains_key(key.name)) {
            Some(key) => Err((self.fail)(pointer, format!("{} has no {}", form.name, key.name))),
            None => Ok(()),
        }
    }
}

/// The key that differs from a name by one or two letters.
fn close(name: &str, form: &Form) -> Option<&'static str> {
    let distances = form.keys.iter().map(|key| (strsim::osa_distance(name, key.name), key.name));
    let (distance, close) = distances.min()?;
    (distance <= 2 && close.len() > 3).then_some(close)
}

fn known(form: &Form) -> String {
    one_of(&form.keys.iter().map(|key| key.name).collect::<Vec<_>>())
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
