//! Writes responses as JSON: the specification determines the properties and their order, the item their values.
//!
//! The objects are written by hand, strings and values by serde_json. A `Serialize` implementation for the items costs
//! twice the time in a list of messages, since it scans each name, date and URL for characters to escape; they have none.

use std::fmt::Write as _;

use bytes::Bytes;

use super::spec::{Endpoint, Shape};
use crate::operations::call::{Input, Output, Page};
use crate::operations::item::{Item, Path, Property};

/// Parameter of control requests that names their account.
pub(super) const ACCOUNT_SID: &str = "AccountSid";

/// The parts of URLs that depend on the caller: their beginning, and the account.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// Scheme and host as the request named them, and the prefix of its path.
    pub(super) origin: &'a str,
    /// SID of the service that the path names.
    pub(super) service_sid: Option<&'a str>,
    pub(super) account_sid: &'a str,
    /// SID of the account, if a chat user's request named it.
    pub(super) named_account: Option<&'a str>,
}

/// The body of a successful response.
pub(super) fn body(
    endpoint: &Endpoint,
    input: &Input<'_>,
    view: &View<'_>,
    output: &Output,
) -> serde_json::Result<Bytes> {
    let mut out = Vec::new();
    match output {
        Output::Item(item) => {
            out.reserve(1024);
            write_item(&mut out, &endpoint.shape, view, &**item)?;
        }
        Output::Page(page) => {
            out.reserve(512 + 768 * page.items.len());
            write_page(&mut out, endpoint, input, view, page)?;
        }
        Output::Empty => {}
    }
    Ok(out.into())
}

/// Writes an item with the properties of the specification: null for one that the item does not have.
fn write_item(out: &mut Vec<u8>, shape: &Shape, view: &View<'_>, item: &dyn Item) -> serde_json::Result<()> {
    for property in &shape.properties {
        out.extend_from_slice(&property.opening);
        match property.index {
            Some(index) => write_property(out, view, item.property(index))?,
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
    Ok(())
}

fn write_property(out: &mut Vec<u8>, view: &View<'_>, property: Property<'_>) -> serde_json::Result<()> {
    match property {
        Property::Null => out.extend_from_slice(b"null"),
        Property::Boolean(value) => serde_json::to_writer(out, &value)?,
        Property::Integer(value) => serde_json::to_writer(out, &value)?,
        Property::Text(text) => serde_json::to_writer(out, text)?,
        Property::Json(value) => serde_json::to_writer(out, &value)?,
        Property::Texts(texts) => serde_json::to_writer(out, &texts)?,
        Property::Date(date) => {
            out.push(b'"');
            date.write_seconds(out);
            out.push(b'"');
        }
        Property::AccountSid => serde_json::to_writer(out, view.account_sid)?,
        Property::Url(path) => write_url(out, view, &path, None),
        Property::Links(links) => {
            write_links(out, view, links.iter().map(|(name, path)| (*name, path, None)));
        }
        Property::LinksBelow(path, links) => {
            write_links(out, view, links.iter().map(|(name, segment)| (*name, &path, Some(*segment))));
        }
    }
    Ok(())
}

fn write_links<'p>(
    out: &mut Vec<u8>,
    view: &View<'_>,
    links: impl Iterator<Item = (&'p str, &'p Path<'p>, Option<&'p str>)>,
) {
    for (index, (name, path, segment)) in links.enumerate() {
        out.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        write_url(out, view, path, segment);
    }
    out.push(b'}');
}

/// Paths consist of SIDs and fixed words, and the origin of characters of a host: none needs to be escaped.
fn write_url(out: &mut Vec<u8>, view: &View<'_>, path: &Path<'_>, last: Option<&str>) {
    out.push(b'"');
    out.extend_from_slice(view.origin.as_bytes());
    out.extend_from_slice(b"/v1");
    let service = view.service_sid.filter(|_| path.in_service).map(|sid| ["Services", sid]);
    let segments = service.iter().flatten().chain(path.segments.iter().filter(|segment| !segment.is_empty()));
    for segment in segments.copied().chain(last) {
        out.push(b'/');
        out.extend_from_slice(segment.as_bytes());
    }
    out.push(b'"');
}

/// The `meta` of a page.
#[derive(serde::Serialize)]
struct Meta<'a> {
    page: u32,
    page_size: u32,
    first_page_url: String,
    previous_page_url: Option<String>,
    url: String,
    next_page_url: Option<String>,
    key: &'a str,
}

fn write_page(
    out: &mut Vec<u8>,
    endpoint: &Endpoint,
    input: &Input<'_>,
    view: &View<'_>,
    page: &Page,
) -> serde_json::Result<()> {
    let key = endpoint.list.as_ref().map_or("items", |list| &*list.key);
    out.push(b'{');
    serde_json::to_writer(&mut *out, key)?;
    out.extend_from_slice(b":[");
    for (index, item) in page.items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_item(out, &endpoint.shape, view, &**item)?;
    }
    out.extend_from_slice(b"],\"meta\":");
    let url = |number: u32, token: Option<&str>| page_url(endpoint, input, view, page.size, number, token);
    let meta = Meta {
        page: page.number,
        page_size: page.size,
        first_page_url: url(0, None),
        previous_page_url: page.previous.as_deref().map(|token| url(page.number.saturating_sub(1), Some(token))),
        url: url(page.number, input.query.filled("PageToken")),
        next_page_url: page.next.as_deref().map(|token| url(page.number.saturating_add(1), Some(token))),
        key,
    };
    serde_json::to_writer(&mut *out, &meta)?;
    out.push(b'}');
    Ok(())
}

/// The URL of a page of a list, with the filters of the request.
fn page_url(
    endpoint: &Endpoint,
    input: &Input<'_>,
    view: &View<'_>,
    size: u32,
    number: u32,
    token: Option<&str>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in input.query.iter() {
        let is_documented = endpoint.query.iter().any(|parameter| *parameter.name == *name);
        if is_documented && !["PageSize", "Page", "PageToken"].contains(&name) {
            query.append_pair(name, value);
        }
    }
    if let Some(sid) = view.named_account {
        query.append_pair(ACCOUNT_SID, sid);
    }
    query.append_pair("PageSize", &size.to_string()).append_pair("Page", &number.to_string());
    if let Some(token) = token {
        query.append_pair("PageToken", token);
    }
    let mut url = String::with_capacity(256);
    // Writing to a string cannot fail.
    let _ = write!(url, "{}{}?{}", view.origin, input.path, query.finish());
    url
}
