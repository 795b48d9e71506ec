//! A run as plots (SVG), on a white ground so that they can be read in dark viewers too.

mod canvas;
mod rows;
mod sockets;

use anyhow::Context;

use self::{
    canvas::{FLOOR, GOOD, MIDDLE, POOR, SERVER},
    rows::{Dot, Panel, Row},
};
use super::{
    format::{count, number},
    table::{NO_BOUND, bound, mark},
};
use crate::results::{Bound, Measurement, Ratio, Report, SizeReport};

pub struct Plot {
    /// `ratios`, `latency`, `throughput` or `sockets`.
    pub name: &'static str,
    pub title: &'static str,
    pub svg: String,
}

/// Measurements whose plot is their own.
const SOCKETS: &str = "server/sockets ";

/// The plots for which the run has something to show.
pub fn draw(report: &Report) -> anyhow::Result<Vec<Plot>> {
    let plots = [
        ("ratios", "Ratios, each relative to its bound", ratios(report)),
        ("latency", "Latency: p50, p90 and p99 in milliseconds", latency(report)),
        ("throughput", "Requests a second, beside the floor", throughput(report)),
    ];
    let mut drawn = Vec::new();
    for (name, title, panels) in plots {
        if panels.iter().any(|panel| !panel.rows.is_empty()) {
            let svg = rows::draw(title, &panels).with_context(|| format!("cannot draw the plot of {name}"))?;
            drawn.push(Plot { name, title, svg });
        }
    }
    let title = "WebSockets: memory of the server, and time from sending a change to its receipt";
    if let Some(svg) = sockets::draw(title, report).context("cannot draw the plot of sockets")? {
        drawn.push(Plot { name: "sockets", title, svg });
    }
    Ok(drawn)
}

/// Bars that end at one where the bound is reached, beyond it where there is room.
fn ratios(report: &Report) -> Vec<Panel> {
    const MOST: f64 = 3.0;
    let bounded = report.ratios.iter().filter(|ratio| ratio.bound != NO_BOUND);
    let rows = bounded.map(|ratio| Row {
        label: format!("{} · {}", ratio.name, count(ratio.tasks)),
        note: format!("{} ({}) {}", number(ratio.value), bound(ratio.bound), mark(ratio)),
        dots: Vec::new(),
        bar: Some((progress(ratio).min(MOST), if ratio.is_reached() { GOOD } else { POOR })),
    });
    vec![Panel {
        title: "The line is the bound; right of it is reached. Bars are cut off at three times the bound.".to_owned(),
        rows: rows.collect(),
        legend: Vec::new(),
        line: Some(1.0),
        is_logarithmic: false,
        note: "value (bound)",
    }]
}

/// How far a ratio has come: one at its bound, above one when it is better.
fn progress(ratio: &Ratio) -> f64 {
    let progress = match ratio.bound {
        Bound::AtLeast(bound) => ratio.value / bound,
        Bound::AtMost(bound) => bound / ratio.value,
    };
    // Zero of zero.
    if progress.is_nan() { 1.0 } else { progress.max(0.0) }
}

fn latency(report: &Report) -> Vec<Panel> {
    let panel = |size: &SizeReport| Panel {
        title: title(size),
        rows: size.measurements.iter().filter(|one| !one.name.starts_with(SOCKETS)).filter_map(latencies).collect(),
        legend: vec![("p50", SERVER), ("p90", MIDDLE), ("p99", FLOOR)],
        line: None,
        is_logarithmic: true,
        note: "p50 / p90 / p99 ms",
    };
    report.sizes.iter().map(panel).collect()
}

fn latencies(measurement: &Measurement) -> Option<Row> {
    let latency = measurement.latency?;
    Some(Row {
        label: measurement.name.clone(),
        note: [latency.p50, latency.p90, latency.p99].map(number).join(" / "),
        dots: vec![
            Dot { at: latency.p50, color: SERVER },
            Dot { at: latency.p90, color: MIDDLE },
            Dot { at: latency.p99, color: FLOOR },
        ],
        bar: None,
    })
}

fn throughput(report: &Report) -> Vec<Panel> {
    let panel = |size: &SizeReport| Panel {
        title: title(size),
        rows: throughputs(report, size),
        legend: vec![("server", SERVER), ("floor", FLOOR)],
        line: None,
        is_logarithmic: true,
        note: "server / floor",
    };
    report.sizes.iter().map(panel).collect()
}

/// A row for each measurement of the server, with the floor that a ratio puts it over.
fn throughputs(report: &Report, size: &SizeReport) -> Vec<Row> {
    let find = |name: &str| size.measurements.iter().find(|measurement| measurement.name == name);
    let row = |measurement: &Measurement| -> Option<Row> {
        let name = measurement.name.strip_prefix("server/")?;
        // What has no latency was not asked, such as the start of a server.
        if measurement.name.starts_with(SOCKETS) || measurement.latency.is_none() || measurement.per_second <= 0.0 {
            return None;
        }
        let floor = report
            .ratios
            .iter()
            .filter_map(|ratio| ratio.name.split_once(" / "))
            .filter(|(above, _)| *above == name)
            .find_map(|(_, below)| find(&format!("floor/{below}")));
        let mut row = Row {
            label: name.to_owned(),
            note: number(measurement.per_second),
            dots: vec![Dot { at: measurement.per_second, color: SERVER }],
            bar: None,
        };
        if let Some(floor) = floor {
            row.label += &format!(" / {}", floor.name.trim_start_matches("floor/"));
            row.note += &format!(" / {}", number(floor.per_second));
            row.dots.push(Dot { at: floor.per_second, color: FLOOR });
        }
        Some(row)
    };
    size.measurements.iter().filter_map(row).collect()
}

fn title(size: &SizeReport) -> String {
    format!("{} tasks", count(size.tasks))
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn plot(report: &Report, name: &str) -> Option<String> {
        draw(report).expect("plots").into_iter().find(|plot| plot.name == name).map(|plot| plot.svg)
    }

    #[test]
    fn better_is_further_whichever_side_the_bound_is_on() {
        let progress = |value, bound| progress(&Ratio { name: String::new(), tasks: 0, value, bound });
        assert_eq!(progress(0.9, Bound::AtLeast(0.6)), 1.5);
        assert_eq!(progress(15.0, Bound::AtMost(30.0)), 2.0);
        assert_eq!(progress(60.0, Bound::AtMost(30.0)), 0.5);
        assert_eq!(progress(0.0, Bound::AtMost(0.0)), 1.0);
    }

    #[test]
    fn what_a_ratio_puts_over_each_other_stands_in_one_row() {
        let svg = plot(&sample::report(), "throughput").expect("plots");
        assert!(svg.contains("list varied / pgbench list"));
        assert!(svg.contains("2,400 / 3,333"));
        assert!(!svg.contains("sockets"));
    }

    #[test]
    fn what_has_nothing_to_show_is_not_drawn() {
        let mut report = sample::report();
        report.ratios.clear();
        report.sizes[0].measurements.truncate(2);
        let names: Vec<&str> = draw(&report).expect("plots").iter().map(|plot| plot.name).collect();
        assert_eq!(names, ["latency", "throughput"]);
    }

    #[test]
    fn zero_is_drawn_where_the_scale_has_none() {
        let mut report = sample::report();
        for measurement in &mut report.sizes[0].measurements {
            measurement.per_second = 0.0;
            measurement.latency = Some(crate::results::Latency { p50: 0.0, p90: 0.0, p99: 0.0 });
        }
        assert_eq!(draw(&report).expect("plots").len(), 3);
    }
}
