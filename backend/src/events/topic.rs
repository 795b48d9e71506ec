use crate::id::{Id, ProjectId, TopicId, UserId};
use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A topic to subscribe to: a project, or a user's own feed. Written `project:<id>` and `user:<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    Project(ProjectId),
    User(UserId),
}

impl Topic {
    pub fn id(self) -> TopicId {
        match self {
            Self::Project(id) => id.into(),
            Self::User(id) => id.into(),
        }
    }

    pub fn kind(self) -> &'static str {
        match self {
            Self::Project(_) => "project",
            Self::User(_) => "user",
        }
    }

    /// From the columns of the table `topics`.
    pub fn from_row(kind: &str, id: TopicId) -> Self {
        if kind == "user" { Self::User(Id::from_uuid(id.uuid())) } else { Self::Project(Id::from_uuid(id.uuid())) }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.id())
    }
}

/// A text is not a topic.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a topic such as project:<id>")]
pub struct ParseTopicError;

impl FromStr for Topic {
    type Err = ParseTopicError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once(':').ok_or(ParseTopicError)?;
        let id: TopicId = id.parse().map_err(|_| ParseTopicError)?;
        match kind {
            "project" | "user" => Ok(Self::from_row(kind, id)),
            _ => Err(ParseTopicError),
        }
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_survives_its_text_form() {
        for topic in [Topic::Project(Id::new()), Topic::User(Id::new())] {
            assert_eq!(topic.to_string().parse(), Ok(topic));
        }
        for wrong in ["", "project", "project:1", "task:0199aa4e-0000-7000-8000-000000000000"] {
            assert_eq!(wrong.parse::<Topic>(), Err(ParseTopicError), "{wrong:?}");
        }
    }
}
