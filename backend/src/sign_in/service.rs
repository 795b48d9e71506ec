//! The rules of registration and sign-in, independent of HTTP: the command line and sample data use them too.

use anyhow::Context;
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

use super::{limits::Attempt, registration_store};
use crate::{
    account_deletion::{self, Pending},
    auth::{
        self, AccountMail,
        known_device::Device,
        password, store,
        token::{IssuedToken, RefreshToken},
    },
    db,
    error::{ApiError, FieldProblem, Unauthenticated},
    events::{Change, EventKind, Topic},
    http::client_address::ClientInfo,
    id::{Id, SessionId, UserId},
    notifications::{Notice, NotificationKind, notify},
    projects,
    sign_in::Parts,
    users::{
        self,
        model::{Language, Profile},
        store::NewUser,
    },
};

pub struct NewAccount {
    pub email: String,
    pub password: SecretString,
    pub name: String,
    pub language: Language,
    pub time_zone: String,
    pub is_admin: bool,
    /// Whether the address is confirmed: by an administrator, or by a mail to it.
    pub is_confirmed: bool,
}

/// RFC 5321, 4.5.3.1.3: a path has at most 256 characters, two of which are the brackets.
const MAX_EMAIL: usize = 254;

/// Tokens of a newly opened session.
pub struct OpenedSession {
    pub session_id: SessionId,
    pub access: IssuedToken,
    pub refresh_token: String,
}

/// Creates a user with a feed and an Inbox.
pub async fn create_account(state: &Parts, account: NewAccount) -> Result<Verified, ApiError> {
    let password_hash = hash_new_password(state, &account).await?;
    let id = Id::new();
    let mut change = Change::begin(&state.db, id).await?;
    let user = NewUser {
        id,
        email: account.email.trim(),
        name: account.name.trim(),
        password_hash: &password_hash,
        language: account.language,
        time_zone: &account.time_zone,
        is_admin: account.is_admin,
        is_confirmed: account.is_confirmed,
    };
    let profile = insert_account(&mut change, &user).await?;
    registration_store::void(change.connection(), user.email).await?;
    change.commit(&state.bus).await?;
    Ok(Verified { profile, password_hash })
}

/// The hash of an acceptable password.
pub(super) async fn hash_new_password(state: &Parts, account: &NewAccount) -> Result<String, ApiError> {
    let password = account.password.expose_secret().to_owned();
    password::check_length("password", &password, state.config.auth.password_min_length)?;
    let about = vec![account.email.clone(), account.name.clone(), "todo".to_owned()];
    password::check_strength(&state.off_runtime, "password", &password, about).await?;
    state.hasher.hash(password).await
}

pub(super) async fn insert_account(change: &mut Change, user: &NewUser<'_>) -> Result<Profile, ApiError> {
    let profile = users::store::insert(change.connection(), user)
        .await
        .map_err(|error| db::conflict(error, &[("users_email_key", "email", FieldProblem::AccountExists)]))?;
    change.create_topic(Topic::User(user.id)).await?;
    projects::store::insert_inbox(change, user.id).await?;
    tracing::info!(user_id = %user.id, "account created");
    Ok(profile)
}

/// Queues the confirmation mail; does nothing when mail is off.
pub async fn ask_for_confirmation(state: &Parts, change: &mut Change, user_id: UserId) -> sqlx::Result<()> {
    auth::queue_account_mail(&state.config, change, user_id, AccountMail::ConfirmEmail, serde_json::json!({})).await
}

/// Queues the notice that the password was changed, and from where.
pub async fn tell_of_new_password(
    state: &Parts,
    change: &mut Change,
    user_id: UserId,
    client: &ClientInfo,
) -> anyhow::Result<()> {
    tell_of_security(state, change, user_id, NotificationKind::PasswordChanged, client).await
}

/// In the app, and by mail to the account's address, confirmed or not.
async fn tell_of_security(
    state: &Parts,
    change: &mut Change,
    user_id: UserId,
    kind: NotificationKind,
    client: &ClientInfo,
) -> anyhow::Result<()> {
    let notice = Notice::security(kind, client);
    let mail = AccountMail::of_kind(kind.as_str()).context("a kind without a mail")?;
    auth::queue_account_mail(&state.config, change, user_id, mail, notice.data().clone()).await?;
    notify(change, user_id, notice).await
}

/// An authenticated user, and the hash that the password was compared with.
pub struct Verified {
    pub profile: Profile,
    password_hash: String,
}

impl Verified {
    /// For an account just created with that hash.
    pub(super) fn new(profile: Profile, password_hash: String) -> Self {
        Self { profile, password_hash }
    }
}

/// The user with this email address and password. Unknown accounts get the same answer in the same time.
pub async fn check_credentials(
    state: &Parts,
    client: &ClientInfo,
    device: &Device,
    email: &str,
    password: &SecretString,
) -> Result<Verified, ApiError> {
    let refused = ApiError::Unauthenticated(Unauthenticated::WrongCredentials);
    if email.len() > MAX_EMAIL || password.expose_secret().chars().count() > password::MAX_LENGTH {
        return Err(refused);
    }
    let account = account_of(email);
    let attempt = Attempt::begin(state, client, device, &account).await?;
    match find_verified(state, &account, password).await {
        Ok(None) => {
            metrics::counter!("todo_sign_ins_refused_total").increment(1);
            Err(refused)
        }
        Ok(Some(found)) => {
            attempt.take_back(state).await;
            // Revealed only to somebody who knows the password.
            if found.is_disabled {
                return Err(ApiError::AccountDisabled);
            }
            Ok(Verified { profile: found.profile, password_hash: found.password_hash })
        }
        Err(error) => {
            attempt.take_back(state).await;
            Err(error)
        }
    }
}

/// The account's identity for limits and devices.
pub fn account_of(email: &str) -> String {
    email.trim().to_lowercase()
}

async fn find_verified(
    state: &Parts,
    account: &str,
    password: &SecretString,
) -> Result<Option<store::Credentials>, ApiError> {
    let credentials = store::find_credentials(&state.reads, account).await?;
    let hash = credentials.as_ref().map(|found| found.password_hash.clone());
    let right = state.hasher.verify(password.expose_secret().to_owned(), hash).await?;
    Ok(credentials.filter(|_| right))
}

/// Opens a session for an authenticated user, unless the password has changed since. Above the quota the least recently used sessions end:
/// a sign-in must always be possible. An account about to be deleted opens none, unless that cancels the deletion.
pub async fn open_session(
    state: &Parts,
    client: &ClientInfo,
    verified: &Verified,
    keep_account: bool,
) -> Result<OpenedSession, ApiError> {
    let user_id = verified.profile.id;
    let session_id = Id::new();
    let refresh_token = RefreshToken::generate();
    let expires_at = Utc::now() + state.config.auth.session_ttl.min(state.config.auth.session_max);
    let mut change = Change::begin(&state.db, user_id).await?;
    let kept = if keep_account { Some(account_deletion::keep(&mut change, user_id).await?) } else { None };
    let is_new_device = store::insert_session(
        change.connection(),
        &store::NewSession {
            id: session_id,
            user_id,
            user_agent: &client.user_agent,
            ip_address: &client.address.to_string(),
            expires_at,
            refresh_token_hash: &refresh_token.hash,
            password_hash: &verified.password_hash,
        },
    )
    .await?
    .ok_or(ApiError::Unauthenticated(Unauthenticated::WrongCredentials))?;
    match account_deletion::pending_for_sign_in(&mut change, user_id, kept).await? {
        Pending::No => {}
        Pending::Until(due_at) => return Err(ApiError::AccountDeletion { due_at }),
        Pending::Begun => return Err(ApiError::Unauthenticated(Unauthenticated::WrongCredentials)),
    }
    if is_new_device {
        tell_of_security(state, &mut change, user_id, NotificationKind::NewSignIn, client).await?;
    }
    change.record(Topic::User(user_id), EventKind::SessionStarted, &serde_json::json!({ "id": session_id })).await?;
    let most = state.config.quotas.sessions_per_user;
    let ended =
        if most > 0 { store::make_room(change.connection(), user_id, session_id, most).await? } else { Vec::new() };
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    mark_seen(state, user_id).await;
    Ok(OpenedSession {
        session_id,
        access: state.tokens.issue(user_id, session_id, expires_at)?,
        refresh_token: refresh_token.plain,
    })
}

/// Records when the account was last used, without waiting on failure.
pub(super) async fn mark_seen(state: &Parts, user_id: UserId) {
    if let Err(error) = store::mark_seen(&state.db, user_id).await {
        tracing::warn!(%user_id, %error, "recording the use of an account failed");
    }
}
