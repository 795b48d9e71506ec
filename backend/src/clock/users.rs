use std::future::Future;

use futures_util::StreamExt;
use uuid::Uuid;

/// How many users a worker tells at the same time.
const AT_ONCE: usize = 4;

/// Does something for each user. What fails for one holds up nobody else, and is tried again with the next pass.
pub async fn each_user<F>(users: Vec<Uuid>, work: impl Fn(Uuid) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let work = &work;
    futures_util::stream::iter(users)
        .for_each_concurrent(AT_ONCE, |user_id| async move {
            if let Err(error) = work(user_id).await {
                tracing::error!(error = format!("{error:#}"), %user_id, "a user cannot be told what is due; it is tried again");
            }
        })
        .await;
}
