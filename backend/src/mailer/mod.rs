//! Mail: what it says (texts and templates in each language), and how it is handed to an SMTP server.

pub mod compose;
mod compose_address;
mod letter;
mod message;
mod outside_text;
mod smtp;
mod task_lines;

pub use self::{
    letter::{Contents, Letter, Letters},
    message::Outgoing,
    outside_text::outside_text,
    smtp::Mailer,
};
