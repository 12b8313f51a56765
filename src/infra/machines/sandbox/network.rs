//! A lab's bridge, and the way from it to the world. Everything carries the lab's own names, so that it can be
//! taken away again without touching another rule.

use super::paths::LabPaths;
use super::process::{feed, installed, run, trouble_with, while_doing};
use super::subnet::gateway;
use crate::infra::machines::{MachinesError, Notify};
use ipnet::Ipv4Net;
use serde::Deserialize;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
struct DefaultRoute {
    dev: Option<String>,
}

/// The largest packet that leaves this computer: what a VPN or a cloud takes away, machines must know of too.
pub async fn mtu() -> u32 {
    let json = run("ip", &["-j", "-4", "route", "show", "default"]).await.unwrap_or_default();
    let routes: Vec<DefaultRoute> = serde_json::from_str(&json).unwrap_or_default();
    let device = routes.into_iter().find_map(|route| route.dev);
    let text = device.and_then(|device| fs::read_to_string(format!("/sys/class/net/{device}/mtu")).ok());
    // 1280 is the least that works everywhere; more than Ethernet's 1500 is only true on this computer's own link.
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(1500).clamp(1280, 1500)
}

/// Makes or repairs a lab's bridge and rules.
///
/// # Errors
/// `ip`, `nft` or `iptables` fails.
pub async fn ensure(paths: &LabPaths, subnet: Ipv4Net, mtu: u32, notify: Notify<'_>) -> Result<(), MachinesError> {
    let bridge = paths.bridge();
    let address = format!("{}/{}", gateway(subnet), subnet.prefix_len());
    if !Path::new("/sys/class/net").join(&bridge).exists() {
        run("ip", &["link", "add", &bridge, "type", "bridge"]).await?;
        notify(format!("made the bridge {bridge} ({subnet})"));
    }
    // All of these may be repeated.
    run("ip", &["link", "set", &bridge, "mtu", &mtu.to_string(), "up"]).await?;
    run("ip", &["addr", "replace", &address, "dev", &bridge]).await?;
    raise("/proc/sys/net/ipv4/ip_forward", 1, notify)?;
    nat(paths, subnet).await
}

/// Raises a number of the kernel to at least `least`.
///
/// # Errors
/// The kernel does not take the number.
pub fn raise(file: &str, least: u64, notify: Notify<'_>) -> Result<(), MachinesError> {
    let path = Path::new(file);
    let now = fs::read_to_string(path).map_err(while_doing("read", path))?;
    if now.trim().parse::<u64>().is_ok_and(|now| now >= least) {
        return Ok(());
    }
    fs::write(path, least.to_string()).map_err(while_doing("set", path))?;
    notify(format!("set {} from {} to {least}", file.trim_start_matches("/proc/sys/").replace('/', "."), now.trim()));
    Ok(())
}

async fn nat(paths: &LabPaths, subnet: Ipv4Net) -> Result<(), MachinesError> {
    let (table, bridge) = (paths.table(), paths.bridge());
    let now = run("nft", &["list", "table", "ip", &table]).await.unwrap_or_default();
    let rules = format!(
        "table ip {table} {{\n\
         \tchain outward {{\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\
         \t\tip saddr {subnet} oifname != \"{bridge}\" masquerade\n\t}}\n\
         \tchain across {{\n\t\ttype filter hook forward priority filter; policy accept;\n\
         \t\tiifname \"{bridge}\" accept\n\t\toifname \"{bridge}\" accept\n\t}}\n}}\n"
    );
    let there = now.contains(&format!("ip saddr {subnet} oifname != \"{bridge}\" masquerade"));
    // First added, then deleted, then made: one transaction that works whether there was one or not.
    let whole = format!("table ip {table}\ndelete table ip {table}\n{rules}");
    let by_nft = if there { Ok(String::new()) } else { feed("nft", &["-f", "-"], &whole).await };
    if !installed("iptables") {
        return by_nft.map(|_| ()).map_err(|error| {
            trouble_with(
                error.reason,
                "this kernel does not support nft rules: `apt-get install iptables`, and labctl will use that instead",
            )
        });
    }
    // Other rules come before or after ours, and one that drops wins: Docker and ufw drop what they do not know.
    let forward = run("iptables", &["-w", "-S", "FORWARD"]).await.unwrap_or_default();
    if forward.contains("-P FORWARD DROP") || by_nft.is_err() {
        for direction in ["-i", "-o"] {
            rule("filter", "FORWARD", "-I", &[direction, &bridge, "-j", "ACCEPT"], &table).await?;
        }
    }
    if by_nft.is_err() {
        let net = subnet.to_string();
        rule("nat", "POSTROUTING", "-A", &["-s", &net, "!", "-o", &bridge, "-j", "MASQUERADE"], &table).await?;
    }
    Ok(())
}

/// Adds an iptables rule with the lab's comment, unless it is there.
async fn rule(table: &str, chain: &str, add: &str, rule: &[&str], comment: &str) -> Result<(), MachinesError> {
    let with = |verb| {
        let mut args = vec!["-w", "-t", table, verb, chain];
        args.extend(rule);
        args.extend(["-m", "comment", "--comment", comment]);
        args
    };
    if run("iptables", &with("-C")).await.is_err() {
        run("iptables", &with(add)).await?;
    }
    Ok(())
}

/// Takes a lab's bridge and rules away; none is fine.
///
/// # Errors
/// `ip` or `nft` fails.
pub async fn remove(paths: &LabPaths) -> Result<(), MachinesError> {
    let (table, bridge) = (paths.table(), paths.bridge());
    if Path::new("/sys/class/net").join(&bridge).exists() {
        run("ip", &["link", "del", &bridge]).await?;
    }
    if installed("nft") && run("nft", &["list", "table", "ip", &table]).await.is_ok() {
        run("nft", &["delete", "table", "ip", &table]).await?;
    }
    if !installed("iptables") {
        return Ok(());
    }
    for (kind, chain) in [("filter", "FORWARD"), ("nat", "POSTROUTING")] {
        let rules = run("iptables", &["-w", "-t", kind, "-S", chain]).await.unwrap_or_default();
        for words in rules.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            if words.iter().any(|word| word.trim_matches('"') == table) {
                let mut args = vec!["-w", "-t", kind, "-D"];
                args.extend(words.iter().skip(1).map(|word| word.trim_matches('"')));
                run("iptables", &args).await?;
            }
        }
    }
    Ok(())
}
