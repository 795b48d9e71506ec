//! Deliveries that cannot be made, or that end whoever handles them: they are given up, and all others go out.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    id::DeliveryId,
    outbox::{
        Channel,
        contain::contain,
        store::{self, Claimed},
    },
};

use crate::support::{MailServer, Receiver, TestApp, id_of, until};

async fn queue_mail(db: &PgPool, user_id: &str, kind: &str, payload: Value) -> DeliveryId {
    let id = DeliveryId::new();
    sqlx::query(
        "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload, priority)
         VALUES ($1, $1::text, $2, 'mail', $3, $2::uuid, $4, 0)",
    )
    .bind(id)
    .bind(user_id)
    .bind(kind)
    .bind(payload)
    .execute(db)
    .await
    .expect("a delivery");
    id
}

/// Its state, what was said of it, and how often it was claimed without a result.
async fn state_of(db: &PgPool, id: DeliveryId) -> (String, String, i32) {
    let query = "SELECT state, coalesce(last_error, ''), unfinished_claims FROM deliveries WHERE id = $1";
    sqlx::query_as(query).bind(id).fetch_one(db).await.expect("the delivery")
}

async fn until_parked(db: &PgPool, id: DeliveryId) -> String {
    until("it is given up", async || state_of(db, id).await.0 == "parked").await;
    state_of(db, id).await.1
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn stored_text_cannot_inject_headers_or_crash_the_worker(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    // The outbox must not rely on what others have checked.
    sqlx::query("ALTER TABLE users DROP CONSTRAINT users_name_one_line")
        .execute(&db)
        .await
        .expect("a table without it");
    sqlx::query("UPDATE users SET name = E'Ada\r\nBcc: all@example.org' WHERE id = $1::uuid")
        .bind(&ada.id)
        .execute(&db)
        .await
        .expect("such a name");
    let unknown = queue_mail(&db, &bob.id, "task.unheard_of", json!({})).await;
    let incomplete = queue_mail(&db, &bob.id, "task.assigned", json!({})).await;
    queue_mail(&db, &ada.id, "account.confirm_email", json!({})).await;
    queue_mail(&db, &bob.id, "account.confirm_email", json!({})).await;
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let to_ada = mail.mails_to(&ada.email, 1).await.remove(0);
    assert_eq!((to_ada.header("Bcc"), mail.mails_to("all@example.org", 0).await.len()), (None, 0));
    mail.mails_to(&bob.email, 1).await;
    for (id, said) in [(unknown, "task.unheard_of"), (incomplete, "cannot be written")] {
        let reason = until_parked(&db, id).await;
        assert!(reason.contains(said), "{reason}");
    }
    drop(app);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mail_that_crashed_the_worker_ten_times_is_parked(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start(db.clone()).await;
    let bob = app.person("Bob").await;
    let deadly = queue_mail(&db, &bob.id, "account.confirm_email", json!({})).await;
    for _ in 0..10 {
        // As by a worker that is killed before it has done anything.
        let claimed = store::claim(&db, Channel::Mail, 1, Duration::ZERO).await.expect("a claim");
        assert_eq!(claimed.len(), 1);
    }
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let reason = until_parked(&db, deadly).await;
    assert!(reason.contains("10 times"), "{reason}");
    assert_eq!(mail.mails().len(), 0);

    // Tried again by hand it has as many claims as a new one.
    sqlx::query("UPDATE users SET is_admin = true").execute(&db).await.expect("an administrator");
    let bob = crate::support::Person { base: app.url("/api/v1"), ..bob };
    bob.post(format!("/admin/deliveries/{deadly}/retry"), json!({})).await.expect(200);
    mail.mails_to(&bob.email, 1).await;
    until("it is sent", async || state_of(&db, deadly).await == ("sent".to_owned(), String::new(), 0)).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn message_that_crashed_the_worker_ten_times_is_parked(db: PgPool) {
    let app =
        TestApp::start_with(db.clone(), &[("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")])
            .await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    ada.post(format!("/projects/{project}/webhooks"), json!({ "url": receiver.url("/hook") })).await.expect(201);
    let first = ada.task(json!({ "project_id": project })).await;
    let deadly: DeliveryId = sqlx::query_scalar("UPDATE deliveries SET unfinished_claims = 10 RETURNING id")
        .fetch_one(&db)
        .await
        .expect("a message");
    let second = ada.task(json!({ "project_id": project })).await;
    app.spawn_worker();
    let arrived = receiver.at("/hook", 1).await.remove(0);
    assert_eq!(arrived.json()["data"]["id"], id_of(&second), "not {}", id_of(&first));
    assert!(until_parked(&db, deadly).await.contains("10 times"));
    assert_eq!(receiver.all().len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn panic_or_error_parks_the_delivery_with_its_reason(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let bob = app.person("Bob").await;
    let claim = async || -> Claimed {
        queue_mail(&db, &bob.id, "account.confirm_email", json!({})).await;
        store::claim(&db, Channel::Mail, 1, Duration::from_secs(60)).await.expect("a claim").remove(0)
    };
    let panics = claim().await;
    contain(&db, Channel::Mail, &panics, async { panic!("a name with a line break") }).await;
    let (state, reason, claims) = state_of(&db, panics.id).await;
    assert_eq!((state.as_str(), claims), ("parked", 0));
    assert!(reason.contains("a name with a line break"), "{reason}");

    let fails = claim().await;
    contain(&db, Channel::Mail, &fails, async { anyhow::bail!("no such\0template") }).await;
    let (state, reason, _) = state_of(&db, fails.id).await;
    assert!(state == "parked" && reason.contains("no such\u{fffd}template"), "{state}: {reason}");

    let waits = claim().await;
    contain(&db, Channel::Mail, &waits, async { Err(sqlx::Error::PoolTimedOut.into()) }).await;
    assert_eq!(
        state_of(&db, waits.id).await,
        ("pending".to_owned(), String::new(), 1),
        "the database may be back soon"
    );
}
