//! Mails to addresses that do not belong to an account (yet, or any more): registrations and address changes.

use serde_json::{Value, json};

use super::{Contents, compose::Composed};
use crate::{
    id::UserId,
    mailer::Parts,
    outbox::store::Claimed,
    sign_in::{address_change, address_change_store, registration, registration_store},
    users::{self, model::Language},
};

/// Whether mails of this kind are composed here.
pub fn writes(kind: &str) -> bool {
    [registration::MAIL_KIND, address_change::CONFIRM_KIND, address_change::CHANGED_KIND].contains(&kind)
}

/// `None` if there is no reason to send it any more.
pub async fn compose(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    match delivery.kind.as_str() {
        registration::MAIL_KIND => compose_registration(state, delivery).await,
        address_change::CONFIRM_KIND => compose_question(state, delivery).await,
        _ => compose_news(state, delivery).await,
    }
}

/// The link that creates the account, or the information that one exists. The typed name is not used as a greeting: it may be a stranger's
/// text.
async fn compose_registration(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    let id = serde_json::from_value(delivery.payload["registration_id"].clone())?;
    let Some(registration) = registration_store::find(&state.db, id).await? else { return Ok(None) };
    if let Some(user_id) = users::store::find_id_by_email(&state.db, &registration.email).await? {
        return compose_known_address(state, user_id).await;
    }
    let url = registration::url(&state.config, &state.signer, id);
    let what = ("account.finish_registration", json!({}));
    write(state, what, registration.language, registration.email, &url).map(Some)
}

/// To an account holder whose address somebody wanted to use.
async fn compose_known_address(state: &Parts, user_id: UserId) -> anyhow::Result<Option<Composed>> {
    let Some(account) = users::store::find_addressee(&state.db, user_id).await? else { return Ok(None) };
    let page = state.config.page_url();
    let what = ("account.known_address", json!({ "reset_url": format!("{page}/reset-password") }));
    let composed = write(state, what, account.language, account.email, &format!("{page}/login"))?;
    // Text sent to a not yet confirmed address is not shown to whoever entered it.
    Ok(Some(Composed { user_id: account.email_verified_at.map(|_| account.id), ..composed }))
}

/// To an account's new address.
async fn compose_question(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    let id = serde_json::from_value(delivery.payload["change_id"].clone())?;
    let Some(waiting) = address_change_store::find_waiting(&state.db, id).await? else { return Ok(None) };
    if let Some(user_id) = users::store::find_id_by_email(&state.db, &waiting.new_email).await? {
        return compose_known_address(state, user_id).await;
    }
    let Some(account) = users::store::find_addressee(&state.db, waiting.user_id).await? else { return Ok(None) };
    let url = address_change::confirm_url(&state.config, &state.signer, id);
    let what = (address_change::CONFIRM_KIND, json!({}));
    write(state, what, account.language, waiting.new_email, &url).map(Some)
}

/// To an account's previous address.
async fn compose_news(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    let id = serde_json::from_value(delivery.payload["change_id"].clone())?;
    let Some(changed) = address_change_store::find_confirmed(&state.db, id).await? else { return Ok(None) };
    let Some(account) = users::store::find_addressee(&state.db, changed.user_id).await? else { return Ok(None) };
    let url = address_change::take_back_url(&state.config, &state.signer, id);
    let what = (address_change::CHANGED_KIND, json!({ "new_email": changed.new_email }));
    write(state, what, account.language, changed.old_email, &url).map(Some)
}

/// Without a greeting.
fn write(
    state: &Parts,
    (kind, data): (&str, Value),
    language: Language,
    address: String,
    url: &str,
) -> anyhow::Result<Composed> {
    let body = state.templates.write(&Contents {
        kind,
        language,
        name: None,
        data: &data,
        url: Some(url),
        unsubscribe_url: None,
        public_url: &state.config.page_url(),
    })?;
    Ok(Composed { user_id: None, name: None, address, body, unsubscribe_url: None })
}
