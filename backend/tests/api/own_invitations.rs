//! Invitations to people with an account, who answer them in the page.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, projects::invitations::notify};

use crate::support::{Answer, MailServer, Person, TestApp, id_of, notices, notified, texts};

const OWN: &str = "/users/me/invitations";

async fn invite(owner: &Person, project: &str, email: &str) -> Answer {
    owner.post(format!("/projects/{project}/invitations"), json!({ "email": email, "role": "viewer" })).await
}

async fn own(person: &Person) -> Value {
    person.get(OWN).await.expect(200)["items"].clone()
}

async fn answer(person: &Person, invitation: &Value, with: &str, body: Value) -> Answer {
    person.post(format!("{OWN}/{}/{with}", id_of(invitation)), body).await
}

async fn confirm(db: &PgPool, person: &Person) {
    let sql = "UPDATE users SET email_verified_at = now() WHERE id = $1::uuid";
    sqlx::query(sql).bind(&person.id).execute(db).await.expect("confirmed");
}

/// The events of somebody's own feed.
async fn events(db: &PgPool, person: &Person) -> Vec<String> {
    let sql = "SELECT kind FROM events WHERE topic_id = $1::uuid AND kind NOT LIKE 'session.%' ORDER BY revision";
    sqlx::query_scalar(sql).bind(&person.id).fetch_all(db).await.expect("events")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn account_holder_accepts_in_the_app(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, lin, other) = (app.person("Olga").await, app.person("Lin").await, app.person("Otto").await);
    let project = owner.project("Shared").await;
    let made = invite(&owner, &project, &lin.email.to_uppercase()).await.expect(201);
    assert_eq!(events(&db, &lin).await, [""; 0], "the answer does nothing that it would not do for a stranger");
    notify::run_once(&app.parts()).await.expect("told");
    notify::run_once(&app.parts()).await.expect("nothing more to tell");
    lin.get(format!("/projects/{project}")).await.expect(404);
    let open = own(&lin).await;
    assert_eq!(
        (&open[0]["id"], &open[0]["project_name"], &open[0]["invited_by"]["name"], &open[0]["role"]),
        (&made["id"], &json!("Shared"), &json!("Olga"), &json!("viewer"))
    );
    let told = notified(&lin, "project.invited").await;
    assert_eq!(told[0]["data"], json!({ "invitation_id": made["id"], "project": "Shared", "role": "viewer" }));
    assert_eq!(events(&db, &lin).await, ["invitations.changed", "notification.created"]);
    assert_eq!(own(&other).await, json!([]));
    for with in ["accept", "decline"] {
        answer(&other, &made, with, json!({})).await.expect(404);
        answer(&owner, &made, with, json!({})).await.expect(404);
    }
    assert_eq!(answer(&lin, &made, "accept", json!({})).await.expect(200), json!({ "project_id": project }));
    assert_eq!(lin.get(format!("/projects/{project}")).await.expect(200)["role"], "viewer");
    assert_eq!(own(&lin).await, json!([]));
    answer(&lin, &made, "accept", json!({})).await.expect(404);
    invite(&owner, &project, &lin.email).await.expect_fields(409, &["email"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invitation_answer_does_not_reveal_accounts(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (owner, lin, unsure) = (app.person("Olga").await, app.person("Lin").await, app.person("Una").await);
    let blocking = app.person("Bob").await;
    for person in [&owner, &lin, &blocking] {
        confirm(&db, person).await;
    }
    let project = owner.project("Shared").await;
    let first = invite(&owner, &project, &blocking.email).await.expect(201);
    crate::support::until("told", async || notified(&blocking, "project.invited").await.len() == 1).await;
    answer(&blocking, &first, "decline", json!({ "block": true })).await.expect(204);
    let mut answers = Vec::new();
    for email in [&lin.email, &unsure.email, &blocking.email, "nobody@example.org"] {
        let mut made = invite(&owner, &project, email).await.expect(201);
        assert_eq!(made["email"], json!(email));
        for varies in ["id", "email", "url", "created_at", "expires_at"] {
            assert!(made[varies].take().is_string(), "{varies}");
        }
        answers.push(made);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let listed = owner.get(format!("/projects/{project}/invitations")).await.expect(200);
    assert_eq!(texts(&listed["items"], "email").len(), 4);
    // Each by their own way: in the page and as they want it by mail, by a mail with the link, or not at all.
    assert_eq!(notices(&mail, &lin, 1).await[0].subject(), "Olga invites you to “Shared”");
    assert_eq!(own(&lin).await.as_array().map(Vec::len), Some(1));
    for address in [unsure.email.as_str(), "nobody@example.org"] {
        let mails = mail.mails_to(address, 1).await;
        let linked =
            async || mail.mails_to(address, 1).await.iter().any(|mail| mail.text().contains("/invitations/accept?"));
        crate::support::until("the link has come", linked).await;
        assert!(!mails.iter().any(|mail| mail.text().contains("Hello Una") && mail.text().contains("/invitations/")));
    }
    let untold = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM invitations WHERE NOT is_announced")
            .fetch_one(&db)
            .await
            .expect("a count")
    };
    crate::support::until("all are told", async || untold().await == 0).await;
    assert_eq!(own(&unsure).await, json!([]), "the address may be somebody else's");
    assert_eq!(own(&blocking).await, json!([]));
    assert_eq!(notified(&blocking, "project.invited").await.len(), 1, "that of before");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn registering_a_foreign_address_grants_nothing(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (owner, first) = (app.person("Olga").await, app.person("First").await);
    confirm(&db, &owner).await;
    let project = owner.project("Secret").await;
    let made = invite(&owner, &project, &first.email).await.expect(201);
    for with in ["accept", "decline"] {
        answer(&first, &made, with, json!({})).await.expect(404);
    }
    mail.mails_to(&first.email, 1).await;
    assert_eq!(notified(&first, "project.invited").await, Vec::<Value>::new());
    first.get(format!("/projects/{project}")).await.expect(404);
    confirm(&db, &first).await;
    assert_eq!(texts(&own(&first).await, "project_name"), ["Secret"], "once it is confirmed");
    answer(&first, &made, "accept", json!({})).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invitation_can_be_declined_and_its_sender_blocked(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_INVITE_PER_RECIPIENT", "off")]).await;
    let (owner, other, lin) = (app.person("Olga").await, app.person("Otto").await, app.person("Lin").await);
    let (project, second) = (owner.project("Shared").await, owner.project("Second").await);
    let theirs = other.project("Theirs").await;
    let made = invite(&owner, &project, &lin.email).await.expect(201);
    answer(&lin, &made, "decline", json!({})).await.expect(204);
    answer(&lin, &made, "decline", json!({})).await.expect(404);
    let open = owner.get(format!("/projects/{project}/invitations")).await.expect(200);
    assert_eq!(open["items"], json!([]), "whoever has invited sees that it is gone");
    let actors: Vec<Option<uuid::Uuid>> =
        sqlx::query_scalar("SELECT actor_id FROM events WHERE kind = 'invitation.deleted'")
            .fetch_all(&db)
            .await
            .expect("");
    assert_eq!(actors, [None], "and not which account has the address");
    lin.post("/invitations/accept", json!({ "token": token_of(&made) })).await.expect_fields(422, &["token"]);

    let again = invite(&owner, &project, &lin.email).await.expect(201);
    invite(&owner, &second, &lin.email).await.expect(201);
    invite(&other, &theirs, &lin.email).await.expect(201);
    notify::run_once(&app.parts()).await.expect("told");
    let before = notified(&lin, "project.invited").await.len();
    answer(&lin, &again, "decline", json!({ "block": true })).await.expect(204);
    assert_eq!(texts(&own(&lin).await, "project_name"), ["Theirs"], "all of theirs is out of sight");
    let blocked = lin.get("/users/me/blocked").await.expect(200)["items"].clone();
    assert_eq!(blocked[0]["person"], json!({ "id": owner.id, "name": "Olga" }));
    let hidden = invite(&owner, &project, &lin.email).await.expect(201);
    notify::run_once(&app.parts()).await.expect("told");
    assert_eq!(notified(&lin, "project.invited").await.len(), before);
    answer(&lin, &hidden, "accept", json!({})).await.expect(404);

    let unblock = format!("/users/me/blocked/{}", owner.id);
    lin.delete(&unblock).await.expect(204);
    lin.delete(&unblock).await.expect(404);
    assert_eq!(texts(&own(&lin).await, "project_name"), ["Shared", "Theirs", "Second"]);
    owner.delete(format!("/projects/{project}/invitations/{}", id_of(&hidden))).await.expect(204);
    assert_eq!(events(&db, &lin).await.last().map(String::as_str), Some("invitations.changed"), "taken back, live");
    assert_eq!(texts(&own(&lin).await, "project_name"), ["Theirs", "Second"]);
}

fn token_of(invitation: &Value) -> String {
    invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link").to_owned()
}
