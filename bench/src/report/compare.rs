//! Two runs side by side.

use super::{
    format::{count, number, optional},
    grid::{
        Align::{Left, Right},
        Grid,
    },
    table::{bound, cpu_per_request, mark, peak_megabytes},
};
use crate::results::{Machine, Measurement, Ratio, Report};

/// What two runs found, as text for the terminal: what they are and in what they differ, the ratios, then the measurements of
/// each size. A dash stands for what one of them lacks; `B/A` is above one where B is larger.
pub fn compare(a: &Report, b: &Report) -> String {
    let mut text = format!("A  {}\nB  {}\n", about(a), about(b));
    for difference in differences(a, b) {
        text += &format!("!  {difference}\n");
    }
    let ratios = ratios(a, b);
    if !ratios.is_empty() {
        text += &format!("\nRatios\n\n{}", ratios.text());
    }
    for tasks in union(sizes(a), sizes(b)) {
        let pairs = pairs(measurements(a, tasks), measurements(b, tasks), |measurement| measurement.name.as_str());
        text += &format!("\n{} tasks\n\n{}", count(tasks), compare_measurements(&pairs).text());
        let figures = figures(&pairs);
        if !figures.is_empty() {
            text += &format!("\n{}", figures.text());
        }
    }
    text
}

fn about(report: &Report) -> String {
    let unexpected = match report.unexpected() {
        0 => String::new(),
        unexpected => format!(", {} UNEXPECTED", count(unexpected)),
    };
    format!(
        "{}, commit {}, profile {}{unexpected}",
        report.started_at.format("%Y-%m-%d %H:%M UTC"),
        report.commit,
        report.profile
    )
}

/// What makes the absolute figures of two runs incomparable, a sentence each.
fn differences(a: &Report, b: &Report) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: &str, a: String, b: String| {
        if a != b {
            found.push(format!("{what} differ: A {a}, B {b}."));
        }
    };
    check("Profiles", a.profile.clone(), b.profile.clone());
    check("Sizes", list(sizes(a)), list(sizes(b)));
    let (one, other) = (&a.machine, &b.machine);
    let memory = |machine: &Machine| format!("{} GB", number(machine.memory_bytes as f64 / 1e9));
    check("Processors", one.processor.clone(), other.processor.clone());
    check("Cores", one.cores.to_string(), other.cores.to_string());
    check("Memories", memory(one), memory(other));
    check("Kernels", one.kernel.clone(), other.kernel.clone());
    for program in union(one.versions.keys(), other.versions.keys()) {
        let version = |machine: &Machine| machine.versions.get(program).cloned().unwrap_or_else(|| "none".to_owned());
        check(&format!("Versions of {program}"), version(one), version(other));
    }
    found
}

fn ratios(a: &Report, b: &Report) -> Grid {
    let mut grid = Grid::new(&[
        ("ratio", Left),
        ("tasks", Right),
        ("A", Right),
        ("", Left),
        ("B", Right),
        ("", Left),
        ("B/A", Right),
        ("bound", Right),
    ]);
    for (a, b) in pairs(a.ratios.iter(), b.ratios.iter(), |ratio| (ratio.name.as_str(), ratio.tasks)) {
        let Some(either) = b.or(a) else { continue };
        let reached = |ratio: Option<&Ratio>| ratio.map_or("", mark).to_owned();
        let (value, other) = (a.map(|ratio| ratio.value), b.map(|ratio| ratio.value));
        grid.push(vec![
            either.name.clone(),
            count(either.tasks),
            optional(value),
            reached(a),
            optional(other),
            reached(b),
            quotient(value, other),
            bound(either.bound),
        ]);
    }
    grid
}

type Figure = fn(&Measurement) -> Option<f64>;
type Pair<'a> = (Option<&'a Measurement>, Option<&'a Measurement>);

fn compare_measurements(pairs: &[Pair]) -> Grid {
    let columns: [(&str, Figure); 4] = [
        ("req/s", |measurement| Some(measurement.per_second)),
        ("p50 ms", |measurement| measurement.latency.map(|latency| latency.p50)),
        ("p99 ms", |measurement| measurement.latency.map(|latency| latency.p99)),
        ("CPU µs", cpu_per_request),
    ];
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("{name} A")).collect();
    let mut head = vec![("measurement", Left)];
    for name in &names {
        head.extend([(name.as_str(), Right), ("B", Right), ("B/A", Right)]);
    }
    head.extend([("peak MB A", Right), ("B", Right)]);
    let mut grid = Grid::new(&head);
    for &(a, b) in pairs {
        let Some(either) = a.or(b) else { continue };
        let mut row = vec![either.name.clone()];
        for (_, figure) in columns {
            let (value, other) = (a.and_then(figure), b.and_then(figure));
            row.extend([optional(value), optional(other), quotient(value, other)]);
        }
        row.extend([a, b].map(|one| optional(one.and_then(peak_megabytes))));
        grid.push(row);
    }
    grid
}

/// What else was measured, and what was unexpected where there is such.
fn figures(pairs: &[Pair]) -> Grid {
    let mut grid = Grid::new(&[("measurement", Left), ("figure", Left), ("A", Right), ("B", Right), ("B/A", Right)]);
    for &(a, b) in pairs {
        let Some(either) = a.or(b) else { continue };
        let unexpected = [a, b].map(|one| one.map(|one| one.unexpected));
        if unexpected.iter().flatten().any(|unexpected| *unexpected > 0) {
            let [value, other] = unexpected.map(|one| one.map_or_else(|| "–".to_owned(), count));
            grid.push(vec![either.name.clone(), "UNEXPECTED".to_owned(), value, other, String::new()]);
        }
        let names =
            |one: Option<&Measurement>| one.map(|one| one.figures.keys().cloned().collect()).unwrap_or_default();
        let (first, second): (Vec<String>, Vec<String>) = (names(a), names(b));
        for name in union(first, second) {
            let value = |one: Option<&Measurement>| one.and_then(|one| one.figures.get(&name)).copied();
            let (value, other) = (value(a), value(b));
            grid.push(vec![either.name.clone(), name, optional(value), optional(other), quotient(value, other)]);
        }
    }
    grid
}

/// A dash when one is missing or A is zero.
fn quotient(a: Option<f64>, b: Option<f64>) -> String {
    optional(a.zip(b).filter(|(a, _)| *a != 0.0).map(|(a, b)| b / a))
}

fn sizes(report: &Report) -> impl Iterator<Item = u64> {
    report.sizes.iter().map(|size| size.tasks)
}

fn measurements(report: &Report, tasks: u64) -> impl Iterator<Item = &Measurement> {
    report.sizes.iter().filter(move |size| size.tasks == tasks).flat_map(|size| &size.measurements)
}

fn list(sizes: impl Iterator<Item = u64>) -> String {
    sizes.map(count).collect::<Vec<_>>().join(" and ")
}

/// Each once, in the order of the first and then of the second.
fn union<T: PartialEq>(first: impl IntoIterator<Item = T>, second: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in first.into_iter().chain(second) {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}

/// What has the same key, beside each other.
fn pairs<'a, T, K: PartialEq>(
    a: impl Iterator<Item = &'a T>,
    b: impl Iterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let (a, b): (Vec<&T>, Vec<&T>) = (a.collect(), b.collect());
    let find = |among: &[&'a T], wanted: &K| among.iter().copied().find(|one| key(one) == *wanted);
    union(a.iter().copied().map(&key), b.iter().copied().map(&key))
        .into_iter()
        .map(|wanted| (find(&a, &wanted), find(&b, &wanted)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn line<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("{start} in {text}"))
            .split_whitespace()
            .collect()
    }

    #[test]
    fn ratios_and_measurements_stand_side_by_side() {
        let a = sample::report();
        let mut b = sample::report();
        b.ratios[1].value = 22.0;
        b.sizes[0].measurements[0].per_second *= 1.5;
        let text = compare(&a, &b);
        assert!(!text.contains("differ"), "{text}");
        assert_eq!(line(&text, "idle server")[2..], ["10,000", "33.0", "✗", "22.0", "✓", "0.667", "≤", "30.0"]);
        assert_eq!(line(&text, "server/list varied")[2..8], ["2,400", "3,600", "1.50", "12.5", "12.5", "1.00"]);
        assert!(text.find("Ratios").expect("a line") < text.find("10,000 tasks").expect("a line"));
    }

    #[test]
    fn what_one_lacks_is_a_dash() {
        let a = sample::report();
        let mut b = sample::report();
        b.ratios.remove(0);
        b.sizes[0].measurements.remove(0);
        let text = compare(&a, &b);
        assert_eq!(line(&text, "list varied / pgbench list")[5..], ["10,000", "0.720", "✓", "–", "–", "≥", "0.600"]);
        assert_eq!(line(&text, "server/list varied")[2..5], ["2,400", "–", "–"]);
        // The other way round.
        assert_eq!(line(&compare(&b, &a), "server/list varied")[2..5], ["–", "2,400", "–"]);
    }

    #[test]
    fn differences_that_matter_are_told() {
        let a = sample::report();
        let mut b = sample::report();
        b.profile = "full".into();
        b.machine.cores = 4;
        b.machine.versions.remove("Redis");
        b.sizes[0].tasks = 100_000;
        let text = compare(&a, &b);
        for told in [
            "Profiles differ: A short, B full.",
            "Cores differ: A 2, B 4.",
            "Versions of Redis differ: A 7.2.0, B none.",
            "Sizes differ: A 10,000, B 100,000.",
        ] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert!(text.contains("\n10,000 tasks") && text.contains("\n100,000 tasks"));
    }

    #[test]
    fn a_run_with_errors_says_so() {
        let a = sample::report();
        let mut b = sample::report();
        b.sizes[0].measurements[1].unexpected = 1200;
        let text = compare(&a, &b);
        assert!(text.lines().nth(1).expect("a line").ends_with("1,200 UNEXPECTED"));
        assert!(text.contains("UNEXPECTED             0   1,200\n"), "{text}");
    }
}
