//! What people say of themselves, and what hangs on it: with the time zone reminders and due dates move.

pub mod routes;
