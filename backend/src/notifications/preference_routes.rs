use axum::{Json, extract::State};
use chrono::NaiveTime;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{kind::NotificationKind, preferences};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult},
    http::{extract::Json as Input, patch},
    realtime::Change,
    state::AppState,
    users,
};

/// How one kind reaches me.
#[derive(Serialize, ToSchema)]
pub struct KindPreference {
    pub kind: NotificationKind,
    pub in_app: bool,
    pub mail: bool,
    /// Mails of this kind cannot be switched off.
    pub mail_is_fixed: bool,
}

/// Mails wait for `until`, in my time zone; may go over midnight.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuietHours {
    #[schema(example = "22:00")]
    pub from: String,
    #[schema(example = "07:00")]
    pub until: String,
}

#[derive(Serialize, ToSchema)]
pub struct Preferences {
    pub kinds: Vec<KindPreference>,
    pub quiet_hours: Option<QuietHours>,
    /// Whether this server sends mail at all.
    pub mail_is_on: bool,
    /// Notifications are mailed only to an address that was confirmed.
    pub email_is_confirmed: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct KindChoice {
    pub kind: NotificationKind,
    pub in_app: Option<bool>,
    pub mail: Option<bool>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"kinds": [{"kind": "task.assigned", "mail": false}], "quiet_hours": {"from": "22:00", "until": "07:00"}}))]
pub struct PreferencesPatch {
    /// Those to change.
    #[serde(default)]
    #[garde(length(max = 100))]
    pub kinds: Vec<KindChoice>,
    /// null: none.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<QuietHours>)]
    #[garde(skip)]
    pub quiet_hours: Option<Option<QuietHours>>,
}

/// What I am told of, by which way and when
#[utoipa::path(get, path = "/notification-preferences", tag = "notifications", responses((status = 200, body = Preferences)))]
pub async fn get(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Preferences>> {
    Ok(Json(read(&state, caller.user_id).await?))
}

/// Change what I am told of
#[utoipa::path(patch, path = "/notification-preferences", tag = "notifications", request_body = PreferencesPatch,
    responses((status = 200, body = Preferences)))]
pub async fn update(
    State(state): State<AppState>,
    caller: Caller,
    Input(input): Input<PreferencesPatch>,
) -> ApiResult<Json<Preferences>> {
    if input.kinds.iter().any(|choice| choice.kind.mail_is_fixed() && choice.mail == Some(false)) {
        return Err(ApiError::field("kinds", "mails about the safety of the account cannot be switched off"));
    }
    let quiet_hours = input.quiet_hours.map(|hours| hours.as_ref().map(parse).transpose()).transpose()?;
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    for choice in &input.kinds {
        for (channel, enabled) in [("in_app", choice.in_app), ("mail", choice.mail)] {
            if let Some(enabled) = enabled {
                preferences::choose(change.connection(), caller.user_id, choice.kind, channel, enabled).await?;
            }
        }
    }
    if let Some(hours) = quiet_hours {
        preferences::set_quiet_hours(change.connection(), caller.user_id, hours).await?;
    }
    change.commit(&state.bus).await?;
    Ok(Json(read(&state, caller.user_id).await?))
}

fn parse(hours: &QuietHours) -> Result<(NaiveTime, NaiveTime), ApiError> {
    let time = |text: &str| {
        NaiveTime::parse_from_str(text, "%H:%M")
            .map_err(|_| ApiError::field("quiet_hours", "must be times such as 22:00"))
    };
    let (from, until) = (time(&hours.from)?, time(&hours.until)?);
    if from == until {
        return Err(ApiError::field("quiet_hours", "must end at another time than they begin"));
    }
    Ok((from, until))
}

async fn read(state: &AppState, user_id: Uuid) -> ApiResult<Preferences> {
    let choices = preferences::choices(&state.db, user_id).await?;
    let chosen = |kind: NotificationKind, channel: &str| {
        choices.iter().find(|one| one.kind == kind.as_str() && one.channel == channel).map(|one| one.enabled)
    };
    let kinds = NotificationKind::ALL.into_iter().map(|kind| KindPreference {
        kind,
        in_app: chosen(kind, "in_app").unwrap_or(kind.default_ways().in_app),
        mail: chosen(kind, "mail").unwrap_or(kind.default_ways().mail),
        mail_is_fixed: kind.mail_is_fixed(),
    });
    let text = |time: NaiveTime| time.format("%H:%M").to_string();
    let hours = preferences::quiet_hours(&state.db, user_id).await?;
    let profile = users::store::find(&state.db, user_id).await?.ok_or(ApiError::SessionEnded)?;
    Ok(Preferences {
        kinds: kinds.collect(),
        quiet_hours: hours.map(|(from, until)| QuietHours { from: text(from), until: text(until) }),
        mail_is_on: state.mail.is_some(),
        email_is_confirmed: profile.email_verified_at.is_some(),
    })
}
