//! Inviting.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde::Deserialize;
use serde_json::json;

use super::{
    LIFETIME,
    model::{Invitation, Invitations, NewInvitation},
    store,
    token::{Way, url},
};
use crate::{
    db,
    error::{ApiError, ApiResult, FieldProblem, Forbidden, Resource},
    events::{Change, EventKind, Topic},
    http::extract::{Json as Input, Path, ShortJson},
    id::{Id, InvitationId, ProjectId, UserId},
    projects::{
        self, Parts,
        access::{Owner, ProjectAccess, Viewer},
        member_store,
        model::Role,
    },
    users::address,
};

#[derive(Deserialize)]
pub struct InvitationPath {
    invitation_id: InvitationId,
}

/// Open invitations to a project
///
/// `email` and `url` are included for those who may invite.
#[utoipa::path(get, path = "/projects/{id}/invitations", tag = "projects", params(("id" = Uuid, Path)),
    responses((status = 200, body = Invitations)))]
pub async fn list(State(state): State<Parts>, access: ProjectAccess<Viewer>) -> ApiResult<Json<Invitations>> {
    let items = store::list_open(&state.db, access.project_id).await?.into_iter();
    let items = if access.role == Role::Owner {
        items.map(|invitation| with_link(&state, invitation)).collect()
    } else {
        items.map(for_members).collect()
    };
    Ok(Json(Invitations { items }))
}

/// Invite somebody by email address, who may have no account yet
///
/// An account with the address finds the invitation in the app; other addresses get a mail with a link. The answer and its timing are the
/// same for both: notifications follow later. It contains a link to pass on, which works once, for 14 days.
#[utoipa::path(post, path = "/projects/{id}/invitations", tag = "projects", params(("id" = Uuid, Path)), request_body = NewInvitation,
    responses((status = 201, body = Invitation), (status = 200, body = Invitation, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Input(input): ShortJson<NewInvitation>,
) -> ApiResult<Response> {
    if access.is_inbox {
        return Err(ApiError::Forbidden(Forbidden::InboxNotShareable));
    }
    require_own_address(&state, access.caller.user_id).await?;
    let email = input.email.trim();
    limit(&state, &access, email).await?;
    let project_id = access.project_id;
    let id = input.id.unwrap_or_else(Id::new);
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    if input.id.is_some()
        && let Some(existing) = store::find_open(change.connection(), project_id, id).await?
    {
        return Ok(Json(with_link(&state, existing)).into_response());
    }
    require_in_use(&mut change, access.caller.user_id, project_id).await?;
    if member_store::has_address(change.connection(), project_id, email).await? {
        return Err(ApiError::Conflict { field: "email", problem: FieldProblem::AlreadyMember });
    }
    if let Some(id) = store::delete_expired(change.connection(), project_id, email).await? {
        record_end(&mut change, project_id, id).await?;
    }
    let (role, expires_at) = (Role::from(input.role), Utc::now() + LIFETIME);
    store::insert(change.connection(), id, project_id, email, role, access.caller.user_id, expires_at)
        .await
        .map_err(taken)?;
    let invitation = announce(&mut change, project_id, id).await?;
    change.commit(&state.bus).await?;
    Ok((StatusCode::CREATED, Json(with_link(&state, invitation))).into_response())
}

/// Revoke an invitation
///
/// Its link becomes invalid.
#[utoipa::path(delete, path = "/projects/{id}/invitations/{invitation_id}", tag = "projects",
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)), responses((status = 204, description = "No longer invited")))]
pub async fn delete(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(InvitationPath { invitation_id }): Path<InvitationPath>,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    let email = store::delete(change.connection(), access.project_id, invitation_id).await?;
    let email = email.ok_or(ApiError::NotFound(Resource::Invitation))?;
    record_end(&mut change, access.project_id, invitation_id).await?;
    if let Some(owner) = address::find_owner(change.connection(), &email, state.config.mail.is_some()).await? {
        change.lock_users(&[owner]).await?;
        change.record(Topic::User(owner), EventKind::InvitationsChanged, &json!({})).await?;
    }
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send the mail of an invitation again
///
/// The link is valid for another 14 days.
#[utoipa::path(post, path = "/projects/{id}/invitations/{invitation_id}/send", tag = "projects",
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)), responses((status = 204, description = "On its way")))]
pub async fn send_again(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(InvitationPath { invitation_id }): Path<InvitationPath>,
) -> ApiResult<StatusCode> {
    let invitation = store::find_open(&state.db, access.project_id, invitation_id).await?;
    let invitation = invitation.ok_or(ApiError::NotFound(Resource::Invitation))?;
    if state.config.mail.is_none() {
        return Err(ApiError::Forbidden(Forbidden::InvitationMailOff));
    }
    require_own_address(&state, access.caller.user_id).await?;
    limit(&state, &access, &invitation.seal.email).await?;
    let user_id = access.caller.user_id;
    let mut change = Change::begin(&state.db, user_id).await?;
    access.lock(&mut change).await?;
    require_in_use(&mut change, user_id, access.project_id).await?;
    store::renew(change.connection(), invitation_id, user_id, Utc::now() + LIFETIME).await?;
    announce(&mut change, access.project_id, invitation_id).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn record_end(change: &mut Change, project_id: ProjectId, id: InvitationId) -> anyhow::Result<()> {
    change.record(Topic::Project(project_id), EventKind::InvitationDeleted, &json!({ "id": id })).await
}

/// Mails to strangers name their sender: a person with a confirmed address.
async fn require_own_address(state: &Parts, user_id: UserId) -> ApiResult<()> {
    match address::find_of(&state.db, user_id, state.config.mail.is_some()).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::Forbidden(Forbidden::AddressUnconfirmed)),
    }
}

/// Strangers get these mails, so one person may cause only a few, and one address gets only a few. The limit per sender is lower than the
/// total, so that one sender cannot keep others from inviting the address.
async fn limit(state: &Parts, access: &ProjectAccess<Owner>, email: &str) -> ApiResult<()> {
    let limits = &state.config.limits;
    state.limiter.check("invite", &access.caller.user_id.to_string(), limits.invite_per_user).await?;
    let (address, of_one) = (email.to_lowercase(), limits.invite_per_recipient);
    state.limiter.check("invite_pair", &format!("{address} {}", access.caller.user_id), of_one).await?;
    state.limiter.check("invite_recipient", &address, of_one.of_several()).await
}

async fn require_in_use(change: &mut Change, user_id: UserId, project_id: ProjectId) -> ApiResult<()> {
    let project = projects::store::find(change.connection(), user_id, project_id).await?;
    let project = project.ok_or(ApiError::NotFound(Resource::Project))?;
    if project.archived_at.is_some() {
        return Err(ApiError::Forbidden(Forbidden::ProjectArchived));
    }
    Ok(())
}

/// Notifies the members; a worker notifies the invited person.
async fn announce(change: &mut Change, project_id: ProjectId, id: InvitationId) -> ApiResult<Invitation> {
    let found = store::find_open(change.connection(), project_id, id).await?;
    let invitation = found.ok_or(ApiError::NotFound(Resource::Invitation))?;
    let for_members = for_members(invitation.clone());
    change.record(Topic::Project(project_id), EventKind::InvitationCreated, &for_members).await?;
    change.wake_workers();
    Ok(invitation)
}

/// People who may not invite see no addresses, nor do webhooks.
fn for_members(invitation: Invitation) -> Invitation {
    Invitation { email: None, ..invitation }
}

fn with_link(state: &Parts, invitation: Invitation) -> Invitation {
    Invitation {
        url: Some(url(&state.config, &state.signer, invitation.id, &invitation.seal, Way::Link)),
        ..invitation
    }
}

fn taken(error: sqlx::Error) -> ApiError {
    db::conflict(
        error,
        &[
            ("invitations_email_key", "email", FieldProblem::AlreadyInvited),
            ("invitations_pkey", "id", FieldProblem::Taken),
        ],
    )
}
