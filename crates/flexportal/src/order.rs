//! The answer of `GET /v1/orders/{orderId}`.

use crate::loose::Loose;
use crate::{CustomerId, OrderId};
use serde::Deserialize;

/// An order, as far as its ownership goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// The order's own id, as `orderId` or `id`, where the answer has one.
    pub order_id: Option<OrderId>,
    /// `customer.customerId`.
    pub customer_id: Option<CustomerId>,
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An order that cannot be read belongs to nobody, so strictness here only ever denies.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            #[serde(default)]
            order_id: Loose,
            #[serde(default)]
            id: Loose,
            customer: Option<Customer>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Customer {
            #[serde(default)]
            customer_id: Loose,
        }
        let wire = Wire::deserialize(deserializer)?;
        let order_id = wire.order_id.into_text().or_else(|| wire.id.into_text());
        let customer_id = wire.customer.and_then(|customer| customer.customer_id.into_text());
        Ok(Order {
            order_id: order_id.and_then(|id| OrderId::new(id).ok()),
            customer_id: customer_id.and_then(|id| CustomerId::new(id).ok()),
        })
    }
}
