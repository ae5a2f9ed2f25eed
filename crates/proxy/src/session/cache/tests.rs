use super::super::claims::{Rules, read};
use super::verified::{ORDER_OVERHEAD, OVERHEAD};
use super::*;
use serde_json::json;
use std::time::{Duration, Instant};

const NOW: u64 = 1_800_000_000;

fn claims(exp: u64, nbf: u64, orders: &[String]) -> Claims {
    let rules = Rules { issuer: "i".into(), audience: "a".into(), customer_claim: "sub".into(), orders_claim: "orders".into() };
    let payload = json!({"iss": "i", "aud": "a", "sub": "cust_a", "exp": exp, "nbf": nbf, "orders": orders});
    read(payload.to_string().as_bytes(), &rules).unwrap()
}

fn at(steady: Instant, wall_millis: i64, steady_millis: u64) -> Moment {
    let wall = Duration::from_millis((NOW as i64 * 1000 + wall_millis) as u64);
    Moment { wall, steady: steady + Duration::from_millis(steady_millis) }
}

#[test]
fn should_keep_a_token_until_exp_and_not_a_millisecond_longer() {
    let (cache, start) = (TokenCache::new(), Instant::now());
    let insert = || cache.insert("a.b.c", 0, &claims(NOW + 10, 0, &[]), at(start, 500, 0));
    insert();
    assert!(cache.get("a.b.c", 0, at(start, 9_999, 9_499)).is_some());
    assert!(cache.get("a.b.c", 0, at(start, 10_000, 9_499)).is_none(), "the wall clock says that it is over");
    // What was over is gone: the clock that is set back does not bring it back.
    assert!(cache.get("a.b.c", 0, at(start, 500, 0)).is_none());
    insert();
    assert!(cache.get("a.b.c", 0, at(start, -3_600_000, 9_499)).is_some());
    assert!(cache.get("a.b.c", 0, at(start, -3_600_000, 9_500)).is_none(), "the wall clock was set back an hour");
}

#[test]
fn should_not_believe_a_token_before_its_nbf_when_the_clock_is_set_back() {
    let (cache, start) = (TokenCache::new(), Instant::now());
    cache.insert("a.b.c", 0, &claims(NOW + 100, NOW, &[]), at(start, 0, 0));
    assert!(cache.get("a.b.c", 0, at(start, -30_000, 1)).is_some());
    assert!(cache.get("a.b.c", 0, at(start, -30_001, 1)).is_none());
}

#[test]
fn should_verify_anew_after_five_minutes_however_long_a_token_holds() {
    let (cache, start) = (TokenCache::new(), Instant::now());
    cache.insert("a.b.c", 0, &claims(NOW + 86_400, 0, &[]), at(start, 0, 0));
    assert!(cache.get("a.b.c", 0, at(start, 299_999, 299_999)).is_some());
    assert!(cache.get("a.b.c", 0, at(start, 300_000, 300_000)).is_none());
}

#[test]
fn should_forget_with_the_keys_that_verified() {
    let (cache, start) = (TokenCache::new(), Instant::now());
    let now = at(start, 0, 0);
    // It was verified while the keys were replaced: it belongs to those from before.
    cache.insert("a.b.c", 1, &claims(NOW + 10, 0, &[]), now);
    assert!(cache.get("a.b.c", 2, now).is_none());
    assert!(cache.get("a.b.c", 1, now).is_none());
}

#[test]
fn should_know_tokens_by_every_character() {
    let (cache, start) = (TokenCache::new(), Instant::now());
    let now = at(start, 0, 0);
    let token = format!("{}.{}.{}", "h".repeat(40), "p".repeat(600), "s".repeat(86));
    cache.insert(&token, 0, &claims(NOW + 10, 0, &[]), now);
    for index in 0..token.len() {
        let other: String = token.char_indices().map(|(at, own)| if at == index { 'X' } else { own }).collect();
        assert!(cache.get(&other, 0, now).is_none(), "{index}");
    }
    for other in [&token[1..], &token[..token.len() - 1], "", &format!("{token}s")] {
        assert!(cache.get(other, 0, now).is_none());
    }
    assert!(cache.get(&token, 0, now).is_some());
}

#[test]
fn should_stay_within_its_bytes_whatever_the_tokens_hold() {
    assert_eq!(TokenCache::new().0.capacity(), 16 << 20);
    let (cache, start) = (TokenCache::with_capacity(200_000), Instant::now());
    let now = at(start, 0, 0);
    let orders: Vec<String> = (0..40).map(|number| format!("ord_{number:04}")).collect();
    for number in 0..2_000 {
        let few = claims(NOW + 10, 0, if number % 2 == 0 { &orders } else { &[] });
        cache.insert(&format!("{number}.{}", "t".repeat(1_000)), 0, &few, now);
    }
    assert!((50_000..=200_000).contains(&cache.0.weight()), "{}", cache.0.weight());
    let heaviest = 1_005 + OVERHEAD as u64 + 40 * (8 + ORDER_OVERHEAD as u64);
    assert!((200_000 / heaviest - 1..=200_000 / (1_002 + OVERHEAD as u64)).contains(&(cache.len() as u64)));
}
