//! Which questions are not asked for a while, because the upstream said so (429 with `Retry-After`). Pure: time is handed in.

use crate::budget::Purpose;
use std::collections::HashMap;
use std::time::Duration;

/// The questions that were answered with 429, each with the moment before which it is not asked again.
///
/// One question's 429 holds back that question: it may be about one order only. Two that are held back at once are the whole allowance's, and
/// hold back all of their purpose.
#[derive(Debug)]
pub struct Pauses {
    longest: Duration,
    until: HashMap<(Purpose, String), Duration>,
}

impl Pauses {
    /// `longest`: however long the upstream says, it is asked again after this.
    pub fn new(longest: Duration) -> Self {
        Self { longest, until: HashMap::new() }
    }

    /// The upstream told at `now` to wait.
    pub fn told(&mut self, purpose: Purpose, question: String, now: Duration, wait: Duration) {
        self.until.retain(|_, until| *until > now);
        self.until.insert((purpose, question), now + wait.min(self.longest));
    }

    /// For how long the question must not be asked yet; `None` where it may be.
    pub fn wait(&self, purpose: Purpose, question: &str, now: Duration) -> Option<Duration> {
        let held = self.until.iter().filter(|((of, _), until)| *of == purpose && **until > now);
        let is_general = held.clone().count() > 1;
        let mine = held.filter(|((_, held), _)| is_general || held == question);
        mine.map(|(_, until)| *until - now).max()
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose::{Read, Sign};
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn should_hold_back_the_one_question_that_was_refused() {
        let mut pauses = Pauses::new(S(60));
        pauses.told(Read, "a".into(), S(10), S(5));
        assert_eq!(pauses.wait(Read, "a", S(11)), Some(S(4)));
        assert_eq!((pauses.wait(Read, "b", S(11)), pauses.wait(Sign, "a", S(11))), (None, None));
        assert_eq!(pauses.wait(Read, "a", S(15)), None);
        // The same question again is still one.
        pauses.told(Read, "a".into(), S(15), S(5));
        assert_eq!(pauses.wait(Read, "b", S(16)), None);
    }

    #[test]
    fn should_hold_back_all_of_a_purpose_when_two_questions_are_refused() {
        let mut pauses = Pauses::new(S(60));
        pauses.told(Read, "a".into(), S(0), S(5));
        pauses.told(Read, "b".into(), S(1), S(9));
        assert_eq!((pauses.wait(Read, "c", S(2)), pauses.wait(Sign, "c", S(2))), (Some(S(8)), None));
        // Once one of them is over, the other is alone again.
        assert_eq!((pauses.wait(Read, "c", S(6)), pauses.wait(Read, "b", S(6))), (None, Some(S(4))));
    }

    #[test]
    fn should_ask_again_after_the_longest_pause_whatever_was_said() {
        let mut pauses = Pauses::new(S(60));
        pauses.told(Sign, "a".into(), S(0), S(3600));
        assert_eq!((pauses.wait(Sign, "a", S(59)), pauses.wait(Sign, "a", S(60))), (Some(S(1)), None));
    }
}
