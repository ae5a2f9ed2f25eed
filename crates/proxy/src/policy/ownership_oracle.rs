//! Policy and decoding against a truth table that knows neither: identity × order × file × action.

use super::*;
use flexportal::{FileList, ObjectWriter, mend_json};
use oracle::{Identity, Tenant, Verdict};

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

/// Cases of one run, each with up to ten files and every action on them. `ORACLE_CASES` asks for more, `ORACLE_SEED` for others.
const CASES: u64 = 100_000;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The upstream's answer, as `Upstream` reads it.
fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, ()> {
    serde_json::from_str(&mend_json(body.as_bytes())).map_err(|_| ())
}

/// What `ownership::permit_order` does, with the tenant in the upstream's place.
fn permitted(session: &Session, id: &str, tenant: &Tenant) -> Result<Option<Permitted<Scope>>, ()> {
    let Ok(id) = OrderId::new(id) else { return Ok(None) };
    match order(session, id) {
        OrderDecision::Permitted(scope) => Ok(Some(scope)),
        OrderDecision::Refused => Ok(None),
        OrderDecision::Ask(question) => match tenant.look_up(question.what().0.as_str()).map(|look_up| look_up.answer()) {
            Some((200, body)) => Ok(order_answered(&question, &read(&body)?)),
            Some(_) | None => Ok(None),
        },
    }
}

/// The scope and the page that a list is made of.
fn listed(session: &Session, asked: Option<&str>, tenant: &Tenant) -> Result<Option<(Permitted<Scope>, FileList)>, ()> {
    let page = || read::<FileList>(&Tenant::list_json(&tenant.listed(asked, session.customer().as_str())));
    let scope = match asked {
        Some(id) => return Ok(permitted(session, id, tenant)?.map(|scope| (scope, page().unwrap()))),
        None => customer(session),
    };
    let (mut orders, page) = (Vec::new(), page().unwrap());
    for record in &page.files {
        if let Some(id) = unclear(&scope, record) {
            orders.extend(permitted(session, id.as_str(), tenant)?);
        }
    }
    Ok(Some((customer_and(&scope, &orders), page)))
}

/// One case: what the program shows, signs and remembers is what the table says, to the byte.
fn check(who: &Identity, asked: Option<&str>, tenant: &Tenant) -> usize {
    let session = Session::for_test(who.customer, who.orders.as_deref());
    let expected = match asked {
        Some(id) => oracle::orders_list(who, id, tenant),
        None => oracle::customers_list(who, tenant),
    };
    let (scope, page) = match listed(&session, asked, tenant) {
        Err(()) => {
            assert_eq!(expected, Verdict::Fails);
            return 1;
        }
        Ok(None) => {
            assert_eq!(expected, Verdict::NotFound);
            return 1;
        }
        Ok(Some(listed)) => listed,
    };
    let Verdict::Shows(marks) = expected else { panic!("shown, but should be {expected:?}") };
    assert_eq!(own(&scope, &page.files).map(mark).collect::<Vec<_>>(), marks);
    // Not only the names: nothing of what is held back, and nothing internal, is among the bytes.
    let bytes = written(own(&scope, &page.files));
    assert!(!bytes.contains("SECRET") && !bytes.contains("customerId"));
    let finding = Finding::of(&scope, &page.files);
    assert_eq!(finding.as_ref().map(Finding::count), asked.map(|_| marks.len()));
    let other = Session::for_test(if who.customer == "cust_ben" { "cust_anna" } else { "cust_ben" }, Some(&oracle::ORDERS));
    for record in &page.files {
        let own = marks.contains(&mark(record));
        assert_eq!(bytes.contains(&mark(record)), own);
        // Signed is what is shown, under its own id and no other.
        let file = &record.file_id;
        assert_eq!(found(&scope, file, record).map(|sign| sign.what().file.clone()), own.then(|| file.clone()));
        for another in page.files.iter().filter(|another| another.file_id != *file) {
            assert_eq!(found(&scope, &another.file_id, record), None);
        }
        // Remembered is what an order shows, and it counts for that customer and that order alone.
        let Some(finding) = &finding else { continue };
        let own = page.files.iter().any(|record| record.file_id == *file && marks.contains(&mark(record)));
        assert_eq!(found_earlier(&scope, finding, file).map(|sign| sign.what().file.clone()), own.then(|| file.clone()));
        for elsewhere in oracle::ORDERS {
            for session in [&session, &other] {
                let OrderDecision::Permitted(scope) = order(session, OrderId::new(elsewhere).unwrap()) else { continue };
                let same = session.customer() == scope.customer()
                    && session.customer().as_str() == who.customer
                    && asked == Some(elsewhere);
                assert_eq!(found_earlier(&scope, finding, file).is_some(), own && same);
            }
        }
    }
    1 + page.files.len() * 3
}

/// The records as a browser is told them.
fn written<'a>(records: impl Iterator<Item = &'a FileRecord>) -> String {
    let mut json = String::new();
    let mut list = ObjectWriter::begin(&mut json);
    list.objects("files", records, |object, record| record.write(object));
    list.end();
    json
}

/// The record's name without its ending.
fn mark(record: &FileRecord) -> String {
    record.name.as_deref().unwrap().trim_end_matches(".pdf").to_owned()
}

#[test]
fn should_agree_with_the_truth_table_on_every_case() {
    let (cases, seed) = (number("ORACLE_CASES", CASES), number("ORACLE_SEED", 0));
    let (mut decisions, mut kinds) = (0, [0_u64; 4]);
    for case in 0..cases {
        let chance = &mut fastrand::Rng::with_seed(seed.wrapping_add(case));
        let (who, tenant) = (oracle::identity(chance), Tenant::any(chance, 10));
        let asked = (chance.u8(0..3) > 0).then(|| oracle::asked(chance));
        let verdict = asked.map_or_else(|| oracle::customers_list(&who, &tenant), |id| oracle::orders_list(&who, id, &tenant));
        kinds[match verdict {
            Verdict::Fails => 0,
            Verdict::NotFound => 1,
            Verdict::Shows(marks) if marks.is_empty() => 2,
            Verdict::Shows(_) => 3,
        }] += 1;
        let judged = std::panic::catch_unwind(|| check(&who, asked, &tenant));
        decisions += judged
            .unwrap_or_else(|_| panic!("ORACLE_SEED={}: {who:?} asks for {asked:?} of {tenant:#?}", seed.wrapping_add(case)));
    }
    // The cases are worth their number: each outcome is among them often, and most cases are several decisions.
    assert!(cases < 1000 || kinds.iter().all(|&of_kind| of_kind > cases / 100), "{kinds:?}");
    println!("{cases} cases, {decisions} decisions; failing, not found, empty, shown: {kinds:?}");
}
