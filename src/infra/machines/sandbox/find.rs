//! Which machines exist: read from the marks that the machines themselves carry in /proc, never from a pid file.
//! After `kill -9` of systemd-nspawn its machine lives on; only the mark in its init's environment finds it then.

use crate::infra::machines::MachineId;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// The variable that marks the init of each machine, as `LAB/HOST`.
pub const MARK: &str = "LABCTL_ID";

/// The processes of one machine as seen from this computer.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The machine's own init, if it runs.
    pub init: Option<u32>,
    /// systemd-nspawn, without which a reboot inside would end the machine.
    pub nspawn: Option<u32>,
    /// The loop around it that starts it again, where no systemd does that.
    pub keepers: Vec<u32>,
}

impl Trace {
    /// All processes, those first that would bring back the others.
    pub fn processes(&self) -> Vec<u32> {
        self.keepers.iter().copied().chain(self.nspawn).chain(self.init).collect()
    }
}

/// A mark as text, back to names.
fn parse_mark(text: &str) -> Option<MachineId> {
    let (lab, host) = text.split_once('/')?;
    Some(MachineId { lab: lab.parse().ok()?, host: host.parse().ok()? })
}

/// The mark in a list of NUL-separated texts (a command line or an environment).
fn marked(texts: &[u8], prefix: &str) -> Option<MachineId> {
    texts.split(|byte| *byte == 0).find_map(|text| parse_mark(std::str::from_utf8(text).ok()?.strip_prefix(prefix)?))
}

/// The process ids of the `NSpid:` line, outermost first.
fn namespace_ids(status: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    line.unwrap_or_default().split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// All marked processes of this computer. A plain user sees no environments, but the command lines of systemd-nspawn.
pub fn traces() -> BTreeMap<MachineId, Trace> {
    let mut found: BTreeMap<MachineId, Trace> = BTreeMap::new();
    // Machines within machines belong to the labctl in there: only our depth and the next count.
    let depth = namespace_ids(&fs::read_to_string("/proc/self/status").unwrap_or_default()).len();
    let argument = format!("--setenv={MARK}=");
    let variable = format!("{MARK}=");
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // Only root starts machines; nobody else's process may pass for one.
        if entry.metadata().map_or(true, |seen| seen.uid() != 0) {
            continue;
        }
        let Ok(arguments) = fs::read(entry.path().join("cmdline")) else { continue };
        let by_argument = marked(&arguments, &argument);
        let by_variable = || marked(&fs::read(entry.path().join("environ")).unwrap_or_default(), &variable);
        let Some(id) = by_argument.clone().or_else(by_variable) else { continue };
        let ids = namespace_ids(&fs::read_to_string(entry.path().join("status")).unwrap_or_default());
        let is_nspawn = arguments.split(|byte| *byte == 0).next().is_some_and(|name| name.ends_with(b"systemd-nspawn"));
        if ids.len() == depth + 1 && ids.last() == Some(&1) {
            found.entry(id).or_default().init = Some(pid);
        } else if ids.len() == depth && by_argument.is_some() {
            let trace = found.entry(id).or_default();
            // systemd-nspawn forks while it starts: the lower process id is the one that stays.
            if is_nspawn && trace.nspawn.is_none_or(|known| pid < known) {
                trace.keepers.extend(trace.nspawn.replace(pid));
            } else {
                trace.keepers.push(pid);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_checked() {
        let id = marked(b"systemd-nspawn\0--setenv=LABCTL_ID=flix/app1\0-b\0", "--setenv=LABCTL_ID=").unwrap();
        assert_eq!((id.lab.as_str(), id.host.as_str()), ("flix", "app1"));
        for bad in [&b"LABCTL_ID=../etc/x\0"[..], b"LABCTL_ID=flix\0", b"LABCTL_ID=\0", b"X=1\0", b""] {
            assert_eq!(marked(bad, "LABCTL_ID="), None);
        }
    }

    #[test]
    fn the_namespace_ids_are_read() {
        assert_eq!(namespace_ids("Name:\tsystemd\nNSpid:\t4242\t1\nNSsid:\t0\n"), [4242, 1]);
        assert_eq!(namespace_ids("Name:\tx\n"), Vec::<u32>::new());
    }
}
