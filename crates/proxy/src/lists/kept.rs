//! One page that is kept, with what was made of it for the last customer who saw it.

use crate::encoding::{self, WORTH_COMPRESSING};
use crate::policy::{Permitted, Scope};
use bytes::Bytes;
use flate2::Compression;
use flexportal::{CustomerId, FileList, OrderId};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A page as the upstream answered it, not judged for anybody.
pub struct Kept {
    list: FileList,
    asked: Instant,
    /// When it was last tried to ask for it again.
    tried: Mutex<Option<Instant>>,
    /// Mostly one customer looks at an order's list, again and again.
    shown: Mutex<Option<(CustomerId, OrderId, Arc<Shown>)>>,
}

impl Kept {
    /// A page that was asked for so long ago.
    pub fn new(list: FileList, age: Duration) -> Self {
        let now = Instant::now();
        Self { list, asked: now.checked_sub(age).unwrap_or(now), tried: Mutex::default(), shown: Mutex::default() }
    }

    /// The upstream's records, which are not the reader's before `policy` said so.
    pub fn list(&self) -> &FileList {
        &self.list
    }

    /// When the upstream was asked.
    pub fn asked(&self) -> Instant {
        self.asked
    }

    /// How long ago that was.
    pub fn age(&self) -> Duration {
        self.asked.elapsed()
    }

    /// Whether it is time to ask for it again: once in `pause`, however many look at it and whatever became of the last try.
    pub fn is_to_be_tried(&self, pause: Duration) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = tried.is_none_or(|tried| tried.elapsed() >= pause);
        if is_time {
            *tried = Some(Instant::now());
        }
        is_time
    }

    /// About how many bytes it takes, with what is made of it.
    pub fn weight(&self) -> u32 {
        let names: usize = self.list.files.iter().map(|record| record.name.as_ref().map_or(0, String::len)).sum();
        u32::try_from(500 + 1500 * self.list.files.len() + 4 * names).unwrap_or(u32::MAX)
    }

    /// What of an order's page its customer may see, made by `judge` unless it was made for the same scope before.
    ///
    /// It depends on the customer and the order alone: what else is in a session decided whether the scope is permitted at all. A customer's own
    /// list depends on more, and is judged each time.
    pub fn shown(&self, scope: &Permitted<Scope>, judge: impl FnOnce() -> String) -> Arc<Shown> {
        let Some(order) = scope.what().order() else { return Arc::new(Shown::new(judge())) };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shown {
            Some((for_customer, of, made)) if for_customer == scope.customer() && of == order => Arc::clone(made),
            _ => {
                let made = Arc::new(Shown::new(judge()));
                *shown = Some((scope.customer().clone(), order.clone(), Arc::clone(&made)));
                made
            }
        }
    }
}

/// An answer's body, plain and compressed.
pub struct Shown {
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
}

impl Shown {
    fn new(plain: String) -> Self {
        Self { plain: plain.into(), gzip: OnceLock::new() }
    }

    /// The body as it is.
    pub fn plain(&self) -> Bytes {
        self.plain.clone()
    }

    /// The body compressed, once for all who take it so; `None` where it is too short to be worth it.
    pub fn gzip(&self) -> Option<Bytes> {
        let compress = || encoding::gzip(&self.plain, Compression::fast()).into();
        self.gzip.get_or_init(|| (self.plain.len() >= WORTH_COMPRESSING).then(compress)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;
    use crate::policy::OrderDecision;
    use crate::session::Session;

    fn scope(customer: &str, order: &str) -> Permitted<Scope> {
        match policy::order(&Session::for_test(customer, Some(&[order])), OrderId::new(order).unwrap()) {
            OrderDecision::Permitted(scope) => scope,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn should_show_what_was_judged_for_the_very_scope() {
        let kept = Kept::new(FileList::default(), Duration::ZERO);
        let shown = |scope: &Permitted<Scope>, text: &str| kept.shown(scope, || text.into()).plain();
        assert_eq!(shown(&scope("anna", "o1"), "anna's"), "anna's");
        assert_eq!(shown(&scope("anna", "o1"), "judged again"), "anna's");
        assert_eq!(shown(&scope("ben", "o1"), "ben's"), "ben's");
        assert_eq!(shown(&scope("ben", "o2"), "ben's other"), "ben's other");
        let customers = policy::customer(&Session::for_test("ben", None));
        assert_eq!(shown(&customers, "all of ben's"), "all of ben's");
        assert_eq!(shown(&customers, "all of ben's, later"), "all of ben's, later");
    }

    #[test]
    fn should_keep_the_list_as_it_was_answered_and_weigh_it() {
        let answered = serde_json::json!({"files": [{"fileId": "f1", "fileName": "abc"}, {"fileId": "f2", "fileName": "defg"}]});
        let list: FileList = serde_json::from_value(answered).unwrap();
        let kept = Kept::new(list.clone(), Duration::ZERO);
        assert_eq!((kept.list(), kept.list().files.len()), (&list, 2));
        assert_eq!([kept.weight(), Kept::new(FileList::default(), Duration::ZERO).weight()], [500 + 2 * 1500 + 4 * 7, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn should_know_when_it_was_asked() {
        let now = Instant::now();
        let kept = Kept::new(FileList::default(), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!((kept.asked(), kept.age()), (now, Duration::from_secs(7)));
    }

    #[test]
    fn should_know_its_age() {
        let kept = Kept::new(FileList::default(), Duration::from_secs(20));
        assert!((Duration::from_secs(20)..Duration::from_secs(25)).contains(&kept.age()));
    }

    #[tokio::test(start_paused = true)]
    async fn should_be_tried_again_once_in_a_while() {
        let kept = Kept::new(FileList::default(), Duration::ZERO);
        let pause = Duration::from_secs(15);
        assert_eq!([kept.is_to_be_tried(pause), kept.is_to_be_tried(pause)], [true, false]);
        tokio::time::advance(pause).await;
        assert_eq!([kept.is_to_be_tried(pause), kept.is_to_be_tried(pause)], [true, false]);
    }

    #[test]
    fn should_compress_what_is_long_enough() {
        assert!(Shown::new("a".repeat(WORTH_COMPRESSING - 1)).gzip().is_none());
        let long = Shown::new("a".repeat(WORTH_COMPRESSING));
        let mut text = String::new();
        let gzip = long.gzip().unwrap();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&gzip[..]), &mut text).unwrap();
        assert_eq!(text.len(), WORTH_COMPRESSING);
        assert!(gzip.len() < 100);
    }
}
