//! `make bench`: drives the release build of the server and says what it does in a second beside what the machine could do.

mod request;
mod results;
mod services;

fn main() {}
