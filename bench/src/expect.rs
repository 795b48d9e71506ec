//! What an answer must hold, beyond its status: looked at for a sample of each load, before it is measured.

use anyhow::Context;
use reqwest::{Client, Method, Url, header::CONTENT_TYPE};
use serde_json::Value;
use uuid::Uuid;

use crate::{request::Request, server::Server};

/// A request, and what its answer must hold.
#[derive(Debug, Clone)]
pub struct Asked {
    pub request: Request,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    /// `{"status":"ok"}` and more.
    Alive,
    /// No body.
    Nothing,
    Tasks(Tasks),
    /// The task of this id.
    Task(Uuid),
    /// A task with this value in this field.
    TaskWith {
        id: Option<Uuid>,
        field: &'static str,
        value: String,
    },
    /// An access token.
    SignedIn,
}

/// Tasks of a list: each is what was asked for.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    pub project_id: Option<Uuid>,
    /// One of these.
    pub statuses: Vec<&'static str>,
    pub tag: Option<&'static str>,
    pub assignee_id: Option<Uuid>,
    pub limit: usize,
    /// What the pieces found begin with, in small letters.
    pub found: Vec<String>,
}

impl Tasks {
    fn check(&self, answer: &Value) -> Result<(), String> {
        let items = answer["items"].as_array().ok_or("there are no items")?;
        if items.len() > self.limit {
            return Err(format!("{} items instead of {} at most", items.len(), self.limit));
        }
        if answer["next_cursor"].is_string() && items.len() < self.limit {
            return Err(format!("{} items, and yet there are further ones", items.len()));
        }
        items.iter().try_for_each(|item| self.check_item(item).map_err(|wrong| format!("{wrong}: {item}")))
    }

    fn check_item(&self, item: &Value) -> Result<(), &'static str> {
        let is = |field: &str, value: &str| item[field].as_str() == Some(value);
        let is_any_of = |field: &str, values: &[&str]| values.is_empty() || values.iter().any(|value| is(field, value));
        let is_id = |field: &str, id: Option<Uuid>| id.is_none_or(|id| is(field, &id.to_string()));
        let has_tag = |tag: &str| item["tags"].as_array().is_some_and(|tags| tags.iter().any(|one| one == tag));
        for (holds, wrong) in [
            (item["title"].as_str().is_some_and(|title| !title.is_empty()), "a task without a title"),
            (is_id("project_id", self.project_id), "a task of another project"),
            (is_any_of("status", &self.statuses), "a task of another status"),
            (is_id("assignee_id", self.assignee_id), "a task of another assignee"),
            (self.tag.is_none_or(has_tag), "a task without the tag"),
            (self.found.iter().all(|word| is_found(item, word)), "a task without the word"),
        ] {
            if !holds {
                return Err(wrong);
            }
        }
        Ok(())
    }
}

fn is_found(item: &Value, word: &str) -> bool {
    let pieces = ["title", "description"].map(|field| item["highlights"][field].as_array());
    let mut marked = pieces.into_iter().flatten().flatten().filter(|piece| piece["match"] == true);
    marked.any(|piece| piece["text"].as_str().is_some_and(|text| text.to_lowercase().starts_with(word)))
        || ["title", "description"].iter().any(|field| {
            // A snippet need not show every word that was found.
            item[field].as_str().is_some_and(|text| text.to_lowercase().contains(word))
        })
}

impl Content {
    fn check(&self, body: &[u8]) -> Result<(), String> {
        if let Self::Nothing = self {
            return if body.is_empty() { Ok(()) } else { Err(format!("a body of {} bytes", body.len())) };
        }
        let answer: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
        let is = |field: &str, value: &str| match answer[field].as_str() {
            Some(found) if found == value => Ok(()),
            found => Err(format!("{field} is {found:?} instead of {value:?}")),
        };
        match self {
            Self::Nothing => Ok(()),
            Self::Alive => is("status", "ok"),
            Self::Tasks(tasks) => tasks.check(&answer),
            Self::Task(id) => is("id", &id.to_string()),
            Self::TaskWith { id, field, value } => {
                id.map_or(Ok(()), |id| is("id", &id.to_string()))?;
                is(field, value)
            }
            Self::SignedIn => answer["access_token"].as_str().map(|_| ()).ok_or_else(|| "no access token".to_owned()),
        }
    }
}

/// Sends each of these once, and says what is wrong with the answers.
pub async fn verify(client: &Client, server: &Server, sample: &[Asked]) -> anyhow::Result<Vec<String>> {
    let mut complaints = Vec::new();
    let (mut lists, mut empty) = (0, 0);
    for asked in sample {
        let (status, body) = send(client, server, &asked.request).await?;
        if let Content::Tasks(_) = asked.content {
            lists += 1;
            empty += usize::from(body.starts_with(br#"{"items":[]"#));
        }
        let content = match status == asked.request.expected {
            true => asked.content.check(&body),
            false => Err(format!("{status} instead of {}: {}", asked.request.expected, String::from_utf8_lossy(&body))),
        };
        if let Err(wrong) = content {
            complaints.push(format!("{} {}: {wrong}", asked.request.method, asked.request.path));
        }
    }
    // One may be empty, and so may some.
    if lists > 0 && empty == lists {
        complaints.push(format!("all of {lists} lists were empty"));
    }
    Ok(complaints)
}

/// The status and the body of the answer.
pub async fn send(client: &Client, server: &Server, request: &Request) -> anyhow::Result<(u16, Vec<u8>)> {
    let url = Url::parse(&format!("http://{}{}", server.address, request.path))?;
    let mut builder = client.request(Method::from_bytes(request.method.as_bytes())?, url);
    if let Some(token) = &request.token {
        builder = builder.bearer_auth(token);
    }
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = &request.body {
        builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
    }
    let answer = builder.send().await.with_context(|| format!("{} cannot be asked", request.path))?;
    Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
}

/// Of the tasks of a page, in its order.
pub fn ids_of(page: &[u8]) -> anyhow::Result<Vec<String>> {
    let page: Value = serde_json::from_slice(page)?;
    let items = page["items"].as_array().context("there are no items")?;
    Ok(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_holds_only_what_was_asked_for() {
        let list = Tasks { statuses: vec!["todo"], tag: Some("work"), limit: 1, ..Tasks::default() };
        let item = json!({ "title": "x", "status": "todo", "tags": ["work"] });
        let answer = |item: &Value| json!({ "items": [item], "next_cursor": null });
        assert_eq!(list.check(&answer(&item)), Ok(()));
        for (field, value) in [("status", json!("done")), ("tags", json!([])), ("title", json!(""))] {
            let mut other = item.clone();
            other[field] = value;
            assert!(list.check(&answer(&other)).is_err(), "{field}");
        }
        assert!(list.check(&json!({ "items": [item, item] })).is_err(), "too many");
        assert!(list.check(&json!({ "items": [], "next_cursor": "c" })).is_err(), "too few");
    }

    #[test]
    fn a_search_marks_what_it_found() {
        let item = json!({ "title": "", "highlights": { "title": [{ "text": "Meetings", "match": true }] } });
        assert!(is_found(&item, "meet"));
        assert!(!is_found(&item, "report"));
    }
}
