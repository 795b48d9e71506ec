//! What a run found, as it stands in `bench/results/*.json`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One run of the benchmark.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub started_at: DateTime<Utc>,
    /// Of the whole run.
    pub seconds: f64,
    /// The commit that was measured, with `-dirty` when files were changed.
    pub commit: String,
    /// `tiny`, `short` or `full`.
    pub profile: String,
    pub machine: Machine,
    /// One for each size of the database.
    pub sizes: Vec<SizeReport>,
    /// What is reported and tracked: the server beside what the machine could do.
    pub ratios: Vec<Ratio>,
}

impl Report {
    /// Answers that were not the expected ones, and events that did not come; any makes the run fail.
    pub fn unexpected(&self) -> u64 {
        self.sizes.iter().flat_map(|size| &size.measurements).map(|measurement| measurement.unexpected).sum()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_bytes: u64,
    pub kernel: String,
    /// By program: PostgreSQL, Redis, Nginx, wrk, rustc.
    pub versions: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SizeReport {
    /// How many the database was filled with.
    pub tasks: u64,
    pub measurements: Vec<Measurement>,
}

/// One kind of load for some seconds: of the server (`server/…`) or of a floor (`floor/…`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measurement {
    /// Such as `server/list varied` or `floor/pgbench list`.
    pub name: String,
    /// How many asked at once.
    pub clients: u32,
    pub seconds: f64,
    /// The expected ones.
    pub answers: u64,
    pub unexpected: u64,
    /// Examples of what was unexpected, a few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
    pub per_second: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Of the server's process meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Other figures, by name with the unit: `bytes_per_socket`, `ready_ms`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
}

impl Measurement {
    /// Microseconds of the server's CPU time.
    pub fn cpu_per_answer(&self) -> Option<f64> {
        let usage = self.usage.filter(|_| self.answers > 0)?;
        Some(usage.cpu_seconds * 1e6 / self.answers as f64)
    }

    /// Of the server's memory.
    pub fn peak_megabytes(&self) -> Option<f64> {
        self.usage.map(|usage| usage.peak_bytes as f64 / 1e6)
    }

    /// With another part of the same measurement. Percentiles become means of both, weighted by answers.
    pub fn join(&mut self, other: Self) {
        let seconds = self.seconds + other.seconds;
        self.per_second = (self.per_second * self.seconds + other.per_second * other.seconds) / seconds;
        self.seconds = seconds;
        if let (Some(own), Some(others)) = (self.latency, other.latency) {
            let share = other.answers as f64 / (self.answers + other.answers).max(1) as f64;
            let mean = |own: f64, others: f64| own + (others - own) * share;
            self.latency = Some(Latency {
                p50: mean(own.p50, others.p50),
                p90: mean(own.p90, others.p90),
                p99: mean(own.p99, others.p99),
            });
        }
        if let (Some(own), Some(others)) = (&mut self.usage, other.usage) {
            own.cpu_seconds += others.cpu_seconds;
            own.peak_bytes = own.peak_bytes.max(others.peak_bytes);
        }
        for (name, value) in other.figures {
            let own = self.figures.entry(name).or_insert(value);
            *own = (*own + value) / 2.0;
        }
        self.answers += other.answers;
        self.unexpected += other.unexpected;
        self.complaints.extend(other.complaints);
    }
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_seconds: f64,
    /// The most that was resident during the measurement.
    pub peak_bytes: u64,
}

/// A figure of the server relative to one of a floor, or a figure with a bound of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ratio {
    /// Such as `list varied / pgbench list`.
    pub name: String,
    /// The size of the database, in tasks.
    pub tasks: u64,
    pub value: f64,
    pub bound: Bound,
}

impl Ratio {
    pub fn is_reached(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.value >= bound,
            Bound::AtMost(bound) => self.value <= bound,
        }
    }
}

/// What a ratio is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(seconds: f64, per_second: f64, p50: f64, repeats: f64) -> Measurement {
        Measurement {
            name: "floor/pgbench task".to_owned(),
            clients: 16,
            seconds,
            answers: (seconds * per_second) as u64,
            unexpected: 1,
            complaints: vec!["one".to_owned()],
            per_second,
            latency: Some(Latency { p50, p90: p50, p99: p50 }),
            usage: Some(Usage { cpu_seconds: seconds / 2.0, peak_bytes: (per_second * 1000.0) as u64 }),
            figures: BTreeMap::from([("repeats".to_owned(), repeats)]),
        }
    }

    #[test]
    fn without_answers_there_is_no_time_for_each() {
        let mut measurement = half(1.0, 100.0, 1.0, 4.0);
        assert_eq!(measurement.cpu_per_answer(), Some(5000.0));
        measurement.answers = 0;
        assert_eq!(measurement.cpu_per_answer(), None);
    }

    #[test]
    fn the_halves_of_a_measurement_make_one() {
        let mut whole = half(1.0, 100.0, 1.0, 4.0);
        whole.join(half(3.0, 300.0, 2.0, 6.0));
        assert_eq!((whole.seconds, whole.answers, whole.unexpected), (4.0, 1000, 2));
        assert_eq!((whole.per_second, whole.latency.map(|latency| latency.p99)), (250.0, Some(1.9)));
        assert_eq!((whole.figures["repeats"], whole.complaints.len()), (5.0, 2));
        assert_eq!(whole.usage.map(|usage| (usage.cpu_seconds, usage.peak_bytes)), Some((2.0, 300_000)));
    }
}
