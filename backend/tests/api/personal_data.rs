//! Every column of the database has a decision: is it a person's, and then is it in the export, and does it go with the account?

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{account_deletion::erase_account, db::MIGRATOR, exports, id::UserId};

use crate::support::{Person, TestApp, columns_with, id_of};

/// What becomes of a column.
#[derive(Debug, Clone, Copy)]
enum Decision {
    /// What a person wrote, or what describes them: in this file of the export, and erased. The test below puts a mark into it.
    Text(&'static str),
    /// A choice, a time, an id that is theirs: in this file of the export, and erased.
    Fact(&'static str),
    /// Theirs and erased, but in no export, because.
    Hidden(&'static str),
    /// Not personal, because.
    Other(&'static str),
}
use Decision::{Fact, Hidden, Other, Text};

const SECRET: Decision = Hidden("it is a secret, or a hash of one");
const MACHINE: Decision = Other("it says how the program goes on with the row");
const LINK: Decision = Other("it only ties rows of others together");

type Columns = &'static [(&'static str, Decision)];

const TABLES: &[(&str, Columns)] = &[
    (
        "account_deletion_projects",
        &[("project_id owner_id heir_id declined_at", Fact("account_deletion_projects.json"))],
    ),
    ("account_deletions", &[("user_id requested_at due_at warned_at begun_at", Fact("account_deletion.json"))]),
    (
        "account_tokens",
        &[
            ("email", Text("links_in_mails.json")),
            ("user_id purpose created_at expires_at used_at", Fact("links_in_mails.json")),
            ("token_hash", SECRET),
        ],
    ),
    (
        "address_changes",
        &[
            ("new_email old_email", Text("address_changes.json")),
            ("id user_id created_at expires_at confirmed_at taken_back_at", Fact("address_changes.json")),
        ],
    ),
    (
        "announcements",
        &[
            ("created_by", Fact("announcements.json")),
            ("texts", Other("an administrator says it to everybody, so it stays, without a name")),
            ("id created_at last_user_id recipients reached finished_at", MACHINE),
        ],
    ),
    ("background_interruptions", &[("process program task since ends reason seen_at", MACHINE)]),
    ("clock_marks", &[("name until", MACHINE)]),
    ("data_export_pieces", &[("export_id number", MACHINE), ("bytes", Hidden("it is the export"))]),
    (
        "data_exports",
        &[(
            "id user_id state progress size attempts claimed_until created_at expires_at",
            Hidden("it is about the export"),
        )],
    ),
    (
        "deliveries",
        &[
            ("recipient payload subject address last_error", Text("mails.json")),
            ("id channel kind user_id state created_at sent_at", Fact("mails.json")),
            (
                "event_key next_attempt_at claim handing_over attempts unacknowledged priority retried_at webhook_id unfinished_claims \
                 event_revision",
                MACHINE,
            ),
        ],
    ),
    (
        "digest_items",
        &[
            ("payload", Text("summary_items.json")),
            ("id user_id kind due_at created_at", Fact("summary_items.json")),
            ("delivery_id", MACHINE),
        ],
    ),
    ("digests", &[("user_id frequency at_time", Fact("preferences.json"))]),
    ("due_notices", &[("task_id user_id kind due_date due_at is_waiting created_at", Fact("due_notices.json"))]),
    ("erased_accounts", &[("user_id erased_at", Other("the id leads to nobody any more; a restore needs it"))]),
    ("erasures", &[("id kind thing_id deleted_at checked_at source turn", MACHINE)]),
    (
        "events",
        &[
            ("data", Hidden("it repeats what is in the tables, for clients that come back")),
            ("topic_id revision kind at", MACHINE),
            ("actor_id", Other("when the account is gone the id leads to nobody")),
        ],
    ),
    ("invitation_blocks", &[("user_id blocked_id created_at", Fact("blocked_people.json"))]),
    (
        "invitations",
        &[
            ("email", Text("invitations.json")),
            ("id project_id role invited_by created_at expires_at accepted_at accepted_by", Fact("invitations.json")),
            ("nonce", SECRET),
            ("is_announced", MACHINE),
        ],
    ),
    ("known_devices", &[("device", Text("devices.json")), ("user_id first_seen", Fact("devices.json"))]),
    ("leases", &[("name holder expires_at", MACHINE)]),
    ("notification_preferences", &[("user_id kind channel enabled", Fact("preferences.json"))]),
    (
        "notifications",
        &[
            ("data", Text("notifications.json")),
            ("id user_id kind actor_id project_id task_id created_at read_at", Fact("notifications.json")),
        ],
    ),
    (
        "pending_notices",
        &[
            (
                "actor_id notices",
                Hidden("within seconds it is a notification of those whom it is for, or goes with the project"),
            ),
            (
                "topic_id revision at membership webhooks_queued last_user_id attempts next_attempt_at parked_at last_error",
                MACHINE,
            ),
        ],
    ),
    ("project_members", &[("project_id user_id role position joined_at", Fact("projects.json"))]),
    (
        "projects",
        &[
            ("name icon", Text("projects.json")),
            (
                "id owner_id color is_inbox archived_at deleted_at version created_at updated_at transfer_to",
                Fact("projects.json"),
            ),
            ("erasing", MACHINE),
        ],
    ),
    ("quiet_hours", &[("user_id quiet_from quiet_until", Fact("preferences.json"))]),
    (
        "refresh_tokens",
        &[
            ("token_hash successor request_key_hash", SECRET),
            ("session_id created_at used_at repeats", Hidden("sessions.json says when they were used")),
        ],
    ),
    (
        "registrations",
        &[
            ("email name", Hidden("the account is made of it; until then there is nobody to export it")),
            ("password_hash", SECRET),
            ("id language time_zone created_at expires_at used_at", MACHINE),
        ],
    ),
    (
        "reminders",
        &[(
            "id task_id user_id remind_at relative_to before_days before_minutes fires_at is_waiting fired_at created_at",
            Fact("reminders.json"),
        )],
    ),
    (
        "sessions",
        &[
            ("user_agent ip_address", Text("sessions.json")),
            ("id user_id created_at last_used_at expires_at ended_at end_reason", Fact("sessions.json")),
        ],
    ),
    ("setup_code", &[("is_the_only_row code created_at", Other("it is the installation's"))]),
    (
        "used_setup_code",
        &[
            ("is_the_only_row user_id used_at", Other("it is the installation's, and of no use after a minute")),
            ("code_hash", SECRET),
        ],
    ),
    ("tags", &[("name", Text("tags.json")), ("id project_id color version created_at", Fact("tags.json"))]),
    ("task_search", &[("vector source", Hidden("it is made from the tasks")), ("task_id project_id", LINK)]),
    ("task_tags", &[("task_id tag_id project_id", LINK)]),
    ("task_watchers", &[("task_id user_id since", Fact("watched_tasks.json"))]),
    (
        "tasks",
        &[
            ("title description tags", Text("tasks.json")),
            (
                "id project_id parent_id status priority assignee_id created_by start_date start_at due_date due_at position \
                 completed_at deleted_at version created_at updated_at subtasks_total subtasks_done",
                Fact("tasks.json"),
            ),
            ("due_order level parent_level", MACHINE),
        ],
    ),
    ("topics", &[("id kind revision", MACHINE)]),
    ("unsubscribe_keys", &[("id key created_at", Other("they read the links in mails of all"))]),
    (
        "users",
        &[
            ("email name", Text("profile.json")),
            ("id language time_zone is_admin version created_at updated_at email_verified_at", Fact("profile.json")),
            // Of those who are disabled nobody can ask for an export; an administrator's reason is in it when they are enabled again.
            ("disabled_at disabled_reason last_seen_at", Fact("profile.json")),
            ("password_hash", SECRET),
        ],
    ),
    (
        "webhook_attempts",
        &[
            ("error response_excerpt", Hidden("a program has said it, to the project")),
            ("delivery_id number at duration_ms status", MACHINE),
        ],
    ),
    (
        "webhooks",
        &[
            ("url", Text("webhooks.json")),
            (
                "id project_id events is_active disabled_reason last_status failing_since version created_at updated_at \
                 paused_with_owner",
                Fact("webhooks.json"),
            ),
            ("secret old_secret", SECRET),
            ("old_secret_until", MACHINE),
        ],
    ),
    ("weekly_digests", &[("user_id week is_waiting created_at", Fact("weekly_digests.json"))]),
];

fn decisions() -> impl Iterator<Item = (&'static str, &'static str, Decision)> {
    TABLES.iter().flat_map(|(table, columns)| {
        columns.iter().flat_map(|(names, decision)| names.split_whitespace().map(|name| (*table, name, *decision)))
    })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_column_has_an_entry(db: PgPool) {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&db)
    .await
    .expect("columns");
    let there: BTreeSet<String> = columns.into_iter().map(|(table, column)| format!("{table}.{column}")).collect();
    let listed: Vec<String> = decisions().map(|(table, column, _)| format!("{table}.{column}")).collect();
    let decided: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), decided.len(), "a column is listed twice");
    let undecided: Vec<_> = there.difference(&decided).collect();
    assert!(
        undecided.is_empty(),
        "is it a person's, is it in the export (exports/contents.rs), who erases it? {undecided:?}"
    );
    for (table, column, decision) in decisions() {
        if let Hidden(why) | Other(why) = decision {
            assert!(why.len() > 10, "why is {table}.{column} not exported?");
        }
    }
    let gone: Vec<_> = decided.difference(&there).collect();
    assert!(gone.is_empty(), "not in the schema any more: {gone:?}");
}

const MARK: &str = "heptagon";
/// What others wrote, and what the person wrote in their projects.
const OTHERS: &str = "octopus";

/// Somebody whose every text has the mark, with projects of their own, shared and others'; and Bob, who was told of all.
async fn full_life(app: &TestApp, db: &PgPool) -> (Person, Person) {
    let (ada, bob) = (app.person("Heptagon").await, app.person("Bob").await);
    let run = async |sql: &'static str| {
        sqlx::query(sql).bind(ada.id.parse::<uuid::Uuid>().expect("an id")).execute(db).await.expect(sql);
    };
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
    for person in [&ada, &bob] {
        let all = ["task.assigned", "project.member_added"].map(|kind| json!({ "kind": kind, "mail": true }));
        person.patch("/notification-preferences", json!({ "kinds": all })).await.expect(200);
    }
    let quiet = json!({ "quiet_hours": { "from": "22:00", "until": "07:00" }, "digest": { "frequency": "daily", "at": "08:00" } });
    ada.patch("/notification-preferences", quiet).await.expect(200);
    ada.patch("/notification-preferences", json!({ "kinds": [{ "kind": "task.overdue", "mail": false }] }))
        .await
        .expect(200);

    let own = id_of(&ada.post("/projects", json!({ "name": "Heptagon", "icon": "heptagon" })).await.expect(201));
    let theirs = id_of(&bob.post("/projects", json!({ "name": "Octopus" })).await.expect(201));
    bob.add_member(&theirs, &ada, "editor").await;
    let hook = |name: &str| json!({ "url": format!("https://{name}.example.org/todo") });
    ada.post(format!("/projects/{own}/webhooks"), hook("heptagon")).await.expect(201);
    bob.post(format!("/projects/{theirs}/webhooks"), hook("octopus")).await.expect(201);
    let guest = json!({ "email": "heptagon-guest@example.net", "role": "viewer" });
    ada.post(format!("/projects/{own}/invitations"), guest).await.expect(201);

    let fields = json!({ "title": "Heptagon", "description": "heptagon", "tags": ["heptagon"], "project_id": own, "due_date": "2098-12-01" });
    let task = id_of(&ada.task(fields).await);
    ada.post(format!("/tasks/{task}/reminders"), json!({ "remind_at": "2098-12-01T09:00:00Z" })).await.expect(201);
    ada.post(format!("/tasks/{task}/watch"), json!({})).await.expect(204);
    // In Bob's project, of which he is told.
    let fields = json!({ "title": "Octopus", "description": "octopus", "project_id": theirs, "assignee_id": bob.id });
    ada.task(fields).await;
    let mine = json!({ "title": "Octopus for her", "project_id": theirs, "assignee_id": ada.id });
    bob.task(mine).await;

    run("UPDATE sessions SET user_agent = 'heptagon', ip_address = 'heptagon' WHERE user_id = $1").await;
    run("INSERT INTO known_devices (user_id, device) VALUES ($1, 'heptagon')").await;
    run("INSERT INTO account_tokens (token_hash, user_id, purpose, email, expires_at)
         SELECT sha256(email::bytea), id, 'confirm_email', email, now() + interval '1 day' FROM users WHERE id = $1")
    .await;
    run("INSERT INTO notifications (id, user_id, kind, data) VALUES (gen_random_uuid(), $1, 'project.changed', '{\"name\": \"heptagon\"}')").await;
    run("INSERT INTO digest_items (id, user_id, kind, payload, due_at) VALUES (gen_random_uuid(), $1, 'task.assigned', '{\"task\": \"heptagon\"}', now())").await;
    run("INSERT INTO weekly_digests (user_id, week) VALUES ($1, '2026-W48')").await;
    run("INSERT INTO announcements (id, texts, created_by) VALUES (gen_random_uuid(), '{\"en\": {\"title\": \"octopus\", \"text\": \"octopus\"}}', $1)").await;
    run("INSERT INTO due_notices (task_id, user_id, kind, due_date) SELECT id, $1, 'task.overdue', due_date FROM tasks WHERE created_by = $1 AND due_date IS NOT NULL").await;
    run("INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload, subject, address, last_error)
         SELECT gen_random_uuid(), 'a', email, 'mail', 'task.assigned', id, '{\"task\": \"heptagon\"}', 'heptagon', email, 'heptagon' FROM users WHERE id = $1").await;
    // To their address, from before they had an account.
    run("INSERT INTO deliveries (id, event_key, recipient, channel, kind, address)
         SELECT gen_random_uuid(), 'b', upper(email), 'mail', 'account.invitation', email FROM users WHERE id = $1")
    .await;
    run("INSERT INTO invitations (id, project_id, email, role, invited_by, expires_at)
         SELECT gen_random_uuid(), p.id, upper(u.email), 'viewer', p.owner_id, now() + interval '1 day'
         FROM users u, projects p WHERE u.id = $1 AND p.name = 'Octopus'")
    .await;
    // What was sent to others, and what their webhooks' receivers said.
    run("UPDATE deliveries SET state = 'sent', sent_at = now(), subject = 'From ' || (payload ->> 'actor') WHERE payload ->> 'actor' IS NOT NULL AND user_id <> $1").await;
    run("INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, response_excerpt)
         SELECT d.id, 1, now(), 1, 'You said ' || e.data::text FROM deliveries d
         JOIN events e ON d.event_key = 'project:' || e.topic_id || '@' || e.revision WHERE d.channel = 'webhook' AND $1::uuid IS NOT NULL").await;
    // A mail of the version before, without an id.
    run("UPDATE deliveries SET payload = payload - 'actor_id' WHERE kind = 'project.member_added' AND $1::uuid IS NOT NULL").await;
    run("INSERT INTO address_changes (id, user_id, new_email, old_email, confirmed_at, expires_at)
         VALUES (gen_random_uuid(), $1, 'heptagon-new@example.net', 'heptagon-old@example.net', now(), now() + interval '1 day')").await;
    run("INSERT INTO registrations (id, email, name, password_hash, language, time_zone, expires_at)
         SELECT gen_random_uuid(), email, name, password_hash, 'en', 'UTC', now() + interval '1 day' FROM users WHERE id = $1").await;
    run("INSERT INTO deliveries (id, event_key, recipient, channel, kind, address)
         SELECT gen_random_uuid(), 'account.change_address:' || id, new_email, 'mail', 'account.change_address', new_email
         FROM address_changes WHERE user_id = $1").await;
    run("INSERT INTO invitation_blocks (user_id, blocked_id) SELECT $1, id FROM users WHERE name = 'Bob'").await;
    (ada, bob)
}

/// The files of the archive that the person downloads.
async fn export(app: &TestApp, person: &Person) -> BTreeMap<String, String> {
    let asked = person.post("/users/me/export", json!({})).await.expect(202);
    assert_eq!(asked["state"], "waiting");
    exports::worker::run_once(&app.parts()).await.expect("made");
    let status = person.get("/users/me/export").await.expect(200);
    assert_eq!((&status["state"], &status["progress"]), (&json!("ready"), &json!(100)));
    let answer = person.request(Method::GET, "/users/me/export/file").send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.expect("a file");
    assert_eq!(status["size"], json!(bytes.len()));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("a text");
        files.insert(file.name().expect("a name").into_owned(), text);
    }
    files
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn personal_data_is_exported_and_erased(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let (ada, bob) = full_life(&app, &db).await;
    let marked = columns_with(&db, MARK).await;
    for (table, column, decision) in decisions() {
        if matches!(decision, Text(_)) {
            assert!(marked.contains(&format!("{table}.{column}")), "the test puts no mark into {table}.{column}");
        }
    }

    let files = export(&app, &ada).await;
    for (table, column, decision) in decisions() {
        let (file, is_text) = match decision {
            Text(file) => (file, true),
            Fact(file) => (file, false),
            Hidden(_) | Other(_) => continue,
        };
        let rows: Value = serde_json::from_str(files.get(file).unwrap_or_else(|| panic!("no {file}"))).expect("JSON");
        let rows = rows.as_array().expect("a list");
        let values = rows.iter().flat_map(|row| [&row[column], &row["membership"][column]]);
        let found = values
            .filter(|value| !value.is_null())
            .any(|value| !is_text || value.to_string().to_lowercase().contains(MARK));
        // Facts that nobody has at the moment are keys all the same.
        let is_known = rows.iter().any(|row| row.get(column).is_some() || row["membership"].get(column).is_some());
        let may_be_empty = ["account_deletions", "account_deletion_projects"].contains(&table);
        assert!(found || (!is_text && is_known) || may_be_empty, "{table}.{column} is not in {file}");
    }
    for secret in ["password_hash", "token_hash", "\"nonce\"", "\"secret\""] {
        assert!(files.values().all(|text| !text.contains(secret)), "{secret}");
    }
    assert!(files["tasks.json"].contains("Octopus for her"), "what is assigned to them in shared projects");
    assert!(files.values().all(|text| !text.contains(&bob.email)), "addresses of others stay with them");

    let kept = columns_with(&db, OTHERS).await;
    let user_id = ada.id.parse().expect("an id");
    erase_account(&app.parts(), user_id).await.expect("erased");
    todo::erasure::work_off(&db, std::time::Duration::ZERO).await.expect("the queue");
    assert_eq!(columns_with(&db, MARK).await, Vec::<String>::new());
    assert_eq!(columns_with(&db, &ada.email).await, Vec::<String>::new());
    let after = columns_with(&db, OTHERS).await;
    for column in
        ["tasks.title", "tasks.description", "projects.name", "announcements.texts", "events.data", "webhooks.url"]
    {
        assert!(after.contains(&column.to_owned()), "what others have stays: {after:?}, before {kept:?}");
    }

    let tasks = bob.get("/tasks").await.expect(200);
    let texts: Vec<_> = tasks["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|task| (&task["title"], &task["created_by"], &task["assignee_id"]))
        .collect();
    assert!(texts.contains(&(&json!("Octopus"), &Value::Null, &json!(bob.id))), "{texts:?}");
    assert!(texts.contains(&(&json!("Octopus for her"), &json!(bob.id), &Value::Null)), "{texts:?}");
    let told = bob.get("/notifications").await.expect(200);
    assert!(told["items"].as_array().expect("a list").iter().all(|one| one["actor"].is_null()), "{told:#}");
    ada.get("/users/me").await.expect(401);
    let again = json!({ "email": ada.email, "password": crate::support::PASSWORD });
    app.post("/api/v1/auth/login", again).await.expect(401);
    let erased: Vec<UserId> =
        sqlx::query_scalar("SELECT user_id FROM erased_accounts").fetch_all(&db).await.expect("rows");
    assert_eq!(erased, [user_id]);
}
