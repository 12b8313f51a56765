//! How much memory and disk this computer has left.

use super::programs::Programs;
use crate::model::computer::{Disk, DiskRole, Room};
use std::fs;
use std::path::Path;

/// The memory that programs can have, as far as this system tells it.
pub async fn memory(root: &Path, programs: &Programs<'_>) -> Option<Room> {
    if cfg!(windows) {
        let script =
            "$o = Get-CimInstance Win32_OperatingSystem; \"$($o.FreePhysicalMemory) $($o.TotalVisibleMemorySize)\"";
        let said = programs.ask("powershell", &["-NoProfile", "-NonInteractive", "-Command", script]).await?;
        return of_windows(&said);
    }
    if cfg!(target_os = "macos") {
        let (pages, total) = tokio::join!(programs.ask("vm_stat", &[]), programs.ask("sysctl", &["-n", "hw.memsize"]));
        return of_mac(&pages?, &total?);
    }
    of_linux(&fs::read_to_string(root.join("proc/meminfo")).ok()?)
}

/// `/proc/meminfo`.
fn of_linux(text: &str) -> Option<Room> {
    let value = |key: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Room { free: value("MemAvailable")?, total: value("MemTotal")? })
}

/// What `vm_stat` and `sysctl hw.memsize` print.
fn of_mac(pages: &str, total: &str) -> Option<Room> {
    let size: u64 = pages.split("page size of ").nth(1)?.split(' ').next()?.parse().ok()?;
    let count = |key: &str| -> Option<u64> {
        let line = pages.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.trim().trim_end_matches('.').parse().ok()
    };
    let free = count("Pages free")? + count("Pages inactive").unwrap_or(0) + count("Pages speculative").unwrap_or(0);
    Some(Room { free: free.checked_mul(size)?, total: total.trim().parse().ok()? })
}

/// Free and all, in KiB.
fn of_windows(text: &str) -> Option<Room> {
    let mut words = text.split_whitespace().map(|word| word.parse::<u64>().ok()?.checked_mul(1024));
    Some(Room { free: words.next()??, total: words.next()?? })
}

/// The disks that labctl writes to: that of the current folder, and on Linux that of its machines.
pub async fn disks(here: &Path, programs: &Programs<'_>) -> Vec<Disk> {
    let machines = cfg!(target_os = "linux").then(|| Path::new("/var/lib"));
    let mut found = Vec::new();
    for (role, folder) in std::iter::once((DiskRole::Work, here)).chain(machines.map(|at| (DiskRole::Machines, at))) {
        if let Some(free) = free(folder, programs).await {
            found.push(Disk { role, folder: folder.display().to_string(), free });
        }
    }
    found
}

async fn free(folder: &Path, programs: &Programs<'_>) -> Option<u64> {
    let folder = folder.display().to_string();
    if cfg!(windows) {
        let script = format!("(Get-Item -LiteralPath '{}').PSDrive.Free", folder.replace('\'', "''"));
        let said = programs.ask("powershell", &["-NoProfile", "-NonInteractive", "-Command", &script]).await?;
        return said.trim().parse().ok();
    }
    of_df(&programs.ask("df", &["-P", "-k", &folder]).await?)
}

/// What `df -P -k` prints: the number before the share that is used.
fn of_df(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    let share = words.iter().position(|word| word.ends_with('%') && word[..word.len() - 1].parse::<u8>().is_ok())?;
    words.get(share.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_tells_its_memory_in_its_own_words() {
        let linux = "MemTotal:       24689312 kB\nMemFree:  500 kB\nMemAvailable:   16000000 kB\n";
        assert_eq!(of_linux(linux), Some(Room { free: 16_384_000_000, total: 25_281_855_488 }));
        assert_eq!(of_linux("MemTotal: 5 kB\n"), None);
        let mac = "Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:                               10.\nPages active:                           99.\nPages inactive:                          20.\nPages speculative:                        2.\n";
        assert_eq!(of_mac(mac, "17179869184\n"), Some(Room { free: 32 * 16384, total: 17_179_869_184 }));
        assert_eq!(of_mac("", "1"), None);
        assert_eq!(of_windows("4194304 16777216\r\n"), Some(Room { free: 4 << 30, total: 16 << 30 }));
        assert_eq!(of_windows("no"), None);
    }

    #[test]
    fn what_is_free_stands_before_the_share_that_is_used() {
        let head = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
        for (line, free) in [
            ("/dev/vda  263174212 31000000  64000000      33% /\n", Some(64_000_000 * 1024)),
            ("map auto home 0 0 7 100% /System/Volumes/Data/home 5% x\n", Some(7 * 1024)),
            ("overlay 1 2 - 0% /\n", None),
            ("", None),
        ] {
            assert_eq!(of_df(&format!("{head}{line}")), free, "{line}");
        }
    }
}
