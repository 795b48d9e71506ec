//! Email addresses in input. International domains are stored, compared and used in one form, the ASCII form of IDNA (UTS 46, as in
//! browsers), which also works with mail servers without SMTPUTF8.

use serde::{Deserialize, Deserializer};
use url::Host;

/// For `#[serde(deserialize_with = …)]`. Invalid addresses are left unchanged, for the field's rule to refuse.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|email| with_ascii_domain(&email))
}

/// `anna@müller.example` as `anna@xn--mller-kva.example`.
pub fn with_ascii_domain(email: &str) -> String {
    let email = email.trim();
    let Some((local, domain)) = email.rsplit_once(['@', '\u{FF20}']).filter(|(_, domain)| !domain.contains('%')) else {
        return email.to_owned();
    };
    if domain.is_ascii() && email.contains('@') {
        return email.to_owned();
    }
    match Host::parse(domain) {
        Ok(Host::Domain(ascii)) => format!("{local}@{ascii}"),
        _ => email.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_form() {
        for (written, stored) in [
            ("anna@müller.example", "anna@xn--mller-kva.example"),
            ("anna@MÜLLER.example", "anna@xn--mller-kva.example"),
            ("anna@mu\u{308}ller.example", "anna@xn--mller-kva.example"),
            ("lin@例子。测试", "lin@xn--fsqu00a.xn--0zwm56d"),
            ("lin＠ｅｘａｍｐｌｅ．org", "lin@example.org"),
            ("anna@straße.example", "anna@xn--strae-oqa.example"),
            (" lin@example.org ", "lin@example.org"),
            ("Lin@Example.org", "Lin@Example.org"),
            ("anna@mül ler.example", "anna@mül ler.example"),
            ("anna@ü%41.example", "anna@ü%41.example"),
            ("nobody", "nobody"),
            ("müller.example", "müller.example"),
        ] {
            assert_eq!(with_ascii_domain(written), stored, "{written}");
        }
    }
}
