//! Splits text for searching, with positions: words, runs of scripts without spaces, emoji.
//!
//! The unit is the grapheme cluster, so a mark stays with its letter, however it is composed.

use std::{iter::Peekable, ops::Range};

use icu_properties::{
    CodePointMapData, CodePointSetData, CodePointSetDataBorrowed,
    props::{ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, RegionalIndicator, Script},
};
use unicode_segmentation::UnicodeSegmentation;

use super::fold;

const PICTOGRAPHIC: CodePointSetDataBorrowed = CodePointSetData::new::<ExtendedPictographic>();
const REGIONAL: CodePointSetDataBorrowed = CodePointSetData::new::<RegionalIndicator>();

/// The maximum length of a word that is compared or indexed.
pub const MAX_WORD: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub enum Token {
    Word(Word),
    /// A run of a script without spaces: its clusters in order.
    Run(Vec<Piece>),
    Emoji(Piece),
}

/// The letter and digit parts of an unbroken word: `ABC123` is `abc` and `123`.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    pub parts: Vec<Piece>,
    /// A directly following `++` or `#`, which changes the meaning, as in `C++`.
    pub sign: Option<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Bytes of the text.
    pub range: Range<usize>,
    pub folded: String,
}

impl Piece {
    fn extend(&mut self, other: Piece) {
        self.range.end = other.range.end;
        if self.folded.len() < MAX_WORD * 4 {
            self.folded.push_str(&other.folded);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    /// Of a script without spaces.
    Unspaced,
    Emoji,
    Plus,
    Hash,
    Other,
}

struct Cluster {
    class: Class,
    piece: Piece,
}

/// Tokens in order.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut clusters = clusters(text).peekable();
    std::iter::from_fn(move || {
        loop {
            let first = clusters.next()?;
            return Some(match first.class {
                Class::Other | Class::Plus | Class::Hash => continue,
                Class::Emoji => Token::Emoji(first.piece),
                Class::Unspaced => {
                    let mut run = vec![first.piece];
                    while let Some(next) = clusters.next_if(|next| next.class == Class::Unspaced) {
                        run.push(next.piece);
                    }
                    Token::Run(run)
                }
                Class::Letter | Class::Digit => Token::Word(word(first, &mut clusters)),
            });
        }
    })
}

fn word(first: Cluster, rest: &mut Peekable<impl Iterator<Item = Cluster>>) -> Word {
    let mut class = first.class;
    let mut current = first.piece;
    let mut parts = Vec::new();
    while let Some(next) = rest.next_if(|next| matches!(next.class, Class::Letter | Class::Digit)) {
        if next.class == class {
            current.extend(next.piece);
        } else {
            parts.push(std::mem::replace(&mut current, next.piece));
            class = next.class;
        }
    }
    let sign = (class == Class::Letter).then(|| sign_after(rest)).flatten();
    parts.push(current);
    Word { parts, sign }
}

fn sign_after(rest: &mut Peekable<impl Iterator<Item = Cluster>>) -> Option<Piece> {
    if let Some(hash) = rest.next_if(|next| next.class == Class::Hash) {
        return Some(hash.piece);
    }
    let mut sign = rest.next_if(|next| next.class == Class::Plus)?.piece;
    let second = rest.next_if(|next| next.class == Class::Plus)?;
    sign.extend(second.piece);
    Some(sign)
}

/// A cluster that folds to several (such as U+338F, `kg`) yields each with the same position; one that folds to nothing yields none.
fn clusters(text: &str) -> impl Iterator<Item = Cluster> + '_ {
    let mut at = 0;
    let mut several: Vec<Cluster> = Vec::new();
    std::iter::from_fn(move || {
        loop {
            if let Some(next) = several.pop() {
                return Some(next);
            }
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            if let Some((class, one)) = simple_cluster(rest) {
                let range = at..at + one.len_utf8();
                at = range.end;
                return Some(Cluster { class, piece: Piece { range, folded: one.to_ascii_lowercase().to_string() } });
            }
            let cluster = rest.graphemes(true).next()?;
            let range = at..at + cluster.len();
            at = range.end;
            let folded = fold::drop_ignorable(&fold::fold(cluster));
            several.extend(folded.graphemes(true).rev().map(|part| Cluster {
                class: class_of(part),
                piece: Piece { range: range.clone(), folded: part.to_owned() },
            }));
        }
    })
}

/// The common case: a single-character cluster that only needs case folding.
fn simple_cluster(rest: &str) -> Option<(Class, char)> {
    let mut characters = rest.chars();
    let one = characters.next()?;
    let class = simple_class(one)?;
    // Combining characters are above U+02FF, or the second of CR LF, which are irrelevant here.
    characters.next().is_none_or(|next| simple_class(next).is_some()).then_some((class, one))
}

fn simple_class(one: char) -> Option<Class> {
    match one {
        'a'..='z' | 'A'..='Z' => Some(Class::Letter),
        '0'..='9' => Some(Class::Digit),
        '+' => Some(Class::Plus),
        '#' => Some(Class::Hash),
        '\0'..='\u{7F}' | '\u{3001}' | '\u{3002}' => Some(Class::Other),
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}' => Some(Class::Unspaced),
        _ => None,
    }
}

fn class_of(folded: &str) -> Class {
    let Some(one) = folded.chars().next() else { return Class::Other };
    if let Some(class) = simple_class(one) {
        return class;
    }
    if PICTOGRAPHIC.contains(one) || REGIONAL.contains(one) {
        return Class::Emoji;
    }
    if is_unspaced(one) {
        return Class::Unspaced;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(one);
    if GeneralCategoryGroup::Letter.contains(category) || GeneralCategoryGroup::Mark.contains(category) {
        Class::Letter
    } else if GeneralCategoryGroup::Number.contains(category) {
        Class::Digit
    } else {
        Class::Other
    }
}

fn is_unspaced(one: char) -> bool {
    let script = CodePointMapData::<Script>::new().get(one);
    one == '\u{30FC}'
        || one.is_alphanumeric()
            && [
                Script::Han,
                Script::Hiragana,
                Script::Katakana,
                Script::Hangul,
                Script::Bopomofo,
                Script::Yi,
                Script::Thai,
                Script::Lao,
                Script::Khmer,
                Script::Myanmar,
                Script::Tibetan,
            ]
            .contains(&script)
}
