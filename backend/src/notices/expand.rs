//! One transaction: as many rows of one project as fit, and as many people of the last row as fit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::PgConnection;

use super::{
    Parts,
    audience::{self, Reader},
    store::{self, Row},
};
use crate::{
    db::Refusal,
    events::{Bus, Change, EventKind, MembershipChange, PendingNotice, bytes_of_told},
    id::{ProjectId, TaskId, UserId},
    notifications::{Notice, Origin, notify_each},
    outbox::{back_off, contain::may_pass},
    panics, projects, webhooks,
};

/// Maximum number of people per transaction, which keeps their feeds locked.
const PEOPLE: usize = 500;
/// Maximum number of rows per transaction; most concern few people.
const ROWS: i64 = 50;
/// About two minutes in total; then the following rows continue.
const MAX_ATTEMPTS: i32 = 7;

/// A row and its share of this transaction.
struct Step {
    row: Row,
    notices: Vec<PendingNotice>,
    readers: Vec<Reader>,
    /// Nobody is left after these readers.
    is_last: bool,
}

/// Notifies the next people of a project that no other process is working on; false if there is none.
pub async fn tell_some(parts: &Parts) -> anyhow::Result<bool> {
    let mut change = Change::begin(&parts.db, None).await?;
    let rows = store::claim(change.connection(), ROWS).await?;
    let Some((project_id, mut at)) = rows.first().map(|row| (row.project_id, row.revision)) else { return Ok(false) };
    let told = match panics::catch(tell(&mut change, &parts.bus, rows, &mut at)).await {
        Ok(Ok(told)) => match change.commit(&parts.bus).await {
            Ok(()) => Ok(told),
            Err(Refusal::Database(error)) => Err(error.into()),
            Err(Refusal::Quota(refusal)) => Err(refusal.into()),
        },
        Ok(Err(error)) => {
            drop(change);
            Err(error)
        }
        Err(panic) => {
            drop(change);
            Err(anyhow::anyhow!("the program failed at it, please report this: {panic}"))
        }
    };
    match told {
        Ok(told) => {
            metrics::counter!("todo_notices_told_total").increment(told.values().sum());
            for (actor, people) in told {
                parts.bus.quotas().count_bytes(actor, bytes_of_told(people)).await;
            }
            Ok(true)
        }
        // The outcome is unknown, or the row is not to blame. Whatever was not committed is still queued.
        Err(error) if may_pass(&error) => Err(error),
        Err(error) => {
            fail(parts, project_id, at, &format!("{error:#}")).await?;
            Ok(true)
        }
    }
}

/// Returns how many people were notified of each actor's changes; `at` is the revision of the current row.
async fn tell(change: &mut Change, bus: &Bus, rows: Vec<Row>, at: &mut i64) -> anyhow::Result<BTreeMap<UserId, u64>> {
    let project_id = rows[0].project_id;
    let mut steps = next_steps(change.connection(), rows, at).await?;
    let there = hold(change.connection(), &steps).await?;
    if !there.project {
        // It is being deleted permanently.
        let done: Vec<i64> = steps.iter().map(|step| step.row.revision).collect();
        store::advance(change.connection(), project_id, &done, None).await?;
        return Ok(BTreeMap::new());
    }
    let people: BTreeSet<UserId> =
        steps.iter().flat_map(|step| step.readers.iter().map(|reader| reader.user_id)).collect();
    // All at once, in the order of their ids, and before any row that references them is written.
    change.lock_users(&people.into_iter().collect::<Vec<_>>()).await?;
    let new: Vec<i64> = steps.iter().filter(|step| !step.row.webhooks_queued).map(|step| step.row.revision).collect();
    webhooks::insert_for_events(change, bus, project_id, &new).await?;
    let mut told = BTreeMap::new();
    for step in &mut steps {
        *at = step.row.revision;
        if step.row.actor_id.is_some_and(|actor| !there.actors.contains(&actor)) {
            step.row.actor_id = None;
        }
        change.act_as(step.row.actor_id);
        tell_of_membership(change, step).await?;
        for (number, pending) in step.notices.iter().enumerate() {
            if pending.task_id.is_some_and(|task| !there.tasks.contains(&task)) {
                continue; // deleted permanently, as its notifications would be
            }
            let origin = Origin { project_id, revision: step.row.revision, number, at: step.row.at };
            let notice = Notice::of_pending(pending, step.row.actor_id, origin)?;
            let readers = audience::of_notice(&step.readers, &pending.to);
            notify_each(change, &readers, &notice).await?;
        }
        if let Some(actor) = step.row.actor_id {
            *told.entry(actor).or_default() += step.readers.len() as u64;
        }
    }
    change.act_as(None);
    let done: Vec<i64> = steps.iter().filter(|step| step.is_last).map(|step| step.row.revision).collect();
    let begun = steps.iter().find(|step| !step.is_last);
    let begun = begun.and_then(|step| Some((step.row.revision, step.readers.last()?.user_id)));
    store::advance(change.connection(), project_id, &done, begun).await?;
    Ok(told)
}

async fn next_steps(db: &mut PgConnection, rows: Vec<Row>, at: &mut i64) -> anyhow::Result<Vec<Step>> {
    let (mut steps, mut free) = (Vec::new(), PEOPLE);
    for mut row in rows {
        *at = row.revision;
        let notices: Vec<PendingNotice> = serde_json::from_value(row.notices.take())?;
        let readers = audience::next(db, &row, &notices, i64::try_from(free).unwrap_or_default()).await?;
        let is_last = readers.len() < free;
        free -= readers.len();
        steps.push(Step { row, notices, readers, is_last });
        if free == 0 {
            break;
        }
    }
    Ok(steps)
}

/// Rows that will be referenced; they are locked, so they cannot be deleted before the commit.
struct There {
    project: bool,
    tasks: BTreeSet<TaskId>,
    actors: BTreeSet<UserId>,
}

async fn hold(db: &mut PgConnection, steps: &[Step]) -> sqlx::Result<There> {
    let tasks: BTreeSet<TaskId> =
        steps.iter().flat_map(|step| step.notices.iter().filter_map(|notice| notice.task_id)).collect();
    let actors: BTreeSet<UserId> = steps.iter().filter_map(|step| step.row.actor_id).collect();
    let (tasks, actors): (Vec<_>, Vec<_>) = (tasks.into_iter().collect(), actors.into_iter().collect());
    let held = sqlx::query!(
        r#"
        WITH project AS MATERIALIZED (SELECT id FROM projects WHERE id = $1 AND NOT erasing FOR KEY SHARE),
        task AS MATERIALIZED (SELECT id FROM tasks WHERE id = ANY ($2) ORDER BY id FOR KEY SHARE),
        actor AS MATERIALIZED (SELECT id FROM users WHERE id = ANY ($3) ORDER BY id FOR KEY SHARE)
        SELECT EXISTS (SELECT FROM project) AS "project!", ARRAY(SELECT id FROM task) AS "tasks!: Vec<TaskId>", ARRAY(SELECT id FROM actor) AS "actors!: Vec<UserId>"
        "#,
        steps[0].row.project_id,
        &tasks,
        &actors
    )
    .fetch_one(db)
    .await?;
    Ok(There {
        project: held.project,
        tasks: held.tasks.into_iter().collect(),
        actors: held.actors.into_iter().collect(),
    })
}

/// Records that a project was restored, as each member sees it, or that it is gone. If it has gone again meanwhile, a later row says so.
async fn tell_of_membership(change: &mut Change, step: &Step) -> anyhow::Result<()> {
    let Some(membership) = step.row.membership else { return Ok(()) };
    let (project_id, members) = (step.row.project_id, step.readers.iter().map(|reader| reader.user_id));
    match membership {
        MembershipChange::Left => {
            let left: Vec<_> = members.map(|member| (member, json!({ "id": project_id }))).collect();
            change.record_for_users(EventKind::ProjectLeft, &left)
        }
        MembershipChange::Joined => {
            let members: Vec<UserId> = members.collect();
            let theirs = projects::store::list_for_members(change.connection(), project_id, &members).await?;
            change.record_for_users(EventKind::ProjectJoined, &theirs)
        }
    }
}

/// Schedules a retry after a pause, or gives up.
async fn fail(parts: &Parts, project_id: ProjectId, revision: i64, error: &str) -> sqlx::Result<()> {
    let attempts = store::count_attempt(&parts.db, project_id, revision, error).await?;
    let again_in = (attempts < MAX_ATTEMPTS).then(|| back_off::delay(attempts, true));
    let parked = again_in.is_none();
    tracing::error!(%project_id, revision, attempts, parked, error, "people could not be notified of a change");
    metrics::counter!("todo_notices_failed_total").increment(1);
    store::put_off(&parts.db, project_id, revision, again_in).await
}
