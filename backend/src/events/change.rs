//! A write: one transaction that locks the topics it touches, changes rows, records events, and after the commit tells
//! the bus. What is not committed is never told.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::{Bus, Event, EventKind, Topic, added, held::Held};
use crate::{
    db::{self, Refusal},
    http::{lock_turns::Turn, request_context},
    id::{Id, ProjectId, UserId},
    outbox::Channel,
};

/// A request that has waited so long for a lock gives its connection back; longer than `deadlock_timeout`. What is done in the background
/// waits as long as a statement may take.
const LOCK_PATIENCE: &str = "2s";

/// All topics that a change needs are locked in one order: projects, then users, each by their ids. So two writes never wait for each
/// other in a circle. Events of users are kept until the commit, and written together: then every feed that is to be told is locked in one
/// statement. What has to hold users off before (their order of projects, say) locks all that it will need at once.
pub struct Change {
    transaction: Transaction<'static, Postgres>,
    actor: Option<UserId>,
    events: Vec<Event>,
    for_users: Vec<UserEvent>,
    held: Held,
    /// At the projects that are held.
    turns: Vec<Turn>,
    /// Rows that change without an event of their own.
    touched: u64,
    /// Who owns a project more without an event that says so.
    new_owners: Vec<UserId>,
    wakes_workers: bool,
}

/// What a user's feed is told of with the commit.
struct UserEvent {
    user_id: UserId,
    kind: EventKind,
    data: Value,
}

impl Change {
    pub async fn begin(pool: &PgPool, actor: impl Into<Option<UserId>>) -> sqlx::Result<Self> {
        Ok(Self {
            transaction: db::begin(pool).await?,
            actor: actor.into(),
            events: Vec::new(),
            for_users: Vec::new(),
            held: Held::default(),
            turns: Vec::new(),
            touched: 0,
            new_owners: Vec::new(),
            wakes_workers: false,
        })
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Holds other writers of these projects off until the commit. Needed before a decision is based on what was read.
    pub async fn lock_projects(&mut self, ids: &[ProjectId]) -> sqlx::Result<()> {
        self.held.add_projects(ids);
        let turns = request_context::take_turns(ids, &self.turns).map_err(|_| db::no_turn())?;
        self.turns.extend(turns);
        self.lock(ids, "project").await
    }

    /// Holds off whoever writes what belongs to these users alone, or tells them of something. After the projects.
    pub async fn lock_users(&mut self, ids: &[UserId]) -> sqlx::Result<()> {
        self.held.add_users(ids);
        self.lock(ids, "user").await
    }

    async fn lock<K>(&mut self, ids: &[Id<K>], kind: &str) -> sqlx::Result<()> {
        let connection = &mut *self.transaction;
        let patience = if request_context::is_there() { LOCK_PATIENCE } else { "0" };
        // The time is set in the same statement, and before it locks: that is done with the rows of the join.
        if let [id] = ids {
            // PostgreSQL would plan the statement for several anew each time.
            sqlx::query!(
                r#"
                WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', $3, true) AS set)
                SELECT t.id FROM patience JOIN topics t ON t.id = $1 AND t.kind = $2 WHERE patience.set IS NOT NULL
                FOR NO KEY UPDATE OF t
                "#,
                id,
                kind,
                patience
            )
            .fetch_optional(connection)
            .await?;
        } else {
            sqlx::query!(
                r#"
                WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', $3, true) AS set)
                SELECT t.id FROM patience JOIN topics t ON t.id = ANY ($1) AND t.kind = $2 WHERE patience.set IS NOT NULL
                ORDER BY t.id FOR NO KEY UPDATE OF t
                "#,
                ids,
                kind,
                patience
            )
            .fetch_all(connection)
            .await?;
        }
        Ok(())
    }

    /// As [`Self::lock_users`] of one, but false at once when somebody else holds it.
    pub async fn try_lock_user(&mut self, user_id: UserId) -> sqlx::Result<bool> {
        let locked = sqlx::query!("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", user_id)
            .fetch_optional(&mut *self.transaction)
            .await?;
        if locked.is_some() {
            self.held.add_users(&[user_id]);
        }
        Ok(locked.is_some())
    }

    /// Lets go of everything that was locked, to lock something else. Nothing may have been changed.
    pub async fn let_go(&mut self) -> sqlx::Result<()> {
        sqlx::query!("ROLLBACK AND CHAIN").execute(&mut *self.transaction).await?;
        self.held = Held::default();
        self.turns.clear();
        Ok(())
    }

    /// Makes the topic of a new project or user.
    pub async fn create_topic(&mut self, topic: Topic) -> sqlx::Result<()> {
        sqlx::query!("INSERT INTO topics (id, kind) VALUES ($1, $2)", topic.id(), topic.kind())
            .execute(&mut *self.transaction)
            .await?;
        self.held.add_new(topic);
        Ok(())
    }

    /// Writes down what happens to a project as its next revision, or what a user is to be told of with the commit.
    pub async fn record(
        &mut self,
        topic: Topic,
        kind: EventKind,
        data: &(impl Serialize + Sync),
    ) -> anyhow::Result<()> {
        let data = serde_json::to_value(data)?;
        match topic {
            Topic::Project(id) => self.record_for_project(id, kind, vec![data]).await,
            Topic::User(user_id) => {
                self.for_users.push(UserEvent { user_id, kind, data });
                Ok(())
            }
        }
    }

    /// The same of one kind for each of these users.
    pub fn record_for_users(
        &mut self,
        kind: EventKind,
        data: &[(UserId, impl Serialize + Sync)],
    ) -> anyhow::Result<()> {
        for (user_id, data) in data {
            self.for_users.push(UserEvent { user_id: *user_id, kind, data: serde_json::to_value(data)? });
        }
        Ok(())
    }

    /// The same of one kind of several things of a project, each as a revision of its own, by one statement.
    pub async fn record_each(
        &mut self,
        project_id: ProjectId,
        kind: EventKind,
        data: &[impl Serialize + Sync],
    ) -> anyhow::Result<()> {
        let data = data.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        self.record_for_project(project_id, kind, data).await
    }

    /// For webhooks of the project messages are queued that refer to the events, with the same time, in the same statement.
    async fn record_for_project(&mut self, id: ProjectId, kind: EventKind, data: Vec<Value>) -> anyhow::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.held.add_projects(&[id]);
        let written = sqlx::query!(
            r#"
            WITH given AS MATERIALIZED (SELECT * FROM unnest($3::jsonb[]) WITH ORDINALITY AS g (data, place)),
            topic AS (
                UPDATE topics SET revision = revision + cardinality($3) WHERE id = $1
                RETURNING id, revision - cardinality($3) AS before
            ),
            event AS (
                INSERT INTO events (topic_id, revision, kind, data, actor_id)
                SELECT topic.id, topic.before + given.place, $2, given.data, $4 FROM topic, given ORDER BY given.place
                RETURNING revision, at
            ),
            queued AS (
                INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, event_revision, payload)
                SELECT gen_random_uuid(), 'project:' || topic.id || '@' || topic.before + given.place, w.id::text, $5, $2, w.id,
                       topic.before + given.place,
                       jsonb_build_object('id', given.data -> 'id', 'project_id', topic.id, 'revision', topic.before + given.place,
                                          'actor_id', $4::uuid)
                FROM topic JOIN webhooks w ON w.project_id = topic.id
                JOIN projects p ON p.id = w.project_id JOIN users owner ON owner.id = p.owner_id
                CROSS JOIN given
                WHERE w.is_active AND owner.disabled_at IS NULL AND (w.events = '{}' OR $2 = ANY (w.events))
                ON CONFLICT (event_key, recipient, channel) DO NOTHING
                RETURNING id
            )
            SELECT revision, at, EXISTS (SELECT FROM queued) AS "queued!" FROM event ORDER BY revision
            "#,
            id,
            kind.as_str(),
            &data,
            self.actor,
            Channel::Webhook as Channel,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.wakes_workers |= written.iter().any(|event| event.queued);
        self.events.extend(written.into_iter().zip(data).map(|(event, data)| Event {
            topic: Topic::Project(id),
            revision: event.revision,
            kind: kind.as_str().to_owned(),
            data,
            actor: self.actor,
            at: event.at,
        }));
        Ok(())
    }

    /// The same of one kind in several projects, each once and with what it is told of itself, by one statement. They are locked.
    pub async fn record_in_projects(
        &mut self,
        kind: EventKind,
        data: &[(ProjectId, impl Serialize + Sync)],
    ) -> anyhow::Result<()> {
        let ids: Vec<ProjectId> = data.iter().map(|(id, _)| *id).collect();
        let values = data.iter().map(|(_, data)| serde_json::to_value(data)).collect::<Result<Vec<_>, _>>()?;
        if ids.is_empty() {
            return Ok(());
        }
        self.held.add_projects(&ids);
        // As in `record_for_project`, whose statement for one project is planned once and not each time anew.
        let written = sqlx::query!(
            r#"
            WITH topic AS (
                UPDATE topics t SET revision = t.revision + 1
                FROM unnest($2::uuid[], $3::jsonb[]) AS given (project_id, data) WHERE t.id = given.project_id
                RETURNING t.id, t.revision, given.data
            ),
            event AS (
                INSERT INTO events (topic_id, revision, kind, data, actor_id) SELECT id, revision, $1, data, $4 FROM topic
                RETURNING topic_id, revision, data, at
            ),
            queued AS (
                INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, event_revision, payload)
                SELECT gen_random_uuid(), 'project:' || topic.id || '@' || topic.revision, w.id::text, $5, $1, w.id, topic.revision,
                       jsonb_build_object('id', topic.data -> 'id', 'project_id', topic.id, 'revision', topic.revision,
                                          'actor_id', $4::uuid)
                FROM topic JOIN webhooks w ON w.project_id = topic.id
                JOIN projects p ON p.id = w.project_id JOIN users owner ON owner.id = p.owner_id
                WHERE w.is_active AND owner.disabled_at IS NULL AND (w.events = '{}' OR $1 = ANY (w.events))
                ON CONFLICT (event_key, recipient, channel) DO NOTHING
                RETURNING id
            )
            SELECT topic_id AS "topic_id: ProjectId", revision, data, at, EXISTS (SELECT FROM queued) AS "queued!"
            FROM event ORDER BY topic_id
            "#,
            kind.as_str(),
            &ids,
            &values,
            self.actor,
            Channel::Webhook as Channel,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.wakes_workers |= written.iter().any(|event| event.queued);
        self.events.extend(written.into_iter().map(|event| Event {
            topic: Topic::Project(event.topic_id),
            revision: event.revision,
            kind: kind.as_str().to_owned(),
            data: event.data,
            actor: self.actor,
            at: event.at,
        }));
        Ok(())
    }

    /// Gives the feeds of all who are told of something their next revisions, each user's in the order in which they were recorded.
    async fn write_for_users(&mut self) -> sqlx::Result<()> {
        let told = std::mem::take(&mut self.for_users);
        if told.is_empty() {
            return Ok(());
        }
        let users: Vec<UserId> = told.iter().map(|event| event.user_id).collect();
        let distinct: Vec<UserId> = users.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        self.lock_users(&distinct).await?;
        let kinds: Vec<String> = told.iter().map(|event| event.kind.as_str().to_owned()).collect();
        let values: Vec<Value> = told.into_iter().map(|event| event.data).collect();
        let written = sqlx::query!(
            r#"
            WITH given AS MATERIALIZED (
                SELECT g.*, row_number() OVER (PARTITION BY g.user_id ORDER BY g.number) AS place
                FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) WITH ORDINALITY AS g (user_id, kind, data, number)
            ),
            topic AS (
                UPDATE topics t SET revision = t.revision + counted.events
                FROM (SELECT user_id, count(*) AS events FROM given GROUP BY user_id) counted WHERE t.id = counted.user_id
                RETURNING t.id, t.revision - counted.events AS before
            )
            INSERT INTO events (topic_id, revision, kind, data, actor_id)
            SELECT topic.id, topic.before + given.place, given.kind, given.data, $4
            FROM given JOIN topic ON topic.id = given.user_id ORDER BY given.number
            RETURNING topic_id AS "topic_id: UserId", revision, kind, data, at
            "#,
            &users,
            &kinds,
            &values,
            self.actor,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.events.extend(written.into_iter().map(|event| Event {
            topic: Topic::User(event.topic_id),
            revision: event.revision,
            kind: event.kind,
            data: event.data,
            actor: self.actor,
            at: event.at,
        }));
        Ok(())
    }

    /// The user has got a project from somebody else: it counts for their quota.
    pub fn count_project_of(&mut self, user_id: UserId) {
        self.new_owners.push(user_id);
    }

    /// So many rows have changed without an event of their own: they count for what the actor writes in a day.
    pub fn count_touched(&mut self, rows: u64) {
        self.touched += rows;
    }

    /// Workers are told after the commit that there is something to do.
    pub fn wake_workers(&mut self) {
        self.wakes_workers = true;
    }

    /// Refuses what is above a quota; nothing was changed then.
    pub async fn commit(mut self, bus: &Bus) -> Result<(), Refusal> {
        self.write_for_users().await?;
        let mut added = added::by(&self.events, self.actor, self.touched);
        added.projects.extend(&self.new_owners);
        bus.quotas().check(&mut self.transaction, self.actor, &added).await?;
        bus.backlog().hold_back(&mut self.transaction, &self.events).await?;
        bus.announce_pending(&self.events).await;
        request_context::set_committed();
        db::commit(self.transaction).await?;
        bus.publish(self.events);
        if self.wakes_workers {
            bus.worker_signal().notify();
        }
        Ok(())
    }
}
