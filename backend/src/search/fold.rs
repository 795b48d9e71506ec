//! Normal forms of text. The database implements [`fold`] and [`name_key`] as functions of the same names, the front end in
//! `frontend/src/lib/fold.ts`; `frontend/src/lib/fold.cases.json` keeps the three consistent.

use std::sync::LazyLock;

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed, props::DefaultIgnorableCodePoint};

const NFC: ComposingNormalizerBorrowed = ComposingNormalizerBorrowed::new_nfc();
const NFKC: ComposingNormalizerBorrowed = ComposingNormalizerBorrowed::new_nfkc();
const NFD: DecomposingNormalizerBorrowed = DecomposingNormalizerBorrowed::new_nfd();
const IGNORABLE: CodePointSetDataBorrowed = CodePointSetData::new::<DefaultIgnorableCodePoint>();

const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Ignores width, composition and case (NFKC, full case folding).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Character by character, so that a final sigma does not matter. Lower-cased first, so that a capital ẞ becomes ss too.
    let composed = NFKC.normalize(text);
    let upper = composed.chars().flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    let folded: String = upper.flat_map(char::to_lowercase).collect();
    NFKC.normalize(&folded).replace("i\u{307}", "i")
}

/// The identity of names: [`fold`] without invisible characters, with single spaces.
pub fn name_key(name: &str) -> String {
    let visible = drop_ignorable(&fold(name));
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A joiner within an emoji creates another emoji, and so do the tags of flags.
pub fn drop_ignorable(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut kept = String::with_capacity(text.len());
    while let Some(one) = characters.next() {
        let joins = one == ZERO_WIDTH_JOINER && characters.peek().is_some_and(|next| is_pictograph(*next));
        if joins || matches!(one, '\u{E0020}'..='\u{E007F}') || !IGNORABLE.contains(one) {
            kept.push(one);
        }
    }
    kept
}

/// The blocks of symbols and pictographs. Ranges rather than the property, so that the database can use the same.
fn is_pictograph(one: char) -> bool {
    matches!(one, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Folded text without accents and optional vowel signs, in simplified characters, so that these do not matter for searching. Marks that
/// form another letter (kana voicing, vowels of Devanagari or Thai) are kept.
pub fn loose(folded: &str) -> String {
    if folded.is_ascii() {
        return folded.to_owned();
    }
    let bare: String = NFD.normalize(folded).chars().filter(|one| !is_optional_mark(*one)).collect();
    let mut loose = String::with_capacity(bare.len());
    for one in NFC.normalize(&bare).chars() {
        match one {
            'ø' => loose.push('o'),
            'ł' => loose.push('l'),
            'đ' => loose.push('d'),
            'ħ' => loose.push('h'),
            'ŧ' => loose.push('t'),
            'ı' => loose.push('i'),
            'æ' => loose.push_str("ae"),
            'œ' => loose.push_str("oe"),
            _ => loose.push(simplified(one)),
        }
    }
    loose
}

fn is_optional_mark(one: char) -> bool {
    matches!(one,
        // Combining marks of Latin, Greek and Cyrillic letters, and around symbols.
        '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        // Hebrew points and accents.
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        // Arabic vowel signs, Koranic marks and the kashida, which only stretches a word.
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E8}'
        | '\u{6EA}'..='\u{6ED}' | '\u{8CA}'..='\u{8FF}')
}

/// The block of unified ideographs, and its size.
const IDEOGRAPHS: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';

/// The simplified form of each ideograph.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let converter = OpenCC::from_config(BuiltinConfig::T2s).inspect_err(|error| {
        // The dictionaries are embedded in the program.
        tracing::error!(%error, "traditional characters are not simplified");
    });
    IDEOGRAPHS
        .map(|one| {
            let simple = converter.as_ref().ok().map(|converter| converter.convert(one.encode_utf8(&mut [0; 4])));
            simple.and_then(|simple| simple.chars().next()).unwrap_or(one)
        })
        .collect()
});

fn simplified(one: char) -> char {
    if !IDEOGRAPHS.contains(&one) {
        return one;
    }
    let place = u32::from(one) - u32::from(*IDEOGRAPHS.start());
    usize::try_from(place).ok().and_then(|place| SIMPLIFIED.get(place).copied()).unwrap_or(one)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        text: String,
        fold: String,
        name_key: String,
        loose: String,
    }

    #[test]
    fn the_server_folds_as_the_page_does() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../frontend/src/lib/fold.cases.json")).expect("cases");
        for case in cases {
            assert_eq!(fold(&case.text), case.fold, "fold of {:?}", case.text);
            assert_eq!(name_key(&case.text), case.name_key, "name_key of {:?}", case.text);
            assert_eq!(loose(&fold(&case.text)), case.loose, "loose form of {:?}", case.text);
        }
    }

    #[test]
    fn to_fold_again_changes_nothing() {
        for one in '\u{1}'..='\u{2FFFF}' {
            let folded = fold(&format!("a{one}b"));
            assert_eq!(fold(&folded), folded, "U+{:04X}", u32::from(one));
        }
    }

    #[test]
    fn traditional_is_simplified() {
        assert_eq!(loose("測試繁體中文"), "测试繁体中文");
    }
}
