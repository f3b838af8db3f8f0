//! Responses to webhooks: accept, reject, or change the fields of a pre-event.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};

/// The response to a webhook: a status, and for a change a JSON body.
///
/// Only responses to pre-event webhooks have an effect. [`accept`](Self::accept) acknowledges a post-event.
///
/// | Response | Effect, by Twilio's documentation |
/// |---|---|
/// | [`accept`](Self::accept): 200, empty | the action goes on unchanged |
/// | [`modify`](Self::modify): 200, JSON | the action goes on with the fields replaced; those left out keep their values; an invalid value is an error of the action's caller |
/// | [`reject`](Self::reject): 4xx | the action is rejected |
/// | 5xx | the action is rejected |
/// | none within 5 seconds | the action goes on unchanged; see [`Deadline`](crate::Deadline) |
///
/// ```
/// use http::StatusCode;
/// use twilio_conversations_webhook::{MessageChange, Reply};
///
/// let reply = Reply::modify(MessageChange::new().body("[removed]"));
/// assert_eq!(reply.status(), StatusCode::OK);
/// assert_eq!(reply.content_type(), Some("application/json"));
/// assert_eq!(reply.body(), r#"{"body":"[removed]"}"#);
///
/// assert_eq!(Reply::reject().status(), StatusCode::FORBIDDEN);
/// assert_eq!(Reply::reject_with(StatusCode::CONFLICT)?.status(), StatusCode::CONFLICT);
/// assert!(Reply::reject_with(StatusCode::FOUND).is_err());
/// # Ok::<(), twilio_conversations_webhook::InvalidStatus>(())
/// ```
///
/// It converts into a response of `http`:
///
/// ```
/// use twilio_conversations_webhook::Reply;
///
/// let response: http::Response<String> = Reply::accept().into();
/// assert_eq!(response.status(), 200);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a reply does nothing until it is sent"]
pub struct Reply {
    status: StatusCode,
    body: String,
}

impl Reply {
    /// Lets the action go on unchanged: status 200, no body.
    pub fn accept() -> Self {
        Self { status: StatusCode::OK, body: String::new() }
    }

    /// Rejects the action: status 403.
    pub fn reject() -> Self {
        Self { status: StatusCode::FORBIDDEN, body: String::new() }
    }

    /// Rejects the action with another status, 400 to 499.
    ///
    /// Twilio documents "40x". Avoid 401, after which Twilio repeats the call with the credentials of the URL, and 429,
    /// which may cause a retry.
    ///
    /// # Errors
    ///
    /// A status outside 400 to 499.
    pub fn reject_with(status: StatusCode) -> Result<Self, InvalidStatus> {
        if status.is_client_error() { Ok(Self { status, body: String::new() }) } else { Err(InvalidStatus { status }) }
    }

    /// Lets the action go on with some of its fields changed: status 200, JSON body.
    ///
    /// The change must be one that the event allows. [`Answer`] lets the compiler check that.
    pub fn modify(change: impl Change) -> Self {
        Self { status: StatusCode::OK, body: Value::Object(change.into_fields()).to_string() }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the content type: `application/json`, none without a body.
    pub fn content_type(&self) -> Option<&'static str> {
        (!self.body.is_empty()).then_some("application/json")
    }

    /// Returns the body, empty if there is none.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl<B: From<String>> From<Reply> for http::Response<B> {
    fn from(reply: Reply) -> Self {
        let content_type = reply.content_type();
        let mut response = Self::new(B::from(reply.body));
        *response.status_mut() = reply.status;
        if let Some(content_type) = content_type {
            let value = http::HeaderValue::from_static(content_type);
            response.headers_mut().insert(http::header::CONTENT_TYPE, value);
        }
        response
    }
}

/// The changes that the response to a pre-event may make.
///
/// Implemented by types such as [`MessageChange`](crate::MessageChange), and by [`NoChange`].
pub trait Change: sealed::Sealed {
    #[doc(hidden)]
    fn into_fields(self) -> Map<String, Value>;
}

pub(crate) mod sealed {
    #[allow(unnameable_types, reason = "that is how it seals `Change`")]
    pub trait Sealed {}
    impl Sealed for crate::NoChange {}
}

/// Defines a change with a setter for each field. A field's name is its name in the response.
macro_rules! change {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $ty:ty,)+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, Eq, PartialEq)]
        #[must_use = "a change does nothing until it is sent in a reply"]
        pub struct $name {
            fields: Map<String, Value>,
        }

        impl $name {
            /// Starts a change of nothing.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[doc = $field_doc])+
                pub fn $field(mut self, $field: impl Into<$ty>) -> Self {
                    let text: $ty = $field.into();
                    self.fields.insert(stringify!($field).to_owned(), Value::String(text.to_string()));
                    self
                }
            )+
        }

        impl crate::reply::sealed::Sealed for $name {}

        impl Change for $name {
            fn into_fields(self) -> Map<String, Value> {
                self.fields
            }
        }
    };
}

pub(crate) use change;

/// The change of pre-events that allow none: there is no such value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoChange {}

impl Change for NoChange {
    fn into_fields(self) -> Map<String, Value> {
        match self {}
    }
}

/// A pre-event, whose response may reject the action or make a [`Change`](Self::Change).
///
/// Post-events do not implement it.
///
/// ```
/// use twilio_conversations_webhook::{Event, MessageChange, PreEvent, Reply};
///
/// fn respond(event: &Event) -> Reply {
///     match event {
///         Event::MessageAdd(message) => message.modify(MessageChange::new().author("support")),
///         Event::ParticipantAdd(_) => Reply::reject(),
///         _ => Reply::accept(),
///     }
/// }
///
/// let event = Event::from_pairs([("EventType", "onMessageAdd")])?;
/// assert_eq!(respond(&event).body(), r#"{"author":"support"}"#);
/// # Ok::<(), twilio_conversations_webhook::NoEventType>(())
/// ```
///
/// A post-event cannot be modified:
///
/// ```compile_fail,E0599
/// # use twilio_conversations_webhook::{MessageChange, PreEvent, Reply, events::MessageAdded};
/// fn respond(message: &MessageAdded) -> Reply {
///     message.modify(MessageChange::new().author("support"))
/// }
/// ```
pub trait PreEvent {
    /// The changes that the response may make.
    type Change: Change;

    /// Lets the action go on with some of its fields changed, as [`Reply::modify`]: fields that this event allows to
    /// change.
    fn modify(&self, change: Self::Change) -> Reply {
        Reply::modify(change)
    }
}

/// An answer to a pre-event that allows the changes `C`, for handlers of one kind of event.
///
/// ```
/// use twilio_conversations_webhook::{Answer, ConversationChange, MessageChange, NoChange, Reply};
///
/// fn on_message_add(body: &str) -> Answer<MessageChange> {
///     match body {
///         "" => Answer::reject(),
///         shout if shout.ends_with('!') => MessageChange::new().body(shout.trim_end_matches('!')).into(),
///         _ => Answer::accept(),
///     }
/// }
///
/// assert_eq!(Reply::from(on_message_add("hello!!")).body(), r#"{"body":"hello"}"#);
/// assert_eq!(Reply::from(on_message_add("")).status(), 403);
/// ```
///
/// A conversation's change does not fit a message:
///
/// ```compile_fail,E0308
/// # use twilio_conversations_webhook::{Answer, ConversationChange, MessageChange};
/// fn on_message_add() -> Answer<MessageChange> {
///     Answer::modify(ConversationChange::new().friendly_name("Support"))
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "an answer does nothing until it is sent"]
pub struct Answer<C> {
    kind: AnswerKind<C>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum AnswerKind<C> {
    Modify(C),
    Plain(Reply),
}

impl<C: Change> Answer<C> {
    /// Lets the action go on unchanged.
    pub fn accept() -> Self {
        Self { kind: AnswerKind::Plain(Reply::accept()) }
    }

    /// Rejects the action: status 403.
    pub fn reject() -> Self {
        Self { kind: AnswerKind::Plain(Reply::reject()) }
    }

    /// Rejects the action with another status, 400 to 499. See [`Reply::reject_with`].
    ///
    /// # Errors
    ///
    /// A status outside 400 to 499.
    pub fn reject_with(status: StatusCode) -> Result<Self, InvalidStatus> {
        Ok(Self { kind: AnswerKind::Plain(Reply::reject_with(status)?) })
    }

    /// Lets the action go on with some of its fields changed.
    pub fn modify(change: C) -> Self {
        Self { kind: AnswerKind::Modify(change) }
    }
}

impl<C: Change> From<C> for Answer<C> {
    fn from(change: C) -> Self {
        Self::modify(change)
    }
}

impl<C: Change> From<Answer<C>> for Reply {
    fn from(answer: Answer<C>) -> Self {
        match answer.kind {
            AnswerKind::Modify(change) => Self::modify(change),
            AnswerKind::Plain(reply) => reply,
        }
    }
}

/// A handler that returns nothing accepts.
impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::accept()
    }
}

/// A status that does not reject an action.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidStatus {
    status: StatusCode,
}

impl fmt::Display for InvalidStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rejecting a webhook: status {} is not between 400 and 499", self.status.as_u16())
    }
}

impl Error for InvalidStatus {}
