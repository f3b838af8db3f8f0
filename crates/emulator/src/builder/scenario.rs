//! The state that an emulator begins with.

use super::Builder;
use crate::seed::Seed;

impl Builder {
    /// Loads a scenario, in YAML or JSON: items that the first account has, or a list of calls that are made for it, before
    /// the first request.
    ///
    /// With a data file it is made once, all of it or nothing: an account that had its scenario keeps it, and gets no other.
    /// A scenario has at most 16 MB, 1,000,000 values on at most 32 levels, and makes at most 1,000,000 calls. What begins
    /// with `[` or `{` is JSON, else it is YAML, of which the spelling of scalars is kept: `+15551230001` needs no quotes.
    /// Rate limits and faults do not apply to it.
    ///
    /// # Items
    ///
    /// A mapping with `services`, `configuration`, `roles`, `credentials`, `users`, `addresses`, `conversations` and
    /// `webhooks` (the configuration of the account's). A service may have `roles`, `configuration`, `notifications`,
    /// `users`, `conversations` and `webhooks` of its own; a conversation has `participants`, `messages` and `webhooks`.
    /// They are made in this order, whatever their order in the document. Every other key is a parameter of the operation
    /// that creates the item, spelled as in responses: `friendly_name`, `timers: {inactive: PT1H}`. `attributes` may be a
    /// list or mapping.
    ///
    /// - `name` names an item. A parameter that takes a SID takes `$` and the name of an item that is made before; it may be
    ///   written without `_sid`: `role: $agent`.
    /// - `service` of a role, user or conversation of the document is its service, by `$` and name or by SID. Default: the
    ///   account's default service.
    /// - `count` makes an item that many times, with all that is in it. `{n}` in its values is the number, from 1.
    /// - Keys of the document that begin with `x-` are ignored. YAML anchors may stand there.
    /// - The `state` of a conversation is set when all that is in it is there.
    ///
    /// No webhook is called. An error names the line and the path: `conversations[2].participants[0].identity`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let scenario = "
    /// services:
    ///   - {name: support, friendly_name: Support}
    /// roles:
    ///   - {name: agent, service: $support, friendly_name: agent, type: service, permissions: [joinConversation]}
    /// users:
    ///   - {identity: maria, service: $support, role: $agent}
    /// conversations:
    ///   - friendly_name: Order 4711
    ///     participants: [{identity: alice}]
    ///     messages: {count: 1000, author: alice, body: 'Message {n}'}
    /// ";
    /// let emulator = twilio_conversations_emulator::Emulator::builder().seed(scenario).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Calls
    ///
    /// A call is an object with `post`, a path of the API or of a control call; `form`, its fields, with an array for a
    /// repeated one; `webhooks`, whether they hear of it (default: false); and `save`, a name for the SID in the answer,
    /// which later calls write in braces.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let scenario = r#"[
    ///     {"post": "/v1/Conversations", "form": {"FriendlyName": "Order 4711"}, "save": "order"},
    ///     {"post": "/v1/Conversations/{order}/Participants", "form": {"Identity": "alice"}},
    ///     {"post": "/_emulator/messages", "form": {"ConversationSid": "{order}", "Identity": "alice", "Body": "Hi"}}
    /// ]"#;
    /// let emulator = twilio_conversations_emulator::Emulator::builder().seed(scenario).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn seed(mut self, scenario: impl Into<String>) -> Self {
        self.seed = Some(Seed { name: None, text: scenario.into() });
        self
    }

    /// The same with the name of the file that the scenario is from, for errors.
    pub(crate) fn seed_from(mut self, name: &str, scenario: String) -> Self {
        self.seed = Some(Seed { name: Some(name.to_owned()), text: scenario });
        self
    }

    /// Generates the same SIDs and idempotency tokens in every run, throws the same dice for the rates of faults, and
    /// stops the clock at 2026-01-01T00:00:00Z. Default: random ones, and the clock of the system.
    ///
    /// The same requests, one after the other, then have the same responses and webhooks in every run of this version of
    /// the emulator. The SIDs of one kind depend on those of no other: the third message has the same SID however many
    /// participants there are. Requests that overlap may swap theirs. Headers with times and request ids still differ, and
    /// URLs with the port, unless [`vendor_urls`](Self::vendor_urls) is set.
    ///
    /// The clock stands still until it is moved ([`Emulator::advance_clock`](crate::Emulator::advance_clock),
    /// `POST /_emulator/clock`), so that items that are made without moving it have the same date, and timers and rate
    /// limits wait. A data file keeps how far the generator and the clock came: after a restart no SID is generated
    /// again. A clock that the data file has already goes on as it did.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let scenario = r#"[{"post": "/v1/Conversations", "form": {}, "save": "order"}]"#;
    /// let emulator = Emulator::builder().seed_ids(7).seed(scenario).start().await?;
    /// // Its SID and dates are the same tomorrow.
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn seed_ids(mut self, seed: u64) -> Self {
        self.seed_ids = Some(seed);
        self
    }
}
