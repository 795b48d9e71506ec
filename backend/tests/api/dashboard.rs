use chrono::{Days, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Person, TestApp};

#[sqlx::test(migrator = "MIGRATOR")]
async fn dashboard_counts_follow_the_users_day(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let zone = Tz::Pacific__Auckland;
    let body = json!({ "email": "a@example.org", "password": crate::support::PASSWORD, "time_zone": zone.name() });
    let ada = Person::register(&app, body).await;
    let stranger = app.person("Sam").await;
    let today = Utc::now().with_timezone(&zone).date_naive();
    ada.task(json!({ "due_date": today })).await;
    ada.task(json!({ "due_date": today, "status": "done" })).await;
    ada.task(json!({ "due_date": today - Days::new(1), "status": "in_progress" })).await;
    ada.task(json!({ "due_date": today + Days::new(6) })).await;
    ada.task(json!({ "due_date": today + Days::new(7) })).await;
    ada.task(json!({ "due_at": Utc::now() - TimeDelta::days(3) })).await;
    stranger.task(json!({ "due_date": today })).await;
    let done = ada.task(json!({ "title": "done before", "status": "done" })).await;
    sqlx::query("UPDATE tasks SET completed_at = completed_at - interval '2 days' WHERE id = $1::uuid")
        .bind(done["id"].as_str())
        .execute(&db)
        .await
        .expect("updated");

    let figures = ada.get("/dashboard?days=3").await;
    let tag = figures.header("etag").to_owned();
    let figures = figures.expect(200);
    let expected =
        [("due_today", 1), ("overdue", 2), ("due_week", 2), ("open", 5), ("in_progress", 1), ("completed_today", 1)];
    for (name, value) in expected {
        assert_eq!(figures[name], value, "{name} of {figures:#}");
    }
    let days = figures["completed_by_day"].as_array().expect("days");
    assert_eq!(days.len(), 3);
    assert_eq!((&days[0]["completed"], &days[2]["completed"]), (&json!(1), &json!(1)));
    assert_eq!(days[2]["date"], json!(today));
    assert!([200, 304].contains(&ada.get_if_none_match("/dashboard?days=3", &tag).await.status.as_u16()));
    ada.task(json!({})).await;
    ada.get_if_none_match("/dashboard?days=3", &tag).await.expect(200);
    ada.get("/dashboard?days=0").await.expect_fields(422, &["days"]);
}

/// Five tasks due today, of which three are mine to do.
#[sqlx::test(migrator = "MIGRATOR")]
async fn mine_filters_own_tasks(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let shared = ada.project("Shared").await;
    ada.add_member(&shared, &bob, "editor").await;
    let today = Utc::now().date_naive();
    let own = async |person: &Person, title: &str, project: Option<&str>, assignee: Option<&str>| {
        person.task(json!({ "title": title, "project_id": project, "assignee_id": assignee, "due_date": today })).await;
    };
    own(&ada, "in my Inbox", None, None).await;
    own(&ada, "made by me, nobody's", Some(&shared), None).await;
    own(&bob, "made by Bob for me", Some(&shared), Some(&ada.id)).await;
    own(&ada, "made by me for Bob", Some(&shared), Some(&bob.id)).await;
    own(&bob, "made by Bob, nobody's", Some(&shared), None).await;

    let mine = ["in my Inbox", "made by me, nobody's", "made by Bob for me"];
    assert_eq!(ada.titles("due=today&mine=true&sort=created_at").await, mine);
    assert_eq!(ada.titles("due=today&sort=created_at").await.len(), 5);
    assert_eq!(ada.get("/tasks/counts?mine=true").await.expect(200)["total"], 3);
    assert_eq!(bob.titles("mine=true&sort=created_at").await, ["made by me for Bob", "made by Bob, nobody's"]);
    for (query, due) in [("mine=true", 3), ("mine=false", 5), ("", 5)] {
        assert_eq!(ada.get(&format!("/dashboard?{query}")).await.expect(200)["due_today"], due, "{query}");
    }
    // Alone again, what nobody is to do is mine.
    ada.delete(&format!("/projects/{shared}/members/{}", bob.id)).await.expect(204);
    assert_eq!(ada.titles("mine=true").await.len(), 5);
}
