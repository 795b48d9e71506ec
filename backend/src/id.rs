//! A type for each kind of id: a [`TaskId`] in place of a [`UserId`] does not compile. In JSON, in paths and in the database they are plain
//! UUIDs. `backend/sqlx.toml` gives each column its type, so queries read and bind them without a cast.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef},
};
use uuid::Uuid;

/// The id of a `K`, one of the types in [`kind`].
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

macro_rules! ids {
    ($($name:ident: $kind:ident),+ $(,)?) => {
        /// Markers for what an id identifies. They have no values.
        pub mod kind {
            $(#[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $kind {})+
        }
        $(pub type $name = Id<kind::$kind>;)+
    };
}

// Those that appear in the API must also be listed in `backend/build.rs`, so that the OpenAPI document describes them as UUIDs.
ids! {
    AddressChangeId: AddressChange,
    AnnouncementId: Announcement,
    ClaimId: Claim,
    DeliveryId: Delivery,
    DeviceId: Device,
    DigestItemId: DigestItem,
    ExportId: Export,
    InvitationId: Invitation,
    NotificationId: Notification,
    ProcessId: Process,
    ProjectId: Project,
    RegistrationId: Registration,
    ReminderId: Reminder,
    SessionId: Session,
    TagId: Tag,
    TaskId: Task,
    ThingId: Thing,
    TopicId: Topic,
    UserId: User,
    WebhookId: Webhook,
}

impl<K> Id<K> {
    /// A new id, higher than those generated before (UUIDv7, RFC 9562).
    #[expect(clippy::disallowed_methods, reason = "ids are made here")]
    #[expect(clippy::new_without_default, reason = "a default that differs each time is not a default")]
    pub fn new() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// A new id that does not reveal when it was generated (UUIDv4).
    #[expect(clippy::disallowed_methods, reason = "ids are made here")]
    pub fn random() -> Self {
        Self::from_uuid(Uuid::new_v4())
    }

    /// Lower than any other id: the starting point for walking through a table.
    pub const fn nil() -> Self {
        Self::from_uuid(Uuid::nil())
    }

    #[cfg(test)]
    pub const fn from_u128(number: u128) -> Self {
        Self::from_uuid(Uuid::from_u128(number))
    }

    pub const fn from_uuid(id: Uuid) -> Self {
        Self(id, PhantomData)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }

    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// Each project has its own topic, with the same id.
impl From<ProjectId> for TopicId {
    fn from(id: ProjectId) -> Self {
        Self::from_uuid(id.uuid())
    }
}

/// So has a user.
impl From<UserId> for TopicId {
    fn from(id: UserId) -> Self {
        Self::from_uuid(id.uuid())
    }
}

// Derived implementations would require the same of `K`.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::from_uuid)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

impl<K> Type<Postgres> for Id<K> {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}

impl<K> PgHasArrayType for Id<K> {
    fn array_type_info() -> PgTypeInfo {
        Uuid::array_type_info()
    }
}

impl<K> Encode<'_, Postgres> for Id<K> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buffer)
    }
}

impl<'r, K> Decode<'r, Postgres> for Id<K> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Uuid::decode(value).map(Self::from_uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_and_read_as_the_uuid_that_it_is() {
        let text = "0199aa4e-0000-7000-8000-000000000001";
        let id: TaskId = text.parse().expect("an id");
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_string(&id).expect("JSON"), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<TaskId>(&format!("\"{text}\"")).expect("an id"), id);
        assert_eq!("task-1".parse::<TaskId>(), Err(Uuid::parse_str("task-1").expect_err("no id")));
        assert!(TaskId::nil() < id && id < TaskId::new());
    }
}
