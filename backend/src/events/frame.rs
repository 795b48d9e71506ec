//! An event in wire format: its text, rendered once for all receivers, and its effect on the sending connection.

use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Event, EventKind, Topic};
use crate::id::{Id, ProjectId, SessionId, UserId};

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Frame {
    pub revision: i64,
    pub at: DateTime<Utc>,
    pub effect: Effect,
    pub text: Utf8Bytes,
}

/// How an event changes what a connection may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    None,
    /// On a user's feed: they have joined the project.
    Joined(ProjectId),
    /// On a user's feed: they have left the project.
    Left(ProjectId),
    /// On a project: this user is no longer a member.
    Removed(UserId),
    /// On a project: it was deleted.
    Deleted,
    /// On a user's feed.
    SessionEnded(SessionId),
}

#[derive(Deserialize)]
#[serde(bound = "")]
struct WithId<K> {
    id: Id<K>,
}

#[derive(Deserialize)]
struct WithUserId {
    user_id: UserId,
}

impl Effect {
    fn of(topic: Topic, kind: &str, data: &str) -> Self {
        let effect = match topic {
            Topic::User(_) if kind == EventKind::ProjectJoined.as_str() => {
                parse(data).map(|WithId { id }| Self::Joined(id))
            }
            Topic::User(_) if kind == EventKind::ProjectLeft.as_str() => {
                parse(data).map(|WithId { id }| Self::Left(id))
            }
            Topic::User(_) if kind == EventKind::SessionEnded.as_str() => {
                parse(data).map(|WithId { id }| Self::SessionEnded(id))
            }
            Topic::Project(_) if kind == EventKind::MemberRemoved.as_str() => {
                parse(data).map(|WithUserId { user_id }| Self::Removed(user_id))
            }
            Topic::Project(_) if kind == EventKind::ProjectDeleted.as_str() => Some(Self::Deleted),
            _ => Some(Self::None),
        };
        effect.unwrap_or_else(|| {
            tracing::error!(%topic, kind, "the event lacks the id that its kind needs");
            Self::None
        })
    }
}

fn parse<T: DeserializeOwned>(data: &str) -> Option<T> {
    serde_json::from_str(data).ok()
}

impl Frame {
    pub fn of_event(event: &Event) -> Self {
        let data = event.data.to_string();
        Self::render(event.topic, event.revision, &event.kind, &data, event.actor, event.at)
    }

    /// `data` is JSON.
    pub fn render(
        topic: Topic,
        revision: i64,
        kind: &str,
        data: &str,
        actor: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Self {
        let actor = actor.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        let time = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let text = format!(
            r#"{{"type":"event","topic":"{topic}","revision":{revision},"kind":"{kind}","data":{data},"actor":{actor},"at":"{time}"}}"#
        );
        Self { revision, at, effect: Effect::of(topic, kind, data), text: text.into() }
    }

    /// From the text rendered by another replica.
    pub fn of_text(text: &str) -> Option<(Topic, Self)> {
        #[derive(Deserialize)]
        struct Head {
            topic: Topic,
            revision: i64,
            kind: String,
            at: DateTime<Utc>,
        }
        #[derive(Deserialize)]
        struct Body {
            data: serde_json::Value,
        }
        let head: Head = parse(text)?;
        let effect = match head.kind.as_str() {
            kind if has_effect(kind) => Effect::of(head.topic, kind, &parse::<Body>(text)?.data.to_string()),
            _ => Effect::None,
        };
        Some((head.topic, Self { revision: head.revision, at: head.at, effect, text: text.into() }))
    }
}

fn has_effect(kind: &str) -> bool {
    [
        EventKind::ProjectJoined,
        EventKind::ProjectLeft,
        EventKind::ProjectDeleted,
        EventKind::MemberRemoved,
        EventKind::SessionEnded,
    ]
    .iter()
    .any(|known| known.as_str() == kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(topic: Topic, kind: EventKind, data: serde_json::Value) -> Event {
        let at = "2026-11-23T08:00:00.000123Z".parse().expect("an instant");
        Event { topic, revision: 7, kind: kind.as_str().to_owned(), data, actor: Some(Id::nil()), at }
    }

    #[test]
    fn the_text_is_the_event_of_the_protocol() {
        let topic = Topic::Project(Id::new());
        let event = event(topic, EventKind::TaskUpdated, json!({ "title": "Say \"hi\"\n你好" }));
        let sent: serde_json::Value = serde_json::from_str(&Frame::of_event(&event).text).expect("JSON");
        assert_eq!(
            sent,
            json!({
                "type": "event", "topic": topic, "revision": 7, "kind": "task.updated",
                "data": { "title": "Say \"hi\"\n你好" }, "actor": UserId::nil(), "at": "2026-11-23T08:00:00.000123Z",
            })
        );
    }

    #[test]
    fn another_replica_reads_the_same_from_the_text() {
        let (project, user, session) = (Id::new(), Id::new(), Id::new());
        for (topic, kind, data, effect) in [
            (
                Topic::User(user),
                EventKind::ProjectJoined,
                json!({ "id": project, "name": "x" }),
                Effect::Joined(project),
            ),
            (Topic::User(user), EventKind::ProjectLeft, json!({ "id": project }), Effect::Left(project)),
            (Topic::User(user), EventKind::SessionEnded, json!({ "id": session }), Effect::SessionEnded(session)),
            (Topic::Project(project), EventKind::MemberRemoved, json!({ "user_id": user }), Effect::Removed(user)),
            (Topic::Project(project), EventKind::ProjectDeleted, json!({}), Effect::Deleted),
            (Topic::Project(project), EventKind::TaskCreated, json!({ "id": user }), Effect::None),
        ] {
            let frame = Frame::of_event(&event(topic, kind, data));
            let (topic_read, read) = Frame::of_text(&frame.text).expect("a text made here is read");
            assert_eq!((topic_read, read.revision, read.at), (topic, 7, frame.at));
            assert_eq!((frame.effect, read.effect), (effect, effect), "{}", kind.as_str());
        }
        assert!(Frame::of_text("{}").is_none());
    }
}
