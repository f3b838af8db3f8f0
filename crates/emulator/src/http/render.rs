//! Writes responses as JSON: the specification determines the properties and their order, the item their values.
//!
//! The objects are written by hand, strings and values by serde_json. A `Serialize` implementation for the items costs
//! twice the time in a list of messages, since it scans each name, date and URL for characters to escape; they have none.

use std::fmt::Write as _;

use bytes::Bytes;
use serde::Serialize;

use super::spec::Endpoint;
use crate::operations::call::{Input, Output, Page};
use crate::operations::item::{Item, Path, Property};

/// Parameter of control requests that names their account.
pub(super) const ACCOUNT_SID: &str = "AccountSid";

/// Writes the body of a response.
pub(super) struct Writer<'a> {
    pub(super) out: Vec<u8>,
    pub(super) endpoint: &'a Endpoint,
    pub(super) input: &'a Input<'a>,
    /// The beginning of URLs: scheme and host as the request named them, and the prefix of its path.
    pub(super) origin: &'a str,
    /// SID of the service that the path names.
    pub(super) service_sid: Option<&'a str>,
    pub(super) account_sid: &'a str,
    /// SID of the account, if a chat user's request named it.
    pub(super) named_account: Option<&'a str>,
}

/// The `meta` of a page.
#[derive(Serialize)]
struct Meta<'a> {
    page: u32,
    page_size: u32,
    first_page_url: String,
    previous_page_url: Option<String>,
    url: String,
    next_page_url: Option<String>,
    key: &'a str,
}

impl Writer<'_> {
    /// The body of a successful response.
    pub(super) fn body(mut self, output: &Output) -> serde_json::Result<Bytes> {
        match output {
            Output::Item(item) => {
                self.out.reserve(1024);
                self.item(&**item)?;
            }
            Output::Page(page) => {
                self.out.reserve(512 + 768 * page.items.len());
                self.page(page)?;
            }
            Output::Empty => {}
        }
        Ok(self.out.into())
    }

    fn raw(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    fn value(&mut self, value: impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.out, &value)
    }

    /// Writes an item with the properties of the specification: null for one that the item does not have.
    fn item(&mut self, item: &dyn Item) -> serde_json::Result<()> {
        for property in &self.endpoint.properties {
            self.raw(&property.opening);
            match property.index {
                Some(index) => self.property(item.property(index))?,
                None => self.raw(b"null"),
            }
        }
        self.raw(b"}");
        Ok(())
    }

    fn property(&mut self, property: Property<'_>) -> serde_json::Result<()> {
        match property {
            Property::Null => self.raw(b"null"),
            Property::Boolean(value) => self.value(value)?,
            Property::Integer(value) => self.value(value)?,
            Property::Text(text) => self.value(text)?,
            Property::Json(value) => self.value(value)?,
            Property::Texts(texts) => self.value(texts)?,
            Property::Date(date) => {
                self.raw(b"\"");
                date.write_seconds(&mut self.out);
                self.raw(b"\"");
            }
            Property::AccountSid => self.value(self.account_sid)?,
            Property::Url(path) => self.url(&path, None),
            Property::Links(links) => self.links(links.iter().map(|(name, path)| (*name, path, None))),
            Property::LinksBelow(path, links) => {
                self.links(links.iter().map(|(name, segment)| (*name, &path, Some(*segment))));
            }
        }
        Ok(())
    }

    fn links<'p>(&mut self, links: impl Iterator<Item = (&'p str, &'p Path<'p>, Option<&'p str>)>) {
        for (index, (name, path, segment)) in links.enumerate() {
            self.raw(if index == 0 { b"{\"" } else { b",\"" });
            self.raw(name.as_bytes());
            self.raw(b"\":");
            self.url(path, segment);
        }
        self.raw(b"}");
    }

    /// Paths consist of SIDs and fixed words, and the origin of characters of a host: none needs to be escaped.
    fn url(&mut self, path: &Path<'_>, last: Option<&str>) {
        self.raw(b"\"");
        self.raw(self.origin.as_bytes());
        self.raw(b"/v1");
        let service = self.service_sid.filter(|_| path.in_service).map(|sid| ["Services", sid]);
        let segments = service.iter().flatten().chain(path.segments.iter().filter(|segment| !segment.is_empty()));
        for segment in segments.copied().chain(last) {
            self.raw(b"/");
            self.raw(segment.as_bytes());
        }
        self.raw(b"\"");
    }

    fn page(&mut self, page: &Page) -> serde_json::Result<()> {
        let key = self.endpoint.list.as_ref().map_or("items", |list| &*list.key);
        self.raw(b"{");
        self.value(key)?;
        self.raw(b":[");
        for (index, item) in page.items.iter().enumerate() {
            if index > 0 {
                self.raw(b",");
            }
            self.item(&**item)?;
        }
        self.raw(b"],\"meta\":");
        let url = |number: u32, token: Option<&str>| self.page_url(page.size, number, token);
        let meta = Meta {
            page: page.number,
            page_size: page.size,
            first_page_url: url(0, None),
            previous_page_url: page.previous.as_deref().map(|token| url(page.number.saturating_sub(1), Some(token))),
            url: url(page.number, self.input.query.filled("PageToken")),
            next_page_url: page.next.as_deref().map(|token| url(page.number.saturating_add(1), Some(token))),
            key,
        };
        self.value(&meta)?;
        self.raw(b"}");
        Ok(())
    }

    /// The URL of a page of a list, with the filters of the request.
    fn page_url(&self, size: u32, number: u32, token: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.input.query.iter() {
            let is_documented = self.endpoint.query.iter().any(|parameter| *parameter.name == *name);
            if is_documented && !["PageSize", "Page", "PageToken"].contains(&name) {
                query.append_pair(name, value);
            }
        }
        if let Some(sid) = self.named_account {
            query.append_pair(ACCOUNT_SID, sid);
        }
        query.append_pair("PageSize", &size.to_string()).append_pair("Page", &number.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", token);
        }
        let mut url = String::with_capacity(256);
        // Writing to a string cannot fail.
        let _ = write!(url, "{}{}?{}", self.origin, self.input.path, query.finish());
        url
    }
}
