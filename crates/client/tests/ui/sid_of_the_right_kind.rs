//! What does compile, to show that nothing else stands in the way of what does not.

use twilio_conversations_client::{
    Client,
    types::{ConversationSid, ServiceSid},
};

async fn by_handle(client: &Client, service: &ServiceSid) {
    let _ = client.service(service).fetch().await;
    let _ = client.service(service.clone()).fetch().await;
}

async fn by_position(client: &Client, service: &ServiceSid) {
    let _ = client.fetch_service(service).await;
}

async fn by_sid_or_name(client: &Client, conversation: &ConversationSid) {
    let _ = client.conversation(conversation).fetch().await;
    let _ = client.conversation("order-4711").fetch().await;
}

fn main() {
    let _ = (by_handle, by_position, by_sid_or_name);
}
