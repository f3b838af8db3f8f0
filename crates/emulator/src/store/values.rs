//! Conversion of domain values for columns: enums as the API spells them, dates in milliseconds.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use twilio_conversations_types::v1::EventType;

use crate::domain::delivery::{DeliveryState, EventName};
use crate::domain::notifications::Notifications;
use crate::domain::receiver::Scope;
use crate::domain::values::{
    AddressType, AutoCreationType, BindingType, ConversationState, DeliveryStatus, Documented, HttpMethod,
    NotificationLevel, PushType, RoleType, ScopedWebhookTarget, WebhookMethod, WebhookTarget,
};
use crate::time::Millis;

/// Stores closed enums of the domain as text.
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
    DeliveryStatus,
    HttpMethod,
    NotificationLevel,
    PushType,
    RoleType,
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

impl ToSql for EventName {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_str().as_bytes())))
    }
}

impl FromSql for EventName {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|name| Self(EventType::from(name)))
    }
}

impl ToSql for DeliveryState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes())))
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let unknown = || FromSqlError::Other(format!("{text} in the database is no state of a delivery").into());
        Self::read(text).ok_or_else(unknown)
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

impl ToSql for Scope {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Account => ToSqlOutput::from("account"),
            Self::Service => ToSqlOutput::from("service"),
            Self::Conversation(sid) => ToSqlOutput::from(sid.as_str()),
        })
    }
}

impl FromSql for Scope {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Self::read)
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
