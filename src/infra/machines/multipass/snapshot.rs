//! Snapshots: Multipass keeps them with a machine, and they go with it.

use super::fault::Fault;
use super::program::{WORK, multipass};

/// A snapshot on its way to its name.
const HALF: &str = "labctl-new";

/// Refuses a name that Multipass would refuse.
///
/// # Errors
/// It is such a name.
pub fn checked(name: &str) -> Result<(), Fault> {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name != HALF;
    if plain { Ok(()) } else { Err(Fault::SnapshotName { name: name.to_owned() }) }
}

/// Keeps the disk of a machine that is off. What had the name before is removed only when the new one is there.
///
/// # Errors
/// Multipass cannot take it.
pub async fn take(instance: &str, name: &str, there: &[String]) -> Result<(), Fault> {
    let named = |name: &str| there.iter().any(|one| one == name);
    let half = format!("{instance}.{HALF}");
    if !named(name) {
        return multipass(&["snapshot", "--name", name, instance], WORK).await.map(drop);
    }
    if named(HALF) {
        multipass(&["delete", "--purge", &half], WORK).await?;
    }
    multipass(&["snapshot", "--name", HALF, instance], WORK).await?;
    multipass(&["delete", "--purge", &format!("{instance}.{name}")], WORK).await?;
    multipass(&["set", &format!("local.{half}.name={name}")], WORK).await.map(drop)
}

/// Puts the disk of a snapshot in the place of the disk of a machine that is off.
///
/// # Errors
/// Multipass cannot do it.
pub async fn bring_back(instance: &str, name: &str) -> Result<(), Fault> {
    multipass(&["restore", "--destructive", &format!("{instance}.{name}")], WORK).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_multipass_takes() {
        for good in ["before-nginx", "a", "Day1"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", "1st", "-x", "x-", "a.b", "a_b", "a b", "--all", HALF] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
