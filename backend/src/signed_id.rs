//! Tokens of links that identify a row by a server-generated id: the id and its signature. The row alone decides whether the link is still
//! valid, and no secret is stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{id::Id, signer::Signer};

/// The purpose of a link; a token for another purpose is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    FinishRegistration,
    ChangeAddress,
    TakeAddressBack,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::FinishRegistration => "finish_registration",
            Self::ChangeAddress => "change_address",
            Self::TakeAddressBack => "take_address_back",
        }
    }
}

pub fn make<K>(signer: &Signer, purpose: Purpose, id: Id<K>) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(id.as_bytes()), signer.token(purpose.as_str(), id.as_bytes()))
}

/// The id, if the token is valid for this purpose.
pub fn read<K>(signer: &Signer, purpose: Purpose, token: &str) -> Option<Id<K>> {
    let (id, signature) = token.split_once('.')?;
    let id = Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    signer.verify(purpose.as_str(), id.as_bytes(), signature).then_some(Id::from_uuid(id))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::id::{AddressChangeId, kind};

    #[test]
    fn a_token_is_good_for_its_id_and_purpose() {
        let signer = Signer::new(&SecretString::from("0123456789abcdef0123456789abcdef"), &[]).expect("a signer");
        let (id, other) = (AddressChangeId::random(), AddressChangeId::random());
        let read = |purpose, token: &str| read::<kind::AddressChange>(&signer, purpose, token);
        let token = make(&signer, Purpose::ChangeAddress, id);
        assert_eq!(read(Purpose::ChangeAddress, &token), Some(id));
        assert_eq!(read(Purpose::TakeAddressBack, &token), None);
        let (_, signature) = token.split_once('.').expect("two parts");
        let forged = format!("{}.{signature}", URL_SAFE_NO_PAD.encode(other.as_bytes()));
        for wrong in ["", ".", "x.y", "none", &token[1..], &forged] {
            assert_eq!(read(Purpose::ChangeAddress, wrong), None, "{wrong}");
        }
    }
}
