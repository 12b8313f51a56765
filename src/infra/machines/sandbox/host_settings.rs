//! What a machine inherits from this computer so that apt, npm and curl work inside as they do outside: proxies,
//! nameservers, additional certificate authorities and the npm registry. Never passwords for registries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Where Debian keeps all certificates in one file.
pub const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The nameservers that a machine can reach: not those that only answer on this computer.
pub fn nameservers() -> Vec<Ipv4Addr> {
    // The second file has the real servers where the first one names systemd-resolved's 127.0.0.53.
    for file in ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"] {
        let found = parse_nameservers(&fs::read_to_string(file).unwrap_or_default());
        if !found.is_empty() {
            return found;
        }
    }
    // Only a local resolver: machines ask public ones.
    vec![Ipv4Addr::new(9, 9, 9, 9), Ipv4Addr::new(1, 1, 1, 1)]
}

fn parse_nameservers(text: &str) -> Vec<Ipv4Addr> {
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok());
    servers.filter(|server: &Ipv4Addr| !server.is_loopback() && !server.is_unspecified()).take(3).collect()
}

/// The certificates of a PEM file, each in one normal form.
fn certificates(pem: &str) -> BTreeSet<String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let bodies = pem.split(BEGIN).skip(1).filter_map(|part| part.split_once(END));
    bodies
        .map(|(body, _)| format!("{BEGIN}\n{}\n{END}\n", body.split_whitespace().collect::<Vec<_>>().join("\n")))
        .collect()
}

fn certificates_below(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.append(&mut certificates_below(&path));
        } else {
            found.append(&mut certificates(&fs::read_to_string(&path).unwrap_or_default()));
        }
    }
    found
}

/// The certificate authorities that this computer trusts beyond those of its distribution.
pub fn authorities() -> Vec<String> {
    let mut trusted = certificates_below(Path::new("/usr/local/share/ca-certificates"));
    let named = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"].iter().filter_map(std::env::var_os);
    let files = [Some(PathBuf::from(BUNDLE)), npm().remove("cafile").map(PathBuf::from)];
    for file in files.into_iter().flatten().chain(named.map(PathBuf::from)) {
        trusted.append(&mut certificates(&fs::read_to_string(file).unwrap_or_default()));
    }
    let usual = certificates_below(Path::new("/usr/share/ca-certificates"));
    // Where the distribution's own are not found apart, "beyond" cannot be told: then only what was added by name.
    if usual.is_empty() {
        return certificates_below(Path::new("/usr/local/share/ca-certificates")).into_iter().collect();
    }
    trusted.difference(&usual).cloned().collect()
}

/// The npm settings that say where packages come from, by their `npm_config_` names.
fn npm() -> BTreeMap<&'static str, String> {
    const KNOWN: [(&str, &str); 5] = [
        ("registry", "registry"),
        ("cafile", "cafile"),
        ("proxy", "proxy"),
        ("https-proxy", "https_proxy"),
        ("noproxy", "noproxy"),
    ];
    let mut found = BTreeMap::new();
    let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let invoker = std::env::var("SUDO_USER").ok().map(|user| Path::new("/home").join(user));
    let files = [Some(PathBuf::from("/etc")), invoker, home("HOME")].into_iter().flatten();
    for (folder, name) in
        files.map(|folder| if folder == Path::new("/etc") { (folder, "npmrc") } else { (folder, ".npmrc") })
    {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim().trim_matches('"');
            // `${...}` is filled in by npm from an environment that the machine does not have.
            let known =
                KNOWN.iter().find(|(name, _)| *name == key.trim() && !value.is_empty() && !value.contains("${"));
            found.extend(known.map(|(_, name)| (*name, value.to_string())));
        }
    }
    for (_, name) in KNOWN {
        found.extend(std::env::var(format!("npm_config_{name}")).ok().map(|value| (name, value)));
    }
    found
}

/// The environment of every session and service in a machine. `near` (names and addresses of the lab) goes past any proxy.
pub fn environment(gateway: Ipv4Addr, near: &[String], extra_authorities: bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        for name in [name.to_string(), name.to_uppercase()] {
            found.extend(std::env::var(&name).ok().filter(|value| !value.is_empty()).map(|value| (name, value)));
        }
    }
    found.extend(npm().into_iter().filter(|(name, _)| *name != "cafile").map(|(k, v)| (format!("npm_config_{k}"), v)));
    for (name, value) in &mut found {
        if name.to_lowercase().ends_with("no_proxy") || name.ends_with("noproxy") {
            value.push_str(&format!(",{}", near.join(",")));
        } else {
            *value = reachable(value, gateway);
        }
    }
    if found.keys().any(|name| name.to_lowercase().ends_with("_proxy")) {
        for name in ["no_proxy", "NO_PROXY"] {
            found.entry(name.into()).or_insert_with(|| format!("localhost,127.0.0.1,{}", near.join(",")));
        }
    }
    if extra_authorities {
        // Node.js has its own list of authorities, and does not look at the machine's.
        found.insert("NODE_EXTRA_CA_CERTS".into(), BUNDLE.into());
        found.insert("npm_config_cafile".into(), BUNDLE.into());
    }
    found
}

/// A proxy on this computer itself is at the gateway for a machine.
fn reachable(url: &str, gateway: Ipv4Addr) -> String {
    let gateway = gateway.to_string();
    ["127.0.0.1", "localhost", "[::1]"].iter().fold(url.to_string(), |url, local| {
        let after_user = url.replace(&format!("@{local}"), &format!("@{gateway}"));
        after_user.replace(&format!("//{local}"), &format!("//{gateway}"))
    })
}

/// The settings of apt that say how packages are reached, as lines of an apt.conf; from `apt-config dump`.
pub fn apt_settings(dump: &str) -> Vec<String> {
    let wanted = |key: &str| {
        let proxy = ["Acquire::http", "Acquire::https"]
            .iter()
            .any(|kind| key.strip_prefix(kind).is_some_and(|rest| rest == "::Proxy" || rest.starts_with("::Proxy::")));
        proxy
            || ["Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::Retries", "Acquire::ForceIPv4"]
                .contains(&key)
    };
    let filled = |line: &&str| line.split_once(' ').is_some_and(|(key, value)| wanted(key) && value != "\"\";");
    dump.lines().filter(filled).map(str::to_string).collect()
}

/// The same for use inside a machine.
pub fn apt_settings_inside(settings: &[String], gateway: Ipv4Addr) -> String {
    settings.iter().map(|line| reachable(line, gateway) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nameservers_that_a_machine_can_reach() {
        let text = "# made\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver fe80::1\noptions edns0\n";
        assert_eq!(parse_nameservers(text), [Ipv4Addr::new(192, 0, 2, 53)]);
    }

    #[test]
    fn certificates_are_compared_by_their_body() {
        let one = "# CA\n-----BEGIN CERTIFICATE-----\nAAA\nBBB\n-----END CERTIFICATE-----\n";
        let same = "-----BEGIN CERTIFICATE-----\r\nAAA\r\nBBB\r\n-----END CERTIFICATE-----";
        assert_eq!(certificates(one), certificates(same));
        assert_eq!(certificates(&format!("{one}{same}")).len(), 1);
        assert!(certificates("-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----").is_empty());
    }

    #[test]
    fn apt_settings_are_kept_to_what_reaches_packages() {
        let dump = "Acquire \"\";\nAcquire::http::Proxy \"http://localhost:3142\";\nAcquire::http::Proxy-Auto-Detect \"/x\";\n\
                    Acquire::https::Proxy::mirror.example \"DIRECT\";\nAPT::Architecture \"amd64\";\n\
                    Acquire::Check-Valid-Until \"false\";\nAcquire::http::Proxy \"\";\n";
        let kept = apt_settings(dump);
        assert_eq!(kept.len(), 3, "{kept:?}");
        let inside = apt_settings_inside(&kept, Ipv4Addr::new(10, 71, 3, 1));
        assert!(inside.starts_with("Acquire::http::Proxy \"http://10.71.3.1:3142\";\n"), "{inside}");
    }

    #[test]
    fn a_local_proxy_is_at_the_gateway() {
        let gateway = Ipv4Addr::new(10, 71, 3, 1);
        assert_eq!(reachable("http://u:p@localhost:8080", gateway), "http://u:p@10.71.3.1:8080");
        assert_eq!(reachable("http://proxy.example:8080", gateway), "http://proxy.example:8080");
    }
}
