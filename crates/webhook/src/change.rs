//! The changes that responses to pre-events may make, a type for each kind of object.

use serde_json::{Map, Value};
use twilio_conversations_types::JsonText;

use crate::reply::{Change, change};

include!("generated/changes.rs");
