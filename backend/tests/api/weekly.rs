//! The digest of the week.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, Person, TestApp, id_of, mails_of_kind, queued, two_who_share};

const KIND: &str = "digest.weekly";
/// Monday, 08:00 in UTC.
const MONDAY: &str = "2031-03-31T08:00:00Z";

async fn confirm(db: &PgPool) {
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
}

/// Mail is on, and nobody sends it.
async fn app_with_mail(db: &PgPool) -> TestApp {
    TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:9")]).await
}

async fn person_with_work(app: &TestApp, zone: &str) -> Person {
    let ada = app.person("Ada").await;
    ada.patch("/users/me", json!({ "time_zone": zone })).await.expect(200);
    ada.task(json!({ "due_date": "2031-03-20" })).await;
    ada
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn weekly_digest_lists_tasks_in_both_languages(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subject, line, details) in [
        (
            "en",
            "Your week: 1 overdue, 7 due",
            "Overdue: 1. Due this week: 7. Done last week: 1.",
            [
                "Overdue · 30 March 2031 · Spring",
                "Due this week · 31 March 2031, 09:00 (UTC) · Spring",
                "Done last week · Spring",
            ],
        ),
        (
            "zh-CN",
            "本周概览：1 个逾期，7 个到期",
            "逾期：1 个；本周到期：7 个；上周完成：1 个。",
            ["逾期 · 2031年3月30日 · Spring", "本周到期 · 2031年3月31日 09:00（UTC） · Spring", "上周完成 · Spring"],
        ),
    ] {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        let task = async |title: &str, mut fields: Value| {
            fields["title"] = json!(title);
            fields["project_id"] = json!(project);
            fields["assignee_id"] = json!(bob.id);
            id_of(&ada.task(fields).await)
        };
        let mut named = vec![task("overdue", json!({ "due_date": "2031-03-30" })).await];
        for index in 0..7 {
            let id = task("due", json!({ "due_at": format!("2031-03-31T{:02}:00:00Z", 9 + index) })).await;
            named.extend((index < 5).then_some(id));
        }
        let done = task("done", json!({ "status": "done" })).await;
        let earlier = task("done earlier", json!({ "status": "done" })).await;
        let next_week = task("next week", json!({ "due_date": "2031-04-07" })).await;
        task("cancelled", json!({ "due_date": "2031-03-30", "status": "cancelled" })).await;
        let adas = id_of(&ada.task(json!({ "project_id": project, "due_date": "2031-03-30" })).await);
        for (id, at) in [(&done, "2031-03-30T23:59:59Z"), (&earlier, "2031-03-23T23:59:59Z")] {
            sqlx::query("UPDATE tasks SET completed_at = $2::timestamptz WHERE id = $1::uuid")
                .bind(id)
                .bind(at)
                .execute(&db)
                .await
                .expect("done then");
        }
        named.push(done);
        sqlx::query("UPDATE clock_marks SET until = '2031-03-31T07:00:00Z'").execute(&db).await.expect("set");
        sqlx::query("DELETE FROM weekly_digests").execute(&db).await.expect("cleared");
        app.clock_shows(MONDAY).await;
        let letter = mails_of_kind(&mail, &bob, KIND, 1).await.pop().expect("a mail");
        assert_eq!(letter.subject(), subject);
        let text = letter.text();
        assert!(text.contains(line) && text.lines().any(|line| line == "https://todo.example.org/"), "{text}");
        for id in &named {
            assert!(text.contains(&format!("https://todo.example.org/projects/{project}?task={id}")), "{text}");
        }
        for detail in details {
            assert!(text.contains(detail) && letter.html().contains(detail), "{detail}: {text}");
        }
        assert_eq!(text.matches("?task=").count(), named.len(), "{text}");
        for id in [earlier, next_week, adas] {
            assert!(!text.contains(&id), "{text}");
        }
        assert_eq!(letter.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(letter.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn weekly_digest_comes_on_monday_at_eight_local_time(db: PgPool) {
    let app = app_with_mail(&db).await;
    let mut people = Vec::new();
    // The clocks of Berlin have gone forward the day before.
    for (zone, moment) in [
        ("Australia/Lord_Howe", "2031-03-30T21:00:00Z"),
        ("Asia/Shanghai", "2031-03-31T00:00:00Z"),
        ("Asia/Kolkata", "2031-03-31T02:30:00Z"),
        ("Europe/Berlin", "2031-03-31T06:00:00Z"),
        ("America/New_York", "2031-03-31T12:00:00Z"),
    ] {
        people.push((person_with_work(&app, zone).await, moment));
    }
    confirm(&db).await;
    app.clock_shows("2031-03-30T20:00:00Z").await;
    for (person, moment) in &people {
        let at: chrono::DateTime<chrono::Utc> = moment.parse().expect("an instant");
        app.clock_shows(&(at - chrono::TimeDelta::seconds(1)).to_rfc3339()).await;
        assert_eq!(queued(&db, person, KIND).await, 0, "{moment}: too early");
        app.clock_shows(moment).await;
        app.clock_shows(&(at + chrono::TimeDelta::seconds(5)).to_rfc3339()).await;
        assert_eq!(queued(&db, person, KIND).await, 1, "{moment}");
    }
    // Another Monday morning of the same week, further west.
    people[0].0.patch("/users/me", json!({ "time_zone": "Pacific/Honolulu" })).await.expect(200);
    app.clock_shows("2031-03-31T18:00:00Z").await;
    app.clock_shows("2031-04-06T20:00:00Z").await;
    assert_eq!(queued(&db, &people[0].0, KIND).await, 1);
    app.clock_shows("2031-04-07T18:00:00Z").await;
    for (person, _) in &people {
        assert_eq!(queued(&db, person, KIND).await, 2, "one for the next week");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn weekly_digest_is_skipped_when_empty_unwanted_or_unconfirmed(db: PgPool) {
    let app = app_with_mail(&db).await;
    let idle = app.person("Idle").await;
    let tired = person_with_work(&app, "UTC").await;
    let wanting = person_with_work(&app, "UTC").await;
    confirm(&db).await;
    let unconfirmed = person_with_work(&app, "UTC").await;
    let no = json!({ "kinds": [{ "kind": KIND, "mail": false }] });
    tired.patch("/notification-preferences", no).await.expect(200);
    app.clock_shows(MONDAY).await;
    for person in [&idle, &tired, &unconfirmed] {
        assert_eq!(queued(&db, person, KIND).await, 0);
    }
    assert_eq!(queued(&db, &wanting, KIND).await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_weekly_digest_without_mail(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = person_with_work(&app, "UTC").await;
    confirm(&db).await;
    app.clock_shows(MONDAY).await;
    assert_eq!(queued(&db, &ada, KIND).await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn weekly_digest_expires_after_three_days_and_respects_quiet_hours(db: PgPool) {
    let app = app_with_mail(&db).await;
    let ada = person_with_work(&app, "UTC").await;
    confirm(&db).await;
    let hours = json!({ "quiet_hours": { "from": "20:00", "until": "11:30" } });
    ada.patch("/notification-preferences", hours).await.expect(200);
    app.clock_shows("2031-04-03T09:00:00Z").await;
    assert_eq!(queued(&db, &ada, KIND).await, 0, "it is Thursday");
    sqlx::query("UPDATE clock_marks SET until = '2031-03-01'").execute(&db).await.expect("set");
    app.clock_shows("2031-04-02T09:00:00Z").await;
    let due: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("SELECT next_attempt_at FROM deliveries WHERE kind = $1")
            .bind(KIND)
            .fetch_one(&db)
            .await
            .expect("one");
    assert_eq!(due.to_rfc3339(), "2031-04-02T11:30:00+00:00");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn several_workers_queue_each_digest_once(db: PgPool) {
    let app = app_with_mail(&db).await;
    let ada = person_with_work(&app, "UTC").await;
    for statement in [
        "INSERT INTO users (id, email, name, password_hash)
         SELECT gen_random_uuid(), 'many' || n || '@example.org', 'Many', '' FROM generate_series(1, 1000) n",
        "INSERT INTO topics (id, kind) SELECT id, 'user' FROM users ON CONFLICT DO NOTHING",
        "INSERT INTO project_members (project_id, user_id, role, position)
         SELECT p.id, u.id, 'editor', 'a' FROM projects p, users u WHERE u.name = 'Many'",
        "INSERT INTO tasks (id, project_id, title, assignee_id, due_date, position)
         SELECT gen_random_uuid(), project_id, 'One of many', user_id, '2031-03-20', 'a'
         FROM project_members m JOIN users u ON u.id = m.user_id AND u.name = 'Many'",
    ] {
        sqlx::query(statement).execute(&db).await.expect("filled");
    }
    confirm(&db).await;
    // Nothing but the digest is to be told.
    sqlx::query("UPDATE clock_marks SET until = '2031-03-31T08:00:00Z' WHERE name = 'due'")
        .execute(&db)
        .await
        .expect("set");
    let (one, two, three) = tokio::join!(app.try_clock(MONDAY), app.try_clock(MONDAY), app.try_clock(MONDAY));
    one.and(two).and(three).expect("queued");
    let (mails, people): (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT user_id) FROM deliveries WHERE kind = $1")
            .bind(KIND)
            .fetch_one(&db)
            .await
            .expect("counts");
    assert_eq!((mails, people), (1001, 1001));
    assert_eq!(queued(&db, &ada, KIND).await, 1);
}
