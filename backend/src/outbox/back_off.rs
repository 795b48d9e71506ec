//! The pause before the next attempt: doubled each time, with jitter, so that simultaneous failures are not retried together.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
/// If the other side is unreachable, it may soon be over.
const LONGEST_UNREACHABLE: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3600);

pub fn delay(attempts: i32, reachable: bool) -> Duration {
    let longest = if reachable { LONGEST } else { LONGEST_UNREACHABLE };
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let whole = FIRST.saturating_mul(2u32.saturating_pow(doublings)).min(longest);
    whole.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_a_limit_and_differ() {
        for attempts in 1..40 {
            let expected = FIRST.as_secs_f64() * 2f64.powi(attempts - 1);
            let longest = expected.min(LONGEST.as_secs_f64());
            let delay = delay(attempts, true).as_secs_f64();
            assert!(delay >= longest / 2.0 - 0.001 && delay <= longest + 0.001, "{attempts}: {delay}");
        }
        assert!(delay(30, false) <= LONGEST_UNREACHABLE);
        assert_ne!(delay(10, true), delay(10, true));
    }
}
