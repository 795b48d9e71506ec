//! Mail: what it says (texts and templates in each language), and how it is handed to an SMTP server.

mod letter;
mod message;
mod smtp;

pub use self::{
    letter::{Contents, Letter, Letters},
    message::Outgoing,
    smtp::{Mailer, transport_of},
};
