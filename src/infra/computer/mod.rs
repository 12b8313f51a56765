//! Looks at the computer that labctl runs on, and changes nothing.

mod hosts;
mod keys;
mod names;
mod programs;
mod room;

use super::machines::sandbox_here;
use super::transport::{Person, agent_keys};
use crate::model::computer::{AgentSeen, Computer, Platform};
use programs::Programs;
use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Where this computer's parts are: tests have a computer of their own.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder that `/etc` and `/proc` are in.
    pub root: PathBuf,
    /// The current folder.
    pub here: PathBuf,
    /// Who runs labctl.
    pub person: Person,
    /// The folders that programs are looked for in.
    pub search: Vec<PathBuf>,
    /// Another hosts file than the system's.
    pub hosts_file: Option<PathBuf>,
}

impl Place {
    /// This computer, for the person of this process.
    pub fn current(hosts_file: Option<PathBuf>) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        let search = env::split_paths(&path).chain(programs::usual_folders()).collect();
        let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        Self { root: PathBuf::from("/"), here, person: Person::current(), search, hosts_file }
    }
}

/// Looks at this computer.
pub async fn look(place: &Place) -> Computer {
    look_with(place, names::resolved).await
}

async fn look_with(place: &Place, resolve: impl AsyncFn(&str) -> Option<Vec<IpAddr>>) -> Computer {
    let programs = Programs::new(&place.search);
    let platform = platform(&place.root);
    let (ssh, git, autocrlf, agent, names, memory, disks) = tokio::join!(
        programs.version("ssh", &["-V"]),
        programs.version("git", &["--version"]),
        // Whoever set it: git for Windows does so for the whole computer.
        programs.ask("git", &["config", "--type=bool", "--get", "core.autocrlf"]),
        agent(place.person.agent.as_deref()),
        names::seen(&place.root, resolve),
        room::memory(&place.root, &programs),
        room::disks(&place.here, &programs),
    );
    Computer {
        platform,
        processor: env::consts::ARCH.to_owned(),
        ssh,
        agent,
        git,
        autocrlf: autocrlf.is_some_and(|value| value.trim() == "true"),
        keys: place.person.home.as_deref().map(|home| keys::seen(&home.join(".ssh"))),
        hosts: hosts::seen(place),
        names,
        makers: programs.makers(),
        sandbox: sandbox_here(&place.root),
        memory,
        disks,
    }
}

fn platform(root: &Path) -> Platform {
    match env::consts::OS {
        "windows" => Platform::Windows,
        "macos" => Platform::Mac,
        _ if hosts::within_windows(root) => Platform::Wsl,
        _ => Platform::Linux,
    }
}

async fn agent(socket: Option<&Path>) -> AgentSeen {
    let Some(socket) = socket else { return AgentSeen::None };
    match agent_keys(socket).await {
        Some(keys) => AgentSeen::Keys(keys),
        // Windows has one place for it, whether or not it runs.
        None if cfg!(windows) => AgentSeen::None,
        None => AgentSeen::Silent { socket: socket.display().to_string() },
    }
}

#[cfg(all(test, target_os = "linux"))] // the computer is made of shell scripts and files of /proc
mod tests;
