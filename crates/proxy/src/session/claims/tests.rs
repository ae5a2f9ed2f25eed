use super::*;
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_800_000_000;

fn rules() -> Rules {
    Rules {
        issuer: "https://idp.example".into(),
        audience: "order-documents".into(),
        customer_claim: "sub".into(),
        orders_claim: "orders".into(),
    }
}

/// Good claims, but for what is given; null takes one away.
fn with(changes: Value) -> Value {
    let mut claims = json!({"iss": "https://idp.example", "aud": "order-documents", "sub": "cust_a", "exp": NOW + 300});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn session_of(changes: Value) -> Result<Session, SessionError> {
    read(with(changes).to_string().as_bytes(), &rules()).map(|claims| claims.session)
}

#[test]
fn should_read_the_customer_and_the_orders() {
    assert_eq!(session_of(json!({})), Ok(Session::for_test("cust_a", None)));
    assert_eq!(session_of(json!({"orders": []})), Ok(Session::for_test("cust_a", Some(&[]))));
    assert_eq!(session_of(json!({"orders": ["o1", "o2"]})), Ok(Session::for_test("cust_a", Some(&["o1", "o2"]))));
    let null = br#"{"iss":"https://idp.example","aud":["x","order-documents"],"sub":"cust_a","exp":1,"orders":null}"#;
    assert_eq!(read(null, &rules()).unwrap().session, Session::for_test("cust_a", None));
    let named = Rules { customer_claim: "customer".into(), orders_claim: "of".into(), ..rules() };
    let claims = with(json!({"sub": "another", "customer": "cust_b", "of": ["o1"], "orders": ["o2"]}));
    assert_eq!(read(claims.to_string().as_bytes(), &named).unwrap().session, Session::for_test("cust_b", Some(&["o1"])));
}

#[test]
fn should_refuse_claims_that_are_missing_or_cannot_be_read_whole() {
    for (changes, reason) in [
        (json!({"sub": null}), "customer claim"),
        (json!({"sub": ""}), "customer claim"),
        (json!({"sub": 7}), "customer claim"),
        (json!({"sub": "a/b"}), "customer claim"),
        (json!({"sub": ["cust_a"]}), "customer claim"),
        (json!({"orders": "o1"}), "orders claim"),
        (json!({"orders": {"o1": true}}), "orders claim"),
        (json!({"orders": ["o1", 2]}), "orders claim"),
        (json!({"orders": ["o1", "../o2"]}), "orders claim"),
        (json!({"iss": null}), "iss"),
        (json!({"iss": "https://idp.example/"}), "iss"),
        (json!({"iss": ["https://idp.example"]}), "iss"),
        (json!({"aud": null}), "aud"),
        (json!({"aud": "order-documents2"}), "aud"),
        (json!({"aud": []}), "aud"),
        (json!({"aud": ["x"]}), "aud"),
        (json!({"aud": ["order-documents", 1]}), "aud"),
        (json!({"aud": {"order-documents": true}}), "aud"),
        (json!({"exp": null}), "exp"),
        (json!({"exp": "4102444800"}), "exp"),
        (json!({"exp": -1}), "exp"),
        (json!({"exp": true}), "exp"),
        (json!({"exp": 1e300}), "exp"),
        (json!({"exp": LAST_EXP + 1}), "exp"),
        (json!({"exp": (NOW + 300) * 1000}), "exp"),
        (json!({"nbf": "0"}), "nbf"),
        (json!({"nbf": -1}), "nbf"),
        (json!({"nbf": false}), "nbf"),
    ] {
        assert_eq!(session_of(changes.clone()), Err(SessionError::Invalid(reason)), "{changes}");
    }
    // Not left out, and no moment either.
    let null = br#"{"iss":"https://idp.example","aud":"order-documents","sub":"cust_a","exp":1900000000,"nbf":null}"#;
    assert_eq!(read(null, &rules()), Err(SessionError::Invalid("nbf")));
    for payload in ["", "{", "[]", "7", "null", "\"x\"", "{}x", "\u{feff}{}"] {
        assert_eq!(read(payload.as_bytes(), &rules()), Err(SessionError::Invalid("unreadable")), "{payload}");
    }
}

#[test]
fn should_refuse_a_payload_in_which_a_name_stands_twice() {
    let good = r#""iss":"https://idp.example","aud":"order-documents","sub":"cust_a","exp":1900000000,"orders":["o1"]"#;
    assert!(read(format!("{{{good}}}").as_bytes(), &rules()).is_ok());
    for again in [
        r#""sub":"cust_b""#,
        r#""s\u0075b":"cust_b""#,
        r#""orders":["o2"]"#,
        r#""exp":1900000000"#,
        r#""iss":"x""#,
        r#""aud":"x""#,
    ] {
        for payload in [format!("{{{good},{again}}}"), format!("{{{again},{good}}}")] {
            assert_eq!(read(payload.as_bytes(), &rules()), Err(SessionError::Invalid("unreadable")), "{payload}");
        }
    }
    let others = format!("{{{good},\"x\":1,\"x\":2}}");
    assert!(read(others.as_bytes(), &rules()).is_err());
}

#[test]
fn should_hold_from_nbf_until_exp_to_the_second() {
    let at = |changes: Value, millis: u64| {
        let claims = read(with(changes).to_string().as_bytes(), &rules()).unwrap();
        claims.validity.check(Duration::from_millis(millis)).is_ok()
    };
    let exp = json!({"exp": NOW});
    assert!(at(exp.clone(), NOW * 1000 - 1));
    assert!(!at(exp.clone(), NOW * 1000));
    assert!(!at(exp, u64::MAX));
    // A fraction is cut off: a token never lives longer than it says.
    assert!(at(json!({"exp": NOW as f64 + 0.9}), NOW * 1000 - 1));
    assert!(!at(json!({"exp": NOW as f64 + 0.9}), NOW * 1000));
    let nbf = json!({"nbf": NOW});
    assert!(!at(nbf.clone(), (NOW - 30) * 1000 - 1));
    assert!(at(nbf, (NOW - 30) * 1000));
    assert!(!at(json!({"nbf": NOW as f64 - 0.9}), (NOW - 30) * 1000 - 1));
    assert!(Validity { not_before: u64::MAX, expires: u64::MAX }.check(Duration::ZERO).is_err());
}

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!("https://idp.example")),
        4 => Just(json!("order-documents")),
        1 => "[a-z]{0,3}".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::from),
        2 => proptest::collection::vec(prop_oneof![Just(json!("order-documents")), Just(json!("x")), Just(json!(1))], 0..3).prop_map(Value::from),
    ]
}

fn moment() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-120i64..120).prop_map(|offset| json!(jsonwebtoken::get_current_timestamp() as i64 + offset)),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => Just(json!("1900000000")),
        1 => Just(Value::Null),
    ]
}

proptest! {
    // Many, since few of them are near enough to a good token to be accepted.
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The library that was used before is the oracle: what we accept, it accepts, and what it accepts we refuse for a reason that is ours.
    #[test]
    fn should_accept_nothing_that_the_library_refuses(
        iss in word(), aud in word(), sub in word(), exp in moment(), nbf in moment(), leave in 0..64usize,
    ) {
        use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
        let mut claims = json!({"iss": iss, "aud": aud, "sub": sub, "exp": exp, "nbf": nbf});
        if let Some(name) = ["iss", "aud", "sub", "exp", "nbf"].get(leave) {
            claims.as_object_mut().unwrap().remove(*name);
        }
        let token = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"s")).unwrap();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&["https://idp.example"]);
        validation.set_audience(&["order-documents"]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 30;
        validation.reject_tokens_expiring_in_less_than = 31;
        let theirs = decode::<Value>(&token, &DecodingKey::from_secret(b"s"), &validation);
        let now = Duration::from_secs(jsonwebtoken::get_current_timestamp());
        let ours = read(claims.to_string().as_bytes(), &rules()).and_then(|read| read.validity.check(now).map(|()| read));
        match (&ours, &theirs) {
            // At the very second that separates two answers, the library may have looked a second earlier.
            (Err(SessionError::Invalid("expired" | "not yet valid")), Ok(_)) => prop_assert!(is_close(&claims)),
            (Err(SessionError::Invalid("customer claim")), Ok(_)) => prop_assert!(sub.as_str().is_none_or(|sub| CustomerId::new(sub).is_err())),
            (Err(SessionError::Invalid("exp")), Ok(_)) => prop_assert!(claims["exp"].as_u64().unwrap() > LAST_EXP),
            (Err(SessionError::Invalid("iss")), Ok(_)) => prop_assert!(claims["iss"].is_array()),
            (Err(SessionError::Invalid("aud")), Ok(_)) => prop_assert!(false, "{claims}"),
            (Err(error), Ok(_)) => prop_assert!(false, "{error} {claims}"),
            (Ok(_), Err(error)) => prop_assert!(is_close(&claims), "{error} {claims}"),
            _ => {}
        }
    }

    #[test]
    fn should_not_panic_on_any_payload(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &rules());
    }
}

fn is_close(claims: &Value) -> bool {
    let now = jsonwebtoken::get_current_timestamp();
    let near = |name: &str, edge: u64| claims[name].as_u64().is_some_and(|moment| moment.abs_diff(edge) <= 2);
    near("exp", now) || near("nbf", now + 30)
}
