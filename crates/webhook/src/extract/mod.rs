//! Axum extractors: a verified body, verified fields, typed events.

mod body;
mod rejection;

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

pub(crate) use self::rejection::Causes;
pub use self::rejection::SignedRejection;
use crate::{
    Answer, Change, Delivery, Fields, FromFields, Payload, Reply, SignatureError, SignatureErrorKind, Verified,
    Verifier,
};

/// Extracts a value from a webhook after its signature was verified.
///
/// The [`Verifier`] comes from the router's state. GET requests and form posts work alike, so put the handler on `any`: a
/// webhook whose `method` was never set may come by GET, and other methods get 405 here. In nested routers, the URL is the
/// one that the outermost router received.
///
/// The body is read up to [`Verifier::body_limit`] bytes within [`Verifier::body_timeout`]; `DefaultBodyLimit` has no
/// effect. See [`SignedRejection`] for the responses to requests that are rejected, and for what is logged of them.
///
/// # Panics
///
/// Outside a tokio runtime with its timer enabled, if the body is not available at once.
///
/// ```
/// use axum::{Router, routing::any};
/// use twilio_conversations_webhook::{Fields, Reply, Signed, Verifier};
///
/// async fn on_event(Signed(fields): Signed<Fields>) -> Reply {
///     match fields.get("Body") {
///         Some(body) if body.contains("spam") => Reply::reject(),
///         _ => Reply::accept(),
///     }
/// }
///
/// let verifier = Verifier::builder("auth token").public_url("https://example.com/hooks").build()?;
/// let app: Router = Router::new().route("/hooks", any(on_event)).with_state(verifier);
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// A larger state contains the verifier:
///
/// ```
/// use axum::extract::FromRef;
/// use twilio_conversations_webhook::Verifier;
///
/// #[derive(Clone)]
/// struct AppState {
///     verifier: Verifier,
/// }
///
/// impl FromRef<AppState> for Verifier {
///     fn from_ref(state: &AppState) -> Self {
///         state.verifier.clone()
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Signed<T>(pub T);

impl<S, T> FromRequest<S> for Signed<T>
where
    S: Send + Sync,
    T: FromFields,
    Verifier: FromRef<S>,
{
    type Rejection = SignedRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, SignedRejection> {
        Delivered::from_request(request, state).await.map(|delivered| Self(delivered.event))
    }
}

/// Extracts a value as [`Signed`] does, and the idempotency token and retry count of its delivery.
///
/// ```
/// use twilio_conversations_webhook::{Delivered, Fields, Reply};
///
/// async fn on_event(Delivered { event, delivery, .. }: Delivered<Fields>) -> Reply {
///     if delivery.is_retry() {
///         println!("repeated: {:?}", event.get("EventType"));
///     }
///     Reply::accept()
/// }
/// # let _ = on_event;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivered<T> {
    /// The value that was read from the verified fields.
    pub event: T,
    /// The idempotency token and the retry count.
    pub delivery: Delivery,
}

impl<S, T> FromRequest<S> for Delivered<T>
where
    S: Send + Sync,
    T: FromFields,
    Verifier: FromRef<S>,
{
    type Rejection = SignedRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, SignedRejection> {
        let read = |(fields, delivery)| match T::from_fields(fields) {
            Ok(event) => Ok(Self { event, delivery }),
            Err(error) => Err(SignedRejection::Fields(error.into())),
        };
        receive(request, &Verifier::from_ref(state)).await.and_then(read).inspect_err(SignedRejection::trace)
    }
}

/// Extracts the raw body of a webhook after its signature was verified: JSON, with `bodySHA256` in the URL, or a form,
/// verbatim.
///
/// ```
/// use twilio_conversations_webhook::{Reply, SignedBody};
///
/// async fn on_json(SignedBody(body): SignedBody) -> Reply {
///     match serde_json::from_slice::<serde_json::Value>(&body) {
///         Ok(_) => Reply::accept(),
///         Err(_) => Reply::reject(),
///     }
/// }
/// # let _ = on_json;
/// ```
#[derive(Clone, Debug)]
pub struct SignedBody(pub Bytes);

impl<S> FromRequest<S> for SignedBody
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = SignedRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, SignedRejection> {
        let verified = verified(request, &Verifier::from_ref(state)).await.inspect_err(SignedRejection::trace);
        verified.map(|(_, _, body)| Self(body))
    }
}

/// Checks a request and reads its fields.
pub(crate) async fn receive(request: Request, verifier: &Verifier) -> Result<(Fields, Delivery), SignedRejection> {
    let (verified, headers, _) = verified(request, verifier).await?;
    if verified.payload() == Payload::Hashed {
        return Err(SignatureError::from(SignatureErrorKind::UnsupportedContentType).into());
    }
    let fields = verified.into_fields();
    let delivery = Delivery::new(&headers, &fields);
    Ok((fields, delivery))
}

async fn verified(request: Request, verifier: &Verifier) -> Result<(Verified, HeaderMap, Bytes), SignedRejection> {
    let (parts, body) = request.into_parts();
    // A request that cannot be verified whatever its body is gets no time.
    verifier.precheck(&parts.method, &parts.headers)?;
    let body = body::read(body, verifier.body_limit(), verifier.body_timeout()).await?;
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let verified = verifier.verify(&parts.method, uri, &parts.headers, &body)?;
    Ok((verified, parts.headers, body))
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        self.into()
    }
}

impl<C: Change> IntoResponse for Answer<C> {
    fn into_response(self) -> Response {
        Reply::from(self).into()
    }
}
