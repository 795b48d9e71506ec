//! Reads that may come again: health, one task, lists that have not changed; and signing in.

use anyhow::Context;
use reqwest::Client;
use serde_json::json;

use super::lists;
use crate::{
    chance::Chance,
    data::{self, PASSWORD, Person},
    expect::{Asked, Content},
    request::Request,
    server::Server,
};

pub fn health() -> Asked {
    Asked { request: Request::get("/health", None), content: Content::Alive }
}

/// One after another of these people's tasks, anybody's.
pub fn tasks(people: &[Person]) -> impl Iterator<Item = Asked> + Clone {
    let mut chance = Chance::new(4);
    let people: Vec<Person> = people.iter().filter(|person| !person.task_ids.is_empty()).cloned().collect();
    std::iter::from_fn(move || {
        if people.is_empty() {
            return None;
        }
        let person = chance.pick(&people);
        let id = *chance.pick(&person.task_ids);
        let request = Request::get(format!("/api/v1/tasks/{id}"), Some(&person.token));
        Some(Asked { request, content: Content::Task(id) })
    })
}

/// A list of each of these people, with the `ETag` that it has now: 304 until something changes.
pub async fn unchanged_lists(client: &Client, server: &Server, people: &[Person]) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for person in people {
        let Asked { mut request, .. } = lists::of_a_project(person).context("somebody has no project")?;
        let url = format!("http://{}{}", server.address, request.path);
        let answer = client.get(url).bearer_auth(&person.token).send().await?.error_for_status()?;
        let tag = answer.headers().get("etag").context("a list has no ETag")?.to_str()?;
        request.headers.push(("If-None-Match".to_owned(), tag.to_owned()));
        request.expected = 304;
        asked.push(Asked { request, content: Content::Nothing });
    }
    Ok(asked)
}

/// Each of these people in turn.
pub fn sign_ins(people: &[Person]) -> Vec<Asked> {
    let asked = people.iter().map(|person| Request {
        method: "POST",
        path: "/api/v1/auth/login".to_owned(),
        token: None,
        headers: Vec::new(),
        body: Some(json!({ "email": data::email(person.number), "password": PASSWORD }).to_string()),
        expected: 200,
    });
    asked.map(|request| Asked { request, content: Content::SignedIn }).collect()
}
