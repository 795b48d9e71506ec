//! Isolates panics of one piece of work. The panic hook has written each to standard error.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt;

/// The result, or the panic's message. The work must not leave shared state half changed.
pub async fn catch<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_by_its_message() {
        assert_eq!(catch(async { 42 }).await, Ok(42));
        assert_eq!(catch(async { panic!("on purpose") }).await, Err::<(), _>("on purpose".to_owned()));
        let number = 7;
        assert_eq!(catch(async { panic!("with {number}") }).await, Err::<(), _>("with 7".to_owned()));
        let payload = catch(async { std::panic::panic_any(7) }).await;
        assert_eq!(payload, Err::<(), _>("a panic without a message".to_owned()));
    }
}
