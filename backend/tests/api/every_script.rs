//! Text of any script: searched, compared, sorted, signed in with. The tables hold samples of each kind.

use std::str::FromStr;

use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool, migrate::Migrator, postgres::PgConnectOptions};
use todo::{db::MIGRATOR, id::TaskId, search};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, Person, TestApp, administrator, id_of, texts};

fn cases<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("cases")
}

#[derive(Deserialize)]
struct Search {
    title: String,
    query: String,
    found: bool,
}

fn searches() -> Vec<Search> {
    cases(include_str!("cases/search.json"))
}

async fn find(person: &Person, query: &str) -> Value {
    Answer::read(person.request(Method::GET, "/tasks").query(&[("q", query)])).await.expect(200)
}

async fn check_searches(person: &Person) {
    let mut titles: Vec<String> = searches().into_iter().map(|case| case.title).collect();
    titles.dedup();
    for title in &titles {
        person.task(json!({ "title": title })).await;
    }
    let mut wrong = Vec::new();
    for case in searches() {
        let list = find(person, &case.query).await;
        let item = list["items"].as_array().expect("items").iter().find(|item| item["title"] == case.title);
        if item.is_some() != case.found {
            wrong.push(format!("{:?} in {:?}: found {}", case.query, case.title, item.is_some()));
        }
        let marked = |item: &Value| {
            item["highlights"]["title"].as_array().expect("pieces").iter().any(|piece| piece["match"] == true)
        };
        if item.is_some_and(|item| !marked(item)) {
            wrong.push(format!("{:?} in {:?}: not marked", case.query, case.title));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn search_works_for_every_script(db: PgPool) {
    let app = TestApp::start(db).await;
    check_searches(&app.person("Ada").await).await;
}

/// What another writer leaves (a server of the version before, or SQL by hand), with what it can be found by.
#[sqlx::test(migrator = "MIGRATOR")]
async fn text_from_other_writers_is_searchable_and_reindexed(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let own = id_of(&ada.task(json!({ "title": "own" })).await);
    let insert = "INSERT INTO tasks (id, project_id, title, position)
                  SELECT gen_random_uuid(), project_id, 'Crème brûlée 測試 ' || n, 'a' FROM tasks, generate_series(1, 450) AS n WHERE id = $1";
    sqlx::query(insert).bind(Uuid::from_str(&own).expect("an id")).execute(&db).await.expect("inserted");
    let waiting = async || -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM task_search WHERE source IS NULL");
        count.fetch_one(&db).await.expect("a count")
    };
    assert_eq!(waiting().await, 450, "the server's own task is not among them");
    assert_eq!(texts(&find(&ada, "測試 450").await["items"], "title"), ["Crème brûlée 測試 450"]);
    assert!(find(&ada, "brulee").await["items"].as_array().expect("items").is_empty());

    let mut after = TaskId::nil();
    while let Some(last) = search::store::index_next(&db, after).await.expect("indexed") {
        after = last;
    }
    assert_eq!(waiting().await, 0);
    assert_eq!(texts(&find(&ada, "BRULEE 测试 450").await["items"], "title"), ["Crème brûlée 測試 450"]);

    sqlx::query("UPDATE tasks SET title = 'Fenêtre' WHERE title LIKE '% 450'").execute(&db).await.expect("renamed");
    assert_eq!(waiting().await, 1, "another writer's change is indexed anew too");
}

#[derive(Deserialize)]
struct SameTag {
    first: String,
    second: String,
    same_tag: bool,
}

async fn check_tags(person: &Person) {
    for case in cases::<Vec<SameTag>>(include_str!("cases/tags.json")) {
        let project = person.project("Tags").await;
        let task = person.task(json!({ "project_id": project, "tags": [case.first, case.second] })).await;
        let count = if case.same_tag { 1 } else { 2 };
        let what = format!("{:?} {:?}: {}", case.first, case.second, task["tags"]);
        assert_eq!(task["tags"].as_array().map(Vec::len), Some(count), "{what}");
        // By either name the task is found, and no second tag can be made.
        let found = person.request(Method::GET, "/tasks").query(&[("project_id", &project), ("tag", &case.second)]);
        assert_eq!(Answer::read(found).await.expect(200)["items"].as_array().map(Vec::len), Some(1), "{what}");
        let again = person.post(format!("/projects/{project}/tags"), json!({ "name": case.second })).await;
        again.expect_fields(409, &["name"]);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn tag_names_are_normalized(db: PgPool) {
    let app = TestApp::start(db).await;
    check_tags(&app.person("Ada").await).await;
}

/// A cluster made with `--locale=C` gives its databases this locale.
#[sqlx::test(migrations = false)]
async fn database_locale_has_no_effect(db: PgPool) {
    let options = db.connect_options();
    let name = format!("c_{}", Uuid::now_v7().simple());
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&db).await.expect("a database");
    let in_c: PgConnectOptions = (*options).clone().database(&name);
    let pool = PgPool::connect_with(in_c).await.expect("connected");
    MIGRATOR.run(&pool).await.expect("migrated");
    let app = TestApp::start(pool.clone()).await;
    let ada = app.person("Ada").await;
    check_searches(&ada).await;
    check_tags(&ada).await;
    check_titles(&ada, "en").await;
    check_titles(&ada, "zh").await;
    let root = administrator(&app).await;
    Person::register(&app, json!({ "email": "elodie@example.org", "password": PASSWORD, "name": "ÉLODIE" })).await;
    let list = Answer::read(root.request(Method::GET, "/admin/accounts").query(&[("q", "élodie")])).await;
    assert_eq!(texts(&list.expect(200)["items"], "name"), ["ÉLODIE"]);
    drop(app);
    pool.close().await;
    let mut admin = PgConnection::connect_with(&options).await.expect("connected");
    let gone = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::query(sqlx::AssertSqlSafe(gone)).execute(&mut admin).await.expect("dropped");
}

/// In pages of two, so that cursors hold in the order.
async fn in_pages(person: &Person, query: &str, field: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let mut request = person.request(Method::GET, &format!("/tasks?{query}&limit=2"));
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page = Answer::read(request).await.expect(200);
        found.extend(texts(&page["items"], field));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return found;
        }
    }
}

async fn check_titles(person: &Person, language: &str) {
    let orders: Value = cases(include_str!("cases/sorting.json"));
    let expected: Vec<String> = serde_json::from_value(orders[language].clone()).expect("titles");
    let spoken = if language == "zh" { "zh-CN" } else { language };
    person.patch("/users/me", json!({ "language": spoken })).await.expect(200);
    let project = person.project(language).await;
    for title in expected.iter().rev() {
        person.task(json!({ "project_id": project, "title": title })).await;
    }
    let query = format!("project_id={project}&sort=title");
    assert_eq!(in_pages(person, &query, "title").await, expected, "{language}");
    let turned: Vec<_> = expected.into_iter().rev().collect();
    assert_eq!(in_pages(person, &query.replace("=title", "=-title"), "title").await, turned, "{language}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn titles_sort_by_the_readers_language(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    check_titles(&ada, "zh").await;
    check_titles(&ada, "en").await;
    // Across projects too.
    let all = ada.titles("sort=title").await;
    assert_eq!(all.first().map(String::as_str), Some("_x"), "{all:?}");
}

#[derive(Deserialize)]
struct DueOrder {
    reader: String,
    order: Vec<Value>,
    why: String,
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_dates_sort_by_the_readers_days(db: PgPool) {
    let app = TestApp::start(db).await;
    for case in cases::<Vec<DueOrder>>(include_str!("cases/due-order.json")) {
        let ada = app.person("Ada").await;
        ada.patch("/users/me", json!({ "time_zone": case.reader })).await.expect(200);
        let project = ada.project("Due").await;
        ada.task(json!({ "project_id": project, "title": "none" })).await;
        for (place, due) in case.order.iter().enumerate().rev() {
            let mut task = due.clone();
            task["title"] = json!(place.to_string());
            task["project_id"] = json!(project);
            ada.task(task).await;
        }
        for query in [format!("project_id={project}&sort=due"), "sort=due".to_owned()] {
            assert_eq!(in_pages(&ada, &query, "title").await, ["0", "1", "none"], "{}", case.why);
            let turned = query.replace("=due", "=-due");
            assert_eq!(in_pages(&ada, &turned, "title").await, ["1", "0", "none"], "{}", case.why);
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn database_and_server_fold_names_alike(db: PgPool) {
    let rows: Vec<(i32, String)> = sqlx::query_as(
        "SELECT one, name_key('a' || chr(one) || 'b') FROM generate_series(1, 262143) AS one WHERE one NOT BETWEEN 55296 AND 57343",
    )
    .fetch_all(&db)
    .await
    .expect("keys");
    let differ = |(one, key): &(i32, String)| {
        let one = u32::try_from(*one).ok().and_then(char::from_u32).expect("a character");
        let expected = search::fold::name_key(&format!("a{one}b"));
        (*key != expected).then(|| format!("U+{:04X} {key:?} {expected:?}", u32::from(one)))
    };
    let differing: Vec<_> = rows.iter().filter_map(differ).collect();
    // Characters that Unicode has added since the database's libraries were made, and nothing else.
    assert!(differing.len() < 400, "{} differ: {:#?}", differing.len(), &differing[..differing.len().min(40)]);
    assert!(
        !differing.iter().any(|line| line.starts_with("U+00") || line.starts_with("U+3") || line.starts_with("U+4E"))
    );
    for name in ["Cafe\u{301}", "❤\u{fe0f}\u{200d}🔥", "x\u{200d}", "ΟΔΟΣ", "İ", "a \u{3000} b", "🏴\u{e0067}\u{e007f}"]
    {
        let key: String = sqlx::query_scalar("SELECT name_key($1)").bind(name).fetch_one(&db).await.expect("a key");
        assert_eq!(key, search::fold::name_key(name), "{name:?}");
    }
}

/// The migration that makes names unique.
const ONE_TAG: i64 = 20_261_201_000_064;

#[sqlx::test(migrations = false)]
async fn duplicate_tags_are_merged(db: PgPool) {
    crate::support::without_schema(&db).await;
    let before = MIGRATOR.iter().filter(|migration| migration.version < ONE_TAG).cloned();
    Migrator::with_migrations(before.collect()).run(&db).await.expect("the schema of before");
    sqlx::raw_sql(
        r"
        INSERT INTO users (id, email, name, password_hash) VALUES (gen_random_uuid(), 'a@example.org', 'Ada', '-');
        INSERT INTO projects (id, owner_id, name, color, icon)
        SELECT gen_random_uuid(), id, p, '#4f46e5', 'dot' FROM users, (VALUES ('Twice'), ('Once')) AS p (p);
        INSERT INTO topics (id, kind, revision) SELECT id, 'project', 7 FROM projects UNION ALL SELECT id, 'user', 7 FROM users;
        INSERT INTO tags (id, project_id, name, color)
        SELECT gen_random_uuid(), id, t.name, '#059669'
        FROM projects, (VALUES ('Caf' || U&'\00e9'), ('Cafe' || U&'\0301'), ('tea')) AS t (name)
        WHERE projects.name = 'Twice' OR t.name = 'tea';
        INSERT INTO tasks (id, project_id, title, position)
        SELECT gen_random_uuid(), id, title, 'a' FROM projects, (VALUES ('first'), ('second'), ('both'), ('none')) AS t (title);
        INSERT INTO task_tags (task_id, tag_id, project_id)
        SELECT t.id, g.id, t.project_id FROM tasks t JOIN tags g USING (project_id)
        WHERE g.name <> 'tea' AND (t.title = 'both' OR t.title = CASE WHEN length(g.name) = 4 THEN 'first' ELSE 'second' END);
        ",
    )
    .execute(&db)
    .await
    .expect("rows of before");
    MIGRATOR.run(&db).await.expect("the schema of now");
    let all = async |query: &'static str| -> Vec<String> {
        sqlx::query_scalar(query).fetch_all(&db).await.expect("the rows")
    };
    let rows = all("SELECT p.name || '/' || t.title || '/' || cardinality(t.tags) || '/' || (t.version > 1)
                    FROM tasks t JOIN projects p ON p.id = t.project_id ORDER BY p.name, t.title")
    .await;
    assert_eq!(
        rows,
        [
            "Once/both/0/false",
            "Once/first/0/false",
            "Once/none/0/false",
            "Once/second/0/false",
            "Twice/both/1/true",
            rows.get(5).map_or("", String::as_str),
            "Twice/none/0/false",
            rows.get(7).map_or("", String::as_str),
        ]
    );
    assert!(rows[5].starts_with("Twice/first/1/") && rows[7].starts_with("Twice/second/1/"), "{rows:?}");
    assert_eq!(
        all("SELECT p.name || '/' || count(*) || '/' || t.revision FROM tags g JOIN projects p ON p.id = g.project_id
             JOIN topics t ON t.id = p.id GROUP BY p.name, t.revision ORDER BY 1")
        .await,
        ["Once/1/7", "Twice/2/8"]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn international_domains_are_normalized_everywhere(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let anna = Person::register(&app, json!({ "email": "anna@müller.example", "password": PASSWORD })).await;
    assert_eq!(anna.get("/users/me").await.expect(200)["email"], "anna@xn--mller-kva.example");
    let again = json!({ "email": "anna@MU\u{308}LLER.example", "password": PASSWORD, "name": "Another" });
    app.post("/api/v1/auth/register", again).await.expect_fields(409, &["email"]);
    for written in ["anna@müller.example", "ANNA@Müller.example", "anna@xn--mller-kva.example"] {
        app.post("/api/v1/auth/login", json!({ "email": written, "password": PASSWORD })).await.expect(200);
        let form = [("grant_type", "password"), ("username", written), ("password", PASSWORD)];
        Answer::read(app.request(Method::POST, "/api/v1/auth/token").form(&form)).await.expect(200);
    }
    let project = anna.project("Shared").await;
    let path = format!("/projects/{project}/invitations");
    let invited = anna.post(&path, json!({ "email": "lin@例子.测试", "role": "viewer" })).await.body;
    assert_eq!(invited["email"], "lin@xn--fsqu00a.xn--0zwm56d", "{invited:#}");
    let change = json!({ "email": "anna@straße.example", "password": PASSWORD });
    anna.patch("/users/me", json!({ "name": "Anna" })).await.expect(200);
    let changed = anna.post("/users/me/email", change).await;
    assert!(changed.status.is_success(), "{:#}", changed.body);
    assert_eq!(anna.get("/users/me").await.expect(200)["email"], "anna@xn--strae-oqa.example");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn passwords_are_normalized(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let composed = "Zw\u{f6}lf Boxk\u{e4}mpfer jagen";
    let decomposed = "Zwo\u{308}lf Boxka\u{308}mpfer jagen";
    let ada = Person::register(&app, json!({ "email": "ada@example.org", "password": decomposed })).await;
    let sign_in = async |password: &str| {
        app.post("/api/v1/auth/login", json!({ "email": "ada@example.org", "password": password }))
            .await
            .status
            .as_u16()
    };
    assert_eq!(sign_in(composed).await, 200);
    assert_eq!(sign_in(decomposed).await, 200);
    assert_eq!(sign_in("Zwolf Boxkampfer jagen").await, 401);

    // A hash from before: of what was typed, as it was typed.
    let old = argon2_of(decomposed);
    sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2::uuid")
        .bind(old)
        .bind(Uuid::from_str(&ada.id).expect("an id"))
        .execute(&db)
        .await
        .expect("an old hash");
    assert_eq!(sign_in(decomposed).await, 200);
    assert_eq!(sign_in("wrong o\u{308}").await, 401);
}

fn argon2_of(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    argon2::Argon2::default().hash_password(password.as_bytes()).expect("a hash").to_string()
}
