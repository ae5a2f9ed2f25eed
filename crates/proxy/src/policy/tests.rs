use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const ORDERS: [&str; 3] = ["o1", "o2", "o3"];
const CUSTOMERS: [&str; 3] = ["c1", "c2", "c3"];

/// What a record may say about an owner: a right id, nothing, or something that cannot be one.
fn said(ids: [&'static str; 3]) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => proptest::sample::select(ids.to_vec()).prop_map(|id| Some(json!(id))),
        2 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => proptest::sample::select(vec![json!("o 1"), json!(["o1"]), json!({"o1": 1}), json!(true), json!(" c1"), json!("c1/")]).prop_map(Some),
    ]
}

fn record(order: &Option<Value>, customer: &Option<Value>) -> FileRecord {
    let mut value = json!({"fileId": "f"});
    for (name, said) in [("orderId", order), ("customerId", customer)] {
        if let Some(said) = said {
            value[name] = said.clone();
        }
    }
    serde_json::from_value(value).unwrap()
}

/// Ownership told from the raw JSON, without the program's types: `Ok` an owner or none, `Err` something else.
fn plain(said: &Option<Value>, ids: [&'static str; 3]) -> Result<Option<String>, ()> {
    match said {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if ids.contains(&text.as_str()) => Ok(Some(text.clone())),
        Some(_) => Err(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn should_agree_with_the_oracle(
        me in proptest::sample::select(CUSTOMERS.to_vec()),
        claim in proptest::option::of(proptest::sample::subsequence(ORDERS.to_vec(), 0..=3)),
        asked in proptest::option::of(proptest::sample::select(ORDERS.to_vec())),
        truth in proptest::option::of(proptest::sample::select(CUSTOMERS.to_vec())),
        order_said in said(ORDERS),
        customer_said in said(CUSTOMERS),
    ) {
        let session = Session::for_test(me, claim.as_deref());
        // May the order be seen? The claim says, or without one the upstream's truth.
        let oracle_order = asked.map(|asked| match &claim {
            Some(orders) => orders.contains(&asked),
            None => truth == Some(me),
        });
        let scope = match asked {
            None => Some(customer(&session)),
            Some(asked) => match order(&session, OrderId::new(asked).unwrap()) {
                OrderDecision::Permitted(scope) => Some(scope),
                OrderDecision::Refused => None,
                OrderDecision::Ask(question) => {
                    prop_assert!(claim.is_none());
                    let answer = Order { order_id: Some(question.what.0.clone()), customer_id: truth.map(|id| CustomerId::new(id).unwrap()) };
                    order_answered(&question, &answer)
                }
            },
        };
        prop_assert_eq!(scope.is_some(), oracle_order.unwrap_or(true));
        let Some(mut scope) = scope else { return Ok(()) };
        // In a customer's list, an order that the token does not explain is asked about; the upstream tells the truth.
        let record = record(&order_said, &customer_said);
        let unclear = unclear(&scope, &record).map(ToString::to_string);
        let not_anothers = plain(&customer_said, CUSTOMERS).is_ok_and(|by| by.as_deref().is_none_or(|by| by == me));
        let oracle_unclear = plain(&order_said, ORDERS).ok().flatten().filter(|_| not_anothers && claim.is_none() && asked.is_none());
        prop_assert_eq!(&unclear, &oracle_unclear);
        let mut answered = Vec::new();
        if let Some(id) = unclear {
            let OrderDecision::Ask(question) = order(&session, OrderId::new(id).unwrap()) else { panic!("asked nobody") };
            let answer = Order { order_id: Some(question.what.0.clone()), customer_id: truth.map(|id| CustomerId::new(id).unwrap()) };
            answered.extend(order_answered(&question, &answer));
        }
        scope = customer_and(&scope, &answered);

        let shown = match (plain(&order_said, ORDERS), plain(&customer_said, CUSTOMERS)) {
            (Ok(of), Ok(by)) => {
                let not_anothers = by.as_deref().is_none_or(|by| by == me);
                let surely_mine = by.as_deref() == Some(me);
                not_anothers && match (asked, of) {
                    (Some(asked), of) => of.as_deref() == Some(asked),
                    (None, Some(of)) => match &claim {
                        Some(orders) => orders.contains(&of.as_str()),
                        None => truth == Some(me),
                    },
                    (None, None) => surely_mine,
                }
            }
            _ => false,
        };
        prop_assert_eq!(belongs(&scope, &record), shown);
        // Signing and remembering follow the same rule, and only for the file itself.
        let file = FileId::new("f").unwrap();
        prop_assert_eq!(found(&scope, &file, &record).is_some(), shown);
        prop_assert!(found(&scope, &FileId::new("g").unwrap(), &record).is_none());
        let finding = Finding::of(&scope, std::slice::from_ref(&record));
        prop_assert_eq!(finding.map(|finding| finding.count()), asked.map(|_| usize::from(shown)));
        prop_assert_eq!(own(&scope, std::slice::from_ref(&record)).count(), usize::from(shown));
    }

    #[test]
    fn should_sign_on_a_finding_only_under_the_scope_that_found(
        (found_by, now) in (proptest::sample::select(CUSTOMERS.to_vec()), proptest::sample::select(CUSTOMERS.to_vec())),
        (found_in, asked) in (proptest::sample::select(ORDERS.to_vec()), proptest::sample::select(ORDERS.to_vec())),
    ) {
        let scope = |customer, order_id: &str| match order(&Session::for_test(customer, Some(&ORDERS)), OrderId::new(order_id).unwrap()) {
            OrderDecision::Permitted(scope) => scope,
            other => panic!("{other:?}"),
        };
        let finding = Finding::of(&scope(found_by, found_in), &[record(&Some(json!(found_in)), &None)]).unwrap();
        let permitted = |file| found_earlier(&scope(now, asked), &finding, &FileId::new(file).unwrap());
        prop_assert_eq!(permitted("f").is_some(), found_by == now && found_in == asked);
        prop_assert_eq!(permitted("g"), None);
    }
}

#[test]
fn should_remember_of_each_file_what_it_is_known_by() {
    let OrderDecision::Permitted(scope) = order(&Session::for_test("c1", Some(&["o1"])), OrderId::new("o1").unwrap()) else {
        panic!("not permitted")
    };
    let records: Vec<FileRecord> = serde_json::from_value(json!([
        {"fileId": "a", "orderId": "o1", "filename": "Rechnung für Ä.pdf", "fileSize": 1},
        {"fileId": "of-another", "orderId": "o2", "filename": "another's.pdf", "fileSize": 2},
        {"fileId": "ab", "orderId": "o1", "fileSize": 3},
        {"fileId": "b", "orderId": "o1", "filename": "b"},
    ]))
    .unwrap();
    let finding = Finding::of(&scope, &records).unwrap();
    for record in &records {
        let file = &record.file_id;
        assert_eq!(found_earlier(&scope, &finding, file), found(&scope, file, record), "{file}");
    }
    assert_eq!(finding.count(), 3);
    // There may be thousands of these: each takes the memory that its texts need.
    assert_eq!(finding.texts.capacity(), finding.texts.len());
}

#[test]
fn should_not_take_an_answer_about_another_order() {
    let session = Session::for_test("c1", None);
    let OrderDecision::Ask(question) = order(&session, OrderId::new("o1").unwrap()) else { panic!("asked nobody") };
    let answer = |order: Option<&str>, customer: Option<&str>| Order {
        order_id: order.map(|id| OrderId::new(id).unwrap()),
        customer_id: customer.map(|id| CustomerId::new(id).unwrap()),
    };
    assert!(order_answered(&question, &answer(Some("o1"), Some("c1"))).is_some());
    assert!(order_answered(&question, &answer(None, Some("c1"))).is_none());
    assert!(order_answered(&question, &answer(Some("o2"), Some("c1"))).is_none());
    assert!(order_answered(&question, &answer(Some("O1"), Some("c1"))).is_none());
    assert!(order_answered(&question, &answer(Some("o1"), Some("c2"))).is_none());
    assert!(order_answered(&question, &answer(Some("o1"), None)).is_none());
}

#[test]
fn should_know_a_signature_for_another_file() {
    let session = Session::for_test("c1", Some(&["o1"]));
    let OrderDecision::Permitted(scope) = order(&session, OrderId::new("o1").unwrap()) else { panic!("not permitted") };
    let known = |name: Value, size: Value| {
        let record =
            serde_json::from_value(json!({"fileId": "f", "orderId": "o1", "originalFilename": name, "fileSize": size})).unwrap();
        let (file, finding) = (FileId::new("f").unwrap(), Finding::of(&scope, std::slice::from_ref(&record)).unwrap());
        let sign = found(&scope, &file, &record).unwrap();
        assert_eq!(found_earlier(&scope, &finding, &file), Some(sign.clone()));
        sign
    };
    let signed = |mut answer: Value| -> SignedUrl {
        answer["url"] = json!("https://storage.example/f");
        serde_json::from_value(answer).unwrap()
    };
    let usual = known(json!("a.pdf"), json!(7));
    for (sign, answer, another) in [
        (&usual, json!({"filename": "a.pdf", "fileSize": 7}), false),
        (&usual, json!({}), false),
        (&usual, json!({"fileId": "f"}), false),
        (&usual, json!({"fileId": "g", "filename": "a.pdf", "fileSize": 7}), true),
        (&usual, json!({"filename": "b.pdf", "fileSize": 8, "contentType": "application/pdf"}), true),
        (&usual, json!({"fileSize": "8"}), true),
        // The stored name; a longer version; another media type; a size that is not known.
        (&usual, json!({"filename": "stored-1", "fileSize": 7, "contentType": "text/plain"}), false),
        (&usual, json!({"filename": "a.pdf", "fileSize": 8}), false),
        (&usual, json!({"filename": "b.pdf", "fileSize": 0}), false),
        (&known(json!("a.pdf"), json!(null)), json!({"filename": "b.pdf", "fileSize": 8}), false),
        (&known(json!("a.pdf"), json!(0)), json!({"filename": "b.pdf", "fileSize": 8}), false),
        (&known(json!(null), json!(7)), json!({"filename": "b.pdf", "fileSize": 8}), true),
        (&known(json!(null), json!(7)), json!({"fileSize": 8}), true),
    ] {
        let shown = answer.to_string();
        assert_eq!(is_for_another(sign, &signed(answer)), another, "{shown}");
    }
}

#[test]
fn should_not_enlarge_a_scope_by_what_was_permitted_to_another() {
    let order_of = |customer: &str| match order(&Session::for_test(customer, Some(&["o1"])), OrderId::new("o1").unwrap()) {
        OrderDecision::Permitted(scope) => scope,
        other => panic!("{other:?}"),
    };
    let silent = record(&Some(json!("o1")), &None);
    let mine = customer(&Session::for_test("c1", None));
    assert!(!belongs(&mine, &silent));
    assert!(belongs(&customer_and(&mine, &[order_of("c1")]), &silent));
    assert!(!belongs(&customer_and(&mine, &[order_of("c2")]), &silent));
    let order_scope = order_of("c1");
    assert_eq!(customer_and(&order_scope, &[order_of("c1")]), order_scope);
}

#[test]
fn should_name_each_page_of_each_list_by_a_text_of_its_own() {
    let page = |limit, offset, word: Option<&str>| Page { limit, offset, document_type: word.map(str::to_owned) };
    let session = Session::for_test("c1", Some(&["o1", "c1"]));
    let of_order = |id: &str| match order(&session, OrderId::new(id).unwrap()) {
        OrderDecision::Permitted(scope) => scope,
        other => panic!("{other:?}"),
    };
    assert_eq!(ListKey::of(&of_order("o1"), &page(50, 7, None)).text(), "order:o1:50:7");
    assert_eq!(ListKey::of(&customer(&session), &page(50, 7, Some("a:1"))).text(), "customer:c1:50:7:a:1");
    let mut texts = std::collections::HashSet::new();
    let mut keys = 0;
    for scope in [of_order("o1"), of_order("c1"), customer(&session)] {
        for (limit, offset) in [(5, 0), (50, 0), (5, 50), (5, 5)] {
            for word in [None, Some(""), Some(":"), Some("0"), Some("5:0")] {
                texts.insert(ListKey::of(&scope, &page(limit, offset, word)).text());
                keys += 1;
            }
        }
    }
    assert_eq!(texts.len(), keys);
}
