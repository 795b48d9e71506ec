//! Lexemes: the indexed parts of a task, and the terms of a query. `~` stands for the project's key, which the database inserts.
//!
//! Stored lexemes include those that earlier servers searched for (lower-case words, stems, raw character pairs), so that they find tasks
//! of newer ones.

use std::{collections::BTreeSet, fmt::Write};

use rust_stemmers::{Algorithm, Stemmer};

use super::{
    fold,
    tokens::{MAX_WORD, Piece, Token, Word, tokens},
};

/// No English word is longer.
const MAX_STEMMED: usize = 40;

/// The text of a `tsvector`: a title's lexemes have weight `A`, a description's `D`.
pub fn vector(title: &str, description: &str) -> String {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut text = String::with_capacity(title.len() * 4 + description.len() * 3);
    for (source, weight) in [(title, 'A'), (description, 'D')] {
        let mut lexemes = BTreeSet::new();
        for token in tokens(source) {
            add(&token, &stemmer, &mut lexemes);
        }
        for lexeme in lexemes {
            // Writing to a string does not fail.
            let _ = write!(text, "'~{lexeme}':1{weight} ");
        }
    }
    text
}

fn add(token: &Token, stemmer: &Stemmer, lexemes: &mut BTreeSet<String>) {
    match token {
        Token::Emoji(piece) => {
            lexemes.insert(cut(&piece.folded));
        }
        Token::Run(run) => {
            for (place, first) in run.iter().enumerate() {
                let pair = join(first, run.get(place + 1));
                lexemes.insert(cut(&fold::loose(&pair)));
                lexemes.insert(cut(&pair));
            }
        }
        Token::Word(word) => {
            let whole = whole(word);
            let loose = fold::loose(&whole);
            lexemes.extend(stem(stemmer, &loose));
            if let Some(sign) = &word.sign {
                lexemes.insert(signed(&loose, sign));
            }
            if word.parts.len() > 1 {
                for part in &word.parts {
                    let loose = fold::loose(&part.folded);
                    lexemes.extend(stem(stemmer, &loose));
                    lexemes.insert(cut(&loose));
                }
            }
            lexemes.insert(cut(&loose));
            lexemes.insert(cut(&whole));
        }
    }
}

/// The text of a query whose terms must all match; none if there is nothing to search for.
pub fn terms(search: &str) -> Option<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut terms = BTreeSet::new();
    for token in tokens(search) {
        match token {
            Token::Emoji(piece) => {
                terms.insert(beginning(&piece.folded));
            }
            Token::Run(run) => terms.extend(run_terms(&run)),
            Token::Word(word) => {
                terms.insert(word_term(&word, &stemmer));
            }
        }
    }
    (!terms.is_empty()).then(|| terms.into_iter().collect::<Vec<_>>().join(" & "))
}

/// A single character is a prefix of pairs; longer runs use all their pairs.
fn run_terms(run: &[Piece]) -> Vec<String> {
    if let [alone] = run {
        let loose = beginning(&fold::loose(&alone.folded));
        let as_is = beginning(&alone.folded);
        return vec![if loose == as_is { loose } else { format!("({as_is} | {loose})") }];
    }
    run.windows(2)
        .map(|pair| {
            let as_is = pair.iter().map(|piece| piece.folded.as_str()).collect::<String>();
            let loose = fold::loose(&as_is);
            // Also as typed: rows stored by an earlier server have no other form.
            if loose == as_is { exact(&loose) } else { format!("({} | {})", exact(&as_is), exact(&loose)) }
        })
        .collect()
}

/// A word matches by prefix or stem. Its letter and digit parts must all match, the last one by prefix.
fn word_term(word: &Word, stemmer: &Stemmer) -> String {
    let whole = whole(word);
    let loose = fold::loose(&whole);
    if let Some(sign) = &word.sign {
        return exact(&signed(&loose, sign));
    }
    let mut ways = vec![beginning(&whole)];
    if loose != whole {
        ways.push(beginning(&loose));
    }
    ways.extend(stem(stemmer, &loose).filter(|stem| *stem != loose).map(|stem| exact(&stem)));
    if let [parts @ .., last] = word.parts.as_slice()
        && !parts.is_empty()
    {
        let mut all: Vec<_> = parts.iter().map(|part| exact(&fold::loose(&part.folded))).collect();
        all.push(beginning(&fold::loose(&last.folded)));
        ways.push(format!("({})", all.join(" & ")));
    }
    format!("({})", ways.join(" | "))
}

pub(super) fn stem(stemmer: &Stemmer, word: &str) -> Option<String> {
    (word.len() <= MAX_STEMMED && word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then(|| stemmer.stem(word).into_owned())
}

fn whole(word: &Word) -> String {
    word.parts.iter().map(|part| part.folded.as_str()).collect()
}

fn signed(loose: &str, sign: &Piece) -> String {
    format!("{}{}", cut(loose), sign.folded)
}

fn join(first: &Piece, second: Option<&Piece>) -> String {
    format!("{}{}", first.folded, second.map_or("", |second| &second.folded))
}

fn cut(lexeme: &str) -> String {
    lexeme.chars().take(MAX_WORD).collect()
}

fn exact(lexeme: &str) -> String {
    format!("'~{}'", cut(lexeme))
}

fn beginning(lexeme: &str) -> String {
    format!("'~{}':*", cut(lexeme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_query_or_a_vector_is_made_of_gets_in() {
        let every: String = ('\u{1}'..=char::MAX).flat_map(|one| ['a', one]).collect();
        for text in [vector(&every, ""), terms(&every).expect("something")] {
            let lexemes = text.split('\'').skip(1).step_by(2);
            let odd = lexemes.filter(|lexeme| lexeme.bytes().skip(1).any(|byte| b"\\~&|!()<>: ".contains(&byte)));
            assert_eq!(odd.collect::<Vec<_>>(), [""; 0]);
        }
        assert_eq!(terms(" !?'\\~&|() "), None);
    }

    #[test]
    fn a_word_is_bounded() {
        assert!(vector(&"a".repeat(100_000), "").len() < 300);
        assert!(terms(&"a1".repeat(100)).expect("something").len() < 5_000);
    }
}
