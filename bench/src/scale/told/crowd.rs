//! The members, each with an open socket: how many have been told of something.

use std::{
    borrow::Cow,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::{sync::Notify, task::JoinSet};

use crate::{data::Person, sockets::Socket};

/// So many are opened at once.
const OPENING: usize = 16;

pub struct Crowd {
    heard: Arc<Heard>,
    /// One for each socket; they end with this.
    _listening: JoinSet<()>,
}

#[derive(Default)]
struct Heard {
    notifications: AtomicU64,
    changed: Notify,
    failures: Mutex<Vec<String>>,
}

/// What of a message is looked at.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
}

impl Crowd {
    pub async fn gather(address: SocketAddr, members: &[Person]) -> anyhow::Result<Self> {
        let opened = stream::iter(members).map(|member| Socket::open(address, &member.token)).buffered(OPENING);
        let sockets: Vec<_> = opened.try_collect().await?;
        let (heard, mut listening) = (Arc::<Heard>::default(), JoinSet::new());
        for (socket, _) in sockets {
            listening.spawn(listen(socket, Arc::clone(&heard)));
        }
        Ok(Self { heard, _listening: listening })
    }

    /// How many notifications have come to all of them together.
    pub fn told(&self) -> u64 {
        self.heard.notifications.load(Ordering::Acquire)
    }

    /// The moment at which so many have come; `None` when they do not.
    pub async fn wait_until(&self, notifications: u64, patience: Duration) -> Option<Instant> {
        let come = async {
            loop {
                let changed = self.heard.changed.notified();
                if self.told() >= notifications {
                    return Instant::now();
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, come).await.ok()
    }

    /// What happened to sockets.
    pub fn failures(&self) -> Vec<String> {
        self.heard.failures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn listen(mut socket: Socket, heard: Arc<Heard>) {
    loop {
        match socket.text().await {
            Ok(text) if tells_of_a_change(&text) => {
                heard.notifications.fetch_add(1, Ordering::AcqRel);
                heard.changed.notify_one();
            }
            Ok(_) => {}
            Err(error) => {
                let mut failures = heard.failures.lock().unwrap_or_else(PoisonError::into_inner);
                return failures.push(format!("a member's socket: {error:#}"));
            }
        }
    }
}

/// Other notifications (of signing in) come too.
fn tells_of_a_change(message: &str) -> bool {
    let Ok(message) = serde_json::from_str::<Message>(message) else { return false };
    let kind = message.data.and_then(|data| data.kind);
    message.kind.as_deref() == Some("notification.created")
        && matches!(kind.as_deref(), Some("project.changed" | "task.status_changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_of_changes_are_told_from_others() {
        let told = |kind: &str, of: &str| {
            tells_of_a_change(&format!(r#"{{"type":"event","kind":"{kind}","data":{{"kind":"{of}","id":"1"}}}}"#))
        };
        assert!(told("notification.created", "project.changed"));
        assert!(told("notification.created", "task.status_changed"));
        assert!(!told("notification.created", "security.new_sign_in"));
        assert!(!told("project.updated", "project.changed"));
        assert!(!tells_of_a_change(r#"{"type":"ready","topics":{}}"#));
    }
}
