//! What a token's payload says, judged without a clock: its validity comes along and is asked with the time at hand.

use super::{Session, SessionError};
use flexportal::{CustomerId, OrderId};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::time::Duration;

/// How much later than our clock a token's `nbf` may be: a clock that is a little slow does not make a new token wait.
const NBF_LEEWAY: Duration = Duration::from_secs(30);

/// The last moment that an `exp` may name, in seconds since the epoch: the end of the year 9999. An `exp` in milliseconds, which is a frequent
/// mistake, lies beyond, and is not believed for 50,000 years.
const LAST_EXP: u64 = 253_402_300_799;

/// What a token must say.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The only accepted `iss`.
    pub issuer: String,
    /// Must be `aud`, or one of it.
    pub audience: String,
    /// The claim that names the customer.
    pub customer_claim: String,
    /// The claim that lists the customer's orders.
    pub orders_claim: String,
}

/// While a token holds, in whole seconds since the epoch, fractions rounded against the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub(super) not_before: u64,
    pub(super) expires: u64,
}

impl Validity {
    /// Whether the token holds at this moment, which is counted from the epoch. It is over at `exp` exactly.
    ///
    /// # Errors
    /// [`SessionError::Invalid`], by name.
    pub fn check(self, now: Duration) -> Result<(), SessionError> {
        if Duration::from_secs(self.expires) <= now {
            return Err(SessionError::Invalid("expired"));
        }
        if Duration::from_secs(self.not_before) > now.saturating_add(NBF_LEEWAY) {
            return Err(SessionError::Invalid("not yet valid"));
        }
        Ok(())
    }
}

/// A payload that was found right, but for the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub session: Session,
    pub validity: Validity,
}

/// Reads a payload. What stands in it twice is refused whole: who wrote it and who reads it may each believe another one.
///
/// # Errors
/// [`SessionError::Invalid`], with a word of ours, so that nothing of the token can come along.
pub fn read(payload: &[u8], rules: &Rules) -> Result<Claims, SessionError> {
    let Unique(claims) = serde_json::from_slice(payload).map_err(|_| SessionError::Invalid("unreadable"))?;
    // A list of issuers is none: a token has one (RFC 7519, section 4.1.1).
    if claims.get("iss").and_then(Value::as_str) != Some(&rules.issuer) {
        return Err(SessionError::Invalid("iss"));
    }
    let audience = |value: &Value| value.as_str() == Some(&rules.audience);
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().all(Value::is_string) && audiences.iter().any(audience),
        Some(value) => audience(value),
        None => false,
    };
    if !is_for_us {
        return Err(SessionError::Invalid("aud"));
    }
    let expires = claims.get("exp").and_then(|value| seconds(value, f64::floor)).filter(|&exp| exp <= LAST_EXP);
    let expires = expires.ok_or(SessionError::Invalid("exp"))?;
    let not_before = match claims.get("nbf") {
        None => 0,
        Some(value) => seconds(value, f64::ceil).ok_or(SessionError::Invalid("nbf"))?,
    };
    Ok(Claims { session: session(&claims, rules)?, validity: Validity { not_before, expires } })
}

/// A NumericDate. It may have a fraction (RFC 7519, section 2).
fn seconds(value: &Value, round: fn(f64) -> f64) -> Option<u64> {
    let number: &Number = value.as_number()?;
    let fractional = || number.as_f64().map(round).filter(|seconds| (0.0..u64::MAX as f64).contains(seconds));
    number.as_u64().or_else(|| fractional().map(|seconds| seconds as u64))
}

fn session(claims: &Map<String, Value>, rules: &Rules) -> Result<Session, SessionError> {
    let customer = claims.get(&rules.customer_claim).and_then(Value::as_str).and_then(|text| CustomerId::new(text).ok());
    let customer = customer.ok_or(SessionError::Invalid("customer claim"))?;
    let orders = match claims.get(&rules.orders_claim) {
        None | Some(Value::Null) => None,
        Some(Value::Array(orders)) => {
            // A token whose list cannot be read whole is not believed in part.
            let orders =
                orders.iter().map(|order| order.as_str().and_then(|text| OrderId::new(text).ok())).collect::<Option<_>>();
            Some(orders.ok_or(SessionError::Invalid("orders claim"))?)
        }
        Some(_) => return Err(SessionError::Invalid("orders claim")),
    };
    Ok(Session::told(customer, orders))
}

/// A JSON object none of whose names stands twice.
pub struct Unique(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object without duplicate names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = members.next_entry()? {
                    if map.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}

#[cfg(test)]
mod tests;
