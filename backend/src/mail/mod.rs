//! Mail: what it says (texts and templates in each language), and how it is handed to an SMTP server.

mod letter;
mod message;
mod outside_text;
mod smtp;

pub use self::{
    letter::{Contents, Letter, Letters},
    message::Outgoing,
    outside_text::outside_text,
    smtp::{Mailer, transport_of},
};
