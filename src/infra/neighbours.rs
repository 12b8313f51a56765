//! Who answers on the networks of this computer: what its kernel has learnt by asking.

use std::net::IpAddr;

/// Addresses that this computer has asked its networks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Those that somebody has.
    pub there: Vec<IpAddr>,
    /// Those for which nobody has answered.
    pub silent: Vec<IpAddr>,
}

/// What the kernel knows now; only Linux tells.
pub fn neighbours() -> Neighbours {
    std::fs::read_to_string("/proc/net/arp").map(|table| read(&table)).unwrap_or_default()
}

/// Lines `ADDRESS TYPE FLAGS MAC MASK DEVICE` behind a heading; without an answer, there are no flags.
fn read(table: &str) -> Neighbours {
    let mut all = Neighbours::default();
    for line in table.lines().skip(1) {
        let mut words = line.split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        match words.nth(1) {
            Some("0x0") => all.silent.push(address),
            Some(_) => all.there.push(address),
            None => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_nobody_has_is_told_from_one_that_answers() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     10.0.0.12        0x1         0x0         00:00:00:00:00:00     *        lab\n\
                     10.0.0.11        0x1         0x2         16:08:c4:aa:00:01     *        lab\n\
                     nonsense\n";
        let wanted = Neighbours { there: vec![[10, 0, 0, 11].into()], silent: vec![[10, 0, 0, 12].into()] };
        assert_eq!(read(table), wanted);
        assert_eq!(read(""), Neighbours::default());
    }
}
