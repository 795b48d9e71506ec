//! How long answers took.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;

use crate::results::Latency;

/// With three digits, in microseconds.
pub struct Times(Mutex<Histogram<u64>>);

impl Times {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(Mutex::new(Histogram::new_with_bounds(1, 600_000_000, 3)?)))
    }

    fn histogram(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn record(&self, time: Duration) {
        self.histogram().saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    pub fn count(&self) -> u64 {
        self.histogram().len()
    }

    pub fn latency(&self) -> Latency {
        let histogram = self.histogram();
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
        Latency { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
    }
}
