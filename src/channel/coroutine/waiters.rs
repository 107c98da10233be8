//! The places where a channel remembers who waits. `tools/models` checks this.
//!
//! A place is filled by the coroutine that waits, and emptied by whoever wakes it, or
//! by itself if it was entered past the channel. Filling or emptying a place and
//! telling the contexts is one step under the channel's lock.

use crate::sync::atomic::AtomicU32;
use crate::sys::word_lock::WordLock;

/// What a coroutine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
}

impl Direction {
    /// All of them.
    pub(super) const BOTH: [Self; 2] = [Self::Read, Self::Write];
}

/// A channel, as far as it is about who waits. All but the lock itself is used with
/// the lock held only.
pub(super) trait Site<'a>: Copy {
    /// A suspended coroutine.
    type Waiter: Copy + PartialEq;
    /// What calls back when the channel is ready.
    type Context: Copy + PartialEq;

    /// The lock of the places.
    fn lock(self) -> &'a AtomicU32;
    /// Who waits.
    fn waiter(self, direction: Direction) -> Option<Self::Waiter>;
    /// Changes who waits.
    fn set_waiter(self, direction: Direction, waiter: Option<Self::Waiter>);
    /// The context that serves a waiter.
    fn context_of(self, waiter: Self::Waiter) -> Self::Context;
    /// Makes `ctx` call back for these directions, and no others.
    fn register(self, ctx: Self::Context, read: bool, write: bool);
}

/// The places of a channel, locked.
pub(super) struct Waiters<'a, S: Site<'a>> {
    site: S,
    _lock: WordLock<'a>,
}

impl<'a, S: Site<'a>> Waiters<'a, S> {
    pub(super) fn of(site: S) -> Self {
        Self { site, _lock: WordLock::hold(site.lock()) }
    }

    /// Takes who waits out of its place.
    pub(super) fn take(&self, direction: Direction) -> Option<S::Waiter> {
        let waiter = self.site.waiter(direction);
        self.site.set_waiter(direction, None);
        waiter
    }

    /// Makes `ctx` call back for those of the waiters that it serves.
    pub(super) fn register_in(&self, ctx: S::Context) {
        let [read, write] = Direction::BOTH.map(|direction| {
            self.site.waiter(direction).is_some_and(|waiter| self.site.context_of(waiter) == ctx)
        });
        self.site.register(ctx, read, write);
    }
}

/// Notes that `own` waits, and returns the context that serves it; `None` if another
/// one waits for the same direction. A wake-up before it is suspended is the host's
/// to delay.
pub(super) fn begin<'a, S: Site<'a>>(
    site: S,
    direction: Direction,
    own: S::Waiter,
) -> Option<S::Context> {
    let waiters = Waiters::of(site);
    if site.waiter(direction).is_some() {
        return None;
    }
    site.set_waiter(direction, Some(own));
    let ctx = site.context_of(own);
    waiters.register_in(ctx);
    Some(ctx)
}

/// Cleans up after `own`, which was entered again, unless who entered it did: `ctx` is
/// what [`begin`] returned.
pub(super) fn end<'a, S: Site<'a>>(site: S, direction: Direction, own: S::Waiter, ctx: S::Context) {
    let waiters = Waiters::of(site);
    if site.waiter(direction) == Some(own) {
        // Somebody entered the coroutine, and not through the channel. Its own
        // context may be another one by now; the handler is still in the old one.
        waiters.take(direction);
        waiters.register_in(ctx);
    }
}

/// Takes out who waits, for the caller to wake, with the context that served it. That
/// one calls back for it no more. If nobody waits, `here` has another look at what it
/// is to call back for.
pub(super) fn take<'a, S: Site<'a>>(
    site: S,
    direction: Direction,
    here: impl FnOnce() -> Option<S::Context>,
) -> Option<(S::Waiter, S::Context)> {
    let waiters = Waiters::of(site);
    let Some(waiter) = waiters.take(direction) else {
        if let Some(here) = here() {
            waiters.register_in(here);
        }
        return None;
    };
    let ctx = site.context_of(waiter);
    waiters.register_in(ctx);
    Some((waiter, ctx))
}
