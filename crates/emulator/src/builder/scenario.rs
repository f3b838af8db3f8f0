//! The state that an emulator begins with.

use super::Builder;
use crate::control::Scenario;
use crate::seed::load;

setters! {
    /// Loads a scenario in YAML or JSON before the first request: items of the first account, or a list of requests for it.
    /// Default: no scenario.
    ///
    /// A scenario is loaded completely or, on an error, not at all. A data file loads one scenario only: if its first
    /// account had one before, this one is ignored.
    ///
    /// A scenario is limited to 16 MB, 1,000,000 values, 32 levels and 1,000,000 requests; beyond that
    /// [`start`](Self::start) fails. A scenario that begins with `[` or `{` is JSON, any other one is YAML. YAML scalars keep
    /// their spelling: `+15551230001` needs no quotes.
    /// Rate limits and faults do not apply to it.
    ///
    /// # Items
    ///
    /// A mapping with `services`, `configuration`, `roles`, `credentials`, `users`, `addresses`, `conversations` and
    /// `webhooks` (the account's configuration). A service may have `roles`, `configuration`, `notifications`,
    /// `users`, `conversations` and `webhooks` of its own; a conversation has `participants`, `messages` and `webhooks`.
    /// They are created in this order, whatever their order in the document. Every other key is a parameter of the operation
    /// that creates the item, spelled as in responses: `friendly_name`, `timers: {inactive: PT1H}`. `attributes` may be a
    /// list or mapping.
    ///
    /// - `name` names an item. A SID parameter takes `$` and the name of an item that is created earlier. Its key may be
    ///   written without `_sid`: `role: $agent`.
    /// - `service` of a role, user or conversation of the document is its service, by `$` and name or by SID. Default: the
    ///   account's default service.
    /// - `count` creates an item that many times, with its contents. `{n}` in its values is the number, from 1.
    /// - Keys of the document that begin with `x-` are ignored. They can define YAML anchors.
    /// - The `state` of a conversation is set after its contents were added.
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
    /// # Requests
    ///
    /// A request is an object with `post`, a path of the API or of a control request; `form`, its fields, with an array for
    /// a repeated field; `webhooks`, whether webhooks are called (default: false); and `save`, a name for the SID in the
    /// response. Later requests refer to the SID by the name in braces.
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
    pub fn seed(self, scenario: impl Into<String>) =>
        self.start.seed = Some(Scenario { name: None, text: scenario.into(), load });

    /// Generates SIDs, idempotency tokens and the random decisions of faults from a seed, and freezes the clock at
    /// 2026-01-01T00:00:00Z. Default: random values, and the system clock.
    ///
    /// The same sequence of requests then has the same responses and webhooks in every run of this version of the emulator.
    /// Each kind of SID is counted separately: the SID of the third message does not depend on the number of participants.
    /// Concurrent requests may swap their SIDs. Headers with times and request ids still differ, and so do URLs, which have
    /// the port, unless [`vendor_urls`](Self::vendor_urls) is set.
    ///
    /// The clock stays frozen until it is moved ([`Emulator::advance_clock`](crate::Emulator::advance_clock),
    /// `POST /_emulator/clock`): items that are created meanwhile have the same date, and timers do not run. A data file
    /// stores the counts of the generator and the clock: after a restart no SID is generated twice, and the stored clock
    /// takes precedence.
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
    pub fn seed_ids(self, seed: u64) => self.start.seed_ids = Some(seed);
}

impl Builder {
    /// Loads a scenario like [`seed`](Self::seed). Errors name its file.
    pub(crate) fn seed_from(mut self, name: &str, text: String) -> Self {
        self.start.seed = Some(Scenario { name: Some(name.to_owned()), text, load });
        self
    }
}
