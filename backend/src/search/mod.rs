//! What a text is compared by: one normal form for the index, for what is searched for, for what is marked in results and for names.

pub mod fold;
pub mod highlight;
pub mod lexemes;
pub mod store;
mod tokens;
