//! Axum extractors: a verified body, verified fields, typed events.

use std::error::Error;
use std::fmt;

use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, OriginalUri, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    Answer, Change, Delivery, FromFields, Payload, Reply, SignatureError, SignatureErrorKind, Verified, Verifier,
};

/// Extracts a value from a webhook after its signature was verified.
///
/// The [`Verifier`] comes from the router's state. GET requests and form posts work alike, in nested routers too: the
/// URL is the one that the outermost router saw. The body is read up to [`Verifier::body_limit`], whatever
/// `DefaultBodyLimit` says.
///
/// ```
/// use axum::{Router, routing::post};
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
/// let app: Router = Router::new().route("/hooks", post(on_event)).with_state(verifier);
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// A larger state tells where its verifier is:
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

/// Extracts a value as [`Signed`] does, and which delivery of it this is.
///
/// ```
/// use twilio_conversations_webhook::{Delivered, Fields, Reply};
///
/// async fn on_event(Delivered { event, delivery, .. }: Delivered<Fields>) -> Reply {
///     if delivery.is_retry() {
///         println!("again: {:?}", event.get("EventType"));
///     }
///     Reply::accept()
/// }
/// # let _ = on_event;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivered<T> {
    /// What was read from the verified fields.
    pub event: T,
    /// Which delivery of the event this is.
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
        let (verified, headers, _) = verified(request, &Verifier::from_ref(state)).await?;
        if verified.payload() == Payload::Hashed {
            return Err(SignatureError::from(SignatureErrorKind::UnsupportedContentType).into());
        }
        let fields = verified.into_fields();
        let delivery = Delivery::new(&headers, &fields);
        let event = T::from_fields(fields).map_err(|error| SignedRejection::Fields(error.into()))?;
        Ok(Self { event, delivery })
    }
}

/// Extracts the raw body of a webhook after its signature was verified, for bodies that are no form (commonly JSON, with
/// `bodySHA256` in the URL). The body of a form is given as it came.
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
        verified(request, &Verifier::from_ref(state)).await.map(|(_, _, body)| Self(body))
    }
}

async fn verified(request: Request, verifier: &Verifier) -> Result<(Verified, HeaderMap, Bytes), SignedRejection> {
    let (parts, body) = request.into_parts();
    // A caller who cannot even pretend to be signed need not be listened to.
    verifier.precheck(&parts.headers)?;
    let body = read(body, verifier.body_limit()).await?;
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let verified = verifier.verify(&parts.method, uri, &parts.headers, &body)?;
    Ok((verified, parts.headers, body))
}

async fn read(body: Body, limit: usize) -> Result<Bytes, SignedRejection> {
    let mut body = Limited::new(body, limit);
    let (mut only, mut all) = (Bytes::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(unreadable)?.into_data() else { continue };
        if only.is_empty() && all.is_empty() {
            only = data; // commonly the whole body, not worth a copy
        } else {
            // Each piece may hold a buffer many times its size: kept apart, tiny ones would cost a multiple of the limit.
            all.extend_from_slice(&std::mem::take(&mut only));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { only } else { all.into() })
}

fn unreadable(error: Box<dyn Error + Send + Sync>) -> SignedRejection {
    if error.is::<LengthLimitError>() {
        SignatureError::from(SignatureErrorKind::BodyTooLarge).into()
    } else {
        SignedRejection::Body(error)
    }
}

/// Why a request did not reach its handler.
///
/// As a response it is a status and one line of plain text, which repeats nothing of the request. The causes are in
/// [`source`](Error::source), for the program's own log.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignedRejection {
    /// The signature does not hold, or could not be checked: [`SignatureError::status`].
    Signature(SignatureError),
    /// The body could not be read: 400.
    Body(Box<dyn Error + Send + Sync>),
    /// The signature holds, but the fields are not those of the value asked for: 422.
    Fields(Box<dyn Error + Send + Sync>),
}

impl SignedRejection {
    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Signature(error) => error.status(),
            Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl fmt::Display for SignedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::Body(_) => f.write_str("reading a webhook: the body could not be read"),
            Self::Fields(_) => f.write_str("reading a webhook: the fields are not those of an event"),
        }
    }
}

impl Error for SignedRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Its text is shown as this error's own, so what follows is what is behind it.
            Self::Signature(error) => error.source(),
            Self::Body(error) | Self::Fields(error) => Some(&**error),
        }
    }
}

impl From<SignatureError> for SignedRejection {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl IntoResponse for SignedRejection {
    fn into_response(self) -> Response {
        (self.status(), self.to_string()).into_response()
    }
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
