//! From changes and their receipts to figures.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{tally::Received, writer::Change};
use crate::{
    results::{Measurement, Usage},
    times::Times,
};

/// The measurement of so many connections. Times are those of the changes' receipts; answers are all events that came.
pub fn summary(connections: u32, seconds: f64, changes: &[Change], received: Received, usage: Usage) -> Measurement {
    let by_version: HashMap<_, _> = changes.iter().map(|change| ((change.task, change.version), change)).collect();
    let (mut since_sent, mut since_answered) = (Times::new(), Times::new());
    // When the last socket of many has received a change, and how many have.
    let mut wide: HashMap<_, (Duration, u32)> = HashMap::new();
    for receipt in &received.receipts {
        let key = (receipt.task, receipt.version);
        let Some(change) = by_version.get(&key) else { continue };
        let took = receipt.at.saturating_duration_since(change.sent);
        since_sent.record(took);
        since_answered.record(receipt.at.saturating_duration_since(change.answered));
        if change.is_wide {
            let (last, sockets) = wide.entry(key).or_default();
            *last = took.max(*last);
            *sockets += 1;
        }
    }
    let mut figures: BTreeMap<String, f64> = [
        ("changes", changes.len() as f64),
        ("lost", received.lost as f64),
        ("receipt_p50_ms", since_sent.at(0.5)),
        ("receipt_p99_ms", since_sent.at(0.99)),
        ("after_answer_p50_ms", since_answered.at(0.5)),
        ("after_answer_p99_ms", since_answered.at(0.99)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if let Some((_, sockets)) = wide.values().max_by_key(|(_, sockets)| sockets) {
        let mut last = Times::new();
        wide.values().for_each(|(took, _)| last.record(*took));
        figures.insert("wide_sockets".to_owned(), f64::from(*sockets));
        figures.insert("wide_last_p50_ms".to_owned(), last.at(0.5));
    }
    Measurement {
        name: format!("server/sockets {connections}"),
        clients: connections,
        seconds,
        answers: received.events,
        unexpected: received.unexpected(),
        per_second: received.events as f64 / seconds,
        latency: Some(since_sent.latency()),
        usage: Some(usage),
        figures,
        complaints: received.examples,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use uuid::Uuid;

    use super::{super::tally::Receipt, *};

    #[test]
    fn receipts_are_timed_from_their_change() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let change = |task, version, sent, is_wide| Change {
            task: Uuid::from_u128(task),
            version,
            sent: at(sent),
            answered: at(sent + 5),
            is_wide,
        };
        let receipt = |task, version, ms| Receipt { task: Uuid::from_u128(task), version, at: at(ms) };
        let received = Received {
            events: 5,
            // The last is of nobody's change; the first comes before its answer.
            receipts: vec![receipt(1, 2, 3), receipt(2, 7, 110), receipt(2, 7, 120), receipt(3, 1, 900)],
            lost: 1,
            repeated: 1,
            failures: 0,
            examples: vec!["one".into()],
        };
        let usage = Usage { cpu_seconds: 0.1, peak_bytes: 1 };
        let found = summary(100, 2.0, &[change(1, 2, 0, false), change(2, 7, 100, true)], received, usage);
        assert_eq!((found.name.as_str(), found.clients), ("server/sockets 100", 100));
        assert_eq!((found.answers, found.unexpected, found.per_second), (5, 2, 2.5));
        let figure = |name: &str| found.figures[name].round();
        assert_eq!([figure("receipt_p50_ms"), figure("receipt_p99_ms")], [10.0, 20.0]);
        assert_eq!([figure("after_answer_p50_ms"), figure("after_answer_p99_ms")], [5.0, 15.0]);
        assert_eq!([figure("wide_sockets"), figure("wide_last_p50_ms")], [2.0, 20.0]);
        assert_eq!([figure("changes"), figure("lost")], [2.0, 1.0]);
    }
}
