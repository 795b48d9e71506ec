//! The API, tested as its clients see it: over HTTP, on a real PostgreSQL, with a real Redis where it matters.

mod accounts;
mod authorization;
mod bad_input;
mod caching;
mod command_line;
mod contract;
mod dashboard;
mod doctor;
mod listing;
mod mail;
mod members;
mod notifications;
mod operations;
mod passwords;
mod preferences;
mod projects;
mod recovery;
mod reminders;
mod search;
mod sessions;
mod support;
mod tags;
mod tasks;
mod trash;
mod webhooks;
