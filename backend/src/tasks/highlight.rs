//! Marks what a search has found, by the rules of the search itself (database/migrations, search): a word matches when it has the
//! same English stem or begins with what was typed; Chinese, Japanese and Korean match as typed.
//!
//! What it costs for a task is bounded, whatever the task's text and the search are: a description is looked through up to its first
//! match, only the snippet around that is taken apart, and of the words that begin like one of the search only so many are compared
//! ([`MAX_COMPARED`]) and stemmed ([`MAX_STEMMED`]).

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context;
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

/// In one text.
const MAX_COMPARED: usize = 1000;
/// In one text. It takes some hundred times as long as to compare.
const MAX_STEMMED: usize = 100;
/// No English word is longer.
const MAX_STEMMED_LENGTH: usize = 64;

/// What was searched for, made ready once for a page of results.
pub struct Highlighter {
    stemmer: Stemmer,
    words: Vec<WantedWord>,
    /// Finds the longest of the runs that were typed; one pass over the text, however many there are.
    runs: AhoCorasick,
}

struct WantedWord {
    stem: String,
    typed: String,
}

/// How much of the allowed work is left in a text.
struct Budget {
    compared: usize,
    stemmed: usize,
}

impl Budget {
    fn new() -> Self {
        Self { compared: MAX_COMPARED, stemmed: MAX_STEMMED }
    }

    /// Whether one more may be taken of `left`.
    fn allows(left: &mut usize) -> bool {
        let allowed = *left > 0;
        *left = left.saturating_sub(1);
        allowed
    }
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

/// Stretches of characters of one class, by the places of their bytes.
fn stretches(text: &str) -> impl Iterator<Item = (Class, Range<usize>)> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let rest = &text[begin..];
        let of = class(rest.chars().next()?);
        let length = rest.find(|c| class(c) != of).unwrap_or(rest.len());
        let range = begin..begin + length;
        begin = range.end;
        Some((of, range))
    })
}

impl Highlighter {
    pub fn new(search: &str) -> anyhow::Result<Self> {
        let stemmer = Stemmer::create(Algorithm::English);
        let (mut words, mut runs) = (Vec::new(), Vec::new());
        for (class, range) in stretches(search) {
            match class {
                Class::Word => {
                    let typed = search[range].to_lowercase();
                    words.push(WantedWord { stem: stemmer.stem(&typed).into_owned(), typed });
                }
                Class::Cjk => runs.push(&search[range]),
                Class::Other => {}
            }
        }
        let runs = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(runs);
        Ok(Self { stemmer, words, runs: runs.context("what was searched for cannot be made ready")? })
    }

    pub fn highlight(&self, title: &str, description: &str) -> Highlights {
        Highlights {
            title: pieces(title, self.find(title, &mut Budget::new())),
            description: self.snippet(description),
        }
    }

    fn snippet(&self, text: &str) -> Option<Vec<Piece>> {
        let first = self.find(text, &mut Budget::new()).next()?.start;
        let start = text[..first].char_indices().rev().take(SNIPPET_BEFORE).last().map_or(first, |(index, _)| index);
        let end = text[start..].char_indices().nth(SNIPPET_LENGTH).map_or(text.len(), |(index, _)| start + index);
        // A word that the end cuts in two is judged whole. Before the first match there is nothing to find.
        let whole = end + text[end..].find(|c| class(c) == Class::Other).unwrap_or(text.len() - end);
        let budget = &mut Budget::new();
        let found = self.find(&text[first..whole], budget).map(|range| range.start + first..range.end + first);
        let shown =
            found.take_while(|range| range.start < end).map(|range| range.start - start..range.end.min(end) - start);
        let mut pieces = pieces(&text[start..end], shown);
        let ellipsis = || Piece { text: "…".to_owned(), matches: false };
        if start > 0 {
            pieces.insert(0, ellipsis());
        }
        if end < text.len() {
            pieces.push(ellipsis());
        }
        Some(pieces)
    }

    /// Ranges of matching bytes, in order, not overlapping, until the budget is spent.
    fn find<'a>(&'a self, text: &'a str, budget: &'a mut Budget) -> impl Iterator<Item = Range<usize>> + 'a {
        stretches(text).flat_map(move |(class, range)| {
            let (word, run) = match class {
                Class::Word => (self.matches(&text[range.clone()], budget).then(|| range.clone()), None),
                Class::Cjk => (None, Some(self.runs.find_iter(&text[range.clone()]))),
                Class::Other => (None, None),
            };
            let in_run =
                run.into_iter().flatten().map(move |found| range.start + found.start()..range.start + found.end());
            word.into_iter().chain(in_run)
        })
    }

    fn matches(&self, word: &str, budget: &mut Budget) -> bool {
        // A stem begins as its word does, so most words need not be looked at.
        let initial = word.chars().next().and_then(|c| c.to_lowercase().next());
        if !self.words.iter().any(|wanted| wanted.typed.chars().next() == initial)
            || !Budget::allows(&mut budget.compared)
        {
            return false;
        }
        let word = word.to_lowercase();
        if self.words.iter().any(|wanted| word.starts_with(&wanted.typed)) {
            return true;
        }
        if word.len() > MAX_STEMMED_LENGTH || !Budget::allows(&mut budget.stemmed) {
            return false;
        }
        let stem = self.stemmer.stem(&word);
        self.words.iter().any(|wanted| stem == wanted.stem)
    }
}

fn pieces(text: &str, found: impl Iterator<Item = Range<usize>>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |range: Range<usize>, matches: bool| {
        if !range.is_empty() {
            pieces.push(Piece { text: text[range].to_owned(), matches });
        }
    };
    let mut end = 0;
    for range in found {
        push(end..range.start, false);
        push(range.clone(), true);
        end = range.end;
    }
    push(end..text.len(), false);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(search: &str, text: &str) -> String {
        let pieces = Highlighter::new(search).expect("ready").highlight(text, "").title;
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
        let snippet = Highlighter::new("needle").expect("ready").highlight("", &text).description.expect("found");
        assert_eq!(snippet.first().map(|piece| piece.text.as_str()), Some("…"));
        assert!(snippet.iter().any(|piece| piece.matches && piece.text == "needle"));
        assert!(snippet.iter().map(|piece| piece.text.chars().count()).sum::<usize>() <= SNIPPET_LENGTH + 2);
    }

    fn snippet(search: &str, text: &str) -> Option<String> {
        let pieces = Highlighter::new(search).expect("ready").highlight("", text).description?;
        Some(
            pieces
                .iter()
                .map(|piece| if piece.matches { format!("[{}]", piece.text) } else { piece.text.clone() })
                .collect(),
        )
    }

    #[test]
    fn a_snippet_marks_every_match_in_it_and_none_within_a_word() {
        let text = format!("{} misreport reports and reported 数据数据", "x".repeat(60));
        assert_eq!(
            snippet("report 数据", &text).expect("found"),
            format!("…{} misreport [reports] and [reported] [数据][数据]", "x".repeat(29))
        );
        assert_eq!(snippet("数", "数").expect("found"), "[数]");
        assert_eq!(snippet("report", "Nothing of the kind"), None);
    }

    #[test]
    fn a_word_that_begins_like_many_is_stemmed_only_so_often() {
        let others = |count: usize| "rabbit ".repeat(count);
        assert!(snippet("reporting", &format!("{}reported", others(MAX_STEMMED - 1))).is_some());
        assert!(snippet("reporting", &format!("{}reported", others(MAX_STEMMED))).is_none(), "by its stem alone");
        assert!(snippet("reporting", &format!("{}reporting", others(MAX_STEMMED))).is_some(), "as it was typed");
        assert!(snippet("reporting", &format!("{}reporting", others(MAX_COMPARED))).is_none());
        assert!(snippet("reporting", &format!("{}reporting", "a ".repeat(9_000))).is_some(), "others cost nothing");
    }

    #[test]
    fn many_runs_cost_no_more_than_one() {
        // Each character of the text is the beginning of what was typed, and none the end.
        let search = (1..14).map(|length| "数".repeat(length) + "据").collect::<Vec<_>>().join(" ");
        let text = "数".repeat(20_000) + "据";
        let found = snippet(&search, &text).expect("found");
        assert!(found.ends_with(&format!("[{}据]", "数".repeat(13))), "{found}");
    }
}
