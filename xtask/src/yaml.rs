//! Edits of a YAML text by JSON pointer (RFC 6901). Everything that an edit is not about stays byte for byte: comments,
//! order, quotes, anchors, aliases, line ends.
//!
//! A pointer that passes an alias leads to the definition of its anchor, so an edit is made once, where the value is
//! written. After each edit the text is parsed again; an edit that had any other effect than the same change of the
//! parsed value is refused, and the text stays unchanged.

mod edit;
mod render;
#[cfg(test)]
mod tests;
mod tree;

use serde_json::Value;

pub(crate) use edit::Edit;
pub(crate) use render::Lists;
use tree::Tree;

/// A YAML text that can be edited.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    text: String,
    value: Value,
}

impl Text {
    /// # Errors
    ///
    /// The parser's message, if the text is not one YAML document.
    pub(crate) fn new(text: String) -> Result<Self, String> {
        let value = parse(&text)?;
        Ok(Self { text, value })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// All pointers to the value at `pointer`: more than one if it is behind an anchor that aliases refer to.
    pub(crate) fn aliases_of(&self, pointer: &str) -> Vec<String> {
        let tree = Tree::parse(&self.text).ok();
        let found = tree.and_then(|tree| Some(tree.pointers_to(tree.find(pointer)?.node)));
        found.unwrap_or_default()
    }

    /// Makes an edit.
    ///
    /// # Errors
    ///
    /// Why the edit cannot be made. The text is unchanged then.
    pub(crate) fn apply(&mut self, edit: &Edit) -> Result<(), String> {
        let tree = Tree::parse(&self.text)?;
        let wanted = edit::change_value(&tree, &self.value, edit)?;
        let text = edit::change_text(&tree, &self.text, edit)?;
        let value = parse(&text).map_err(|error| format!("the edited text would not be read any more: {error}"))?;
        if value != wanted {
            return Err("the edited text would not be read as wanted".to_owned());
        }
        (self.text, self.value) = (text, value);
        Ok(())
    }
}

/// The places where the values of a YAML text are written.
pub(crate) struct Places(Option<Tree>);

impl Places {
    /// The text was read before; one that cannot be read has no places.
    pub(crate) fn of(text: &str) -> Self {
        Self(Tree::parse(text).ok())
    }

    /// The pointer at which the value at `pointer` is written: behind an alias (`*sid`), that is at the anchor (`&sid`).
    /// `None` if there is no such value.
    pub(crate) fn written(&self, pointer: &str) -> Option<String> {
        let tree = self.0.as_ref()?;
        tree.written(tree.find(pointer)?.node)
    }
}

/// The value of a text, read as the generator reads it.
fn parse(text: &str) -> Result<Value, String> {
    // Strict booleans, since `on` and `off` are words here.
    let options = serde_saphyr::options! { strict_booleans: true, };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        format!("malformed YAML: {}", line.strip_prefix("error: ").unwrap_or(line))
    })
}
