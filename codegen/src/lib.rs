//! Turns the specification into the generated folders: text in, text out, no file touched.
//!
//! ```text
//! spec::merge      fragments, one document             as documented
//! events           schemas of webhook events           added to it, so that the overlay can refer to them
//! overlay::apply   our corrections                     where we know better
//! dialect          keys and values                     what is unknown or missing is refused
//! model::Api       resources, operations, types        read once; one type where the overlay says that several are one
//! types            structs, checked against typify     crates/types/src/generated
//! sids             a type for each prefix              beside them
//! enums, events    open enums and webhook payloads     beside them
//!                  changes by responses to each        crates/webhook/src/generated
//!                  the events as data                  crates/cli/src/generated
//! operations       positional methods (progenitor)     crates/client/src/generated
//! tree, handles,   handles and builders (quote)        beside them
//! builders
//! map              a table of all resources            crates/facade/src/generated, copied into its README
//! commands         the operations as data              crates/cli/src/generated
//! ```
//!
//! Everything is ordered and nothing depends on the machine: the same specification gives the same bytes.

mod builders;
mod changes;
mod commands;
mod dialect;
mod enums;
mod error;
mod events;
mod example;
mod handles;
mod map;
mod model;
mod names;
mod operations;
mod overlay;
mod panics;
mod render;
mod samples;
mod sids;
mod spec;
mod testing;
mod tree;
mod types;
mod wire;

use std::collections::BTreeMap;

pub use changes::{Changes, changes};
pub use dialect::UNWRITTEN;
pub use error::{Error, Result, token, untoken};
pub use names::snake;
pub use spec::{Document, ResourceInfo, Sources};

/// The API as documented.
///
/// # Errors
///
/// See [`Error`]: what is wrong in which file, and where.
pub fn documented(sources: &Sources) -> Result<Document> {
    let document = spec::merge(sources)?;
    check_form(&document)?;
    Ok(document)
}

fn check_form(document: &Document) -> Result<()> {
    dialect::check(&dialect::DOCUMENT, &document.root, &|pointer, problem| document.error(pointer, problem))
}

/// The API as we know it: documented, then corrected by the overlay.
///
/// # Errors
///
/// As [`documented`], and an overlay that does not apply.
pub fn overlaid(sources: &Sources) -> Result<Document> {
    // What the overlay removes is checked, too.
    let mut document = documented(sources)?;
    events::add_schemas(&mut document, sources)?;
    overlay::apply(&mut document, sources)?;
    check_form(&document)?;
    samples::check(&document)?;
    Ok(document)
}

/// The files of `spec/events/` as data, by name: `events/message.yaml`, ….
///
/// # Errors
///
/// As [`documented`], of these files: one that is not in order.
pub fn events(sources: &Sources) -> Result<BTreeMap<String, serde_json::Value>> {
    events::read(sources)
}

/// A document as the text of a JSON file.
pub fn to_json(document: &Document) -> String {
    let mut text = serde_json::to_string_pretty(&document.root).expect("a JSON value can be written");
    text.push('\n');
    text
}

/// The generated folders, by their path in the repository, each with its files by path and content.
pub type Folders = BTreeMap<String, BTreeMap<String, String>>;

/// Generates everything.
///
/// # Errors
///
/// As [`overlaid`], and a schema or operation that has no form in Rust. Nothing is left half done, since nothing is
/// written.
pub fn generate(sources: &Sources) -> Result<Folders> {
    generate_with_notes(sources).map(|(folders, _)| folders)
}

/// As [`generate`], with a line for each group of types that are equal in structure and not merged.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_with_notes(sources: &Sources) -> Result<(Folders, Vec<String>)> {
    let document = overlaid(sources)?;
    let api = model::Api::new(&document)?;
    let mut types = types::files(&api)?;
    let events = events::files(&api, sources)?;
    types.extend(events.types);
    let roots = tree::roots(&api)?;
    let mut client = handles::files(&api, &roots)?;
    client.insert("operations.rs".to_owned(), testing::operations(&api));
    let emulator = BTreeMap::from([("openapi.json".to_owned(), to_json(&document))]);
    types.insert("sid.rs".to_owned(), document.sids.types());
    let facade = BTreeMap::from([
        ("links.md".to_owned(), map::links(&roots)),
        ("resources.md".to_owned(), map::resources(&api, &roots)),
        ("sids.rs".to_owned(), document.sids.exports()),
    ]);
    let mut cli = commands::files(&api)?;
    cli.extend(events.cli);
    let folders = BTreeMap::from([
        ("crates/cli/src/generated".to_owned(), cli),
        ("crates/client/src/generated".to_owned(), client),
        ("crates/emulator/src/generated".to_owned(), emulator),
        ("crates/facade/src/generated".to_owned(), facade),
        ("crates/types/src/generated".to_owned(), types),
        ("crates/webhook/src/generated".to_owned(), events.webhook),
    ]);
    Ok((folders, api.unmerged))
}
