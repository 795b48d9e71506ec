//! Text comparison: one normal form for the index, queries, highlighting and names.

pub mod fold;
pub mod highlight;
pub mod lexemes;
pub mod store;
mod tokens;
