//! Conversion of domain values for columns: enums as the API spells them, dates in milliseconds.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::delivery::{DeliveryState, EventName, Scope};
use crate::domain::service::Notifications;
use crate::domain::values::{
    AddressType, AutoCreationType, BindingType, ConversationState, DeliveryStatus, Documented, HttpMethod,
    NotificationLevel, PushType, RoleType, ScopedWebhookTarget, WebhookMethod, WebhookTarget,
};
use crate::time::Millis;

/// Stores enums of the domain as text, by their functions `as_str` and `read`.
macro_rules! text_columns {
    ($($name:ident),+ $(,)?) => {
        $(
            impl ToSql for $name {
                fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                    Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes())))
                }
            }

            impl FromSql for $name {
                fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    let text = value.as_str()?;
                    Self::read(text).ok_or_else(|| {
                        let problem = concat!("is no ", stringify!($name), " that this emulator implements");
                        FromSqlError::Other(format!("{text} in the database {problem}").into())
                    })
                }
            }
        )+
    };
}

text_columns!(
    AddressType,
    AutoCreationType,
    BindingType,
    ConversationState,
    DeliveryState,
    DeliveryStatus,
    EventName,
    HttpMethod,
    NotificationLevel,
    PushType,
    RoleType,
    Scope,
    ScopedWebhookTarget,
    WebhookMethod,
    WebhookTarget,
);

impl ToSql for Millis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0))
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for Notifications {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let failed = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
        serde_json::to_string(self).map(ToSqlOutput::from).map_err(failed)
    }
}

impl FromSql for Notifications {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(|error| FromSqlError::Other(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_the_database_that_is_not_implemented_is_an_error_that_names_it() {
        let value = |text: &str| ConversationState::column_result(ValueRef::Text(text.as_bytes()));
        assert_eq!(value("closed").ok(), Some(ConversationState::Closed));
        let error = value("archived").unwrap_err().to_string();
        assert!(error.contains("archived in the database is no ConversationState"), "{error}");
    }
}
