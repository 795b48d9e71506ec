//! How long things took.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::results::Latency;

/// With three digits, in microseconds.
#[derive(Debug, Clone)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        Self::new()
    }
}

impl Times {
    pub fn new() -> Self {
        #[expect(clippy::expect_used, reason = "these bounds are valid")]
        let histogram = Histogram::new_with_bounds(1, 600_000_000, 3).expect("valid bounds");
        Self(histogram)
    }

    pub fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Milliseconds.
    pub fn mean(&self) -> f64 {
        self.0.mean() / 1000.0
    }

    /// Milliseconds.
    pub fn at(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1000.0
    }

    pub fn latency(&self) -> Latency {
        Latency { p50: self.at(0.5), p90: self.at(0.9), p99: self.at(0.99) }
    }
}
