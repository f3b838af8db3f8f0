//! Lists of an enum's values in descriptions become links to the constant that has them.

use super::Enum;
use crate::names::pascal;

/// Fewest values that are a list.
const FEWEST: usize = 3;

/// The description with each list of values between backticks, `` `a`, `b`, `c` ``, replaced by a link to the group of the
/// enum, or to all of its values. A list that is neither stays. Of groups with the same values, the one counts whose name
/// begins with a word of `owner`, the struct that the description is in.
pub(super) fn linked(text: &str, one: &Enum, owner: &str) -> String {
    replaced(text, one, owner, &mut |name| format!("[`{}::{name}`]", one.name))
}

/// As [`linked`], with a text of the caller's for each constant in place of the link.
pub(crate) fn replaced(text: &str, one: &Enum, owner: &str, write: &mut dyn FnMut(&str) -> String) -> String {
    let mut linked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        linked.push_str(&rest[..start]);
        rest = &rest[start..];
        let (values, length) = list(rest, one);
        match constant(&values, one, owner).filter(|_| values.len() >= FEWEST) {
            Some(name) => {
                linked.push_str(&write(name));
                rest = &rest[length..];
            }
            None => {
                // The code span as it is.
                let end = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
                linked.push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }
    linked.push_str(rest);
    linked
}

/// The values of the enum that `text` begins with, and how long the list is.
fn list<'t>(text: &'t str, one: &Enum) -> (Vec<&'t str>, usize) {
    let mut values = Vec::new();
    let mut length = 0;
    let mut rest = text;
    while let Some((value, after)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        if !one.values.iter().any(|known| known.wire == value) {
            break;
        }
        values.push(value);
        length = text.len() - after.len();
        let Some(next) = after.strip_prefix(',') else { break };
        rest = next.trim_start();
    }
    (values, length)
}

/// The constant with these values, in whatever order.
fn constant<'e>(values: &[&str], one: &'e Enum, owner: &str) -> Option<&'e str> {
    let same = |known: &mut dyn Iterator<Item = &String>| {
        let known: Vec<_> = known.collect();
        known.len() == values.len() && known.iter().all(|known| values.contains(&known.as_str()))
    };
    let groups: Vec<_> = one.groups.iter().filter(|group| same(&mut group.values.iter())).collect();
    let is_of_owner = |name: &str| owner.contains(&pascal(name.split('_').next().unwrap_or_default()));
    let group = groups.iter().find(|group| is_of_owner(&group.name)).or(groups.first());
    group.map(|group| group.name.as_str()).or_else(|| same(&mut one.values.iter().map(|v| &v.wire)).then_some("ALL"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EnumGroup, EnumValue};

    fn letters() -> Enum {
        let value = |wire: &str| EnumValue { wire: wire.to_owned(), variant: wire.to_uppercase(), description: None };
        let vowels = ["a", "e", "i"].map(str::to_owned).to_vec();
        Enum {
            name: "Letter".to_owned(),
            description: String::new(),
            values: ["a", "b", "e", "i"].map(value).to_vec(),
            groups: ["VOWELS", "SONG_LETTERS"]
                .map(|name| EnumGroup { name: name.to_owned(), description: String::new(), values: vowels.clone() })
                .to_vec(),
            pointer: String::new(),
            home: None,
        }
    }

    #[test]
    fn a_list_of_values_becomes_a_link_to_its_constant() {
        let linked = |text| linked(text, &letters(), "Word");
        assert_eq!(linked("Out of `i`,\n`e`, `a`. Or not."), "Out of [`Letter::VOWELS`]. Or not.");
        assert_eq!(linked("`a`, `b`, `e`, `i`"), "[`Letter::ALL`]");
    }

    #[test]
    fn of_two_groups_with_the_same_values_that_of_the_owner_counts() {
        assert_eq!(linked("`a`, `e`, `i`", &letters(), "CreateSongRequest"), "[`Letter::SONG_LETTERS`]");
    }

    #[test]
    fn other_lists_and_code_stay() {
        for text in ["`a`, `b`, `e`", "`a`, `e`", "see `x`, `a` and `b`", "an open `a", "", "`a`; `e`; `i`"] {
            assert_eq!(linked(text, &letters(), "Word"), text);
        }
    }
}
