//! Replicas that share one budget, over the distribution's own Redis.

use crate::harness::{Harness, anna};
use crate::tokens::{EDDSA, claims};
use crate::world::Reply;
use flexportal::CustomerId;
use futures_util::future::join_all;
use order_documents_proxy::budget::gate::Gate;
use order_documents_proxy::budget::{Call, Purpose};
use order_documents_proxy::config::{Config, Limits, UpstreamConfig};
use order_documents_proxy::shared::Shared;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A server of its own, on loopback, that keeps nothing on disk; dropping it kills it.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { child: Self::listen(port), port }
    }

    /// One that may hold so many megabytes, and throws nothing away.
    fn holding(megabytes: usize) -> Self {
        let redis = Self::start();
        for setting in ["maxmemory-policy noeviction".to_owned(), format!("maxmemory {megabytes}mb")] {
            assert_eq!(redis.ask(&format!("config set {setting}")), ["OK"]);
        }
        redis
    }

    /// A line of `INFO memory`, in bytes.
    fn memory(&self, name: &str) -> u64 {
        let lines = self.ask("info memory");
        let value = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        value.trim().parse().unwrap()
    }

    fn listen(port: u16) -> Child {
        let values = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", "REDIS-SECRET", "--port"];
        let mut command = Command::new("redis-server");
        command.args(values).arg(port.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("redis-server is installed by `cargo xtask setup`");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    fn url(&self) -> String {
        format!("redis://:REDIS-SECRET@127.0.0.1:{}", self.port)
    }

    fn ask(&self, command: &str) -> Vec<String> {
        let mut cli = Command::new("redis-cli");
        cli.args(["-p", &self.port.to_string(), "-a", "REDIS-SECRET"]).args(command.split(' '));
        let output = cli.output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    fn set(&self, key: &str, value: &str) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-p", &self.port.to_string(), "-a", "REDIS-SECRET", "set", key, value]);
        String::from_utf8_lossy(&cli.output().unwrap().stdout).trim().to_owned()
    }

    /// For how many more milliseconds any call holds its place.
    fn longest(&self) -> i64 {
        let set = self.ask("keys *:all").remove(0);
        let scores = self.ask(&format!("zrange {set} 0 -1 withscores"));
        let now = self.ask("time")[0].parse::<i64>().unwrap() * 1000;
        scores.iter().skip(1).step_by(2).map(|score| score.parse::<i64>().unwrap() - now).max().unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = Self::listen(self.port);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two proxies of one tenant in front of one upstream.
async fn two(redis: &Redis, limit: &str) -> [Harness; 2] {
    two_with(redis, limit, |_| {}).await
}

async fn two_with(redis: &Redis, limit: &str, change: fn(&mut Config)) -> [Harness; 2] {
    let url = redis.url();
    let values = [("PROXY_REQUESTS_PER_MINUTE", limit), ("REDIS_URL", &url)];
    // On a busy machine an answer may take its time: that is no loss of the server, which some of these tests are about.
    let change = |config: &mut Config| {
        config.limits.shared_answer = Duration::from_secs(20);
        change(config);
    };
    let first = Harness::with(&values, change).await;
    let upstream = format!("http://{}", first.upstream);
    let keys = format!("{upstream}/jwks");
    let values = [&values[..], &[("FLEXPORTAL_URL", &upstream), ("SESSION_JWKS_URL", &keys)]].concat();
    let second = Harness::with(&values, change).await;
    for harness in [&first, &second] {
        until("the shared state settles", async || said(harness, "shared_state_connected 1").await).await;
    }
    [first, second]
}

async fn said(harness: &Harness, line: &str) -> bool {
    let text = reqwest::get(format!("{}/metrics", harness.admin)).await.unwrap().text().await.unwrap();
    text.lines().any(|known| known.replace("{}", "") == format!("order_documents_{line}"))
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A list that nobody has asked for before.
async fn list(harness: &Harness, number: usize) -> u16 {
    let (customer, order) = (format!("cust_{number}"), format!("ord_{number}"));
    let token = EDDSA.sign(&claims(&customer, Some(&[&order])));
    let answer = harness.get(&token, &format!("/api/v1/files?orderId={order}")).await;
    if answer.status == 429 {
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=90).contains(&wait), "{wait}");
    }
    answer.status.as_u16()
}

/// Asks both at once for lists of as many customers, and counts those that were granted.
async fn ask(replicas: &[Harness; 2], numbers: std::ops::Range<usize>) -> usize {
    let answers = join_all(numbers.map(|number| list(&replicas[number % 2], number))).await;
    assert!(answers.iter().all(|status| [200, 429].contains(status)), "{answers:?}");
    answers.into_iter().filter(|status| *status == 200).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn should_share_one_budget_and_keep_a_share_for_signing() {
    let redis = Redis::start();
    let replicas = two(&redis, "20").await;
    // 16 of 20 may read, whichever replica is asked.
    assert_eq!(ask(&replicas, 0..60).await, 16);
    assert_eq!(replicas[0].world.take_calls().len(), 16);
    // A call that has ended holds its place for a minute from then, and not for as long as it might have taken.
    let asked = Instant::now();
    until("ended calls are told", async || redis.longest() <= 60_000).await;
    assert!(asked.elapsed() < Duration::from_secs(8), "they were not told, and became that young by waiting");
    for harness in &replicas {
        assert!(said(harness, "upstream_budget_used 16").await && said(harness, "upstream_budget_limit 20").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn should_leave_as_much_to_others_as_one_customer_holds() {
    let redis = Redis::start();
    let replicas = two(&redis, "20").await;
    // One customer, half at each replica: half of the 16 that may read.
    let token = anna();
    let paths: Vec<_> = (0..40).map(|offset| format!("/api/v1/files?orderId=ord_a1&offset={offset}")).collect();
    let asked = paths.iter().enumerate().map(|(number, path)| replicas[number % 2].get(&token, path));
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 8);
    let wait: u64 = answers.iter().find(|answer| answer.status == 429).unwrap().header("retry-after").parse().unwrap();
    assert!((40..=60).contains(&wait), "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn should_hold_the_budget_when_redis_dies_and_comes_back_empty() {
    let mut redis = Redis::start();
    let replicas = two(&redis, "40").await;
    assert_eq!(ask(&replicas, 0..10).await, 10);
    redis.kill();
    // The calls of the others may still be in the window, and nobody knows them.
    assert_eq!(ask(&replicas, 100..110).await, 0);
    for harness in &replicas {
        until("the loss is noticed", async || said(harness, "shared_state_connected 0").await).await;
        // Ready is who has learned its part by now.
        let ready = reqwest::get(format!("{}/readyz", harness.admin)).await.unwrap();
        assert!(ready.text().await.unwrap().contains("REDIS_URL"));
    }
    redis.restart();
    for harness in &replicas {
        until("they come back by themselves", async || said(harness, "shared_state_connected 1").await).await;
    }
    // Redis knows nothing any more; the replicas have told it of the 10. So 22 of the 32 that may read are left.
    until("calls are granted again", async || list(&replicas[0], 200).await == 200).await;
    assert_eq!(ask(&replicas, 300..380).await, 21);
    assert_eq!(replicas[0].world.take_calls().len(), 32);
}

/// Whether Redis is back in a moment nobody knows, and who waits sees; who does not wait is told when calls go on at the latest.
#[tokio::test(flavor = "multi_thread")]
async fn should_tell_from_the_first_moment_how_long_it_is_silent_without_redis() {
    let mut redis = Redis::start();
    let harness = Harness::with(&[("REDIS_URL", &redis.url())], |config| config.limits.budget_wait = Duration::ZERO).await;
    until("the shared state settles", async || list(&harness, 1).await == 200).await;
    redis.kill();
    let killed = Instant::now();
    for asked in 0.. {
        let token = EDDSA.sign(&claims(&format!("cust_{asked}"), Some(&["ord_1"])));
        let answer = harness.get(&token, &format!("/api/v1/files?orderId=ord_1&offset={}", 100 + asked)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "RATE_LIMITED"));
        // 87 seconds after it was last heard of, at the latest 2 seconds before it died: a minute, a call of the others in it, and the time to notice.
        let (wait, gone): (u64, u64) = (answer.header("retry-after").parse().unwrap(), killed.elapsed().as_secs());
        assert!((84..=88).contains(&(wait + gone)), "{wait} s after {gone} s");
        if said(&harness, "shared_state_connected 0").await && gone > 4 {
            break;
        }
    }
}

/// One replica is told by the upstream to wait: so are all, and none of them calls to hear it once more.
#[tokio::test(flavor = "multi_thread")]
async fn should_pause_every_replica_by_one_429() {
    const WAIT: u64 = 3;
    let redis = Redis::start();
    let [first, second] = two_with(&redis, "100", |config| config.limits.budget_wait = Duration::ZERO).await;
    let known = serde_json::json!({"fileId": "file_ord_a2_1", "orderId": "ord_a2"});
    let is_listed = async || second.get(&anna(), "/api/v1/files?orderId=ord_a2").await.status == 200;
    until("the shared state settles", is_listed).await;
    let world = &first.world;
    world.take_calls();
    world.answer_with(|_| Some(Reply::Raw(429, vec![("retry-after", WAIT.to_string())], Vec::new())));
    let told = Instant::now();
    assert_eq!((list(&first, 1).await, world.take_calls().len()), (429, 1));
    world.be_honest_again();
    // Neither lists nor signatures, of whomever, until it is over.
    let signed = second.sign(&anna(), known.clone()).await;
    assert_eq!((signed.status.as_u16(), signed.code().as_str()), (429, "RATE_LIMITED"));
    assert!((1..=WAIT).contains(&signed.header("retry-after").parse().unwrap()));
    assert!(said(&second, "upstream_calls_total{operation=\"sign\",outcome=\"paused\"} 1").await);
    while list(&second, 2).await == 429 {
        let calls = world.take_calls();
        assert!(calls.is_empty() || told.elapsed() >= Duration::from_secs(WAIT), "{calls:?} after {:?}", told.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(told.elapsed() >= Duration::from_secs(WAIT), "a call was made after {:?}", told.elapsed());
    assert_eq!((second.sign(&anna(), known).await.status, list(&first, 3).await), (200.try_into().unwrap(), 200));
}

/// A replica that asked nothing during a pause does not run into what may still be there with all that it has.
#[tokio::test(flavor = "multi_thread")]
async fn should_try_with_one_call_after_a_pause_that_it_slept_through() {
    let redis = Redis::start();
    let [first, second] = two_with(&redis, "100", |config| config.limits.budget_wait = Duration::ZERO).await;
    until("the shared state settles", async || list(&second, 0).await == 200).await;
    let world = &first.world;
    let refusal = || Reply::Raw(429, vec![("retry-after", "1".into())], Vec::new());
    world.answer_with(move |_| Some(refusal()));
    assert_eq!(list(&first, 1).await, 429);
    world.be_honest_again();
    until("the pause is over", async || list(&first, 2).await == 200).await;
    world.take_calls();
    let (let_go, answered) = (Arc::new(Notify::new()), AtomicUsize::new(0));
    let held = Arc::clone(&let_go);
    world.answer_with(move |_| Some(Reply::Held(Arc::clone(&held), Box::new(refusal()))));
    let asking = join_all((10..22).map(async |number| {
        let status = list(&second, number).await;
        answered.fetch_add(1, Ordering::Relaxed);
        status
    }));
    let looking = async {
        let calls = || world.calls.lock().unwrap().len();
        until("each has called or was refused", async || calls() + answered.load(Ordering::Relaxed) == 12).await;
        assert_eq!(calls(), 1);
        let_go.notify_one();
    };
    assert_eq!(tokio::join!(asking, looking).0, [429; 12]);
    // And once it was answered all go again.
    world.be_honest_again();
    until("the pause is over", async || list(&second, 3).await == 200).await;
    assert_eq!(join_all((30..42).map(|number| list(&second, number))).await, [200; 12]);
}

/// A question that is refused always pauses everybody once, whichever replicas ask it.
#[tokio::test(flavor = "multi_thread")]
async fn should_pause_nobody_for_what_another_replica_was_refused_before() {
    let redis = Redis::start();
    let [first, second] = two_with(&redis, "100", |config| config.limits.budget_wait = Duration::ZERO).await;
    let world = &first.world;
    world.answer_with(|call| {
        let is_refused = call.query.get("orderId").is_some_and(|order| order == "ord_7");
        is_refused.then(|| Reply::Raw(429, vec![("retry-after", "1".into())], Vec::new()))
    });
    until("the shared state settles", async || list(&first, 0).await == 200).await;
    world.take_calls();
    assert_eq!((list(&first, 7).await, list(&second, 1).await, world.take_calls().len()), (429, 429, 1));
    for (number, harness) in [(2, &first), (3, &second)] {
        until("the pause is over", async || list(harness, number).await == 200).await;
    }
    // The second replica is told for the first time.
    world.take_calls();
    assert_eq!((list(&second, 7).await, world.take_calls().len()), (429, 1));
    assert_eq!([list(&second, 4).await, list(&first, 5).await, list(&second, 7).await], [200, 200, 429]);
    let names = redis.ask("keys *");
    assert!(names.iter().any(|name| name.contains(":refused:")) && !names.iter().any(|name| name.contains("ord_7")), "{names:?}");
}

/// Who is told to wait waits for the longer of both: for the end of the pause, and for a place in the window.
#[tokio::test(flavor = "multi_thread")]
async fn should_tell_the_longer_wait_where_all_pause_and_the_window_is_full() {
    let redis = Redis::start();
    let [first, second] = two_with(&redis, "5", |config| config.limits.budget_wait = Duration::ZERO).await;
    until("the shared state settles", async || list(&first, 1).await == 200).await;
    assert_eq!([list(&first, 2).await, list(&first, 3).await], [200, 200]);
    // The last of the four that may read.
    first.world.answer_with(|_| Some(Reply::Raw(429, vec![("retry-after", "2".into())], Vec::new())));
    first.world.take_calls();
    assert_eq!(list(&first, 4).await, 429);
    let answer = second.get(&anna(), "/api/v1/files?orderId=ord_a1").await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!(answer.status == 429 && (30..=60).contains(&wait), "{} {wait}", answer.status);
    assert!(said(&second, "upstream_calls_total{operation=\"list\",outcome=\"paused\"} 1").await);
    assert_eq!(first.world.take_calls().len(), 1);
}

/// A gate of a replica of its own, with so many calls a minute for all.
async fn gate(redis: &Redis, requests_per_minute: u32) -> Gate {
    let base = "https://api.example".parse().unwrap();
    let config = UpstreamConfig { base, api_key: "k".into(), tenant_id: "one".into(), requests_per_minute };
    Gate::shared(Shared::start(&redis.url().as_str().into(), None, &config, &Limits::default()).await.unwrap().0)
}

#[tokio::test(flavor = "multi_thread")]
async fn should_give_a_place_back_to_everybody_with_which_no_call_was_made() {
    let redis = Redis::start();
    let [one, other] = [gate(&redis, 2).await, gate(&redis, 2).await];
    let take = async |gate: &Gate, purpose, customer: &str| {
        let call = Call { purpose, customer: CustomerId::new(customer).unwrap() };
        gate.pass(call, Duration::ZERO).await.ok()
    };
    let reading = Mutex::new(None);
    until("the shared state settles", async || {
        let permit = take(&one, Purpose::Read, "cust_a").await;
        let taken = permit.is_some();
        *reading.lock().unwrap() = permit;
        taken
    })
    .await;
    let signing = take(&other, Purpose::Sign, "cust_b").await.expect("the second of two");
    assert!(take(&other, Purpose::Sign, "cust_c").await.is_none(), "there are two");
    one.give_back(reading.into_inner().unwrap().unwrap());
    until("it is given back", async || take(&other, Purpose::Sign, "cust_d").await.is_some()).await;
    // A call that was made holds its place, and so does that of a permit that was dropped. Of what was given back nothing is left.
    drop(signing);
    assert!(take(&other, Purpose::Sign, "cust_e").await.is_none() && take(&one, Purpose::Read, "cust_e").await.is_none());
    let sets = redis
        .ask("keys *")
        .into_iter()
        .filter(|key| [":all", ":reads"].iter().any(|end| key.ends_with(end)) || key.contains(":own:"));
    let mut places: Vec<_> = sets.map(|key| redis.ask(&format!("zcard {key}")).remove(0)).collect();
    places.sort();
    assert_eq!(places, ["1", "1", "2"], "all, and the two who sign");
}

#[tokio::test(flavor = "multi_thread")]
async fn should_make_no_call_without_ever_having_heard_of_the_others() {
    let mut redis = Redis::start();
    redis.kill();
    let harness = Harness::with(&[("REDIS_URL", redis.url().as_str())], |_| {}).await;
    assert_eq!(list(&harness, 1).await, 429);
    harness.no_upstream_call("nobody knows what the others have used");
    assert_eq!(reqwest::get(format!("{}/readyz", harness.admin)).await.unwrap().status(), 503);
    redis.restart();
    until("it finds Redis by itself", async || list(&harness, 1).await == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn should_share_nothing_between_tenants_and_tell_redis_no_name() {
    let redis = Redis::start();
    let url = redis.url();
    let values = |tenant| [("PROXY_REQUESTS_PER_MINUTE", "5"), ("REDIS_URL", url.as_str()), ("FLEXPORTAL_TENANT_ID", tenant)];
    let replicas = [Harness::with(&values("one"), |_| {}).await, Harness::with(&values("two"), |_| {}).await];
    assert_eq!(ask(&replicas, 0..40).await, 8);
    let keys = redis.ask("keys *").join("\n");
    assert!(keys.lines().count() > 8 && keys.lines().all(|key| key.starts_with("order-documents:{")), "{keys}");
    assert!(!["cust_", "ord_", "one", "two"].iter().any(|name| keys.replace("order-documents:", "").contains(name)), "{keys}");
    for harness in &replicas {
        harness.forbid_in_logs("REDIS-SECRET");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn should_share_lists_within_a_tenant_and_miss_where_redis_fails() {
    let mut redis = Redis::start();
    let url = redis.url();
    let replica = async |tenant: &str| {
        let base = "https://api.example".parse().unwrap();
        let config = UpstreamConfig { base, api_key: "k".into(), tenant_id: tenant.into(), requests_per_minute: 100 };
        Shared::start(&url.as_str().into(), None, &config, &Limits::default()).await.unwrap().0
    };
    let [first, second, other] = [replica("one").await, replica("one").await, replica("two").await];
    let ttl = Duration::from_secs(300);
    first.put_list("customer order", b"a page", Duration::ZERO, ttl).await;
    let (page, age) = second.get_list("customer order").await.unwrap();
    assert!(page == b"a page" && age < Duration::from_secs(5), "{age:?}");
    assert_eq!((second.get_list("another").await, other.get_list("customer order").await), (None, None));
    first.put_list("long", &vec![0; (1 << 20) + 1], Duration::ZERO, ttl).await;
    assert_eq!(second.get_list("long").await, None);
    first.put_list("short", b"x", Duration::ZERO, Duration::from_millis(1)).await;
    until("it ends with its time", async || second.get_list("short").await.is_none()).await;
    redis.kill();
    let start = Instant::now();
    assert_eq!(second.get_list("customer order").await, None);
    first.put_list("customer order", b"another", Duration::ZERO, ttl).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn should_show_a_list_that_another_replica_has_asked_for_to_whom_it_is_permitted() {
    let redis = Redis::start();
    let [first, second] = two(&redis, "100").await;
    let path = "/api/v1/files?orderId=ord_a1";
    let shown = first.get(&anna(), path).await;
    assert_eq!(shown.file_ids().len(), 3);
    // It is given to the others in the background.
    until("the list is shared", async || !redis.ask("keys *:list:*").is_empty()).await;
    assert_eq!(second.get(&anna(), path).await.text, shown.text);
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_b1"])));
    assert_eq!(second.get(&ben, path).await.status, 404);
    // The portal gave Ben the order, too; its records say that they are Anna's.
    let ben = EDDSA.sign(&claims("cust_ben", Some(&["ord_a1"])));
    assert!(second.get(&ben, path).await.file_ids().is_empty());
    assert_eq!(first.world.take_calls().len(), 1);
    assert!(said(&second, "lists_total{outcome=\"shared\"} 1").await);
    // Nothing lies there that stops at the proxy, nor the key.
    let name = redis.ask("keys *:list:*").remove(0);
    let kept = redis.ask(&format!("get {name}")).join("\n");
    assert!(kept.contains("file_ord_a1_1"), "{kept}");
    for internal in ["TENANT", "PATH", "UPLOADER", "META", "KEY-"] {
        assert!(!kept.contains(internal), "{internal} lies in Redis: {kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn should_show_an_old_list_of_another_replica_while_the_upstream_fails_and_sign_nothing_on_it() {
    let redis = Redis::start();
    let url = redis.url();
    let change = |config: &mut Config| {
        (config.limits.list_fresh, config.limits.list_stale) = (Duration::ZERO, Duration::ZERO);
        config.limits.finding = Duration::ZERO;
    };
    let first = Harness::with(&[("REDIS_URL", &url)], change).await;
    let upstream = format!("http://{}", first.upstream);
    let keys = format!("{upstream}/jwks");
    let values = [("REDIS_URL", url.as_str()), ("FLEXPORTAL_URL", &upstream), ("SESSION_JWKS_URL", &keys)];
    let second = Harness::with(&values, change).await;
    let path = "/api/v1/files?orderId=ord_a1";
    let shown = first.get(&anna(), path).await;
    until("the list is shared", async || !redis.ask("keys *:list:*").is_empty()).await;
    first.world.answer_with(|_| Some(Reply::Json(500, serde_json::json!({}))));
    assert_eq!(second.get(&anna(), path).await.text, shown.text);
    let sign = serde_json::json!({"fileId": "file_ord_a1_1", "orderId": "ord_a1"});
    assert_eq!(second.sign(&anna(), sign).await.status, 502);
    // What lies in Redis may be anything.
    let name = redis.ask("keys *:list:*").remove(0);
    redis.ask(&format!("set {name} garbage"));
    let third = Harness::with(&values, change).await;
    assert_eq!(third.get(&anna(), path).await.status, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn should_count_in_again_where_the_server_is_another_run_with_old_data() {
    let redis = Redis::start();
    let replicas = two(&redis, "20").await;
    assert_eq!(ask(&replicas, 0..40).await, 16);
    // What a snapshot of a while ago, or a follower that lagged, comes up with: the mark is there, and calls are not.
    let mark = redis.ask("keys *:mark").remove(0);
    let born = redis.ask(&format!("get {mark}")).remove(0);
    let old = format!("{} another-run", born.split(' ').next().unwrap());
    let all = redis.ask("keys *:all").remove(0);
    let reads = redis.ask("keys *{*}:reads").remove(0);
    redis.ask(&format!("del {all} {reads}"));
    assert_eq!(redis.set(&mark, &old), "OK");
    redis.ask("client kill type normal");
    for harness in &replicas {
        until("they have come back", async || said(harness, "upstream_budget_used 16").await).await;
    }
    assert_eq!(ask(&replicas, 100..140).await, 0);
    assert_eq!(replicas[0].world.take_calls().len(), 16);
    // What counts calls does not expire, so that a full server does not throw it away.
    assert_eq!([redis.ask(&format!("ttl {all}")), redis.ask(&format!("ttl {mark}"))], [["-1"], ["-1"]]);
}

/// One thread, on which who waits is woken before what was begun for the giver: it must not ask for the place before that is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn should_wake_who_waits_when_a_place_is_given_back_and_not_before() {
    let redis = Redis::start();
    let gate = Arc::new(gate(&redis, 1).await);
    let pass = |customer, patience| {
        let (gate, call) = (Arc::clone(&gate), Call { purpose: Purpose::Sign, customer: CustomerId::new(customer).unwrap() });
        tokio::spawn(async move { gate.pass(call, patience).await.ok() })
    };
    let permit = pass("cust_a", Duration::from_secs(20)).await.unwrap().expect("when the shared state has settled");
    let waits = pass("cust_b", Duration::from_secs(120));
    until("it waits", async || gate.waiting() == 1).await;
    let giver = Arc::clone(&gate);
    tokio::spawn(async move { giver.give_back(permit) }).await.unwrap();
    // The next look would be after a minute, when the place could be free at the earliest had a call been made.
    let granted = tokio::time::timeout(Duration::from_secs(20), waits).await.expect("it looks at once");
    assert!(granted.unwrap().is_some());
}

/// One replica's view, without a proxy.
async fn replica(redis: &Redis) -> Arc<Shared> {
    let base = "https://api.example".parse().unwrap();
    let config = UpstreamConfig { base, api_key: "k".into(), tenant_id: "one".into(), requests_per_minute: 100 };
    Shared::start(&redis.url().as_str().into(), None, &config, &Limits::default()).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn should_go_on_counting_calls_when_lists_have_filled_the_server() {
    let redis = Redis::holding(8);
    let replicas = two(&redis, "100").await;
    let shared = replica(&redis).await;
    assert_eq!(ask(&replicas, 0..20).await, 20);
    let ttl = Duration::from_secs(300);
    for number in 0..100 {
        shared.put_list(&format!("list {number}"), &vec![b'x'; 200_000], Duration::ZERO, ttl).await;
    }
    // Twenty megabytes were offered; what was taken leaves half of the server free.
    assert!(shared.get_list("list 0").await.is_some() && shared.get_list("list 99").await.is_none());
    let (used, most) = (redis.memory("used_memory"), redis.memory("maxmemory"));
    assert!((most / 4..most / 2 + 1_000_000).contains(&used), "{used} of {most} bytes");
    // A newer one still takes the place of an older one.
    shared.put_list("list 0", &vec![b'y'; 200_000], Duration::ZERO, ttl).await;
    assert_eq!(shared.get_list("list 0").await.unwrap().0[0], b'y');
    // Of the 80 that may read in a minute 20 are used, and not one is forgotten.
    assert_eq!(ask(&replicas, 100..200).await, 60);
    let all = redis.ask("keys *:all").remove(0);
    assert_eq!((redis.ask(&format!("zcard {all}")), replicas[0].world.take_calls().len()), (vec!["80".to_owned()], 80));
    assert!(redis.ask("info errorstats").iter().all(|line| !line.starts_with("errorstat_OOM")), "nothing was refused");
    for harness in &replicas {
        assert!(said(harness, "shared_state_connected 1").await);
    }
    // Where there is room again, lists are shared again.
    assert_eq!(redis.ask("config set maxmemory 64mb"), ["OK"]);
    shared.put_list("list 99", b"a page", Duration::ZERO, ttl).await;
    assert!(shared.get_list("list 99").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn should_put_no_list_where_the_server_does_not_tell_how_full_it_is() {
    let redis = Redis::start();
    let shared = replica(&redis).await;
    let ttl = Duration::from_secs(300);
    shared.put_list("before", b"a page", Duration::ZERO, ttl).await;
    assert!(shared.get_list("before").await.is_some());
    assert_eq!(redis.ask("acl setuser default -info"), ["OK"]);
    shared.put_list("after", b"a page", Duration::ZERO, ttl).await;
    assert!(shared.get_list("after").await.is_none() && shared.is_connected());
}
