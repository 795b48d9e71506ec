use std::future::Future;

use futures_util::StreamExt;

use crate::{id::UserId, panics};

/// Users that a worker notifies concurrently.
const AT_ONCE: usize = 4;

/// Runs an action for each user. An error or panic for one affects nobody else and is retried with the next pass.
pub async fn for_each_user<F>(users: Vec<UserId>, work: impl Fn(UserId) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let work = &work;
    futures_util::stream::iter(users)
        .for_each_concurrent(AT_ONCE, |user_id| async move {
            let told = panics::catch(work(user_id)).await;
            if let Err(error) = told.unwrap_or_else(|panic| Err(anyhow::anyhow!("it panicked: {panic}"))) {
                tracing::error!(error = format!("{error:#}"), %user_id, "notifying a user of due tasks failed; retrying");
            }
        })
        .await;
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::id::Id;

    #[tokio::test]
    async fn whoever_cannot_be_told_holds_up_nobody_else() {
        let users: Vec<UserId> = (1..=10).map(Id::from_u128).collect();
        let told = Mutex::new(Vec::new());
        for_each_user(users.clone(), async |user_id| {
            assert_ne!(user_id, users[0], "panics on purpose");
            anyhow::ensure!(user_id != users[1], "fails on purpose");
            told.lock().expect("not poisoned").push(user_id);
            Ok(())
        })
        .await;
        assert_eq!(told.into_inner().expect("not poisoned"), users[2..]);
    }
}
