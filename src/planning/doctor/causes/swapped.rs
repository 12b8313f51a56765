//! Two machines of the inventory have each other's address.

use super::backends::works;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;
use crate::model::name::HostName;
use crate::model::quote::{quote, typed};

pub const CAUSES: &[Cause] = &[Cause { name: "addresses-swapped", layer: Layer::Names, blocks: true, find: swapped }];

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
