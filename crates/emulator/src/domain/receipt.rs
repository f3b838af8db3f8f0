//! Delivery receipts: the delivery status of a message for each participant on a channel.

use serde_json::{Map, Value, json};

use super::values::{DeliveryAmount, DeliveryStatus, Documented as _};
use crate::time::Millis;

/// The receipt of one participant for one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receipt {
    pub(crate) id: i64,
    pub(crate) message: i64,
    pub(crate) message_sid: String,
    pub(crate) conversation_sid: String,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) participant_sid: String,
    pub(crate) channel_message_sid: String,
    pub(crate) status: DeliveryStatus,
    pub(crate) error_code: i64,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// The `delivery` of a message: for each status, whether none, some or all of the receipts have reached it.
pub(crate) fn summary(statuses: &[DeliveryStatus]) -> Value {
    let total = statuses.len();
    let mut delivery = Map::new();
    delivery.insert("total".to_owned(), json!(total));
    for status in DeliveryStatus::ALL {
        let amount = match statuses.iter().filter(|reached| includes(**reached, *status)).count() {
            0 => DeliveryAmount::None,
            count if count == total => DeliveryAmount::All,
            _ => DeliveryAmount::Some,
        };
        delivery.insert(status.as_str().to_owned(), amount.as_str().into());
    }
    Value::Object(delivery)
}

/// Whether a delivery has passed a status: a message that was read was also delivered and sent.
fn includes(reached: DeliveryStatus, status: DeliveryStatus) -> bool {
    use DeliveryStatus::{Delivered, Failed, Read, Sent, Undelivered};
    let through: &[DeliveryStatus] = match reached {
        Read => &[Sent, Delivered, Read],
        Delivered => &[Sent, Delivered],
        Undelivered => &[Sent, Undelivered],
        Failed => &[Failed],
        Sent => &[Sent],
    };
    through.contains(&status)
}
