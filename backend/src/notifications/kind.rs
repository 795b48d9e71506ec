//! The kinds of notifications. A new one is a variant here, its default, and its texts in `mail/texts/` and in the page.

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
    #[serde(rename = "project.member_added")]
    #[sqlx(rename = "project.member_added")]
    ProjectMemberAdded,
    #[serde(rename = "security.new_sign_in")]
    #[sqlx(rename = "security.new_sign_in")]
    NewSignIn,
    #[serde(rename = "security.password_changed")]
    #[sqlx(rename = "security.password_changed")]
    PasswordChanged,
}

/// By which ways somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    pub in_app: bool,
    pub mail: bool,
}

impl NotificationKind {
    pub const ALL: [Self; 6] = [
        Self::TaskAssigned,
        Self::TaskStatusChanged,
        Self::TaskDueChanged,
        Self::ProjectMemberAdded,
        Self::NewSignIn,
        Self::PasswordChanged,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TaskAssigned => "task.assigned",
            Self::TaskStatusChanged => "task.status_changed",
            Self::TaskDueChanged => "task.due_changed",
            Self::ProjectMemberAdded => "project.member_added",
            Self::NewSignIn => "security.new_sign_in",
            Self::PasswordChanged => "security.password_changed",
        }
    }

    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What who has chosen nothing gets: mails for what asks something of them.
    pub fn default_ways(self) -> Ways {
        match self {
            Self::TaskAssigned | Self::ProjectMemberAdded => Ways { in_app: true, mail: true },
            Self::TaskStatusChanged | Self::TaskDueChanged => Ways { in_app: true, mail: false },
            Self::NewSignIn | Self::PasswordChanged => Ways { in_app: true, mail: true },
        }
    }

    /// Mails of these cannot be switched off: who has broken in must not be able to.
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
        for texts in [include_str!("../mail/texts/en.json"), include_str!("../mail/texts/zh-CN.json")] {
            let texts: serde_json::Value = serde_json::from_str(texts).expect("JSON");
            for kind in NotificationKind::ALL {
                assert!(texts["kinds"][kind.as_str()].is_object(), "{kind:?} says nothing");
            }
        }
    }
}
