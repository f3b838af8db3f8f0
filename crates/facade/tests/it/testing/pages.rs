//! Lists on a mock: pages that link to each other.

use serde_json::json;
use twilio_conversations::{MessageSid, testing::MockTransport, v1::Conversation};

use super::{ONE, end_of, named};

fn conversations(names: &[&str]) -> Vec<Conversation> {
    names.iter().map(|name| named(ONE, name)).collect()
}

fn names(items: &[Conversation]) -> Vec<&str> {
    items.iter().map(|item| item.friendly_name.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn the_only_page_of_a_list_has_its_items_and_no_next_page() {
    let mock = MockTransport::new();
    mock.expect("ListConversation").respond_page(conversations(&["a", "b"]));
    mock.expect("ListConversation").respond_page(Vec::<Conversation>::new());
    mock.expect("ListConversation").respond_pages(Vec::<Vec<Conversation>>::new());
    let client = mock.client();
    let page = client.conversations().list().page_size(7).await.unwrap();
    assert_eq!((names(&page), page.has_next()), (vec!["a", "b"], false));
    let meta = page.meta().unwrap();
    assert_eq!((meta.page, meta.page_size, meta.key.as_deref()), (Some(0), Some(7), Some("conversations")));
    for _ in 0..2 {
        let page = client.conversations().list().await.unwrap();
        assert!(page.is_empty() && !page.has_next());
    }
}

#[tokio::test]
async fn the_items_of_lists_are_under_the_documented_name_of_each() {
    let mock = MockTransport::new();
    mock.expect("ListConversationMessageReceipt")
        .respond_page([json!({ "sid": "DYaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })]);
    mock.expect("ListService").respond_page([json!({ "sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })]);
    mock.expect("ListUserConversation").respond_page([json!({ "conversation_sid": ONE })]);
    let client = mock.client();
    let message = client.conversation(ONE).message("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<MessageSid>().unwrap());
    assert_eq!(message.delivery_receipts().list().await.unwrap().len(), 1);
    assert_eq!(client.services().list().await.unwrap().len(), 1);
    let joined = client.user("ann").user_conversations().list().await.unwrap();
    assert_eq!(joined[0].conversation_sid.as_ref().unwrap(), ONE);
    mock.assert_done();
}

#[tokio::test]
async fn a_stream_goes_through_all_pages_with_the_query_of_the_first() {
    let mock = MockTransport::new();
    let pages = [conversations(&["a", "b"]), conversations(&["c"]), conversations(&["d"])];
    mock.expect("ListConversation").query([("PageSize", "2"), ("State", "active")]).respond_pages(pages);
    mock.expect("DeleteConversation").times(4).respond_empty();
    let client = mock.client();
    let mut stream = client.conversations().list().page_size(2).state("active").stream();
    let mut found = Vec::new();
    while let Some(item) = stream.try_next().await.unwrap() {
        // A call between two pages.
        client.conversation(&item.sid).delete().await.unwrap();
        found.push(item);
    }
    assert_eq!(names(&found), ["a", "b", "c", "d"]);
    mock.assert_done();
    let lists: Vec<_> = mock.requests().into_iter().filter(|request| request.operation == "ListConversation").collect();
    let pages: Vec<_> = lists.iter().map(|request| request.query_value("Page")).collect();
    assert_eq!(pages, [None, Some("1"), Some("2")]);
}

#[tokio::test]
async fn two_walks_through_one_list_or_two_do_not_mix() {
    let mock = MockTransport::new();
    mock.expect("ListConversation").respond_pages([conversations(&["a1"]), conversations(&["a2"])]);
    mock.expect("ListConversation").times(2).respond_pages([conversations(&["b1"]), conversations(&["b2"])]);
    let client = mock.client();
    let mut first = Vec::new();
    for _ in 0..3 {
        first.push(client.conversations().list().await.unwrap());
    }
    first.rotate_left(1);
    let mut found = Vec::new();
    for page in &first {
        let next = page.next().await.unwrap().unwrap();
        assert!(!next.has_next());
        found.push((names(page).join(""), names(&next).join("")));
    }
    let expected = [("b1", "b2"), ("b1", "b2"), ("a1", "a2")];
    assert_eq!(found, expected.map(|(page, next)| (page.to_owned(), next.to_owned())));
    mock.assert_done();
}

#[tokio::test]
async fn a_page_that_is_not_fetched_is_left() {
    let mock = MockTransport::new();
    mock.expect("ListConversation").respond_pages([conversations(&["a"]), conversations(&["b"])]);
    let items = mock.client().conversations().list().limit(1).stream().try_collect().await.unwrap();
    assert_eq!(names(&items), ["a"]);
    assert_eq!(end_of(mock), "MockTransport: calls expected and not made: ListConversation (any path, page 2)");
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_list_is_an_expectation_of_its_own() {
    let mock = MockTransport::new();
    let next = "https://conversations.twilio.com/v1/Conversations?Page=1&PageToken=PAx";
    let body =
        json!({ "conversations": conversations(&["a"]), "meta": { "key": "conversations", "next_page_url": next } });
    mock.expect("ListConversation").respond(&body);
    mock.expect("ListConversation").query([("PageToken", "PAx")]).respond_error(500, 20500.into(), "oh no");
    let mut stream = mock.client().conversations().list().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().friendly_name.as_deref(), Some("a"));
    assert_eq!(stream.try_next().await.unwrap_err().status().unwrap().as_u16(), 500);
}
