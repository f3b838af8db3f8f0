//! The control requests about webhook calls.

use serde_json::{Value, json};

use super::value;
use crate::domain::delivery::DeliveryState;
use crate::error::ApiError;
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::store::deliveries::{self, Filter};
use crate::webhooks::record::Delivery;

/// Most calls on a page; a larger `Limit` counts as this.
const LISTED_CALLS: i64 = 1000;

/// A page of webhook calls, the latest first. `Before` takes `next_before` of the previous page.
pub(super) fn list(api: &Api, account: i64, query: &Fields) -> Result<Value, ApiError> {
    if let Some(state) = query.filled("State")
        && DeliveryState::read(state).is_none()
    {
        return Err(ApiError::invalid("State", &format!("{state} is no state of a delivery")));
    }
    let integer = |name| value(query, name, "not a whole number", |text| text.parse::<i64>().ok());
    let filter = Filter {
        account: Some(account),
        state: query.filled("State"),
        event: query.filled("Event"),
        conversation_sid: query.filled("ConversationSid"),
        id: integer("Id")?,
        before: integer("Before")?,
    };
    let limit = integer("Limit")?.unwrap_or(100).clamp(1, LISTED_CALLS);
    // Only the rows are read under the lock. The JSON is built after it.
    let calls = api.engine.store().read(|db| deliveries::list(db, &filter, limit)).map_err(ApiError::failed)?;
    let is_full = i64::try_from(calls.len()).is_ok_and(|count| count == limit);
    let next = calls.last().map(|call| call.id).filter(|_| is_full);
    let calls: Vec<Value> = calls.into_iter().map(|call| Delivery::from(call).to_json()).collect();
    Ok(json!({"deliveries": calls, "next_before": next}))
}

/// Sends a webhook call again, and returns the number of the new one.
pub(super) fn resend(api: &Api, account: i64, path: &str, id: &str) -> Result<Value, ApiError> {
    let not_found = || ApiError::not_found(path);
    let id = id.parse().map_err(|_| not_found())?;
    let id = api.engine.webhooks.resend(account, id).map_err(ApiError::failed)?;
    Ok(json!({"id": id.ok_or_else(not_found)?}))
}
