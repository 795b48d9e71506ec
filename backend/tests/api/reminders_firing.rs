//! Reminders fire: at the right moment, once, late rather than never.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, Person, TestApp, id_of, mails_of_kind, notified, queued, two_who_share};

const KIND: &str = "task.reminder";

async fn remind(person: &Person, task: &str, body: Value) {
    person.post(format!("/tasks/{task}/reminders"), body).await.expect(201);
}

fn day_before() -> Value {
    json!({ "relative_to": "due", "before": { "days": 1, "minutes": 0 } })
}

/// One second earlier.
fn before(moment: &str) -> String {
    let at: chrono::DateTime<chrono::Utc> = moment.parse().expect("an instant");
    (at - chrono::TimeDelta::seconds(1)).to_rfc3339()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reminder_fires_once_in_the_owners_time_zone(db: PgPool) {
    let app = TestApp::start(db).await;
    // The day before the due date, 09:00, around the nights in which clocks change; in the order of time.
    for (zone, due, moment) in [
        ("America/New_York", "2031-03-10", "2031-03-09T13:00:00Z"),
        ("Asia/Shanghai", "2031-03-31", "2031-03-30T01:00:00Z"),
        ("Asia/Kolkata", "2031-03-31", "2031-03-30T03:30:00Z"),
        ("Europe/Berlin", "2031-03-31", "2031-03-30T07:00:00Z"),
        ("Australia/Lord_Howe", "2031-10-06", "2031-10-04T22:00:00Z"),
        ("Europe/Berlin", "2031-10-27", "2031-10-26T08:00:00Z"),
        ("America/New_York", "2031-11-03", "2031-11-02T14:00:00Z"),
    ] {
        let ada = app.person("Ada").await;
        ada.patch("/users/me", json!({ "time_zone": zone })).await.expect(200);
        let task = id_of(&ada.task(json!({ "due_date": due })).await);
        remind(&ada, &task, day_before()).await;
        app.clock_shows(&before(moment)).await;
        assert!(notified(&ada, KIND).await.is_empty(), "{zone}: too early");
        app.clock_shows(moment).await;
        app.clock_shows(moment).await;
        let told = notified(&ada, KIND).await;
        assert_eq!(told.len(), 1, "{zone}");
        assert_eq!(told[0]["data"], json!({ "at": moment, "late": false, "due_date": due }), "{zone}");
        assert_eq!(told[0]["task"]["id"], task.as_str());
        let reminder = ada.get(format!("/tasks/{task}/reminders")).await.expect(200)["items"][0].clone();
        assert_eq!(reminder["fired_at"], moment);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn missed_reminders_are_sent_late_in_one_mail(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subjects, late, time) in [
        (
            "en",
            ["Reminder: Write <it>", "Late reminder: Write <it>", "Late reminder: 3 tasks"],
            "This reminder is late",
            "1 March 2031, 08:00 (UTC)",
        ),
        (
            "zh-CN",
            ["提醒：Write <it>", "晚到的提醒：Write <it>", "晚到的提醒：3 件事"],
            "晚到了",
            "2031年3月1日 08:00（UTC）",
        ),
    ] {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        let fields = json!({ "title": "Write <it>", "project_id": project, "due_at": "2031-05-01T10:00:00Z" });
        let task = id_of(&ada.task(fields).await);
        let link = format!("https://todo.example.org/projects/{project}?task={task}");
        remind(&bob, &task, json!({ "remind_at": "2031-03-01T08:00:00Z" })).await;
        app.clock_shows("2031-03-01T08:05:00Z").await;
        remind(&bob, &task, json!({ "remind_at": "2031-03-01T08:00:00Z" })).await;
        app.clock_shows("2031-03-01T08:05:01Z").await;
        let single = mails_of_kind(&mail, &bob, KIND, 2).await;
        assert_eq!([0, 1].map(|index| single.iter().filter(|one| one.subject() == subjects[index]).count()), [1, 1]);
        for one in &single {
            assert!(one.text().contains(&link) && one.text().contains(time), "{}", one.text());
            assert_eq!(one.text().contains(late), one.subject() == subjects[1]);
            assert_eq!(one.header("Auto-Submitted").as_deref(), Some("auto-generated"));
            assert_eq!(one.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        }
        for at in ["2031-03-02T08:00:00Z", "2031-03-03T08:00:00Z", "2031-03-04T08:00:00Z"] {
            remind(&bob, &task, json!({ "remind_at": at })).await;
        }
        app.clock_shows("2031-03-04T08:00:00Z").await;
        let told = notified(&bob, KIND).await;
        let late: Vec<_> = told.iter().map(|one| one["data"]["late"] == true).collect();
        assert_eq!(late, [false, true, true, true, false], "each is in the page");
        let together = mails_of_kind(&mail, &bob, KIND, 3).await.pop().expect("a mail");
        assert_eq!(together.subject(), subjects[2]);
        assert_eq!(together.text().matches(&link).count(), 3, "{}", together.text());
        assert!(together.html().contains("Write &lt;it&gt;"), "{}", together.html());
        assert!(together.text().lines().any(|line| line == "https://todo.example.org/"), "{}", together.text());
        assert_eq!(queued(&db, &bob, KIND).await, 3, "all three in one");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn obsolete_reminders_do_not_fire(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let archived = ada.project("Archived").await;
    let left = ada.project("Left").await;
    ada.add_member(&left, &bob, "viewer").await;
    let task = async |project: &str| {
        id_of(&ada.task(json!({ "project_id": project, "due_at": "2031-03-02T08:00:00Z" })).await)
    };
    let (done, cancelled, deleted) = (task(&project).await, task(&project).await, task(&project).await);
    let (put_away, lost, moved) = (task(&archived).await, task(&left).await, task(&project).await);
    for task in [&done, &cancelled, &deleted, &put_away, &moved] {
        remind(&ada, task, day_before()).await;
    }
    remind(&bob, &lost, day_before()).await;
    remind(&bob, &moved, day_before()).await;
    ada.patch(format!("/tasks/{done}"), json!({ "status": "done" })).await.expect(200);
    ada.patch(format!("/tasks/{cancelled}"), json!({ "status": "cancelled" })).await.expect(200);
    ada.delete(format!("/tasks/{deleted}")).await.expect(204);
    ada.patch(format!("/projects/{archived}"), json!({ "archived": true })).await.expect(200);
    bob.delete(format!("/projects/{left}/members/{}", bob.id)).await.expect(204);
    let own = ada.project("Own").await;
    ada.patch(format!("/tasks/{moved}"), json!({ "project_id": own })).await.expect(200);
    app.clock_shows("2031-03-01T08:00:00Z").await;
    assert!(notified(&bob, KIND).await.is_empty());
    let told = notified(&ada, KIND).await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["task"]["id"], &told[0]["project"]["id"]), (&json!(moved), &json!(own)));

    // What was passed over stays so, until its moment lies ahead again.
    ada.patch(format!("/tasks/{done}"), json!({ "status": "todo" })).await.expect(200);
    ada.patch(format!("/tasks/{moved}"), json!({ "title": "Another" })).await.expect(200);
    app.clock_shows("2031-03-01T08:00:01Z").await;
    assert_eq!(notified(&ada, KIND).await.len(), 1);
    for task in [&done, &moved] {
        ada.patch(format!("/tasks/{task}"), json!({ "due_at": "2031-03-12T08:00:00Z" })).await.expect(200);
    }
    app.clock_shows("2031-03-11T08:00:00Z").await;
    assert_eq!(notified(&ada, KIND).await.len(), 3, "both fire again");
}

/// Eight people with three reminders each, for the same moment.
async fn crowd(app: &TestApp, db: &PgPool) -> Vec<Person> {
    let mut people = Vec::new();
    for _ in 0..8 {
        let person = app.person("Ada").await;
        let task = id_of(&person.task(json!({})).await);
        for _ in 0..3 {
            remind(&person, &task, json!({ "remind_at": "2031-03-01T08:00:00Z" })).await;
        }
        people.push(person);
    }
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
    people
}

async fn each_was_notified_once(db: &PgPool, people: &[Person]) {
    for person in people {
        assert_eq!(notified(person, KIND).await.len(), 3);
        assert_eq!(queued(db, person, KIND).await, 1);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn several_workers_fire_each_reminder_once(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let people = crowd(&app, &db).await;
    let now = "2031-03-01T08:00:00Z";
    let (one, two, three) = tokio::join!(app.try_clock(now), app.try_clock(now), app.try_clock(now));
    one.and(two).and(three).expect("told");
    app.clock_shows(now).await; // what each of them left to another
    each_was_notified_once(&db, &people).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn killed_workers_lose_and_duplicate_nothing(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let people = crowd(&app, &db).await;
    let mut killed = 0;
    for milliseconds in 1..200 {
        let worker = app.try_clock("2031-03-01T08:00:00Z");
        match tokio::time::timeout(Duration::from_millis(milliseconds), worker).await {
            Ok(done) => done.expect("told"),
            Err(_) => killed += 1,
        }
    }
    assert!(killed > 0, "no worker was killed at work");
    app.clock_shows("2031-03-01T08:00:00Z").await;
    each_was_notified_once(&db, &people).await;
}
