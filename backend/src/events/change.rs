//! A write: one transaction that locks the topics it touches, changes rows, records events, and publishes them after the commit. Nothing
//! uncommitted is ever published.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::{
    Bus, Event, EventKind, Topic, added,
    held::Held,
    pending_notice::{MembershipChange, Pending, PendingNotice},
};
use crate::{
    db::{self, Refusal},
    http::{lock_turns::Turn, request_context},
    id::{Id, ProjectId, UserId},
};

/// A request that waits this long for a lock releases its connection; longer than `deadlock_timeout`. Background work waits up to the
/// statement timeout.
const LOCK_PATIENCE: &str = "2s";

/// All topics of a change are locked in one order: projects, then users, each by id, so writes never deadlock. Events for users are
/// collected until the commit and written together, which locks all their feeds in one statement. A change that must lock users earlier
/// (for example their project order) locks all it will need at once.
pub struct Change {
    transaction: Transaction<'static, Postgres>,
    actor: Option<UserId>,
    events: Vec<Event>,
    for_users: Vec<UserEvent>,
    held: Held,
    /// Turns for the locked projects.
    turns: Vec<Turn>,
    /// Rows changed without their own event.
    touched: u64,
    /// The new owner of a project, if no event says so.
    new_owners: Vec<UserId>,
    /// Notices to be stored with the next event of their project.
    pending: Pending,
    has_pending_notices: bool,
    wakes_workers: bool,
}

/// An event for a user's feed, recorded at the commit.
struct UserEvent {
    user_id: UserId,
    kind: EventKind,
    data: Value,
    actor: Option<UserId>,
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
            pending: Pending::default(),
            has_pending_notices: false,
            wakes_workers: false,
        })
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Locks these projects against other writers. Call before making a decision based on what was read.
    pub async fn lock_projects(&mut self, ids: &[ProjectId]) -> sqlx::Result<()> {
        self.held.add_projects(ids);
        let turns = request_context::take_turns(ids, &self.turns).map_err(|_| db::no_turn())?;
        self.turns.extend(turns);
        self.lock(ids, "project").await
    }

    /// Locks these users' own data and feeds. Call after locking projects.
    pub async fn lock_users(&mut self, ids: &[UserId]) -> sqlx::Result<()> {
        self.held.add_users(ids);
        self.lock(ids, "user").await
    }

    async fn lock<K>(&mut self, ids: &[Id<K>], kind: &str) -> sqlx::Result<()> {
        let connection = &mut *self.transaction;
        let patience = if request_context::is_there() { LOCK_PATIENCE } else { "0" };
        // The timeout is set in the same statement, before locking: this happens with the rows of the join.
        if let [id] = ids {
            // PostgreSQL would replan the statement for several projects each time.
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

    /// Like [`Self::lock_users`] for one user, but returns false immediately if somebody else holds it.
    pub async fn try_lock_user(&mut self, user_id: UserId) -> sqlx::Result<bool> {
        let locked = sqlx::query!("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", user_id)
            .fetch_optional(&mut *self.transaction)
            .await?;
        if locked.is_some() {
            self.held.add_users(&[user_id]);
        }
        Ok(locked.is_some())
    }

    /// Releases all locks, to lock something else. Nothing may have been changed.
    pub async fn let_go(&mut self) -> sqlx::Result<()> {
        sqlx::query!("ROLLBACK AND CHAIN").execute(&mut *self.transaction).await?;
        self.held = Held::default();
        self.turns.clear();
        Ok(())
    }

    /// Creates the topic of a new project or user.
    pub async fn create_topic(&mut self, topic: Topic) -> sqlx::Result<()> {
        sqlx::query!("INSERT INTO topics (id, kind) VALUES ($1, $2)", topic.id(), topic.kind())
            .execute(&mut *self.transaction)
            .await?;
        self.held.add_new(topic);
        Ok(())
    }

    /// Records a project event as its next revision, or an event for a user's feed at the commit.
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
                self.for_users.push(UserEvent { user_id, kind, data, actor: self.actor });
                Ok(())
            }
        }
    }

    /// Records the same kind for each of these users.
    pub fn record_for_users(
        &mut self,
        kind: EventKind,
        data: &[(UserId, impl Serialize + Sync)],
    ) -> anyhow::Result<()> {
        for (user_id, data) in data {
            let data = serde_json::to_value(data)?;
            self.for_users.push(UserEvent { user_id: *user_id, kind, data, actor: self.actor });
        }
        Ok(())
    }

    /// Records the same kind for several objects of a project, each with its own revision, in one statement.
    pub async fn record_each(
        &mut self,
        project_id: ProjectId,
        kind: EventKind,
        data: &[impl Serialize + Sync],
    ) -> anyhow::Result<()> {
        let data = data.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        self.record_for_project(project_id, kind, data).await
    }

    /// Adds a notice for after the commit, stored with the next event recorded for the project.
    pub fn tell(&mut self, project_id: ProjectId, notice: PendingNotice) {
        self.pending.add(project_id, notice);
    }

    /// All members except the actor get an event about their membership after the commit; stored with the next event of the project.
    pub fn tell_membership(&mut self, project_id: ProjectId, change: MembershipChange) {
        self.pending.set_membership(project_id, change);
    }

    /// Sets the actor of what is recorded from now on.
    pub fn act_as(&mut self, actor: Option<UserId>) {
        self.actor = actor;
    }

    /// The same statement stores the events' notices, if there is another member or a webhook to notify.
    async fn record_for_project(&mut self, id: ProjectId, kind: EventKind, data: Vec<Value>) -> anyhow::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.held.add_projects(&[id]);
        let told = self.pending.take(id);
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
            audience AS MATERIALIZED (
                SELECT $7 AND EXISTS (SELECT FROM project_members m WHERE m.project_id = $1 AND m.user_id IS DISTINCT FROM $4)
                       OR EXISTS (
                           SELECT FROM unnest($8::uuid[]) AS p (user_id) JOIN project_members m ON m.project_id = $1 AND m.user_id = p.user_id
                           WHERE p.user_id IS DISTINCT FROM $4
                       )
                       OR EXISTS (SELECT FROM task_watchers w WHERE w.task_id = $9 AND w.user_id IS DISTINCT FROM $4) AS is_there
            ),
            hook AS MATERIALIZED (
                SELECT EXISTS (
                    SELECT FROM webhooks w JOIN projects p ON p.id = w.project_id JOIN users owner ON owner.id = p.owner_id
                    WHERE w.project_id = $1 AND w.is_active AND owner.disabled_at IS NULL AND (w.events = '{}' OR $2 = ANY (w.events))
                ) AS is_there
            ),
            pending AS (
                INSERT INTO pending_notices (topic_id, revision, actor_id, notices, membership)
                SELECT topic.id, topic.before + given.place, $4, CASE WHEN told.first THEN $5::jsonb ELSE '[]' END,
                       CASE WHEN told.first THEN $6::text END
                FROM topic CROSS JOIN given CROSS JOIN audience CROSS JOIN hook
                CROSS JOIN LATERAL (SELECT given.place = 1 AND audience.is_there AS first) AS told
                WHERE hook.is_there OR told.first
                RETURNING revision
            )
            SELECT revision, at, EXISTS (SELECT FROM pending) AS "pending!" FROM event ORDER BY revision
            "#,
            id,
            kind.as_str(),
            &data,
            self.actor,
            told.notices()?,
            told.membership as Option<MembershipChange>,
            told.concerns_members(),
            &told.people(),
            told.watched_task(),
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.has_pending_notices |= written.iter().any(|event| event.pending);
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

    /// Records the same kind in several locked projects, once each with its own data, in one statement.
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
        // As in `record_for_project`, whose statement for one project is planned once instead of each time.
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
            pending AS (
                INSERT INTO pending_notices (topic_id, revision, actor_id)
                SELECT topic.id, topic.revision, $4 FROM topic
                WHERE EXISTS (
                    SELECT FROM webhooks w JOIN projects p ON p.id = w.project_id JOIN users owner ON owner.id = p.owner_id
                    WHERE w.project_id = topic.id AND w.is_active AND owner.disabled_at IS NULL
                      AND (w.events = '{}' OR $1 = ANY (w.events))
                )
                RETURNING revision
            )
            SELECT topic_id AS "topic_id: ProjectId", revision, data, at, EXISTS (SELECT FROM pending) AS "pending!"
            FROM event ORDER BY topic_id
            "#,
            kind.as_str(),
            &ids,
            &values,
            self.actor,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.has_pending_notices |= written.iter().any(|event| event.pending);
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

    /// Gives all affected feeds their next revisions, each user's in recording order.
    async fn write_for_users(&mut self) -> sqlx::Result<()> {
        let told = std::mem::take(&mut self.for_users);
        if told.is_empty() {
            return Ok(());
        }
        let users: Vec<UserId> = told.iter().map(|event| event.user_id).collect();
        let distinct: Vec<UserId> = users.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        self.lock_users(&distinct).await?;
        let kinds: Vec<String> = told.iter().map(|event| event.kind.as_str().to_owned()).collect();
        let actors: Vec<Option<UserId>> = told.iter().map(|event| event.actor).collect();
        let values: Vec<Value> = told.into_iter().map(|event| event.data).collect();
        let written = sqlx::query!(
            r#"
            WITH given AS MATERIALIZED (
                SELECT g.*, row_number() OVER (PARTITION BY g.user_id ORDER BY g.number) AS place
                FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::uuid[]) WITH ORDINALITY AS g (user_id, kind, data, actor_id, number)
            ),
            topic AS (
                UPDATE topics t SET revision = t.revision + counted.events
                FROM (SELECT user_id, count(*) AS events FROM given GROUP BY user_id) counted WHERE t.id = counted.user_id
                RETURNING t.id, t.revision - counted.events AS before
            )
            INSERT INTO events (topic_id, revision, kind, data, actor_id)
            SELECT topic.id, topic.before + given.place, given.kind, given.data, given.actor_id
            FROM given JOIN topic ON topic.id = given.user_id ORDER BY given.number
            RETURNING topic_id AS "topic_id: UserId", revision, kind, data, actor_id, at
            "#,
            &users,
            &kinds,
            &values,
            &actors as &[Option<UserId>],
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        self.events.extend(written.into_iter().map(|event| Event {
            topic: Topic::User(event.topic_id),
            revision: event.revision,
            kind: event.kind,
            data: event.data,
            actor: event.actor_id,
            at: event.at,
        }));
        Ok(())
    }

    /// The user has received a project: it counts for their quota.
    pub fn count_project_of(&mut self, user_id: UserId) {
        self.new_owners.push(user_id);
    }

    /// These rows changed without their own event: they count for the actor's daily quota.
    pub fn count_touched(&mut self, rows: u64) {
        self.touched += rows;
    }

    /// Wakes workers after the commit.
    pub fn wake_workers(&mut self) {
        self.wakes_workers = true;
    }

    /// Refuses changes above a quota; nothing is changed then.
    pub async fn commit(mut self, bus: &Bus) -> Result<(), Refusal> {
        self.pending.complain_unless_taken();
        self.write_for_users().await?;
        let mut added = added::by(&self.events, self.actor, self.touched);
        added.projects.extend(&self.new_owners);
        bus.quotas().check(&mut self.transaction, self.actor, &added).await?;
        bus.announce_pending(&self.events).await;
        request_context::set_committed();
        db::commit(self.transaction).await?;
        bus.publish(self.events);
        if self.has_pending_notices {
            bus.notice_signal().notify();
        }
        if self.wakes_workers {
            bus.worker_signal().notify();
        }
        Ok(())
    }
}
