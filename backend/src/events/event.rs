use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Topic;
use crate::id::UserId;

/// The kinds of events. Their text forms are part of the API (docs/api.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    TaskCreated,
    TaskUpdated,
    TaskDeleted,
    TaskRestored,
    TaskPurged,
    ProjectUpdated,
    ProjectDeleted,
    ProjectRestored,
    OrderRenewed,
    MemberAdded,
    MemberUpdated,
    MemberRemoved,
    InvitationCreated,
    InvitationDeleted,
    TagCreated,
    TagUpdated,
    TagDeleted,
    ProjectJoined,
    ProjectChanged,
    ProjectLeft,
    NotificationCreated,
    NotificationRead,
    ReminderCreated,
    ReminderChanged,
    ReminderDeleted,
    InvitationsChanged,
    UserUpdated,
    SessionStarted,
    SessionEnded,
}

impl EventKind {
    /// Project events, which webhooks can receive.
    pub const OF_PROJECTS: [Self; 17] = [
        Self::TaskCreated,
        Self::TaskUpdated,
        Self::TaskDeleted,
        Self::TaskRestored,
        Self::TaskPurged,
        Self::ProjectUpdated,
        Self::ProjectDeleted,
        Self::ProjectRestored,
        Self::OrderRenewed,
        Self::MemberAdded,
        Self::MemberUpdated,
        Self::MemberRemoved,
        Self::InvitationCreated,
        Self::InvitationDeleted,
        Self::TagCreated,
        Self::TagUpdated,
        Self::TagDeleted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TaskCreated => "task.created",
            Self::TaskUpdated => "task.updated",
            Self::TaskDeleted => "task.deleted",
            Self::TaskRestored => "task.restored",
            Self::TaskPurged => "task.purged",
            Self::ProjectUpdated => "project.updated",
            Self::ProjectDeleted => "project.deleted",
            Self::ProjectRestored => "project.restored",
            Self::OrderRenewed => "order.renewed",
            Self::MemberAdded => "member.added",
            Self::MemberUpdated => "member.updated",
            Self::MemberRemoved => "member.removed",
            Self::InvitationCreated => "invitation.created",
            Self::InvitationDeleted => "invitation.deleted",
            Self::TagCreated => "tag.created",
            Self::TagUpdated => "tag.updated",
            Self::TagDeleted => "tag.deleted",
            Self::ProjectJoined => "project.joined",
            Self::ProjectChanged => "project.changed",
            Self::ProjectLeft => "project.left",
            Self::NotificationCreated => "notification.created",
            Self::NotificationRead => "notification.read",
            Self::ReminderCreated => "reminder.created",
            Self::ReminderChanged => "reminder.changed",
            Self::ReminderDeleted => "reminder.deleted",
            Self::InvitationsChanged => "invitations.changed",
            Self::UserUpdated => "user.updated",
            Self::SessionStarted => "session.started",
            Self::SessionEnded => "session.ended",
        }
    }
}

/// An event as stored and sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub topic: Topic,
    pub revision: i64,
    pub kind: String,
    pub data: serde_json::Value,
    pub actor: Option<UserId>,
    pub at: DateTime<Utc>,
}
