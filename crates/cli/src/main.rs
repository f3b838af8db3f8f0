//! `twconv`: a command line for Twilio Conversations.

fn main() {}
