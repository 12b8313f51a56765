//! The table of causes, in the order in which they are looked for: the way of a request, from the visitor's computer
//! to the application and back. The first line of each file says which causes stand in it; `account`, `backends`, `edited`, `ends`, `process_end`,
//! `put_back`, `refused`, `rebuilt`, `shut_out`, `sockets`, `started`, `unplaced` and `words` hold none, and help the others.

mod absent;
mod account;
mod answer;
mod app;
mod backends;
mod balance;
mod beside;
mod boot;
mod circles;
mod edited;
mod ends;
mod login;
mod lost;
mod machine;
mod names;
mod network;
mod nginx;
mod outgoing;
mod packages;
mod passes;
mod pm2;
mod process_end;
mod project;
mod put_back;
mod rebuilt;
mod refused;
mod routes;
mod rules;
mod service;
mod shut_out;
mod silent;
mod site;
mod sockets;
mod started;
mod swapped;
mod syntax;
mod timed;
mod tools;
mod turned_away;
mod units;
mod unplaced;
mod ways;
mod words;

pub use put_back::instead;

use super::evidence::HostView;
use super::{Cause, Clue, Found, Layer};
use crate::model::site::Site;

/// Every cause, in the order of a request's path.
pub fn all() -> impl Iterator<Item = &'static Cause> {
    [
        // Before what is looked for at the wrong machines.
        swapped::CAUSES,
        names::CAUSES,
        login::CAUSES,
        // What follows from it on the machine itself comes later.
        outgoing::CAUSES,
        machine::CAUSES,
        units::CAUSES,
        packages::CAUSES,
        // Before the firewalls that it may be taken for.
        routes::CAUSES,
        network::CAUSES,
        lost::CAUSES,
        tools::CAUSES,
        ways::CAUSES,
        app::CAUSES,
        service::CAUSES,
        rules::CAUSES,
        pm2::CAUSES,
        silent::CAUSES,
        beside::CAUSES,
        boot::CAUSES,
        // Files that nginx refuses are why it does not run.
        syntax::CAUSES,
        // What stops it again must be found before what starts it.
        timed::CAUSES,
        nginx::CAUSES,
        site::CAUSES,
        circles::CAUSES,
        passes::CAUSES,
        turned_away::CAUSES,
        answer::CAUSES,
        balance::CAUSES,
    ]
    .into_iter()
    .flatten()
}

/// On the web server, site by site: the first site that has it counts.
fn each(view: &HostView<'_>, find: fn(&HostView<'_>, &Site) -> Option<Found>) -> Option<Found> {
    view.is_web().then(|| view.sites.iter().find_map(|site| find(view, site))).flatten()
}
