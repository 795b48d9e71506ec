//! Much work in small transactions.

use std::time::{Duration, Instant};

use super::error_code;

/// So many rows a step handles at most.
pub const STEP: i64 = 2000;
/// A step that takes longer becomes smaller, one that is quicker larger again.
const LONG: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(200);
const QUERY_CANCELED: &str = "57014";

/// Repeats a statement that handles up to so many rows, each time in a transaction of its own, until it handles fewer; gives how many rows
/// that were in all. What is done stays done, whatever happens to the rest. Steps that take long become smaller, down to a single row, so
/// none runs into the time limit of statements, whatever hangs on a row.
pub async fn in_steps<F>(mut step: impl FnMut(i64) -> F) -> sqlx::Result<u64>
where
    F: Future<Output = sqlx::Result<u64>>,
{
    let (mut size, mut total) = (STEP, 0);
    loop {
        let begun = Instant::now();
        match step(size).await {
            Ok(rows) => {
                total += rows;
                if rows < size.unsigned_abs() {
                    return Ok(total);
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
