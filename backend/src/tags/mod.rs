//! Tags of a project: a name and a colour. Which tasks have them is written by `tasks` through [`store`].

pub mod model;
pub mod routes;
pub mod store;
