//! Lists: a page is a value, a stream is a view of pages.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use http::Uri;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use twilio_conversations_types::v1::PageMeta;

use crate::{BoxFuture, Client, Error, Operation, Response, response::Raw};

/// The response to a list operation, as generated: items under a name of their own, and where the page is.
pub(crate) trait Listing: DeserializeOwned + 'static {
    type Item: Send + 'static;

    fn into_parts(self) -> (Vec<Self::Item>, Option<PageMeta>);
}

type FetchPage<T> = fn(Client, &'static Operation, String) -> BoxFuture<'static, Result<Response<Page<T>>, Error>>;

/// The page size to request where only a limit is set: no more than are wanted, and no more than the list allows.
pub(crate) fn page_size_for(limit: Option<usize>, page_size: Option<u32>, most: u32) -> Option<u32> {
    page_size.or_else(|| Some(u32::try_from(limit?).unwrap_or(most).clamp(1, most)))
}

/// Parameters that select the page. A stored token always decides them.
const PAGING: [&str; 3] = ["Page", "PageToken", "PageSize"];

/// The query that continues a list at a token of [`Page::next_token`], if an encoded query has one as its page token. The
/// vendor's own tokens do not begin with `?`.
pub(crate) fn continued_query(query: &str) -> Option<String> {
    let token = query.split('&').find_map(|pair| pair.strip_prefix("PageToken=%3F"))?;
    let next = decode(token);
    let own: Vec<&str> = query.split('&').filter(|pair| !PAGING.contains(&&*name(pair))).collect();
    // A token may come from a caller of the application, and cannot replace the filters that the application sets.
    let is_own = |pair: &&str| own.iter().any(|own| name(own).eq_ignore_ascii_case(&name(pair)));
    let kept = next.split('&').filter(|pair| !is_own(pair));
    Some(own.iter().copied().chain(kept).collect::<Vec<_>>().join("&"))
}

fn name(pair: &str) -> String {
    decode(pair.split_once('=').map_or(pair, |(name, _)| name))
}

fn decode(encoded: &str) -> String {
    percent_decode_str(&encoded.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// One page of a list.
///
/// It derefs to its items: `page.len()`, `page.iter()`, `page[0]`. [`next`](Self::next) fetches the page after it. Where
/// the list has a limit, it holds for this page and those after it together.
///
/// For tests of your own code, `Page::from(items)` makes a page that is the only one of its list.
///
/// ```
/// use twilio_conversations_client::Page;
///
/// let page = Page::from(vec!["a", "b"]);
/// assert_eq!(page.len(), 2);
/// assert!(!page.has_next());
/// ```
pub struct Page<T> {
    items: Vec<T>,
    /// How many items may come after this page; `None` where there is no limit.
    left: Option<usize>,
    /// Whether the limit removed items from this page.
    is_cut: bool,
    meta: Option<PageMeta>,
    /// Where the page came from; `None` for one that was made of items.
    source: Option<PageSource<T>>,
}

/// The client and operation that fetch the page after one.
struct PageSource<T> {
    operation: &'static Operation,
    client: Client,
    fetch: FetchPage<T>,
    /// The response, which an error about the link to the next page shows.
    raw: Raw,
}

impl<T> PageSource<T> {
    fn error(&self, problem: &str) -> Error {
        Error::paging(self.operation, self.raw.clone(), problem)
    }
}

impl<T: Send + 'static> Page<T> {
    pub(crate) fn new<L: Listing<Item = T>>(
        client: Client,
        operation: &'static Operation,
        response: Response<L>,
    ) -> Response<Self> {
        let raw = response.raw().clone();
        response.map(|listing| {
            let (items, meta) = listing.into_parts();
            let source = PageSource { operation, client, fetch: fetch_page::<L>, raw };
            Self { items, left: None, is_cut: false, meta, source: Some(source) }
        })
    }

    /// The page with no more items than the limit, which the pages after it share.
    pub(crate) fn limited(mut self, limit: Option<usize>) -> Self {
        self.is_cut = limit.is_some_and(|limit| limit < self.items.len());
        self.items.truncate(limit.unwrap_or(usize::MAX));
        self.left = limit.map(|limit| limit - self.items.len());
        self
    }

    /// Fetches the page after this one; `None` on the last page, and at the limit.
    ///
    /// The server's link is used for its path and query only: the request goes to the client's own base URL. After an
    /// error it can be called again, to continue where a list broke off.
    ///
    /// # Errors
    ///
    /// As the first page, and [`Error::Decode`] when the link cannot be followed.
    pub async fn next(&self) -> Result<Option<Self>, Error> {
        match self.next_page()? {
            Some((source, url)) => Ok(Some(self.fetch(source, url).await?)),
            None => Ok(None),
        }
    }

    /// Fetches the page at this URL as the one after this.
    fn fetch(&self, source: &PageSource<T>, url: String) -> BoxFuture<'static, Result<Self, Error>> {
        let (response, left) = ((source.fetch)(source.client.clone(), source.operation, url), self.left);
        Box::pin(async move { Ok(response.await?.into_inner().limited(left)) })
    }

    /// Where the next page is.
    fn next_page(&self) -> Result<Option<(&PageSource<T>, String)>, Error> {
        let Some((source, link)) = self.next_link() else { return Ok(None) };
        match own_url(source.client.base_url(), link) {
            Some(url) => Ok(Some((source, url))),
            None => Err(source.error("it has no path that could be followed")),
        }
    }
}

impl<T> Page<T> {
    /// The items of this page.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The items of this page, owned. [`take_items`](Self::take_items) keeps the page.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// Moves the items out of this page. The page is empty then, and [`next`](Self::next) can still be called.
    ///
    /// ```
    /// # async fn run(client: twilio_conversations_client::Client) -> Result<(), twilio_conversations_client::Error> {
    /// let mut page = client.conversations().list().await?;
    /// let conversations = page.take_items();
    /// let next = page.next().await?;
    /// # Ok(()) }
    /// ```
    pub fn take_items(&mut self) -> Vec<T> {
        std::mem::take(&mut self.items)
    }

    /// A token that continues the list after this page, in another process too: store it, and pass it to `page_token`
    /// of the same list's builder.
    ///
    /// It is the query of the server's link to the next page, from `?`, with the filters and the page size of this page.
    /// The page size replaces that of the builder that it is passed to. A filter that is set on that builder replaces the
    /// token's, so a token that a caller of the application sends cannot change it. A
    /// [limit](crate::v1::conversation::ListConversation::limit) is not part of it.
    ///
    /// How long a token is valid is not documented. The server responds to a token of another list, or to an unknown one,
    /// with an [`Error::Api`].
    ///
    /// `None` on the last page, and on a page that the limit cut short: the items cut off would be skipped.
    ///
    /// ```
    /// # async fn run(client: twilio_conversations_client::Client) -> Result<(), twilio_conversations_client::Error> {
    /// let page = client.conversations().list().page_size(20).await?;
    /// if let Some(token) = page.next_token() {
    ///     let next = client.conversations().list().page_token(token).await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn next_token(&self) -> Option<&str> {
        if self.is_cut {
            return None;
        }
        let link = self.meta.as_ref()?.next_page_url.as_deref()?;
        let link = link.split_once('#').map_or(link, |(link, _)| link);
        link.find('?').map(|start| &link[start..])
    }

    /// Where the page is in its list.
    pub fn meta(&self) -> Option<&PageMeta> {
        self.meta.as_ref()
    }

    /// Whether there is a page after this one: the server names it, and the limit is not reached.
    pub fn has_next(&self) -> bool {
        self.next_link().is_some()
    }

    fn next_link(&self) -> Option<(&PageSource<T>, &str)> {
        if self.left == Some(0) {
            return None;
        }
        let link = self.meta.as_ref()?.next_page_url.as_deref().filter(|link| !link.is_empty())?;
        Some((self.source.as_ref()?, link))
    }
}

/// The only page of a list.
impl<T> From<Vec<T>> for Page<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, left: None, is_cut: false, meta: None, source: None }
    }
}

/// The only page of a list.
impl<T> FromIterator<T> for Page<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<T> std::ops::Deref for Page<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("items", &self.items).field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// The link's path and query on our own base URL, whatever host the link names.
fn own_url(base_url: &str, link: &str) -> Option<String> {
    Some(format!("{base_url}{}", own_target(base_url, link)?))
}

/// The link's path and query below our own base URL.
pub(crate) fn own_target(base_url: &str, link: &str) -> Option<String> {
    let uri: Uri = link.parse().ok()?;
    let target = uri.path_and_query().filter(|target| target.path().len() > 1)?.as_str();
    let base: Uri = base_url.parse().ok()?;
    // Behind a prefix, a server may name its pages with the prefix or without it.
    let prefix = base.path().trim_end_matches('/');
    Some(target.strip_prefix(prefix).filter(|rest| rest.starts_with('/')).unwrap_or(target).to_owned())
}

fn fetch_page<L: Listing>(
    client: Client,
    operation: &'static Operation,
    url: String,
) -> BoxFuture<'static, Result<Response<Page<L::Item>>, Error>> {
    Box::pin(async move {
        let response: Response<L> = client.prepare(operation, url).send().await?.json()?;
        Ok(Page::new(client, operation, response))
    })
}

/// The items of a list, page after page. It ends with the last page, at the limit, or after the first error.
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) and [`try_collect`](Self::try_collect) need no other crate. Memory
/// holds one page, or two with [prefetch](Self::prefetch), however long the list is. To continue after an error, page
/// manually: [`Page::next`] can be called again.
#[must_use = "a stream does nothing until it is polled"]
pub struct ItemStream<T> {
    items: VecDeque<T>,
    source: Source<T>,
    prefetch: bool,
    loops: LoopDetector,
}

enum Source<T> {
    Fetching(BoxFuture<'static, Result<Page<T>, Error>>),
    Fetched(Result<Page<T>, Error>),
    /// The page whose items are being returned, without its items.
    Current(Page<T>),
    Done,
}

impl<T: Send + 'static> ItemStream<T> {
    pub(crate) fn new(first: BoxFuture<'static, Result<Page<T>, Error>>, limit: Option<usize>) -> Self {
        let source = if limit == Some(0) { Source::Done } else { Source::Fetching(first) };
        Self { items: VecDeque::new(), source, prefetch: false, loops: LoopDetector::default() }
    }

    /// Fetches the next page while the items of this one are returned. Off unless called.
    pub fn prefetch(mut self) -> Self {
        self.prefetch = true;
        self
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    ///
    /// When a page cannot be fetched or decoded, or the server names a page that it has named before. The items of the
    /// pages before it were returned; after the error the stream ends.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await.transpose()
    }

    /// All items that are left, in memory.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next).
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }

    /// Begins to fetch the page after the current one, if there is one and more items are wanted.
    fn advance(&mut self) -> Result<(), Error> {
        let Source::Current(page) = &self.source else { return Ok(()) };
        let Some((source, url)) = page.next_page()? else {
            self.source = Source::Done;
            return Ok(());
        };
        if self.loops.is_loop(&url) {
            return Err(source.error("it was named as the next page before"));
        }
        self.source = Source::Fetching(page.fetch(source, url));
        Ok(())
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Source::Fetching(page) = &mut self.source {
            self.source = Source::Fetched(ready!(page.as_mut().poll(cx)));
        }
        Poll::Ready(())
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<T, Error>>> {
        self.source = Source::Done;
        Poll::Ready(Some(Err(error)))
    }
}

impl<T: Send + 'static> Stream for ItemStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.items.pop_front() {
                if this.prefetch {
                    match this.advance() {
                        Ok(()) => _ = this.poll_source(cx),
                        // Reported once the items of this page are returned.
                        Err(error) => this.source = Source::Fetched(Err(error)),
                    }
                }
                return Poll::Ready(Some(Ok(item)));
            }
            if let Err(error) = this.advance() {
                return this.fail(error);
            }
            ready!(this.poll_source(cx));
            match std::mem::replace(&mut this.source, Source::Done) {
                Source::Fetched(Ok(mut page)) => {
                    this.items = std::mem::take(&mut page.items).into();
                    this.source = Source::Current(page);
                }
                Source::Fetched(Err(error)) => return this.fail(error),
                Source::Fetching(_) | Source::Current(_) | Source::Done => return Poll::Ready(None),
            }
        }
    }
}

impl<T> Unpin for ItemStream<T> {}

impl<T> fmt::Debug for ItemStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").field("buffered", &self.items.len()).finish_non_exhaustive()
    }
}

/// Brent's cycle detection: finds that links repeat, at whatever distance, and remembers one of them at a time.
#[derive(Default)]
struct LoopDetector {
    remembered: Option<String>,
    steps: u64,
    power: u64,
}

impl LoopDetector {
    fn is_loop(&mut self, link: &str) -> bool {
        if self.remembered.as_deref() == Some(link) {
            return true;
        }
        if self.steps == self.power {
            self.remembered = Some(link.to_owned());
            self.power = (self.power * 2).max(1);
            self.steps = 0;
        }
        self.steps += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_on_our_own_host_only() {
        let own = |link| own_url("http://127.0.0.1:4010", link);
        assert_eq!(
            own("https://evil.example/v1/Services?Page=1&PageToken=PAx").as_deref(),
            Some("http://127.0.0.1:4010/v1/Services?Page=1&PageToken=PAx")
        );
        assert_eq!(own("/v1/Services?Page=1").as_deref(), Some("http://127.0.0.1:4010/v1/Services?Page=1"));
        for bad in ["", "https://evil.example", "not a link", "\u{7f}"] {
            assert_eq!(own(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prefix_of_the_base_url_is_there_once() {
        let own = |link| own_url("http://proxy/twilio", link).unwrap();
        assert_eq!(own("http://proxy/twilio/v1/Services?Page=1"), "http://proxy/twilio/v1/Services?Page=1");
        assert_eq!(
            own("https://conversations.twilio.com/v1/Services?Page=1"),
            "http://proxy/twilio/v1/Services?Page=1"
        );
        assert_eq!(own("http://proxy/twiliov1"), "http://proxy/twilio/twiliov1");
    }

    #[test]
    fn links_that_repeat_are_found_at_any_distance() {
        for (lead, cycle) in [(0, 1), (0, 2), (3, 1), (5, 7), (100, 13)] {
            let mut detector = LoopDetector::default();
            let link = |i: usize| if i < lead { i } else { lead + (i - lead) % cycle }.to_string();
            let found = (0..).position(|i| detector.is_loop(&link(i))).unwrap();
            assert!(found >= lead && found < 4 * (lead + cycle), "lead {lead}, cycle {cycle}: found at {found}");
        }
        let mut detector = LoopDetector::default();
        assert!(!(0..10_000).any(|i| detector.is_loop(&i.to_string())));
    }
}
