//! The first administrator of an installation. While there is none, a setup code is stored in the database and printed by every server at
//! startup; whoever enters it becomes the administrator. It is random and not derived from a secret, so all servers share it and it
//! survives rotations. It works once and is deleted with its use.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{Json, extract::State};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use crate::{
    accounts::Parts,
    auth::{Caller, LOST_ANSWER, token::hash_refresh_token as hash},
    error::{ApiError, ApiResult, FieldProblem, Forbidden},
    events::{Change, EventKind, Topic},
    http::{
        client_address::ClientInfo,
        extract::{Json as Input, ShortJson},
    },
    id::UserId,
    supervisor::Supervisor,
    telemetry::traces::{self, Work},
    users::{self, model::Profile},
};

/// Without look-alike characters. 15 of these 32 are 75 bits: nobody can guess it, whatever the rate limits.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH: usize = 15;
const GROUP: usize = 5;
/// How often a server checks whether an administrator exists.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN_LATER: Duration = Duration::from_secs(300);

/// Whether the last check found no administrator.
#[derive(Debug, Default)]
pub struct NeedsAdministrator(AtomicBool);

impl NeedsAdministrator {
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, needed: bool) {
        self.0.store(needed, Ordering::Relaxed);
    }
}

/// Prints the code while there is no administrator. This can happen later too: a restore can go back before the first one.
pub fn start(state: Parts, supervisor: &Supervisor) {
    supervisor.spawn("setup_code", move || {
        let state = state.clone();
        async move {
            let mut printed = false;
            loop {
                let pause = match traces::run(Work::Task, "setup_code", look(&state, &mut printed)).await {
                    Some(false) => LOOK_AGAIN_LATER,
                    Some(true) | None => LOOK_AGAIN,
                };
                if state.draining.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                    return;
                }
            }
        }
    });
}

/// Whether an administrator is needed; `None` if the database does not answer.
async fn look(state: &Parts, printed: &mut bool) -> Option<bool> {
    match code(&state.db).await {
        Ok(code) => {
            state.setup.set(code.is_some());
            if let Some(code) = code.as_deref().filter(|_| !*printed) {
                tracing::warn!(
                    code,
                    "this installation has no administrator yet: create an account and enter this code in its profile"
                );
            }
            *printed = code.is_some();
            Some(code.is_some())
        }
        Err(error) => {
            tracing::debug!(%error, "checking for an administrator failed");
            None
        }
    }
}

/// The code, created if missing; `None` if there is an administrator.
pub async fn code(db: &PgPool) -> sqlx::Result<Option<String>> {
    sqlx::query!(
        r#"
        INSERT INTO setup_code (code) SELECT $1 WHERE NOT EXISTS (SELECT FROM users WHERE is_admin) ON CONFLICT DO NOTHING
        "#,
        new_code()
    )
    .execute(db)
    .await?;
    sqlx::query_scalar!("SELECT code FROM setup_code WHERE NOT EXISTS (SELECT FROM users WHERE is_admin)")
        .fetch_optional(db)
        .await
}

/// Locks it, so that of two concurrent requests only one succeeds.
async fn lock_code(db: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT code FROM setup_code WHERE NOT EXISTS (SELECT FROM users WHERE is_admin) FOR UPDATE")
        .fetch_optional(db)
        .await
}

async fn use_up(db: &mut PgConnection, user_id: UserId, code_hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM setup_code").execute(&mut *db).await?;
    sqlx::query!(
        r#"
        INSERT INTO used_setup_code (code_hash, user_id) VALUES ($1, $2)
        ON CONFLICT (is_the_only_row) DO UPDATE
        SET code_hash = excluded.code_hash, user_id = excluded.user_id, used_at = excluded.used_at
        "#,
        code_hash,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The person who just became administrator with the same code: their answer may have been lost.
async fn just_claimed(db: &mut PgConnection, user_id: UserId, code_hash: &[u8]) -> sqlx::Result<Option<Profile>> {
    let is_theirs = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM used_setup_code
            WHERE code_hash = $1 AND user_id = $2 AND used_at > now() - make_interval(secs => $3)
        ) AS "is_theirs!"
        "#,
        code_hash,
        user_id,
        LOST_ANSWER.as_secs_f64(),
    )
    .fetch_one(&mut *db)
    .await?;
    if !is_theirs {
        return Ok(None);
    }
    Ok(users::store::find(db, user_id).await?.filter(|profile| profile.is_admin))
}

fn new_code() -> String {
    let letters = rand::random::<[u8; LENGTH]>().map(|byte| ALPHABET[usize::from(byte) % ALPHABET.len()]);
    letters.chunks(GROUP).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

/// Normalised for comparison: people omit dashes and use lower case.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_uppercase()).collect()
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"code": "7K2QX-MB4TD-9WHPE"}))]
pub struct SetupCode {
    #[garde(skip)]
    #[schema(value_type = String, pattern = r"^[^\u0000]*$")]
    code: SecretString,
}

/// Become the first administrator
///
/// With the setup code printed by the server at startup (also shown by `todo admin setup-code`). 403 once there is an administrator; the
/// person who just used the code gets the same answer for a minute, in case it was lost.
#[utoipa::path(post, path = "/setup/administrator", tag = "administration", request_body = SetupCode,
    responses((status = 200, body = Profile)))]
pub async fn claim(
    State(state): State<Parts>,
    caller: Caller,
    client: ClientInfo,
    Input(input): ShortJson<SetupCode>,
) -> ApiResult<Json<Profile>> {
    let (user_id, limits) = (caller.user_id, &state.config.limits);
    state.limiter.check("setup_address", &client.network(), limits.login_per_address).await?;
    state.limiter.check("setup_account", &user_id.to_string(), limits.login_per_account).await?;
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    let given = hash(&plain(input.code.expose_secret()));
    let Some(code) = lock_code(change.connection()).await? else {
        if let Some(profile) = just_claimed(change.connection(), user_id, &given).await? {
            return Ok(Json(profile));
        }
        return Err(ApiError::Forbidden(Forbidden::AdministratorExists));
    };
    // Comparing hashes, so that timing reveals nothing about the code.
    if hash(&plain(&code)) != given {
        return Err(ApiError::field("code", FieldProblem::WrongSetupCode));
    }
    let profile = users::store::set_admin(change.connection(), user_id, true).await?;
    use_up(change.connection(), user_id, &given).await?;
    change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    change.commit(&state.bus).await?;
    state.setup.set(false);
    tracing::warn!(%user_id, "this installation has its first administrator");
    Ok(Json(profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_new_each_time_and_read_however_it_is_typed() {
        let (one, other) = (new_code(), new_code());
        assert_ne!(one, other);
        assert_eq!((one.len(), plain(&one).len()), (17, 15));
        assert_eq!(plain(&format!(" {} ", one.to_lowercase().replace('-', " "))), plain(&one));
    }
}
