use super::Position::{Closed, HalfOpen, Open};
use super::*;
use proptest::prelude::*;
use std::time::Duration;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn fail(breaker: &Breaker, at: u64) {
    breaker.admit(MS(at)).unwrap().failed(MS(at));
}

/// Open since the moment 0, for a second.
fn opened() -> Breaker {
    let breaker = Breaker::new(Rules::default());
    (0..5).for_each(|_| fail(&breaker, 0));
    breaker
}

#[test]
fn should_open_after_five_failures_in_a_row() {
    let breaker = Breaker::new(Rules::default());
    for _ in 0..3 {
        (0..4).for_each(|_| fail(&breaker, 0));
        breaker.admit(MS(0)).unwrap().succeeded();
    }
    (0..4).for_each(|_| fail(&breaker, 10));
    assert_eq!(breaker.position(MS(10)), Closed);
    // What ended without a verdict counts neither way.
    drop(breaker.admit(MS(10)).unwrap());
    fail(&breaker, 20);
    assert_eq!((breaker.position(MS(20)), breaker.admit(MS(20)).unwrap_err()), (Open, MS(1000)));
    assert_eq!((breaker.position(MS(1019)), breaker.admit(MS(1019)).unwrap_err()), (Open, MS(1)));
    assert_eq!(breaker.position(MS(1020)), HalfOpen);
}

#[test]
fn should_let_one_probe_through_at_a_time_and_close_on_its_success() {
    let breaker = opened();
    let probe = breaker.admit(MS(1000)).unwrap();
    assert_eq!((breaker.position(MS(5000)), breaker.admit(MS(5000)).unwrap_err()), (HalfOpen, MS(1000)));
    probe.succeeded();
    assert_eq!(breaker.position(MS(5000)), Closed);
    // It counts from the beginning again.
    (0..4).for_each(|_| fail(&breaker, 5000));
    assert_eq!(breaker.position(MS(5000)), Closed);
    fail(&breaker, 5000);
    assert_eq!(breaker.admit(MS(5000)).unwrap_err(), MS(1000));
}

#[test]
fn should_double_the_pause_with_each_failed_probe_up_to_thirty_seconds() {
    let breaker = opened();
    let mut now = 0;
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        assert_eq!(breaker.admit(MS(now)).unwrap_err(), MS(pause * 1000));
        now += pause * 1000;
        fail(&breaker, now);
    }
}

#[test]
fn should_free_the_probe_that_ends_without_a_verdict() {
    let breaker = opened();
    drop(breaker.admit(MS(1000)).unwrap());
    let probe = breaker.admit(MS(1000)).expect("the probe is free");
    probe.failed(MS(1500));
    assert_eq!(breaker.admit(MS(1500)).unwrap_err(), MS(2000));
}

#[test]
fn should_take_no_verdict_from_before_it_opened() {
    let breaker = Breaker::new(Rules::default());
    let [late_success, late_failure, late_drop] = [(); 3].map(|()| breaker.admit(MS(0)).unwrap());
    (0..5).for_each(|_| fail(&breaker, 0));
    late_success.succeeded();
    assert_eq!(breaker.position(MS(0)), Open);
    let probe = breaker.admit(MS(1000)).unwrap();
    late_failure.failed(MS(1000));
    drop(late_drop);
    // The probe is still the only one, and its pause has not been doubled by others.
    assert_eq!(breaker.admit(MS(1000)).unwrap_err(), MS(1000));
    probe.failed(MS(1000));
    assert_eq!(breaker.admit(MS(1000)).unwrap_err(), MS(2000));
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Ask,
    /// Of which of the calls that are on their way, and how it ends.
    End(usize, Verdict),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Succeeded,
    Failed,
    None,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![2 => Just(Verdict::Succeeded), 6 => Just(Verdict::Failed), 1 => Just(Verdict::None)];
    let step = prop_oneof![
        2 => prop_oneof![0..1500u64, Just(1000), Just(2000), 0..40_000u64].prop_map(Step::Wait),
        5 => Just(Step::Ask),
        5 => (any::<usize>(), verdict).prop_map(|(which, verdict)| Step::End(which, verdict)),
    ];
    proptest::collection::vec(step, 1..120)
}

/// What the breaker must do, told from the story of all calls instead of from states: how often it has opened since it was last closed, and
/// which verdicts came since then.
#[derive(Default)]
struct Story {
    /// The moments at which it opened since it was last closed; none while it is closed.
    openings: Vec<u64>,
    /// Verdicts since it was last closed, or ever.
    verdicts: Vec<Verdict>,
    /// The call that probes.
    probe: Option<usize>,
    /// How often it has been closed again.
    closings: usize,
    /// Under which number of closings each call was admitted, and whether as a probe.
    admitted: Vec<(usize, bool)>,
}

impl Story {
    fn pause(&self) -> u64 {
        (1000 << (self.openings.len().min(10) - 1)).min(30_000)
    }

    fn ask(&mut self, now: u64) -> Result<(), u64> {
        let Some(opened) = self.openings.last() else {
            self.admitted.push((self.closings, false));
            return Ok(());
        };
        let ready = opened + self.pause();
        match (now < ready, self.probe) {
            (true, _) => Err(ready - now),
            (false, Some(_)) => Err(1000),
            (false, None) => {
                self.probe = Some(self.admitted.len());
                self.admitted.push((self.closings, true));
                Ok(())
            }
        }
    }

    fn end(&mut self, call: usize, verdict: Verdict, now: u64) {
        let (closings, probed) = self.admitted[call];
        if probed {
            self.probe = None;
            match verdict {
                Verdict::Succeeded => {
                    self.closings += 1;
                    self.openings.clear();
                    self.verdicts.clear();
                }
                Verdict::Failed => self.openings.push(now),
                Verdict::None => {}
            }
        } else if self.openings.is_empty() && closings == self.closings && verdict != Verdict::None {
            self.verdicts.push(verdict);
            if self.verdicts.ends_with(&[Verdict::Failed; 5]) {
                self.openings.push(now);
            }
        }
    }

    fn position(&self, now: u64) -> Position {
        match self.openings.last() {
            None => Closed,
            Some(opened) if now < opened + self.pause() => Open,
            Some(_) => HalfOpen,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn should_do_what_the_story_of_its_calls_says(steps in steps()) {
        let (breaker, mut story) = (Breaker::new(Rules::default()), Story::default());
        let (mut now, mut under_way) = (0, Vec::new());
        for step in steps {
            match step {
                Step::Wait(millis) => now += millis,
                Step::Ask => {
                    let number = story.admitted.len();
                    let expected = story.ask(now).map_err(MS);
                    let admitted = breaker.admit(MS(now));
                    prop_assert_eq!(admitted.as_ref().err(), expected.as_ref().err());
                    under_way.extend(admitted.ok().map(|admission| (number, admission)));
                }
                Step::End(which, verdict) if !under_way.is_empty() => {
                    let (number, admission) = under_way.swap_remove(which % under_way.len());
                    match verdict {
                        Verdict::Succeeded => admission.succeeded(),
                        Verdict::Failed => admission.failed(MS(now)),
                        Verdict::None => drop(admission),
                    }
                    story.end(number, verdict, now);
                }
                Step::End(..) => {}
            }
            prop_assert_eq!(breaker.position(MS(now)), story.position(now));
        }
    }
}
