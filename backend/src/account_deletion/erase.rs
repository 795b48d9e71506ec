//! Erases an account in idempotent steps. Each resumes where the previous one ended, so a killed worker's job can be taken over.

use serde_json::json;
use sqlx::PgPool;

use super::{hand_over, store};
use crate::{
    account_deletion::Parts,
    auth,
    db::{self, in_steps},
    erasure,
    events::{Change, EventKind, Topic},
    id::UserId,
    projects::{member_store, ownership},
};

/// Deletes an account with everything that names the person. It cannot be undone after the first step, so confirm with the person before.
/// Takes as long as needed, but holds no lock for long.
pub async fn erase_account(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    begin(state, user_id).await?;
    erase_begun(state, user_id).await
}

/// Like [`erase_account`], for an account whose grace period is over, unless its deletion was cancelled.
pub async fn erase_due(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    let mut change = Change::begin(&state.db, None).await?;
    change.lock_users(&[user_id]).await?;
    if !store::begin_due(change.connection(), user_id).await? {
        return Ok(());
    }
    end_sessions(state, change, user_id).await?;
    erase_begun(state, user_id).await
}

async fn erase_begun(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    hand_over::all(state, user_id).await?;
    erasure::purge_projects(&state.db).await?;
    leave_projects(state, user_id).await?;
    unname(&state.db, user_id).await?;
    erasure::forget_person(&state.db, user_id).await?;
    drop_address_mails(&state.db, user_id).await?;
    drop_own(&state.db, user_id).await?;
    finish(&state.db, user_id).await?;
    // Texts of rows that were deleted with it.
    erasure::run_once(&state.db).await?;
    tracing::info!(%user_id, "an account was erased");
    Ok(())
}

/// Nobody can sign in any more.
pub async fn begin(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    let mut change = Change::begin(&state.db, None).await?;
    change.lock_users(&[user_id]).await?;
    store::begin(change.connection(), user_id).await?;
    end_sessions(state, change, user_id).await
}

/// The new owner decides again where webhooks send to. Also commits.
async fn end_sessions(state: &Parts, mut change: Change, user_id: UserId) -> anyhow::Result<()> {
    ownership::webhooks::pause(change.connection(), user_id).await?;
    let ended = auth::store::end_other_sessions(change.connection(), user_id, None, "ended_by_user").await?;
    let ended: Vec<_> = ended.into_iter().map(|session_id| json!({ "id": session_id })).collect();
    for session in &ended {
        change.record(Topic::User(user_id), EventKind::SessionEnded, session).await?;
    }
    change.commit(&state.bus).await?;
    Ok(())
}

/// Leaves projects owned by others.
async fn leave_projects(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    let shared = sqlx::query_scalar!(
        "SELECT project_id FROM project_members WHERE user_id = $1 AND role <> 'owner' ORDER BY project_id",
        user_id
    )
    .fetch_all(&state.db)
    .await?;
    for project_id in shared {
        let mut change = Change::begin(&state.db, None).await?;
        change.lock_projects(&[project_id]).await?;
        member_store::remove(change.connection(), project_id, user_id).await?;
        change.record(Topic::Project(project_id), EventKind::MemberRemoved, &json!({ "user_id": user_id })).await?;
        change.commit(&state.bus).await?;
    }
    Ok(())
}

/// Anonymises what they wrote or did.
async fn unname(db: &PgPool, user_id: UserId) -> sqlx::Result<()> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "UPDATE tasks SET created_by = NULL WHERE id IN (SELECT id FROM tasks WHERE created_by = $1 LIMIT $2)",
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "UPDATE notifications SET actor_id = NULL WHERE id IN (SELECT id FROM notifications WHERE actor_id = $1 LIMIT $2)",
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    Ok(())
}

/// Deletes large amounts of personal rows first; the rest is deleted with the user's row.
async fn drop_own(db: &PgPool, user_id: UserId) -> sqlx::Result<()> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM refresh_tokens WHERE token_hash IN (
                SELECT t.token_hash FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id WHERE s.user_id = $1 LIMIT $2
            )
            "#,
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM events WHERE (topic_id, revision) IN (SELECT topic_id, revision FROM events WHERE topic_id = $1 ORDER BY revision LIMIT $2)",
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE user_id = $1 LIMIT $2)",
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE user_id = $1 LIMIT $2)",
            user_id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    Ok(())
}

/// Mails that asked new addresses for confirmation; they are not addressed to an account.
async fn drop_address_mails(db: &PgPool, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        DELETE FROM deliveries d USING address_changes c
        WHERE c.user_id = $1 AND d.event_key IN ('account.change_address:' || c.id, 'account.address_changed:' || c.id)
        "#,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes the account itself and records that it was erased.
async fn finish(db: &PgPool, user_id: UserId) -> anyhow::Result<()> {
    let mut transaction = db::begin(db).await?;
    sqlx::query!("SELECT id FROM topics WHERE id = $1 FOR UPDATE", user_id).fetch_optional(&mut *transaction).await?;
    sqlx::query!("DELETE FROM users WHERE id = $1", user_id).execute(&mut *transaction).await?;
    sqlx::query!("DELETE FROM topics WHERE id = $1", user_id).execute(&mut *transaction).await?;
    sqlx::query!("INSERT INTO erased_accounts (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING", user_id)
        .execute(&mut *transaction)
        .await?;
    db::commit(transaction).await?;
    Ok(())
}
