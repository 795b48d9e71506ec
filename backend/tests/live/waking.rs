//! A worker in another process is called through Redis.

use serde_json::json;
use sqlx::{ConnectOptions, PgPool};
use todo::db::MIGRATOR;

use crate::{
    processes::{Redis, Replica, free_port},
    support::{MailServer, PASSWORD, Person, TestApp},
};

/// The worker looks into the outbox unasked once an hour, so a mail that arrives was called for. Only the first may have been found by
/// a worker that had just started, or had just reached Redis.
#[sqlx::test(migrator = "MIGRATOR")]
async fn worker_in_another_process_is_woken(db: PgPool) {
    let database_url = db.connect_options().to_url_lossy();
    let (redis, mail) = (Redis::start(free_port()).await, MailServer::start());
    let (redis_url, smtp_url) = (redis.url.clone(), mail.url());
    let variables = [("SMTP_URL", smtp_url.as_str()), ("DELIVERY_POLL_SECONDS", "3600")];
    let _worker = Replica::start_worker(database_url.as_str(), &redis_url, &variables).await;
    let app = TestApp::start_with(db, &[("REDIS_URL", redis_url.as_str()), ("SMTP_URL", smtp_url.as_str())]).await;
    for number in 0..5 {
        let email = format!("called{number}@example.org");
        Person::register(&app, json!({ "email": email, "password": PASSWORD, "name": "Lin" })).await;
        mail.mails_to(&email, 1).await;
    }
}
