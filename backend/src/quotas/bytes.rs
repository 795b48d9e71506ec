//! How much each account has written today. A process counts locally and reports to Redis from time to time, so most writes need no call;
//! all replicas together may allow [`UNTOLD`] extra bytes each.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use moka::sync::Cache;

use crate::{
    cache::Redis,
    error::{QuotaExceeded, QuotaKind},
    id::UserId,
};

/// Bytes that a process does not report yet.
const UNTOLD: u64 = 256 * 1024;
const MEGABYTE: u64 = 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Accounts that write concurrently; beyond that, unreported counts are dropped.
const REMEMBERED: u64 = 100_000;

#[derive(Default)]
struct Written {
    /// Of all processes, as last known.
    known: u64,
    /// Of this process, not reported yet.
    untold: u64,
}

pub struct WrittenBytes {
    limit: u32,
    redis: Option<Redis>,
    /// By account and day.
    today: Cache<(UserId, u64), Arc<Mutex<Written>>>,
}

impl WrittenBytes {
    /// Megabytes per day; 0: unlimited.
    pub fn new(limit: u32, redis: Option<Redis>) -> Self {
        let today = Cache::builder().max_capacity(REMEMBERED).time_to_live(DAY).build();
        Self { limit, redis, today }
    }

    /// Counts what an account writes, or refuses it. 0 bytes are never refused.
    pub async fn add(&self, user_id: UserId, bytes: u64) -> Result<(), QuotaExceeded> {
        self.write(user_id, bytes, u64::from(self.limit).saturating_mul(MEGABYTE)).await
    }

    /// Counts what an account writes, without a limit.
    pub async fn count(&self, user_id: UserId, bytes: u64) {
        // Nothing exceeds this limit.
        let _ = self.write(user_id, bytes, u64::MAX).await;
    }

    async fn write(&self, user_id: UserId, bytes: u64, most: u64) -> Result<(), QuotaExceeded> {
        if self.limit == 0 || bytes == 0 {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let day = now / DAY.as_secs();
        let written = self.today.get_with((user_id, day), Arc::default);
        let to_tell = {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            if written.known.saturating_add(written.untold).saturating_add(bytes) > most {
                let rest = Duration::from_secs(DAY.as_secs() - now % DAY.as_secs());
                return Err(QuotaExceeded {
                    kind: QuotaKind::MegabytesPerDay,
                    limit: self.limit,
                    retry_after: Some(rest),
                });
            }
            written.untold = written.untold.saturating_add(bytes);
            if written.untold < UNTOLD {
                return Ok(());
            }
            // Marked before reporting, so that nobody else reports it too.
            written.known = written.known.saturating_add(written.untold);
            std::mem::take(&mut written.untold)
        };
        let told = match &self.redis {
            Some(redis) => redis.add(&format!("written:{user_id}:{day}"), to_tell, DAY).await,
            None => None,
        };
        if let Some(total) = told {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            written.known = written.known.max(total);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[tokio::test]
    async fn an_account_writes_so_much_a_day_and_others_are_not_concerned() {
        let written = WrittenBytes::new(1, None);
        let (ann, bob) = (Id::new(), Id::new());
        for _ in 0..4 {
            written.add(ann, MEGABYTE / 4).await.expect("within");
        }
        let refused = written.add(ann, 1).await.expect_err("one byte too many");
        assert_eq!((refused.kind, refused.limit), (QuotaKind::MegabytesPerDay, 1));
        assert!(refused.retry_after.is_some_and(|rest| rest <= DAY));
        written.add(ann, 0).await.expect("what adds nothing passes");
        written.add(bob, MEGABYTE / 2).await.expect("within");
        written.count(bob, MEGABYTE).await;
        written.add(bob, 1).await.expect_err("what was counted counts");
        WrittenBytes::new(0, None).add(ann, 1 << 40).await.expect("no limit");
    }
}
