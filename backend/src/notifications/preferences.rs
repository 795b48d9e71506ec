//! Each user's notification preferences.

use chrono::{DateTime, NaiveTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::{
    digests::{self, Frequency, Schedule},
    kind::{Channels, NotificationKind},
    quiet_hours,
};
use crate::{id::UserId, local_time::zone_of, outbox};

/// The data that decides how one user is notified of one thing.
pub struct NotificationSettings {
    pub in_app: Option<bool>,
    pub mail: Option<bool>,
    pub is_confirmed: bool,
    pub time_zone: String,
    pub quiet_from: Option<NaiveTime>,
    pub quiet_until: Option<NaiveTime>,
    pub digest_frequency: Option<Frequency>,
    pub digest_at: Option<NaiveTime>,
    /// Whether the user wants mails of the kind [`NotificationKind::DigestNews`].
    pub digest_mail: Option<bool>,
}

impl NotificationSettings {
    /// Only confirmed addresses get mail.
    pub fn channels(&self, kind: NotificationKind) -> Channels {
        let default = kind.default_channels();
        Channels {
            in_app: self.in_app.unwrap_or(default.in_app),
            mail: self.is_confirmed && self.mail.unwrap_or(default.mail),
        }
    }

    /// The digest time for a mail of this kind; `None`: sent individually.
    pub fn digest(&self, kind: NotificationKind) -> Option<Schedule> {
        let (frequency, at) = self.digest_frequency.zip(self.digest_at)?;
        kind.waits_for_digest().then_some(Schedule { frequency, at })
    }

    pub fn digest_is_wanted(&self) -> bool {
        self.digest_mail.unwrap_or(NotificationKind::DigestNews.default_channels().mail)
    }

    /// The earliest time for a mail created now; `None`: immediately.
    pub fn end_of_quiet(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let zone = zone_of(&self.time_zone);
        let (from, until) = self.quiet_from.zip(self.quiet_until)?;
        quiet_hours::end_of_quiet(now, zone, from, until)
    }
}

pub async fn settings(
    db: &mut PgConnection,
    user_id: UserId,
    kind: NotificationKind,
) -> sqlx::Result<Option<NotificationSettings>> {
    Ok(settings_of_each(db, &[user_id], kind).await?.pop().map(|(_, settings)| settings))
}

/// For several users, ordered by id.
pub async fn settings_of_each(
    db: &mut PgConnection,
    user_ids: &[UserId],
    kind: NotificationKind,
) -> sqlx::Result<Vec<(UserId, NotificationSettings)>> {
    let rows = sqlx::query!(
        r#"
        SELECT u.id, a.enabled AS "in_app?", m.enabled AS "mail?", u.email_verified_at IS NOT NULL AS "is_confirmed!",
               u.time_zone, q.quiet_from AS "quiet_from?", q.quiet_until AS "quiet_until?",
               d.frequency AS "digest_frequency?: Frequency", d.at_time AS "digest_at?", n.enabled AS "digest_mail?"
        FROM users u
        LEFT JOIN notification_preferences a ON a.user_id = u.id AND a.kind = $2 AND a.channel = 'in_app'
        LEFT JOIN notification_preferences m ON m.user_id = u.id AND m.kind = $2 AND m.channel = 'mail'
        LEFT JOIN notification_preferences n ON n.user_id = u.id AND n.kind = $3 AND n.channel = 'mail'
        LEFT JOIN quiet_hours q ON q.user_id = u.id
        LEFT JOIN digests d ON d.user_id = u.id
        WHERE u.id = ANY($1)
        ORDER BY u.id
        "#,
        user_ids,
        kind.as_str(),
        NotificationKind::DigestNews.as_str(),
    )
    .fetch_all(db)
    .await?;
    let settings = rows.into_iter().map(|row| {
        let settings = NotificationSettings {
            in_app: row.in_app,
            mail: row.mail,
            is_confirmed: row.is_confirmed,
            time_zone: row.time_zone,
            quiet_from: row.quiet_from,
            quiet_until: row.quiet_until,
            digest_frequency: row.digest_frequency,
            digest_at: row.digest_at,
            digest_mail: row.digest_mail,
        };
        (row.id, settings)
    });
    Ok(settings.collect())
}

pub struct Choice {
    pub kind: String,
    pub channel: String,
    pub enabled: bool,
}

pub async fn choices(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<Choice>> {
    sqlx::query_as!(Choice, "SELECT kind, channel, enabled FROM notification_preferences WHERE user_id = $1", user_id)
        .fetch_all(db)
        .await
}

/// Mails waiting for quiet hours or a digest follow the setting.
pub async fn choose(
    db: &mut PgConnection,
    user_id: UserId,
    kind: NotificationKind,
    channel: &str,
    enabled: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO notification_preferences (user_id, kind, channel, enabled) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, kind, channel) DO UPDATE SET enabled = excluded.enabled
        "#,
        user_id,
        kind.as_str(),
        channel,
        enabled,
    )
    .execute(&mut *db)
    .await?;
    if channel == "mail" && !enabled {
        outbox::store::drop_unwanted(db, user_id, kind.as_str()).await?;
        digests::store::drop_unwanted(db, user_id, kind).await?;
    }
    Ok(())
}

pub async fn quiet_hours(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<(NaiveTime, NaiveTime)>> {
    let row = sqlx::query!("SELECT quiet_from, quiet_until FROM quiet_hours WHERE user_id = $1", user_id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| (row.quiet_from, row.quiet_until)))
}

pub async fn set_quiet_hours(
    db: &mut PgConnection,
    user_id: UserId,
    hours: Option<(NaiveTime, NaiveTime)>,
) -> sqlx::Result<()> {
    match hours {
        None => sqlx::query!("DELETE FROM quiet_hours WHERE user_id = $1", user_id).execute(db).await?,
        Some((from, until)) => {
            sqlx::query!(
                r#"
                INSERT INTO quiet_hours (user_id, quiet_from, quiet_until) VALUES ($1, $2, $3)
                ON CONFLICT (user_id) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until
                "#,
                user_id,
                from,
                until,
            )
            .execute(db)
            .await?
        }
    };
    Ok(())
}
