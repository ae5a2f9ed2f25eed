//! Leptos's signals, memos and effects, each compiled once.
//!
//! Leptos has them as generic types: every type of value has code of its own that keeps it, tracks its readers and tells them, 37 kB of
//! the component in all (docs/SIZE.md). Here a value lies in a cell of any type, and what Leptos keeps beside it has one type: a
//! trigger for a signal, a counter of changes for a memo. Who reads what, when effects run and what an owner takes with it stays
//! Leptos's. The names and their meanings are its own: what is `try_…` gives `None` where its owner has ended, the others panic.

use leptos::prelude::*;
use leptos::reactive::computed::ArcMemo;
use leptos::reactive::owner::{ArenaItem, LocalStorage};
use leptos::reactive::signal::ArcTrigger;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

/// What tells of a value's changes.
#[derive(Clone)]
enum Source {
    /// Nothing: it is only kept.
    Kept,
    /// Whoever changes it.
    Signal(ArcTrigger),
    /// Another value whenever it has been derived anew and is another one.
    Memo(ArcMemo<u32>),
}

#[derive(Clone)]
struct Node {
    /// A `RefCell<Option<T>>`; empty only as long as a memo has not been derived.
    value: Rc<dyn Any>,
    source: Source,
}

/// Derives the value in a cell anew and tells whether it is another one.
type Derive = Box<dyn Fn(&dyn Any) -> bool + Send + Sync>;

/// Where an owner has a node, as long as it lasts.
#[derive(Clone, Copy)]
struct Place(ArenaItem<Node, LocalStorage>);

// What does the work is not generic.
impl Place {
    fn new(value: Rc<dyn Any>, source: Source) -> Self {
        Self(ArenaItem::new_with_storage(Node { value, source }))
    }

    fn memo(value: Rc<dyn Any>, derive: Derive) -> Self {
        let place = Self::new(value, Source::Kept);
        let memo = ArcMemo::new_owning(move |before: Option<u32>| {
            let is_other = place.0.try_get_value().is_some_and(|node| derive(&*node.value));
            (before.unwrap_or(0).wrapping_add(u32::from(is_other)), is_other)
        });
        place.0.try_update_value(|node| node.source = Source::Memo(memo));
        place
    }

    /// The value's cell, up to date.
    fn reach(self, is_tracked: bool) -> Option<Rc<dyn Any>> {
        let Node { value, source } = self.0.try_get_value()?;
        match source {
            Source::Signal(trigger) if is_tracked => trigger.track(),
            Source::Memo(memo) if is_tracked => drop(memo.get()),
            Source::Memo(memo) => drop(memo.get_untracked()),
            Source::Signal(_) | Source::Kept => {}
        }
        Some(value)
    }

    fn tell(self) {
        if let Some(Node { source: Source::Signal(trigger), .. }) = self.0.try_get_value() {
            trigger.notify();
        }
    }
}

/// A value that tells its readers when it is another one. Copies are of the same value.
pub struct Signal<T> {
    place: Place,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

const ENDED: &str = "a signal was read whose owner has ended";

impl<T: 'static> Signal<T> {
    fn of(place: Place) -> Self {
        Self { place, value: PhantomData }
    }

    #[inline(never)]
    fn cell(self, is_tracked: bool) -> Option<Rc<RefCell<Option<T>>>> {
        self.place.reach(is_tracked)?.downcast().ok()
    }

    fn look<R>(self, is_tracked: bool, read: impl FnOnce(&T) -> R) -> Option<R> {
        let cell = self.cell(is_tracked)?;
        let value = cell.borrow();
        value.as_ref().map(read)
    }

    fn change<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let cell = self.cell(false)?;
        let mut value = cell.borrow_mut();
        value.as_mut().map(change)
    }

    /// Reads it, and follows it.
    pub fn try_with<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.look(true, read)
    }

    /// Reads it, and follows it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.look(true, read).expect(ENDED)
    }

    /// Reads it without following it.
    pub fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.look(false, read)
    }

    /// Reads it without following it.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.look(false, read).expect(ENDED)
    }

    /// Follows it without reading it.
    pub fn track(self) {
        self.place.reach(true);
    }
}

impl<T: Clone + 'static> Signal<T> {
    /// The value; follows it.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value; follows it.
    pub fn try_get(self) -> Option<T> {
        self.try_with(T::clone)
    }

    /// The value, without following it.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The value, without following it.
    pub fn try_get_untracked(self) -> Option<T> {
        self.try_with_untracked(T::clone)
    }
}

/// A [`Signal`] that can be changed. What its owner does not keep any more stays as it is.
pub struct RwSignal<T>(Signal<T>);

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> Deref for RwSignal<T> {
    type Target = Signal<T>;

    fn deref(&self) -> &Signal<T> {
        &self.0
    }
}

impl<T: 'static> RwSignal<T> {
    /// A value of the current owner.
    pub fn new(value: T) -> Self {
        Self(Signal::of(Place::new(Rc::new(RefCell::new(Some(value))), Source::Signal(ArcTrigger::new()))))
    }

    /// Changes it and tells its readers.
    pub fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let result = self.0.change(change);
        self.0.place.tell();
        result
    }

    /// Changes it and tells its readers.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Changes it and tells nobody.
    pub fn try_update_untracked<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.change(change)
    }

    /// Puts another value in its place.
    pub fn set(self, value: T) {
        self.try_set(value);
    }

    /// Puts another value in its place; tells whether there is such a place.
    pub fn try_set(self, value: T) -> bool {
        self.try_update(|old| std::mem::replace(old, value)).is_some()
    }
}

/// A value that nobody follows. Copies are of the same value.
pub struct StoredValue<T>(Signal<T>);

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T: 'static> StoredValue<T> {
    /// A value of the current owner.
    pub fn new(value: T) -> Self {
        Self(Signal::of(Place::new(Rc::new(RefCell::new(Some(value))), Source::Kept)))
    }

    /// Reads it.
    pub fn try_with_value<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.look(false, read)
    }

    /// Reads it.
    pub fn with_value<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.try_with_value(read).expect(ENDED)
    }

    /// Changes it.
    pub fn try_update_value<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.change(change)
    }

    /// Puts another value in its place.
    pub fn set_value(self, value: T) {
        self.0.change(|old| std::mem::replace(old, value));
    }
}

/// Lets the current owner keep a value, which is dropped when the owner ends.
pub fn keep(value: impl Any) {
    Place::new(Rc::new(value), Source::Kept);
}

/// A value derived from signals, which tells its readers only when it is another one.
pub fn memo<T: PartialEq + 'static>(derive: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    memo_of(move |before| {
        let value = derive();
        let is_other = before.as_ref() != Some(&value);
        (value, is_other)
    })
}

/// The same, out of the value before, with whether it is another one.
pub fn memo_of<T: 'static>(derive: impl Fn(Option<T>) -> (T, bool) + Send + Sync + 'static) -> Signal<T> {
    let renew = move |cell: &dyn Any| {
        let Some(cell) = cell.downcast_ref::<RefCell<Option<T>>>() else { return false };
        let before = cell.take();
        let (value, is_other) = derive(before);
        cell.replace(Some(value));
        is_other
    };
    Signal::of(Place::memo(Rc::new(RefCell::new(None::<T>)), Box::new(renew)))
}

/// Runs `run` now and whenever a signal that it reads has changed, until what is returned is dropped.
pub fn binding(run: Box<dyn Fn()>) -> RenderEffect<()> {
    RenderEffect::new(move |_: Option<()>| run())
}

/// Runs `run` in a turn of its own and whenever a signal that it reads has changed, until the current owner ends.
pub fn effect(run: impl Fn() + 'static) {
    let (run, start) = (Box::new(run), ArcTrigger::new());
    keep(later(run, start));
}

fn later(run: Box<dyn Fn()>, start: ArcTrigger) -> RenderEffect<()> {
    let is_started = std::cell::Cell::new(false);
    let its_start = start.clone();
    let effect = binding(Box::new(move || match is_started.replace(true) {
        true => run(),
        false => its_start.track(),
    }));
    start.notify();
    effect
}
