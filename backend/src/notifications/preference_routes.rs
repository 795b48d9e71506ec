use axum::{Json, extract::State};
use chrono::{NaiveTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    digests::{self, Frequency, Schedule},
    kind::NotificationKind,
    preferences,
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, FieldProblem},
    events::Change,
    http::{bounded::BoundedVec, extract::Json as Input, patch},
    id::UserId,
    local_time::zone_of,
    notifications::Parts,
    users,
};

/// The channels of one kind.
#[derive(Serialize, ToSchema)]
pub struct KindPreference {
    pub kind: NotificationKind,
    pub in_app: bool,
    pub mail: bool,
    /// Its mails cannot be switched off.
    pub mail_is_fixed: bool,
    /// The kind is never shown in the app.
    pub mail_only: bool,
    /// Its mails wait for the digest, if one is chosen.
    pub in_digest: bool,
}

/// Mails wait until `until`, in my time zone; may span midnight.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuietHours {
    #[schema(example = "22:00", pattern = "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$")]
    pub from: String,
    #[schema(example = "07:00", pattern = "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$")]
    pub until: String,
}

/// One mail with all news, instead of single ones. Weekly ones come on Mondays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Digest {
    pub frequency: Frequency,
    /// In my time zone.
    #[schema(example = "08:00", pattern = "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$")]
    pub at: String,
}

#[derive(Serialize, ToSchema)]
pub struct Preferences {
    pub kinds: Vec<KindPreference>,
    pub quiet_hours: Option<QuietHours>,
    /// null: individual mails.
    pub digest: Option<Digest>,
    /// Whether this server sends mail.
    pub mail_is_on: bool,
    /// Notifications are mailed only to a confirmed address.
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
    /// The kinds to change.
    #[serde(default)]
    #[schema(value_type = Vec<KindChoice>, required = false, max_items = 100)]
    #[garde(skip)]
    pub kinds: BoundedVec<KindChoice, 100>,
    /// null: none.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<QuietHours>)]
    #[garde(skip)]
    pub quiet_hours: Option<Option<QuietHours>>,
    /// null: individual mails.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Digest>)]
    #[garde(skip)]
    pub digest: Option<Option<Digest>>,
}

/// My notification preferences
#[utoipa::path(get, path = "/notification-preferences", tag = "notifications", responses((status = 200, body = Preferences)))]
pub async fn get(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Preferences>> {
    Ok(Json(read(&state, caller.user_id).await?))
}

/// Change my notification preferences
#[utoipa::path(patch, path = "/notification-preferences", tag = "notifications", request_body = PreferencesPatch,
    responses((status = 200, body = Preferences)))]
pub async fn update(
    State(state): State<Parts>,
    caller: Caller,
    Input(input): Input<PreferencesPatch>,
) -> ApiResult<Json<Preferences>> {
    if input.kinds.iter().any(|choice| choice.kind.mail_is_fixed() && choice.mail == Some(false)) {
        return Err(ApiError::field("kinds", FieldProblem::SecurityMailRequired));
    }
    if input.kinds.iter().any(|choice| choice.kind.is_mail_only() && choice.in_app == Some(true)) {
        return Err(ApiError::field("kinds", FieldProblem::DigestIsMailOnly));
    }
    let quiet_hours = input.quiet_hours.map(|hours| hours.as_ref().map(parse_hours).transpose()).transpose()?;
    let digest = input.digest.map(|digest| digest.as_ref().map(parse_digest).transpose()).transpose()?;
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    for choice in input.kinds.iter() {
        for (channel, enabled) in [("in_app", choice.in_app), ("mail", choice.mail)] {
            if let Some(enabled) = enabled {
                preferences::choose(change.connection(), caller.user_id, choice.kind, channel, enabled).await?;
            }
        }
    }
    if let Some(hours) = quiet_hours {
        preferences::set_quiet_hours(change.connection(), caller.user_id, hours).await?;
    }
    if let Some(schedule) = digest {
        set_digest(&mut change, caller.user_id, schedule).await?;
    }
    change.commit(&state.bus).await?;
    Ok(Json(read(&state, caller.user_id).await?))
}

fn time(field: &'static str, text: &str) -> Result<NaiveTime, ApiError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| ApiError::field(field, FieldProblem::InvalidTime))
}

fn parse_hours(hours: &QuietHours) -> Result<(NaiveTime, NaiveTime), ApiError> {
    let (from, until) = (time("quiet_hours", &hours.from)?, time("quiet_hours", &hours.until)?);
    if from == until {
        return Err(ApiError::field("quiet_hours", FieldProblem::EmptyPeriod));
    }
    Ok((from, until))
}

fn parse_digest(digest: &Digest) -> Result<Schedule, ApiError> {
    Ok(Schedule { frequency: digest.frequency, at: time("digest", &digest.at)? })
}

/// Choosing a digest resubscribes to it.
async fn set_digest(change: &mut Change, user_id: UserId, schedule: Option<Schedule>) -> ApiResult<()> {
    let profile = users::store::find(change.connection(), user_id).await?.ok_or(ApiError::SessionEnded)?;
    let zone = zone_of(&profile.time_zone);
    let next = schedule.map_or_else(Utc::now, |schedule| schedule.next(Utc::now(), zone));
    digests::store::set_schedule(change.connection(), user_id, schedule.as_ref(), next).await?;
    if schedule.is_some() {
        preferences::choose(change.connection(), user_id, NotificationKind::DigestNews, "mail", true).await?;
    }
    Ok(())
}

async fn read(state: &Parts, user_id: UserId) -> ApiResult<Preferences> {
    let choices = preferences::choices(&state.db, user_id).await?;
    let chosen = |kind: NotificationKind, channel: &str| {
        choices.iter().find(|one| one.kind == kind.as_str() && one.channel == channel).map(|one| one.enabled)
    };
    let kinds = NotificationKind::ALL.into_iter().filter(|kind| !kind.is_retired()).map(|kind| KindPreference {
        kind,
        in_app: chosen(kind, "in_app").unwrap_or(kind.default_channels().in_app),
        mail: chosen(kind, "mail").unwrap_or(kind.default_channels().mail),
        mail_is_fixed: kind.mail_is_fixed(),
        mail_only: kind.is_mail_only(),
        in_digest: kind.waits_for_digest(),
    });
    let text = |time: NaiveTime| time.format("%H:%M").to_string();
    let hours = preferences::quiet_hours(&state.db, user_id).await?;
    let digest = digests::store::schedule(&state.db, user_id).await?;
    let profile = users::store::find(&state.db, user_id).await?.ok_or(ApiError::SessionEnded)?;
    Ok(Preferences {
        kinds: kinds.collect(),
        quiet_hours: hours.map(|(from, until)| QuietHours { from: text(from), until: text(until) }),
        digest: digest.map(|one| Digest { frequency: one.frequency, at: text(one.at) }),
        mail_is_on: state.config.mail.is_some(),
        email_is_confirmed: profile.email_verified_at.is_some(),
    })
}
