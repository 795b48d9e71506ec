//! The server's clock compared with the database's. The front end compares the browser's.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::{Cause, Check, Finding};

const NOTICEABLE_SECONDS: i64 = 2;
/// More than tokens and dates tolerate.
const HARMFUL_SECONDS: i64 = 60;

pub async fn check(db: &PgPool) -> Finding {
    let before = Utc::now();
    let answer = sqlx::query_scalar::<_, DateTime<Utc>>("SELECT clock_timestamp()").fetch_one(db).await;
    let after = Utc::now();
    match answer {
        Ok(theirs) => judge(difference(before, theirs, after)),
        Err(_) => Finding::new(Check::Clock, Cause::ClockUnknown),
    }
}

/// The offset of `theirs` in seconds, read between `before` and `after`.
fn difference(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>) -> i64 {
    if theirs < before { (before - theirs).num_seconds() } else { (theirs - after).num_seconds().max(0) }
}

fn judge(seconds: i64) -> Finding {
    let cause = match seconds {
        HARMFUL_SECONDS.. => Cause::ClockFarOff,
        NOTICEABLE_SECONDS.. => Cause::ClockDiffers,
        _ => Cause::ClockOk,
    };
    Finding::new(Check::Clock, cause).number("difference_seconds", seconds)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_slow_answer_is_no_difference() {
        let now = Utc::now();
        let seconds = TimeDelta::seconds;
        assert_eq!(difference(now, now + seconds(3), now + seconds(5)), 0);
        assert_eq!(difference(now, now + seconds(9), now + seconds(5)), 4);
        assert_eq!(difference(now, now - seconds(90), now + seconds(5)), 90);
        assert_eq!([0, 4, 90].map(|gap| judge(gap).cause), [Cause::ClockOk, Cause::ClockDiffers, Cause::ClockFarOff]);
    }
}
