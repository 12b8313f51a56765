//! The words a user types, turned at once into our types.

mod many;

pub use many::{FailureArgs, ParallelArgs};

use crate::config::inventory::Setting;
use crate::model::name::{LabName, StepName};
use crate::session::options::RunOptions;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Makes and proves a web-server lab: nginx in front of a Node application, on real machines.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// How the run looks
    #[command(flatten)]
    pub look: OutputArgs,
}

/// How results are shown.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// For people, or one JSON event per line
    #[arg(long, global = true, value_enum, default_value = "human", env = "LABCTL_FORMAT")]
    pub format: Format,
    /// Whether to use colour (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
    /// Show every task, with diffs and output
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show only what did not go well, and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// For whom output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// People.
    Human,
    /// Programs.
    Json,
}

/// The forms of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A tree, for the terminal.
    Text,
    /// A file for browsers and pages.
    Svg,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
}

/// As what a run is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One self-contained page.
    Html,
    /// Test results for a CI system, as JUnit's XML.
    Junit,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A language of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Indonesian.
    Id,
}

/// As what an explanation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For a terminal.
    Text,
    /// Markdown.
    Markdown,
    /// One self-contained page.
    Html,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the whole lab: machines if a provider is named, then every step, then the proof
    Up(ApplyArgs),
    /// Do one or more steps again
    Step {
        /// Names of steps: update, nginx, node, dumbflix, pm2, proxy, hosts, verify, or your own playbooks
        #[arg(required = true)]
        steps: Vec<StepName>,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// How.
        #[command(flatten)]
        options: Options,
        /// How far.
        #[command(flatten)]
        halt: FailureArgs,
    },
    /// See what `up` would change, with diffs, and change nothing (exit code 3 if something would)
    Check(ApplyArgs),
    /// See how everything is: every step, every machine, nginx, the application, every site (exit codes as of `check`)
    Status {
        /// On what, and how.
        #[command(flatten)]
        work: TargetArgs,
        /// Look again every so many seconds (2), until Ctrl-C
        #[arg(short, long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", require_equals = true,
            value_parser = clap::value_parser!(u32).range(1..))]
        watch: Option<u32>,
    },
    /// Find out what is wrong, also on machines that somebody configured by hand: the cause, what was seen, and what to
    /// type next (exit code 0: nothing, 3: something, 4: also a host that cannot be reached)
    Doctor(TargetArgs),
    /// Show what would be sent where, and after what
    Plan {
        /// On what, and how.
        #[command(flatten)]
        work: TargetArgs,
        /// Print the whole script of one host
        #[arg(long, value_name = "HOST")]
        script: Option<String>,
    },
    /// Draw the lab: user, domains, web server, upstreams, application servers
    Graph {
        /// On what, and how.
        #[command(flatten)]
        work: TargetArgs,
        /// The form of the picture
        #[arg(long = "as", value_enum, value_name = "FORM", default_value = "text")]
        form: Picture,
        /// Where to write it, instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Look at the machines (as `check` does), and show how everything was found
        #[arg(long)]
        live: bool,
    },
    /// Send many requests to each site, and compare who answered with what the balance method promises
    Balance {
        /// Domains of sites; without any, all
        sites: Vec<String>,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
    },
    /// Show the lab as a live page on this computer: requests as they flow, machines, the run that is under way
    Watch {
        /// On what, and how.
        #[command(flatten)]
        work: TargetArgs,
        /// The port of 127.0.0.1 (7070; if that is taken, any that is free)
        #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        port: Option<u16>,
        /// Requests a second that labctl itself sends through each site, to show who answers; 0: none
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=50))]
        rate: u32,
        /// Seconds between two looks at the machines
        #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600))]
        every: u32,
        /// The language of the page; without it, that of the system
        #[arg(long, value_enum)]
        lang: Option<Lang>,
    },
    /// Break one application server under constant load, measure what visitors notice, and restore it
    Drill(Drill),
    /// Report a run: every step and task, the lab as a picture, balance and drills, from its recording
    #[command(args_conflicts_with_subcommands = true)]
    Report {
        /// Something else with recordings.
        #[command(subcommand)]
        with: Option<Recordings>,
        /// A recording, an inventory, or a lab that has run here (its newest run); without it, the usual inventory
        #[arg(env = "LABCTL_INVENTORY")]
        what: Option<PathBuf>,
        /// As what
        #[arg(long = "as", value_enum, value_name = "FORM", default_value = "html")]
        form: ReportFormat,
        /// Where to write it, instead of standard output (a page never goes to a terminal, but to LAB-report.html)
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// List the recordings instead
        #[arg(long, conflicts_with = "output")]
        list: bool,
    },
    /// Explain a step or a topic: what it is for, and the very commands to type by hand
    Explain {
        /// A step, or web-server, reverse-proxy, load-balancing; without it, the list (as markdown or html, everything)
        about: Option<String>,
        /// The inventory file; without any, an example
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// The language; without it, that of the system
        #[arg(long, value_enum)]
        lang: Option<Lang>,
        /// As what: text for this terminal, or a hand-out
        #[arg(long = "as", value_enum, default_value = "text")]
        form: Form,
        /// Set a variable above all others: `app.port=8080`
        #[arg(long = "set", value_name = "NAME=VALUE")]
        settings: Vec<Setting>,
        /// The hosts file of this computer
        #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
        hosts_file: Option<PathBuf>,
    },
    /// Log in to a machine, or run one command there
    Ssh {
        /// The host
        host: String,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// A command instead of a login
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Accept the key that a machine shows now: after it was made anew, or where keys are not accepted unseen
    Trust {
        /// The host
        host: String,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// Do not ask (for scripts that know the fingerprint from elsewhere)
        #[arg(short, long)]
        yes: bool,
    },
    /// Run one command on many machines
    Exec {
        /// Hosts and groups: `app*,!app2`
        hosts: String,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// On how many machines.
        #[command(flatten)]
        spread: ParallelArgs,
        /// How far.
        #[command(flatten)]
        halt: FailureArgs,
        /// The command
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Take away what labctl made: the machines, and the block in the hosts file
    Down {
        /// The lab; without it, that of the inventory
        lab: Option<LabName>,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
        /// The hosts file of this computer
        #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
        hosts_file: Option<PathBuf>,
    },
    /// Make machines fresh again, as they were before their first step
    Reset {
        /// Hosts; without any, all
        hosts: Vec<String>,
        /// The inventory file
        #[arg(short, long, env = "LABCTL_INVENTORY")]
        inventory: Option<PathBuf>,
    },
    /// Write an inventory to start from
    Init {
        /// Machines made on this Linux computer, with a demo application, instead of three machines that you have
        #[arg(long)]
        sandbox: bool,
        /// The file to write
        #[arg(default_value = "inventory.yaml")]
        file: PathBuf,
    },
    /// Print the JSON Schema of inventories, for editors
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What can be done with recordings beside reporting them.
#[derive(Debug, Subcommand)]
pub enum Recordings {
    /// Join the recordings of shards, or of runs one after the other, into one that every report takes
    Merge {
        /// Recordings: of `.labctl/LAB/runs`, or what `--format json` printed
        #[arg(required = true, value_name = "RECORDING")]
        recordings: Vec<PathBuf>,
        /// Where to write it, instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Which inventory.
#[derive(Debug, Clone, Args)]
pub struct InventoryArgs {
    /// The inventory file; without it $LABCTL_INVENTORY, ./inventory.yaml or ./inventory/lab.yaml
    #[arg(value_name = "INVENTORY", conflicts_with = "named")]
    file: Option<PathBuf>,
    // Verbs with words of their own take it so; nobody should have to remember which those are.
    #[arg(short = 'i', long = "inventory", value_name = "INVENTORY", hide = true)]
    named: Option<PathBuf>,
}

impl InventoryArgs {
    /// The file, if one was named.
    pub fn inventory(self) -> Option<PathBuf> {
        self.file.or(self.named)
    }
}

/// An inventory, and how to work on it.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Of which lab.
    #[command(flatten)]
    pub which: InventoryArgs,
    /// How.
    #[command(flatten)]
    pub options: Options,
}

/// How to work on an inventory.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Only these hosts and groups: `web`, `app*,!app2`
    #[arg(short, long, value_name = "HOSTS")]
    pub limit: Option<String>,
    /// Set a variable above all others: `app.port=8080`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<Setting>,
    /// On how many machines.
    #[command(flatten)]
    pub spread: ParallelArgs,
    /// The hosts file of this computer
    #[arg(long, value_name = "PATH", env = "LABCTL_HOSTS_FILE")]
    pub hosts_file: Option<PathBuf>,
}

impl From<Options> for RunOptions {
    fn from(options: Options) -> Self {
        let Options { limit, settings, spread: ParallelArgs { shard, forks }, hosts_file } = options;
        Self { limit, settings, shard, forks, hosts_file }
    }
}

/// An inventory, how to work on it, and how far.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// On what, and how.
    #[command(flatten)]
    pub work: TargetArgs,
    /// How far.
    #[command(flatten)]
    pub halt: FailureArgs,
}

/// What to break, and how.
#[derive(Debug, Clone, Args)]
pub struct Drill {
    /// Of which lab.
    #[command(flatten)]
    pub which: InventoryArgs,
    /// What is done to the server
    #[arg(long, value_enum, default_value = "stop")]
    pub mode: Fault,
    /// Every mode, one after the other
    #[arg(long, conflicts_with = "mode")]
    pub all: bool,
    /// The server to break (the last backend of the site)
    #[arg(long)]
    pub host: Option<String>,
    /// The site to ask (the first with two or more backends)
    #[arg(long, value_name = "DOMAIN")]
    pub site: Option<String>,
    /// Requests a second (50; with --template-defaults 10, because stalled requests pile up)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub rate: Option<u32>,
    /// How long the fault lasts (12; with --template-defaults 65 for freeze and drop, because nginx waits for 60)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(3..=600))]
    pub seconds: Option<u64>,
    /// How often: a promise that holds once may be luck
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub times: u8,
    /// For the length of the drill, let nginx serve the sites with its own defaults, to see the difference
    #[arg(long)]
    pub template_defaults: bool,
}

/// What can be done to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// pm2 stop
    Stop,
    /// kill -9 of the whole process group
    Kill,
    /// The processes stop in their tracks (SIGSTOP)
    Freeze,
    /// Packets to the port are dropped
    Drop,
    /// The machine reboots
    Reboot,
}
