//! What people should know before and during a run, and no report holds.

use crate::model::event::{DrillFailure, DrillMode, Remark};
use crate::model::name::{BackendName, HostName, StepName};
use std::path::PathBuf;
use std::time::Duration;

/// What people should know before and during a run, and no report holds.
#[derive(Debug)]
pub enum Notice {
    /// What a provider does to its machines, in its own words: `made app1 (10.71.3.12)`.
    Provider(String),
    /// A host remarks something while nothing is reported: it waits for another run.
    Remark {
        /// The host.
        host: HostName,
        /// What it remarks.
        remark: Remark,
    },
    /// The run goes on without a recording.
    NotRecorded {
        /// Where it would be.
        folder: PathBuf,
        /// Why it is not there.
        error: std::io::Error,
    },
    /// This computer allows too few open files for as many hosts at once as were asked for.
    FewerHosts {
        /// Hosts at once.
        at_once: usize,
        /// How many there would be.
        wanted: usize,
    },
    /// A shard leaves these steps out: they need what all shards have done.
    AfterAllShards {
        /// The steps.
        steps: Vec<StepName>,
        /// Runs them, when the time has come.
        command: String,
    },
    /// A run was asked to stop, and ends what it has begun.
    RunStops,
    /// A drill was asked to stop, and restores what it broke.
    DrillStops,
    /// A drill stopped before it was done, and nothing is broken any more.
    DrillStopped,
    /// This mode of `drill --all` means nothing on this topology.
    ModeSkipped {
        /// The mode.
        mode: DrillMode,
        /// What it would come to.
        why: DrillFailure,
    },
    /// nginx works without what the lab's template adds, until the drill is over.
    NginxDefaults,
    /// nginx gets the lab's template again.
    NginxRestored,
    /// nginx leaves a server out for a while yet; whoever looks next must find the lab as it was before.
    Ejected {
        /// The server.
        server: BackendName,
        /// How long.
        lasts: Duration,
    },
}
