//! The vendor's names in documentation become the names that stand for them in Rust.

use std::collections::BTreeMap;

use crate::model::{Api, Operation, Property};

/// What is written in place of a name between backticks, by the name on the wire.
pub(crate) type Names = BTreeMap<String, String>;

/// A link to `name` of the struct `owner`.
pub(crate) fn link(owner: &str, name: &str) -> String {
    format!("[`{name}`]({owner}::{name})")
}

/// The fields of an operation's body and query, as links to the fields of the structs that hold them.
pub(crate) fn fields(api: &Api<'_>, operation: &Operation) -> Names {
    let structs = [&operation.body, &operation.params].into_iter().flatten().filter_map(|name| api.structs.get(name));
    let links = structs.flat_map(|one| {
        let link = |property: &Property| (property.wire.clone(), link(&one.name, &property.rust));
        one.properties.iter().map(link).collect::<Vec<_>>()
    });
    links.collect()
}

/// The text with the names replaced. Only a name that has its backticks to itself is one.
pub(crate) fn renamed(text: &str, names: &Names) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let mut renamed = String::with_capacity(text.len());
    for (i, piece) in pieces.iter().enumerate() {
        let is_code = i % 2 == 1;
        let is_closed = i + 1 < pieces.len();
        match names.get(*piece).filter(|_| is_code && is_closed) {
            Some(name) => renamed.push_str(name),
            None if is_code && is_closed => renamed.push_str(&format!("`{piece}`")),
            None if is_code => renamed.push_str(&format!("`{piece}")),
            None => renamed.push_str(piece),
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_backticks_are_replaced_and_all_else_stays() {
        let names = Names::from([("StartDate".to_owned(), link("Self", "start_date"))]);
        let said = |text| renamed(text, &names);
        assert_eq!(said("With `StartDate` or `End`."), "With [`start_date`](Self::start_date) or `End`.");
        assert_eq!(
            said("StartDate, `StartDate=7`\n```\nStartDate\n```"),
            "StartDate, `StartDate=7`\n```\nStartDate\n```"
        );
        assert_eq!(said("an open `StartDate"), "an open `StartDate");
        assert_eq!(said(""), "");
    }
}
