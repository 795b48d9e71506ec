//! Notices that are sent after the commit of their cause: conversion to a pending notice and back.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::{Notice, NotificationKind};
use crate::{
    events::{Audience, Change, PendingNotice},
    id::{NotificationId, ProjectId, UserId},
};

/// Identifies a notice among those of an event.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    pub project_id: ProjectId,
    pub revision: i64,
    /// Its index among the event's notices.
    pub number: usize,
    pub at: DateTime<Utc>,
}

impl Origin {
    /// The same in every attempt, so that nothing is queued twice.
    pub fn event_key(&self) -> String {
        format!("told:{}@{}#{}", self.project_id, self.revision, self.number)
    }

    /// The id of this person's notification, the same in every attempt, so that a second one violates a constraint. It is a UUIDv7 with the
    /// time of the event, so it sorts like the others.
    pub fn notification_id(&self, user_id: UserId) -> NotificationId {
        let digest = Sha256::new()
            .chain_update(self.project_id.as_bytes())
            .chain_update(self.revision.to_be_bytes())
            .chain_update(self.number.to_be_bytes())
            .chain_update(user_id.as_bytes())
            .finalize();
        let mut random = [0; 10];
        random.copy_from_slice(&digest[..10]);
        let millis = u64::try_from(self.at.timestamp_millis()).unwrap_or_default();
        NotificationId::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// Notifies these members of the notice's project after the commit; stored with the next event that `change` records for the project.
pub fn tell(change: &mut Change, notice: Notice, to: Audience) {
    let Notice { kind, project_id: Some(project_id), task_id, data, .. } = notice else { return };
    change.tell(project_id, PendingNotice { kind: kind.as_str().to_owned(), task_id, data, to });
}

impl Notice {
    /// Restores the notice that was passed to [`tell`].
    pub fn of_pending(pending: &PendingNotice, actor_id: Option<UserId>, origin: Origin) -> anyhow::Result<Self> {
        let kind = NotificationKind::of_text(&pending.kind)
            .with_context(|| format!("this version does not know the notification kind {:?}", pending.kind))?;
        Ok(Self {
            kind,
            actor_id,
            project_id: Some(origin.project_id),
            task_id: pending.task_id,
            data: pending.data.clone(),
            origin: Some(origin),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_id_for_each_notice_of_an_event() {
        let at = DateTime::from_timestamp_millis(1_795_000_000_123).expect("a moment");
        let origin = Origin { project_id: ProjectId::from_u128(1), revision: 7, number: 0, at };
        let (ada, bob) = (UserId::from_u128(2), UserId::from_u128(3));
        assert_eq!(origin.notification_id(ada), origin.notification_id(ada));
        assert_ne!(origin.notification_id(ada), origin.notification_id(bob));
        assert_ne!(origin.notification_id(ada), Origin { number: 1, ..origin }.notification_id(ada));
        assert_ne!(origin.notification_id(ada), Origin { revision: 8, ..origin }.notification_id(ada));
        let id = origin.notification_id(ada).uuid();
        assert_eq!((id.get_version_num(), id.get_timestamp().map(|at| at.to_unix().0)), (7, Some(1_795_000_000)));
    }
}
