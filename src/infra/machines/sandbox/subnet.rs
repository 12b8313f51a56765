//! Which /24 a lab gets: picked from 10.64.0.0/10 by a hash of its name, moved on while something here uses it.

use crate::infra::machines::names::digest;
use ipnet::Ipv4Net;
use serde::Deserialize;
use std::net::Ipv4Addr;

/// The address number `n` of a network.
pub fn nth(net: Ipv4Net, n: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(net.network().to_bits() + u32::from(n))
}

/// The address of the bridge: where the machines send everything that is not for each other.
pub fn gateway(net: Ipv4Net) -> Ipv4Addr {
    nth(net, 1)
}

/// Whether two networks have an address in common.
fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// A network as `ip` writes it: without a prefix it is one address.
fn parse(text: &str) -> Option<Ipv4Net> {
    text.parse().or_else(|_| text.parse::<Ipv4Addr>().map(Ipv4Net::from)).ok()
}

#[derive(Deserialize)]
struct SystemRoute {
    dst: Option<String>,
    dev: Option<String>,
}

#[derive(Deserialize)]
struct Link {
    ifname: Option<String>,
    #[serde(default)]
    addr_info: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    local: Option<String>,
    prefixlen: Option<u8>,
}

/// The networks in the output of `ip -j route show table all`, without default routes (and their halves, as VPNs set)
/// and without those of the lab's own bridge.
pub fn routes(json: &str, bridge: &str) -> Vec<Ipv4Net> {
    let routes: Vec<SystemRoute> = serde_json::from_str(json).unwrap_or_default();
    let others = routes.iter().filter(|route| route.dev.as_deref() != Some(bridge));
    others.filter_map(|route| parse(route.dst.as_deref()?)).filter(|net| net.prefix_len() > 1).collect()
}

/// The networks in the output of `ip -j addr`, without that of the lab's own bridge.
pub fn links(json: &str, bridge: &str) -> Vec<Ipv4Net> {
    let links: Vec<Link> = serde_json::from_str(json).unwrap_or_default();
    let addresses = links.iter().filter(|link| link.ifname.as_deref() != Some(bridge)).flat_map(|link| &link.addr_info);
    let net = |seen: &Address| Ipv4Net::new(seen.local.as_deref()?.parse().ok()?, seen.prefixlen?).ok();
    addresses.filter_map(net).map(|net| net.trunc()).collect()
}

/// The /24 for a lab, or nothing when all of them are taken.
pub fn choose(lab: &str, taken: &[Ipv4Net]) -> Option<Ipv4Net> {
    const COUNT: u32 = 1 << 14;
    let first = u32::from_str_radix(&digest(lab, 8), 16).unwrap_or(0) % COUNT;
    let all = || (0..COUNT).map(|step| (first + step) % COUNT);
    let net =
        |index: u32| Ipv4Net::new_assert(Ipv4Addr::from_bits(Ipv4Addr::new(10, 64, 0, 0).to_bits() + (index << 8)), 24);
    let free = |narrowest: u8| {
        all().map(net).find(|net| !taken.iter().any(|other| other.prefix_len() >= narrowest && overlap(*other, *net)))
    };
    // A company's VPN may route all of 10.0.0.0/8: a /24 of ours is then more specific and still works.
    free(0).or_else(|| free(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<Ipv4Net> {
        list.iter().map(|text| parse(text).unwrap()).collect()
    }

    #[test]
    fn networks_overlap_or_not() {
        let net = parse("10.71.3.0/24").unwrap();
        for (other, overlaps) in
            [("10.71.3.9", true), ("10.71.0.0/16", true), ("10.71.4.0/24", false), ("0.0.0.0/0", true)]
        {
            assert_eq!(overlap(net, parse(other).unwrap()), overlaps, "{other}");
            assert_eq!(overlap(parse(other).unwrap(), net), overlaps, "{other}");
        }
        assert_eq!(nth(net, 10).to_string(), "10.71.3.10");
        assert!(parse("10.71.3.0/33").is_none() && parse("fe80::/64").is_none());
    }

    #[test]
    fn the_output_of_ip_is_read() {
        let json = r#"[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},
            {"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel"},{"type":"local","dst":"127.0.0.1","dev":"lo"},
            {"dst":"fe80::/64","dev":"eth0"},{"dst":"10.71.3.0/24","dev":"lb-ours"},{"dst":"128.0.0.0/1","dev":"tun0"}]"#;
        assert_eq!(routes(json, "lb-ours"), nets(&["192.0.2.0/24", "127.0.0.1/32"]));
        let json = r#"[{"ifname":"lo","mtu":65536,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8},
            {"family":"inet6","local":"::1","prefixlen":128}]},{"ifname":"down","addr_info":[]},{"ifname":"lb-ours","addr_info":[{"local":"10.71.3.1","prefixlen":24}]},{}]"#;
        assert_eq!(links(json, "lb-ours"), nets(&["127.0.0.0/8"]));
        assert!(routes("", "").is_empty() && links("nonsense", "").is_empty());
    }

    #[test]
    fn a_lab_moves_on_from_a_taken_subnet() {
        let first = choose("flix", &[]).unwrap();
        assert_eq!(choose("flix", &[]), Some(first));
        assert!(overlap(nets(&["10.64.0.0/10"])[0], first));
        let second = choose("flix", &[first]).unwrap();
        assert!(!overlap(second, first));
        assert_eq!(choose("flix", &nets(&["10.0.0.0/8"])), Some(first));
        assert!(!overlap(choose("flix", &[nets(&["10.0.0.0/8"])[0], first]).unwrap(), first));
    }
}
