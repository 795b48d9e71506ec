//! One mail a day or a week instead of single ones.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, scheduled::digest};

use crate::support::{Mail, MailServer, Person, TestApp, id_of, notices, two_who_share};

async fn choose_digest(bob: &Person, digest: Value) {
    let all = ["task.status_changed", "task.due_changed"].map(|kind| json!({ "kind": kind, "mail": true }));
    let set = bob.patch("/notification-preferences", json!({ "digest": digest, "kinds": all })).await.expect(200);
    assert_eq!(set["digest"], digest);
}

async fn make_due(db: &PgPool) {
    sqlx::query("UPDATE digest_items SET due_at = now()").execute(db).await.expect("due");
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.expect("a count")
}

const WAITING: &str = "SELECT count(*) FROM digest_items WHERE delivery_id IS NULL";
const DIGESTS: &str = "SELECT count(*) FROM deliveries WHERE kind = 'digest.news'";

#[sqlx::test(migrator = "MIGRATOR")]
async fn digest_combines_news_in_both_languages(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subject, line) in
        [("en", "3 notifications for you", "Done: Write <it>"), ("zh-CN", "您有 3 条通知", "已完成：Write <it>")]
    {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        notices(&mail, &bob, 1).await;
        choose_digest(&bob, json!({ "frequency": "daily", "at": "08:00" })).await;
        let task = json!({ "title": "Write <it>", "project_id": project, "assignee_id": bob.id });
        let task = id_of(&ada.task(task).await);
        ada.patch(format!("/tasks/{task}"), json!({ "status": "done", "due_date": "2026-12-01" })).await.expect(200);
        assert_eq!(digest::gather(&db).await.expect("gathered"), 0, "it is not time");
        assert_eq!(count(&db, WAITING).await, 3);
        make_due(&db).await;
        let both = tokio::join!(digest::gather(&db), digest::gather(&db));
        assert_eq!(both.0.expect("gathered") + both.1.expect("gathered"), 3, "each once, whoever gathers");
        let got = notices(&mail, &bob, 2).await;
        let digest = got.iter().find(|mail| mail.subject() == subject).expect("the digest");
        assert!(digest.text().contains(line), "{}", digest.text());
        let link = format!("https://todo.example.org/projects/{project}?task={task}");
        assert!(digest.text().contains(&link) && digest.html().contains(&link), "{}", digest.text());
        assert!(!digest.html().contains("<it>"), "titles are escaped");
        assert_eq!(digest.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(got.len(), 2, "no single mails: {:?}", got.iter().map(Mail::subject).collect::<Vec<_>>());
        assert_eq!(bob.get("/notifications/unread-count").await.expect(200)["unread"], 4, "the page says it at once");
        sqlx::query("DELETE FROM deliveries").execute(&db).await.expect("forgotten");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_workers_create_one_digest_per_person(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    for name in ["Ada", "Bob", "Lin"] {
        app.person(name).await;
    }
    for round in 1..=5 {
        sqlx::query(
            "INSERT INTO digest_items (id, user_id, kind, payload, due_at)
             SELECT gen_random_uuid(), u.id, 'task.status_changed', '{}', now() FROM users u, generate_series(1, 4000)",
        )
        .execute(&db)
        .await
        .expect("items");
        let gathered = futures_util::future::join_all((0..4).map(|_| digest::gather(&db))).await;
        let gathered: u64 = gathered.into_iter().map(|items| items.expect("gathered")).sum();
        assert_eq!(gathered, 12_000);
        assert_eq!(count(&db, DIGESTS).await, 3 * round);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn weekly_digest_waits_for_monday_and_follows_changes(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    notices(&mail, &bob, 1).await;
    bob.patch("/users/me", json!({ "time_zone": "Asia/Shanghai" })).await.expect(200);
    choose_digest(&bob, json!({ "frequency": "weekly", "at": "07:30" })).await;
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let monday = count(
        &db,
        "SELECT count(*) FROM digest_items WHERE extract(isodow FROM due_at AT TIME ZONE 'Asia/Shanghai') = 1
         AND (due_at AT TIME ZONE 'Asia/Shanghai')::time = '07:30'",
    );
    assert_eq!(monday.await, 1);
    choose_digest(&bob, json!({ "frequency": "daily", "at": "07:30" })).await;
    assert_eq!(count(&db, "SELECT count(*) FROM digest_items WHERE due_at > now() + interval '1 day'").await, 0);
    // Without digests what waits comes at once.
    choose_digest(&bob, Value::Null).await;
    assert_eq!(digest::gather(&db).await.expect("gathered"), 1);
    assert_eq!(notices(&mail, &bob, 2).await[1].subject(), "1 notification for you");
    for wrong in [json!({ "frequency": "daily", "at": "24:30" }), json!({ "frequency": "daily", "at": "" })] {
        bob.patch("/notification-preferences", json!({ "digest": wrong })).await.expect_fields(422, &["digest"]);
    }
    let hourly = json!({ "digest": { "frequency": "hourly", "at": "08:00" } });
    assert_eq!(bob.patch("/notification-preferences", hourly).await.status, 422);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn digest_unsubscription_lasts_until_chosen_again(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    notices(&mail, &bob, 1).await;
    let daily = json!({ "frequency": "daily", "at": "08:00" });
    choose_digest(&bob, daily.clone()).await;
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    make_due(&db).await;
    digest::gather(&db).await.expect("gathered");
    let task = json!({ "project_id": project, "assignee_id": bob.id });
    ada.task(task).await;
    assert_eq!(count(&db, WAITING).await, 1);
    let header = notices(&mail, &bob, 2).await[1].header("List-Unsubscribe").expect("a header");
    let path = header.trim_matches(['<', '>']).trim_start_matches("https://todo.example.org").to_owned();
    app.post(&path, json!({})).await.expect(204);
    assert_eq!(count(&db, WAITING).await, 0, "what waits is not sent either");
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    assert_eq!(count(&db, WAITING).await, 0);
    choose_digest(&bob, daily).await;
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    assert_eq!(count(&db, WAITING).await, 1);
    assert_eq!(count(&db, DIGESTS).await, 1);
}
