//! Limits within this process. Keys are hashes and expire, so they take little; when there are too many nevertheless, those whose key is new
//! share some, so nothing is forgotten and nothing grows.
//!
//! What only has to come no faster than a rate is governor's. It cannot take back what it has counted, as a right password asks for, nor
//! let one go on after a wait of its own: these two are counts and times here, as they are in Redis.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};

use crate::config::Rate;

/// Keys of one limit, and counts in all; a few megabytes.
const MANY: usize = 100_000;
/// What new keys share above that.
const SHARED: u64 = 1024;

type Cells = DefaultKeyedRateLimiter<u64>;

#[derive(Default)]
pub struct LocalLimits {
    hasher: RandomState,
    cells: RwLock<HashMap<(&'static str, Rate), Arc<Cells>>>,
    entries: Mutex<HashMap<u64, Entry>>,
}

struct Entry {
    value: Value,
    expires: Instant,
}

enum Value {
    Count(u32),
    /// When who waits may go on.
    Due(Instant),
}

impl LocalLimits {
    /// Lets an event pass, or says how long to wait: after a burst of the rate's count they pass at its pace.
    pub fn check(&self, name: &'static str, subject: &str, rate: Rate) -> Result<(), Duration> {
        let cells = self.cells_of(name, rate);
        let key = bounded(self.hasher.hash_one(subject), cells.len());
        cells.check_key(&key).map_err(|refused| refused.wait_time_from(DefaultClock::default().now()))
    }

    fn cells_of(&self, name: &'static str, rate: Rate) -> Arc<Cells> {
        if let Some(cells) = self.cells.read().unwrap_or_else(PoisonError::into_inner).get(&(name, rate)) {
            return Arc::clone(cells);
        }
        let mut all = self.cells.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((name, rate)).or_insert_with(|| Arc::new(Cells::keyed(quota(rate)))))
    }

    /// Increments the count and returns it; it restarts after `rest`.
    pub fn count(&self, key: &str, rest: Duration) -> u32 {
        let now = Instant::now();
        let (mut entries, key) = self.entry(key);
        let entry = entries.entry(key).or_insert(Entry { value: Value::Count(0), expires: now + rest });
        if entry.expires <= now {
            *entry = Entry { value: Value::Count(0), expires: now + rest };
        }
        match &mut entry.value {
            Value::Count(count) => {
                *count = count.saturating_add(1);
                *count
            }
            Value::Due(_) => 1,
        }
    }

    /// Takes one back that [`Self::count`] has counted.
    pub fn take_back(&self, key: &str) {
        let (mut entries, key) = self.entry(key);
        if let Some(Entry { value: Value::Count(count), .. }) = entries.get_mut(&key) {
            *count = count.saturating_sub(1);
        }
    }

    /// What is left to wait: `wait` when nobody has begun to, and nothing once it is over, for one. That is remembered for `kept`.
    pub fn pace(&self, key: &str, wait: Duration, kept: Duration) -> Duration {
        let now = Instant::now();
        let (mut entries, key) = self.entry(key);
        match entries.get(&key).filter(|entry| entry.expires > now).map(|entry| &entry.value) {
            Some(Value::Due(due)) if *due > now => *due - now,
            Some(Value::Due(_)) => {
                entries.remove(&key);
                Duration::ZERO
            }
            _ => {
                entries.insert(key, Entry { value: Value::Due(now + wait), expires: now + wait + kept });
                wait
            }
        }
    }

    fn entry(&self, key: &str) -> (MutexGuard<'_, HashMap<u64, Entry>>, u64) {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = self.hasher.hash_one(key);
        let key = if entries.contains_key(&hash) { hash } else { bounded(hash, entries.len()) };
        (entries, key)
    }

    /// Forgets all that says nothing any more. From time to time.
    pub fn forget_expired(&self) {
        for cells in self.cells.read().unwrap_or_else(PoisonError::into_inner).values() {
            cells.retain_recent();
            cells.shrink_to_fit();
        }
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.expires > now);
        entries.shrink_to_fit();
    }
}

fn bounded(hash: u64, known: usize) -> u64 {
    if known < MANY { hash } else { hash % SHARED }
}

fn quota(rate: Rate) -> Quota {
    let burst = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
    let pace = rate.window.checked_div(burst.get()).filter(|pace| !pace.is_zero()).unwrap_or(Duration::from_nanos(1));
    Quota::with_period(pace).map_or(Quota::per_second(burst), |quota| quota.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(count: u32, window: Duration) -> Rate {
        Rate { count, window }
    }

    #[test]
    fn a_burst_passes_and_then_so_many_in_the_time() {
        let limits = LocalLimits::default();
        let rate = rate(3, Duration::from_secs(300));
        let passed = (0..5).filter(|_| limits.check("test", "ann", rate).is_ok()).count();
        assert_eq!(passed, 3);
        let wait = limits.check("test", "ann", rate).expect_err("it is used up");
        assert!(wait > Duration::from_secs(90) && wait <= Duration::from_secs(100), "{wait:?}");
        assert!(limits.check("test", "bob", rate).is_ok(), "somebody else's is not");
        assert!(limits.check("other", "ann", rate).is_ok(), "nor is another limit");
    }

    #[test]
    fn nothing_is_forgotten_however_many_come_and_what_they_take_is_bounded() {
        let limits = LocalLimits::default();
        let rate = rate(1, Duration::from_secs(3600));
        assert!(limits.check("test", "ann", rate).is_ok());
        assert_eq!(limits.count("ann", Duration::from_secs(3600)), 1);
        for number in 0..2 * MANY {
            let _ = limits.check("test", &number.to_string(), rate);
            limits.count(&number.to_string(), Duration::from_secs(3600));
        }
        assert_eq!(limits.count("ann", Duration::from_secs(3600)), 2);
        let cells = limits.cells_of("test", rate);
        let entries = limits.entries.lock().expect("entries").len();
        let most = MANY + SHARED as usize;
        assert!(cells.len() <= most && entries <= most, "{} and {entries}", cells.len());
        // Who comes last finds that the shared ones are used up, and is not let through without being counted.
        assert!(limits.check("test", "zoe", rate).is_err());
    }

    #[test]
    fn keys_expire() {
        let limits = LocalLimits::default();
        let soon = rate(100, Duration::from_millis(20));
        for number in 0..1000 {
            limits.check("test", &number.to_string(), soon).expect("the first of each");
            limits.count(&number.to_string(), Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(60));
        limits.forget_expired();
        assert_eq!((limits.cells_of("test", soon).len(), limits.entries.lock().expect("entries").len()), (0, 0));
    }

    #[test]
    fn counts_begin_anew_and_can_be_taken_back() {
        let limits = LocalLimits::default();
        let rest = Duration::from_millis(30);
        assert_eq!([limits.count("a", rest), limits.count("a", rest)], [1, 2]);
        limits.take_back("a");
        assert_eq!(limits.count("a", rest), 2);
        std::thread::sleep(rest);
        assert_eq!(limits.count("a", rest), 1);
    }

    #[test]
    fn one_goes_on_after_a_wait() {
        let limits = LocalLimits::default();
        let (wait, kept) = (Duration::from_millis(30), Duration::from_secs(1));
        assert_eq!(limits.pace("a", wait, kept), wait);
        assert!(limits.pace("a", wait, kept) <= wait);
        std::thread::sleep(wait);
        assert!(limits.pace("a", wait, kept).is_zero(), "one goes on");
        assert_eq!(limits.pace("a", wait, kept), wait, "the next waits");
    }
}
