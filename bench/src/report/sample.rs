//! A run as the tests of the report use it.

use std::collections::BTreeMap;

use crate::results::{Bound, Latency, Machine, Measurement, Ratio, Report, SizeReport, Usage};

pub fn report() -> Report {
    let ratio = |name: &str, value, bound| Ratio { name: name.into(), tasks: 10_000, value, bound };
    Report {
        started_at: "2026-03-01T12:00:00Z".parse().expect("a time"),
        seconds: 301.4,
        commit: "0123456789abcdef".into(),
        profile: "short".into(),
        machine: Machine {
            processor: "Some Processor".into(),
            cores: 2,
            memory_bytes: 8_000_000_000,
            kernel: "6.12.0".into(),
            versions: [("PostgreSQL", "15.14"), ("Redis", "7.2.0")].map(|(a, b)| (a.into(), b.into())).into(),
        },
        sizes: vec![SizeReport {
            tasks: 10_000,
            measurements: vec![
                measurement("server/list varied", 2400.0, [12.5, 20.0, 31.0], Some((9.6, 64))),
                measurement("floor/pgbench list", 3333.0, [9.6, 12.0, 20.0], None),
                sockets(100, 15_000.0),
                sockets(1_000, 9_000.0),
                sockets(10_000, 8_500.0),
            ],
        }],
        ratios: vec![
            ratio("list varied / pgbench list", 0.72, Bound::AtLeast(0.6)),
            ratio("idle server", 33.0, Bound::AtMost(30.0)),
        ],
    }
}

/// Of ten seconds with 32 clients; usage as CPU seconds and megabytes.
pub fn measurement(name: &str, per_second: f64, [p50, p90, p99]: [f64; 3], usage: Option<(f64, u64)>) -> Measurement {
    Measurement {
        name: name.into(),
        clients: 32,
        seconds: 10.0,
        answers: (per_second * 10.0) as u64,
        unexpected: 0,
        complaints: Vec::new(),
        per_second,
        latency: Some(Latency { p50, p90, p99 }),
        usage: usage.map(|(cpu_seconds, megabytes)| Usage { cpu_seconds, peak_bytes: megabytes * 1_000_000 }),
        figures: BTreeMap::new(),
    }
}

fn sockets(clients: u32, bytes_per_socket: f64) -> Measurement {
    let mut measurement = measurement(
        &format!("server/sockets {clients}"),
        200.0,
        [1.5, 2.5, 4.0],
        Some((0.5, u64::from(clients) / 100 + 30)),
    );
    measurement.clients = clients;
    measurement.figures.insert("bytes_per_socket".into(), bytes_per_socket);
    measurement
}

/// The cells of the row that begins with this one.
pub fn cells<'a>(table: &'a str, first: &str) -> Vec<&'a str> {
    table
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
        .find(|cells| cells[0] == first)
        .unwrap_or_else(|| panic!("{first} in {table}"))
}
