//! Responses as JSON: the specification determines the properties and their order, the item their values.

use std::fmt;

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::spec::Endpoint;
use crate::operations::call::{Input, Output, Page};
use crate::operations::item::{Item, Path, Property};
use crate::time::Seconds;

/// Parameter of control requests that names their account.
pub(super) const ACCOUNT_SID: &str = "AccountSid";

/// How the caller sees the API: the beginning of URLs, and the account.
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
    let body = match output {
        Output::Item(item) => {
            let mut body = Vec::with_capacity(1024);
            serde_json::to_writer(&mut body, &Rendered { endpoint, view, item: &**item })?;
            body
        }
        Output::Page(page) => {
            let mut body = Vec::with_capacity(512 + 768 * page.items.len());
            serde_json::to_writer(&mut body, &RenderedPage { endpoint, input, view, page })?;
            body
        }
        Output::Empty => Vec::new(),
    };
    Ok(body.into())
}

/// An item with the properties of the specification.
struct Rendered<'a> {
    endpoint: &'a Endpoint,
    view: &'a View<'a>,
    item: &'a dyn Item,
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let properties = &self.endpoint.properties;
        let mut map = serializer.serialize_map(Some(properties.len()))?;
        for name in properties {
            map.serialize_entry(name, &RenderedProperty { view: self.view, property: self.item.property(name) })?;
        }
        map.end()
    }
}

struct RenderedProperty<'a> {
    view: &'a View<'a>,
    property: Property<'a>,
}

impl Serialize for RenderedProperty<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.property {
            Property::Null => serializer.serialize_unit(),
            Property::Boolean(value) => serializer.serialize_bool(*value),
            Property::Integer(value) => serializer.serialize_i64(*value),
            Property::Text(text) => serializer.serialize_str(text),
            Property::Date(date) => serializer.collect_str(&Seconds(*date)),
            Property::Json(value) => value.serialize(serializer),
            Property::AccountSid => serializer.serialize_str(self.view.account_sid),
            Property::Url(path) => serializer.collect_str(&Url { view: self.view, path }),
            Property::Links(links) => {
                let mut map = serializer.serialize_map(Some(links.len()))?;
                for (name, path) in links {
                    map.serialize_entry(name, &Url { view: self.view, path })?;
                }
                map.end()
            }
        }
    }
}

/// The URL of a path of the API.
struct Url<'a> {
    view: &'a View<'a>,
    path: &'a Path<'a>,
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.view.origin)?;
        f.write_str("/v1")?;
        if let Some(sid) = self.view.service_sid.filter(|_| self.path.in_service) {
            f.write_str("/Services/")?;
            f.write_str(sid)?;
        }
        for segment in self.path.segments.iter().filter(|segment| !segment.is_empty()) {
            f.write_str("/")?;
            f.write_str(segment)?;
        }
        Ok(())
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A page of a list: the items and `meta`.
struct RenderedPage<'a> {
    endpoint: &'a Endpoint,
    input: &'a Input<'a>,
    view: &'a View<'a>,
    page: &'a Page,
}

impl Serialize for RenderedPage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = self.endpoint.list.as_ref().map_or("items", |list| &*list.key);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(key, &RenderedItems(self))?;
        let (size, number) = (self.page.size, self.page.number);
        let url = |number: u32, token: Option<&str>| self.url(number, token);
        let token = self.input.query.filled("PageToken");
        let meta = Meta {
            page: number,
            page_size: size,
            first_page_url: url(0, None),
            previous_page_url: self.page.previous.as_deref().map(|token| url(number.saturating_sub(1), Some(token))),
            url: url(number, token),
            next_page_url: self.page.next.as_deref().map(|token| url(number.saturating_add(1), Some(token))),
            key,
        };
        map.serialize_entry("meta", &meta)?;
        map.end()
    }
}

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

struct RenderedItems<'a>(&'a RenderedPage<'a>);

impl Serialize for RenderedItems<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RenderedPage { endpoint, view, page, .. } = self.0;
        let mut items = serializer.serialize_seq(Some(page.items.len()))?;
        for item in &page.items {
            items.serialize_element(&Rendered { endpoint, view, item: &**item })?;
        }
        items.end()
    }
}

impl RenderedPage<'_> {
    /// The URL of a page of this list, with the filters of the request.
    fn url(&self, number: u32, token: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.input.query.iter() {
            let is_documented = self.endpoint.query.iter().any(|parameter| *parameter.name == *name);
            if is_documented && !["PageSize", "Page", "PageToken"].contains(&name) {
                query.append_pair(name, value);
            }
        }
        if let Some(sid) = self.view.named_account {
            query.append_pair(ACCOUNT_SID, sid);
        }
        query.append_pair("PageSize", &self.page.size.to_string()).append_pair("Page", &number.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", token);
        }
        format!("{}{}?{}", self.view.origin, self.input.path, query.finish())
    }
}
