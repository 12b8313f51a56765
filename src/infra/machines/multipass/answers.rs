//! What `multipass` answers in JSON, read loosely: versions differ in what else they say.

use super::fault::Fault;
use super::program::{QUESTION, multipass};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// How it is.
    pub state: State,
    /// Where it answers, as long as it runs. The first is the one that Multipass itself uses.
    pub address: Option<IpAddr>,
    /// What it runs, such as `Ubuntu 24.04 LTS`; or other words, where Multipass does not know it.
    pub release: String,
}

/// How a machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It does not run, or is about to: it can be started.
    Startable(String),
    /// It is in the trash: `multipass delete` without `--purge`.
    Deleted,
    /// It cannot be started before something else happens.
    Other(String),
}

impl State {
    fn of(word: String) -> Self {
        match word.as_str() {
            "Running" => Self::Running,
            "Stopped" | "Suspended" | "Starting" | "Restarting" | "Delayed Shutdown" => Self::Startable(word),
            "Deleted" => Self::Deleted,
            _ => Self::Other(word),
        }
    }

    /// Whether it does not run, and nothing is about to change that.
    pub fn is_off(&self) -> bool {
        matches!(self.word(), "Stopped" | "Suspended")
    }

    /// What Multipass calls it.
    pub fn word(&self) -> &str {
        match self {
            Self::Running => "Running",
            Self::Deleted => "Deleted",
            Self::Startable(word) | Self::Other(word) => word,
        }
    }
}

#[derive(Deserialize)]
struct List {
    list: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    state: String,
    #[serde(default)]
    ipv4: Vec<String>,
    #[serde(default)]
    release: String,
}

#[derive(Deserialize)]
struct Snapshots {
    info: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Version {
    multipass: String,
}

/// Every machine that Multipass has, by its name: anybody's.
///
/// # Errors
/// Multipass cannot be asked, or answers something else.
pub async fn instances() -> Result<BTreeMap<String, Instance>, Fault> {
    read_list(&multipass(&["list", "--format", "json"], QUESTION).await?)
}

fn read_list(text: &str) -> Result<BTreeMap<String, Instance>, Fault> {
    let wrong = |why| Fault::Unreadable { command: "multipass list --format json", why };
    let List { list } = serde_json::from_str(text).map_err(wrong)?;
    let instance = |listed: Listed| {
        let state = State::of(listed.state);
        let address = listed.ipv4.iter().find_map(|text| text.parse().ok());
        // Where a machine was while it ran, another one may be now.
        let address = address.filter(|_| state == State::Running);
        (listed.name, Instance { state, address, release: listed.release })
    };
    Ok(list.into_iter().map(instance).collect())
}

/// The names of the snapshots of every machine that has any.
///
/// # Errors
/// This Multipass has none, or cannot be asked.
pub async fn snapshots() -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let version = version().await?;
    if numbers(&version).is_some_and(|numbers| numbers < (1, 13)) {
        return Err(Fault::TooOld { version });
    }
    read_snapshots(&multipass(&["list", "--snapshots", "--format", "json"], QUESTION).await?)
}

fn read_snapshots(text: &str) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let wrong = |why| Fault::Unreadable { command: "multipass list --snapshots --format json", why };
    let Snapshots { info } = serde_json::from_str(text).map_err(wrong)?;
    Ok(info.into_iter().map(|(instance, snapshots)| (instance, snapshots.into_keys().collect())).collect())
}

async fn version() -> Result<String, Fault> {
    let text = multipass(&["version", "--format", "json"], QUESTION).await?;
    let wrong = |why| Fault::Unreadable { command: "multipass version --format json", why };
    serde_json::from_str(&text).map(|Version { multipass }| multipass).map_err(wrong)
}

/// `(1, 16)` of `1.16.1+mac`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_every_state_is_read() {
        let text = r#"{ "list": [
            { "ipv4": ["10.49.93.209", "172.17.0.1"], "name": "flix-web", "release": "Ubuntu 24.04 LTS", "state": "Running",
              "zone": { "available": true, "name": "zone1" } },
            { "ipv4": [], "name": "flix-app1", "release": "Ubuntu 24.04 LTS", "state": "Running" },
            { "ipv4": ["10.49.93.7"], "name": "flix-app2", "release": "Ubuntu 24.04 LTS", "state": "Stopped" },
            { "ipv4": [], "name": "primary", "release": "Not Available", "state": "Deleted" },
            { "name": "x", "state": "Delayed Shutdown" },
            { "name": "y", "state": "Unknown" }
        ] }"#;
        let all = read_list(text).unwrap();
        let seen: Vec<_> = all.iter().map(|(name, one)| (name.as_str(), one.state.word(), one.address)).collect();
        assert_eq!(
            seen,
            [
                ("flix-app1", "Running", None),
                ("flix-app2", "Stopped", None),
                ("flix-web", "Running", Some("10.49.93.209".parse().unwrap())),
                ("primary", "Deleted", None),
                ("x", "Delayed Shutdown", None),
                ("y", "Unknown", None),
            ]
        );
        assert_eq!((all["flix-web"].release.as_str(), all["x"].release.as_str()), ("Ubuntu 24.04 LTS", ""));
        assert_eq!(all["x"].state, State::Startable("Delayed Shutdown".into()));
        assert_eq!(all["y"].state, State::Other("Unknown".into()));
        assert!(read_list(r#"{"list":[]}"#).unwrap().is_empty());
        for bad in ["", "No instances found.", "{}", r#"{"list":[{"name":1}]}"#] {
            assert!(matches!(read_list(bad), Err(Fault::Unreadable { .. })), "{bad}");
        }
    }

    #[test]
    fn snapshots_are_read() {
        let text = r#"{ "errors": [], "info": {
            "flix-web": { "one": { "comment": "", "parent": "" }, "two": { "comment": "", "parent": "one" } },
            "mine": { "snapshot1": { "comment": "", "parent": "" } } } }"#;
        let all = read_snapshots(text).unwrap();
        assert_eq!(all["flix-web"], ["one", "two"]);
        assert!(read_snapshots(r#"{"errors":[],"info":{}}"#).unwrap().is_empty());
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (text, expected) in [
            ("1.16.1+mac", Some((1, 16))),
            ("1.12.2", Some((1, 12))),
            ("1.13.0-dev.155+g1", Some((1, 13))),
            ("x", None),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }
}
