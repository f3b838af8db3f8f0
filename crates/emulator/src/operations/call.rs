//! A validated request within a transaction, and its output.

use std::borrow::Cow;

use super::fields::Fields;
use super::item::Item;
use super::{Operation, Result};
use crate::domain::conversation::Conversation;
use crate::domain::service::ServiceKey;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::sid::is_sid;
use crate::store::listing::{Cursor, Listing};
use crate::store::select::Select;
use crate::store::transaction::Transaction;
use crate::store::{conversation, service};

/// A validated request.
pub(crate) struct Input<'r> {
    pub(crate) operation: &'static Operation,
    /// The path, verbatim.
    pub(crate) path: &'r str,
    /// The parameters in it.
    pub(crate) parameters: PathParameters<'r>,
    pub(crate) query: Fields,
    pub(crate) form: Fields,
    /// Documented names of query and form.
    pub(crate) documented: [&'static [Box<str>]; 2],
    /// Most items of a page, for a list.
    pub(crate) page_limit: u32,
}

/// The parameters of a path by their names in the specification, percent-decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathParameters<'p> {
    parameters: [(&'static str, Cow<'p, str>); 4],
    count: usize,
}

/// A request in a transaction.
pub(crate) struct Call<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) input: &'a Input<'a>,
}

/// The output of an operation, to be rendered by the specification.
pub(crate) enum Output {
    Item(Box<dyn Item>),
    Page(Page),
    Empty,
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) items: Vec<Box<dyn Item>>,
    pub(crate) size: u32,
    pub(crate) number: u32,
    /// Page tokens.
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl Output {
    pub(crate) fn item(item: impl Item + 'static) -> Self {
        Self::Item(Box::new(item))
    }
}

impl<'p> PathParameters<'p> {
    /// Adds a parameter. Returns `false` if there is no place left.
    pub(crate) fn push(&mut self, name: &'static str, value: Cow<'p, str>) -> bool {
        let Some(place) = self.parameters.get_mut(self.count) else { return false };
        *place = (name, value);
        self.count += 1;
        true
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&'static str, &str)> {
        self.parameters[..self.count].iter().map(|(name, value)| (*name, &**value))
    }

    /// The last parameter: the item that the path names.
    pub(crate) fn last(&self) -> &str {
        self.iter().next_back().map(|(_, value)| value).unwrap_or_default()
    }
}

impl Input<'_> {
    /// Checks that the handler has read each documented parameter of the request. Otherwise a parameter would be ignored
    /// silently.
    ///
    /// # Errors
    ///
    /// 501, naming the parameter.
    pub(crate) fn check_read(&self, id: &str) -> Result<(), ApiError> {
        for (fields, documented) in [&self.query, &self.form].into_iter().zip(self.documented) {
            let mut unread = fields.unread().filter(|name| !self.operation.ignored.contains(name));
            if let Some(name) = unread.find(|name| documented.iter().any(|known| **known == **name)) {
                return Err(ApiError::unimplemented(format_args!("the parameter {name} of {id}")));
            }
        }
        Ok(())
    }
}

impl<'a> Call<'a> {
    pub(crate) fn parameter(&self, name: &str) -> &'a str {
        self.input.parameters.get(name).unwrap_or_default()
    }

    /// The last parameter of the path: the item that it names.
    pub(crate) fn last(&self) -> &'a str {
        self.input.parameters.last()
    }

    pub(crate) fn form(&self) -> &'a Fields {
        &self.input.form
    }

    pub(crate) fn query(&self) -> &'a Fields {
        &self.input.query
    }

    /// 404: an object in the path does not exist.
    pub(crate) fn not_found(&self) -> Failure {
        ApiError::not_found(self.input.path).into()
    }

    /// The item that the path names, if it exists.
    pub(crate) fn found<T>(&self, item: Option<T>) -> Result<T> {
        item.ok_or_else(|| self.not_found())
    }

    /// The service that the path names, or the account's default one.
    pub(crate) fn service(&self) -> Result<ServiceKey> {
        let sid = self.input.parameters.get("ChatServiceSid");
        self.found(service::key(self.tx.db, self.tx.account.id, sid)?)
    }

    /// The conversation that the path parameter `ConversationSid` names by SID or unique name.
    pub(crate) fn conversation(&self) -> Result<Conversation> {
        self.conversation_named(self.parameter("ConversationSid"))
    }

    /// A conversation of the path's service by SID or unique name. A SID takes one query.
    pub(crate) fn conversation_named(&self, name: &str) -> Result<Conversation> {
        let found = if is_sid(name, Some(*b"CH")) {
            let service = self.input.parameters.get("ChatServiceSid");
            conversation::find_by_sid(self.tx.db, self.tx.account.id, service, name)?
        } else {
            conversation::find(self.tx.db, self.service()?.id, name)?
        };
        let conversation = self.found(found)?;
        if self.input.operation.access == super::Access::Member {
            self.tx.require_membership(&conversation)?;
        }
        Ok(conversation)
    }

    /// A page of a list, as query and page token select it: of 50 items unless the query has a number, and of no more
    /// than the list's maximum.
    pub(crate) fn page<T: Select + Item + 'static>(&self, listing: &Listing) -> Result<Output> {
        let query = self.query();
        let size = match query.filled("PageSize").map_or(Ok(50), str::parse::<u64>) {
            Ok(size) if size > 0 => u32::try_from(size).unwrap_or(u32::MAX).min(self.input.page_limit),
            _ => return Err(ApiError::invalid("PageSize", "not a whole number from 1").into()),
        };
        let Ok(number) = query.filled("Page").map_or(Ok(0), str::parse) else {
            return Err(ApiError::invalid("Page", "not a whole number from 0").into());
        };
        let cursor = query.filled("PageToken").map(|token| {
            let cursor = Cursor::from_token(token, listing.keys.len());
            let error = || ApiError::invalid("PageToken", "not a token of this list");
            cursor.ok_or_else(|| error().with_code(ErrorCode::INVALID_PAGE_TOKEN))
        });
        let cursor = cursor.transpose()?;
        let page = listing.page::<T>(self.tx.db, cursor.as_ref(), size as usize)?;
        Ok(Output::Page(Page {
            items: page.items.into_iter().map(|item| Box::new(item) as Box<dyn Item>).collect(),
            size,
            number,
            previous: page.previous.map(|cursor| cursor.to_token()),
            next: page.next.map(|cursor| cursor.to_token()),
        }))
    }
}
