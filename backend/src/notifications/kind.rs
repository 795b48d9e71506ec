//! The kinds of notifications. A new one needs a variant here, its default, and texts in `mailer/texts/` and the front end.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[sqlx(type_name = "text")]
pub enum NotificationKind {
    #[serde(rename = "task.assigned")]
    #[sqlx(rename = "task.assigned")]
    TaskAssigned,
    #[serde(rename = "task.status_changed")]
    #[sqlx(rename = "task.status_changed")]
    TaskStatusChanged,
    #[serde(rename = "task.due_changed")]
    #[sqlx(rename = "task.due_changed")]
    TaskDueChanged,
    #[serde(rename = "task.reminder")]
    #[sqlx(rename = "task.reminder")]
    TaskReminder,
    #[serde(rename = "task.due_soon")]
    #[sqlx(rename = "task.due_soon")]
    TaskDueSoon,
    #[serde(rename = "task.overdue")]
    #[sqlx(rename = "task.overdue")]
    TaskOverdue,
    #[serde(rename = "project.member_added")]
    #[sqlx(rename = "project.member_added")]
    ProjectMemberAdded,
    #[serde(rename = "project.invited")]
    #[sqlx(rename = "project.invited")]
    ProjectInvited,
    #[serde(rename = "project.changed")]
    #[sqlx(rename = "project.changed")]
    ProjectChanged,
    #[serde(rename = "project.ownership")]
    #[sqlx(rename = "project.ownership")]
    ProjectOwnership,
    #[serde(rename = "project.task_added")]
    #[sqlx(rename = "project.task_added")]
    ProjectTaskAdded,
    #[serde(rename = "digest.news")]
    #[sqlx(rename = "digest.news")]
    DigestNews,
    #[serde(rename = "digest.weekly")]
    #[sqlx(rename = "digest.weekly")]
    DigestWeekly,
    #[serde(rename = "system.announcement")]
    #[sqlx(rename = "system.announcement")]
    SystemAnnouncement,
    #[serde(rename = "account.export_ready")]
    #[sqlx(rename = "account.export_ready")]
    ExportReady,
    #[serde(rename = "security.new_sign_in")]
    #[sqlx(rename = "security.new_sign_in")]
    NewSignIn,
    #[serde(rename = "security.password_changed")]
    #[sqlx(rename = "security.password_changed")]
    PasswordChanged,
}

/// The channels by which somebody is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    pub in_app: bool,
    pub mail: bool,
}

impl NotificationKind {
    pub const ALL: [Self; 17] = [
        Self::TaskAssigned,
        Self::TaskStatusChanged,
        Self::TaskDueChanged,
        Self::TaskReminder,
        Self::TaskDueSoon,
        Self::TaskOverdue,
        Self::ProjectMemberAdded,
        Self::ProjectInvited,
        Self::ProjectChanged,
        Self::ProjectOwnership,
        Self::ProjectTaskAdded,
        Self::DigestNews,
        Self::DigestWeekly,
        Self::SystemAnnouncement,
        Self::ExportReady,
        Self::NewSignIn,
        Self::PasswordChanged,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaskAssigned => "task.assigned",
            Self::TaskStatusChanged => "task.status_changed",
            Self::TaskDueChanged => "task.due_changed",
            Self::TaskReminder => "task.reminder",
            Self::TaskDueSoon => "task.due_soon",
            Self::TaskOverdue => "task.overdue",
            Self::ProjectMemberAdded => "project.member_added",
            Self::ProjectInvited => "project.invited",
            Self::ProjectChanged => "project.changed",
            Self::ProjectOwnership => "project.ownership",
            Self::ProjectTaskAdded => "project.task_added",
            Self::DigestNews => "digest.news",
            Self::DigestWeekly => "digest.weekly",
            Self::SystemAnnouncement => "system.announcement",
            Self::ExportReady => "account.export_ready",
            Self::NewSignIn => "security.new_sign_in",
            Self::PasswordChanged => "security.password_changed",
        }
    }

    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The default preferences: mail for what needs a reaction.
    pub fn default_channels(self) -> Channels {
        let (in_app, mail) = match self {
            Self::TaskAssigned | Self::ProjectMemberAdded | Self::ProjectInvited | Self::ProjectOwnership => {
                (true, true)
            }
            Self::TaskStatusChanged | Self::TaskDueChanged | Self::TaskDueSoon | Self::ProjectChanged => (true, false),
            Self::TaskReminder | Self::TaskOverdue | Self::SystemAnnouncement | Self::ExportReady => (true, true),
            Self::ProjectTaskAdded => (false, false),
            Self::DigestNews | Self::DigestWeekly => (false, true),
            Self::NewSignIn | Self::PasswordChanged => (true, true),
        };
        Channels { in_app, mail }
    }

    /// Whether its mails can wait for a digest: reports of the past can.
    pub fn waits_for_digest(self) -> bool {
        matches!(
            self,
            Self::TaskAssigned
                | Self::TaskStatusChanged
                | Self::TaskDueChanged
                | Self::ProjectMemberAdded
                | Self::ProjectInvited
                | Self::ProjectChanged
                | Self::ProjectTaskAdded
        )
    }

    /// No longer sent; stored ones are still shown.
    pub fn is_retired(self) -> bool {
        matches!(self, Self::ProjectMemberAdded)
    }

    /// Exists only as a mail.
    pub fn is_mail_only(self) -> bool {
        matches!(self, Self::DigestNews | Self::DigestWeekly)
    }

    /// These mails cannot be switched off: an intruder must not be able to.
    pub fn mail_is_fixed(self) -> bool {
        matches!(self, Self::NewSignIn | Self::PasswordChanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_text_form() {
        for kind in NotificationKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
            assert_eq!(NotificationKind::of_text(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn every_kind_has_texts_for_its_mail() {
        for texts in [include_str!("../mailer/texts/en.json"), include_str!("../mailer/texts/zh-CN.json")] {
            let texts: serde_json::Value = serde_json::from_str(texts).expect("JSON");
            for kind in NotificationKind::ALL {
                assert!(texts["kinds"][kind.as_str()].is_object(), "{kind:?} says nothing");
            }
        }
    }
}
