//! Searches services for a person.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use twilio_conversations::{Client, Error, ServiceSid, v1::ParticipantConversation};

use super::{Kind, Row};
use crate::failure::Result;

/// Services that are searched at a time.
const IN_FLIGHT: usize = 4;
/// Channels of addresses, as prefixes.
const CHANNELS: [&str; 7] = ["sms:", "whatsapp:", "messenger:", "gbm:", "email:", "rcs:", "instagram:"];

/// A person, and the filter of their conversations.
#[derive(Debug)]
pub(super) struct Search {
    kinds: &'static [Kind],
    person: String,
    proxy: Option<String>,
    is_open_only: bool,
}

impl Search {
    pub(super) fn new(person: &str, kind: Option<Kind>, proxy: Option<&str>, is_open_only: bool) -> Self {
        let kinds: &[Kind] =
            match kind.map_or_else(|| guess(person), |kind| (kind == Kind::Address, kind == Kind::Identity)) {
                (true, true) => &[Kind::Address, Kind::Identity],
                (true, false) => &[Kind::Address],
                _ => &[Kind::Identity],
            };
        Self { kinds, person: person.to_owned(), proxy: proxy.map(str::to_owned), is_open_only }
    }

    /// Calls `visit` for each conversation, service by service in their order.
    ///
    /// Each service's first page is fetched ahead, of a few services at a time; further pages when they are needed.
    ///
    /// # Errors
    ///
    /// That of a request, or of `visit`.
    pub(super) async fn run(
        &self,
        client: &Client,
        services: &[ServiceSid],
        mut visit: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let queries = services.iter().flat_map(|service| self.kinds.iter().map(move |kind| (service, *kind)));
        let pages =
            queries.map(|(service, kind)| async move { (service, self.first_page(client, service, kind).await) });
        let mut pages = stream::iter(pages).buffered(IN_FLIGHT);
        // A person may be found twice in a service: by the address and by the identity.
        let mut seen = HashSet::new();
        let mut current = None;
        while let Some((service, page)) = pages.next().await {
            if current.replace(service) != Some(service) {
                seen.clear();
            }
            let mut page = match page {
                Ok(page) => page,
                // The service was deleted since it was listed.
                Err(error) if error.is_not_found() && services.len() > 1 => continue,
                Err(error) => return Err(error.into()),
            };
            loop {
                for found in page.take_items() {
                    let row = Row::new(service, found);
                    let is_new = self.kinds.len() == 1 || seen.insert(row.participant_sid.clone());
                    if is_new && self.matches(&row) {
                        visit(row)?;
                    }
                }
                match page.next().await? {
                    Some(next) => page = next,
                    None => break,
                }
            }
        }
        Ok(())
    }

    async fn first_page(
        &self,
        client: &Client,
        service: &ServiceSid,
        kind: Kind,
    ) -> Result<twilio_conversations::Page<ParticipantConversation>, Error> {
        let list = client.service(service).participant_conversations().list().page_size(50);
        match kind {
            Kind::Address => list.address(&self.person).await,
            Kind::Identity => list.identity(&self.person).await,
        }
    }

    fn matches(&self, row: &Row) -> bool {
        let is_pair = self.proxy.as_ref().is_none_or(|proxy| row.proxy_address.as_ref() == Some(proxy));
        is_pair && (!self.is_open_only || row.is_open())
    }
}

/// Whether a value may be an address, and whether it may be an identity.
fn guess(person: &str) -> (bool, bool) {
    let is_number =
        |text: &str| text.strip_prefix('+').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_number(person) || CHANNELS.iter().any(|channel| person.starts_with(channel)) {
        (true, false)
    } else {
        (person.contains('@'), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_an_address_or_an_identity_by_its_form() {
        for address in ["+15551230001", "whatsapp:+15551230001", "messenger:123"] {
            assert_eq!(guess(address), (true, false), "{address}");
        }
        for identity in ["alice", "15551230001", "+", "+alice", "a:b", ""] {
            assert_eq!(guess(identity), (false, true), "{identity}");
        }
        assert_eq!(guess("alice@shop.com"), (true, true));
    }
}
