//! Texts chosen by strangers, in mails to people who have not asked for them: short, and without anything a mail program turns into a link.
//!
//! Mail programs link anything that looks like a link: `name.tld`, `www.…`, `a@b`, `scheme:…`, a path. Look-alike and invisible characters
//! do not help: UTS #46 maps U+2024 and ideographic full stops to a dot, as browsers do, and some programs drop zero-width characters
//! first. All of them end a link at a space, so one is inserted after each such character, and around an @.

/// Characters shown; enough to understand an invitation.
const LONGEST: usize = 60;

/// Separators of host names (UTS #46), and characters that start a scheme or a path.
const JOINTS: [char; 12] = [
    '.', '\u{2024}', '\u{3002}', '\u{ff0e}', '\u{ff61}', '\u{fe52}', ':', '/', '\\', '\u{2044}', '\u{ff0f}', '\u{2215}',
];
/// All forms of the at sign.
const AT: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// The text in a form that is safe in a mail to a stranger.
pub fn outside_text(text: &str) -> String {
    let mut shown = String::new();
    let mut letters = text.chars();
    let mut before = ' ';
    for letter in letters.by_ref().take(LONGEST) {
        let after_joint = JOINTS.contains(&before) || AT.contains(&before);
        if (after_joint || AT.contains(&letter)) && !before.is_whitespace() && !letter.is_whitespace() {
            shown.push(' ');
        }
        shown.push(letter);
        before = letter;
    }
    if letters.next().is_some() {
        shown.truncate(shown.trim_end().len());
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_looks_like_a_link() {
        for (text, shown) in [
            ("Spring release", "Spring release"),
            ("发布计划：春季", "发布计划：春季"),
            ("Dr. Lin, Jr.", "Dr. Lin, Jr."),
            ("http://evil.example/win", "http: / / evil. example/ win"),
            ("www.evil.example", "www. evil. example"),
            ("evil.example", "evil. example"),
            ("a@evil.example", "a @ evil. example"),
            ("a＠evil．example", "a ＠ evil． example"),
            ("evil。中国", "evil。 中国"),
            ("evil\u{2024}example", "evil\u{2024} example"),
            ("mailto:a@b", "mailto: a @ b"),
            ("evil.\u{200b}example", "evil. \u{200b}example"),
            ("\\\\evil\\share", "\\ \\ evil\\ share"),
            ("and/or", "and/ or"),
            ("", ""),
        ] {
            assert_eq!(outside_text(text), shown, "{text}");
        }
    }

    #[test]
    fn it_is_short() {
        let text = outside_text(&"林".repeat(100));
        assert_eq!(text, format!("{}…", "林".repeat(60)));
        assert_eq!(outside_text(&"x".repeat(60)), "x".repeat(60));
        assert!(outside_text(&"a.".repeat(100)).chars().count() <= 2 * LONGEST);
    }
}
