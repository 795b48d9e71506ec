//! A run as Markdown, which can be read in a terminal too: ratios first, then what was measured at each size.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use super::format::{count, number, optional};
use crate::results::{Bound, Latency, Measurement, Ratio, Report, SizeReport};

/// Of a ratio that is only told.
pub const NO_BOUND: Bound = Bound::AtLeast(0.0);

/// A table with numbers in all columns but the first; every line ended.
pub fn table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: impl IntoIterator<Item = [String; COLUMNS]>) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(head).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

pub fn render(report: &Report) -> String {
    let mut text = format!("# Benchmark of {}\n\n{}", report.commit, about(report));
    if !report.ratios.is_empty() {
        text += &format!("\n## Ratios\n\n{}", ratios(report));
    }
    for size in &report.sizes {
        text += &format!("\n## {} tasks\n\n{}", count(size.tasks), measurements(size));
        if size.measurements.iter().any(|measurement| !measurement.figures.is_empty()) {
            text += &format!("\n{}", figures(size));
        }
    }
    if report.unexpected() > 0 {
        text += &format!("\n## Unexpected\n\n{}", complaints(report));
    }
    text
}

/// When, what and on which machine: two lines.
pub fn about(report: &Report) -> String {
    let machine = &report.machine;
    let versions: Vec<String> = machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!(
        "{}, commit {}, profile {}, {} s.\n{} × {}, {} GB, Linux {}; {}.\n",
        report.started_at.format("%Y-%m-%d %H:%M UTC"),
        report.commit,
        report.profile,
        number(report.seconds.round()),
        machine.cores,
        machine.processor,
        number(machine.memory_bytes as f64 / 1e9),
        machine.kernel,
        versions.join(", "),
    )
}

fn ratios(report: &Report) -> String {
    let row = |ratio: &Ratio| {
        [ratio.name.clone(), count(ratio.tasks), number(ratio.value), bound(ratio.bound), mark(ratio).to_owned()]
    };
    table(["ratio", "tasks", "value", "bound", ""], report.ratios.iter().map(row))
}

/// A dash when there is none.
pub fn bound(bound: Bound) -> String {
    match bound {
        NO_BOUND => "–".to_owned(),
        Bound::AtLeast(bound) => format!("≥ {}", number(bound)),
        Bound::AtMost(bound) => format!("≤ {}", number(bound)),
    }
}

/// Whether it reaches its bound; empty when it has none.
fn mark(ratio: &Ratio) -> &'static str {
    match (ratio.bound, ratio.is_reached()) {
        (NO_BOUND, _) => "",
        (_, true) => "✓",
        (_, false) => "✗",
    }
}

fn measurements(size: &SizeReport) -> String {
    let row = |measurement: &Measurement| {
        let latency = |part: fn(&Latency) -> f64| optional(measurement.latency.as_ref().map(part));
        [
            measurement.name.clone(),
            count(measurement.clients.into()),
            number(measurement.per_second),
            latency(|latency| latency.p50),
            latency(|latency| latency.p90),
            latency(|latency| latency.p99),
            optional(measurement.cpu_per_answer()),
            optional(measurement.peak_megabytes()),
            count(measurement.unexpected),
        ]
    };
    let head = ["measurement", "clients", "req/s", "p50 ms", "p90 ms", "p99 ms", "CPU µs/req", "peak MB", "unexpected"];
    table(head, size.measurements.iter().map(row))
}

/// What else a measurement has found, a row for each figure.
fn figures(size: &SizeReport) -> String {
    let rows = size.measurements.iter().flat_map(|measurement| {
        let row = |(figure, value): (&String, &f64)| [format!("{}: {figure}", measurement.name), number(*value)];
        measurement.figures.iter().map(row)
    });
    table(["figure", "value"], rows)
}

/// A line for each measurement that has met what it should not have, and its examples.
fn complaints(report: &Report) -> String {
    let mut text = String::new();
    for size in &report.sizes {
        for measurement in size.measurements.iter().filter(|measurement| measurement.unexpected > 0) {
            text +=
                &format!("- {}, {} tasks: {}\n", measurement.name, count(size.tasks), count(measurement.unexpected));
            for complaint in &measurement.complaints {
                text += &format!("  - {}\n", complaint.replace('\n', " "));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{
        super::sample::{self, cells},
        *,
    };

    #[test]
    fn ratios_come_first_and_say_whether_they_reach_their_bound() {
        let mut report = sample::report();
        let text = render(&report);
        assert!(text.find("## Ratios").expect("a line") < text.find("## 10,000 tasks").expect("a line"));
        assert_eq!(cells(&text, "list varied / pgbench list")[1..], ["10,000", "0.720", "≥ 0.600", "✓"]);
        assert_eq!(cells(&text, "idle server")[1..], ["10,000", "33.0", "≤ 30.0", "✗"]);
        report.ratios[1].bound = NO_BOUND;
        assert_eq!(cells(&render(&report), "idle server")[1..], ["10,000", "33.0", "–", ""]);
    }

    #[test]
    fn a_measurement_has_a_line_and_its_figures_have_theirs() {
        let text = render(&sample::report());
        assert_eq!(
            cells(&text, "server/list varied")[1..],
            ["32", "2,400", "12.5", "20.0", "31.0", "400", "64.0", "0"]
        );
        assert_eq!(cells(&text, "floor/pgbench list")[1..], ["32", "3,333", "9.60", "12.0", "20.0", "–", "–", "0"]);
        assert_eq!(cells(&text, "server/sockets 1000: bytes_per_socket")[1..], ["9,000"]);
    }

    #[test]
    fn what_was_unexpected_is_told_at_the_end() {
        let mut report = sample::report();
        assert!(!render(&report).contains("Unexpected"));
        report.sizes[0].measurements[0].unexpected = 3;
        report.sizes[0].measurements[0].complaints = vec!["503 for GET /api/v1/tasks\n{}".into()];
        let text = render(&report);
        let end = text.split("## Unexpected").nth(1).expect("a line");
        assert_eq!(end, "\n\n- server/list varied, 10,000 tasks: 3\n  - 503 for GET /api/v1/tasks {}\n");
    }
}
