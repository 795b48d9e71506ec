//! Large amounts of work in small transactions.

use std::time::{Duration, Instant};

use super::error_code;

/// Maximum rows per step.
pub const STEP: i64 = 2000;
/// The target duration; slower steps shrink, faster ones grow.
const LONG: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(200);
const QUERY_CANCELED: &str = "57014";

/// Repeats a statement that handles up to the given number of rows, each time in its own transaction, until it handles fewer; returns the
/// total. Finished steps are kept whatever happens later. Slow steps shrink, down to a single row, so none hits the statement timeout,
/// however many rows depend on a row.
pub async fn in_steps<F>(step: impl FnMut(i64) -> F) -> sqlx::Result<u64>
where
    F: Future<Output = sqlx::Result<u64>>,
{
    Ok(run(None, step).await?.rows)
}

/// The same, but no step starts after the deadline (the first always does); returns whether everything is done.
pub async fn in_steps_until<F>(end: Instant, step: impl FnMut(i64) -> F) -> sqlx::Result<bool>
where
    F: Future<Output = sqlx::Result<u64>>,
{
    Ok(run(Some(end), step).await?.is_done)
}

struct Progress {
    rows: u64,
    is_done: bool,
}

async fn run<F>(end: Option<Instant>, mut step: impl FnMut(i64) -> F) -> sqlx::Result<Progress>
where
    F: Future<Output = sqlx::Result<u64>>,
{
    let (mut size, mut total) = (STEP, 0);
    loop {
        let begun = Instant::now();
        match step(size).await {
            Ok(rows) => {
                total += rows;
                let is_done = rows < size.unsigned_abs();
                if is_done || end.is_some_and(|end| end <= Instant::now()) {
                    return Ok(Progress { rows: total, is_done });
                }
            }
            Err(error) if size > 1 && error_code(&error).as_deref() == Some(QUERY_CANCELED) => {
                size = (size / 8).max(1);
                continue;
            }
            Err(error) => return Err(error),
        }
        size = match begun.elapsed() {
            took if took > LONG => (size / 2).max(1),
            took if took < SHORT => (size * 2).min(STEP),
            _ => size,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_ends_with_the_first_step_that_is_not_full() {
        let mut rows = [STEP.unsigned_abs(), STEP.unsigned_abs(), 3].into_iter();
        let total = in_steps(|_| std::future::ready(Ok(rows.next().expect("no more steps")))).await.expect("done");
        assert_eq!(total, 2 * STEP.unsigned_abs() + 3);
    }

    #[tokio::test]
    async fn it_stops_at_its_end_and_says_that_there_is_more() {
        let past = Instant::now();
        let full = STEP.unsigned_abs();
        assert!(!in_steps_until(past, |_| std::future::ready(Ok(full))).await.expect("a step"));
        assert!(in_steps_until(past, |_| std::future::ready(Ok(full - 1))).await.expect("a step"));
        let mut rows = [full, 3].into_iter();
        let later = past + Duration::from_secs(60);
        assert!(in_steps_until(later, |_| std::future::ready(Ok(rows.next().expect("two")))).await.expect("steps"));
    }

    #[tokio::test]
    async fn an_error_ends_it() {
        let mut steps = 0;
        let result = in_steps(|_| {
            steps += 1;
            std::future::ready(Err(sqlx::Error::PoolClosed))
        });
        assert!(matches!(result.await, Err(sqlx::Error::PoolClosed)));
        assert_eq!(steps, 1);
    }
}
