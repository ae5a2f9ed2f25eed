//! Which questions are not asked for a while, because the upstream said so (429 with `Retry-After`). Time is handed in.
//!
//! The allowance is the key's, for everybody together: one 429 holds back every call, reads and signatures, until the wait is over. Then one call
//! alone is made, and the others follow when it was answered.
//!
//! A 429 may be about one order only, though, by a fault of the upstream or because somebody wants it so. That must stop nobody else for long:
//! the others wait no longer than [`FIRST`], and twice as long with each further refusal before anything is answered; and a question that was
//! refused before, by whichever replica's asking, and is refused again while others are answered, holds back itself alone. The price of all this:
//! a general limit is noticed by two calls where such a question comes first, and a wait of an hour is looked into after 1, 3, 7, 15 and 31 minutes,
//! by one call each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest that a first refusal holds back other questions: the allowance is by the minute.
const FIRST: Duration = Duration::from_secs(60);

/// For so long after its wait it is remembered that a question was refused.
pub const REMEMBERED: Duration = Duration::from_secs(600);

/// Beside a call that tries whether the wait is over, whose end nobody knows.
const TRYING: Duration = Duration::from_secs(1);

/// The pauses of one key, as many tasks use them. Moments are durations since a start that is the same for all calls.
#[derive(Debug)]
pub struct Pauses(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    longest: Duration,
    /// Before that moment the question is not asked again. An entry is kept for a while after it.
    questions: HashMap<String, Duration>,
    /// Refused, and nothing answered since: nobody asks before that moment, and then one at a time.
    limited: Option<Duration>,
    is_tried: bool,
    /// The question that was refused last, if nothing was answered since.
    last: Option<String>,
    /// Refusals of calls that were sent after the one before, since something was answered.
    in_row: u32,
    /// How many refusals there were. What was sent before the last one says nothing of the time since.
    number: u64,
}

impl Pauses {
    /// `longest`: however long the upstream says, it is asked again after this.
    pub fn new(longest: Duration) -> Self {
        let questions = HashMap::new();
        let state = State { longest, questions, limited: None, is_tried: false, last: None, in_row: 0, number: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    /// For how long the question must not be asked yet; `None` where it may be.
    pub fn refuses(&self, question: &str, now: Duration) -> Option<Duration> {
        with(&self.0, |state| state.refuses(question, now))
    }

    /// Another replica of this proxy was told at `now` that nobody is to call for so long.
    pub fn heard(&self, now: Duration, wait: Duration) {
        with(&self.0, |state| {
            state.limited = state.limited.max(Some(now + wait.min(state.longest)));
            // What was sent before says nothing of the time since.
            (state.is_tried, state.number) = (false, state.number + 1);
        });
    }

    /// Lets the question be asked. After a pause one at a time is let through.
    ///
    /// # Errors
    /// Where it must not be asked yet, for how long.
    pub fn admit(&self, question: &str, now: Duration) -> Result<Pass, Duration> {
        with(&self.0, |state| {
            if let Some(wait) = state.refuses(question, now) {
                return Err(wait);
            }
            state.is_tried = state.limited.is_some();
            Ok(Pass { state: Arc::clone(&self.0), question: question.to_owned(), number: state.number })
        })
    }
}

/// A question that may be asked. Dropped without a verdict it says nothing, and if it was to try whether the wait is over, the next one does.
#[derive(Debug)]
#[must_use = "others wait for the verdict"]
pub struct Pass {
    state: Arc<Mutex<State>>,
    question: String,
    number: u64,
}

impl Pass {
    /// The upstream answered, whatever it said.
    pub fn answered(self) {
        with(&self.state, |state| {
            if state.number == self.number {
                (state.limited, state.last, state.in_row) = (None, None, 0);
            }
        });
    }

    /// The upstream told at `now` to wait. Says for how long everybody does, where that is more than this question.
    ///
    /// `elsewhere`: another replica was refused the same before, and everybody has waited for it.
    pub fn told(self, now: Duration, wait: Duration, elsewhere: bool) -> Option<Duration> {
        with(&self.state, |state| state.told(&self.question, state.number == self.number, now, wait, elsewhere))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        with(&self.state, |state| state.is_tried &= state.number != self.number);
    }
}

impl State {
    fn refuses(&self, question: &str, now: Duration) -> Option<Duration> {
        let left = |until: Duration| until.checked_sub(now).filter(|left| !left.is_zero());
        let own = self.questions.get(question).copied().and_then(left);
        let all = self.limited.and_then(|until| left(until).or(self.is_tried.then_some(TRYING)));
        own.max(all)
    }

    fn told(&mut self, question: &str, is_news: bool, now: Duration, wait: Duration, elsewhere: bool) -> Option<Duration> {
        self.questions.retain(|_, until| *until + REMEMBERED > now);
        let until = now + wait.min(self.longest);
        let before = self.questions.get(question).copied();
        self.questions.insert(question.to_owned(), before.map_or(until, |before| before.max(until)));
        let is_known = before.is_some() || elsewhere;
        let is_alone = is_news && is_known && self.last.as_deref().is_none_or(|last| last == question);
        if !is_alone {
            self.in_row += u32::from(is_news || self.in_row == 0);
            let most = FIRST.saturating_mul(1 << (self.in_row - 1).min(10)).min(self.longest);
            self.limited = self.limited.max(Some(now + wait.min(most)));
        }
        self.last = Some(question.to_owned());
        self.is_tried = false;
        self.number += 1;
        self.limited.filter(|_| !is_alone).map(|until| until.saturating_sub(now))
    }
}

fn with<R>(state: &Mutex<State>, act: impl FnOnce(&mut State) -> R) -> R {
    act(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn pauses() -> Pauses {
        Pauses::new(S(3600))
    }

    fn told(pauses: &Pauses, question: &str, at: u64, wait: u64) -> Option<u64> {
        pauses.admit(question, S(at)).unwrap().told(S(at), S(wait), false).map(|everybody| everybody.as_secs())
    }

    fn answered(pauses: &Pauses, question: &str, at: u64) {
        pauses.admit(question, S(at)).unwrap().answered();
    }

    /// For how many seconds each of these is not asked.
    fn waits<const N: usize>(pauses: &Pauses, questions: [&str; N], at: u64) -> [Option<u64>; N] {
        questions.map(|question| pauses.refuses(question, S(at)).map(|wait| wait.as_secs()))
    }

    #[test]
    fn should_hold_back_everything_by_one_refusal() {
        let pauses = pauses();
        assert_eq!(waits(&pauses, ["list a", "sign b"], 0), [None; 2]);
        told(&pauses, "list a", 10, 30);
        assert_eq!(waits(&pauses, ["list a", "list b", "sign c"], 11), [Some(29); 3]);
        assert_eq!(pauses.admit("sign c", S(39)).unwrap_err(), S(1));
        assert_eq!(waits(&pauses, ["list a", "sign c"], 40), [None; 2]);
    }

    #[test]
    fn should_hold_back_until_the_longer_of_two_pauses_is_over() {
        for (first, second) in [(5, 30), (30, 5)] {
            let pauses = pauses();
            let [a, b] = ["list a", "list b"].map(|question| pauses.admit(question, S(0)).unwrap());
            let _ = a.told(S(0), S(first), false);
            b.told(S(0), S(second), false);
            assert_eq!(waits(&pauses, ["list a", "list b", "sign c"], 6), [Some(24); 3], "{first} {second}");
        }
        // The same question twice, say two pages of one list.
        for (first, second) in [(3600, 5), (5, 3600)] {
            let pauses = pauses();
            let [one, other] = [(); 2].map(|()| pauses.admit("list a", S(0)).unwrap());
            one.told(S(0), S(first), false);
            other.told(S(0), S(second), false);
            // What was sent together is one refusal: it counts once.
            assert_eq!(waits(&pauses, ["list a", "list b"], 6), [Some(3594), Some(54)], "{first} {second}");
            answered(&pauses, "list b", 60);
            assert_eq!(waits(&pauses, ["list a", "list b"], 60), [Some(3540), None], "{first} {second}");
        }
    }

    #[test]
    fn should_take_a_refusal_that_comes_after_an_answer_for_the_first() {
        let pauses = pauses();
        let [early, late] = ["list a", "list b"].map(|question| pauses.admit(question, S(0)).unwrap());
        early.told(S(0), S(1), false);
        answered(&pauses, "sign c", 1);
        late.told(S(2), S(3600), false);
        assert_eq!(waits(&pauses, ["list a", "list b"], 2), [Some(60), Some(3600)]);
    }

    #[test]
    fn should_let_others_try_when_the_same_question_is_refused_again() {
        let pauses = pauses();
        told(&pauses, "list a", 0, 30);
        told(&pauses, "list a", 30, 30);
        assert_eq!(waits(&pauses, ["list a", "list b"], 31), [Some(29), None]);
        // Two are refused, and nothing was answered: it is about everybody, although both were refused before.
        told(&pauses, "list b", 31, 30);
        told(&pauses, "list a", 61, 30);
        assert_eq!(waits(&pauses, ["list a", "list b", "sign c"], 62), [Some(29); 3]);
    }

    #[test]
    fn should_try_with_one_call_when_the_wait_is_over() {
        let pauses = pauses();
        let late = pauses.admit("list z", S(0)).unwrap();
        told(&pauses, "list a", 0, 30);
        // What was sent before the refusal says nothing, however it ends.
        late.answered();
        assert_eq!(waits(&pauses, ["list b"], 1), [Some(29)]);
        let trying = pauses.admit("list b", S(30)).unwrap();
        assert_eq!((waits(&pauses, ["sign c"], 31), pauses.admit("sign c", S(31)).unwrap_err()), ([Some(1)], TRYING));
        // It ended without a verdict: the next one tries.
        drop(trying);
        let trying = pauses.admit("sign c", S(32)).unwrap();
        assert_eq!(waits(&pauses, ["list b"], 32), [Some(1)]);
        trying.told(S(32), S(20), false);
        assert_eq!(waits(&pauses, ["list b", "sign c"], 33), [Some(19); 2]);
        answered(&pauses, "list b", 52);
        let several = ["list a", "list b", "sign c"].map(|question| pauses.admit(question, S(52)));
        assert!(several.iter().all(Result::is_ok));
    }

    #[test]
    fn should_stop_nobody_for_an_hour_because_of_one_question() {
        let pauses = pauses();
        told(&pauses, "list a", 0, 3600);
        assert_eq!(waits(&pauses, ["list a", "list b"], 1), [Some(3599), Some(59)]);
        answered(&pauses, "list b", 60);
        assert_eq!(waits(&pauses, ["list a", "list b"], 61), [Some(3539), None]);
        // Refused again while others are answered, it is alone.
        told(&pauses, "list a", 3600, 3600);
        assert_eq!(waits(&pauses, ["list a", "list b"], 3601), [Some(3599), None]);
        // A second one in a row is everybody's, whether it was refused before or not.
        told(&pauses, "list b", 3602, 30);
        assert_eq!(waits(&pauses, ["list b", "sign c"], 3602), [Some(30); 2]);
        answered(&pauses, "sign c", 3632);
        told(&pauses, "list b", 3633, 30);
        assert_eq!(waits(&pauses, ["list b", "sign c"], 3633), [Some(30), None]);
        // What was refused long ago is as if it never were.
        answered(&pauses, "sign c", 3640);
        told(&pauses, "list b", 3663 + 600, 30);
        assert_eq!(waits(&pauses, ["sign c"], 3663 + 600), [Some(30)]);
    }

    #[test]
    fn should_come_to_believe_in_a_long_wait() {
        let pauses = pauses();
        let mut now = 0;
        for (number, held) in [60, 120, 240, 480, 960, 1920, 3600, 3600].into_iter().enumerate() {
            told(&pauses, &format!("list {number}"), now, 1_000_000);
            assert_eq!(waits(&pauses, ["sign c"], now), [Some(held)]);
            now += held;
        }
        answered(&pauses, "sign c", now);
        told(&pauses, "sign d", now, 1_000_000);
        assert_eq!(waits(&pauses, ["sign c", "sign d"], now), [Some(60), Some(3600)]);
    }

    #[test]
    fn should_ask_again_after_the_longest_pause_whatever_was_said() {
        let pauses = Pauses::new(S(20));
        told(&pauses, "list a", 0, 3600);
        assert_eq!(waits(&pauses, ["list a", "sign c"], 19), [Some(1); 2]);
        assert_eq!(waits(&pauses, ["list a", "sign c"], 20), [None; 2]);
    }

    #[test]
    fn should_not_take_an_earlier_calls_answer_for_the_end_of_what_was_heard() {
        let pauses = pauses();
        let earlier = pauses.admit("list a", S(0)).unwrap();
        pauses.heard(S(1), S(30));
        earlier.answered();
        assert_eq!(waits(&pauses, ["list b"], 2), [Some(29)]);
        let trying = pauses.admit("list a", S(31)).unwrap();
        assert_eq!(waits(&pauses, ["list b"], 31), [Some(1)]);
        pauses.heard(S(32), S(30));
        trying.answered();
        assert_eq!(waits(&pauses, ["list b"], 33), [Some(29)]);
        pauses.admit("list b", S(62)).unwrap().answered();
        assert_eq!(waits(&pauses, ["list b"], 62), [None]);
    }

    #[test]
    fn should_say_for_how_long_everybody_waits_and_wait_as_long_where_another_was_told() {
        let [one, other] = [pauses(), Pauses::new(S(40))];
        assert_eq!([told(&one, "list a", 0, 30), told(&one, "list a", 30, 30)], [Some(30), None]);
        assert_eq!([told(&one, "list b", 31, 3600), told(&one, "sign c", 31 + 120, 10)], [Some(120), Some(10)]);
        other.heard(S(5), S(30));
        other.heard(S(6), S(10));
        assert_eq!(waits(&other, ["list a", "sign c"], 7), [Some(28); 2]);
        // As after any pause, one tries.
        let trying = other.admit("list a", S(35)).unwrap();
        assert_eq!(waits(&other, ["list a", "sign c"], 36), [Some(1); 2]);
        trying.answered();
        assert_eq!(waits(&other, ["list a", "sign c"], 36), [None; 2]);
        // What is over is to be tried by one alone, too, and nobody waits for longer than is set here.
        other.heard(S(40), S(0));
        assert!(other.admit("list a", S(40)).is_ok_and(|_trying| other.admit("sign c", S(40)).is_err()));
        other.heard(S(40), S(3600));
        assert_eq!(waits(&other, ["list a"], 40), [Some(40)]);
    }

    #[test]
    fn should_pause_nobody_else_by_what_another_replica_was_refused_before() {
        let elsewhere = |pauses: &Pauses, question: &str, at: u64| {
            pauses.admit(question, S(at)).unwrap().told(S(at), S(30), true).map(|everybody| everybody.as_secs())
        };
        let pauses = pauses();
        assert_eq!(elsewhere(&pauses, "list a", 0), None);
        assert_eq!(waits(&pauses, ["list a", "list b"], 1), [Some(29), None]);
        // A second question in a row is everybody's, wherever it was refused before.
        assert_eq!(elsewhere(&pauses, "list b", 1), Some(30));
        assert_eq!(waits(&pauses, ["list a", "list b", "sign c"], 2), [Some(29); 3]);
        // It is heard of after the pause that it made, which does not begin again.
        answered(&pauses, "sign c", 31);
        pauses.heard(S(40), S(30));
        assert_eq!(elsewhere(&pauses, "list d", 70), None);
        assert_eq!(waits(&pauses, ["list d", "sign c"], 71), [Some(29), None]);
    }
}
