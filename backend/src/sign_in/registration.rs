//! Registration while mail is on. It reveals no accounts: every registration does the same work and gets the same answer, and the worker
//! that writes the mail looks up the address. There is no account until the link in the mail is used, so there is nothing to sign in to, to
//! invite or to take over; and the account gets the password of the registration whose link was used.

use chrono::{TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{NewAccount, Verified, registration_store as store, registration_store::Registration};
use crate::{
    auth::{known_device::Device, password, store as auth_store},
    config::Config,
    error::{ApiError, ApiResult, FieldProblem},
    events::Change,
    http::client_address::ClientInfo,
    id::{Id, RegistrationId},
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
    sign_in::{self, Parts},
    signed_id::{self, Purpose},
    signer::Signer,
    users::{self, store::NewUser},
};

/// The kind of the mail with the link, or with the information that an account exists.
pub const MAIL_KIND: &str = "account.registration";

/// How long the link works.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Writes it down and queues the mail.
pub async fn begin(state: &Parts, account: NewAccount, network: &str) -> ApiResult<()> {
    let address = account.email.trim().to_lowercase();
    // First, so that a refused password uses up no mail.
    let password_hash = sign_in::hash_new_password(state, &account).await?;
    limit_mails(state, &address, network).await?;
    let registration = Registration {
        id: Id::new(),
        email: account.email.trim().to_owned(),
        name: account.name.trim().to_owned(),
        password_hash,
        language: account.language,
        time_zone: account.time_zone,
    };
    let mut change = Change::begin(&state.db, None).await?;
    store::insert(change.connection(), &registration, Utc::now() + LIFETIME).await?;
    let mail = NewDelivery {
        event_key: format!("registration:{}", registration.id),
        to: Recipient::Address(&address),
        kind: MAIL_KIND,
        payload: json!({ "registration_id": registration.id }),
        due_at: None,
        priority: Priority::Account,
    };
    queue_mail(&mut change, &mail).await?;
    change.commit(&state.bus).await?;
    Ok(())
}

/// One sender can cause only a few mails to an unused address, and all senders a few more, so that one cannot keep its owner from
/// registering.
pub async fn limit_mails(state: &Parts, address: &str, network: &str) -> ApiResult<()> {
    let of_one = state.config.limits.reset_per_account;
    state.limiter.check("register_sender", &format!("{address} {network}"), of_one).await?;
    state.limiter.check("register_recipient", address, of_one.of_several()).await
}

/// The page on which it is finished.
pub fn url(config: &Config, signer: &Signer, id: RegistrationId) -> String {
    let token = signed_id::make(signer, Purpose::FinishRegistration, id);
    format!("{}/confirm-email?token={token}", config.page_url())
}

/// Creates the account with its address confirmed; `None` if the link is no longer valid, for example because the address has an account by
/// now, whose password stays. The password is requested again: the reader of the mail need not be the person who registered, and must not
/// get an account whose password somebody else knows.
pub async fn finish(state: &Parts, id: RegistrationId, password: Option<&SecretString>) -> ApiResult<Option<Verified>> {
    let (registration, is_used) = match store::find(&state.db, id).await? {
        Some(registration) => (registration, false),
        None => match store::find_just_used(&state.db, id).await? {
            Some(registration) => (registration, true),
            None => return Ok(None),
        },
    };
    let password = password.ok_or_else(|| ApiError::field("password", FieldProblem::RegistrationPasswordRequired))?;
    let given = password.expose_secret().chars().take(password::MAX_LENGTH + 1).collect();
    if !state.hasher.verify(given, Some(registration.password_hash.clone())).await? {
        return Err(ApiError::field("password", FieldProblem::WrongRegistrationPassword));
    }
    if is_used {
        return account_made(state, &registration).await;
    }
    let user_id = Id::new();
    let mut change = Change::begin(&state.db, user_id).await?;
    if !store::consume(change.connection(), &registration).await? {
        // Somebody was faster; possibly the same person.
        drop(change);
        return account_made(state, &registration).await;
    }
    if users::store::find_id_by_email(change.connection(), &registration.email).await?.is_some() {
        return Ok(None);
    }
    let user = NewUser {
        id: user_id,
        email: &registration.email,
        name: &registration.name,
        password_hash: &registration.password_hash,
        language: registration.language,
        time_zone: &registration.time_zone,
        is_admin: false,
        is_confirmed: true,
    };
    let profile = sign_in::insert_account(&mut change, &user).await?;
    change.commit(&state.bus).await?;
    Ok(Some(Verified::new(profile, registration.password_hash)))
}

/// The account created by the same registration within the last minute: its answer may have been lost. A different password is refused like
/// a taken address, and counted as a guess.
pub async fn just_made(
    state: &Parts,
    client: &ClientInfo,
    device: &Device,
    account: &NewAccount,
) -> ApiResult<Option<Verified>> {
    let address = account.email.trim();
    let Some(profile) = store::find_just_made(&state.db, address).await? else { return Ok(None) };
    let is_the_same = profile.name == account.name.trim()
        && profile.language == account.language
        && profile.time_zone == account.time_zone;
    if !is_the_same {
        return Ok(None);
    }
    match sign_in::check_credentials(state, client, device, address, &account.password).await {
        Ok(verified) => Ok(Some(verified)),
        Err(ApiError::Unauthenticated(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The account created from this registration, as long as it has the same address and password.
async fn account_made(state: &Parts, registration: &Registration) -> ApiResult<Option<Verified>> {
    let account = auth_store::find_credentials(&state.db, &registration.email).await?;
    let account = account.filter(|found| found.password_hash == registration.password_hash && !found.is_disabled);
    Ok(account.map(|found| Verified::new(found.profile, found.password_hash)))
}
