//! One run of `listen`: points the webhooks at the server, serves until a signal, and restores them.

use std::time::Duration;

use super::{
    configuration::{Configuration, Scope, without_password},
    hold::{Hold, saved_scopes},
    relay::Relay,
    restore,
    server::Server,
};
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    record::Record,
    signals::Signals,
    terminal::Terminal,
};

/// Time for the requests that are being responded to when the command ends.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// A run of the command.
pub(super) struct Session {
    pub(super) scope: Scope,
    pub(super) terminal: Terminal,
}

impl Session {
    /// Receives events until a signal, and restores the webhooks.
    ///
    /// # Errors
    ///
    /// As of the command.
    pub(super) async fn run(
        self,
        context: &Context,
        server: Server,
        relay: &Relay,
        mut ours: Configuration,
    ) -> Result<()> {
        // An emulator of this command ends with it, so there is nothing to restore.
        let is_own = context.emulator().is_some();
        if !is_own {
            self.restore_others().await?;
        }
        let hold = if is_own { None } else { Some(Hold::take(self.scope.clone())?) };
        if let Some(hold) = &hold {
            restore::one(hold, &self.terminal).await?;
            let path = hold.beside("ndjson");
            relay.record_to(Record::open_bounded(&path)?, path);
        }
        let previous = self.scope.fetch().await?;
        complete(&mut ours, &previous, self.scope.service_sid.is_some());
        if !context.is_local()? {
            self.terminal.note(format!("now: {previous}"));
            let url = without_password(ours.pre_webhook_url.as_deref().unwrap_or_default());
            context.confirm(&format!("point the webhooks of {} at {url} until this command ends", self.scope))?;
        }
        // Up to here a signal ends the program at once, also while it waits for a confirmation.
        let mut signals = Signals::with_hangup()?;
        let result = self.point(hold.as_ref(), &server, &previous, &ours, &mut signals).await;
        let result = match result {
            Ok(()) => {
                self.ready(relay);
                self.listen(&server, relay, &mut signals).await
            }
            Err(failure) => Err(failure),
        };
        self.end(hold.as_ref(), &server, &mut signals, result).await
    }

    /// Points the webhooks at the server. A signal takes effect when the update is over, since a request that was given up
    /// could still be processed after the webhooks were restored.
    async fn point(
        &self,
        hold: Option<&Hold>,
        server: &Server,
        previous: &Configuration,
        ours: &Configuration,
        signals: &mut Signals,
    ) -> Result<()> {
        let scope = self.scope.clone();
        let pointed = async {
            match hold {
                Some(hold) => hold.point(previous, ours).await,
                None => scope.update(previous, ours).await.map(drop),
            }
        };
        let accept = server.run();
        tokio::pin!(pointed, accept);
        tokio::select! {
            pointed = &mut pointed => return pointed,
            () = &mut accept => {}
            () = signals.next() => {}
        }
        tokio::select! {
            pointed = pointed => pointed?,
            () = signals.next() => {}
        }
        Err(Failure::silent(Exit::Interrupted))
    }

    /// Restores what killed runs left of the account's other webhooks. Those of a run that goes on are left alone.
    async fn restore_others(&self) -> Result<()> {
        for service_sid in saved_scopes(self.scope.client.base_url(), &self.scope.account_sid)? {
            if service_sid == self.scope.service_sid {
                continue;
            }
            if let Ok(hold) = Hold::take(Scope { service_sid, ..self.scope.clone() })
                && let Err(failure) = restore::one(&hold, &self.terminal).await
            {
                self.terminal.note(format!("warning: {failure}"));
            }
        }
        Ok(())
    }

    fn ready(&self, relay: &Relay) {
        let to = relay.receiver.as_ref().map_or_else(String::new, |receiver| format!(", to {}", receiver.called()));
        self.terminal.note(format!("ready: the webhooks of {} come to {}{to} (^C to quit)", self.scope, relay.url));
    }

    async fn listen(&self, server: &Server, relay: &Relay, signals: &mut Signals) -> Result<()> {
        tokio::select! {
            () = server.run() => Ok(()),
            () = signals.next() => Err(Failure::silent(Exit::Interrupted)),
            () = relay.reporter.closed() => Err(Failure::silent(Exit::Success)),
        }
    }

    /// Restores the webhooks while the last requests are responded to. A further signal ends that.
    async fn end(self, hold: Option<&Hold>, server: &Server, signals: &mut Signals, result: Result<()>) -> Result<()> {
        let terminal = &self.terminal;
        let last = async {
            let restored = match hold {
                Some(hold) => restore::one(hold, terminal).await,
                None => Ok(()),
            };
            _ = tokio::time::timeout(LAST_REQUESTS, server.finish()).await;
            restored
        };
        let accept = server.run();
        tokio::select! {
            restored = last => restored.and(result),
            () = async { accept.await; std::future::pending().await } => result,
            () = signals.next() => {
                terminal.note("ended before the webhooks were restored; the next twconv listen does it");
                Err(Failure::silent(Exit::Interrupted))
            }
        }
    }
}

/// Fills in the fields that depend on the previous configuration.
fn complete(ours: &mut Configuration, previous: &Configuration, is_service: bool) {
    if ours.method.is_none() {
        // The API cannot unset a method, so one that is unset stays so.
        ours.method = previous.method.as_ref().map(|_| "POST".to_owned());
    }
    ours.target = if is_service { previous.target.clone() } else { Some("webhook".to_owned()) };
}
