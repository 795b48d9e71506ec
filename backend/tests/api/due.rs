//! Due soon and overdue: told once to who is responsible.

use chrono::{Timelike, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, Person, TestApp, id_of, mails_of_kind, notified, queued, texts, two_who_share};

const SOON: &str = "task.due_soon";
const OVERDUE: &str = "task.overdue";

/// How often somebody was told that something is due soon, and that it is overdue.
async fn told(person: &Person) -> (usize, usize) {
    (notified(person, SOON).await.len(), notified(person, OVERDUE).await.len())
}

async fn titles(person: &Person, kind: &str) -> Vec<String> {
    let tasks: Vec<Value> = notified(person, kind).await.iter().map(|one| one["task"].clone()).collect();
    let mut titles = texts(&Value::Array(tasks), "title");
    titles.sort();
    titles
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_day_is_notified_in_the_readers_morning(db: PgPool) {
    let app = TestApp::start(db).await;
    for (zone, day, too_early, soon, still_due, overdue) in [
        ("America/New_York", "2031-03-09", "03-09T12:59:59Z", "03-09T13:00:00Z", "03-10T12:59:59Z", "03-10T13:00:00Z"),
        ("Asia/Shanghai", "2031-03-30", "03-30T00:59:59Z", "03-30T01:00:00Z", "03-31T00:59:59Z", "03-31T01:00:00Z"),
        ("Asia/Kolkata", "2031-04-02", "04-02T03:29:59Z", "04-02T03:30:00Z", "04-03T03:29:59Z", "04-03T03:30:00Z"),
        (
            "Australia/Lord_Howe",
            "2031-10-04",
            "10-03T22:29:59Z",
            "10-03T22:30:00Z",
            "10-04T21:59:59Z",
            "10-04T22:00:00Z",
        ),
        ("Europe/Berlin", "2031-10-25", "10-25T06:59:59Z", "10-25T07:00:00Z", "10-26T07:59:59Z", "10-26T08:00:00Z"),
    ] {
        let ada = app.person("Ada").await;
        ada.patch("/users/me", json!({ "time_zone": zone })).await.expect(200);
        ada.task(json!({ "due_date": day })).await;
        for (moment, expected) in
            [(too_early, (0, 0)), (soon, (1, 0)), (still_due, (1, 0)), (overdue, (1, 1)), (overdue, (1, 1))]
        {
            app.clock_shows(&format!("2031-{moment}")).await;
            assert_eq!(told(&ada).await, expected, "{zone} {moment}");
        }
        assert_eq!(notified(&ada, OVERDUE).await[0]["data"], json!({ "due_date": day }));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_instant_is_notified_a_day_before_and_after(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let task = format!("/tasks/{}", id_of(&ada.task(json!({ "due_at": "2031-03-10T12:00:00Z" })).await));
    app.clock_shows("2031-03-09T11:59:59Z").await;
    assert_eq!(told(&ada).await, (0, 0));
    app.clock_shows("2031-03-09T12:00:00Z").await;
    app.clock_shows("2031-03-10T11:59:59Z").await;
    assert_eq!(told(&ada).await, (1, 0));
    app.clock_shows("2031-03-10T12:00:00Z").await;
    app.clock_shows("2031-03-11T12:00:00Z").await;
    assert_eq!(told(&ada).await, (1, 1));
    assert_eq!(notified(&ada, SOON).await[0]["data"], json!({ "due_at": "2031-03-10T12:00:00Z" }));
    // A new date is told anew; the day before it has begun already, so there is no "soon".
    ada.patch(&task, json!({ "due_at": "2031-03-12T11:00:00Z" })).await.expect(200);
    app.clock_shows("2031-03-12T10:59:59Z").await;
    assert_eq!(told(&ada).await, (1, 1));
    app.clock_shows("2031-03-12T11:00:00Z").await;
    assert_eq!(told(&ada).await, (1, 2));
    // Back and forth: what was told of a date is not told again.
    ada.patch(&task, json!({ "due_at": "2031-03-20T11:00:00Z" })).await.expect(200);
    app.clock_shows("2031-03-19T11:00:00Z").await;
    ada.patch(&task, json!({ "due_at": "2031-03-21T11:00:00Z" })).await.expect(200);
    ada.patch(&task, json!({ "due_at": "2031-03-20T11:00:00Z" })).await.expect(200);
    app.clock_shows("2031-03-19T11:00:05Z").await;
    assert_eq!(told(&ada).await, (2, 2));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_notices_go_to_the_assignee_or_creator(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let archived = ada.project("Archived").await;
    let left = ada.project("Left").await;
    ada.add_member(&left, &bob, "editor").await;
    let task = async |person: &Person, title: &str, project: &str, assignee: Option<&Person>| {
        let assignee = assignee.map(|person| person.id.clone());
        let due = "2031-03-10T12:00:00Z";
        let fields = json!({ "title": title, "project_id": project, "assignee_id": assignee, "due_at": due });
        format!("/tasks/{}", id_of(&person.task(fields).await))
    };
    task(&ada, "Ada's", &project, None).await;
    task(&ada, "for Bob", &project, Some(&bob)).await;
    task(&ada, "archived", &archived, None).await;
    task(&bob, "Bob has left", &left, None).await;
    let done = task(&ada, "done", &project, None).await;
    let deleted = task(&ada, "deleted", &project, None).await;
    let handed_over = task(&ada, "handed over", &project, None).await;
    ada.patch(format!("/projects/{archived}"), json!({ "archived": true })).await.expect(200);
    bob.delete(format!("/projects/{left}/members/{}", bob.id)).await.expect(204);
    ada.patch(&done, json!({ "status": "done" })).await.expect(200);
    ada.delete(&deleted).await.expect(204);
    app.clock_shows("2031-03-09T12:00:00Z").await;
    assert_eq!(titles(&ada, SOON).await, ["Ada's", "handed over"]);
    assert_eq!(titles(&bob, SOON).await, ["for Bob"]);
    ada.patch(&handed_over, json!({ "assignee_id": bob.id })).await.expect(200);
    app.clock_shows("2031-03-10T12:00:00Z").await;
    assert_eq!(titles(&ada, OVERDUE).await, ["Ada's"]);
    assert_eq!(titles(&bob, OVERDUE).await, ["for Bob", "handed over"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_notices_after_an_outage_are_combined(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subjects, dates) in [
        (
            "en",
            ["Overdue: tenth", "2 tasks are overdue"],
            ["10 March 2031", "12 March 2031, 12:00 (UTC)", "13 March 2031"],
        ),
        (
            "zh-CN",
            ["已逾期：tenth", "2 个任务已逾期"],
            ["2031年3月10日", "2031年3月12日 12:00（UTC）", "2031年3月13日"],
        ),
    ] {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        let task = async |title: &str, mut due: Value| {
            due["title"] = json!(title);
            due["project_id"] = json!(project);
            due["assignee_id"] = json!(bob.id);
            format!("https://todo.example.org/projects/{project}?task={}", id_of(&ada.task(due).await))
        };
        let old = task("too old", json!({ "due_date": "2031-03-04" })).await;
        let tenth = task("tenth", json!({ "due_date": "2031-03-10" })).await;
        // The clock of the test goes back for the second reader.
        sqlx::query("UPDATE clock_marks SET until = '2031-03-01'").execute(&db).await.expect("set");
        app.clock_shows("2031-03-13T08:59:59Z").await;
        assert_eq!(titles(&bob, OVERDUE).await, ["tenth"], "at most a week back");
        assert_eq!(told(&bob).await.0, 0, "what is overdue is not due soon");
        let single = mails_of_kind(&mail, &bob, OVERDUE, 1).await.pop().expect("a mail");
        assert_eq!(single.subject(), subjects[0]);
        assert!(single.text().contains(&tenth) && single.text().contains(dates[0]), "{}", single.text());
        assert!(!single.text().contains(&old));

        let links = [
            task("twelfth", json!({ "due_at": "2031-03-14T12:00:00Z" })).await,
            task("thirteenth", json!({ "due_date": "2031-03-13" })).await,
        ];
        let path = links[0].rsplit_once('=').map(|(_, id)| format!("/tasks/{id}")).expect("an id");
        ada.patch(path, json!({ "due_at": "2031-03-13T12:00:00Z" })).await.expect(200);
        app.clock_shows("2031-03-15T08:00:00Z").await;
        let together = mails_of_kind(&mail, &bob, OVERDUE, 2).await;
        let together = together.iter().find(|one| one.subject() == subjects[1]).expect("one mail of both");
        for link in &links {
            assert!(together.text().contains(link), "{}", together.text());
        }
        assert!(together.text().contains(dates[2]), "{}", together.text());
        assert_eq!((titles(&bob, OVERDUE).await.len(), queued(&db, &bob, OVERDUE).await), (3, 2));
        assert_eq!(queued(&db, &bob, SOON).await, 0, "not by mail unless it is wished for");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_soon_mail_is_opt_in(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subject) in [("en", "Due soon: Write"), ("zh-CN", "即将到期：Write")] {
        let (_, bob, project) = two_who_share(&app, &db, language).await;
        let wish = json!({ "kinds": [{ "kind": SOON, "mail": true }] });
        bob.patch("/notification-preferences", wish).await.expect(200);
        let fields = json!({ "title": "Write", "project_id": project, "due_at": "2031-03-10T12:00:00Z" });
        let task = id_of(&bob.task(fields).await);
        sqlx::query("UPDATE clock_marks SET until = '2031-03-01'").execute(&db).await.expect("set");
        app.clock_shows("2031-03-09T12:00:00Z").await;
        let mail = mails_of_kind(&mail, &bob, SOON, 1).await.pop().expect("a mail");
        assert_eq!(mail.subject(), subject);
        assert!(mail.text().contains(&format!("https://todo.example.org/projects/{project}?task={task}")));
        assert_eq!(mail.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn several_workers_notify_once(db: PgPool) {
    let app = TestApp::start(db).await;
    let mut people = Vec::new();
    for _ in 0..6 {
        let person = app.person("Ada").await;
        for _ in 0..3 {
            person.task(json!({ "due_at": "2031-03-10T12:00:00Z" })).await;
        }
        people.push(person);
    }
    for now in ["2031-03-09T12:00:00Z", "2031-03-10T12:00:00Z"] {
        let (one, two, three) = tokio::join!(app.try_clock(now), app.try_clock(now), app.try_clock(now));
        one.and(two).and(three).expect("told");
        app.clock_shows(now).await; // what each of them left to another
    }
    for person in &people {
        assert_eq!(told(person).await, (3, 3));
    }
}

/// The time zone whose clocks are so many hours ahead of UTC.
fn zone_ahead(hours: i64) -> String {
    if hours >= 0 { format!("Etc/GMT-{hours}") } else { format!("Etc/GMT+{}", -hours) }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn changing_time_zone_notifies_once(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let now = Utc::now();
    // Where it is past seven now, and three hours further east, on the same day.
    let ahead = 7 - i64::from(now.hour());
    let ahead = if ahead < -12 { ahead + 24 } else { ahead };
    let (before_nine, after_nine) = (zone_ahead(ahead), zone_ahead(ahead + 3));
    let zone: chrono_tz::Tz = after_nine.parse().expect("a zone");
    let today = now.with_timezone(&zone).date_naive();
    ada.patch("/users/me", json!({ "time_zone": before_nine })).await.expect(200);
    ada.task(json!({ "due_date": today })).await;
    ada.task(json!({ "due_date": today.pred_opt() })).await;
    app.clock_shows(&now.to_rfc3339()).await;
    assert_eq!(told(&ada).await, (0, 0));
    for zone in [&after_nine, &before_nine, &after_nine] {
        ada.patch("/users/me", json!({ "time_zone": zone })).await.expect(200);
        app.clock_shows(&(now + chrono::TimeDelta::seconds(30)).to_rfc3339()).await;
        assert_eq!(told(&ada).await, (1, 1));
    }
}
