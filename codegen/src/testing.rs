//! The table of operations that the client's feature `testing` reads.

use std::fmt::Write as _;

use crate::{
    model::{Api, Operation},
    render,
};

/// A constant with a row for each operation in the order of their ids: id, status of its success, and of a list the
/// member of the response that holds the items.
pub(crate) fn operations(api: &Api<'_>) -> String {
    let mut operations: Vec<&Operation> = api.resources.iter().flat_map(|resource| &resource.operations).collect();
    operations.sort_by_key(|operation| &operation.id);
    let mut text = "const OPERATIONS: &[(&str, u16, Option<&str>)] = &[\n".to_owned();
    for operation in operations {
        let status = operation.statuses.iter().find(|status| status.starts_with('2')).map_or("200", String::as_str);
        let items = operation.list.as_ref().map(|list| list.wire.as_str());
        writeln!(text, "    ({:?}, {status}, {items:?}),", operation.id).expect("a string takes any text");
    }
    text.push_str("];\n");
    render::file(&[render::header(&["base.yaml", "v1"]), text])
}
