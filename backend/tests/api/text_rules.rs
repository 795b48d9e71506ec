//! What may stand in the texts that people write: the same in every field, and in the database.

use axum::response::IntoResponse;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{PgPool, migrate::Migrator};
use todo::{db::MIGRATOR, error::ApiError, http::text};

use crate::support::{self, Answer, PASSWORD, Person, TestApp, administrator, id_of, texts};

/// Each stands for its kind.
const NOT_ONE_LINE: [&str; 12] = [
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\u{1b}[31mb",
    "a\0b",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{202e}b",
    "a\u{202a}b",
    "a\u{2067}b",
];

const NOTHING_TO_SEE: [&str; 16] = [
    "",
    " ",
    "\u{3000}",
    "\u{200b}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{3164}",
    "\u{ffa0}",
    "\u{115f}\u{1160}",
    "\u{17b4}",
    "\u{2800}",
    "\u{34f}",
    "\u{200f}",
    "\u{fe0f}",
    "\u{e0020}",
];

const TAKEN: [&str; 12] = [
    "Anna",
    "林晨",
    "O'Brien",
    "محمد",
    "Zoë",
    "Zoe\u{308}",
    "👩\u{200d}🚀 Ana",
    "नेहा",
    "می\u{200c}خواهم",
    "❤\u{fe0f}",
    "a\u{200f}b",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
];

/// A request with a text in one of its fields.
struct Field {
    method: Method,
    path: String,
    /// Where the text stands, as errors name it.
    name: &'static str,
    body: fn(&str) -> Value,
}

/// Every field whose text is one line.
async fn one_line_fields(ada: &Person) -> Vec<Field> {
    let project = ada.project("Garden").await;
    let task = id_of(&ada.task(json!({ "project_id": project })).await);
    let tag = json!({ "name": "tag" });
    let tag = id_of(&ada.post(format!("/projects/{project}/tags"), tag).await.expect(201));
    let field = |method, path: &str, name, body| Field { method, path: path.to_owned(), name, body };
    let (project, task, tag) = (format!("/projects/{project}"), format!("/tasks/{task}"), format!("/tags/{tag}"));
    vec![
        field(Method::POST, "/auth/register", "name", |text| {
            let email = format!("{}@example.org", uuid::Uuid::now_v7());
            json!({ "email": email, "password": PASSWORD, "name": text })
        }),
        field(Method::PATCH, "/users/me", "name", |text| json!({ "name": text })),
        field(Method::POST, "/projects", "name", |text| json!({ "name": text })),
        field(Method::POST, "/projects", "icon", |text| json!({ "name": "x", "icon": text })),
        field(Method::PATCH, &project, "name", |text| json!({ "name": text })),
        field(Method::PATCH, &project, "icon", |text| json!({ "icon": text })),
        field(Method::POST, &format!("{project}/tags"), "name", |text| json!({ "name": text })),
        field(Method::PATCH, &tag, "name", |text| json!({ "name": text })),
        field(Method::POST, "/tasks", "title", |text| json!({ "title": text })),
        field(Method::POST, "/tasks", "tags[1]", |text| json!({ "title": "x", "tags": ["a", text] })),
        field(Method::PATCH, &task, "title", |text| json!({ "title": text })),
        field(Method::PATCH, &task, "tags[0]", |text| json!({ "tags": [text] })),
        field(
            Method::POST,
            "/admin/announcements",
            "texts.en.title",
            |text| json!({ "texts": { "en": { "title": text, "text": "x" } } }),
        ),
        field(
            Method::POST,
            "/admin/announcements",
            "texts.zh-CN.title",
            |text| json!({ "texts": { "zh-CN": { "title": text, "text": "x" } } }),
        ),
    ]
}

async fn send(person: &Person, field: &Field, text: &str) -> Answer {
    Answer::read(person.request(field.method.clone(), &field.path).json(&(field.body)(text))).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_one_line_field_has_the_same_rules(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = administrator(&app).await;
    for field in one_line_fields(&ada).await {
        let what = format!("{} {} {}", field.method, field.path, field.name);
        for text in NOT_ONE_LINE.into_iter().chain(NOTHING_TO_SEE) {
            let answer = send(&ada, &field, text).await;
            assert_eq!(answer.status.as_u16(), 422, "{what}: {text:?}: {:#}", answer.body);
            assert_eq!(answer.body["errors"][0]["field"], field.name, "{what}: {text:?}: {:#}", answer.body);
        }
        for text in TAKEN {
            let answer = send(&ada, &field, text).await;
            // A tag's name that another has by now is no matter of what stands in it.
            let fine = answer.status.is_success() || answer.status.as_u16() == 409;
            assert!(fine, "{what}: {text:?}: {} {:#}", answer.status, answer.body);
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn device_names_are_one_line(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let body = json!({ "email": ada.email, "password": PASSWORD });
    let sign_in = app.request(Method::POST, "/api/v1/auth/login").header("user-agent", "Fire\tfox").json(&body);
    Answer::read(sign_in).await.expect(200);
    let sessions = ada.get("/auth/sessions").await.expect(200);
    assert!(texts(&sessions["items"], "user_agent").contains(&"Fire fox".to_owned()), "{sessions:#}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn error_names_the_forbidden_character(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    for (text, code, params, message) in [
        (
            "a\nb",
            "not_one_line",
            json!({ "character": "U+000A" }),
            "must be one line without control characters: remove U+000A",
        ),
        (
            "a\u{202e}b",
            "bidi_control",
            json!({ "character": "U+202E" }),
            "must not change the direction of the text: remove U+202E",
        ),
        ("\u{200b}", "blank", json!({}), "must not be blank: it needs at least one visible character"),
    ] {
        let body = ada.post("/tasks", json!({ "title": text })).await.expect(422);
        assert_eq!(body["errors"], json!([{ "field": "title", "code": code, "params": params, "message": message }]));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn multi_line_texts_keep_their_lines(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = administrator(&app).await;
    for text in ["a\nb", "a\r\nb\r\n", "\ta", "", "a\u{2028}b", "\u{2067}أهلا\u{2069} b", "👩\u{200d}🚀"] {
        let task = ada.task(json!({ "description": text })).await;
        assert_eq!(task["description"], text);
    }
    for text in ["a\rb", "a\r", "\u{1b}[2J", "a\u{8}", "a\u{c}b", "a\u{7f}", "a\u{9b}31m", "a\u{202e}b", "a\u{202d}b"] {
        ada.post("/tasks", json!({ "title": "x", "description": text })).await.expect_fields(422, &["description"]);
        let said = json!({ "texts": { "en": { "title": "x", "text": text } } });
        ada.post("/admin/announcements", said).await.expect_fields(422, &["texts.en.text"]);
    }
}

/// Where Unicode has characters: nothing is assigned between these two, and what comes after is for private use.
const ASSIGNED: std::ops::RangeInclusive<u32> = 1..=0x3_ffff;
const TAGS: std::ops::RangeInclusive<u32> = 0xe_0000..=0xe_ffff;

#[sqlx::test(migrator = "MIGRATOR")]
async fn database_and_server_allow_the_same_characters(db: PgPool) {
    for (function, rule) in
        [("is_one_line", text::one_line as fn(&str, &()) -> garde::Result), ("is_paragraphs", text::paragraphs)]
    {
        for (before, after) in [("", ""), ("a", "b")] {
            let query = format!(
                "SELECT one FROM generate_series(1, $3) AS one
                 WHERE one NOT BETWEEN 55296 AND 57343 AND {function}($1 || chr(one) || $2)
                 UNION ALL SELECT one FROM generate_series($4, $5) AS one WHERE {function}($1 || chr(one) || $2)
                 ORDER BY one"
            );
            let taken: Vec<i32> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .bind(before)
                .bind(after)
                .bind(ASSIGNED.end().cast_signed())
                .bind(TAGS.start().cast_signed())
                .bind(TAGS.end().cast_signed())
                .fetch_all(&db)
                .await
                .expect("what the database takes");
            let expected: Vec<i32> = ASSIGNED
                .chain(TAGS)
                .filter_map(char::from_u32)
                .filter(|one| rule(&format!("{before}{one}{after}"), &()).is_ok())
                .map(|one| i32::try_from(u32::from(one)).expect("a code point"))
                .collect();
            assert!(
                taken == expected,
                "{function} of {before:?}…{after:?}: {:x?}",
                first_difference(&taken, &expected)
            );
        }
    }
}

fn first_difference(some: &[i32], others: &[i32]) -> Option<(i32, i32)> {
    some.iter().copied().zip(others.iter().copied()).find(|(one, other)| one != other)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn database_constraint_becomes_a_field_error(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    ada.task(json!({ "tags": ["tag"] })).await;
    for (table, field, value) in [
        ("users", "name", "a\nb"),
        ("projects", "name", "\u{200b}"),
        ("projects", "icon", "a\tb"),
        ("tags", "name", "a\u{202e}b"),
        ("tasks", "title", "a\u{2028}b"),
        ("tasks", "description", "a\u{1b}b"),
    ] {
        let query = format!("UPDATE {table} SET {field} = $1");
        let error = sqlx::query(sqlx::AssertSqlSafe(query)).bind(value).execute(&db).await.expect_err("refused");
        let response = ApiError::from(error).into_response();
        assert_eq!(response.status().as_u16(), 422, "{table}.{field}");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["errors"][0]["field"], field, "{table}.{field}: {problem:#}");
    }
}

/// The migration that brings the rules.
const RULES: i64 = 20_261_130_000_001;

#[sqlx::test(migrations = false)]
async fn migration_cleans_existing_texts(db: PgPool) {
    support::without_schema(&db).await;
    let before = MIGRATOR.iter().filter(|migration| migration.version < RULES).cloned();
    Migrator::with_migrations(before.collect()).run(&db).await.expect("the schema of before");
    sqlx::raw_sql(
        r"
        INSERT INTO users (id, email, name, password_hash) VALUES
            (gen_random_uuid(), 'a@example.org', E'Ada\nLovelace', '-'), (gen_random_uuid(), 'b@example.org', 'Bob', '-'),
            (gen_random_uuid(), 'c@example.org', E'\u200b', '-');
        INSERT INTO projects (id, owner_id, name, color, icon)
        SELECT gen_random_uuid(), users.id, p.name, '#4f46e5', p.icon
        FROM users, (VALUES (E'Bad\tone', E'a\nb'), ('Good', 'dot'), ('Bad tasks', 'dot'), ('Bad tags', 'dot')) AS p (name, icon)
        WHERE users.name = 'Bob';
        INSERT INTO topics (id, kind, revision) SELECT id, 'project', 7 FROM projects UNION ALL SELECT id, 'user', 7 FROM users;
        INSERT INTO tags (id, project_id, name, color)
        SELECT gen_random_uuid(), id, tag, '#059669'
        FROM projects, (VALUES (E'a\nb'), (E'a\tb'), ('a b'), (E'\u2060')) AS t (tag) WHERE projects.name = 'Bad tags';
        INSERT INTO tasks (id, project_id, title, description, position)
        SELECT gen_random_uuid(), p.id, t.title, t.description, 'a'
        FROM projects p JOIN (VALUES ('Good', 'fine', E'a\r\nb'), ('Bad tasks', 'fine', ''), ('Bad tasks', E'\u202eab\ncd', ''),
            ('Bad tasks', E'\u3164', ''), ('Bad tasks', 'described', E'a\rb\u001b\u202ec'), ('Bad tags', 'tagged', ''))
            AS t (project, title, description) ON t.project = p.name;
        INSERT INTO task_tags (task_id, tag_id, project_id)
        SELECT t.id, g.id, t.project_id FROM tasks t JOIN tags g USING (project_id) WHERE g.name = E'a\nb';
        INSERT INTO announcements (id, texts) VALUES
            (gen_random_uuid(), jsonb_build_object('en', jsonb_build_object('title', E'x\ny', 'text', E'a\u0007b'))),
            (gen_random_uuid(), jsonb_build_object('zh-CN', jsonb_build_object('title', 'fine', 'text', E'a\n\nb')));
        ",
    )
    .execute(&db)
    .await
    .expect("rows of before");
    MIGRATOR.run(&db).await.expect("the schema of now");

    let all = async |query: &'static str| -> Vec<String> {
        sqlx::query_scalar(query).fetch_all(&db).await.expect("the rows")
    };
    // With each its version, so that one that was fine is seen to be untouched.
    assert_eq!(
        all("SELECT name || '/' || version FROM users ORDER BY email").await,
        ["Ada Lovelace/2", "Bob/1", "Anonymous/2"]
    );
    assert_eq!(
        all("SELECT name || '/' || icon || '/' || version FROM projects ORDER BY name").await,
        ["Bad one/dot/2", "Bad tags/dot/1", "Bad tasks/dot/1", "Good/dot/1"]
    );
    let mut tags = all("SELECT name || '/' || version FROM tags").await;
    tags.sort_unstable();
    assert_eq!(tags, ["Tag/2", "a b 2/2", "a b 3/2", "a b/1"]);
    assert_eq!(
        all("SELECT title || '/' || description || '/' || version FROM tasks ORDER BY title, description").await,
        ["Task//2", "ab cd//2", "described/a\nb c/2", "fine//1", "fine/a\r\nb/1", "tagged//2"]
    );
    assert_eq!(
        all("SELECT texts::text FROM announcements ORDER BY texts ? 'en' DESC").await,
        [r#"{"en": {"text": "a b", "title": "x y"}}"#, r#"{"zh-CN": {"text": "a\n\nb", "title": "fine"}}"#]
    );
    // Followers are told to load anew, and lists get another ETag, where something has changed and nowhere else.
    assert_eq!(
        all("SELECT coalesce(p.name, u.name) || '/' || t.revision FROM topics t
             LEFT JOIN projects p USING (id) LEFT JOIN users u USING (id) ORDER BY 1")
        .await,
        ["Ada Lovelace/8", "Anonymous/8", "Bad one/8", "Bad tags/8", "Bad tasks/8", "Bob/7", "Good/7"]
    );
    // The rows for search and the copies of tags' names have followed.
    assert_eq!(
        all("SELECT t.title FROM tasks t JOIN task_search s ON s.task_id = t.id
             WHERE s.vector @@ search_query(t.project_id, search_terms('cd'))")
        .await,
        ["ab cd"]
    );
    assert_eq!(all("SELECT tags[1] FROM tasks WHERE title = 'tagged'").await.len(), 1);
    let unvalidated = all("SELECT conname::text FROM pg_constraint WHERE NOT convalidated").await;
    assert_eq!(unvalidated, [""; 0]);
}
