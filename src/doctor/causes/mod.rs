//! The table of causes, in the order in which they are looked for: the way of a request, from the visitor's computer
//! to the application and back.

mod app;
mod balance;
mod machine;
mod nginx;
mod site;
mod way;

use super::chart::Place;
use super::{Cause, Found, Layer};

/// Every cause.
pub fn all() -> impl Iterator<Item = &'static Cause> {
    [way::CAUSES, machine::CAUSES, app::CAUSES, nginx::CAUSES, site::CAUSES, balance::CAUSES].into_iter().flatten()
}
