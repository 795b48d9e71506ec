//! The token of a link: the invitation's id and a signature. The signature tells how the link was delivered, because only the one in the
//! mail proves that the address belongs to its reader; the inviter gets the other.
//!
//! The signature covers random bytes from the server: clients choose ids, possibly that of a revoked invitation. An id identifies an
//! invitation but never grants access.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    config::Config,
    id::{Id, InvitationId},
    signer::Signer,
};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Mail,
    /// Copied by the inviter.
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

/// Distinguishes an invitation from every other, including an earlier one with the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// `None` for invitations from before nonces existed.
    pub nonce: Option<Vec<u8>>,
    pub email: String,
}

impl Seal {
    pub fn new_nonce() -> [u8; 16] {
        rand::random()
    }

    /// Id and nonce have a fixed length, so different invitations give different bytes.
    fn message(&self, id: InvitationId) -> Vec<u8> {
        match &self.nonce {
            None => id.as_bytes().to_vec(),
            Some(nonce) => [&id.as_bytes()[..], nonce, self.email.to_lowercase().as_bytes()].concat(),
        }
    }
}

/// The page for accepting the invitation.
pub fn url(config: &Config, signer: &Signer, id: InvitationId, seal: &Seal, way: Way) -> String {
    format!("{}/invitations/accept?token={}", config.page_url(), make(signer, id, seal, way))
}

fn make(signer: &Signer, id: InvitationId, seal: &Seal, way: Way) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(id.as_bytes()), signer.token(way.purpose(), &seal.message(id)))
}

/// A presented token; untrusted until [`Token::way`] is checked.
#[derive(Debug)]
pub struct Token<'a> {
    pub id: InvitationId,
    signature: &'a str,
}

impl<'a> Token<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let (id, signature) = text.split_once('.')?;
        let id = Id::from_uuid(Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?);
        Some(Self { id, signature })
    }

    /// How the invitation's link was delivered; `None` if the token is not one of its.
    pub fn way(&self, signer: &Signer, seal: &Seal) -> Option<Way> {
        let message = seal.message(self.id);
        [Way::Mail, Way::Link].into_iter().find(|way| signer.verify(way.purpose(), &message, self.signature))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn seal(nonce: Option<u8>, email: &str) -> Seal {
        Seal { nonce: nonce.map(|byte| vec![byte; 16]), email: email.to_owned() }
    }

    #[test]
    fn a_token_is_good_for_its_invitation_and_names_the_way_it_went() {
        let signer = Signer::new(&SecretString::from("0123456789abcdef0123456789abcdef"), &[]).expect("a signer");
        let (id, other) = (InvitationId::new(), InvitationId::new());
        let own = seal(Some(1), "a@example.org");
        for way in [Way::Mail, Way::Link] {
            let text = make(&signer, id, &own, way);
            let token = Token::parse(&text).expect("a token");
            assert_eq!((token.id, token.way(&signer, &own)), (id, Some(way)));
            for foreign in [seal(Some(2), "a@example.org"), seal(Some(1), "b@example.org"), seal(None, "a@example.org")]
            {
                assert_eq!(token.way(&signer, &foreign), None, "{foreign:?}");
            }
            let (_, signature) = text.split_once('.').expect("two parts");
            let forged = format!("{}.{signature}", URL_SAFE_NO_PAD.encode(other.as_bytes()));
            assert_eq!(Token::parse(&forged).and_then(|token| token.way(&signer, &own)), None);
        }
        for wrong in ["", ".", "x.y", "no-dot"] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }
}
