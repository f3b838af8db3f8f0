//! Open enums, one for each set of values, as calls of the hand-written macro in `crates/types/src/open_enum.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{model::Enum, render::doc_text};

/// Pairs of enums whose values are the same in another case, such as `GET` and `get`. They convert into each other.
pub(crate) fn convertible(enums: &BTreeMap<String, Enum>) -> impl Iterator<Item = (&Enum, &Enum)> {
    let folded = |one: &Enum| one.values.iter().map(|value| value.wire.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let pairs =
        enums.values().enumerate().flat_map(|(i, one)| enums.values().skip(i + 1).map(move |other| (one, other)));
    pairs.filter(move |(one, other)| folded(one) == folded(other))
}

/// One call of `open_enum!`, as text: a formatter for Rust leaves the input of a macro alone.
pub(crate) fn render(one: &Enum) -> String {
    let mut text = format!("open_enum! {{\n{}    pub enum {} {{\n", doc_text(&one.description, "    "), one.name);
    for value in &one.values {
        let wire = &value.wire;
        let doc = value.description.as_ref().map_or_else(|| format!("`{wire}`."), |line| format!("{line} `{wire}`."));
        text.push_str(&format!("{}        {} = {wire:?},\n", doc_text(&doc, "        "), value.variant));
    }
    text.push_str("    }\n");
    for group in &one.groups {
        text.push_str(&format!("\n{}    const {} = [\n", doc_text(&group.description, "    "), group.name));
        for wire in &group.values {
            let value = one.values.iter().find(|value| value.wire == *wire).expect("a group has values of its enum");
            text.push_str(&format!("        {},\n", value.variant));
        }
        text.push_str("    ];\n");
    }
    text.push_str("}\n");
    text
}
