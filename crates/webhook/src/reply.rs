//! Responses to webhooks: accept, reject, or change what a pre-event reports.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};

/// The answer to a webhook: a status, and for a change a JSON body.
///
/// Only pre-event webhooks are answered with anything but [`accept`](Self::accept); what is sent in answer to a
/// post-event webhook has no effect.
///
/// | Answer | What Twilio does, by its documentation |
/// |---|---|
/// | [`accept`](Self::accept): 200, empty | the action goes on unchanged |
/// | [`modify`](Self::modify): 200, JSON | the action goes on with the fields replaced; those left out keep their values; a bad value is reported to whoever asked for the action |
/// | [`reject`](Self::reject): 4xx | the action is refused |
/// | 5xx | the action is refused |
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
/// Without a framework, turn it into an `http` response:
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

    /// Refuses the action: status 403.
    pub fn reject() -> Self {
        Self { status: StatusCode::FORBIDDEN, body: String::new() }
    }

    /// Refuses the action with another status, 400 to 499.
    ///
    /// Twilio documents "40x". Two statuses mean something else on the way: after a 401 the call is repeated with
    /// credentials if the URL holds some, and 429 may be taken as a request to try again.
    ///
    /// # Errors
    ///
    /// A status outside 400 to 499.
    pub fn reject_with(status: StatusCode) -> Result<Self, InvalidStatus> {
        if status.is_client_error() { Ok(Self { status, body: String::new() }) } else { Err(InvalidStatus { status }) }
    }

    /// Lets the action go on with some of its fields changed: status 200, JSON body.
    ///
    /// Make sure that the change is one for the event at hand, or have it checked by the compiler with [`Answer`].
    pub fn modify(change: impl Change) -> Self {
        Self { status: StatusCode::OK, body: Value::Object(change.into_fields()).to_string() }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the content type: `application/json`, or none without a body.
    pub fn content_type(&self) -> Option<&'static str> {
        (!self.body.is_empty()).then_some("application/json")
    }

    /// Returns the body, empty where there is none.
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

/// What a pre-event webhook lets its answer change.
///
/// Implemented by the changes of this module, such as [`MessageChange`](crate::MessageChange), and by [`NoChange`].
pub trait Change: sealed::Sealed {
    #[doc(hidden)]
    fn into_fields(self) -> Map<String, Value>;
}

pub(crate) mod sealed {
    #[allow(unnameable_types, reason = "that is how it seals `Change`")]
    pub trait Sealed {}
    impl Sealed for crate::NoChange {}
}

/// Defines a change with a setter for each field, so that there are no others. A field's name is its name in the answer.
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

/// A pre-event: one whose webhook may refuse the action, and change what [`Change`](Self::Change) holds.
///
/// Post-events are not `PreEvent`, so there is no [`Answer`] to them.
///
/// ```
/// use twilio_conversations_webhook::{Event, MessageChange, PreEvent, Reply};
///
/// fn answer(event: &Event) -> Reply {
///     match event {
///         Event::MessageAdd(message) => message.modify(MessageChange::new().author("support")),
///         Event::ParticipantAdd(_) => Reply::reject(),
///         _ => Reply::accept(),
///     }
/// }
///
/// let event = Event::from_pairs([("EventType", "onMessageAdd")])?;
/// assert_eq!(answer(&event).body(), r#"{"author":"support"}"#);
/// # Ok::<(), twilio_conversations_webhook::NoEventType>(())
/// ```
///
/// What happened cannot be changed:
///
/// ```compile_fail,E0599
/// # use twilio_conversations_webhook::{MessageChange, PreEvent, Reply, events::MessageAdded};
/// fn answer(message: &MessageAdded) -> Reply {
///     message.modify(MessageChange::new().author("support"))
/// }
/// ```
pub trait PreEvent {
    /// What the answer may change.
    type Change: Change;

    /// Lets the action go on with some of its fields changed, as [`Reply::modify`] does, and only those that this event
    /// allows.
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
/// A conversation's change is no answer to a message:
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

    /// Refuses the action: status 403.
    pub fn reject() -> Self {
        Self { kind: AnswerKind::Plain(Reply::reject()) }
    }

    /// Refuses the action with another status, 400 to 499. See [`Reply::reject_with`].
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

/// A handler that returns nothing accepts, as handlers of post-events do.
impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::accept()
    }
}

/// A status that does not refuse an action.
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
