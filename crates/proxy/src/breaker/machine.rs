//! The breaker's states. Pure: time is handed in, as the moment since some fixed start.

use std::time::Duration;

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// So many failures in a row open it; 1 at least.
    pub failures: u32,
    /// For how long, the first time. Each failed probe doubles it.
    pub first_pause: Duration,
    /// For how long at most.
    pub longest_pause: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self { failures: 5, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(30) }
    }
}

/// Where a breaker stands, as a gauge shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Calls are made.
    Closed = 0,
    /// The pause is over: one call probes, or the next one will.
    HalfOpen = 1,
    /// No call is made.
    Open = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    /// Until that moment nobody calls; then one may.
    Open {
        until: Duration,
        pause: Duration,
    },
    Probing {
        since: Duration,
        pause: Duration,
    },
}

/// Names the state in which a call was admitted. Its verdict counts only while that state lasts: what was on its way when the breaker opened says
/// nothing of the time since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

/// The breaker without its lock.
#[derive(Debug)]
pub struct Machine {
    rules: Rules,
    state: State,
    /// How many states there were before this one.
    number: u64,
}

impl Machine {
    pub fn new(rules: Rules) -> Self {
        Self { rules, state: State::Closed { failures: 0 }, number: 0 }
    }

    /// For how long surely no call may be made; `None` where one may be now.
    pub fn refuses(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Open { until, .. } if now < until => Some(until - now),
            State::Probing { .. } => Some(self.rules.first_pause),
            State::Open { .. } | State::Closed { .. } => None,
        }
    }

    /// May a call be made? If not, for how long surely not; beside a probe, whose end nobody knows, as long as the first pause.
    pub fn admit(&mut self, now: Duration) -> Result<Ticket, Duration> {
        if let Some(wait) = self.refuses(now) {
            return Err(wait);
        }
        if let State::Open { pause, .. } = self.state {
            self.enter(State::Probing { since: now, pause });
        }
        Ok(Ticket(self.number))
    }

    pub fn succeeded(&mut self, ticket: Ticket) {
        match self.current(ticket) {
            Some(State::Closed { .. }) => self.state = State::Closed { failures: 0 },
            Some(State::Probing { .. }) => self.enter(State::Closed { failures: 0 }),
            Some(State::Open { .. }) | None => {}
        }
    }

    pub fn failed(&mut self, ticket: Ticket, now: Duration) {
        let Rules { failures: most, first_pause, longest_pause } = self.rules;
        match self.current(ticket) {
            Some(State::Closed { failures }) if failures + 1 < most => self.state = State::Closed { failures: failures + 1 },
            Some(State::Closed { .. }) => self.open(now, first_pause),
            Some(State::Probing { pause, .. }) => self.open(now, pause.saturating_mul(2).min(longest_pause)),
            Some(State::Open { .. }) | None => {}
        }
    }

    /// The call ended without a verdict. A probe makes room for the next.
    pub fn abandoned(&mut self, ticket: Ticket) {
        if let Some(State::Probing { since, pause }) = self.current(ticket) {
            self.enter(State::Open { until: since, pause });
        }
    }

    pub fn position(&self, now: Duration) -> Position {
        match self.state {
            State::Closed { .. } => Position::Closed,
            State::Open { until, .. } if now < until => Position::Open,
            State::Open { .. } | State::Probing { .. } => Position::HalfOpen,
        }
    }

    fn open(&mut self, now: Duration, pause: Duration) {
        self.enter(State::Open { until: now + pause, pause });
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.number += 1;
    }

    fn current(&self, ticket: Ticket) -> Option<State> {
        (ticket.0 == self.number).then_some(self.state)
    }
}
