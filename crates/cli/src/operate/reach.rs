//! The services that a command covers.

use chrono::{DateTime, Utc};
use twilio_conversations::{Client, ServiceSid, v1::Configuration};

use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
};

/// Limit of the services of an account. More are an error, so that no service is left out silently.
const MOST_SERVICES: usize = 10_000;

/// Which services a command covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// The account's default service.
    Default,
    One(ServiceSid),
    All,
}

impl Reach {
    /// By `--service` and `--all-services`. `--all-services` takes precedence over `TWILIO_CONVERSATIONS_SERVICE`.
    ///
    /// # Errors
    ///
    /// Both flags are set, or the SID is malformed.
    pub(super) fn new(context: &Context, all_services: bool) -> Result<Self> {
        let service = context.globals.service.as_deref();
        let from_environment = std::env::var("TWILIO_CONVERSATIONS_SERVICE").ok();
        match service {
            Some(service) if all_services && from_environment.as_deref() != Some(service) => {
                Err(Failure::usage("--service and --all-services exclude each other"))
            }
            Some(service) if !all_services => {
                let sid = service.parse().map_err(|error| Failure::usage("--service").source(error))?;
                Ok(Self::One(sid))
            }
            _ if all_services => Ok(Self::All),
            _ => Ok(Self::Default),
        }
    }
}

/// The account's configuration, and the time by the server's clock.
///
/// # Errors
///
/// That of the request.
pub(super) async fn configuration(client: &Client) -> Result<(Configuration, Option<DateTime<Utc>>)> {
    let response = client.configuration().fetch().send_with_response().await?;
    let date = response.headers().get(http::header::DATE).and_then(|date| server_time(date.to_str().ok()?));
    Ok((response.into_inner(), date))
}

/// A `Date` header, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn server_time(header: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(header).ok().map(|date| date.with_timezone(&Utc))
}

/// The SID of the default service.
///
/// # Errors
///
/// The account has none.
pub(super) fn default_service(configuration: &Configuration) -> Result<ServiceSid> {
    configuration.default_chat_service_sid.clone().ok_or_else(|| {
        let problem = "the account has no default service: name one by --service, or use --all-services";
        Failure::new(problem).exit(Exit::NotFound)
    })
}

/// All services of the account: SID, and friendly name if it has one.
///
/// # Errors
///
/// That of a request; or there are more than 10,000.
pub(super) async fn all_services(client: &Client) -> Result<Vec<(ServiceSid, String)>> {
    let mut found = Vec::new();
    let mut services = client.services().list().page_size(100).stream();
    while let Some(service) = services.try_next().await? {
        if found.len() == MOST_SERVICES {
            let problem = format!("the account has more than {MOST_SERVICES} services: name one by --service");
            return Err(Failure::new(problem));
        }
        found.push((service.sid, service.friendly_name.unwrap_or_default()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_read_and_anything_else_is_none() {
        let date = server_time("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(date.to_rfc3339(), "1994-11-06T08:49:37+00:00");
        for bad in ["", "yesterday", "Sun, 06 Nov 1994", "784111777"] {
            assert_eq!(server_time(bad), None, "{bad}");
        }
    }
}
