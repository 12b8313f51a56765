//! How many hosts this computer can talk to at once: each needs open files, and the system limits those.

/// What labctl has open beside its talks with hosts: recordings, inventories, the terminal, keys.
#[cfg(any(target_os = "linux", test))]
const RESERVE: u64 = 64;
/// A talk has a connection; while it is made, it may have several, or a question to a name server; a file may be sent.
#[cfg(any(target_os = "linux", test))]
const EACH: u64 = 3;

/// How many of `hosts` can be talked with at a time. The limit of open files is raised as far as that needs, and no further:
/// programs that labctl starts get it too, and some count through all of it.
#[cfg(target_os = "linux")]
pub fn max_open_hosts(hosts: usize) -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let (soft, wanted) = wanted(limit.current, limit.maximum, hosts);
    if wanted > soft {
        let raised = rustix::process::Rlimit { current: Some(wanted), maximum: limit.maximum };
        if setrlimit(Resource::Nofile, raised).is_err() {
            return fits(soft);
        }
    }
    fits(soft.max(wanted))
}

/// On other systems the limit is not known, so every host may be open.
#[cfg(not(target_os = "linux"))]
pub fn max_open_hosts(hosts: usize) -> usize {
    hosts
}

/// The limit as it is, and as it should be. None is none.
#[cfg(any(target_os = "linux", test))]
fn wanted(soft: Option<u64>, hard: Option<u64>, hosts: usize) -> (u64, u64) {
    let needed = u64::try_from(hosts).unwrap_or(u64::MAX).saturating_mul(EACH).saturating_add(RESERVE);
    (soft.unwrap_or(u64::MAX), needed.min(hard.unwrap_or(u64::MAX)))
}

#[cfg(any(target_os = "linux", test))]
fn fits(limit: u64) -> usize {
    usize::try_from(limit.saturating_sub(RESERVE) / EACH).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_needed() {
        for (soft, hard, hosts, raised, max_open_hosts) in [
            (Some(1024), Some(4096), 50, 214, 320),
            (Some(1024), Some(4096), 1000, 3064, 1000),
            (Some(1024), Some(4096), 5000, 4096, 1344),
            (Some(1024), None, 5000, 15_064, 5000),
            (None, None, 5000, 15_064, usize::MAX),
            (Some(20), Some(20), 5000, 20, 1),
        ] {
            let (now, wanted) = wanted(soft, hard, hosts);
            assert_eq!(wanted, raised, "{soft:?} {hard:?} {hosts}");
            assert!(fits(now.max(wanted)) >= max_open_hosts.min(1 << 40), "{soft:?} {hard:?} {hosts}");
        }
    }
}
