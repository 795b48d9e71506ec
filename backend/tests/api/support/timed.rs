//! A worker whose clock the test sets.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;

use super::{Mail, MailServer, Person, TestApp};

impl TestApp {
    /// What a worker does at that moment.
    pub async fn clock_shows(&self, now: &str) {
        self.try_clock(now).await.expect("told");
    }

    pub async fn try_clock(&self, now: &str) -> anyhow::Result<()> {
        let now: DateTime<Utc> = now.parse().expect("an instant");
        todo::scheduled::run_once(&self.state, now).await
    }
}

/// Somebody's notifications of a kind, oldest first.
pub async fn notified(person: &Person, kind: &str) -> Vec<Value> {
    let list = person.get("/notifications?limit=200").await.expect(200);
    let items = list["items"].as_array().expect("a list").iter().rev();
    items.filter(|item| item["kind"] == kind).cloned().collect()
}

/// How many mails of a kind were queued for somebody.
pub async fn queued(db: &PgPool, person: &Person, kind: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE user_id = $1::uuid AND kind = $2")
        .bind(&person.id)
        .bind(kind)
        .fetch_one(db)
        .await
        .expect("a count")
}

/// The mails of a kind that have come to somebody, as soon as there are `count`.
pub async fn mails_of_kind(mail: &MailServer, person: &Person, kind: &str, count: usize) -> Vec<Mail> {
    for _ in 0..400 {
        let mails: Vec<_> =
            mail.mails().into_iter().filter(|mail| mail.to == person.email && is_of_kind(mail, kind)).collect();
        if mails.len() >= count {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} has not got {count} mails of {kind}", person.email);
}

/// The link to unsubscribe names the kind.
fn is_of_kind(mail: &Mail, kind: &str) -> bool {
    let Some(header) = mail.header("List-Unsubscribe") else { return false };
    let subject = header.split("token=").nth(1).and_then(|token| token.split('.').next()).unwrap_or_default();
    let subject = URL_SAFE_NO_PAD.decode(subject).expect("a token");
    String::from_utf8(subject).expect("a text").ends_with(&format!(":{kind}"))
}
