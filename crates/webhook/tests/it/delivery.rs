//! Deliveries of one event, and dropping all but the first.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use twilio_conversations_webhook::{Delivery, Event, Fields, FromFields, IdempotencyToken, RecentEvents, SeenEvents};

fn token(text: &str) -> IdempotencyToken {
    IdempotencyToken::new(text).unwrap()
}

fn delivery(tokens: &[&[u8]], retry_count: Option<&str>) -> Delivery {
    let mut headers = HeaderMap::new();
    for token in tokens {
        headers.append("I-Twilio-Idempotency-Token", HeaderValue::from_bytes(token).unwrap());
    }
    Delivery::new(&headers, &retry_count.map(|count| ("RetryCount", count)).into_iter().collect::<Fields>())
}

#[test]
fn token_and_count_are_read_where_they_are_whole() {
    let first = delivery(&[b"1f0e"], Some("0"));
    assert_eq!(first.idempotency_token().map(IdempotencyToken::as_str), Some("1f0e"));
    assert_eq!((first.retry_count(), first.is_retry()), (Some(0), false));
    let second = delivery(&[], Some("1"));
    assert_eq!(second.idempotency_token(), None);
    assert!(second.is_retry());
}

#[test]
fn odd_tokens_and_counts_count_as_absent() {
    let odd: [&[&[u8]]; 6] = [&[], &[b""], &[b"a", b"a"], &[b"a b"], &[b"\xff"], &[&[b'a'; 129]]];
    for tokens in odd {
        assert_eq!(delivery(tokens, None).idempotency_token(), None, "{tokens:?}");
    }
    for count in [None, Some(""), Some("-1"), Some("x"), Some("4294967296")] {
        let delivery = delivery(&[], count);
        assert_eq!((delivery.retry_count(), delivery.is_retry()), (None, false), "{count:?}");
    }
}

#[test]
fn the_count_of_a_delivery_is_that_of_its_event() {
    for counts in [&["1"][..], &["x", "2"], &["3", "4"], &[""], &[]] {
        for event_type in ["onMessageAdded", "onInventedAdded"] {
            let fields = counts.iter().map(|count| ("RetryCount", *count)).chain([("EventType", event_type)]);
            let fields = Fields::from_iter(fields);
            let delivery = Delivery::new(&HeaderMap::new(), &fields);
            assert_eq!(Event::from_fields(fields).unwrap().retry_count(), delivery.retry_count(), "{counts:?}");
        }
    }
}

#[tokio::test]
async fn a_token_is_claimed_once_until_it_is_released() {
    let seen = RecentEvents::new(8);
    assert!(seen.claim(&token("a")).await.unwrap());
    assert!(!seen.claim(&token("a")).await.unwrap());
    assert!(seen.claim(&token("b")).await.unwrap());
    seen.release(&token("a")).await.unwrap();
    seen.release(&token("never-seen")).await.unwrap();
    assert!(seen.claim(&token("a")).await.unwrap());
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn a_full_store_forgets_the_oldest_and_never_grows() {
    let seen = RecentEvents::new(3);
    for number in 0..100 {
        assert!(seen.claim(&token(&number.to_string())).await.unwrap());
        assert!(seen.len() <= 3);
    }
    for number in 97..100 {
        assert!(!seen.claim(&token(&number.to_string())).await.unwrap());
    }
    assert!(seen.claim(&token("96")).await.unwrap());
    let least = RecentEvents::new(0);
    assert!(least.claim(&token("a")).await.unwrap());
    assert!(!least.claim(&token("a")).await.unwrap());
}

#[tokio::test]
async fn a_token_claimed_anew_is_as_young_as_its_last_claim() {
    let seen = RecentEvents::new(3);
    for text in ["a", "b"] {
        assert!(seen.claim(&token(text)).await.unwrap());
    }
    seen.release(&token("a")).await.unwrap();
    assert!(seen.claim(&token("a")).await.unwrap());
    // The next claim pushes the first claim of `a` out, and not `a`.
    assert!(seen.claim(&token("c")).await.unwrap());
    assert!(!seen.claim(&token("a")).await.unwrap());
    for round in 0..1000 {
        seen.release(&token("a")).await.unwrap();
        assert!(seen.claim(&token("a")).await.unwrap(), "{round}");
        assert!(seen.len() <= 3);
    }
}

#[tokio::test]
async fn a_store_in_a_box_or_shared_is_the_same_store() {
    fn store(seen: impl SeenEvents + 'static) -> Box<dyn SeenEvents> {
        Box::new(seen)
    }
    let shared: Arc<dyn SeenEvents> = Arc::new(RecentEvents::new(8));
    let (one, other) = (store(Arc::clone(&shared)), store(store(shared)));
    assert!(one.claim(&token("a")).await.unwrap());
    assert!(!other.claim(&token("a")).await.unwrap());
    other.release(&token("a")).await.unwrap();
    assert!(one.claim(&token("a")).await.unwrap());
}

#[test]
fn of_many_deliveries_at_once_one_is_the_first() {
    let seen: Arc<dyn SeenEvents> = Arc::new(RecentEvents::new(1000));
    let firsts: usize = std::thread::scope(|scope| {
        let worker = || {
            let seen = seen.clone();
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let claims = (0..500).map(|number| token(&number.to_string()));
                claims.filter(|token| runtime.block_on(seen.claim(token)).unwrap()).count()
            }
        };
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(worker())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(firsts, 500);
}
