//! The vendor's names in documentation: nobody can type `StartDate` in Rust, so they become what stands for them there.

use std::collections::BTreeMap;

use crate::{
    api::{Operation, Place},
    names::snake,
};

/// What is written in place of a name between backticks, by the name on the wire.
pub(crate) type Names = BTreeMap<String, String>;

/// A link to `name` of the struct `owner`.
pub(crate) fn link(owner: &str, name: &str) -> String {
    format!("[`{name}`]({owner}::{name})")
}

/// The fields of an operation's body and query, as links to the fields of the struct that holds them.
pub(crate) fn fields(operation: &Operation<'_>) -> Names {
    let mut names = Names::new();
    if let (Some(owner), Some(body)) = (operation.request_type(), operation.body) {
        let properties = body["properties"].as_object().into_iter().flatten();
        names.extend(properties.map(|(wire, _)| (wire.clone(), link(&owner, &snake(wire)))));
    }
    if let Some(owner) = operation.params_type() {
        let parameters = operation.parameters(Place::Query);
        names.extend(parameters.map(|parameter| (parameter.name.to_owned(), link(&owner, &snake(parameter.name)))));
    }
    names
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
