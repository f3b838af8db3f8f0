//! Control requests about the emulator as a whole: health, reset, snapshot and faults.

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::Response;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::{Control, json_response, value};
use crate::error::{ApiError, Error, ErrorCode, with_causes};
use crate::http::Body;
use crate::http::fault::Fault;
use crate::http::faults::ActiveFault;
use crate::operations::fields::Fields;
use crate::store::deliveries;

const SNAPSHOT: HeaderValue = HeaderValue::from_static("application/vnd.sqlite3");

/// Whether requests to a path, without `/_emulator`, are about the emulator as a whole.
pub(super) fn has(path: &str) -> bool {
    ["/health", "/reset", "/snapshot", "/faults"].contains(&path) || path.starts_with("/faults/")
}

/// The response to a request to one of these paths.
pub(super) async fn respond(
    control: &Control,
    parts: &Parts,
    path: &str,
    body: Bytes,
) -> Result<Response<Body>, ApiError> {
    let method = parts.method.as_str();
    let value = match (method, path) {
        ("GET", "/health") => return Ok(health(control)),
        ("GET", "/snapshot") => return snapshot(control),
        ("PUT", "/snapshot") => restore(control, body).await,
        ("POST", "/reset") => reset(control, &Fields::decode(&body)).await,
        ("GET", "/faults") => Ok(list(&control.api.faults.list())),
        ("POST", "/faults") => change_faults(control, &Fields::decode(&body), false),
        ("PUT", "/faults") => change_faults(control, &Fields::decode(&body), true),
        ("DELETE", "/faults") => {
            control.api.faults.reset(&[]);
            Ok(list(&[]))
        }
        ("DELETE", path) if path.starts_with("/faults/") => {
            let id = path.strip_prefix("/faults/").and_then(|id| id.parse().ok());
            match id.filter(|id| control.api.faults.remove(*id)) {
                Some(_) => Ok(list(&control.api.faults.list())),
                None => Err(ApiError::not_found(path)),
            }
        }
        (_, "/health") => Err(ApiError::not_allowed(method, "GET")),
        (_, "/snapshot") => Err(ApiError::not_allowed(method, "GET, PUT")),
        (_, "/reset") => Err(ApiError::not_allowed(method, "POST")),
        (_, "/faults") => Err(ApiError::not_allowed(method, "GET, POST, PUT, DELETE")),
        _ => Err(ApiError::not_allowed(method, "DELETE")),
    };
    Ok(json_response(200, &value?))
}

/// Status 200 if the database can be read, else 503.
fn health(control: &Control) -> Response<Body> {
    let pending = control.api.engine.store().read(deliveries::count_all_pending);
    let data = control.start.data.as_ref().map_or_else(|| "memory".to_owned(), |file| file.display().to_string());
    let mut health = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": control.start.time.elapsed().as_secs(),
        "accounts": control.api.engine.accounts().all().len(),
        "pending_webhooks": pending.as_ref().ok(),
        "data": data,
    });
    let Err(error) = pending else { return json_response(200, &health) };
    health["status"] = "failed".into();
    health["error"] = format!("cannot read the data: {error}").into();
    json_response(503, &health)
}

fn snapshot(control: &Control) -> Result<Response<Body>, ApiError> {
    let mut response = Response::new(Either::Left(Full::from(control.snapshot().map_err(|error| failed(&error))?)));
    response.headers_mut().insert(CONTENT_TYPE, SNAPSHOT);
    let time: String =
        control.api.engine.clock().now().to_millis_text().chars().filter(char::is_ascii_digit).take(14).collect();
    let name = format!("attachment; filename=\"conversations-{time}.sqlite3\"");
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn restore(control: &Control, body: Bytes) -> Result<Value, ApiError> {
    let bytes = body.len();
    let restored = control.restore(body).await.map_err(|error| failed(&error))?;
    restored.map_err(|problem| {
        ApiError::bad(ErrorCode::INVALID_PARAMETER, format!("The snapshot was not restored: {problem}"))
    })?;
    Ok(json!({"restored_bytes": bytes}))
}

async fn reset(control: &Control, form: &Fields) -> Result<Value, ApiError> {
    let has_seed = control.start.seed.is_some();
    let seed = match form.filled("To") {
        None => has_seed,
        Some("empty") => false,
        Some("seed") if has_seed => true,
        Some("seed") => return Err(ApiError::invalid("To", "the emulator was started without a seed")),
        Some(_) => return Err(ApiError::invalid("To", "neither empty nor seed")),
    };
    control.reset(seed).await.map_err(|error| failed(&error))?;
    Ok(json!({"reset_to": if seed { "seed" } else { "empty" }}))
}

/// Adds the faults of a form, or replaces all faults with them. If one is invalid, nothing changes.
fn change_faults(control: &Control, form: &Fields, replaces: bool) -> Result<Value, ApiError> {
    let texts = form.list("Fault").unwrap_or_default();
    if texts.is_empty() {
        return Err(ApiError::missing("Fault"));
    }
    let times = value(form, "Times", "not a whole number from 0 on", |text| text.parse().ok())?;
    let mut faults = Vec::new();
    for text in texts {
        let fault: Fault = text.parse().map_err(|error: Error| ApiError::invalid("Fault", &error.to_string()))?;
        faults.push(times.map_or(fault.clone(), |times| fault.times(times)));
    }
    let changed = if replaces {
        control.api.faults.set(&faults, control.api.spec)
    } else {
        control.api.faults.add(&faults, control.api.spec)
    };
    changed.map(|faults| list(&faults)).map_err(|error| ApiError::invalid("Fault", &error.to_string()))
}

fn list(faults: &[ActiveFault]) -> Value {
    let one = |active: &ActiveFault| {
        let (id, strikes) = (active.id, active.strikes);
        json!({"id": id, "fault": active.fault.to_string(), "times": active.fault.times, "strikes": strikes})
    };
    json!({"faults": faults.iter().map(one).collect::<Vec<_>>()})
}

fn failed(error: &Error) -> ApiError {
    ApiError::failed(with_causes(error))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::Emulator;

    #[tokio::test]
    async fn health_is_503_while_the_database_fails() {
        let emulator = Emulator::start().await.unwrap();
        let rename = |sql| emulator.app.control.api.engine.store().read(|db| db.execute_batch(sql)).unwrap();
        rename("ALTER TABLE delivery RENAME TO gone");
        let response = health(&emulator.app.control);
        assert_eq!(response.status(), 503);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["status"], &body["pending_webhooks"]), (&json!("failed"), &Value::Null));
        assert!(body["error"].as_str().unwrap().starts_with("cannot read the data: "), "{body}");
        rename("ALTER TABLE gone RENAME TO delivery");
        assert_eq!(health(&emulator.app.control).status(), 200);
    }
}
