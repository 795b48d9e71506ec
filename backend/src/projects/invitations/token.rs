//! The token of a link: the invitation's id, signed. It tells by which way the link went, since only the one in the mail
//! shows that the address is the reader's: the other is given to whoever invites.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{signer::Signer, state::AppState};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Mail,
    /// Copied by whoever invites.
    Link,
}

impl Way {
    fn purpose(self) -> &'static str {
        match self {
            Self::Mail => "invitation_mail",
            Self::Link => "invitation_link",
        }
    }
}

/// The page on which the invitation is accepted.
pub fn url(state: &AppState, id: Uuid, way: Way) -> String {
    format!("{}/invitations/accept?token={}", state.config.page_url(), make(&state.signer, id, way))
}

fn make(signer: &Signer, id: Uuid, way: Way) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(id.as_bytes()), signer.token(way.purpose(), id.as_bytes()))
}

/// Whose token it is and how it went out; `None` when we did not make it.
pub fn read(signer: &Signer, token: &str) -> Option<(Uuid, Way)> {
    let (id, signature) = token.split_once('.')?;
    let id = Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let way = [Way::Mail, Way::Link].into_iter().find(|way| signer.verify(way.purpose(), id.as_bytes(), signature));
    way.map(|way| (id, way))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_token_names_its_invitation_and_the_way_it_went() {
        let signer = Signer::new(&SecretString::from("0123456789abcdef0123456789abcdef")).expect("a signer");
        let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
        for way in [Way::Mail, Way::Link] {
            assert_eq!(read(&signer, &make(&signer, id, way)), Some((id, way)));
        }
        let token = make(&signer, id, Way::Link);
        let (_, signature) = token.split_once('.').expect("two parts");
        let forged = format!("{}.{signature}", URL_SAFE_NO_PAD.encode(other.as_bytes()));
        for wrong in [forged.as_str(), "", ".", "x.y", signature, &token[..token.len() - 2]] {
            assert_eq!(read(&signer, wrong), None, "{wrong}");
        }
    }
}
