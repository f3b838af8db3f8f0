//! Webhook configurations: one for the account, one for each service.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::service::ServiceKey;
use crate::call::{Call, Reply};
use crate::documented::{Documented, HttpMethod, WebhookTarget};
use crate::error::{Refusal, Stop};
use crate::render::item;
use crate::spec::Fields;
use crate::store::Cached;

/// Which events are reported, and where to.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookConfiguration {
    /// SID of the service, or none for the account.
    chat_service_sid: Option<String>,
    pub(crate) method: Option<HttpMethod>,
    /// The events, as a JSON array of texts.
    pub(crate) filters: String,
    pub(crate) pre_webhook_url: Option<String>,
    pub(crate) post_webhook_url: Option<String>,
    target: Option<WebhookTarget>,
}

pub(super) fn fetch_of_account(call: &mut Call<'_>) -> Result<Reply, Stop> {
    Ok(call.item(&of_account(call.turn.db, call.turn.account.id)?))
}

pub(super) fn update_of_account(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let (db, account) = (call.turn.db, call.turn.account.id);
    let mut configuration = of_account(db, account)?;
    configuration.take(call.form())?;
    configuration.save(db, account, None)?;
    Ok(call.item(&configuration))
}

pub(super) fn fetch_of_service(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    Ok(call.item(&of_service(call.turn.db, &service)?))
}

pub(super) fn update_of_service(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut configuration = of_service(call.turn.db, &service)?;
    configuration.take(call.form())?;
    configuration.save(call.turn.db, call.turn.account.id, Some(service.id))?;
    Ok(call.item(&configuration))
}

/// The account's configuration. Before the first update it reports nothing, by `GET`, to nobody.
pub(crate) fn of_account(db: &Connection, account: i64) -> rusqlite::Result<WebhookConfiguration> {
    let stored = db
        .prepare_cached(
            "SELECT method, filters, pre_webhook_url, post_webhook_url, target FROM webhook_configuration
             WHERE account = ? AND service IS NULL",
        )?
        .query_row([account], read)
        .optional()?;
    Ok(stored.unwrap_or_else(|| WebhookConfiguration {
        method: Some(HttpMethod::Get),
        filters: "[]".to_owned(),
        target: Some(WebhookTarget::Webhook),
        ..WebhookConfiguration::default()
    }))
}

/// A service's configuration. Before the first update its method is null and its list empty.
pub(crate) fn of_service(db: &Connection, service: &ServiceKey) -> rusqlite::Result<WebhookConfiguration> {
    let stored = db.first(
        "SELECT method, filters, pre_webhook_url, post_webhook_url, target FROM webhook_configuration WHERE service = ?",
        [service.id],
        read,
    )?;
    let configuration =
        stored.unwrap_or_else(|| WebhookConfiguration { filters: "[]".to_owned(), ..WebhookConfiguration::default() });
    Ok(WebhookConfiguration { chat_service_sid: Some(service.sid.clone()), ..configuration })
}

/// A service's own configuration, if it has any address. Then, and only then, it silences the account's.
pub(crate) fn own(db: &Connection, service: i64) -> rusqlite::Result<Option<WebhookConfiguration>> {
    db.first(
        "SELECT method, filters, pre_webhook_url, post_webhook_url, target FROM webhook_configuration
         WHERE service = ? AND (pre_webhook_url IS NOT NULL OR post_webhook_url IS NOT NULL)",
        [service],
        read,
    )
}

impl WebhookConfiguration {
    /// How its webhooks are sent. A service that has addresses and no method is taken to mean `POST`.
    pub(crate) fn http_method(&self) -> HttpMethod {
        self.method.unwrap_or(HttpMethod::Post)
    }

    /// Takes over what a request sets. An empty address clears it, and so does a bare `Filters`.
    fn take(&mut self, form: &Fields) -> Result<(), Stop> {
        self.method = form.value("Method")?.or(self.method);
        // Documented for the account's configuration only; a service's ignores it, whatever its value is.
        if self.chat_service_sid.is_none() {
            self.target = form.value("Target")?.or(self.target);
        }
        if let Some(filters) = form.list("Filters") {
            self.filters = to_json_list(filters);
        }
        for (name, code, url) in
            [("PreWebhookUrl", 50077, &mut self.pre_webhook_url), ("PostWebhookUrl", 50078, &mut self.post_webhook_url)]
        {
            if let Some(text) = form.text(name) {
                if !text.is_empty() && !is_webhook_url(text) {
                    return Err(Refusal::bad(
                        code,
                        format!("Invalid parameter {name}: not an absolute http or https URL"),
                    )
                    .into());
                }
                *url = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
        }
        Ok(())
    }

    fn save(&self, db: &Connection, account: i64, service: Option<i64>) -> Result<(), Stop> {
        let conflict = if service.is_some() { "(service)" } else { "(account) WHERE service IS NULL" };
        db.execute_cached(
            &format!(
                "INSERT INTO webhook_configuration
                 (account, service, method, filters, pre_webhook_url, post_webhook_url, target)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT {conflict} DO UPDATE SET method = excluded.method, filters = excluded.filters,
                 pre_webhook_url = excluded.pre_webhook_url, post_webhook_url = excluded.post_webhook_url,
                 target = excluded.target"
            ),
            params![
                account,
                service,
                self.method,
                self.filters,
                self.pre_webhook_url,
                self.post_webhook_url,
                self.target
            ],
        )?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<WebhookConfiguration> {
    Ok(WebhookConfiguration {
        chat_service_sid: None,
        method: row.get(0)?,
        filters: row.get(1)?,
        pre_webhook_url: row.get(2)?,
        post_webhook_url: row.get(3)?,
        target: row.get(4)?,
    })
}

/// Writes a JSON array of texts.
pub(crate) fn to_json_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// Whether a webhook could be sent here: an absolute http or https address with a host.
pub(crate) fn is_webhook_url(text: &str) -> bool {
    text.parse::<hyper::Uri>().is_ok_and(|uri| {
        uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https")
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

item! {
    impl WebhookConfiguration |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text_or_null(self.chat_service_sid.as_deref()),
        "method" => value.text_or_null(self.method.map(Documented::as_str)),
        "filters" => value.json(&self.filters),
        "pre_webhook_url" => value.text_or_null(self.pre_webhook_url.as_deref()),
        "post_webhook_url" => value.text_or_null(self.post_webhook_url.as_deref()),
        "target" => value.text_or_null(self.target.map(Documented::as_str)),
        "url" => value.url(format_args!("/Configuration/Webhooks")),
    }
}

#[cfg(test)]
mod tests {
    use super::is_webhook_url;

    #[test]
    fn a_webhook_goes_to_an_absolute_http_address() {
        for good in ["https://example.com/pre", "http://127.0.0.1:8080", "HTTPS://user:pass@example.com/a?b=c#d"] {
            assert!(is_webhook_url(good), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "/pre",
            "ftp://example.com",
            "http://",
            "http:///x",
            "https://exa mple.com",
            "mailto:a@b.c",
        ] {
            assert!(!is_webhook_url(bad), "{bad}");
        }
    }
}
