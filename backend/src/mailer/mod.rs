//! Mail: contents (texts and templates in each language), and delivery to an SMTP server.

pub mod compose;
mod compose_address;
mod message;
mod outside_text;
mod smtp;
mod task_lines;
mod templates;
pub mod worker;

use std::sync::Arc;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{config::Config, events::Bus, notifications::unsubscribe_keys::KeptKeys, signer::Signer};

pub use self::{
    message::Outgoing,
    outside_text::outside_text,
    smtp::Mailer,
    templates::{Contents, MailBody, MailTemplates},
};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub mail: Option<Arc<Mailer>>,
    pub templates: Arc<MailTemplates>,
    pub signer: Arc<Signer>,
    pub unsubscribe_keys: Arc<KeptKeys>,
    pub draining: CancellationToken,
}
