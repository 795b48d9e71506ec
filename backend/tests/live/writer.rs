//! People who write without pause, and check what became of it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::{PgPool, Row};
use todo::{
    id::RegistrationId,
    signed_id::{self, Purpose},
    signer::Signer,
};
use tokio::time::sleep;
use uuid::Uuid;

use crate::processes::SECRET;

/// Somebody who writes, over whichever replica answers.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    servers: [SocketAddr; 2],
    pub token: String,
    pub email: String,
    pub retries: Arc<AtomicUsize>,
}

impl Writer {
    /// With mail on, the link that would come by mail is made from what the server has stored.
    pub async fn register(db: &PgPool, servers: [SocketAddr; 2], name: &str) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(2)).build().expect("a client");
        let email = format!("{name}@example.org");
        let body = json!({ "email": email, "password": "seven quiet lanterns", "name": name });
        let url = format!("http://{}/api/v1/auth/register", servers[0]);
        let request = client.post(url).timeout(Duration::from_secs(20)).json(&body);
        let mut answer: Value = request.send().await.expect("an answer").json().await.unwrap_or_default();
        if answer.is_null() {
            let sql = "SELECT id FROM registrations WHERE email = $1";
            let id: RegistrationId = sqlx::query_scalar(sql).bind(&email).fetch_one(db).await.expect("a registration");
            let signer = Signer::new(&SECRET.to_owned().into(), &[]).expect("a signer");
            let token = signed_id::make(&signer, Purpose::FinishRegistration, id);
            let url = format!("http://{}/api/v1/auth/email/confirm", servers[0]);
            let body = json!({ "token": token, "password": "seven quiet lanterns" });
            let request = client.post(url).timeout(Duration::from_secs(20)).json(&body);
            answer = request.send().await.expect("an answer").json().await.expect("JSON");
        }
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned();
        Self { client, servers, token, email, retries: Arc::default() }
    }

    /// Asks until a replica has said yes.
    pub async fn ask(&self, first: usize, method: Method, path: &str, body: &Value) -> Value {
        for attempt in first.. {
            let url = format!("http://{}/api/v1{path}", self.servers[attempt % 2]);
            let request = self.client.request(method.clone(), url).bearer_auth(&self.token).json(body);
            match request.send().await {
                Ok(answer) if answer.status().is_success() => {
                    // The acknowledgement is the status; a body cut off is no reason to doubt it.
                    return answer.json().await.unwrap_or_default();
                }
                Ok(answer) => assert!(answer.status().is_server_error(), "{} for {method} {path}", answer.status()),
                Err(_) => {}
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(50)).await;
        }
        Value::Null
    }

    /// Invites somebody, who accepts.
    pub async fn add_member(&self, project: Uuid, member: &Self) {
        let body = json!({ "id": Uuid::now_v7(), "email": member.email, "role": "editor" });
        let invitation = self.ask(0, Method::POST, &format!("/projects/{project}/invitations"), &body).await;
        let token = invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link");
        member.ask(0, Method::POST, "/invitations/accept", &json!({ "token": token })).await;
    }

    /// Makes and changes tasks until told to stop; gives the titles that were acknowledged.
    pub async fn write(self, number: usize, project: String, stop: Arc<AtomicBool>) -> HashMap<Uuid, String> {
        let mut written = HashMap::new();
        while !stop.load(Ordering::Relaxed) {
            let (id, turn) = (Uuid::now_v7(), number + written.len());
            let task = json!({ "id": id, "project_id": project, "title": "new" });
            self.ask(turn, Method::POST, "/tasks", &task).await;
            let title = format!("changed by {number}, {turn}");
            self.ask(turn + 1, Method::PATCH, &format!("/tasks/{id}"), &json!({ "title": title })).await;
            written.insert(id, title);
        }
        written
    }
}

/// Tasks that were acknowledged and are not there with that title.
pub async fn missing(db: &PgPool, written: &HashMap<Uuid, String>) -> Vec<Uuid> {
    let rows = sqlx::query("SELECT id, title FROM tasks").fetch_all(db).await.expect("the tasks");
    let there: HashMap<Uuid, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    written.iter().filter(|(id, title)| there.get(id) != Some(title)).map(|(id, _)| *id).collect()
}
