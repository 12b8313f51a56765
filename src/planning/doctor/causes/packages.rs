//! Packages of the distribution: where they come from, and whether dpkg could set them up.

use super::{Cause, Found, HostView, Layer};
use crate::model::message::message;

pub const CAUSES: &[Cause] = &[
    Cause { name: "package-source", layer: Layer::Packages, blocks: false, find: source },
    Cause { name: "package-unfinished", layer: Layer::Packages, blocks: false, find: unfinished },
];

/// A source of the distribution that failed when labctl last asked it: `FILE:LINE: URI SUITE: REASON`.
fn source(view: &HostView<'_>) -> Option<Found> {
    let failed = view.machine.lines("source.failed");
    let mut parts = failed.first()?.splitn(3, ':');
    let (file, line) = (parts.next()?, parts.next()?);
    let found = Found::new(message!(
        "apt on {} cannot read a package source that the distribution needs: nothing can be installed or upgraded.",
        view.host
    ));
    let found = found.saw_all(failed.iter().cloned());
    Some(if file.starts_with('/') && line.bytes().all(|b| b.is_ascii_digit()) {
        found
            .then(view.host, format!("sudo nano +{line} {file}"))
            .note(message!("correct this line, or put a # in front of it"))
            .then(view.host, "sudo apt-get update")
    } else {
        found.then(view.host, "sudo apt-get update").note(message!("its last lines name the source"))
    })
}

fn unfinished(view: &HostView<'_>) -> Option<Found> {
    let left = view.machine.one("package.left")?;
    let cure = view.machine.one("package.cure")?;
    let found = Found::new(message!(
        "dpkg on {} could not set up {}: until it can, every installation ends with an error.",
        view.host,
        left.trim().replace(' ', ", ")
    ));
    let found = found.saw(message!("dpkg-query -W: {} unpacked, but not configured", left.trim()));
    Some(found.then(view.host, cure).note(view.machine.one("package.note").unwrap_or_default().to_owned()))
}
