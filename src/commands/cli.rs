//! What a user types: the parser, and the list of verbs.

use super::output::OutputArgs;
use super::*;
use clap::{Parser, Subcommand};

/// The version, and what `build.rs` knows of the build: the commit and the target.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("LABCTL_BUILD"), ")");

/// Makes and proves a web-server lab: nginx in front of a Node application, on real machines.
#[derive(Debug, Parser)]
#[command(version = VERSION, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// The verb that was typed, with its arguments
    #[command(subcommand)]
    pub command: Command,
    /// How the run looks
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Makes the verbs, and hands each its arguments. A verb is a module with a `run`.
macro_rules! verbs {
    ($($(#[$about:meta])* $verb:ident($module:ident::$args:ident),)*) => {
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$about])* $verb($module::$args),)*
        }

        impl Command {
            /// Does what the user typed. `Some` means it did not end well, and everything about that has been reported already.
            pub(super) async fn run(self, output: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
                match self {
                    $(Self::$verb(args) => $module::run(args, output).await,)*
                }
            }
        }
    };
}

verbs! {
    /// Build the whole lab: machines if a provider is named, then every step, then the proof
    Up(up::UpArgs),
    /// Run one or more steps again
    Step(step::StepArgs),
    /// See what `up` would change, with diffs, and change nothing (exit code 3 if something would)
    Check(check::CheckArgs),
    /// Check the health of everything: every step, every machine, nginx, the application, every site (exit codes as for `check`)
    Status(status::StatusArgs),
    /// Find out what is wrong, also on machines that somebody configured by hand: the cause, what was seen, and what to
    /// type next (exit code 0: nothing, 3: something, 4: also a host that cannot be reached). Without an inventory: whether
    /// this computer is ready for a lab (3: something prevents any)
    Doctor(doctor::DoctorArgs),
    /// Show what would be sent where, and in which order
    Plan(plan::PlanArgs),
    /// Draw the lab: user, domains, web server, upstreams, application servers
    Graph(graph::GraphArgs),
    /// Send many requests to each site, and compare who answered with what the balance method promises
    Balance(balance::BalanceArgs),
    /// Show the lab as a live page on this computer: requests as they flow, machines, the run that is under way
    Watch(watch::WatchArgs),
    /// Break one application server under constant load, measure what visitors notice, and restore it
    Drill(drill::DrillArgs),
    /// Report a run: every step and task, the lab as a picture, balance and drills, from its recording
    #[command(args_conflicts_with_subcommands = true)]
    Report(report::ReportArgs),
    /// Explain a step or a topic: what it is for, and the commands to type by hand
    Explain(explain::ExplainArgs),
    /// Log in to a machine, or run one command there
    Ssh(ssh::SshArgs),
    /// Accept the host key that a machine offers now: after it was rebuilt, or where new keys are not accepted by themselves
    Trust(trust::TrustArgs),
    /// Run one command on many machines
    Exec(exec::ExecArgs),
    /// Remove what labctl made: the machines, and its block in the hosts file
    Down(down::DownArgs),
    /// Keep the state of machines under a name, for `reset --to`
    Snapshot(snapshot::SnapshotArgs),
    /// Reset machines to what they were before their first step, or to a snapshot
    Reset(reset::ResetArgs),
    /// Write an inventory to start from, or a class
    Init(init::InitArgs),
    /// Print the JSON Schema of inventories or classes, for editors
    Schema(schema::SchemaArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Write the man pages: one for labctl, one for each verb
    Man(man::ManArgs),
}
