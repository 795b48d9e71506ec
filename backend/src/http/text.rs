//! Rules for user-written texts, in the form that `#[garde(custom(…))]` takes. The database has the same rules (`is_one_line` and
//! `is_paragraphs`), and a test compares the two for every character.

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};

use crate::error::FieldProblem;

/// Blank glyphs that Unicode calls neither white space nor ignorable: the empty Braille pattern, hieroglyph blanks and the null notehead of
/// musical notation.
const DRAWN_BLANK: [char; 4] = ['\u{2800}', '\u{13441}', '\u{13442}', '\u{1D159}'];

/// Names and titles. They appear in lists, mail headers and log lines next to other texts, so they must not end the line or reorder what
/// follows, and need something visible to click on.
pub fn one_line(text: &str, context: &()) -> garde::Result {
    if let Some(found) = text.chars().find(|one| is_control_or_line_break(*one)) {
        return Err(FieldProblem::NotOneLine { character: notation(found) }.into());
    }
    if let Some(found) = text.chars().find(|one| is_bidi_control(*one)) {
        return Err(FieldProblem::BidiControl { character: notation(found) }.into());
    }
    not_blank(text, context)
}

/// Multi-line texts, such as descriptions. Line breaks (LF, and CRLF from Windows) and tabs are allowed; other control characters are
/// invisible and affect terminals and mails. Overrides show different words than stored, and no language needs them; embeddings and
/// isolates do occur in mixed Arabic or Hebrew text, and end with their paragraph.
pub fn paragraphs(text: &str, _: &()) -> garde::Result {
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '\n' | '\t' => {}
            '\r' if rest.peek() == Some(&'\n') => {}
            _ if one.is_control() => return Err(FieldProblem::ControlCharacter { character: notation(one) }.into()),
            '\u{202D}' | '\u{202E}' => return Err(FieldProblem::BidiControl { character: notation(one) }.into()),
            _ => {}
        }
    }
    Ok(())
}

pub fn not_blank(text: &str, _: &()) -> garde::Result {
    if text.chars().any(is_visible) {
        return Ok(());
    }
    Err(FieldProblem::Blank.into())
}

/// The usual notation for an invisible character, such as `U+202E`.
fn notation(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

fn is_control_or_line_break(one: char) -> bool {
    one.is_control() || matches!(one, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates, which affect following text. The marks (U+200E, U+200F, U+061C) act only at their position.
fn is_bidi_control(one: char) -> bool {
    matches!(one, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_visible(one: char) -> bool {
    !one.is_whitespace()
        && !one.is_control()
        && !DRAWN_BLANK.contains(&one)
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(one)
}
