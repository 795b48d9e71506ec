//! The contents of mails. The texts of a language are in one file (`texts/`), the two layouts in `templates/`.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::Context;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::users::model::Language;

const LANGUAGES: [(Language, &str); 2] = [
    (Language::English, include_str!("texts/en.json")),
    (Language::SimplifiedChinese, include_str!("texts/zh-CN.json")),
];

/// The template name of a text of a language.
const SENTENCE: &str = "text.txt";

/// A mail in both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailBody {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The texts of one language: those of every mail, and those of each kind.
#[derive(Debug, Clone, Deserialize)]
struct Texts {
    frame: BTreeMap<String, String>,
    kinds: BTreeMap<String, KindTexts>,
}

/// Each text is a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindTexts {
    subject: String,
    title: String,
    #[serde(default)]
    lines: Vec<String>,
    /// Names a value with paragraphs, which are kept; they come after the lines.
    paragraphs: Option<String>,
    /// The label of the button that opens the object.
    button: Option<String>,
    /// In small print, under the button.
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Filled<'a> {
    language: &'static str,
    subject: &'a str,
    title: String,
    greeting: String,
    lines: Vec<String>,
    button: Option<String>,
    url: Option<&'a str>,
    link_hint: &'a str,
    notes: Vec<String>,
    reason: &'a str,
    preferences: &'a str,
    preferences_url: String,
    unsubscribe: &'a str,
    unsubscribe_url: Option<&'a str>,
    items: &'a Value,
}

/// The values of a mail.
pub struct Contents<'a> {
    pub kind: &'a str,
    pub language: Language,
    /// The recipient's name; without one there is no greeting.
    pub name: Option<&'a str>,
    /// Values for the kind's texts.
    pub data: &'a Value,
    /// The target of the button.
    pub url: Option<&'a str>,
    /// The page that confirms unsubscribing.
    pub unsubscribe_url: Option<&'a str>,
    pub public_url: &'a str,
}

/// Renders mail bodies.
pub struct MailTemplates {
    environment: Environment<'static>,
    texts: Vec<(Language, Texts)>,
}

impl MailTemplates {
    pub fn load() -> anyhow::Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(write_escaped(out, text)?),
            (_, Some(text)) if state.name() == SENTENCE && runs_from_right(text) => {
                Ok(write!(out, "\u{2068}{text}\u{2069}")?)
            }
            _ => minijinja::escape_formatter(out, state, value),
        });
        environment.add_template("mail.html", include_str!("templates/mail.html"))?;
        environment.add_template("mail.txt", include_str!("templates/mail.txt"))?;
        let mut texts = Vec::new();
        for (language, json) in LANGUAGES {
            texts.push((language, serde_json::from_str(json).context("texts of mails")?));
        }
        Ok(Self { environment, texts })
    }

    pub fn write(&self, contents: &Contents<'_>) -> anyhow::Result<MailBody> {
        let texts = self.texts_of(contents.language)?;
        let kind = texts.kinds.get(contents.kind).with_context(|| format!("no mail says {:?}", contents.kind))?;
        let fill = |template: &str| -> anyhow::Result<String> {
            let filled = self.environment.render_named_str(SENTENCE, template, contents.data)?;
            Ok(one_line(&filled))
        };
        let fill_all =
            |templates: &[String]| templates.iter().map(|text| fill(text)).collect::<anyhow::Result<Vec<_>>>();
        let frame = |name: &str| texts.frame.get(name).map(String::as_str).with_context(|| format!("no text {name:?}"));
        let subject = fill(&kind.subject)?;
        let greeting = match contents.name {
            Some(name) => self.environment.render_named_str(
                SENTENCE,
                frame("greeting")?,
                serde_json::json!({ "name": one_line(name) }),
            )?,
            None => String::new(),
        };
        let mut lines = fill_all(&kind.lines)?;
        let written = kind.paragraphs.as_ref().and_then(|name| contents.data.get(name)?.as_str());
        lines.extend(written.into_iter().flat_map(str::lines).map(one_line));
        lines.retain(|line| !line.is_empty());
        let filled = Filled {
            language: match contents.language {
                Language::English => "en",
                Language::SimplifiedChinese => "zh-CN",
            },
            subject: &subject,
            title: fill(&kind.title)?,
            greeting,
            lines,
            button: kind.button.as_deref().map(fill).transpose()?,
            url: contents.url,
            link_hint: frame("link_hint")?,
            notes: fill_all(&kind.notes)?,
            reason: frame(if contents.unsubscribe_url.is_some() { "reason" } else { "reason_account" })?,
            preferences: frame("preferences")?,
            preferences_url: format!("{}/profile", contents.public_url),
            unsubscribe: frame("unsubscribe")?,
            unsubscribe_url: contents.unsubscribe_url,
            items: contents.data.get("items").unwrap_or(&Value::Null),
        };
        let html = self.environment.get_template("mail.html")?.render(&filled)?;
        let text = self.environment.get_template("mail.txt")?.render(&filled)?;
        Ok(MailBody { subject, text, html })
    }

    /// The subject of a mail of the kind.
    pub fn subject(&self, kind: &str, language: Language, data: &Value) -> anyhow::Result<String> {
        let kind_texts = self.texts_of(language)?.kinds.get(kind);
        let template = &kind_texts.with_context(|| format!("no mail says {kind:?}"))?.subject;
        Ok(one_line(&self.environment.render_named_str(SENTENCE, template, data)?))
    }

    /// A word used in every mail.
    pub fn word(&self, language: Language, key: &str) -> anyhow::Result<&str> {
        let found = self.texts_of(language)?.frame.get(key);
        found.map(String::as_str).with_context(|| format!("no text {key:?}"))
    }

    fn texts_of(&self, language: Language) -> anyhow::Result<&Texts> {
        let found = self.texts.iter().find(|(one, _)| *one == language);
        found.map(|(_, texts)| texts).context("a language without texts")
    }
}

/// Escapes only what HTML requires: the library would write every slash of a URL as an entity, which some mail programs cannot read.
fn write_escaped(out: &mut minijinja::Output<'_>, text: &str) -> std::fmt::Result {
    for letter in text.chars() {
        match letter {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            other => out.write_char(other)?,
        }
    }
    Ok(())
}

/// Whether the text contains right-to-left letters. Then it is isolated (FSI … PDI, Unicode UAX #9), because otherwise the surrounding
/// punctuation and numbers would move to its other side. The blocks are the right-to-left defaults in DerivedBidiClass.txt.
fn runs_from_right(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

/// Titles and names are user input: they must not start a new line, least of all in a header, where a library may panic.
pub fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_control()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let templates = MailTemplates::load().expect("the texts can be read");
        let keys: Vec<_> = templates
            .texts
            .iter()
            .map(|(_, texts)| {
                let shape = |kind: &KindTexts| {
                    (kind.lines.len(), kind.paragraphs.clone(), kind.button.is_some(), kind.notes.len())
                };
                let kinds: Vec<_> = texts.kinds.iter().map(|(name, kind)| (name.clone(), shape(kind))).collect();
                (texts.frame.keys().cloned().collect::<Vec<_>>(), kinds)
            })
            .collect();
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn what_people_wrote_is_escaped_and_stays_on_its_line() {
        let templates = MailTemplates::load().expect("the texts can be read");
        let data = json!({ "user_agent": "<b>x</b>\r\nBcc: all", "ip_address": "::1", "at": "now" });
        let contents = Contents {
            kind: "security.password_changed",
            language: Language::English,
            name: Some("<i>Lin</i>"),
            data: &data,
            url: Some("https://todo.example.org/?a=1&b=2"),
            unsubscribe_url: None,
            public_url: "https://todo.example.org",
        };
        let body = templates.write(&contents).expect("written");
        assert!(!body.html.contains("<i>") && body.html.contains("&lt;i&gt;Lin"), "{}", body.html);
        let around = &body.html[..body.html.find("&lt;i&gt;Lin").expect("the greeting")];
        let element = &around[around.rfind("<p").expect("its paragraph")..];
        assert!(element.contains(r#"dir="auto""#), "it finds its own direction: {element}");
        assert!(body.text.contains("<i>Lin</i>") && !body.subject.contains('\n'));
    }

    #[test]
    fn a_name_that_runs_from_right_to_left_is_set_apart_from_the_sentence() {
        let templates = MailTemplates::load().expect("the texts can be read");
        let greeted = |name| {
            let contents = Contents {
                kind: "security.password_changed",
                language: Language::English,
                name: Some(name),
                data: &json!({ "user_agent": "a browser", "ip_address": "::1", "at": "now" }),
                url: None,
                unsubscribe_url: None,
                public_url: "https://todo.example.org",
            };
            templates.write(&contents).expect("written").text
        };
        assert!(greeted("\u{5d3}\u{5e0}\u{5d4}").contains("Hello \u{2068}\u{5d3}\u{5e0}\u{5d4}\u{2069},"));
        assert!(greeted("张三").contains("Hello 张三,"));
    }
}
