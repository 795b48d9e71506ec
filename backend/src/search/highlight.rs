//! Highlights matches by the rules of the search itself ([`super::lexemes`]): a word matches if it has the same English stem or starts with
//! the typed text; scripts without spaces match literally.
//!
//! The cost per task is bounded, whatever its text and the query: a description is scanned up to its first match, only the snippet around
//! it is tokenised, and only a limited number of candidate words are compared ([`MAX_COMPARED`]) and stemmed ([`MAX_STEMMED`]).

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context;
use rust_stemmers::{Algorithm, Stemmer};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    fold, lexemes,
    tokens::{self, Token, Word, tokens},
};

/// A piece of a text, to be concatenated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Piece {
    #[schema(example = "report")]
    pub text: String,
    /// Whether it matches.
    #[serde(rename = "match")]
    pub matches: bool,
}

/// The matches in a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Highlights {
    pub title: Vec<Piece>,
    /// A snippet, if it contains a match.
    pub description: Option<Vec<Piece>>,
}

const SNIPPET_BEFORE: usize = 40;
const SNIPPET_LENGTH: usize = 200;

/// Per text.
const MAX_COMPARED: usize = 1000;
/// Per text. Stemming takes about a hundred times as long as comparing.
const MAX_STEMMED: usize = 100;
/// The query, prepared once for a page of results.
pub struct Highlighter {
    stemmer: Stemmer,
    words: Vec<WantedWord>,
    emoji: Vec<String>,
    /// Finds the longest typed run in one pass over the text.
    runs: AhoCorasick,
}

struct WantedWord {
    stem: Option<String>,
    typed: String,
    /// A required suffix, such as the `++` of `C++`.
    sign: Option<String>,
}

/// The remaining budget in a text.
struct Budget {
    compared: usize,
    stemmed: usize,
}

impl Budget {
    fn new() -> Self {
        Self { compared: MAX_COMPARED, stemmed: MAX_STEMMED }
    }

    /// Consumes one unit of `left`, if available.
    fn allows(left: &mut usize) -> bool {
        let allowed = *left > 0;
        *left = left.saturating_sub(1);
        allowed
    }
}

impl Highlighter {
    pub fn new(search: &str) -> anyhow::Result<Self> {
        let stemmer = Stemmer::create(Algorithm::English);
        let (mut words, mut emoji, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for token in tokens(search) {
            match token {
                Token::Word(word) => {
                    let mut sign = word.sign.map(|sign| sign.folded);
                    for part in word.parts.into_iter().rev() {
                        let typed = fold::loose(&part.folded);
                        words.push(WantedWord { stem: lexemes::stem(&stemmer, &typed), typed, sign: sign.take() });
                    }
                }
                Token::Run(run) => {
                    runs.push(fold::loose(&run.iter().map(|piece| piece.folded.as_str()).collect::<String>()))
                }
                Token::Emoji(piece) => emoji.push(piece.folded),
            }
        }
        let runs = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(runs);
        Ok(Self { stemmer, words, emoji, runs: runs.context("what was searched for cannot be made ready")? })
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
        // A word cut by the end is matched as a whole. Before the first match there is nothing to find.
        let whole = end + text[end..].find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len() - end);
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

    /// Ranges of matching bytes, ordered and not overlapping, until the budget is spent.
    fn find<'a>(&'a self, text: &'a str, budget: &'a mut Budget) -> impl Iterator<Item = Range<usize>> + 'a {
        tokens(text).flat_map(move |token| match token {
            Token::Word(word) => self.in_word(&word, budget),
            Token::Run(run) => self.in_run(&run),
            Token::Emoji(piece) => {
                let wanted = self.emoji.iter().any(|emoji| piece.folded.starts_with(emoji.as_str()));
                if wanted { vec![piece.range] } else { Vec::new() }
            }
        })
    }

    /// Adjacent matching letters and digits are one match.
    fn in_word(&self, word: &Word, budget: &mut Budget) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (place, part) in word.parts.iter().enumerate() {
            let sign = word.sign.as_ref().filter(|_| place + 1 == word.parts.len());
            let Some(end) = self.matches(&part.folded, sign, budget).then_some(part.range.end) else { continue };
            let is_signed = sign.filter(|_| self.words.iter().any(|wanted| wanted.sign.is_some()));
            let range = part.range.start..is_signed.map_or(end, |sign| sign.range.end);
            match found.last_mut().filter(|last| last.end == range.start) {
                Some(last) => last.end = range.end,
                None => found.push(range),
            }
        }
        found
    }

    fn matches(&self, part: &str, sign: Option<&tokens::Piece>, budget: &mut Budget) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let loose = fold::loose(part);
        // A stem starts like its word, so most words can be skipped.
        let initial = loose.chars().next();
        if !self.words.iter().any(|wanted| wanted.typed.chars().next() == initial)
            || !Budget::allows(&mut budget.compared)
        {
            return false;
        }
        let sign = sign.map(|sign| sign.folded.as_str());
        let begins = |wanted: &WantedWord| match wanted.sign.as_deref() {
            Some(typed) => sign == Some(typed) && loose == wanted.typed,
            None => loose.starts_with(&wanted.typed),
        };
        if self.words.iter().any(begins) {
            return true;
        }
        if !Budget::allows(&mut budget.stemmed) {
            return false;
        }
        let stem = lexemes::stem(&self.stemmer, &loose);
        stem.is_some() && self.words.iter().any(|wanted| wanted.sign.is_none() && stem == wanted.stem)
    }

    /// Only whole clusters: a letter does not match without its marks.
    fn in_run(&self, run: &[tokens::Piece]) -> Vec<Range<usize>> {
        if self.runs.patterns_len() == 0 {
            return Vec::new();
        }
        let mut loose = String::new();
        let mut ends = Vec::with_capacity(run.len());
        for piece in run {
            loose.push_str(&fold::loose(&piece.folded));
            ends.push(loose.len());
        }
        let found = self.runs.find_iter(&loose).filter_map(|found| {
            let first = if found.start() == 0 { 0 } else { ends.binary_search(&found.start()).ok()? + 1 };
            let last = ends.partition_point(|end| *end < found.end());
            Some(run.get(first)?.range.start..run.get(last)?.range.end)
        });
        found.collect()
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
        // One character may contain several query characters, such as U+3392 (MHz).
        if range.start < end {
            continue;
        }
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
        // Each character of the text starts the query, and none ends it.
        let search = (1..14).map(|length| "数".repeat(length) + "据").collect::<Vec<_>>().join(" ");
        let text = "数".repeat(20_000) + "据";
        let found = snippet(&search, &text).expect("found");
        assert!(found.ends_with(&format!("[{}据]", "数".repeat(13))), "{found}");
    }
}
