//! A conversation is not a service, and a name stands for a SID only where the API takes one.

use twilio_conversations_client::{
    Client,
    types::{ConversationSid, ServiceSid},
};

async fn by_handle(client: &Client, conversation: &ConversationSid) {
    let _ = client.service(conversation).fetch().await;
}

async fn by_position(client: &Client, conversation: &ConversationSid) {
    let _ = client.fetch_service(conversation).await;
}

async fn by_name(client: &Client) {
    let _ = client.service("my-service").fetch().await;
}

async fn where_a_name_would_do(client: &Client, service: &ServiceSid) {
    let _ = client.conversation(service).fetch().await;
}

fn main() {}
