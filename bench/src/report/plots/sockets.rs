//! Memory and latency by the number of WebSockets, side by side.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::{
    SOCKETS,
    canvas::{Canvas, FAINT, FLOOR, LARGE, RULE, SERVER, SMALL, Scale, TEXT, tick, width},
};
use crate::{
    report::{
        format::{count, number},
        table::peak_megabytes,
    },
    results::{Latency, Measurement, Report},
};

/// A line of points: connections and a figure.
struct Series {
    name: &'static str,
    color: RGBColor,
    points: Vec<(f64, f64)>,
}

const MARGIN: i32 = 24;
const PANEL: (i32, i32) = (400, 260);
/// Left of a panel, for the figures of its scale.
const AXIS: i32 = 64;
const TOP: i32 = 100;

/// Nothing when the run has opened no WebSockets. Of several sizes the last that has some is drawn: they do not depend on it.
pub fn draw(title: &str, report: &Report) -> anyhow::Result<Option<String>> {
    let of = |measurements: &'_ [Measurement]| -> Vec<Measurement> {
        measurements.iter().filter(|one| one.name.starts_with(SOCKETS)).cloned().collect()
    };
    let Some(measurements) = report.sizes.iter().rev().map(|size| of(&size.measurements)).find(|some| !some.is_empty())
    else {
        return Ok(None);
    };
    let latency = |part: fn(&Latency) -> f64| points(&measurements, |one| one.latency.as_ref().map(part));
    let memory = [Series { name: "memory", color: SERVER, points: points(&measurements, peak_megabytes) }];
    let latencies = [
        Series { name: "p50", color: SERVER, points: latency(|latency| latency.p50) },
        Series { name: "p99", color: FLOOR, points: latency(|latency| latency.p99) },
    ];

    let mut svg = String::new();
    let width = 2 * (MARGIN + AXIS + PANEL.0) + MARGIN;
    let canvas = Canvas::new(&mut svg, width, TOP + PANEL.1 + 96)?;
    canvas.text(title, (MARGIN, MARGIN + LARGE as i32 / 2), HPos::Left, LARGE, TEXT)?;
    let left = MARGIN + AXIS;
    let top = TOP + 16;
    let megabytes = Scale::linear(figures(&memory), TOP + PANEL.1, top);
    panel(&canvas, "Memory at most, MB", &memory, left, &megabytes)?;
    let milliseconds = Scale::logarithmic(figures(&latencies), TOP + PANEL.1, top);
    panel(&canvas, "Time to receipt, ms", &latencies, left + PANEL.0 + MARGIN + AXIS, &milliseconds)?;
    canvas.finish()?;
    Ok(Some(svg))
}

fn points(measurements: &[Measurement], figure: impl Fn(&Measurement) -> Option<f64>) -> Vec<(f64, f64)> {
    measurements.iter().filter_map(|one| Some((f64::from(one.clients), figure(one)?))).collect()
}

fn figures(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| &series.points).map(|(_, figure)| *figure)
}

fn panel(canvas: &Canvas, title: &str, series: &[Series], left: i32, y: &Scale) -> anyhow::Result<()> {
    let (right, bottom) = (left + PANEL.0, TOP + PANEL.1);
    let points = || series.iter().flat_map(|series| series.points.iter().copied());
    // Room at both sides for what is written at the points.
    let x = Scale::logarithmic(points().map(|(connections, _)| connections), left + 30, right - 40);

    canvas.text(title, (left, TOP - 26), HPos::Left, SMALL + 1, TEXT)?;
    for value in y.ticks() {
        canvas.text(&tick(value), (left - 8, y.at(value)), HPos::Right, SMALL - 1, FAINT)?;
        canvas.line(&[(left, y.at(value)), (right, y.at(value))], RULE, 1)?;
    }
    let mut connections: Vec<u64> = points().map(|(connections, _)| connections as u64).collect();
    connections.sort_unstable();
    connections.dedup();
    for number in connections {
        canvas.text(&count(number), (x.at(number as f64), bottom + 38), HPos::Center, SMALL - 1, FAINT)?;
    }
    canvas.text("connections", (left + PANEL.0 / 2, bottom + 62), HPos::Center, SMALL - 1, FAINT)?;

    let mut legend = right;
    for series in series.iter().rev().filter(|_| series.len() > 1) {
        canvas.text(series.name, (legend, TOP - 26), HPos::Right, SMALL, TEXT)?;
        legend -= width(series.name) + 10;
        canvas.dot((legend, TOP - 26), series.color)?;
        legend -= 20;
    }
    for (index, line) in series.iter().enumerate() {
        let places: Vec<(i32, i32)> = line.points.iter().map(|&(at, figure)| (x.at(at), y.at(figure))).collect();
        canvas.line(&places, line.color, 2)?;
        for (&(_, figure), place) in line.points.iter().zip(places) {
            canvas.dot(place, line.color)?;
            // To the left, where a rising line is not; of two lines the lower one's below it, as they may be near each other.
            let offset = if index + 1 < series.len() { 16 } else { -16 };
            canvas.text(&number(figure), (place.0 + 6, place.1 + offset), HPos::Right, SMALL - 1, TEXT)?;
        }
    }
    Ok(())
}
