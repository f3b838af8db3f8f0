//! What an answer looks like: its properties in the order of the specification.

use super::document::Schema;
use crate::render::{Item, Value, View};

/// The properties of an object, ready to be written.
pub(crate) struct Shape {
    properties: Vec<Property>,
}

struct Property {
    name: Box<str>,
    /// What comes before the value: a brace or a comma, the name, a colon.
    opening: Box<[u8]>,
}

impl Shape {
    pub(super) fn compile(schema: &Schema) -> Self {
        let opening = |index: usize, name: &str| format!("{}\"{name}\":", if index == 0 { '{' } else { ',' });
        let properties = (schema.properties.keys().enumerate())
            .map(|(index, name)| Property {
                name: name.as_str().into(),
                opening: opening(index, name).into_bytes().into(),
            })
            .collect();
        Self { properties }
    }

    /// The names of the properties, in the order of the specification.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().map(|property| &*property.name)
    }

    /// Writes an item: each property of the specification, null where the item has nothing to say.
    pub(crate) fn write(&self, out: &mut Vec<u8>, view: &View<'_>, item: &dyn Item) {
        for property in &self.properties {
            out.extend_from_slice(&property.opening);
            let start = out.len();
            item.property(&property.name, Value { out, view });
            if out.len() == start {
                out.extend_from_slice(b"null");
            }
        }
        out.push(b'}');
    }
}
