//! A new address for an account. With mail on it counts once the link in a mail to it was used; the old one is told then, and can be taken
//! back for a week by the link in that mail, without a session: somebody may have taken the account over.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::{
    account_tokens::{self, Purpose},
    address_change_store as store, new_password,
    recovery_routes::ANOTHER_ACCOUNTS,
    registration_store,
};
use crate::{
    auth::{self, AccountMail},
    config::Config,
    db,
    error::{ApiError, ApiResult, FieldProblem},
    events::{Change, EventKind, Topic},
    id::{AddressChangeId, Id, UserId},
    outbox::{self, NewDelivery, Priority, Recipient, queue_mail},
    sign_in::Parts,
    signed_id::{self, Purpose as SignedPurpose},
    signer::Signer,
    users::{self, model::Profile},
};

/// The kind of the mail to the new address.
pub const CONFIRM_KIND: &str = "account.change_address";
/// The kind of the mail to the old one.
pub const CHANGED_KIND: &str = "account.address_changed";

/// How long the link to the new address works, and afterwards the one to the old.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Asks the new address. Whether it is another account's is looked up by the worker that writes the mail.
pub async fn ask(state: &Parts, user_id: UserId, new_email: &str) -> ApiResult<()> {
    let id = Id::new();
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    store::void_waiting(change.connection(), user_id).await?;
    store::insert(change.connection(), id, user_id, new_email, Utc::now() + LIFETIME).await?;
    queue(&mut change, CONFIRM_KIND, id, new_email).await?;
    change.commit(&state.bus).await?;
    Ok(())
}

/// Where mail is off there is nobody to ask.
pub async fn set_at_once(state: &Parts, user_id: UserId, new_email: &str) -> ApiResult<Profile> {
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    let profile = set(&mut change, user_id, new_email, false).await.map_err(|error| taken(error, "email"))?;
    change.commit(&state.bus).await?;
    Ok(profile)
}

/// The new address has answered, to whoever has asked it: somebody else who reads its mails and follows the link must not thereby give their
/// address away. False when the link is not good any more.
pub async fn confirm(state: &Parts, id: AddressChangeId, caller_id: UserId) -> ApiResult<bool> {
    let Some(waiting) = store::find_waiting(&state.db, id).await? else {
        return Ok(store::was_just_confirmed(&state.db, id, caller_id).await?);
    };
    let user_id = waiting.user_id;
    if user_id != caller_id {
        return Err(ANOTHER_ACCOUNTS);
    }
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    refuse_disabled(&mut change, user_id).await?;
    let Some(before) = users::store::find(change.connection(), user_id).await? else { return Ok(false) };
    if !store::confirm(change.connection(), id, &before.email, Utc::now() + LIFETIME).await? {
        return Ok(store::was_just_confirmed(change.connection(), id, caller_id).await?);
    }
    set(&mut change, user_id, &waiting.new_email, true).await.map_err(|error| taken(error, "token"))?;
    // An address that nobody has shown to be theirs may be a stranger's, who must not be given the account.
    if before.email_verified_at.is_some() {
        queue(&mut change, CHANGED_KIND, id, &before.email).await?;
    }
    change.commit(&state.bus).await?;
    tracing::info!(%user_id, "address changed");
    Ok(true)
}

/// Puts the old address back. Whoever changed it may know the password, so that is no longer good: a mail asks for a new one. False when the
/// link is not good any more.
pub async fn take_back(state: &Parts, id: AddressChangeId) -> ApiResult<bool> {
    let Some(changed) = store::find_confirmed(&state.db, id).await? else { return Ok(false) };
    let user_id = changed.user_id;
    let nobody_knows = state.hasher.hash(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())).await?;
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    refuse_disabled(&mut change, user_id).await?;
    if !store::take_back(change.connection(), user_id, id).await? {
        return Ok(store::find_just_taken_back(change.connection(), id).await?.is_some());
    }
    set(&mut change, user_id, &changed.old_email, true).await.map_err(|error| taken(error, "token"))?;
    let ended = new_password::set(&mut change, user_id, &nobody_knows, None).await?;
    auth::queue_account_mail(&state.config, &mut change, user_id, AccountMail::ResetPassword, json!({})).await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    tracing::info!(%user_id, ended_sessions = ended.len(), "address taken back");
    Ok(true)
}

/// Nothing of a disabled account changes: it may be disabled because somebody has taken it over.
async fn refuse_disabled(change: &mut Change, user_id: UserId) -> ApiResult<()> {
    if users::store::is_disabled(change.connection(), user_id).await? { Err(ApiError::AccountDisabled) } else { Ok(()) }
}

/// What was sent to the address of before proves nothing any more; in this order, as in [`new_password::set`].
async fn set(change: &mut Change, user_id: UserId, email: &str, is_confirmed: bool) -> anyhow::Result<Profile> {
    let connection = change.connection();
    for (mail, purpose) in
        [(AccountMail::ResetPassword, Purpose::ResetPassword), (AccountMail::ConfirmEmail, Purpose::ConfirmEmail)]
    {
        outbox::store::withdraw(connection, user_id, mail.as_str()).await?;
        account_tokens::void(connection, user_id, purpose).await?;
    }
    store::void_waiting(connection, user_id).await?;
    registration_store::void(connection, email).await?;
    let profile = users::store::set_email(connection, user_id, email, is_confirmed).await?;
    change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    Ok(profile)
}

fn taken(error: anyhow::Error, field: &'static str) -> ApiError {
    db::conflict(error, &[("users_email_key", field, FieldProblem::EmailTaken)])
}

async fn queue(change: &mut Change, kind: &str, id: AddressChangeId, address: &str) -> sqlx::Result<()> {
    let delivery = NewDelivery {
        event_key: format!("{kind}:{id}"),
        to: Recipient::Address(address),
        kind,
        payload: json!({ "change_id": id }),
        due_at: None,
        priority: Priority::Account,
    };
    queue_mail(change, &delivery).await
}

/// The page that the mail to the new address leads to.
pub fn confirm_url(config: &Config, signer: &Signer, id: AddressChangeId) -> String {
    url(config, signer, "confirm-email", SignedPurpose::ChangeAddress, id)
}

/// The page that the mail to the old address leads to.
pub fn take_back_url(config: &Config, signer: &Signer, id: AddressChangeId) -> String {
    url(config, signer, "take-back-address", SignedPurpose::TakeAddressBack, id)
}

fn url(config: &Config, signer: &Signer, path: &str, purpose: SignedPurpose, id: AddressChangeId) -> String {
    format!("{}/{path}?token={}", config.page_url(), signed_id::make(signer, purpose, id))
}
