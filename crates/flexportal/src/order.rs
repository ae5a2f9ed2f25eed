//! The answer of `GET /v1/orders/{orderId}`.

use crate::loose::Loose;
use crate::record::owner;
use crate::{CustomerId, OrderId};
use serde::{Deserialize, de::Error as _};

/// An order, as far as its ownership goes.
///
/// Decoding fails where the answer names itself by something that is no id: that must not pass for an answer without a name.
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
        struct Wire<'a> {
            #[serde(borrow, default)]
            order_id: Loose<'a>,
            #[serde(borrow, default)]
            id: Loose<'a>,
            #[serde(borrow)]
            customer: Option<Customer<'a>>,
        }
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "camelCase")]
        struct Customer<'a> {
            #[serde(borrow, default)]
            customer_id: Loose<'a>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let (order_id, misnamed) = match owner(wire.order_id, OrderId::new) {
            (None, false) => owner(wire.id, OrderId::new),
            named => named,
        };
        let (customer_id, _) = owner(wire.customer.unwrap_or_default().customer_id, CustomerId::new);
        if misnamed { Err(D::Error::custom("an order without a valid id")) } else { Ok(Order { order_id, customer_id }) }
    }
}
