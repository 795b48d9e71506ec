//! A run as tables: ratios first, then what was measured at each size.

use super::{
    format::{count, number, optional},
    grid::{
        Align::{Left, Right},
        Grid,
    },
};
use crate::results::{Bound, Latency, Measurement, Ratio, Report, SizeReport};

const MEGABYTE: f64 = 1e6;
/// Of a ratio that is only told.
pub const NO_BOUND: Bound = Bound::AtLeast(0.0);

/// For the terminal, without colours; every line ended.
pub fn render(report: &Report) -> String {
    let title = |text: &str| format!("\n{text}\n\n");
    lay_out(report, title, Grid::text)
}

/// The same as Markdown.
pub fn markdown(report: &Report) -> String {
    let title = |text: &str| format!("\n## {text}\n\n");
    format!("# Benchmark of {}\n\n{}", report.commit, lay_out(report, title, Grid::markdown))
}

fn lay_out(report: &Report, title: impl Fn(&str) -> String, draw: impl Fn(&Grid) -> String) -> String {
    let mut text = about(report);
    if !report.ratios.is_empty() {
        text += &title("Ratios");
        text += &draw(&ratios(report));
    }
    for size in &report.sizes {
        text += &title(&format!("{} tasks", count(size.tasks)));
        text += &draw(&measurements(size));
        let figures = figures(size);
        if !figures.is_empty() {
            text += "\n";
            text += &draw(&figures);
        }
    }
    let complaints = complaints(report);
    if !complaints.is_empty() {
        text += &title("Unexpected");
        text += &complaints;
    }
    text
}

/// When, what and on which machine: two lines.
fn about(report: &Report) -> String {
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

fn ratios(report: &Report) -> Grid {
    let mut grid = Grid::new(&[("ratio", Left), ("tasks", Right), ("value", Right), ("bound", Right), ("", Left)]);
    for ratio in &report.ratios {
        grid.push(vec![
            ratio.name.clone(),
            count(ratio.tasks),
            number(ratio.value),
            bound(ratio.bound),
            mark(ratio).to_owned(),
        ]);
    }
    grid
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
pub fn mark(ratio: &Ratio) -> &'static str {
    match (ratio.bound, ratio.is_reached()) {
        (NO_BOUND, _) => "",
        (_, true) => "✓",
        (_, false) => "✗",
    }
}

fn measurements(size: &SizeReport) -> Grid {
    let mut grid = Grid::new(&[
        ("measurement", Left),
        ("clients", Right),
        ("req/s", Right),
        ("p50 ms", Right),
        ("p90 ms", Right),
        ("p99 ms", Right),
        ("CPU s", Right),
        ("CPU µs/req", Right),
        ("peak MB", Right),
        ("unexpected", Right),
    ]);
    for measurement in &size.measurements {
        let latency = |part: fn(&Latency) -> f64| optional(measurement.latency.as_ref().map(part));
        grid.push(vec![
            measurement.name.clone(),
            count(measurement.clients.into()),
            number(measurement.per_second),
            latency(|latency| latency.p50),
            latency(|latency| latency.p90),
            latency(|latency| latency.p99),
            optional(measurement.usage.map(|usage| usage.cpu_seconds)),
            optional(cpu_per_request(measurement)),
            optional(peak_megabytes(measurement)),
            count(measurement.unexpected),
        ]);
    }
    grid
}

/// Microseconds of the server's CPU time for each answer.
pub fn cpu_per_request(measurement: &Measurement) -> Option<f64> {
    let usage = measurement.usage.filter(|_| measurement.answers > 0)?;
    Some(usage.cpu_seconds * 1e6 / measurement.answers as f64)
}

/// Of the server's memory.
pub fn peak_megabytes(measurement: &Measurement) -> Option<f64> {
    measurement.usage.map(|usage| usage.peak_bytes as f64 / MEGABYTE)
}

/// What else a measurement has found, a row for each figure.
fn figures(size: &SizeReport) -> Grid {
    let mut grid = Grid::new(&[("measurement", Left), ("figure", Left), ("value", Right)]);
    for measurement in &size.measurements {
        for (figure, value) in &measurement.figures {
            grid.push(vec![measurement.name.clone(), figure.clone(), number(*value)]);
        }
    }
    grid
}

/// A line for each measurement that has met what it should not have, and its examples; empty when there is none.
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
    use super::{super::sample, *};

    #[test]
    fn ratios_come_first_and_say_whether_they_reach_their_bound() {
        let text = render(&sample::report());
        let line = |start: &str| text.lines().find(|line| line.starts_with(start)).expect("a line");
        assert!(text.find("Ratios").expect("a line") < text.find("10,000 tasks").expect("a line"));
        let reached: Vec<&str> = line("list varied / pgbench list").split_whitespace().collect();
        assert_eq!(reached[5..], ["10,000", "0.720", "≥", "0.600", "✓"]);
        assert!(line("idle server").ends_with("≤ 30.0  ✗"), "{text}");
    }

    #[test]
    fn a_ratio_without_a_bound_is_only_told() {
        let mut report = sample::report();
        report.ratios[1].bound = NO_BOUND;
        assert!(render(&report).contains(" 33.0        –\n"), "{}", render(&report));
    }

    #[test]
    fn a_measurement_has_a_line_and_its_figures_have_theirs() {
        let text = render(&sample::report());
        let lines = |start: &str| -> Vec<Vec<&str>> {
            text.lines().filter(|line| line.starts_with(start)).map(|line| line.split_whitespace().collect()).collect()
        };
        assert_eq!(
            lines("server/list varied")[0][2..],
            ["32", "2,400", "12.5", "20.0", "31.0", "9.60", "400", "64.0", "0"]
        );
        assert_eq!(lines("floor/pgbench list")[0][2..], ["32", "3,333", "9.60", "12.0", "20.0", "–", "–", "–", "0"]);
        assert!(lines("server/sockets").contains(&vec!["server/sockets", "1000", "bytes_per_socket", "9,000"]));
    }

    #[test]
    fn what_was_unexpected_is_told_at_the_end() {
        let mut report = sample::report();
        assert!(!render(&report).contains("Unexpected"));
        report.sizes[0].measurements[0].unexpected = 3;
        report.sizes[0].measurements[0].complaints = vec!["503 for GET /api/v1/tasks\n{}".into()];
        let text = render(&report);
        let end = text.split("Unexpected").nth(1).expect("a line");
        assert_eq!(end, "\n\n- server/list varied, 10,000 tasks: 3\n  - 503 for GET /api/v1/tasks {}\n");
    }

    #[test]
    fn without_answers_there_is_no_time_for_each() {
        let mut report = sample::report();
        let measurement = &mut report.sizes[0].measurements[0];
        measurement.answers = 0;
        assert_eq!(cpu_per_request(measurement), None);
    }

    #[test]
    fn markdown_has_headings_and_tables() {
        let text = markdown(&sample::report());
        assert!(text.starts_with("# Benchmark of 0123456789abcdef\n"));
        assert!(text.contains("\n## 10,000 tasks\n\n| measurement"));
    }
}
