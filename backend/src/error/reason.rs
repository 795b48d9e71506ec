//! Why a request was refused when no field is at fault: a code for programs and an English sentence. Codes are part of the API: they are
//! added, but never changed. No two reasons share a code, so clients need only one table of texts.

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, SchemaType, Type},
};

/// What somebody may see but not do (`forbidden`, 403).
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
pub enum Forbidden {
    // Projects.
    #[error("You can view this project, but not change it.")]
    ProjectReadOnly,
    #[error("Only the owner of the project can do this.")]
    OwnerOnly,
    #[error("The owner's role cannot be changed; transfer the project to another member first.")]
    OwnerKeepsRole,
    #[error("The owner cannot leave; transfer, delete or archive the project.")]
    OwnerCannotLeave,
    #[error("Only the owner of the project can remove others.")]
    OwnerRemovesMembers,
    #[error("The Inbox cannot be deleted.")]
    InboxNotDeletable,
    #[error("The Inbox cannot be transferred.")]
    InboxNotTransferable,
    #[error("The Inbox is private; share another project.")]
    InboxNotShareable,
    #[error("The project is archived; unarchive it first.")]
    ProjectArchived,
    #[error("Confirm your email address before you invite somebody; POST /auth/email/resend sends the mail again.")]
    AddressUnconfirmed,
    #[error("This server sends no mail; share the link yourself.")]
    InvitationMailOff,

    // Accounts.
    #[error("This server sends no mail; ask an administrator.")]
    MailOff,
    #[error("This link is for another account; sign in with that one.")]
    LinkOfAnotherAccount,
    #[error("Registration is closed; ask an administrator for an account.")]
    RegistrationClosed,
    #[error("You are the last administrator; make somebody else an administrator first.")]
    LastAdministratorStays,

    // Administrators.
    #[error("Only administrators can do this.")]
    AdministratorsOnly,
    #[error("You cannot do this to your own account; another administrator can.")]
    NotOwnAccount,
    #[error("There is already an administrator; ask them.")]
    AdministratorExists,

    // Requests.
    #[error("Two cookies of the same name were sent. Delete the cookies of this site and sign in again.")]
    AmbiguousCookie,
    #[error("Only a page of this server itself may do this.")]
    ForeignOrigin,
}

/// What does not exist for the caller (`not-found`, 404); worded to follow "no such …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case", suffix = "_not_found")]
pub enum Resource {
    #[error("account")]
    Account,
    #[error("announcement")]
    Announcement,
    #[error("blocked person")]
    BlockedPerson,
    #[error("delivery")]
    Delivery,
    #[error("export")]
    Export,
    #[error("file")]
    File,
    #[error("invitation")]
    Invitation,
    #[error("member")]
    Member,
    #[error("notification")]
    Notification,
    #[error("offer")]
    Offer,
    #[error("page")]
    Page,
    #[error("project")]
    Project,
    #[error("reminder")]
    Reminder,
    #[error("route")]
    Route,
    #[error("session")]
    Session,
    #[error("subscription")]
    Subscription,
    #[error("tag")]
    Tag,
    #[error("task")]
    Task,
    #[error("task in the trash")]
    TrashedTask,
    #[error("webhook")]
    Webhook,
}

/// Why the caller is not signed in (`unauthenticated`, 401).
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
pub enum Unauthenticated {
    #[error("Send an access token: Authorization: Bearer <token>.")]
    AccessTokenMissing,
    #[error("The Authorization header must be: Bearer <token>.")]
    AccessTokenMalformed,
    #[error("The access token is not valid or has expired; refresh it or sign in.")]
    AccessTokenInvalid,
    #[error("There is no refresh cookie; sign in.")]
    RefreshTokenMissing,
    #[error("The refresh token is not valid; sign in.")]
    RefreshTokenInvalid,
    #[error("The email address or the password is wrong.")]
    WrongCredentials,
    #[error("Sign in with the account that this link is for, then open it again.")]
    SignInForLink,
}

/// Temporary problems (`unavailable`, 503).
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
pub enum Unavailable {
    #[error("The database cannot be reached; nothing was changed. Try again.")]
    DatabaseUnreachable,
    #[error("The database is not ready; nothing was changed. Try again.")]
    DatabaseNotReady,
    #[error("Others are changing the same data; nothing was changed. Try again.")]
    ChangedByOthers,
    #[error("Too many answers are still unread by their clients; try again.")]
    TooManyUnreadAnswers,
    #[error("The request took too long; try again.")]
    TookTooLong,
    #[error("The server is stopping. Try again.")]
    ServerStopping,
    #[error("There are too many connections. Try again.")]
    TooManyConnections,
}

fn codes<Reason: IntoEnumIterator + Into<&'static str>>() -> Vec<&'static str> {
    Reason::iter().map(Into::into).collect()
}

/// The problem types that have a code, and their codes.
fn codes_by_type() -> [(&'static str, Vec<&'static str>); 4] {
    [
        ("unauthenticated", codes::<Unauthenticated>()),
        ("forbidden", codes::<Forbidden>()),
        ("not-found", codes::<Resource>()),
        ("unavailable", codes::<Unavailable>()),
    ]
}

pub fn code_schema() -> RefOr<Schema> {
    let kinds = codes_by_type();
    let types = kinds.iter().map(|(kind, _)| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(format!("With {types}: why. There may be more of them in later versions.")))
        .enum_values(Some(kinds.into_iter().flat_map(|(_, codes)| codes)))
        .examples(["owner_only"])
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_reasons_share_a_code() {
        let all: Vec<_> = codes_by_type().into_iter().flat_map(|(_, codes)| codes).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.contains(&"owner_only") && all.contains(&"blocked_person_not_found"), "{all:?}");
    }
}
