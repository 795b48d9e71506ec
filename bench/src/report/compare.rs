//! Two runs side by side.

use super::{
    format::{count, optional},
    table::{about, bound, table},
};
use crate::results::Report;

/// A row for each ratio and figure that either run has, in the order of the first; a dash stands for what one of them lacks, `B/A` is above
/// one where B is larger. What they were and on which machines comes first, since other machines have other figures.
pub fn compare(a: &Report, b: &Report) -> String {
    let (ours, theirs) = (figures(a), figures(b));
    let only_theirs = theirs.iter().filter(|(name, _)| value(&ours, name).is_none());
    let rows = ours.iter().chain(only_theirs).map(|(name, _)| {
        let (one, other) = (value(&ours, name), value(&theirs, name));
        let quotient = one.zip(other).filter(|(one, _)| *one != 0.0).map(|(one, other)| other / one);
        [name.clone(), optional(one), optional(other), optional(quotient)]
    });
    format!("A  {}\nB  {}\n{}", about(a), about(b), table(["", "A", "B", "B/A"], rows))
}

fn value(figures: &[(String, f64)], name: &str) -> Option<f64> {
    figures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
}

fn figures(report: &Report) -> Vec<(String, f64)> {
    let ratios = report
        .ratios
        .iter()
        .map(|ratio| (format!("{} · {} ({})", ratio.name, count(ratio.tasks), bound(ratio.bound)), ratio.value));
    let measured = report.sizes.iter().flat_map(|size| {
        size.measurements.iter().flat_map(|measurement| {
            let name = format!("{} · {}", measurement.name, count(size.tasks));
            let latency = measurement.latency;
            let known = [
                ("req/s", Some(measurement.per_second)),
                ("p50 ms", latency.map(|latency| latency.p50)),
                ("p99 ms", latency.map(|latency| latency.p99)),
                ("CPU µs/req", measurement.cpu_per_answer()),
                ("peak MB", measurement.peak_megabytes()),
                ("UNEXPECTED", Some(measurement.unexpected as f64).filter(|unexpected| *unexpected > 0.0)),
            ];
            let others = measurement.figures.iter().map(|(figure, value)| (figure.as_str(), Some(*value)));
            let all: Vec<_> = known.into_iter().chain(others).collect();
            all.into_iter().filter_map(move |(figure, value)| Some((format!("{name}: {figure}"), value?)))
        })
    });
    ratios.chain(measured).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::sample::{self, cells},
        *,
    };

    #[test]
    fn ratios_and_figures_stand_side_by_side() {
        let a = sample::report();
        let mut b = sample::report();
        b.ratios[1].value = 22.0;
        b.sizes[0].measurements[0].per_second *= 1.5;
        b.sizes[0].measurements[1].unexpected = 1200;
        let text = compare(&a, &b);
        assert_eq!(cells(&text, "idle server · 10,000 (≤ 30.0)")[1..], ["33.0", "22.0", "0.667"]);
        assert_eq!(cells(&text, "server/list varied · 10,000: req/s")[1..], ["2,400", "3,600", "1.50"]);
        assert_eq!(cells(&text, "server/sockets 1000 · 10,000: bytes_per_socket")[1..], ["9,000", "9,000", "1.00"]);
        assert_eq!(cells(&text, "floor/pgbench list · 10,000: UNEXPECTED")[1..], ["–", "1,200", "–"]);
    }

    #[test]
    fn what_one_lacks_is_a_dash() {
        let a = sample::report();
        let mut b = sample::report();
        b.sizes[0].measurements.remove(0);
        assert_eq!(cells(&compare(&a, &b), "server/list varied · 10,000: req/s")[1..], ["2,400", "–", "–"]);
        assert_eq!(cells(&compare(&b, &a), "server/list varied · 10,000: req/s")[1..], ["–", "2,400", "–"]);
    }
}
