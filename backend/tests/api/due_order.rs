//! Lists by due in pages: nothing is left out or shown twice, wherever the reader is and whatever the clocks do there.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use todo::db::MIGRATOR;

use crate::support::{Answer, Person, TestApp, texts};

async fn page(person: &Person, query: &str, cursor: Option<&str>) -> Answer {
    let request = person.request(Method::GET, &format!("/tasks?{query}"));
    Answer::read(request.query(&cursor.map(|cursor| [("cursor", cursor)]))).await
}

async fn all_pages(person: &Person, query: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = page(person, query, cursor.as_deref()).await.expect(200);
        found.extend(texts(&page["items"], "id"));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

/// Around a change of the clock: at midnight forward (Cairo, where a day has no midnight), at midnight back (Havana, where its first hour
/// comes twice), elsewhere at night, or none.
const READERS: [(&str, &str); 6] = [
    ("Africa/Cairo", "2027-04-30"),
    ("America/Havana", "2027-11-07"),
    ("Europe/Berlin", "2027-10-31"),
    ("Pacific/Kiritimati", "2027-06-01"),
    ("Pacific/Niue", "2027-06-01"),
    ("UTC", "2027-06-01"),
];

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_order_is_complete_and_follows_the_reader(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Due").await, ada.project("Other").await);
    for (zone, day) in READERS {
        ada.patch("/users/me", json!({ "time_zone": zone })).await.expect(200);
        sqlx::query("DELETE FROM tasks").execute(&db).await.expect("empty");
        // Some at the same moment, at the last microsecond of a day, and without due.
        sqlx::query(
            "INSERT INTO tasks (id, project_id, title, position, status, completed_at, due_date, due_at)
             SELECT gen_random_uuid(), CASE WHEN n % 5 = 0 THEN $2::uuid ELSE $1::uuid END, n::text, n::text,
                    CASE WHEN n % 4 = 0 THEN 'done' ELSE 'todo' END, CASE WHEN n % 4 = 0 THEN now() END,
                    CASE WHEN n % 3 = 0 THEN $3::date + n % 5 - 2 END,
                    CASE WHEN n % 3 = 1 THEN $3::date::timestamp AT TIME ZONE 'UTC' + (n % 13 - 6) * interval '5 hours 30 minutes'
                         WHEN n % 21 = 2 THEN ($3::date + n % 3)::timestamp AT TIME ZONE $4 - interval '1 microsecond' END
             FROM generate_series(1, 90) AS n",
        )
        .bind(&project)
        .bind(&other)
        .bind(day.parse::<chrono::NaiveDate>().expect("a day"))
        .bind(zone)
        .execute(&db)
        .await
        .expect("tasks");
        for (query, condition) in [
            (format!("project_id={project}"), format!("project_id = '{project}'")),
            (format!("project_id={project}&status=done"), format!("project_id = '{project}' AND status = 'done'")),
            (String::new(), "true".to_owned()),
            ("due=none".to_owned(), "due_order = 'infinity'".to_owned()),
            (
                format!("due_after={day}"),
                format!("(due_date >= '{day}' OR due_at >= '{day}'::timestamp AT TIME ZONE '{zone}')"),
            ),
        ] {
            for (sort, direction, without) in [("due", "", "infinity"), ("-due", "DESC", "-infinity")] {
                let expected: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                    "SELECT id::text FROM tasks WHERE {condition}
                     ORDER BY coalesce(due_at, (due_date + 1)::timestamp AT TIME ZONE '{zone}' - interval '1 microsecond', '{without}') {direction},
                              id {direction}"
                )))
                .fetch_all(&db)
                .await
                .expect("the order");
                assert!(expected.len() > 5, "{condition}");
                let found = all_pages(&ada, &format!("{query}&sort={sort}&limit=7")).await;
                assert!(found == expected, "{zone}, {query} by {sort}: {found:#?} instead of {expected:#?}");
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn cursor_from_another_language_or_time_zone_is_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    for title in ["张三", "李四", "Ada"] {
        ada.task(json!({ "title": title, "due_date": "2027-12-02" })).await;
    }
    let change = async |profile: Value| ada.patch("/users/me", profile).await.expect(200);
    for (query, before, after) in [
        ("sort=title&limit=1", json!({ "language": "en" }), json!({ "language": "zh-CN" })),
        ("sort=-due&limit=1", json!({ "time_zone": "UTC" }), json!({ "time_zone": "Asia/Shanghai" })),
    ] {
        change(before.clone()).await;
        let first = page(&ada, query, None).await.expect(200);
        let cursor = first["next_cursor"].as_str();
        page(&ada, query, cursor).await.expect(200);
        change(after).await;
        page(&ada, query, cursor).await.expect_fields(422, &["cursor"]);
        change(before).await;
        page(&ada, query, cursor).await.expect(200);
    }
    // An order that is the same for everybody goes on.
    let first = page(&ada, "sort=created_at&limit=1", None).await.expect(200);
    change(json!({ "language": "zh-CN", "time_zone": "Asia/Shanghai" })).await;
    page(&ada, "sort=created_at&limit=1", first["next_cursor"].as_str()).await.expect(200);
}
