//! What machines are called outside of their lab.

use crate::model::name::{HostName, LabName};
use sha2::{Digest, Sha256};

/// The first `digits` hexadecimal digits of the SHA-256 of a text.
pub fn digest(text: &str, digits: usize) -> String {
    let mut hex = hex::encode(Sha256::digest(text.as_bytes()));
    hex.truncate(digits);
    hex
}

/// The name of a lab's machine among all that a computer has: `LAB-HOST` where that is one valid label and cannot mean another
/// lab's machine (`a-b` + `c` and `a` + `b-c`), else a shortened one with a hash.
pub fn machine_name(lab: &LabName, host: &HostName) -> String {
    let plain = format!("{lab}-{host}");
    if plain.len() <= 48 && plain.matches('-').count() == 1 && !plain.contains('_') {
        return plain;
    }
    let slug: String = plain.replace('_', "-").chars().take(40).collect();
    format!("{}-{}", slug.trim_end_matches('-'), digest(&format!("{lab}/{host}"), 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(lab: &str, host: &str) -> String {
        machine_name(&lab.parse().unwrap(), &host.parse().unwrap())
    }

    #[test]
    fn names_are_plain_where_they_can_be() {
        assert_eq!(name("dumbflix", "web"), "dumbflix-web");
    }

    #[test]
    fn two_machines_never_share_a_name() {
        let (one, two, three) = (name("a-b", "c"), name("a", "b-c"), name("a_b", "c"));
        assert!(one != two && one != three && two != three, "{one} {two} {three}");
    }
}
