//! What replicas share, in Redis or Valkey: one budget and one list cache.
//!
//! The rules are those of [`budget`](crate::budget), in `take.lua`, by the clock of Redis. A replica that cannot reach it makes no call until those
//! of the others have left the window, and then no more than its part; it says so, and comes back by itself.

mod mirror;
mod names;

use crate::budget::{Ahead, Call, NotYet, Purpose, Refused, WINDOW};
use crate::config::{Limits, UpstreamConfig};
use mirror::{Mirror, Number};
use names::Names;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisError, Script, ScriptInvocation};
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/take.lua")));
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/settle.lua")));
static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/beat.lua")));
static RESTORE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/restore.lua")));
static PAUSE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/pause.lua")));
static PUT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared/put.lua")));

/// For connecting.
const CONNECT: Duration = Duration::from_secs(1);
/// A replica says this often that it is there,
const BEAT_EVERY: Duration = Duration::from_secs(2);
/// is missing when it has not said so for this long,
const MISSING_AFTER: Duration = Duration::from_secs(6);
/// and is forgotten after this. Before that it has stopped making calls alone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1800);
/// After Redis has lost its data nobody takes a call for this long, so that all can count in what they remember.
const SETTLING: Duration = Duration::from_secs(4);
/// Between two tries to reach Redis.
const RETRY: Duration = Duration::from_millis(500);
/// The longest list that is shared, in bytes.
const LIST_BYTES: usize = 1 << 20;

/// One replica's view of what all share.
pub struct Shared {
    client: Client,
    names: Names,
    /// This replica, different at each start.
    replica: String,
    /// For one command's answer.
    answer: Duration,
    limit: u32,
    /// The most that this one may use alone.
    most_alone: u32,
    /// It is connecting: what it remembers is being counted in, and must not change.
    returning: AtomicBool,
    hold: Duration,
    start: Instant,
    mirror: Mutex<Mirror>,
    link: Mutex<Option<MultiplexedConnection>>,
    lost: Notify,
    used: AtomicUsize,
    numbers: AtomicU64,
    news: Mutex<News>,
    /// The last list found no room. It is said once.
    is_full: AtomicBool,
}

/// What another replica was told by the upstream.
#[derive(Default)]
struct News {
    /// Until when all are to wait; nothing where that has been taken notice of.
    until: Option<Instant>,
    /// The end of the last pause that this replica knows of, by the server's clock.
    known: i64,
}

impl News {
    /// A pause that ends, or ended, at `over`, which is in so long.
    fn hear(&mut self, over: i64, left: Duration) {
        if over > self.known {
            *self = Self { until: Some(Instant::now() + left), known: over };
        }
    }
}

/// The data is not there: Redis was restarted empty, or has thrown it away.
struct Gone;

/// Why there was no answer that can be used.
enum Silence {
    Error(&'static str),
    Gone,
}

impl From<RedisError> for Silence {
    fn from(error: RedisError) -> Self {
        // Its text may say more about the server than belongs into a log.
        Self::Error(match error.kind() {
            redis::ErrorKind::AuthenticationFailed => "the password is refused",
            redis::ErrorKind::Io if error.is_timeout() => "timed out",
            redis::ErrorKind::Io => "not reachable",
            redis::ErrorKind::Server(_) => "refuses a command",
            _ => "an answer that cannot be used",
        })
    }
}

impl From<Gone> for Silence {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

/// Whether the text names a Redis server: `redis:` or `rediss:`.
///
/// # Errors
/// What it must be.
pub fn judge_url(text: &str) -> Result<SecretString, String> {
    let is_known = text.starts_with("redis://") || text.starts_with("rediss://");
    let what = "must be redis://[user:password@]host[:port][/database], or rediss: with TLS";
    if is_known && Client::open(text).is_ok() { Ok(text.into()) } else { Err(what.into()) }
}

/// Whether the server answers, and takes the password: for the operator's check. Nothing is written.
pub async fn answers(url: &SecretString) -> bool {
    let Ok(client) = Client::open(url.expose_secret()) else { return false };
    let Ok(mut link) = connect(&client, Limits::default().shared_answer).await else { return false };
    redis::cmd("PING").query_async::<()>(&mut link).await.is_ok()
}

async fn connect(client: &Client, answer: Duration) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(answer));
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Which run of the server this is. One that does not tell is taken for the same always.
async fn run_of(link: &mut MultiplexedConnection) -> Result<String, Silence> {
    match redis::cmd("INFO").arg("server").query_async::<String>(link).await {
        Ok(text) => Ok(text.lines().find_map(|line| line.strip_prefix("run_id:")).unwrap_or("unknown").trim().to_owned()),
        Err(error) if matches!(error.kind(), redis::ErrorKind::Server(_)) => Ok("unknown".into()),
        Err(error) => Err(error.into()),
    }
}

/// How long a call may hold its place if nobody ever says that it has ended.
fn hold(limits: &Limits) -> Duration {
    // Connecting is part of an answer's time; it is counted twice, to be on the safe side of a slow clock.
    WINDOW + limits.connect + limits.upstream_answer
}

/// How long a replica that hears nothing of the others makes no call.
fn silence(limits: &Limits) -> Duration {
    // The others' calls; then the time until it is missed, and until a beat that it does not know of can have been its last.
    hold(limits) + MISSING_AFTER + BEAT_EVERY + CONNECT
}

/// How long it may make calls alone: the last of them has left the window before the others forget it.
fn forgotten(limits: &Limits) -> Duration {
    FORGOTTEN_AFTER - hold(limits)
}

impl Shared {
    /// Tries to reach Redis once, and goes on trying for as long as the task lives that is given back.
    ///
    /// `replicas`: how many there are, where the operator says so. It tells this one its part until it has heard of the others.
    ///
    /// # Errors
    /// Where the URL cannot be used; [`judge_url`] has told before.
    pub async fn start(
        url: &SecretString,
        replicas: Option<u32>,
        config: &UpstreamConfig,
        limits: &Limits,
    ) -> Result<(Arc<Self>, JoinHandle<()>), RedisError> {
        let mut mirror = Mirror::new(silence(limits), forgotten(limits));
        if let Some(replicas) = replicas {
            mirror.heard(Duration::ZERO);
            mirror.set_part(config.requests_per_minute / replicas);
        }
        let shared = Arc::new(Self {
            client: Client::open(url.expose_secret())?,
            names: Names::new(config),
            replica: uuid::Uuid::new_v4().simple().to_string(),
            answer: limits.shared_answer,
            limit: config.requests_per_minute,
            most_alone: config.requests_per_minute / replicas.unwrap_or(1),
            returning: AtomicBool::new(false),
            hold: hold(limits),
            start: Instant::now(),
            mirror: Mutex::new(mirror),
            link: Mutex::default(),
            lost: Notify::new(),
            used: AtomicUsize::new(0),
            numbers: AtomicU64::new(0),
            news: Mutex::default(),
            is_full: AtomicBool::new(false),
        });
        let first = shared.come_back().await;
        let keeper = tokio::spawn(Arc::clone(&shared).keep(first));
        Ok((shared, keeper))
    }

    /// Whether Redis answers. Where it does not, this replica counts for itself.
    pub fn is_connected(&self) -> bool {
        self.link().is_some()
    }

    /// Whether calls can be made at all, now or after a while: without Redis only who knows its part can.
    pub fn can_call(&self) -> bool {
        self.is_connected() || self.mirror().part() > 0
    }

    /// How many calls are allowed in 60 seconds, to all replicas together.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// How many places of the last 60 seconds all replicas hold, as this one has last heard.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Says farewell: the others need keep no part for this replica.
    pub async fn leave(&self) {
        let Some(mut link) = self.link().take() else { return };
        let (replicas, parts) = (self.names.of("replicas"), self.names.of("parts"));
        let mut both = redis::pipe();
        both.atomic().zrem(replicas, &self.replica).ignore().hdel(parts, &self.replica).ignore();
        let _: Result<(), RedisError> = both.query_async(&mut link).await;
    }

    fn link(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, number: Number) -> String {
        format!("{}:{number}", self.replica)
    }

    /// Connects, counts in what this replica remembers, and learns its part. Only then are calls taken there.
    async fn come_back(&self) -> Result<(), Silence> {
        let result = self.connect_and_restore().await;
        self.returning.store(false, Ordering::SeqCst);
        result
    }

    async fn connect_and_restore(&self) -> Result<(), Silence> {
        let mut link = connect(&self.client, self.answer).await?;
        let run = run_of(&mut link).await?;
        let remembered = {
            let mut mirror = self.mirror();
            self.returning.store(true, Ordering::SeqCst);
            mirror.remembered(self.start.elapsed())
        };
        let batches = remembered.chunks(500).map(Some).chain(remembered.is_empty().then_some(None));
        for calls in batches {
            let mut restore = RESTORE.prepare_invoke();
            restore.key(self.names.of("mark")).key(self.names.of("all")).key(self.names.of("reads"));
            restore.arg(self.names.customers()).arg(millis(self.hold)).arg(&run);
            for call in calls.unwrap_or_default() {
                restore.arg(self.name(call.number)).arg(u8::from(call.purpose == Purpose::Read));
                restore.arg(millis(call.leaves_in.unwrap_or(self.hold))).arg(&call.customer);
            }
            let _: i64 = restore.invoke_async(&mut link).await?;
        }
        self.beat(&mut link).await?;
        *self.link() = Some(link);
        Ok(())
    }

    async fn beat(&self, link: &mut MultiplexedConnection) -> Result<(), Silence> {
        let mut beat = BEAT.prepare_invoke();
        for name in ["mark", "all", "replicas", "parts"] {
            beat.key(self.names.of(name));
        }
        beat.arg(&self.replica).arg(self.mirror().part()).arg(self.limit);
        beat.arg(millis(MISSING_AFTER)).arg(millis(FORGOTTEN_AFTER));
        let asked = self.start.elapsed();
        let [_, part, used] = self.answer(&beat, link).await?;
        let mut mirror = self.mirror();
        // What was true when it was asked.
        mirror.heard(asked);
        mirror.set_part(u32::try_from(part).unwrap_or(0).min(self.most_alone));
        self.used.store(usize::try_from(used).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    async fn answer<const N: usize>(
        &self,
        script: &ScriptInvocation<'_>,
        link: &mut MultiplexedConnection,
    ) -> Result<[i64; N], Silence>
    where
        [i64; N]: FromRedisValue,
    {
        let answer: [i64; N] = script.invoke_async(link).await?;
        if answer.first() == Some(&-1) { Err(Gone.into()) } else { Ok(answer) }
    }

    /// Keeps the connection, and says when it is lost and when it is back.
    async fn keep(self: Arc<Self>, first: Result<(), Silence>) {
        let mut state = first;
        let mut told: Option<bool> = None;
        loop {
            let connected = state.is_ok();
            if told != Some(connected) {
                match &state {
                    Ok(()) => tracing::info!("the shared state is there: replicas share one budget"),
                    Err(Silence::Gone) => {
                        tracing::warn!("the shared state lost its data: what this replica remembers is counted in again")
                    }
                    Err(Silence::Error(what)) => {
                        let part = self.mirror().part();
                        tracing::warn!(
                            what,
                            part,
                            "no shared state (REDIS_URL): this replica pauses, and then uses its part of the budget"
                        );
                    }
                }
                // To lose its data is a moment, not a state.
                told = (!matches!(state, Err(Silence::Gone))).then_some(connected);
            }
            if connected {
                state = self.stay().await;
                *self.link() = None;
                continue;
            }
            if !matches!(state, Err(Silence::Gone)) {
                tokio::time::sleep(RETRY).await;
            }
            state = self.come_back().await;
        }
    }

    /// Beats until something fails.
    async fn stay(&self) -> Result<(), Silence> {
        let link = self.link().clone();
        let Some(mut link) = link else { return Err(Silence::Error("not reachable")) };
        loop {
            tokio::select! {
                () = self.lost.notified() => return Err(Silence::Error("not reachable")),
                () = tokio::time::sleep(BEAT_EVERY) => self.beat(&mut link).await?,
            }
        }
    }

    /// Takes a call, from all replicas' budget or, cut off from it, from this one's part.
    ///
    /// # Errors
    /// [`NotYet`]
    pub(crate) async fn take(self: &Arc<Self>, call: &Call, ahead: Ahead) -> Result<Taken, NotYet> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let customer = self.names.customer(call);
        let link = self.link().clone();
        let Some(mut link) = link else { return self.take_alone(number, call, ahead, customer) };
        let mut take = TAKE.prepare_invoke();
        let own = format!("{}{customer}", self.names.customers());
        for name in ["mark", "all", "reads"] {
            take.key(self.names.of(name));
        }
        take.key(&own).key(format!("{own}:reads")).key(self.names.of("replicas")).key(self.names.of("parts"));
        take.key(self.names.of("pause"));
        take.arg(self.name(number)).arg(u8::from(call.purpose == Purpose::Read)).arg(self.limit).arg(ahead.all).arg(ahead.reads);
        take.arg(millis(self.hold)).arg(millis(WINDOW)).arg(millis(SETTLING)).arg(millis(MISSING_AFTER));
        // Counted before it is asked for: who leaves now leaves a call behind that ends.
        self.mirror().note(self.start.elapsed(), number, call, customer.clone());
        let taken = Taken { shared: Arc::clone(self), number };
        match self.answer::<6>(&take, &mut link).await {
            Ok([granted, wait, own, used, pause, left]) => {
                self.used.store(usize::try_from(used).unwrap_or(0), Ordering::Relaxed);
                let millis = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or(0));
                self.news().hear(pause, millis(left));
                if granted == 1 {
                    return Ok(taken);
                }
                taken.unmade();
                Err(Refused { wait: millis(wait.max(1)), own: own == 1 }.into())
            }
            Err(_) => {
                taken.unmade();
                *self.link() = None;
                self.lost.notify_one();
                Err(self.unsure(&self.mirror()))
            }
        }
    }

    /// While nobody knows yet whether Redis is back in a moment: who waits looks again soon, and who is told is told when calls go on if it is not.
    fn unsure(&self, mirror: &Mirror) -> NotYet {
        let wait = mirror.silent_for(self.start.elapsed()).max(RETRY);
        NotYet { refused: Refused { wait, own: false }, again: RETRY }
    }

    fn take_alone(self: &Arc<Self>, number: Number, call: &Call, ahead: Ahead, customer: String) -> Result<Taken, NotYet> {
        let mut mirror = self.mirror();
        let now = self.start.elapsed();
        // A connection that was lost a moment ago is mostly back in a moment.
        if self.returning.load(Ordering::SeqCst) || mirror.was_heard_within(now, BEAT_EVERY + CONNECT + RETRY) {
            return Err(self.unsure(&mirror));
        }
        mirror.take_alone(now, number, call, ahead, customer)?;
        drop(mirror);
        Ok(Taken { shared: Arc::clone(self), number })
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The upstream told this replica that nobody is to call for so long: no replica takes a call before, and one that hears of
    /// it within `known` after its end tries with one call first. Where Redis cannot be told, each hears of it by a call of its own.
    pub(crate) async fn pause(&self, wait: Duration, known: Duration) {
        let link = self.link().clone();
        let Some(mut link) = link else { return };
        let mut pause = PAUSE.prepare_invoke();
        pause.key(self.names.of("pause")).arg(millis(wait)).arg(millis(known));
        if let Ok(over) = pause.invoke_async::<i64>(&mut link).await {
            let mut news = self.news();
            news.known = news.known.max(over);
        }
    }

    /// The upstream refused the question, and for so long that is remembered. Whether it was already, whichever replica was told; where Redis cannot
    /// be asked, nobody knows of it.
    pub(crate) async fn was_refused(&self, question: &str, time: Duration) -> bool {
        let link = self.link().clone();
        let Some(mut link) = link else { return false };
        let mut swap = redis::cmd("SET");
        swap.arg(self.names.refused(question)).arg(1).arg("PX").arg(millis(time)).arg("GET");
        swap.query_async::<Option<u8>>(&mut link).await.is_ok_and(|before| before.is_some())
    }

    /// For how long nobody is to call, as another replica was told; zero where that is over by now. It is said once for each time that it was heard.
    pub(crate) fn take_pause(&self) -> Option<Duration> {
        self.news().until.take().map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// A list that some replica has put there, and its age. A failure is a miss.
    pub async fn get_list(&self, key: &str) -> Option<(Vec<u8>, Duration)> {
        let mut link = self.link().clone()?;
        let name = self.names.list(key);
        let mut both = redis::pipe();
        both.get(&name).pttl(&name);
        let (value, left): (Option<Vec<u8>>, i64) = both.query_async(&mut link).await.ok()?;
        let value = value?;
        let (ttl, bytes) = value.split_first_chunk::<8>()?;
        let age = u64::from_le_bytes(*ttl).checked_sub(u64::try_from(left).ok()?)?;
        Some((bytes.to_vec(), Duration::from_millis(age)))
    }

    /// Takes a list away, which the upstream has taken back. A failure changes nothing.
    pub async fn forget_list(&self, key: &str) {
        let link = self.link().clone();
        let Some(mut link) = link else { return };
        let _: Result<(), RedisError> = redis::cmd("DEL").arg(self.names.list(key)).query_async(&mut link).await;
    }

    /// Puts a list there that is so old already, until it is as old as `ttl`. One of more than 1 MiB is not put, and none that would make the server
    /// more than half full: lists must never be what leaves no room to count calls. A failure changes nothing.
    pub async fn put_list(&self, key: &str, bytes: &[u8], age: Duration, ttl: Duration) {
        let link = self.link().clone();
        let Some(mut link) = link.filter(|_| bytes.len() <= LIST_BYTES) else { return };
        let value = [&millis(ttl).to_le_bytes(), bytes].concat();
        let mut put = PUT.prepare_invoke();
        put.key(self.names.list(key)).arg(value).arg(millis(ttl.saturating_sub(age)).max(1));
        let put: Result<i64, RedisError> = put.invoke_async(&mut link).await;
        let Ok(put) = put else { return };
        let is_full = put == 0;
        if self.is_full.swap(is_full, Ordering::Relaxed) != is_full {
            match is_full {
                true => tracing::warn!(
                    "the shared state is half full, or does not tell: it takes no more lists, and counts calls as before"
                ),
                false => tracing::info!("the shared state takes lists again"),
            }
        }
    }
}

/// A call that was taken. When it is dropped, it has ended.
#[must_use = "the call ends when this is dropped"]
pub(crate) struct Taken {
    shared: Arc<Shared>,
    number: Number,
}

impl Taken {
    /// It was refused, or nobody knows: it was not made. If it was granted all the same, it holds its place without us.
    fn unmade(self) {
        let number = self.number;
        self.shared.mirror().cancel(number);
    }

    /// It was granted, and not made. Where that cannot be told, it holds its place for as long as any call may. `then` is done when it was told.
    pub fn give_back(self, then: impl FnOnce() + Send + 'static) {
        let shared = &self.shared;
        let Some((purpose, customer)) = shared.mirror().cancel(self.number) else { return then() };
        let link = shared.link().clone();
        let (Some(mut link), Ok(runtime)) = (link, tokio::runtime::Handle::try_current()) else { return then() };
        let mut remove = redis::pipe();
        remove.atomic();
        for set in shared.names.sets(purpose, &customer) {
            remove.zrem(set, shared.name(self.number)).ignore();
        }
        runtime.spawn(async move {
            let _: Result<(), RedisError> = remove.query_async(&mut link).await;
            then();
        });
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let shared = &self.shared;
        let Some((purpose, customer)) = shared.mirror().settle(shared.start.elapsed(), self.number) else { return };
        let link = shared.link().clone();
        // Where it cannot be told, the call holds its place for as long as any call may.
        let (Some(mut link), Ok(runtime)) = (link, tokio::runtime::Handle::try_current()) else { return };
        let mut settle = SETTLE.prepare_invoke();
        for set in shared.names.sets(purpose, &customer) {
            settle.key(set);
        }
        settle.arg(shared.name(self.number)).arg(millis(WINDOW));
        runtime.spawn(async move {
            let _: Result<i64, RedisError> = settle.invoke_async(&mut link).await;
        });
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
