//! The history of a task, which decides about its next start.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// After running this long a task is healthy, and its pauses reset.
pub const WELL_AFTER: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// That many ends within the time are too many: restarting does not help.
const TOO_MANY: usize = 5;
const TOO_MANY_WITHIN: Duration = Duration::from_secs(300);

#[derive(Default)]
pub struct History {
    /// The latest ends, at most as many as are too many.
    ends: VecDeque<Instant>,
    /// Ends since it was last healthy.
    in_a_row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub pause: Duration,
    pub keeps_ending: bool,
}

impl History {
    /// Whether it has ended and was restarted.
    pub fn is_interrupted(&self) -> bool {
        self.in_a_row > 0
    }

    pub fn ended(&mut self, started: Instant, now: Instant) -> Next {
        if now - started >= WELL_AFTER {
            self.in_a_row = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(self.in_a_row)).min(LONGEST_PAUSE);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.ends.push_back(now);
        if self.ends.len() > TOO_MANY {
            self.ends.pop_front();
        }
        let first = self.ends.front().filter(|_| self.ends.len() == TOO_MANY);
        Next { pause, keeps_ending: first.is_some_and(|first| now - *first <= TOO_MANY_WITHIN) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute() {
        let (mut history, now) = (History::default(), Instant::now());
        let pauses: Vec<u64> = (0..9).map(|_| history.ended(now, now).pause.as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(history.ended(now, now + WELL_AFTER).pause, FIRST_PAUSE);
    }

    #[test]
    fn five_ends_are_too_many_when_they_are_close_together() {
        let (mut history, begun) = (History::default(), Instant::now());
        let minutes = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        let keeps_ending = [0, 1, 2, 3, 6, 7].map(|at| history.ended(minutes(at), minutes(at)).keeps_ending);
        assert_eq!(keeps_ending, [false, false, false, false, false, false]);
        assert!(history.ended(minutes(7), minutes(7)).keeps_ending, "the fifth since minute 2");
    }
}
