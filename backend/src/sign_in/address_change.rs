//! Address changes. With mail on, a new address takes effect when the link in a mail to it is used. The old address is then notified and
//! can be restored for a week with the link in that mail, without a session: somebody may have taken over the account.

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

/// How long the link to the new address works, and then the one to the old.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Sends the confirmation mail. The worker checks whether the address belongs to another account.
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

/// Without mail there is no confirmation.
pub async fn set_at_once(state: &Parts, user_id: UserId, new_email: &str) -> ApiResult<Profile> {
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    let profile = set(&mut change, user_id, new_email, false).await.map_err(|error| taken(error, "email"))?;
    change.commit(&state.bus).await?;
    Ok(profile)
}

/// Confirms the new address for its requester only: somebody else who reads its mail and follows the link must not give their address away.
/// False if the link is no longer valid.
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
    // An unconfirmed address may be a stranger's, who must not get the account.
    if before.email_verified_at.is_some() {
        queue(&mut change, CHANGED_KIND, id, &before.email).await?;
    }
    change.commit(&state.bus).await?;
    tracing::info!(%user_id, "address changed");
    Ok(true)
}

/// Restores the old address. Whoever changed it may know the password, so the password becomes invalid and a mail asks for a new one. False
/// if the link is no longer valid.
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
    tracing::info!(%user_id, ended_sessions = ended.len(), "address restored");
    Ok(true)
}

/// A disabled account cannot be changed: it may be disabled because it was taken over.
async fn refuse_disabled(change: &mut Change, user_id: UserId) -> ApiResult<()> {
    if users::store::is_disabled(change.connection(), user_id).await? { Err(ApiError::AccountDisabled) } else { Ok(()) }
}

/// Links sent to the previous address become invalid; in this order, as in [`new_password::set`].
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

/// The page opened from the mail to the new address.
pub fn confirm_url(config: &Config, signer: &Signer, id: AddressChangeId) -> String {
    url(config, signer, "confirm-email", SignedPurpose::ChangeAddress, id)
}

/// The page opened from the mail to the old address.
pub fn take_back_url(config: &Config, signer: &Signer, id: AddressChangeId) -> String {
    url(config, signer, "take-back-address", SignedPurpose::TakeAddressBack, id)
}

fn url(config: &Config, signer: &Signer, path: &str, purpose: SignedPurpose, id: AddressChangeId) -> String {
    format!("{}/{path}?token={}", config.page_url(), signed_id::make(signer, purpose, id))
}
