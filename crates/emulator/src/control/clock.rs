//! The control requests that read and move the clock.

use hyper::Method;
use serde_json::{Value, json};

use super::truth;
use crate::domain::timers::milliseconds;
use crate::error::{ApiError, with_causes};
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::time::parse_date_time;

pub(super) const PATH: &str = "/clock";

/// Reads the clock (`GET`), or moves it before (`POST`).
pub(super) fn handle(api: &Api, method: &Method, form: &Fields) -> Result<Value, ApiError> {
    match *method {
        Method::GET => {}
        Method::POST => move_clock(api, form)?,
        _ => return Err(ApiError::not_found(PATH)),
    }
    Ok(read(api))
}

fn read(api: &Api) -> Value {
    let clock = api.engine.clock();
    json!({"now": clock.now().to_millis_text(), "frozen": clock.is_frozen()})
}

/// Moves the clock, and runs the timers that are due by then.
fn move_clock(api: &Api, form: &Fields) -> Result<(), ApiError> {
    let advance = form
        .filled("Advance")
        .map(|text| milliseconds(text).ok_or_else(|| ApiError::invalid("Advance", "not an ISO 8601 duration")))
        .transpose()?;
    let set = form
        .filled("Set")
        .map(|text| parse_date_time(text).ok_or_else(|| ApiError::invalid("Set", "not an RFC 3339 date and time")))
        .transpose()?;
    let freeze = truth(form, "Freeze")?;
    api.engine
        .move_clock(|reading| {
            if let Some(freeze) = freeze {
                reading.freeze(freeze);
            }
            if let Some(to) = set {
                reading.move_to(to);
            }
            if let Some(duration) = advance {
                reading.advance(duration);
            }
        })
        .map_err(|error| ApiError::failed(with_causes(&error)))
}
