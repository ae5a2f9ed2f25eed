//! Effects and memos of one type each, whatever closure they are made of: a closure's type costs code of its own.

use leptos::prelude::{Effect, Memo};

/// Runs `run` now and whenever a signal that it reads has changed, until the current owner ends.
pub fn effect(run: impl Fn() + 'static) {
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(move |_: Option<()>| run());
}

/// A value derived from signals, which tells its readers only when it is another one.
pub fn memo<T: PartialEq + Send + Sync + 'static>(derive: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let derive: Box<dyn Fn() -> T + Send + Sync> = Box::new(derive);
    Memo::new(move |_| derive())
}
