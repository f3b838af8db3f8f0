//! The response to a list, whose items have a name of their own.

use serde::de::{DeserializeOwned, Error as _, MapAccess, Unexpected};
use serde_json::{Map, Value};

use super::{Name, keep, required};
use crate::v1::PageMeta;

/// Items, position in the list, and unknown members of a page.
type PageParts<T> = (Vec<T>, Option<PageMeta>, Map<String, Value>);

/// Reads the members of a page.
///
/// The items are under their documented name, or else under the name that `meta.key` gives. A page without items is an
/// error.
pub(crate) fn read_page<'de, T: DeserializeOwned, A: MapAccess<'de>>(
    mut members: A,
    items_name: &'static str,
) -> Result<PageParts<T>, A::Error> {
    let (mut items, mut meta, mut extra) = (None, None::<PageMeta>, Map::new());
    while let Some(name) = members.next_key_seed(Name)? {
        let key = meta.as_ref().and_then(|meta| meta.key.as_deref());
        match &*name {
            "meta" => meta = members.next_value()?,
            name if name == items_name || items.is_none() && key == Some(name) => items = Some(members.next_value()?),
            _ => keep(&mut members, name, &mut extra)?,
        }
    }
    // `meta` may come after the items that it names.
    if items.is_none()
        && let Some(value) = meta.as_ref().and_then(|meta| extra.remove(meta.key.as_deref()?))
    {
        let expected = &"items as documented under the name that `meta.key` gives";
        items = Some(serde_json::from_value(value).map_err(|_| A::Error::invalid_value(Unexpected::Seq, expected))?);
    }
    Ok((required(items, items_name)?, meta, extra))
}
