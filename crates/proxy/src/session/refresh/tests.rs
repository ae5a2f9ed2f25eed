use super::super::tests::{Issuer, set_of};
use super::*;
use std::collections::VecDeque;

/// A scripted issuer, and when it was asked.
#[derive(Clone, Default)]
struct Script {
    asked: Arc<std::sync::Mutex<Vec<Instant>>>,
    /// What is answered, in turn; the last one again and again.
    answers: Arc<std::sync::Mutex<VecDeque<Answer>>>,
}

#[derive(Clone)]
enum Answer {
    Set(KeySet),
    Fails,
    Panics,
    /// Seconds until it fails.
    Late(u64),
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { asked: Arc::default(), answers: Arc::new(std::sync::Mutex::new(answers.into_iter().collect())) }
    }

    fn keys(&self) -> Arc<Keys> {
        let script = self.clone();
        let fetch: Fetch = Box::new(move || {
            script.asked.lock().unwrap().push(Instant::now());
            let mut answers = script.answers.lock().unwrap();
            let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
            Box::pin(async move {
                match answer {
                    Answer::Set(set) => Ok(set),
                    Answer::Fails => Err(FetchError::Status(500)),
                    Answer::Panics => panic!("scripted"),
                    Answer::Late(seconds) => {
                        tokio::time::sleep(Duration::from_secs(seconds)).await;
                        Err(FetchError::NoSet)
                    }
                }
            })
        });
        Arc::new(Keys::fetched(fetch, Duration::from_secs(30), Duration::from_secs(600)))
    }

    fn fetches(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// No two fetches lie closer together than the interval.
    fn require_rare(&self) {
        let asked = self.asked.lock().unwrap();
        for pair in asked.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_secs(30), "{:?}", pair[1] - pair[0]);
        }
    }
}

async fn unknown(keys: &Arc<Keys>, number: usize) -> Result<usize, SessionError> {
    keys.candidates(Some(&format!("unknown-{number}")), Algorithm::EdDSA).await.map(|candidates| candidates.keys.len())
}

/// Lets tasks that can go on do so, without a tick of the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn should_fetch_at_most_once_in_the_interval_whatever_the_tokens_say() {
    let good = Answer::Set(set_of([&Issuer::new("a")]));
    for answers in [
        vec![good.clone()],
        vec![Answer::Fails],
        vec![Answer::Panics],
        vec![Answer::Late(5)],
        vec![Answer::Late(29), Answer::Panics, good.clone(), Answer::Fails],
    ] {
        let script = Script::new(answers);
        let keys = script.keys();
        let task = tokio::spawn(Arc::clone(&keys).keep_fresh());
        for second in 0..200 {
            let asks = (0..50).map(|number| {
                let keys = Arc::clone(&keys);
                tokio::spawn(async move { unknown(&keys, second * 50 + number).await })
            });
            let asks: Vec<_> = asks.collect();
            settle().await;
            tokio::time::advance(Duration::from_secs(1)).await;
            // Who asks does not always wait for the answer.
            asks.into_iter().step_by(3).for_each(|ask| ask.abort());
        }
        script.require_rare();
        assert!((6..=7).contains(&script.fetches()), "{}", script.fetches());
        task.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn should_keep_the_last_good_set_and_try_again_sooner() {
    let script = Script::new([Answer::Set(set_of([&Issuer::new("a")])), Answer::Fails, Answer::Panics, Answer::Fails]);
    let keys = script.keys();
    let task = tokio::spawn(Arc::clone(&keys).keep_fresh());
    settle().await;
    assert_eq!((script.fetches(), keys.is_loaded()), (1, true));
    tokio::time::advance(Duration::from_secs(599)).await;
    settle().await;
    assert_eq!(script.fetches(), 1);
    // By age; then, since that failed, after every interval, over a panic too.
    for (seconds, fetches) in [(1, 2), (30, 3), (30, 4), (29, 4), (1, 5)] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        settle().await;
        assert_eq!(script.fetches(), fetches);
        assert_eq!(keys.known(Some("a"), Algorithm::EdDSA).keys.len(), 1);
    }
    assert!(!task.is_finished());
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn should_count_generations_of_keys_and_not_fetches() {
    let (one, two) = (Issuer::new("a"), Issuer::new("a"));
    let script = Script::new([Answer::Set(set_of([&one])), Answer::Set(set_of([&one])), Answer::Set(set_of([&two]))]);
    let keys = script.keys();
    let mut seen = Vec::new();
    for _ in 0..3 {
        assert_eq!(unknown(&keys, 0).await, Ok(0));
        seen.push(keys.generation());
        assert_eq!(keys.known(Some("a"), Algorithm::EdDSA).generation, keys.generation());
        tokio::time::advance(Duration::from_secs(30)).await;
    }
    // The same keys again are no new generation; another key of the same name is one.
    assert_eq!((seen, script.fetches()), (vec![1, 1, 2], 3));
}

#[tokio::test(start_paused = true)]
async fn should_go_on_fetching_when_the_asker_leaves() {
    let set = set_of([&Issuer::new("a")]);
    let release = Arc::new(tokio::sync::Notify::new());
    let held = Arc::clone(&release);
    let fetch: Fetch = Box::new(move || {
        let (held, set) = (Arc::clone(&held), set.clone());
        Box::pin(async move {
            held.notified().await;
            Ok(set)
        })
    });
    let keys = Arc::new(Keys::fetched(fetch, Duration::from_secs(30), Duration::from_secs(600)));
    let first = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.candidates(Some("a"), Algorithm::EdDSA).await.map(|found| found.keys.len()) }
    });
    settle().await;
    let second = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.candidates(Some("a"), Algorithm::EdDSA).await.map(|found| found.keys.len()) }
    });
    settle().await;
    first.abort();
    settle().await;
    release.notify_one();
    assert_eq!(second.await.unwrap(), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn should_say_that_there_are_no_keys_until_there_are() {
    let script = Script::new([Answer::Fails, Answer::Set(set_of([&Issuer::new("a")]))]);
    let keys = script.keys();
    assert_eq!(unknown(&keys, 0).await, Err(SessionError::NoKeys));
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(unknown(&keys, 0).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn should_not_fetch_for_a_key_that_is_known() {
    let script = Script::new([Answer::Set(set_of([&Issuer::new("a")]))]);
    let keys = script.keys();
    assert_eq!(unknown(&keys, 0).await, Ok(0));
    tokio::time::advance(Duration::from_secs(500)).await;
    let known = keys.candidates(Some("a"), Algorithm::EdDSA).await.map(|candidates| candidates.keys.len());
    assert_eq!((known, script.fetches()), (Ok(1), 1));
}

/// What becomes of a set that an issuer serves with this status.
async fn served(status: u16, body: String) -> Result<usize, FetchError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap()).parse().unwrap();
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let router = axum::Router::new().route("/jwks", axum::routing::get(async move || (status, body)));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let keys = Keys::new(&KeySource::Url(url), &Algorithms::parse("EdDSA").unwrap(), &Limits::default()).unwrap();
    let result = keys.probe().await.unwrap();
    server.abort();
    result
}

#[tokio::test]
async fn should_read_a_set_of_256_kib_and_no_longer_one() {
    let jwks = serde_json::json!({"keys": [Issuer::new("a").jwk()]}).to_string();
    let padded = |length: usize| format!("{jwks}{}", " ".repeat(length - jwks.len()));
    assert_eq!(served(200, padded(262_144)).await, Ok(1));
    assert_eq!(served(200, padded(262_145)).await, Err(FetchError::Body(BodyError::TooLong)));
}

#[tokio::test]
async fn should_take_a_set_only_with_200_and_a_key_in_it() {
    let jwks = serde_json::json!({"keys": [Issuer::new("a").jwk()]}).to_string();
    for status in [201, 204, 404, 500] {
        assert_eq!(served(status, jwks.clone()).await, Err(FetchError::Status(status)));
    }
    assert_eq!(served(200, "{\"keys\":[]}".into()).await, Err(FetchError::NoKey));
    assert_eq!(served(200, "<html>".into()).await, Err(FetchError::NoSet));
}

#[tokio::test]
async fn should_have_nothing_to_fetch_where_the_keys_are_of_a_file() {
    let fixed = KeySource::Fixed(set_of([&Issuer::new("a")]));
    let keys = Keys::new(&fixed, &Algorithms::parse("EdDSA").unwrap(), &Limits::default()).unwrap();
    assert!(keys.is_loaded() && keys.probe().await.is_none());
}
