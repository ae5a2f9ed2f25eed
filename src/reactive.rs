//! Leptos's signals, memos and effects, each compiled once.
//!
//! Leptos has them as generic types: every type of value has code of its own that keeps it, tracks its readers and tells them, 37 kB of
//! the component in all (docs/SIZE.md). Here values are of any type, and what Leptos keeps beside each has one: a trigger for a
//! signal, a counter of changes for a memo. Who reads what, when effects run and what an owner takes with it stays
//! Leptos's. The names and their meanings are its own: what is `try_…` gives `None` where its owner has ended, the others panic.

use leptos::prelude::*;
use leptos::reactive::computed::ArcMemo;
use leptos::reactive::owner::{ArenaItem, LocalStorage};
use leptos::reactive::signal::ArcTrigger;
use std::any::Any;
use std::cell::Cell;
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

struct Node {
    /// Nothing while it is being changed, and before a memo is derived.
    value: Option<Rc<dyn Any>>,
    source: Source,
}

/// Where an owner has a node, as long as it lasts.
#[derive(Clone, Copy)]
struct Place(ArenaItem<Node, LocalStorage>);

// What does the work is not generic.
impl Place {
    fn new(value: Option<Rc<dyn Any>>, source: Source) -> Self {
        Self(ArenaItem::new_with_storage(Node { value, source }))
    }

    fn signal(value: Rc<dyn Any>) -> Self {
        Self::new(Some(value), Source::Signal(ArcTrigger::new()))
    }

    fn kept(value: Rc<dyn Any>) -> Self {
        Self::new(Some(value), Source::Kept)
    }

    /// `derive` puts the value in its place, and tells whether it is another one.
    fn memo(derive: Box<dyn Fn(Self) -> bool + Send + Sync>) -> Self {
        let place = Self::new(None, Source::Kept);
        let memo = ArcMemo::new_owning(move |before: Option<u32>| {
            let is_other = derive(place);
            (before.unwrap_or(0).wrapping_add(u32::from(is_other)), is_other)
        });
        place.0.try_update_value(|node| node.source = Source::Memo(memo));
        place
    }

    fn value(self) -> Option<Rc<dyn Any>> {
        self.0.try_with_value(|node| node.value.clone())?
    }

    /// The value, up to date.
    fn reach(self, is_tracked: bool) -> Option<Rc<dyn Any>> {
        match self.0.try_with_value(|node| node.source.clone())? {
            Source::Signal(trigger) if is_tracked => trigger.track(),
            Source::Memo(memo) if is_tracked => drop(memo.get()),
            Source::Memo(memo) => drop(memo.get_untracked()),
            Source::Signal(_) | Source::Kept => {}
        }
        self.value()
    }

    fn take(self) -> Option<Rc<dyn Any>> {
        self.0.try_update_value(|node| node.value.take())?
    }

    /// Puts a value in its place; tells whether there is such a place.
    fn put(self, value: Rc<dyn Any>) -> bool {
        // What was there before is dropped when nothing is held any more.
        self.0.try_update_value(|node| node.value.replace(value)).is_some()
    }

    fn tell(self) {
        if let Some(Source::Signal(trigger)) = self.0.try_with_value(|node| node.source.clone()) {
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

impl<T: 'static> Signal<T> {
    fn of(place: Place) -> Self {
        Self { place, value: PhantomData }
    }

    #[inline(never)]
    fn reach(self, is_tracked: bool) -> Option<Rc<T>> {
        self.place.reach(is_tracked)?.downcast().ok()
    }

    #[inline(never)]
    fn reached(self, is_tracked: bool) -> Rc<T> {
        self.reach(is_tracked).expect("a signal was read whose owner has ended")
    }

    fn change<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut value: Rc<T> = self.place.take()?.downcast().ok()?;
        let result = change(Rc::get_mut(&mut value).expect("a signal was changed while it was read"));
        self.place.put(value);
        Some(result)
    }

    /// Reads it, and follows it.
    pub fn try_with<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.reach(true).map(|value| read(&value))
    }

    /// Reads it, and follows it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.reached(true))
    }

    /// Reads it without following it.
    pub fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.reach(false).map(|value| read(&value))
    }

    /// Reads it without following it.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.reached(false))
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
        Self(Signal::of(Place::signal(Rc::new(value))))
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
        let is_there = self.0.place.put(Rc::new(value));
        self.0.place.tell();
        is_there
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
        Self(Signal::of(Place::kept(Rc::new(value))))
    }

    /// Reads it.
    pub fn try_with_value<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.try_with_untracked(read)
    }

    /// Changes it.
    pub fn try_update_value<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.change(change)
    }

    /// Puts another value in its place.
    pub fn set_value(self, value: T) {
        self.0.place.put(Rc::new(value));
    }
}

/// Lets the current owner keep a value, which is dropped when the owner ends.
pub fn keep(value: impl Any) {
    Place::kept(Rc::new(value));
}

/// A value derived from signals, which tells its readers only when it is another one.
pub fn memo<T: PartialEq + 'static>(derive: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    Signal::of(Place::memo(Box::new(move |place| renew(place, derive()))))
}

fn renew<T: PartialEq + 'static>(place: Place, value: T) -> bool {
    let is_same = place.value().is_some_and(|before| before.downcast_ref() == Some(&value));
    if !is_same {
        place.put(Rc::new(value));
    }
    !is_same
}

/// The same, out of the value before, with whether it is another one.
pub fn memo_of<T: 'static>(derive: impl Fn(Option<T>) -> (T, bool) + Send + Sync + 'static) -> Signal<T> {
    Signal::of(Place::memo(Box::new(move |place| {
        let before = place.take().and_then(|before| Rc::into_inner(before.downcast().ok()?));
        let (value, is_other) = derive(before);
        place.put(Rc::new(value));
        is_other
    })))
}

/// Runs `run` now and whenever a signal that it reads has changed, until what is returned is dropped.
pub fn binding(run: Box<dyn Fn()>) -> RenderEffect<()> {
    RenderEffect::new(move |_: Option<()>| run())
}

/// Runs `run` in a turn of its own and whenever a signal that it reads has changed, until the current owner ends.
pub fn effect(run: impl Fn() + 'static) {
    effect_boxed(Box::new(run));
}

fn effect_boxed(run: Box<dyn Fn()>) {
    let (start, is_started) = (ArcTrigger::new(), Cell::new(false));
    let its_start = start.clone();
    keep(binding(Box::new(move || match is_started.replace(true) {
        true => run(),
        false => its_start.track(),
    })));
    start.notify();
}
