use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::FieldProblem,
    http::{
        schema::{ONE_LINE, VISIBLE_PARAGRAPHS, text_schema},
        text,
    },
    id::AnnouncementId,
    notifications::model::Person,
    users::model::Language,
};

const MAX_TITLE: usize = 200;
const MAX_TEXT: usize = 5000;

text_schema!(AnnouncementTitle, 1..=MAX_TITLE, ONE_LINE);
text_schema!(AnnouncementBody, 1..=MAX_TEXT, VISIBLE_PARAGRAPHS);

/// The announcement in one language.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"title": "Maintenance on Sunday", "text": "From 02:00 to 03:00 UTC nothing can be changed."}))]
pub struct AnnouncementText {
    #[schema(value_type = AnnouncementTitle)]
    #[garde(length(chars, max = MAX_TITLE), custom(text::one_line))]
    pub title: String,
    /// An empty line starts a new paragraph.
    #[schema(value_type = AnnouncementBody)]
    #[garde(length(chars, max = MAX_TEXT), custom(text::paragraphs), custom(text::not_blank))]
    pub text: String,
}

/// At least one language; readers of other languages get the first one available.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AnnouncementTexts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<AnnouncementText>,
    #[serde(rename = "zh-CN", skip_serializing_if = "Option::is_none")]
    pub zh_cn: Option<AnnouncementText>,
}

/// Written by hand because the derived implementation names `zh_cn`, which clients do not send.
impl Validate for AnnouncementTexts {
    type Context = ();

    fn validate_into(&self, context: &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if self.en.is_none() && self.zh_cn.is_none() {
            report.append(parent(), FieldProblem::LanguageRequired.into());
        }
        for (name, text) in [("en", &self.en), ("zh-CN", &self.zh_cn)] {
            if let Some(text) = text {
                text.validate_into(context, &mut || parent().join(name), report);
            }
        }
    }
}

impl AnnouncementTexts {
    /// The version for a reader of that language.
    pub fn for_reader(&self, language: Language) -> Option<&AnnouncementText> {
        let own = match language {
            Language::English => &self.en,
            Language::SimplifiedChinese => &self.zh_cn,
        };
        own.as_ref().or(self.en.as_ref()).or(self.zh_cn.as_ref())
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"texts": {"en": {"title": "Maintenance on Sunday", "text": "From 02:00 to 03:00 UTC nothing can be changed."}}}))]
pub struct NewAnnouncement {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<AnnouncementId>,
    #[garde(dive)]
    pub texts: AnnouncementTexts,
}

/// An announcement to everyone with an account, and its progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub texts: AnnouncementTexts,
    /// null: created on the command line, or by a deleted account.
    pub created_by: Option<Person>,
    pub created_at: DateTime<Utc>,
    /// Number of recipients; null until sending has started.
    pub recipients: Option<i64>,
    pub reached: i64,
    pub finished_at: Option<DateTime<Utc>>,
}
