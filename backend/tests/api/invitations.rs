//! Invitations to a project, for people with and without an account.

use chrono::Utc;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, jobs};

use crate::support::{Answer, Mail, MailServer, PASSWORD, Person, TestApp, id_of, texts};

const ACCEPT: &str = "/invitations/accept";

async fn register(app: &TestApp, email: &str, language: &str) -> Person {
    let body = json!({ "email": email, "password": PASSWORD, "name": "Lin", "language": language });
    Person::register(app, body).await
}

async fn invite(owner: &Person, project: &str, email: &str) -> Answer {
    owner.post(format!("/projects/{project}/invitations"), json!({ "email": email, "role": "editor" })).await
}

fn token_of(invitation: &Value) -> String {
    invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link").to_owned()
}

async fn confirm(db: &PgPool, person: &Person) {
    let sql = "UPDATE users SET email_verified_at = now() WHERE id = $1::uuid";
    sqlx::query(sql).bind(&person.id).execute(db).await.expect("confirmed");
}

async fn accept(person: &Person, token: &str) -> Answer {
    person.post(ACCEPT, json!({ "token": token })).await
}

async fn invited(person: &Person, project: &str) -> Value {
    person.get(format!("/projects/{project}/invitations")).await.expect(200)["items"].clone()
}

async fn the_invitation(mail: &MailServer, address: &str, count: usize) -> Mail {
    let mails = mail.mails_to(address, count).await;
    mails.into_iter().find(|mail| mail.text().contains("/invitations/accept?")).expect("the invitation")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn person_without_account_joins_by_mail(db: PgPool) {
    let mail = MailServer::start();
    let variables = [("PUBLIC_URL", "https://todo.example.org"), ("MAIL_FROM", "todo@example.org")];
    let app = TestApp::start_with_mail(db.clone(), &mail, &variables).await;
    for (language, subject, button) in [
        ("en", "Lin invites you to “Spring <1>”", "Accept the invitation"),
        ("zh-CN", "Lin 邀请您加入项目“Spring <1>”", "接受邀请"),
    ] {
        let owner = register(&app, &format!("owner-{language}@example.org"), language).await;
        confirm(&db, &owner).await;
        let project = owner.project("Spring <1>").await;
        let guest = format!("guest-{language}@example.org");
        let made = invite(&owner, &project, &guest).await.expect(201);
        assert_eq!(
            (&made["email"], &made["role"], &made["invited_by"]["id"]),
            (&json!(guest), &json!("editor"), &json!(owner.id))
        );
        let got = the_invitation(&mail, &guest, 1).await;
        assert_eq!(got.subject(), subject);
        assert!(got.text().contains(button) && !got.html().contains("<1>"), "{}", got.text());
        assert!(got.text().contains(&format!("https://todo.example.org{ACCEPT}?token=")), "{}", got.text());
        assert_eq!(
            (got.header("List-Unsubscribe"), got.header("Auto-Submitted").as_deref()),
            (None, Some("auto-generated"))
        );
        assert!(got.message_id().ends_with("@example.org"));
        let kept = "SELECT count(*) FROM deliveries WHERE recipient = $1 AND subject IS NOT NULL";
        let kept: i64 = sqlx::query_scalar(kept).bind(&guest).fetch_one(&db).await.expect("a count");
        assert_eq!(kept, 0, "a subject that names who has invited stays in nobody's list");

        let token = got.token("invitations/accept");
        let shown = app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(200);
        assert_eq!((&shown["project_name"], &shown["inviter_name"]), (&json!("Spring <1>"), &json!("Lin")));
        assert_eq!((&shown["email"], &shown["role"]), (&json!(guest), &json!("editor")));
        let lin = register(&app, &guest, language).await;
        assert_eq!(app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(200), shown, "the same for both");
        assert_eq!(accept(&lin, &token).await.expect(200), json!({ "project_id": project }));
        assert_eq!(lin.get(format!("/projects/{project}")).await.expect(200)["role"], "editor");
        assert!(lin.get("/users/me").await.expect(200)["email_verified_at"].is_string(), "the mail has arrived");
        assert_eq!(invited(&owner, &project).await, json!([]));
        let kinds: Vec<String> =
            sqlx::query_scalar("SELECT kind FROM events WHERE topic_id = $1::uuid ORDER BY revision")
                .bind(&project)
                .fetch_all(&db)
                .await
                .expect("events");
        assert_eq!(kinds, ["invitation.created", "invitation.deleted", "member.added"]);

        assert_eq!(accept(&lin, &token).await.expect(200)["project_id"], json!(project), "a retry does no harm");
        app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(404);
        let other = accept(&register(&app, &format!("other-{language}@example.org"), "en").await, &token).await;
        assert!(other.body.to_string().contains("already been used"), "{:#}", other.body);
        other.expect_fields(422, &["token"]);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn copied_link_works_but_confirms_no_address(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let owner = app.person("Olga").await;
    let project = owner.project("Shared").await;
    let made = invite(&owner, &project, "lin@example.org").await.expect(201);
    let path = format!("/projects/{project}/invitations/{}", id_of(&made));
    owner.post(format!("{path}/send"), json!({})).await.expect(403);
    let lin = register(&app, "lin@example.org", "en").await;
    accept(&lin, &token_of(&made)).await.expect(200);
    assert!(lin.get("/users/me").await.expect(200)["email_verified_at"].is_null(), "whoever invites has the link too");
    let event: Value =
        sqlx::query_scalar("SELECT data FROM events WHERE kind = 'invitation.created'").fetch_one(&db).await.expect("");
    assert!(event["url"].is_null() && event["email"].is_null(), "the feed has no link and no address: {event:#}");
    // Already a member: the invitation ends, and the role stays.
    let again = invite(&owner, &project, "other@example.org").await.expect(201);
    accept(&owner, &token_of(&again)).await.expect(200);
    assert_eq!(invited(&owner, &project).await, json!([]));
    assert_eq!(owner.get(format!("/projects/{project}")).await.expect(200)["role"], "owner");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invitation_ends_with_its_project(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_INVITE_PER_RECIPIENT", "off")]).await;
    let (owner, lin) = (app.person("Olga").await, register(&app, "lin@example.org", "en").await);
    let project = owner.project("Shared").await;
    let refused = async |token: &str| {
        app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(404);
        accept(&lin, token).await.expect_fields(422, &["token"]);
    };
    let made = invite(&owner, &project, &lin.email).await.expect(201);
    let token = token_of(&made);
    for (end, back) in [
        ("UPDATE projects SET archived_at = now() WHERE name = 'Shared'", "UPDATE projects SET archived_at = NULL"),
        ("UPDATE projects SET deleted_at = now() WHERE name = 'Shared'", "UPDATE projects SET deleted_at = NULL"),
        (
            "UPDATE project_members SET role = 'editor' WHERE project_id IN (SELECT id FROM projects WHERE name = 'Shared')",
            "UPDATE project_members SET role = 'owner'",
        ),
        ("UPDATE invitations SET expires_at = now()", "UPDATE invitations SET expires_at = now() + interval '1 hour'"),
    ] {
        sqlx::query(end).execute(&db).await.expect(end);
        refused(&token).await;
        sqlx::query(back).execute(&db).await.expect(back);
        app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(200);
    }
    owner.delete(format!("/projects/{project}/invitations/{}", id_of(&made))).await.expect(204);
    refused(&token).await;
    for wrong in ["", "x", "a.b", &token[1..]] {
        refused(wrong).await;
    }
    owner.delete(format!("/projects/{project}/invitations/{}", id_of(&made))).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_open_invitation_per_address_can_be_resent(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("RATE_LIMIT_INVITE_PER_RECIPIENT", "5/1d")]).await;
    let (owner, viewer) = (app.person("Olga").await, app.person("Vera").await);
    confirm(&db, &owner).await;
    let project = owner.project("Shared").await;
    owner.add_member(&project, &viewer, "viewer").await;
    invite(&owner, &project, &viewer.email).await.expect_fields(409, &["email"]);
    invite(&owner, &project, "not an address").await.expect_fields(422, &["email"]);
    invite(&viewer, &project, "guest@example.org").await.expect(403);
    let inbox = owner.get("/projects").await.expect(200)["items"][0].clone();
    invite(&owner, &id_of(&inbox), "guest@example.org").await.expect(403);

    let id = uuid::Uuid::now_v7().to_string();
    let body = json!({ "id": id, "email": "guest@example.org", "role": "viewer" });
    let path = format!("/projects/{project}/invitations");
    owner.post(&path, body.clone()).await.expect(201);
    assert_eq!(id_of(&owner.post(&path, body).await.expect(200)), id);
    invite(&owner, &project, "GUEST@example.org").await.expect_fields(409, &["email"]);
    let (theirs, ours) = (invited(&viewer, &project).await[0].clone(), invited(&owner, &project).await[0].clone());
    assert!(theirs["url"].is_null() && theirs["email"].is_null(), "{theirs:#}");
    assert!(ours["url"].is_string() && ours["email"] == "guest@example.org", "{ours:#}");

    // Of one that has expired nothing is sent.
    mail.mails_to("guest@example.org", 1).await;
    sqlx::query("UPDATE invitations SET expires_at = now() - interval '1 day'").execute(&db).await.expect("expired");
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    owner.post(format!("{path}/{id}/send"), json!({})).await.expect(204);
    let mails = mail.mails_to("guest@example.org", 2).await;
    assert_eq!(mails[0].token("invitations/accept"), mails[1].token("invitations/accept"));
    app.get(&format!("/api/v1{ACCEPT}?token={}", mails[1].token("invitations/accept"))).await.expect(200);
    owner.post(format!("{path}/{id}/send"), json!({})).await.expect(204);
    owner.post(format!("{path}/{id}/send"), json!({})).await.expect(429);

    sqlx::query("UPDATE invitations SET expires_at = now() - interval '31 days'").execute(&db).await.expect("long ago");
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    assert_eq!(texts(&invited(&owner, &project).await, "id"), [""; 0]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_sender_cannot_exhaust_an_addresss_invitations(db: PgPool) {
    let app = TestApp::start_with(db, &[("RATE_LIMIT_INVITE_PER_RECIPIENT", "2/1d")]).await;
    let (eve, owner) = (app.person("Eve").await, app.person("Olga").await);
    let mut answers = Vec::new();
    for name in ["One", "Two", "Three"] {
        let project = eve.project(name).await;
        answers.push(invite(&eve, &project, "guest@example.org").await.status.as_u16());
    }
    assert_eq!(answers, [201, 201, 429]);
    let project = owner.project("Shared").await;
    invite(&owner, &project, "guest@example.org").await.expect(201);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn revoked_link_stays_invalid_when_its_id_is_reused(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("RATE_LIMIT_INVITE_PER_RECIPIENT", "off")]).await;
    let (owner, eve) = (app.person("Olga").await, register(&app, "eve@example.org", "en").await);
    confirm(&db, &owner).await;
    let project = owner.project("Shared").await;
    let path = format!("/projects/{project}/invitations");
    let id = uuid::Uuid::now_v7().to_string();
    let body = |email: &str| json!({ "id": id, "email": email, "role": "editor" });
    let made = owner.post(&path, body("box-of-eve@example.org")).await.expect(201);
    let mailed = the_invitation(&mail, "box-of-eve@example.org", 1).await.token("invitations/accept");
    let copied = token_of(&made);
    owner.delete(format!("{path}/{id}")).await.expect(204);

    // Also for the same address: it was taken back.
    for email in [&eve.email, "box-of-eve@example.org"] {
        let again = owner.post(&path, body(email)).await.expect(201);
        for token in [&mailed, &copied] {
            app.get(&format!("/api/v1{ACCEPT}?token={token}")).await.expect(404);
            accept(&eve, token).await.expect_fields(422, &["token"]);
        }
        app.get(&format!("/api/v1{ACCEPT}?token={}", token_of(&again))).await.expect(200);
        owner.delete(format!("{path}/{id}")).await.expect(204);
    }
    assert!(eve.get("/users/me").await.expect(200)["email_verified_at"].is_null());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn token_is_bound_to_its_invitation_and_channel(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, lin) = (app.person("Olga").await, register(&app, "lin@example.org", "en").await);
    let project = owner.project("Shared").await;
    let first = token_of(&invite(&owner, &project, "one@example.org").await.expect(201));
    let second = token_of(&invite(&owner, &project, "two@example.org").await.expect(201));
    let (id, _) = first.split_once('.').expect("two parts");
    let (_, signature) = second.split_once('.').expect("two parts");
    for wrong in [format!("{id}.{signature}"), format!("{id}."), first[..first.len() - 2].to_owned()] {
        accept(&lin, &wrong).await.expect_fields(422, &["token"]);
    }
}

/// A link from before invitations had a nonce, for which the signature of the id is the whole of it.
#[sqlx::test(migrator = "MIGRATOR")]
async fn links_without_a_nonce_still_work(db: PgPool) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let app = TestApp::start(db.clone()).await;
    let (owner, lin) = (app.person("Olga").await, register(&app, "lin@example.org", "en").await);
    let project = owner.project("Shared").await;
    let made = invite(&owner, &project, &lin.email).await.expect(201);
    let id: uuid::Uuid = id_of(&made).parse().expect("an id");
    let signature = app.state.signer.token("invitation_link", id.as_bytes());
    let token = format!("{}.{signature}", URL_SAFE_NO_PAD.encode(id.as_bytes()));
    accept(&lin, &token).await.expect_fields(422, &["token"]);
    sqlx::query("UPDATE invitations SET nonce = NULL").execute(&db).await.expect("one of before");
    accept(&lin, &token).await.expect(200);
}
