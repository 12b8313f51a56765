//! Faults, injected at every event of a full `up` and in between: nothing is lost, and the next run converges.
//!
//! By default a few injections into the edit of the hosts file, which needs no machines; where `CI` is set, also a few into runs of
//! two at once, a machine, a link and labctl itself. `LABCTL_FAULTS=few` injects a few of each class on a lab of its own;
//! `LABCTL_FAULTS=all cargo test --test lab faults -- --nocapture` injects everything, and `LABCTL_FAULTS='link,host: reboot' …` some
//! classes. `LABCTL_FAULTS_LABS=3` disturbs three labs at a time, each with a share of every class. What is chosen at random
//! comes from a seed that is printed, and can be given again with `LABCTL_FAULTS_SEED` (and as many labs). The table is written
//! to `target/tmp/faults.md`.

mod controller;
mod forwarder;
mod host;
mod hosts_file;
mod ledger;
mod link;
mod memory;
mod packages;
mod registry;
mod run;
mod snapshot;
mod stage;
mod two;

use super::{class, seen, skip};
use labctl::internals::shard::Shard;
use ledger::{Ledger, Outcome};
use stage::{Stage, words};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

#[test]
fn what_is_disturbed_converges() {
    let ledger = &Ledger::begin();
    std::thread::scope(|scope| {
        // Needs no machines, and so no turn.
        scope.spawn(|| hosts_file::all(ledger));
        for share in ledger.shares() {
            scope.spawn(move || {
                let began = Instant::now();
                // What the others come to is told all the same.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| on_machines(ledger, share))) {
                    let what = format!("share {share}");
                    ledger.record("the lab itself", &what, Outcome::Failed(words(&*panic)), began.elapsed());
                }
            });
        }
    });
    ledger.end();
}

fn on_machines(ledger: &Ledger, share: Shard) {
    let Some((mut stage, links)) = Stage::begin(ledger, share) else { return };
    two::all(&mut stage);
    host::all(&mut stage);
    packages::all(&mut stage);
    memory::all(&mut stage);
    link::all(&mut stage, &links);
    controller::all(&mut stage);
    stage.end();
}
