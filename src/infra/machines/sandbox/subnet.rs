//! Which /24 a lab gets: picked from 10.64.0.0/10 by a hash of its name, moved on while something here uses it.

use super::paths::digest;
use serde::Deserialize;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An IPv4 network: the address with its host bits cleared, and the length of the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    /// Its first address.
    pub start: Ipv4Addr,
    /// How many bits name it.
    pub prefix: u8,
}

impl Net {
    fn mask(prefix: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
    }

    /// The network of an address.
    pub fn of(address: Ipv4Addr, prefix: u8) -> Self {
        Self { start: Ipv4Addr::from_bits(address.to_bits() & Self::mask(prefix)), prefix }
    }

    /// Whether the two have an address in common.
    pub fn meets(&self, other: &Self) -> bool {
        let shorter = Self::mask(self.prefix.min(other.prefix));
        self.start.to_bits() & shorter == other.start.to_bits() & shorter
    }

    /// Its address number `n`.
    pub fn nth(&self, n: u8) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.start.to_bits() + u32::from(n))
    }

    /// The address of the bridge: what the machines send everything else to.
    pub fn gateway(&self) -> Ipv4Addr {
        self.nth(1)
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.prefix)
    }
}

impl FromStr for Net {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        match (address.parse(), prefix.parse()) {
            (Ok(address), Ok(prefix)) if prefix <= 32 => Ok(Self::of(address, prefix)),
            _ => Err(format!("`{text}` is no IPv4 network")),
        }
    }
}

#[derive(Deserialize)]
struct Route {
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
pub fn routes(json: &str, bridge: &str) -> Vec<Net> {
    let routes: Vec<Route> = serde_json::from_str(json).unwrap_or_default();
    let others = routes.iter().filter(|route| route.dev.as_deref() != Some(bridge));
    others.filter_map(|route| route.dst.as_deref()?.parse::<Net>().ok()).filter(|net| net.prefix > 1).collect()
}

/// The networks in the output of `ip -j addr`, without that of the lab's own bridge.
pub fn links(json: &str, bridge: &str) -> Vec<Net> {
    let links: Vec<Link> = serde_json::from_str(json).unwrap_or_default();
    let addresses = links.iter().filter(|link| link.ifname.as_deref() != Some(bridge)).flat_map(|link| &link.addr_info);
    addresses.filter_map(|seen| Some(Net::of(seen.local.as_deref()?.parse().ok()?, seen.prefixlen?))).collect()
}

/// The /24 for a lab, or nothing when all of them are taken.
pub fn choose(lab: &str, taken: &[Net]) -> Option<Net> {
    const COUNT: u32 = 1 << 14;
    let first = u32::from_str_radix(&digest(lab, 8), 16).unwrap_or(0) % COUNT;
    let all = || (0..COUNT).map(|step| (first + step) % COUNT);
    let net = |index: u32| Net {
        start: Ipv4Addr::from_bits(Ipv4Addr::new(10, 64, 0, 0).to_bits() + (index << 8)),
        prefix: 24,
    };
    let free = |narrowest: u8| {
        all().map(net).find(|net| !taken.iter().any(|other| other.prefix >= narrowest && other.meets(net)))
    };
    // A company's VPN may route all of 10.0.0.0/8: a /24 of ours is then more specific and still works.
    free(0).or_else(|| free(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<Net> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn networks_meet_or_not() {
        let net: Net = "10.71.3.0/24".parse().unwrap();
        for (other, meets) in
            [("10.71.3.9", true), ("10.71.0.0/16", true), ("10.71.4.0/24", false), ("0.0.0.0/0", true)]
        {
            assert_eq!(net.meets(&other.parse().unwrap()), meets, "{other}");
        }
        assert_eq!(net.nth(10).to_string(), "10.71.3.10");
        assert!("10.71.3.0/33".parse::<Net>().is_err() && "fe80::/64".parse::<Net>().is_err());
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
        assert!(nets(&["10.64.0.0/10"])[0].meets(&first));
        let second = choose("flix", &[first]).unwrap();
        assert!(!second.meets(&first));
        assert_eq!(choose("flix", &nets(&["10.0.0.0/8"])), Some(first));
        assert!(!choose("flix", &[nets(&["10.0.0.0/8"])[0], first]).unwrap().meets(&first));
    }
}
