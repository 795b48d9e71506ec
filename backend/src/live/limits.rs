//! Limits on sockets and client messages.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::sync::Notify;

use super::dirty_topics::lock;
use crate::id::UserId;

/// Limits on sockets: in total and per user.
pub struct ConnectionLimits {
    inner: Arc<Counts>,
    max: usize,
    max_per_user: usize,
}

#[derive(Default)]
struct Counts {
    taken: AtomicUsize,
    by_user: Mutex<HashMap<UserId, usize>>,
    freed: Notify,
}

/// For one socket; released when dropped.
pub struct Permit(Arc<Counts>);

/// For one socket of a user.
pub struct UserPermit(Arc<Counts>, UserId);

impl ConnectionLimits {
    pub fn new(max: usize, max_per_user: usize) -> Self {
        Self { inner: Arc::default(), max, max_per_user }
    }

    pub fn take(&self) -> Option<Permit> {
        let take = |taken| (taken < self.max).then_some(taken + 1);
        self.inner.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        metrics::gauge!("todo_ws_connections").increment(1);
        Some(Permit(Arc::clone(&self.inner)))
    }

    pub fn take_for(&self, user: UserId) -> Option<UserPermit> {
        let mut by_user = lock(&self.inner.by_user);
        let taken = by_user.entry(user).or_default();
        if *taken >= self.max_per_user {
            return None;
        }
        *taken += 1;
        Some(UserPermit(Arc::clone(&self.inner), user))
    }

    pub async fn all_free(&self) {
        loop {
            let freed = self.inner.freed.notified();
            if self.inner.taken.load(Ordering::Acquire) == 0 {
                return;
            }
            freed.await;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        metrics::gauge!("todo_ws_connections").decrement(1);
        if self.0.taken.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.freed.notify_waiters();
        }
    }
}

impl Drop for UserPermit {
    fn drop(&mut self) {
        let mut by_user = lock(&self.0.by_user);
        if let Some(taken) = by_user.get_mut(&self.1) {
            *taken -= 1;
            if *taken == 0 {
                by_user.remove(&self.1);
            }
        }
    }
}

/// Allows a burst of messages, then a steady rate.
pub struct MessageRateLimit<C: Clock = DefaultClock>(
    RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
);

const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(4).expect("more than none");
const MESSAGE_BURST: NonZeroU32 = NonZeroU32::new(60).expect("more than none");

impl MessageRateLimit {
    pub fn new() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock> MessageRateLimit<C> {
    fn with_clock(clock: C) -> Self {
        let quota = Quota::per_second(MESSAGES_PER_SECOND).allow_burst(MESSAGE_BURST);
        Self(RateLimiter::direct_with_clock(quota, clock))
    }

    /// False if the client sends too many.
    pub fn spend(&self) -> bool {
        self.0.check().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::id::Id;

    #[test]
    fn seats_are_limited_in_all_and_by_user() {
        let limits = ConnectionLimits::new(2, 1);
        let (first, second) = (limits.take(), limits.take());
        assert!(first.is_some() && second.is_some() && limits.take().is_none());
        drop(first);
        assert!(limits.take().is_some());

        let (ann, bob) = (Id::new(), Id::new());
        let permit = limits.take_for(ann);
        assert!(permit.is_some() && limits.take_for(ann).is_none() && limits.take_for(bob).is_some());
        drop(permit);
        assert!(limits.take_for(ann).is_some());
        assert!(lock(&limits.inner.by_user).is_empty(), "who is gone is forgotten");
    }

    #[test]
    fn a_client_may_speak_in_bursts_but_not_for_ever() {
        let clock = FakeRelativeClock::default();
        let budget = MessageRateLimit::with_clock(clock.clone());
        assert!((0..MESSAGE_BURST.get()).all(|_| budget.spend()));
        assert!(!budget.spend());
        clock.advance(Duration::from_millis(250));
        assert!(budget.spend() && !budget.spend());
        clock.advance(Duration::from_secs(3600));
        assert!((0..MESSAGE_BURST.get()).all(|_| budget.spend()));
        assert!(!budget.spend(), "silence earns no more than one burst");
    }
}
