//! One command on many machines.

use super::run::{RunRequest, run};
use crate::commands::cli::{FailureArgs, OutputArgs, ParallelArgs};
use crate::config::inventory::ProviderKind;
use crate::config::playbook;
use crate::model::event::Mode;
use crate::model::quote::quote;
use crate::session::error::{Error, ErrorKind};
use crate::session::options::RunOptions;
use crate::session::planning::build_plan;
use std::path::PathBuf;

/// `labctl exec`.
pub async fn exec(
    hosts: &str,
    inventory: Option<PathBuf>,
    command: &[String],
    spread: ParallelArgs,
    halt: FailureArgs,
    look: &OutputArgs,
) -> Result<Option<ErrorKind>, Error> {
    let mut lab = super::open(inventory, &[])?;
    lab.plan_machines().await?;
    if lab.inventory.provider == ProviderKind::Sandbox {
        lab.find_machines().await?;
    }
    let ParallelArgs { shard, forks } = spread;
    let options = RunOptions { limit: Some(hosts.to_owned()), settings: Vec::new(), shard, forks, hosts_file: None };
    // One word is a line of shell, as in ssh; several are a command and its arguments.
    let line = match command {
        [line] => line.clone(),
        words => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
    };
    let playbook = playbook::one_command(&line);
    let plan = build_plan(&lab, &options, &[playbook])?;
    let look = OutputArgs { verbose: true, ..look.clone() };
    let more = options.shard.map(|shard| format!(" --shard {shard}")).unwrap_or_default() + &halt.typed();
    let again = format!("labctl exec {} -i {}{more} -- {}", quote(hosts), lab.inventory.path.display(), quote(&line));
    run(&lab, plan, &options, RunRequest { verb: "exec", mode: Mode::Apply, again, max_fail: halt.max_fail }, &look)
        .await
}
