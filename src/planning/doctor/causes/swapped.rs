//! addresses-swapped, address-twice: two machines of the inventory have each other's address, or one and the same.

use super::backends::works;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::quote::{quote, typed};

pub const CAUSES: &[Cause] = &[
    Cause { name: "addresses-swapped", layer: Layer::Names, blocks: true, find: swapped },
    Cause { name: "address-twice", layer: Layer::Names, blocks: true, find: twice },
];

/// Beside its own address, the machine has that of another machine of the lab: a copy of that one, or a slip.
fn twice(view: &HostView<'_>) -> Option<Found> {
    let own = view.address();
    let list = view.machine.one("addresses").unwrap_or_default();
    let theirs = |other: &HostView<'_>| {
        let address = other.address();
        // Two names of one machine have the same addresses.
        let same = other.machine.one("addresses") == Some(list);
        other.host != view.host && address != own && view.machine.has_address(&address) && !same
    };
    let mut others = view.inventory.hosts.iter().map(|host| view.at(&host.name));
    let other = others.find(theirs).filter(|_| view.machine.has_address(&own))?;
    let address = other.address();
    let found = Found::new(message!(
        "{} has the address of {}, {}, beside its own: two machines answer for it.",
        view.host,
        other.host,
        address
    ));
    let found = found.saw(message!("on {}: hostname -I says {}", view.host, list)).over([other.host.clone()]);
    let line = view.machine.lines("ip").iter().filter_map(|line| line.split_once(' '));
    let (device, full) = line
        .into_iter()
        .find(|(_, full)| full.split('/').next() == Some(address.as_str()))
        .unwrap_or(("eth0", &address));
    Some(
        found
            .then(view.host, format!("sudo ip addr del {full} dev {device}"))
            .note(message!("and take it out of its network settings (netplan), or a reboot brings it back")),
    )
}

/// The machine calls itself by another name of the lab, and the machine of that name by this one's; and the lab is not well.
fn swapped(view: &HostView<'_>) -> Option<Found> {
    if !view.host.is_controller() {
        return None;
    }
    let named = |host: &HostName| {
        let own = view.at(host).machine.one("hostname")?.split('.').next()?.to_lowercase();
        view.inventory
            .hosts
            .iter()
            .find(|other| other.name.as_str() == own && &other.name != host)
            .map(|other| &other.name)
    };
    let hosts = || view.inventory.hosts.iter().map(|host| &host.name);
    let (one, other) =
        hosts().find_map(|host| named(host).filter(|other| named(other) == Some(host)).map(|other| (host, other)))?;
    let well = view.web().is_some_and(|web| view.sites.iter().all(|site| works(&web, site)));
    if well {
        return None;
    }
    let (a, b) = (view.inventory.host(one)?.address.clone()?, view.inventory.host(other)?.address.clone()?);
    let found = Found::new(message!("In the inventory, {} and {} have each other's address.", one, other));
    let found = found
        .saw(message!("the machine at {}, which should be {}, calls itself {}", a, one, other))
        .saw(message!("the machine at {}, which should be {}, calls itself {}", b, other, one))
        .over([one.clone(), other.clone()]);
    let word = |address: &str| address.replace('.', "\\.");
    let swap = |from: &str, to: &str| format!("s/{}([^0-9.]|$)/{to}\\1/g", word(from));
    let edit = format!("{}; {}; s/@@/{b}/g", swap(&a, "@@"), swap(&b, &a));
    let inventory = typed(&view.inventory.path.display().to_string());
    Some(found.then(view.host, format!("sed -E -i.before {} {inventory}", quote(&edit))))
}
