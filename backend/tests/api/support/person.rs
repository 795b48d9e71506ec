use axum::extract::FromRef;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use todo::{
    projects::invitations::notify,
    sign_in::{self, NewAccount},
    state::AppState,
};

use super::{Answer, TestApp, settled::settle};

/// Somebody who is signed in, with a browser's cookies.
pub struct Person {
    pub client: Client,
    pub base: String,
    pub token: String,
    pub id: String,
    pub email: String,
    /// Of the server, which is in this process.
    pub state: AppState,
}

impl Person {
    pub async fn register(app: &TestApp, body: Value) -> Self {
        let client = Client::builder().cookie_store(true).build().expect("a client");
        let base = app.url("/api/v1");
        if app.state.mail.is_some() {
            return Self::from_before_mail(app, client, base, &body).await;
        }
        let answer = Answer::read(client.post(format!("{base}/auth/register")).json(&body)).await.expect(201);
        Self::signed_in(client, base, &answer, app.state.clone())
    }

    /// With mail on, whoever registers has no account before they have confirmed their address. This is somebody who registered before
    /// mail was switched on, and has since asked for the mail that confirms it.
    async fn from_before_mail(app: &TestApp, client: Client, base: String, body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let account = NewAccount {
            email: text("email").expect("an address"),
            password: text("password").expect("a password").into(),
            name: text("name").expect("a name"),
            language: serde_json::from_value(body["language"].clone()).unwrap_or_default(),
            time_zone: text("time_zone").unwrap_or_else(|| "UTC".to_owned()),
            is_admin: false,
            is_confirmed: false,
        };
        sign_in::create_account(&app.parts(), account).await.unwrap_or_else(|error| panic!("{error}"));
        let credentials = json!({ "email": body["email"], "password": body["password"] });
        let answer = Answer::read(client.post(format!("{base}/auth/login")).json(&credentials)).await.expect(200);
        let person = Self::signed_in(client, base, &answer, app.state.clone());
        person.post("/auth/email/resend", json!({})).await.expect(202);
        person
    }

    /// The same person in another browser.
    pub async fn sign_in_again(&self, password: &str) -> Self {
        let client = Client::builder().cookie_store(true).build().expect("a client");
        let body = json!({ "email": self.email, "password": password });
        let answer = Answer::read(client.post(format!("{}/auth/login", self.base)).json(&body)).await.expect(200);
        Self::signed_in(client, self.base.clone(), &answer, self.state.clone())
    }

    fn signed_in(client: Client, base: String, answer: &Value, state: AppState) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            client,
            base,
            token: text(&answer["access_token"]),
            id: text(&answer["user"]["id"]),
            email: text(&answer["user"]["email"]),
            state,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        Answer::read(self.request(Method::GET, path.as_ref())).await
    }

    pub async fn get_if_none_match(&self, path: &str, tag: &str) -> Answer {
        Answer::read(self.request(Method::GET, path.as_ref()).header("if-none-match", tag)).await
    }

    pub async fn post(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.change(self.request(Method::POST, path.as_ref()).json(&body)).await
    }

    pub async fn patch(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.change(self.request(Method::PATCH, path.as_ref()).json(&body)).await
    }

    pub async fn patch_if_match(&self, path: &str, body: Value, tag: &str) -> Answer {
        self.change(self.request(Method::PATCH, path.as_ref()).header("if-match", tag).json(&body)).await
    }

    pub async fn delete(&self, path: impl AsRef<str>) -> Answer {
        self.change(self.request(Method::DELETE, path.as_ref())).await
    }

    /// And everybody is told of it.
    async fn change(&self, request: RequestBuilder) -> Answer {
        let answer = Answer::read(request).await;
        settle(&self.state).await;
        answer
    }

    /// Makes a project and gives its id.
    pub async fn project(&self, name: &str) -> String {
        id_of(&self.post("/projects", json!({ "name": name })).await.expect(201))
    }

    /// Makes a task from the fields given (and a title, when there is none) and gives it.
    pub async fn task(&self, fields: Value) -> Value {
        let mut body = json!({ "title": "A task" });
        if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
            body.extend(fields.clone());
        }
        self.post("/tasks", body).await.expect(201)
    }

    /// Invites somebody, who is told and accepts.
    pub async fn add_member(&self, project_id: &str, member: &Self, role: &str) {
        let body = json!({ "email": member.email, "role": role });
        let invitation = self.post(&format!("/projects/{project_id}/invitations"), body).await.expect(201);
        notify::run_once(&FromRef::from_ref(&self.state)).await.expect("told");
        let token = invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link");
        member.post("/invitations/accept", json!({ "token": token })).await.expect(200);
    }

    /// The titles of a task list.
    pub async fn titles(&self, query: &str) -> Vec<String> {
        let list = self.get(&format!("/tasks?{query}")).await.expect(200);
        texts(&list["items"], "title")
    }
}

pub fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// One text field of each item.
pub fn texts(items: &Value, field: &str) -> Vec<String> {
    let items = items.as_array().expect("a list");
    items.iter().map(|item| item[field].as_str().expect("a text").to_owned()).collect()
}
