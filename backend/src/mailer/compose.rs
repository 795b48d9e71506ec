//! Turns a delivery into a mail: recipient, language, link.

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    Contents, MailBody, compose_address, outside_text,
    task_lines::{self, local_time, moment},
};
use crate::{
    auth::AccountMail,
    id::UserId,
    mailer::Parts,
    notifications::{NotificationKind, digests, unsubscribe, unsubscribe_keys},
    outbox::store::Claimed,
    projects::invitations,
    sign_in::account_tokens::{self, Purpose},
    users::{self, store::Addressee},
};

/// More items than this are only counted in the subject.
const DIGEST_LINES: i64 = 50;

/// A mail's body and recipient.
pub struct Composed {
    /// The recipient's user, if known.
    pub user_id: Option<UserId>,
    pub name: Option<String>,
    pub address: String,
    pub body: MailBody,
    pub unsubscribe_url: Option<String>,
}

/// `None` if there is no recipient or no reason any more.
pub async fn compose(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    if delivery.kind == invitations::MAIL_KIND {
        return compose_invitation(state, delivery).await;
    }
    if compose_address::writes(&delivery.kind) {
        return compose_address::compose(state, delivery).await;
    }
    let Some(addressee) = addressee(state, delivery).await? else { return Ok(None) };
    let mut data = data_for(state, &addressee, &delivery.kind, &delivery.payload)?;
    if delivery.kind == NotificationKind::DigestNews.as_str() {
        data["items"] = digest_items(state, &addressee, delivery).await?;
    }
    let (url, unsubscribe) = match AccountMail::of_kind(&delivery.kind) {
        Some(mail) => {
            let Some(url) = account_link(state, delivery, mail, &addressee).await? else { return Ok(None) };
            (url, None)
        }
        None => {
            let kind = NotificationKind::of_text(&delivery.kind);
            let kind = kind.with_context(|| format!("unknown kind {:?}", delivery.kind))?;
            unsubscribe_keys::keep(&state.db, &state.signer, &state.unsubscribe_keys).await?;
            (link_of(state, &delivery.payload), Some(unsubscribe::token(&state.signer, addressee.id, kind)))
        }
    };
    let page_url = state.config.page_url();
    let unsubscribe_page = unsubscribe.as_ref().map(|token| format!("{page_url}/unsubscribe?token={token}"));
    let body = state.templates.write(&Contents {
        kind: &delivery.kind,
        language: addressee.language,
        name: Some(&addressee.name),
        data: &data,
        url: Some(&url),
        unsubscribe_url: unsubscribe_page.as_deref(),
        public_url: &page_url,
    })?;
    let unsubscribe_url = unsubscribe.map(|token| format!("{page_url}/api/v1/unsubscribe?token={token}"));
    let (user_id, name) = (Some(addressee.id), Some(addressee.name));
    Ok(Some(Composed { user_id, name, address: addressee.email, body, unsubscribe_url }))
}

/// To an address without an account, so in the inviter's language and without a greeting. The name chosen by somebody who registered with
/// the address but did not confirm it means nothing to its reader.
async fn compose_invitation(state: &Parts, delivery: &Claimed) -> anyhow::Result<Option<Composed>> {
    let id = serde_json::from_value(delivery.payload["invitation_id"].clone())?;
    let Some(invitation) = invitations::store::find_valid(&state.db, id).await? else { return Ok(None) };
    let url = invitations::url(&state.config, &state.signer, id, &invitation.seal(), invitations::Way::Mail);
    let data =
        json!({ "actor": outside_text(&invitation.inviter_name), "project": outside_text(&invitation.project_name) });
    let body = state.templates.write(&Contents {
        kind: &delivery.kind,
        language: invitation.inviter_language,
        name: None,
        data: &data,
        url: Some(&url),
        unsubscribe_url: None,
        public_url: &state.config.page_url(),
    })?;
    Ok(Some(Composed { user_id: None, name: None, address: invitation.email, body, unsubscribe_url: None }))
}

async fn addressee(state: &Parts, delivery: &Claimed) -> sqlx::Result<Option<Addressee>> {
    let user_id = match delivery.user_id {
        Some(user_id) => Some(user_id),
        None => users::store::find_id_by_email(&state.db, &delivery.recipient).await?,
    };
    let Some(user_id) = user_id else { return Ok(None) };
    // Nobody reads it there, and it may be why the account was disabled.
    if users::store::is_disabled(&state.db, user_id).await? {
        return Ok(None);
    }
    users::store::find_addressee(&state.db, user_id).await
}

/// The link of an account mail. Its token is created here, so the outbox contains none.
async fn account_link(
    state: &Parts,
    delivery: &Claimed,
    mail: AccountMail,
    addressee: &Addressee,
) -> anyhow::Result<Option<String>> {
    let (purpose, path) = match mail {
        AccountMail::PasswordChanged | AccountMail::NewSignIn => {
            return Ok(Some(format!("{}/reset-password", state.config.page_url())));
        }
        AccountMail::DeletionRequested | AccountMail::DeletionSoon => {
            return Ok(Some(format!("{}/login", state.config.page_url())));
        }
        AccountMail::ConfirmEmail if addressee.email_verified_at.is_some() => return Ok(None),
        AccountMail::ConfirmEmail => (Purpose::ConfirmEmail, "confirm-email"),
        AccountMail::ResetPassword => (Purpose::ResetPassword, "reset-password"),
    };
    let expires_at = delivery.created_at + purpose.lifetime();
    if expires_at <= Utc::now() + TimeDelta::minutes(1) {
        return Ok(None);
    }
    let token = state.signer.token(purpose.as_str(), delivery.id.as_bytes());
    account_tokens::remember(&state.db, &token, purpose, addressee, delivery.id, expires_at).await?;
    Ok(Some(format!("{}/{path}?token={token}", state.config.page_url())))
}

/// The page of the object that a notification is about.
pub fn link_of(state: &Parts, payload: &Value) -> String {
    let page = state.config.page_url();
    if payload["export"] == true {
        return format!("{page}/profile#data");
    }
    match (payload["project_id"].as_str(), payload["task_id"].as_str()) {
        (Some(project), Some(task)) => format!("{page}/projects/{project}?task={task}"),
        (Some(project), None) => format!("{page}/projects/{project}"),
        // For several projects: the page that starts with what is due.
        (None, None) if payload["things"].is_array() => format!("{page}/"),
        _ => format!("{page}/notifications"),
    }
}

/// The payload formatted for the recipient: instants, days and states.
fn data_for(state: &Parts, addressee: &Addressee, kind: &str, payload: &Value) -> anyhow::Result<Value> {
    let mut data = payload.clone();
    if kind == NotificationKind::ProjectInvited.as_str() {
        for name in ["actor", "project"] {
            data[name] = json!(outside_text(data[name].as_str().unwrap_or_default()));
        }
    }
    if let Some(at) = data["at"].as_str().map(|at| moment(at, addressee)) {
        data["at"] = json!(at);
    }
    // People without an account have no name any more.
    if data["actor"] == "" {
        data["actor"] = json!(state.templates.word(addressee.language, "former_member")?);
    }
    if let Some(due) = task_lines::due(payload, addressee) {
        data["due"] = json!(due);
    }
    if let Some(lines) = task_lines::lines(state, addressee, payload)? {
        data["items"] = lines;
    }
    for name in ["from", "to"] {
        let word = |key: &str| state.templates.word(addressee.language, key);
        let text = match (kind, data[name].as_str()) {
            ("task.status_changed", Some(status)) => word(&format!("status.{status}"))?.to_owned(),
            ("task.due_changed", Some(due)) => moment(due, addressee),
            ("task.due_changed", None) => word("due.none")?.to_owned(),
            _ => continue,
        };
        data[name] = json!(text);
    }
    Ok(data)
}

/// What has happened, one line each.
async fn digest_items(state: &Parts, addressee: &Addressee, delivery: &Claimed) -> anyhow::Result<Value> {
    let items = digests::store::items(&state.db, delivery.id, DIGEST_LINES).await?;
    let line = |item: &digests::store::Item| -> anyhow::Result<Value> {
        let data = data_for(state, addressee, &item.kind, &item.payload)?;
        Ok(json!({
            "text": state.templates.subject(&item.kind, addressee.language, &data)?,
            "url": link_of(state, &item.payload),
            "detail": local_time(item.created_at, addressee),
        }))
    };
    Ok(items.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?.into())
}
