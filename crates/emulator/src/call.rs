//! A call of the API on its way through the emulator: what came in, what is acted on, what goes out.

use std::cell::{Cell, RefCell};

use rusqlite::Connection;

use crate::account::Account;
use crate::error::{Refusal, Stop};
use crate::render::{Item, View};
use crate::settings::Settings;
use crate::sid;
use crate::spec::{Fields, Operation, PathValues};
use crate::time::{Millis, parse_date_time};
use crate::webhook::{Answer, Question};

/// A request that was found to be well-formed.
pub(crate) struct Input<'r> {
    pub(crate) operation: &'static Operation,
    /// The path as it was sent.
    pub(crate) raw_path: &'r str,
    pub(crate) path: PathValues<'r>,
    pub(crate) query: Fields,
    pub(crate) form: Fields,
    /// SID of the account, if a chat user's call named it.
    pub(crate) named_account: Option<String>,
    /// Scheme and host, as the caller named them, and what stood before the path.
    pub(crate) origin: String,
}

/// Who does something, and whether webhooks hear of it.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// `API`, `SDK`, or the channel that a message came by.
    pub(crate) source: String,
    /// The user, if a chat SDK acts.
    pub(crate) identity: Option<String>,
    /// Whether webhooks fire.
    pub(crate) reports: bool,
    /// Whether pre-event webhooks are asked.
    pub(crate) asks: bool,
}

/// What every change of state happens with.
pub(crate) struct Turn<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) account: &'a Account,
    pub(crate) now: Millis,
    pub(crate) settings: &'a Settings,
    pub(crate) actor: &'a Actor,
    pub(crate) action: &'a Action,
    pub(crate) signals: &'a Signals,
}

/// What stays as it is, however often the work of one action begins again because a pre-event webhook had to be asked.
#[derive(Debug)]
pub(crate) struct Action {
    /// When it was begun.
    pub(crate) begun: Millis,
    /// What pre-event webhooks were asked so far, and what they said.
    pub(crate) answers: Vec<(Question, Answer)>,
    /// SIDs that were drawn so far.
    sids: Vec<String>,
}

/// What a turn leaves behind beside its result.
#[derive(Default)]
pub(crate) struct Signals {
    /// How many answers of pre-event webhooks were used.
    pub(crate) answered: Cell<usize>,
    /// Lanes that webhooks wait in, to be sent when the turn is done.
    pub(crate) lanes: RefCell<Vec<String>>,
    /// SIDs that were drawn.
    drawn: RefCell<Vec<String>>,
    /// Whether a conversation's timers changed.
    pub(crate) rescheduled: Cell<bool>,
}

/// A request being handled.
pub(crate) struct Call<'a> {
    pub(crate) turn: Turn<'a>,
    pub(crate) input: &'a Input<'a>,
    pub(crate) view: View<'a>,
}

/// What the caller gets.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Actor {
    /// Someone who calls the REST API, and says whether webhooks are to hear of it.
    pub(crate) fn rest(reports: bool, settings: &Settings) -> Self {
        Self { source: "API".to_owned(), identity: None, reports, asks: settings.pre_hooks_for_rest }
    }

    /// A chat user, by an SDK.
    pub(crate) fn sdk(identity: &str) -> Self {
        Self { source: "SDK".to_owned(), identity: Some(identity.to_owned()), reports: true, asks: true }
    }

    /// A person on a channel such as `SMS`.
    pub(crate) fn channel(source: &str) -> Self {
        Self { source: source.to_owned(), identity: None, reports: true, asks: true }
    }

    /// The emulator's clock.
    pub(crate) fn timer() -> Self {
        Self { source: "API".to_owned(), identity: None, reports: true, asks: false }
    }
}

impl Action {
    pub(crate) fn begin(now: Millis) -> Self {
        Self { begun: now, answers: Vec::new(), sids: Vec::new() }
    }

    /// Keeps what an attempt drew, for the next.
    pub(crate) fn keep(&mut self, signals: Signals) {
        for sid in signals.drawn.into_inner() {
            if !self.sids.contains(&sid) {
                self.sids.push(sid);
            }
        }
    }
}

impl Turn<'_> {
    /// Whether pre-event webhooks are asked, so that the work may begin again.
    pub(crate) fn asks(&self) -> bool {
        self.actor.reports && self.actor.asks
    }

    /// The date of a change, and of the item from then on: when its action was begun, whenever the answer of a pre-event
    /// webhook comes that is told of it. But no change is dated before the last one.
    pub(crate) fn dated(&self, last: Millis) -> Millis {
        self.action.begun.max(last.min(self.now))
    }

    /// The date of a change that a request makes: what it says itself, else [`dated`](Self::dated).
    pub(crate) fn date_updated(&self, form: &Fields, last: Millis) -> Millis {
        form.text("DateUpdated").and_then(parse_date_time).unwrap_or_else(|| self.dated(last))
    }

    /// A new SID. It is the same when the work begins again, since a pre-event webhook may have been told of it.
    pub(crate) fn new_sid(&self, prefix: &str) -> String {
        if !self.asks() {
            return sid::new_sid(prefix);
        }
        let mut drawn = self.signals.drawn.borrow_mut();
        let alike = |sid: &&String| sid.starts_with(prefix);
        let before = drawn.iter().filter(alike).count();
        let known = self.action.sids.iter().filter(alike).nth(before);
        let sid = known.cloned().unwrap_or_else(|| sid::new_sid(prefix));
        drawn.push(sid.clone());
        sid
    }
}

impl<'a> Call<'a> {
    /// A value in the path, by its name in the specification.
    pub(crate) fn path(&self, name: &str) -> Option<&'a str> {
        let index = self.input.operation.path.iter().position(|parameter| *parameter.name == *name)?;
        Some(self.input.path.get(index))
    }

    /// The last value in the path: the item that is asked for.
    pub(crate) fn last(&self) -> &'a str {
        self.input.path.get(self.input.operation.path.len() - 1)
    }

    pub(crate) fn form(&self) -> &'a Fields {
        &self.input.form
    }

    pub(crate) fn query(&self) -> &'a Fields {
        &self.input.query
    }

    /// The refusal of a path that names something that isn't there.
    pub(crate) fn not_found(&self) -> Stop {
        Refusal::not_found(self.input.raw_path).into()
    }

    /// The answer that holds one item.
    pub(crate) fn item(&self, item: &dyn Item) -> Reply {
        let mut body = Vec::with_capacity(1024);
        if let Some(shape) = &self.input.operation.shape {
            shape.write(&mut body, &self.view, item);
        }
        Reply { status: self.input.operation.success, body }
    }

    /// The answer without content.
    pub(crate) fn empty(&self) -> Reply {
        Reply { status: self.input.operation.success, body: Vec::new() }
    }
}
