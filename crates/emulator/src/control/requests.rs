//! The journal of REST requests in the control API: list, read, clear.

use hyper::Method;
use serde_json::{Value, json};

use super::{curl, value};
use crate::domain::account::Account;
use crate::error::ApiError;
use crate::http::api::Api;
use crate::http::journal::{Filter, RecordedRequest};
use crate::operations::fields::Fields;
use crate::time::Millis;

/// Default of `Limit`: requests on a page of the list.
const DEFAULT_LIMIT: usize = 50;
/// Most requests on a page of the list, each with up to 16 KB; a larger `Limit` counts as this.
const MAXIMUM_LIMIT: usize = 100;

/// Handles a request to `/requests` and the paths below it.
pub(super) fn handle(
    api: &Api,
    account: &Account,
    method: &Method,
    path: &str,
    query: &Fields,
) -> Result<Value, ApiError> {
    let filter = filter(account, query)?;
    let id = path.strip_prefix("/requests/");
    match (method, id) {
        (&Method::GET, None) => list(api, &filter, query),
        (&Method::DELETE, None) => {
            let count = api.journal.forget(&filter);
            api.engine.webhooks.notify(0);
            Ok(json!({"deleted": count}))
        }
        (&Method::GET, Some(id)) => {
            let request = id.parse().ok().and_then(|id| api.journal.find(api.engine.accounts(), &filter, id));
            request.map(|request| to_json(api, &request)).ok_or_else(|| ApiError::not_found(path))
        }
        _ => Err(ApiError::not_found(path)),
    }
}

fn list(api: &Api, filter: &Filter<'_>, query: &Fields) -> Result<Value, ApiError> {
    let limit = number(query, "Limit")?.map_or(DEFAULT_LIMIT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if limit == 0 {
        return Err(ApiError::invalid("Limit", "not a number from 1"));
    }
    let limit = limit.min(MAXIMUM_LIMIT);
    // One request more shows whether another page follows.
    let mut requests = api.journal.list(api.engine.accounts(), filter, limit + 1);
    let has_more = requests.len() > limit;
    let is_forward = filter.after.is_some() && filter.before.is_none();
    if has_more && is_forward {
        requests.remove(0);
    } else {
        requests.truncate(limit);
    }
    let next = |request: Option<&RecordedRequest>| request.filter(|_| has_more).map(|request| request.id);
    Ok(json!({
        "requests": requests.iter().map(|request| to_json(api, request)).collect::<Vec<_>>(),
        "next_before": if is_forward { None } else { next(requests.last()) },
        "next_after": if is_forward { next(requests.first()) } else { None },
    }))
}

/// Reads the filters of a query.
pub(super) fn filter<'q>(account: &Account, query: &'q Fields) -> Result<Filter<'q>, ApiError> {
    Ok(Filter {
        account: Some(account.id),
        operation: query.filled("Operation"),
        status: query.filled("Status").map(status).transpose()?,
        method: query.filled("Method"),
        path: query.filled("Path"),
        before: number(query, "Before")?,
        after: number(query, "After")?,
    })
}

/// Reads a status, or a class of statuses such as `4xx`.
pub(super) fn status(text: &str) -> Result<(u16, u16), ApiError> {
    let invalid = || ApiError::invalid("Status", "neither a status such as 404 nor a class such as 4xx");
    if let Some(class) = text.strip_suffix("xx") {
        let class = class.parse::<u16>().ok().filter(|class| (1..=5).contains(class)).ok_or_else(invalid)?;
        return Ok((class * 100, class * 100 + 99));
    }
    let status = text.parse().ok().filter(|status| (100..=599).contains(status)).ok_or_else(invalid)?;
    Ok((status, status))
}

fn number(query: &Fields, name: &str) -> Result<Option<u64>, ApiError> {
    value(query, name, "not a whole number", |text| text.parse().ok())
}

fn to_json(api: &Api, request: &RecordedRequest) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    json!({
        "id": request.id,
        "date_created": Millis(request.date_created.timestamp_millis()).to_millis_text(),
        "account_sid": request.account_sid,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "operation": request.operation,
        "headers": request.headers,
        "request_body": text(&request.request_body),
        "request_body_bytes": request.request_body_size,
        "status": request.status,
        "response_body": text(&request.response_body),
        "response_body_bytes": request.response_body_size,
        "request_id": request.request_id,
        "duration_micros": u64::try_from(request.duration.as_micros()).unwrap_or(u64::MAX),
        "fault": request.fault,
        "curl": curl::command(&api.base_url, request),
    })
}
