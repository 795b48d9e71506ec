//! A write: one transaction that locks the topics it touches, changes rows, records events, and after the commit tells
//! the bus. What is not committed is never told.

use serde::Serialize;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{
    added,
    bus::Bus,
    event::{Event, EventKind},
    topic::Topic,
};
use crate::{db, deliveries::Channel, quotas::Refusal};

/// Topics are locked projects first, then users, each in the order of their ids; so two writes never wait for each
/// other in a circle.
pub struct Change {
    transaction: Transaction<'static, Postgres>,
    actor: Option<Uuid>,
    events: Vec<Event>,
    /// Who owns a project more without an event that says so.
    new_owners: Vec<Uuid>,
    wakes_workers: bool,
}

impl Change {
    pub async fn begin(pool: &PgPool, actor: impl Into<Option<Uuid>>) -> sqlx::Result<Self> {
        Ok(Self {
            transaction: db::begin(pool).await?,
            actor: actor.into(),
            events: Vec::new(),
            new_owners: Vec::new(),
            wakes_workers: false,
        })
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Holds other writers of these topics off until the commit. Needed before a decision is based on what was read.
    pub async fn lock(&mut self, topics: &[Uuid]) -> sqlx::Result<()> {
        let connection = &mut *self.transaction;
        if let [topic] = topics {
            // PostgreSQL would plan the statement for several anew each time.
            sqlx::query!("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE", topic)
                .fetch_optional(connection)
                .await?;
        } else {
            sqlx::query!("SELECT id FROM topics WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", topics)
                .fetch_all(connection)
                .await?;
        }
        Ok(())
    }

    /// As [`Self::lock`] of one topic, but false at once when somebody else holds it.
    pub async fn try_lock(&mut self, topic: Uuid) -> sqlx::Result<bool> {
        let locked = sqlx::query!("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", topic)
            .fetch_optional(&mut *self.transaction)
            .await?;
        Ok(locked.is_some())
    }

    /// Makes the topic of a new project or user.
    pub async fn create_topic(&mut self, topic: Topic) -> sqlx::Result<()> {
        sqlx::query!("INSERT INTO topics (id, kind) VALUES ($1, $2)", topic.id(), topic.kind())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Gives the topic its next revision and writes down what that revision is; for webhooks of a project a message is queued that
    /// refers to it, with the same time, in the same statement.
    pub async fn record(
        &mut self,
        topic: Topic,
        kind: EventKind,
        data: &(impl Serialize + Sync),
    ) -> anyhow::Result<()> {
        let data = serde_json::to_value(data)?;
        let written = sqlx::query!(
            r#"
            WITH topic AS (UPDATE topics SET revision = revision + 1 WHERE id = $1 RETURNING id, revision),
            event AS (
                INSERT INTO events (topic_id, revision, kind, data, actor_id)
                SELECT id, revision, $2, $3, $4 FROM topic
                RETURNING revision, at
            ),
            queued AS (
                INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, event_revision, payload)
                SELECT gen_random_uuid(), 'project:' || topic.id || '@' || topic.revision, w.id::text, $5, $2, w.id, topic.revision,
                       jsonb_build_object('id', $3::jsonb -> 'id', 'project_id', topic.id, 'revision', topic.revision, 'actor_id', $4::uuid)
                FROM topic JOIN webhooks w ON w.project_id = topic.id
                WHERE w.is_active AND (w.events = '{}' OR $2 = ANY (w.events))
                ON CONFLICT (event_key, recipient, channel) DO NOTHING
                RETURNING id
            )
            SELECT revision, at, EXISTS (SELECT FROM queued) AS "queued!" FROM event
            "#,
            topic.id(),
            kind.as_str(),
            data,
            self.actor,
            Channel::Webhook as Channel,
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        self.wakes_workers |= written.queued;
        self.events.push(Event {
            topic,
            revision: written.revision,
            kind: kind.as_str().to_owned(),
            data,
            actor: self.actor,
            at: written.at,
        });
        Ok(())
    }

    /// Gives the feed of each of these users its next revision and writes down what that is, in one statement. They must be
    /// locked.
    pub async fn record_for_users(
        &mut self,
        kind: EventKind,
        data: &[(Uuid, impl Serialize + Sync)],
    ) -> anyhow::Result<()> {
        let users: Vec<Uuid> = data.iter().map(|(user_id, _)| *user_id).collect();
        let values = data.iter().map(|(_, data)| serde_json::to_value(data)).collect::<Result<Vec<_>, _>>()?;
        let written = sqlx::query!(
            r#"
            WITH given AS (SELECT * FROM unnest($1::uuid[], $2::jsonb[]) AS g (user_id, data)),
            topic AS (
                UPDATE topics t SET revision = t.revision + 1 FROM given WHERE t.id = given.user_id
                RETURNING t.id, t.revision, given.data
            )
            INSERT INTO events (topic_id, revision, kind, data, actor_id)
            SELECT id, revision, $3, data, $4 FROM topic
            RETURNING topic_id, revision, data, at
            "#,
            &users,
            &values,
            kind.as_str(),
            self.actor,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.events.extend(written.into_iter().map(|event| Event {
            topic: Topic::User(event.topic_id),
            revision: event.revision,
            kind: kind.as_str().to_owned(),
            data: event.data,
            actor: self.actor,
            at: event.at,
        }));
        Ok(())
    }

    /// The user has got a project from somebody else: it counts for their quota.
    pub fn count_project_of(&mut self, user_id: Uuid) {
        self.new_owners.push(user_id);
    }

    /// Workers are told after the commit that there is something to do.
    pub fn wake_workers(&mut self) {
        self.wakes_workers = true;
    }

    /// Refuses what is above a quota; nothing was changed then.
    pub async fn commit(mut self, bus: &Bus) -> Result<(), Refusal> {
        let mut added = added::by(&self.events, self.actor);
        added.projects.extend(&self.new_owners);
        bus.quotas().check(&mut self.transaction, self.actor, &added).await?;
        bus.backlog().hold_back(&mut self.transaction, &self.events).await?;
        bus.expect(&self.events).await;
        self.transaction.commit().await?;
        bus.publish(self.events);
        if self.wakes_workers {
            bus.alarm().ring();
        }
        Ok(())
    }
}
