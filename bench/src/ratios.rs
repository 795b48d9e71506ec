//! What is reported and tracked: figures of the server beside those of the floors, and what they are to reach.

use crate::{
    report::table::NO_BOUND,
    results::{
        Bound::{self, AtLeast, AtMost},
        Measurement, Ratio, SizeReport,
    },
    scale, soak,
};

/// A measurement of the server whose requests a second are divided by those of a floor.
const FLOORS: [(&str, &str, Bound); 10] = [
    ("list varied", "pgbench list", AtLeast(0.6)),
    ("list hot", "nginx static", AtLeast(0.5)),
    ("list 304", "bare route", AtLeast(0.6)),
    ("task", "pgbench task", AtLeast(0.6)),
    ("status change", "pgbench status change", AtLeast(0.6)),
    ("create in four projects", "pgbench create in four projects", AtLeast(0.6)),
    ("create in one project", "pgbench create in one project", AtLeast(0.6)),
    ("sign-in", "argon2", AtLeast(0.9)),
    ("list hot", "redis get", NO_BOUND),
    ("health", "bare route", NO_BOUND),
];
/// Loads whose latency at 80% of their peak is looked at: p99 over p50.
const TAILS: [(&str, f64); 3] = [("list varied", 10.0), ("status change", 10.0), ("mixed", 5.0)];
/// The same person's data at the largest size over the smallest: milliseconds each.
const GROWTH: [&str; 2] = ["list of one person", "search of one person"];
/// Figures with a bound of their own: the measurement, the figure, what it is called, by what it is divided.
const FIGURES: [(&str, &str, &str, f64, Bound); 2] = [
    ("server/start", "ready_ms", "ready after the start, ms", 1.0, AtMost(300.0)),
    ("server/start", "idle_bytes", "idle server, MB", 1e6, AtMost(30.0)),
];

pub fn of(sizes: &[SizeReport]) -> Vec<Ratio> {
    let mut ratios: Vec<Ratio> = sizes.iter().flat_map(of_size).collect();
    if let [smallest, .., largest] = sizes {
        ratios.extend(GROWTH.into_iter().filter_map(|load| growth(load, smallest, largest)));
    }
    ratios.retain(|ratio| ratio.value.is_finite());
    ratios
}

fn of_size(size: &SizeReport) -> Vec<Ratio> {
    let ratio = |name: String, value: f64, bound| Ratio { name, tasks: size.tasks, value, bound };
    let mut ratios = Vec::new();
    for (load, floor, bound) in FLOORS {
        let server = find(size, &format!("server/{load}"));
        let beside = find(size, &format!("floor/{floor}"));
        if let (Some(server), Some(beside)) = (server, beside) {
            ratios.push(ratio(format!("{load} / {floor}"), server.per_second / beside.per_second, bound));
        }
    }
    if let [Some(one), Some(four)] =
        ["one project", "four projects"].map(|of| find(size, &format!("server/create in {of}")))
    {
        ratios.push(ratio(
            "create in one project / in four".to_owned(),
            one.per_second / four.per_second,
            AtLeast(0.5),
        ));
    }
    for (load, bound) in TAILS {
        let latency = find(size, &format!("server/{load} at 80%")).and_then(|measurement| measurement.latency);
        if let Some(latency) = latency {
            ratios.push(ratio(format!("{load} at 80%, p99 / p50"), latency.p99 / latency.p50, AtMost(bound)));
        }
    }
    let beside_sign_ins = find(size, "server/list varied beside sign-ins").and_then(|measurement| measurement.latency);
    if let Some(latency) = beside_sign_ins {
        ratios.push(ratio("list varied beside sign-ins, p99 ms".to_owned(), latency.p99, AtMost(50.0)));
    }
    for (measurement, figure, name, unit, bound) in FIGURES {
        if let Some(value) = find(size, measurement).and_then(|found| found.figures.get(figure)) {
            ratios.push(ratio(name.to_owned(), value / unit, bound));
        }
    }
    if let (Some(soak), Some(alone)) = (find(size, soak::NAME), find(size, soak::ALONE)) {
        if let (Some(all), Some(alone)) = (soak.latency, alone.latency) {
            ratios.push(ratio(
                "soak: p99 of a read / that of the writers alone".to_owned(),
                all.p99 / alone.p99,
                AtMost(5.0),
            ));
        }
        let figure = |name| soak.figures.get(name).copied().unwrap_or(f64::NAN);
        let memory = figure("peak_bytes") / figure("container_bytes");
        ratios.push(ratio("soak: memory / the container's limit".to_owned(), memory, AtMost(1.0)));
    }
    ratios.extend(of_scale(size));
    // The first sockets pay for what they share.
    let sockets = size.measurements.iter().filter(|measurement| measurement.name.starts_with("server/sockets "));
    for measurement in sockets.filter(|measurement| measurement.clients > 100) {
        if let Some(bytes) = measurement.figures.get("bytes_per_socket") {
            let name = format!("KB a socket, {} sockets", measurement.clients);
            ratios.push(ratio(name, bytes / 1000.0, AtMost(12.0)));
        }
    }
    ratios
}

/// A project of many members beside one of two, and one of many tasks beside one of few.
fn of_scale(size: &SizeReport) -> Vec<Ratio> {
    let ratio = |name: String, value: f64, bound| Ratio { name, tasks: size.tasks, value, bound };
    let latency = |name: &str| find(size, name).and_then(|measurement| measurement.latency);
    let mut ratios = Vec::new();
    for what in scale::CHANGES.into_iter().chain(scale::MEANWHILE) {
        let (many, two) = (scale::told_name(true, what), scale::told_name(false, what));
        if let (Some(many), Some(two)) = (latency(&many), latency(&two)) {
            ratios.push(ratio(format!("many told / two: {what}, p99"), many.p99 / two.p99, AtMost(3.0)));
        }
        if let Some(heard) = find(size, &many).and_then(|found| found.figures.get("heard_p99_ms")) {
            ratios.push(ratio(format!("many have heard of: {what}, p99 ms"), *heard, AtMost(300.0)));
        }
    }
    for what in scale::KINDS {
        let (many, few) = (scale::tasks_name(true, what), scale::tasks_name(false, what));
        if let (Some(many), Some(few)) = (latency(&many), latency(&few)) {
            ratios.push(ratio(format!("many tasks / few: {what}, p50"), many.p50 / few.p50, AtMost(1.5)));
        }
    }
    ratios
}

fn growth(load: &str, smallest: &SizeReport, largest: &SizeReport) -> Option<Ratio> {
    let each = |size| find(size, &format!("server/{load}"))?.figures.get("ms_each").copied();
    let name = format!("{load}, time / {} tasks", smallest.tasks);
    Some(Ratio { name, tasks: largest.tasks, value: each(largest)? / each(smallest)?, bound: AtMost(1.3) })
}

fn find<'a>(size: &'a SizeReport, name: &str) -> Option<&'a Measurement> {
    size.measurements.iter().find(|measurement| measurement.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::results::Latency;

    fn measurement(name: &str, per_second: f64, figures: &[(&str, f64)]) -> Measurement {
        Measurement {
            name: name.to_owned(),
            clients: 1000,
            seconds: 1.0,
            answers: 1,
            unexpected: 0,
            complaints: Vec::new(),
            per_second,
            latency: None,
            usage: None,
            figures: figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn a_ratio_needs_both_of_its_parts() {
        let list = measurement("server/list varied", 30.0, &[]);
        let mut size = SizeReport { tasks: 10, measurements: vec![list] };
        assert!(of(std::slice::from_ref(&size)).is_empty());
        size.measurements.push(measurement("floor/pgbench list", 40.0, &[]));
        let [ratio] = &of(&[size])[..] else { panic!("one ratio") };
        assert_eq!((ratio.name.as_str(), ratio.value, ratio.is_reached()), ("list varied / pgbench list", 0.75, true));
    }

    #[test]
    fn growth_is_that_from_the_smallest_to_the_largest() {
        let size = |tasks, ms| SizeReport {
            tasks,
            measurements: vec![measurement("server/list of one person", 1.0, &[("ms_each", ms)])],
        };
        let [ratio] = &of(&[size(10, 1.0), size(100, 1.1), size(1000, 1.5)])[..] else { panic!("one ratio") };
        assert_eq!((ratio.tasks, ratio.value, ratio.is_reached()), (1000, 1.5, false));
    }

    #[test]
    fn many_are_compared_with_two() {
        let told = |name: &str, p99, heard| Measurement {
            latency: Some(Latency { p50: 1.0, p90: 1.0, p99 }),
            ..measurement(name, 1.0, &[("heard_p99_ms", heard)])
        };
        let measurements = vec![
            told("server/two told: rename", 4.0, 5.0),
            told("server/many told: rename", 20.0, 150.0),
            told("server/many tasks: count", 9.0, 0.0),
        ];
        let ratios = of(&[SizeReport { tasks: 10, measurements }]);
        let found: Vec<_> = ratios.iter().map(|ratio| (ratio.value, ratio.is_reached())).collect();
        assert_eq!(found, [(5.0, false), (150.0, true)]);
    }

    #[test]
    fn sockets_count_beyond_the_first_hundred() {
        let mut few = measurement("server/sockets 100", 1.0, &[("bytes_per_socket", 90_000.0)]);
        few.clients = 100;
        let many = measurement("server/sockets 1000", 1.0, &[("bytes_per_socket", 9_000.0)]);
        let ratios = of(&[SizeReport { tasks: 10, measurements: vec![few, many] }]);
        assert_eq!(ratios.iter().map(|ratio| ratio.value).collect::<Vec<_>>(), [9.0]);
    }
}
