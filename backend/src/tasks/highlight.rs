//! Marks what a search has found, by the rules of the search itself (database/migrations, search): a word matches when it has the
//! same English stem or begins with what was typed; Chinese, Japanese and Korean match as typed.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};
use serde::Serialize;
use utoipa::ToSchema;

/// A piece of a text, to be shown after the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Piece {
    #[schema(example = "report")]
    pub text: String,
    /// Whether the search has found it.
    #[serde(rename = "match")]
    pub matches: bool,
}

/// Where in a task the words of a search stand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Highlights {
    pub title: Vec<Piece>,
    /// A snippet, when something stands there.
    pub description: Option<Vec<Piece>>,
}

const SNIPPET_BEFORE: usize = 40;
const SNIPPET_LENGTH: usize = 200;

/// What was searched for, made ready once for a page of results.
pub struct Highlighter {
    stemmer: Stemmer,
    words: Vec<(String, String)>,
    runs: Vec<Vec<char>>,
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Cjk,
    Other,
}

fn class(c: char) -> Class {
    if is_cjk(c) {
        Class::Cjk
    } else if c.is_alphanumeric() {
        Class::Word
    } else {
        Class::Other
    }
}

/// Stretches of characters of one class, by index.
fn stretches(chars: &[char]) -> Vec<(Class, Range<usize>)> {
    let mut found: Vec<(Class, Range<usize>)> = Vec::new();
    for (index, c) in chars.iter().enumerate() {
        let class = class(*c);
        match found.last_mut() {
            Some((last, range)) if *last == class => range.end = index + 1,
            _ => found.push((class, index..index + 1)),
        }
    }
    found
}

impl Highlighter {
    pub fn new(search: &str) -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let chars: Vec<char> = search.chars().collect();
        let (mut words, mut runs) = (Vec::new(), Vec::new());
        for (class, range) in stretches(&chars) {
            match class {
                Class::Word => {
                    let word = chars[range].iter().collect::<String>().to_lowercase();
                    words.push((stemmer.stem(&word).into_owned(), word));
                }
                Class::Cjk => runs.push(chars[range].to_vec()),
                Class::Other => {}
            }
        }
        Self { stemmer, words, runs }
    }

    pub fn highlight(&self, title: &str, description: &str) -> Highlights {
        let title: Vec<char> = title.chars().collect();
        let description: Vec<char> = description.chars().collect();
        Highlights { title: pieces(&title, &self.find(&title)), description: self.snippet(&description) }
    }

    fn snippet(&self, chars: &[char]) -> Option<Vec<Piece>> {
        let found = self.find(chars);
        let first = found.first()?.start;
        let start = first.saturating_sub(SNIPPET_BEFORE);
        let end = (start + SNIPPET_LENGTH).min(chars.len());
        let shifted: Vec<_> = found
            .into_iter()
            .filter(|range| range.start < end)
            .map(|range| range.start - start..range.end.min(end) - start)
            .collect();
        let mut pieces = pieces(&chars[start..end], &shifted);
        let ellipsis = || Piece { text: "…".to_owned(), matches: false };
        if start > 0 {
            pieces.insert(0, ellipsis());
        }
        if end < chars.len() {
            pieces.push(ellipsis());
        }
        Some(pieces)
    }

    /// Ranges of matching characters, in order, not overlapping.
    fn find(&self, chars: &[char]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (class, range) in stretches(chars) {
            match class {
                Class::Word => {
                    let word = chars[range.clone()].iter().collect::<String>().to_lowercase();
                    let stem = self.stemmer.stem(&word);
                    if self.words.iter().any(|(wanted_stem, wanted)| stem == *wanted_stem || word.starts_with(wanted)) {
                        found.push(range);
                    }
                }
                Class::Cjk => {
                    let mut index = range.start;
                    while index < range.end {
                        let rest = &chars[index..range.end];
                        match self.runs.iter().filter(|run| rest.starts_with(run)).map(Vec::len).max() {
                            Some(length) => {
                                found.push(index..index + length);
                                index += length;
                            }
                            None => index += 1,
                        }
                    }
                }
                Class::Other => {}
            }
        }
        found
    }
}

fn pieces(chars: &[char], found: &[Range<usize>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |range: Range<usize>, matches: bool| {
        if !range.is_empty() {
            pieces.push(Piece { text: chars[range].iter().collect(), matches });
        }
    };
    let mut end = 0;
    for range in found {
        push(end..range.start, false);
        push(range.clone(), true);
        end = range.end;
    }
    push(end..chars.len(), false);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(search: &str, text: &str) -> String {
        let pieces = Highlighter::new(search).highlight(text, "").title;
        pieces
            .iter()
            .map(|piece| if piece.matches { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn words_match_by_stem_and_by_beginning() {
        assert_eq!(marked("meeting", "Meet the team, meetings on Monday"), "[Meet] the team, [meetings] on Monday");
        assert_eq!(marked("repo", "Write the report"), "Write the [report]");
    }

    #[test]
    fn chinese_matches_as_typed_beside_english() {
        assert_eq!(marked("数据 backup", "每周数据备份 backups"), "每周[数据]备份 [backups]");
        assert_eq!(marked("据备", "数据备份"), "数[据备]份");
    }

    #[test]
    fn nothing_is_lost_and_a_snippet_is_cut_round_the_first_match() {
        assert_eq!(marked("", "a <b> & c"), "a <b> & c");
        let text = format!("{} needle {}", "x ".repeat(100), "y ".repeat(300));
        let snippet = Highlighter::new("needle").highlight("", &text).description.expect("found");
        assert_eq!(snippet.first().map(|piece| piece.text.as_str()), Some("…"));
        assert!(snippet.iter().any(|piece| piece.matches && piece.text == "needle"));
        assert!(snippet.iter().map(|piece| piece.text.chars().count()).sum::<usize>() <= SNIPPET_LENGTH + 2);
    }
}
