//! An emulator with a service and a conversation, and the program that works on it through a proxy.

use twilio_conversations::{Client, ClientBuilder, ServiceSid, v1::ConversationScopedWebhook};
use twilio_conversations_emulator::Emulator;

use super::proxy::{Disturbance, Proxy, Seen};
use crate::support::{Ended, Twconv};

pub(crate) struct Site {
    pub(crate) emulator: Emulator,
    /// Around the proxy.
    pub(crate) client: Client,
    pub(crate) proxy: Proxy,
    pub(crate) twconv: Twconv,
    /// The service `Support`, which has the conversation `order-4711`.
    pub(crate) service: ServiceSid,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::disturbed(|_, _| Disturbance::None).await
    }

    pub(crate) async fn disturbed(rule: impl Fn(&Seen, usize) -> Disturbance + Send + Sync + 'static) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let client = ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
        let service = client.services().create("Support").await.unwrap().sid;
        client.service(&service).conversations().create().unique_name("order-4711").await.unwrap();
        let proxy = Proxy::disturbing(emulator.base_url(), rule).await;
        let twconv = Twconv::on(&emulator).with("TWILIO_CONVERSATIONS_BASE_URL", &proxy.url);
        Self { emulator, client, proxy, twconv, service }
    }

    /// Writes a file into the program's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.twconv.home().join(name), text).unwrap();
    }

    /// Runs `twconv webhooks …`.
    pub(crate) fn run(&self, args: &str) -> Ended {
        self.twconv.run(&format!("webhooks {args}"))
    }

    /// Applies a file, and returns the requests that changed something.
    #[track_caller]
    pub(crate) fn apply(&self, text: &str) -> Vec<Seen> {
        self.write("webhooks.toml", text);
        self.proxy.take();
        self.run("apply webhooks.toml --yes").ok();
        self.proxy.take_writes()
    }

    /// The webhooks of `order-4711`.
    pub(crate) async fn scoped(&self) -> Vec<ConversationScopedWebhook> {
        let webhooks = self.client.service(&self.service).conversation("order-4711").webhooks();
        webhooks.list().stream().try_collect().await.unwrap()
    }
}
