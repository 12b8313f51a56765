//! Packages of the distribution: where they come from, and whether dpkg could set them up.

use super::{Cause, Found, HostView, Layer};

pub const CAUSES: &[Cause] = &[
    Cause { name: "package-source", layer: Layer::Packages, blocks: false, look: source },
    Cause { name: "package-unfinished", layer: Layer::Packages, blocks: false, look: unfinished },
];

/// A source of the distribution that failed when labctl last asked it: `FILE:LINE: URI SUITE: REASON`.
fn source(place: &HostView<'_>) -> Option<Found> {
    let failed = place.machine.lines("source.failed");
    let mut parts = failed.first()?.splitn(3, ':');
    let (file, line) = (parts.next()?, parts.next()?);
    let found = Found::new(format!(
        "apt on {} cannot read a source of packages that the distribution needs: nothing can be installed or upgraded.",
        place.host
    ));
    let found = found.saw_all(failed.iter().cloned());
    Some(if file.starts_with('/') && line.bytes().all(|b| b.is_ascii_digit()) {
        found
            .then(place.host, format!("sudo nano +{line} {file}"))
            .note("correct this line, or put a # in front of it")
            .then(place.host, "sudo apt-get update")
    } else {
        found.then(place.host, "sudo apt-get update").note("its last lines name the source")
    })
}

fn unfinished(place: &HostView<'_>) -> Option<Found> {
    let left = place.machine.one("package.left")?;
    let cure = place.machine.one("package.cure")?;
    let found = Found::new(format!(
        "dpkg on {} could not set up {}: until it has, every installation ends with an error.",
        place.host,
        left.trim().replace(' ', ", ")
    ));
    let found = found.saw(format!("dpkg-query -W: {} unpacked, but not configured", left.trim()));
    Some(found.then(place.host, cure).note(place.machine.one("package.note").unwrap_or_default()))
}
