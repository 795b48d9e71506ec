//! Shared HTTP code: reading input, pages, ETags. Depends on no feature.

pub mod again;
pub mod bounded;
pub mod client_address;
pub mod email;
pub mod etag;
pub mod extract;
mod held_body;
pub mod input_errors;
pub mod inside;
pub mod instant;
pub mod lock_turns;
pub mod middleware;
mod no_nul;
mod object;
pub mod origin;
pub mod page;
pub mod patch;
pub mod problem;
pub mod request_context;
pub mod schema;
pub mod shared_by_id;
pub mod spa;
pub mod text;
pub mod user_slots;
pub mod validate;
