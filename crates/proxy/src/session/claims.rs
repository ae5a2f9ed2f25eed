//! A token's header and claims.

use super::keys::VerificationKey;
use super::{Session, SessionError};
use flexportal::{CustomerId, OrderId};
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The token's header, not yet verified: it chooses the key, nothing else.
pub fn header(token: &str) -> Result<Header, SessionError> {
    let header = decode_header(token).map_err(|_| SessionError::Invalid("header"))?;
    // A token that was made for something else, such as a logout or a DPoP proof, is none of a session.
    let kind = header.typ.as_deref().map(|kind| kind.to_ascii_lowercase());
    if !matches!(kind.as_deref(), None | Some("jwt" | "at+jwt" | "application/jwt" | "application/at+jwt")) {
        return Err(SessionError::Invalid("typ"));
    }
    // No extension is understood here, so every critical one is a reason to refuse (RFC 7515, section 4.1.11).
    if header.crit.is_some() {
        return Err(SessionError::Invalid("crit"));
    }
    Ok(header)
}

/// The session that the token tells, after its signature and its registered claims were found right under one of the keys.
pub fn verify(
    token: &str,
    keys: &[Arc<VerificationKey>],
    validation: &Validation,
    customer_claim: &str,
    orders_claim: &str,
) -> Result<Session, SessionError> {
    let mut reason = "unknown key";
    for key in keys {
        match decode::<Map<String, Value>>(token, &key.key, validation) {
            Ok(data) => return session(&data.claims, customer_claim, orders_claim),
            Err(error) => reason = name_of(&error),
        }
    }
    Err(SessionError::Invalid(reason))
}

fn session(claims: &Map<String, Value>, customer_claim: &str, orders_claim: &str) -> Result<Session, SessionError> {
    // The library takes a list with the right issuer in it, too; a token has one issuer (RFC 7519, section 4.1.1).
    if !claims.get("iss").is_some_and(Value::is_string) {
        return Err(SessionError::Invalid("iss"));
    }
    let customer = claims.get(customer_claim).and_then(Value::as_str).and_then(|text| CustomerId::new(text).ok());
    let customer = customer.ok_or(SessionError::Invalid("customer claim"))?;
    let orders = match claims.get(orders_claim) {
        None | Some(Value::Null) => None,
        Some(Value::Array(orders)) => {
            // A token whose list cannot be read whole is not believed in part.
            let orders =
                orders.iter().map(|order| order.as_str().and_then(|text| OrderId::new(text).ok())).collect::<Option<_>>();
            Some(orders.ok_or(SessionError::Invalid("orders claim"))?)
        }
        Some(_) => return Err(SessionError::Invalid("orders claim")),
    };
    Ok(Session { customer, orders: orders.map(Arc::new) })
}

/// The library's reason in a word of ours, so that nothing of the token can come along.
fn name_of(error: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => "signature",
        ErrorKind::ExpiredSignature => "expired",
        ErrorKind::ImmatureSignature => "not yet valid",
        ErrorKind::InvalidIssuer => "iss",
        ErrorKind::InvalidAudience => "aud",
        ErrorKind::MissingRequiredClaim(_) => "missing claim",
        _ => "unreadable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(mut claims: Value) -> Result<Session, SessionError> {
        claims["iss"] = json!("https://idp.example");
        session(claims.as_object().unwrap(), "sub", "orders")
    }

    #[test]
    fn should_read_the_customer_and_the_orders() {
        assert_eq!(read(json!({"sub": "cust_a"})), Ok(Session::for_test("cust_a", None)));
        assert_eq!(read(json!({"sub": "cust_a", "orders": null})), Ok(Session::for_test("cust_a", None)));
        assert_eq!(read(json!({"sub": "cust_a", "orders": []})), Ok(Session::for_test("cust_a", Some(&[]))));
        assert_eq!(read(json!({"sub": "cust_a", "orders": ["o1", "o2"]})), Ok(Session::for_test("cust_a", Some(&["o1", "o2"]))));
    }

    #[test]
    fn should_refuse_claims_that_cannot_be_read_whole() {
        for claims in [
            json!({}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "a/b"}),
            json!({"sub": ["cust_a"]}),
            json!({"sub": "cust_a", "orders": "o1"}),
            json!({"sub": "cust_a", "orders": {"o1": true}}),
            json!({"sub": "cust_a", "orders": ["o1", 2]}),
            json!({"sub": "cust_a", "orders": ["o1", "../o2"]}),
        ] {
            assert!(matches!(read(claims.clone()), Err(SessionError::Invalid(_))), "{claims}");
        }
    }
}
