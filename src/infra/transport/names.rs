//! What names mean on this computer.

use std::net::IpAddr;
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// How long a name server may take. Whoever connects to the name later waits for it with patience of their own.
const PATIENCE: Duration = Duration::from_secs(3);

/// The address of a machine's name, if it has one that other machines can use as well.
pub async fn address_of(name: &str) -> Option<IpAddr> {
    let found = timeout(PATIENCE, lookup_host((name, 22))).await.ok()?.ok()?;
    preferred(found.map(|at| at.ip()))
}

/// Of several, one of IPv4; never one that means whoever asks.
fn preferred(addresses: impl Iterator<Item = IpAddr>) -> Option<IpAddr> {
    let (four, six): (Vec<IpAddr>, Vec<IpAddr>) = addresses.filter(|ip| !ip.is_loopback()).partition(IpAddr::is_ipv4);
    four.into_iter().chain(six).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_other_machines_can_use() {
        for (found, wanted) in [
            (&["192.168.56.11"][..], Some("192.168.56.11")),
            (&["fd00::1", "10.0.0.2"], Some("10.0.0.2")),
            (&["fd00::1"], Some("fd00::1")),
            (&["127.0.1.1", "192.168.1.7"], Some("192.168.1.7")),
            (&["127.0.0.1", "::1"], None),
            (&[], None),
        ] {
            let wanted = wanted.map(|ip| ip.parse().unwrap());
            assert_eq!(preferred(found.iter().map(|ip| ip.parse().unwrap())), wanted, "{found:?}");
        }
    }

    #[tokio::test]
    async fn an_address_is_its_own_name() {
        assert_eq!(address_of("10.0.0.2").await, Some("10.0.0.2".parse().unwrap()));
        assert_eq!(address_of("localhost").await, None);
    }
}
