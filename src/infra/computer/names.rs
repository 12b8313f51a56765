//! What names mean on this computer, before any lab has given it some.

use crate::infra::transport::http;
use crate::model::computer::NamesSeen;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// How long a name server may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// As labs name their sites; nobody else has it, for it is under a domain that is kept for tests.
const UNKNOWN: &str = "nobody-has-this-name.lab.test";

/// A name's addresses, none if nobody knows it; `None` if no answer comes in time.
pub async fn resolved(name: &str) -> Option<Vec<IpAddr>> {
    let found = timeout(PATIENCE, http::find_all(name, 80)).await.ok()?;
    let mut all: Vec<IpAddr> = found.unwrap_or_default().iter().map(std::net::SocketAddr::ip).collect();
    all.dedup();
    Some(all)
}

/// Asks as a browser would.
pub async fn seen(root: &Path, resolve: impl AsyncFn(&str) -> Option<Vec<IpAddr>>) -> NamesSeen {
    let (localhost, found) = tokio::join!(resolve("localhost"), resolve(UNKNOWN));
    NamesSeen {
        localhost: localhost.unwrap_or_default(),
        without_hosts_file: without_files(&fs::read_to_string(root.join("etc/nsswitch.conf")).unwrap_or_default()),
        unknown: UNKNOWN.to_owned(),
        found,
        patience: PATIENCE.as_secs(),
    }
}

/// The line that says who is asked for the names of hosts, if the hosts file is not among them.
fn without_files(nsswitch: &str) -> Option<String> {
    let mut lines = nsswitch.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let line = lines.rfind(|line| line.starts_with("hosts:"))?;
    let asked = line.split_whitespace().skip(1);
    // Both read the file.
    let reads = |word: &str| word == "files" || word == "resolve";
    (!line.trim_start_matches("hosts:").split_whitespace().any(reads) && asked.count() > 0).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_leaves_its_hosts_file_out_is_told_by_its_line() {
        for (text, line) in [
            ("passwd: files\nhosts:          files dns\n", None),
            ("hosts: mymachines resolve [!UNAVAIL=return] dns", None),
            ("hosts: dns files", None),
            ("hosts: dns # files\n", Some("hosts: dns")),
            ("#hosts: dns\n", None),
            ("hosts:\n", None),
            ("", None),
        ] {
            assert_eq!(without_files(text).as_deref(), line, "{text}");
        }
    }
}
