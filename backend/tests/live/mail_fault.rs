//! The mail server is killed too.

use std::ops::Range;

use sqlx::PgPool;
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::{
    outbox_fault::{ReceivingSide, each_arrives_once_whatever_is_killed},
    support::MailServer,
    writer::Writer,
};

const PEOPLE: i32 = 2000;

impl ReceivingSide for MailServer {
    const MORE_KILLS: usize = 6;
    const UNDISTURBED: Range<u64> = 100..900;
    const AWAY: Range<u64> = 50..1000;
    const DELIVERIES_OF_A_TASK: i64 = 1;

    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![("SMTP_URL", self.url()), ("RATE_LIMIT_MAIL_PER_RECIPIENT", "off".to_owned())]
    }

    async fn connect(&self, db: &PgPool, _ann: &Writer, bob: &Writer, _project: Uuid) {
        sqlx::query(
            "INSERT INTO users (id, email, name, password_hash)
             SELECT gen_random_uuid(), 'user' || n || '@example.org', 'User', '-' FROM generate_series(1, $1) AS n",
        )
        .bind(PEOPLE)
        .execute(db)
        .await
        .expect("people");
        let confirm = sqlx::query("UPDATE users SET email_verified_at = now() WHERE email = $1").bind(&bob.email);
        confirm.execute(db).await.expect("Bob");
    }

    /// A mail to each of these people.
    async fn queue(&self, db: &PgPool, share: i64, shares: i64) {
        sqlx::query(
            "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id)
             SELECT gen_random_uuid(), 'fault', id::text, 'mail', 'account.confirm_email', id
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM users WHERE password_hash = '-') AS people
             WHERE number % $2 = $1",
        )
        .bind(share)
        .bind(shares)
        .execute(db)
        .await
        .expect("deliveries");
    }

    fn kill(&mut self) {
        Self::kill(self);
    }

    async fn restart(&mut self) {
        Self::restart(self);
    }

    fn arrived(&self) -> Vec<Uuid> {
        let id = |id: String| id.split('@').next().and_then(|id| id.parse().ok()).expect("a delivery's id");
        self.mails().iter().map(|mail| id(mail.message_id())).collect()
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
#[ignore = "slow: make test-full; that of webhooks goes the same way"]
async fn each_mail_arrives_once_despite_kills(db: PgPool) {
    each_arrives_once_whatever_is_killed(db, MailServer::start()).await;
}
