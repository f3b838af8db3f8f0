//! Where a value of a fragment is written: behind an alias (`*sid`), that is at the anchor (`&sid`).

use std::{cell::RefCell, collections::BTreeMap};

use codegen::Sources;

use super::finding::Place;
use crate::yaml::Places;

/// The files of the specification. A file is read when a place of it is first looked up.
pub(super) struct Anchors<'a> {
    sources: &'a Sources,
    files: RefCell<BTreeMap<String, Places>>,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, files: RefCell::default() }
    }

    /// The same place as it is written in its file.
    pub(super) fn place(&self, place: Place) -> Place {
        let text = place.file.strip_prefix("spec/").and_then(|name| self.sources.0.get(name));
        let (Some(text), Some(pointer)) = (text, &place.pointer) else { return place };
        let mut files = self.files.borrow_mut();
        let places = files.entry(place.file.clone()).or_insert_with(|| Places::of(text));
        let written = places.written(pointer).unwrap_or_else(|| pointer.clone());
        Place { pointer: Some(written), ..place }
    }
}
