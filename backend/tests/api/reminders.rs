//! Reminders: set, moved, taken off.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Person, TestApp, id_of, texts};

async fn reminders(person: &Person, task: &str) -> Value {
    person.get(format!("/tasks/{task}/reminders")).await.expect(200)["items"].clone()
}

async fn set(person: &Person, task: &str, body: Value) -> Value {
    person.post(format!("/tasks/{task}/reminders"), body).await.expect(201)
}

fn before_due(days: i32, minutes: i32) -> Value {
    json!({ "relative_to": "due", "before": { "days": days, "minutes": minutes } })
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}

#[track_caller]
fn fires_at(reminder: &Value, expected: &str) {
    assert_eq!(instant(&reminder["fires_at"]), expected.parse::<DateTime<Utc>>().expect("an instant"), "{reminder:#}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_member_has_their_own_reminders(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, vera) = (app.person("Ada").await, app.person("Vera").await);
    let project = ada.project("Spring").await;
    ada.add_member(&project, &vera, "viewer").await;
    let task = id_of(&ada.task(json!({ "project_id": project, "due_date": "2031-03-30" })).await);
    let at = json!({ "id": "0199aa4e-0000-7000-8000-000000000001", "remind_at": "2031-03-01T08:00:00Z" });
    let first = set(&ada, &task, at.clone()).await;
    assert_eq!(
        (&first["relative_to"], &first["before"], &first["fired_at"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let again = ada.post(format!("/tasks/{task}/reminders"), at.clone()).await.expect(200);
    assert_eq!(again, first, "the same id again makes no second one");
    vera.post(format!("/tasks/{task}/reminders"), at).await.expect_fields(409, &["id"]);
    let hers = set(&vera, &task, before_due(1, 30)).await;
    fires_at(&hers, "2031-03-29T08:30:00Z");
    assert_eq!(reminders(&ada, &task).await, json!([first]));
    assert_eq!(reminders(&vera, &task).await, json!([hers]));
    ada.delete(format!("/tasks/{task}/reminders/{}", id_of(&hers))).await.expect(404);
    vera.delete(format!("/tasks/{task}/reminders/{}", id_of(&hers))).await.expect(204);
    vera.delete(format!("/tasks/{task}/reminders/{}", id_of(&hers))).await.expect(404);
    assert_eq!(reminders(&vera, &task).await, json!([]));
    ada.delete(format!("/tasks/{task}")).await.expect(204);
    ada.post(format!("/tasks/{task}/reminders"), before_due(1, 0)).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_invalid_field_is_named(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let task = id_of(&ada.task(json!({ "due_date": "2031-03-30" })).await);
    let path = format!("/tasks/{task}/reminders");
    let days = |days: i64| json!({ "relative_to": "due", "before": { "days": days, "minutes": 0 } });
    for (body, fields) in [
        (json!({}), vec!["remind_at"]),
        (json!({ "remind_at": "2031-03-01T08:00:00Z", "relative_to": "due" }), vec!["remind_at", "relative_to"]),
        (
            json!({ "remind_at": "2031-03-01T08:00:00Z", "before": { "days": 0, "minutes": 0 } }),
            vec!["remind_at", "before"],
        ),
        (json!({ "relative_to": "due" }), vec!["remind_at", "before"]),
        (json!({ "before": { "days": 1, "minutes": 0 } }), vec!["remind_at", "relative_to"]),
        (json!({ "relative_to": "end", "before": { "days": 0, "minutes": 0 } }), vec!["relative_to"]),
        (json!({ "relative_to": "start", "before": { "days": 0, "minutes": 0 } }), vec!["relative_to"]),
        (json!({ "remind_at": "2020-03-01T08:00:00Z" }), vec!["remind_at"]),
        (json!({ "remind_at": "tomorrow" }), vec!["remind_at"]),
        (json!({ "remind_at": "+20000-01-01T00:00:00Z" }), vec!["remind_at"]),
        (json!({ "relative_to": "due", "before": "1 day" }), vec!["before"]),
        (json!({ "relative_to": "due", "before": { "days": 0, "minutes": -1 } }), vec!["before.minutes"]),
        (json!({ "relative_to": "due", "before": { "days": 0, "minutes": 525_601 } }), vec!["before.minutes"]),
        (json!({ "relative_to": "due", "before": { "days": 1.5, "minutes": 0 } }), vec!["before.days"]),
        (days(-1), vec!["before.days"]),
        (days(3651), vec!["before.days"]),
        (days(99_999_999_999), vec!["before.days"]),
        (days(3650), vec!["before"]),
        (json!({ "id": "1", "remind_at": "2031-03-01T08:00:00Z" }), vec!["id"]),
    ] {
        ada.post(&path, body).await.expect_fields(422, &fields);
    }
    for _ in 0..20 {
        set(&ada, &task, before_due(1, 0)).await;
    }
    ada.post(&path, before_due(1, 0)).await.expect_fields(422, &["reminders"]);
    let nobody = "0199aa4e-0000-7000-8000-000000000001";
    ada.post(format!("/tasks/{nobody}/reminders"), before_due(1, 0)).await.expect(404);
    ada.delete(format!("{path}/nonsense")).await.expect_fields(400, &["reminder_id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reminders_follow_dates_and_time_zone(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Spring").await;
    ada.add_member(&project, &bob, "editor").await;
    bob.patch("/users/me", json!({ "time_zone": "Asia/Kolkata" })).await.expect(200);
    let dates = json!({ "project_id": project, "due_date": "2031-03-30", "start_date": "2031-03-20" });
    let task = id_of(&ada.task(dates).await);
    let path = format!("/tasks/{task}");
    set(&bob, &task, before_due(1, 0)).await;
    set(&ada, &task, before_due(0, 10)).await;
    let fixed = set(&ada, &task, json!({ "remind_at": "2031-03-01T08:00:00Z" })).await;
    set(&ada, &task, json!({ "relative_to": "start", "before": { "days": 0, "minutes": 0 } })).await;
    fires_at(&reminders(&bob, &task).await[0], "2031-03-29T03:30:00Z");

    // Ada moves the date: both her own and Bob's follow, and his page hears of it.
    ada.patch(&path, json!({ "due_at": "2031-03-31T10:00:00Z" })).await.expect(200);
    fires_at(&reminders(&bob, &task).await[0], "2031-03-30T10:00:00Z");
    let adas = reminders(&ada, &task).await;
    assert_eq!(adas[0], fixed, "an instant stays");
    fires_at(&adas[1], "2031-03-20T09:00:00Z");
    fires_at(&adas[2], "2031-03-31T09:50:00Z");
    let events =
        "SELECT data->>'id' FROM events WHERE topic_id = $1::uuid AND kind = 'reminder.changed' ORDER BY revision";
    let changed = |person: &Person| sqlx::query_scalar::<_, String>(events).bind(person.id.clone()).fetch_all(&db);
    assert_eq!(changed(&bob).await.expect("events"), texts(&reminders(&bob, &task).await, "id"));
    assert_eq!(changed(&ada).await.expect("events"), [id_of(&adas[2])]);

    // Berlin's clocks have gone forward on the 30th of March.
    ada.patch(&path, json!({ "due_date": "2031-03-31" })).await.expect(200);
    ada.patch("/users/me", json!({ "time_zone": "Europe/Berlin" })).await.expect(200);
    let adas = reminders(&ada, &task).await;
    fires_at(&adas[1], "2031-03-20T08:00:00Z");
    fires_at(&adas[2], "2031-03-31T06:50:00Z");
    fires_at(&reminders(&bob, &task).await[0], "2031-03-30T03:30:00Z");

    ada.patch(&path, json!({ "due_date": null })).await.expect(200);
    assert_eq!(reminders(&bob, &task).await[0]["fires_at"], Value::Null);
    ada.patch(&path, json!({ "due_date": "2031-04-02" })).await.expect(200);
    fires_at(&reminders(&bob, &task).await[0], "2031-04-01T03:30:00Z");
}
