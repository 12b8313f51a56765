//! Which Debian archive the machines use: the mirror of this computer where it has one, never anything from third
//! parties, and not this computer's keys for those.

use crate::config::inventory::System;
use std::fs;

/// A Debian release and where its packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebianRelease {
    /// The Debian release that the packages are for.
    pub system: System,
    /// The mirror of the main archive.
    pub main: String,
    /// The mirror of the security archive.
    pub security: String,
}

impl DebianRelease {
    /// The archive for machines on this computer that are to run `wanted`, or what this computer itself runs.
    pub fn here(wanted: Option<System>) -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let value =
            |key: &str| release.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim_matches('"');
        let own = (value("ID=") == "debian").then(|| System::coded(value("VERSION_CODENAME="))).flatten();
        let system = wanted.or(own).unwrap_or(System::Debian12);
        let mut texts = vec![fs::read_to_string("/etc/apt/sources.list").unwrap_or_default()];
        let mut files: Vec<_> =
            fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).unwrap_or_default();
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("list") => texts.push(text),
                Some("sources") => texts.push(one_line(&text)),
                _ => {}
            }
        }
        Self::among(&texts.concat(), system)
    }

    /// The archive named in lines of the one-line format, with Debian's own servers for what is not there.
    fn among(lines: &str, system: System) -> Self {
        let mirrors: Vec<&str> = lines.lines().filter_map(mirror).collect();
        let with = |end: &str, otherwise: &str| {
            let found = mirrors.iter().map(|uri| uri.trim_end_matches('/')).find(|uri| uri.ends_with(end));
            found.unwrap_or(otherwise).to_string()
        };
        Self {
            system,
            main: with("/debian", "http://deb.debian.org/debian"),
            security: with("/debian-security", "http://deb.debian.org/debian-security"),
        }
    }

    /// The text of a `sources.list` for this release.
    pub fn list(&self) -> String {
        let (codename, Self { main, security, .. }) = (self.system.codename(), self);
        format!(
            "deb {main} {codename} main\ndeb {main} {codename}-updates main\ndeb {security} {codename}-security main\n"
        )
    }
}

/// The address in a line of the one-line format, if that line is about Debian's own packages.
fn mirror(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    // Third parties also offer `.../debian bookworm main`, but sign it with keys of their own.
    let signed_by = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
    let mut words = rest.split_whitespace();
    let uri = words.next().filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"))?;
    let ours = signed_by.is_none_or(|key| key.contains("debian-archive")) && words.skip(1).any(|word| word == "main");
    ours.then_some(uri)
}

/// The deb822 format as lines of the one-line format.
fn one_line(text: &str) -> String {
    let mut lines = String::new();
    let without_comments: String =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    for stanza in without_comments.split("\n\n") {
        let field = |name: &str| {
            let found = stanza.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            });
            found.unwrap_or_default()
        };
        let off = field("Enabled").eq_ignore_ascii_case("no");
        if off || !field("Types").split_whitespace().any(|kind| kind == "deb") {
            continue;
        }
        // A key written into the file itself is nobody's but that archive's.
        let embedded = stanza.contains("BEGIN PGP");
        let key = if embedded { "embedded" } else { field("Signed-By") };
        let options = if key.is_empty() { String::new() } else { format!("[signed-by={}] ", key.replace(' ', ",")) };
        let suite = field("Suites").split_whitespace().next().unwrap_or_default();
        for uri in field("URIs").split_whitespace() {
            lines.push_str(&format!("deb {options}{uri} {suite} {}\n", field("Components")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "http://deb.debian.org/debian";

    fn main_of(lines: &str) -> String {
        DebianRelease::among(lines, System::Debian12).main
    }

    #[test]
    fn the_one_line_format() {
        for (line, main) in [
            ("deb http://ftp.id.debian.org/debian/ bookworm main contrib", "http://ftp.id.debian.org/debian"),
            ("# deb http://ftp.id.debian.org/debian/ bookworm main", NONE),
            ("deb-src http://ftp.id.debian.org/debian bookworm main", NONE),
            (
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://m.example/debian trixie main",
                "https://m.example/debian",
            ),
            ("deb [signed-by=/usr/share/keyrings/tool.gpg] https://tool.example/debian bookworm main", NONE),
            ("deb https://apt.releases.tool.example bookworm main", NONE),
            ("deb https://download.tool.example/linux/debian bookworm stable", NONE),
            ("deb cdrom:[Debian]/debian bookworm main", NONE),
            ("deb http://archive.ubuntu.com/ubuntu noble main", NONE),
        ] {
            assert_eq!(main_of(line), main, "{line}");
        }
    }

    #[test]
    fn the_deb822_format() {
        let text = "Types: deb deb-src\n# a comment\nURIs: http://m.example/debian\nSuites: bookworm bookworm-updates\n\
            Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\n\
            URIs: http://m.example/debian-security/\nSuites: bookworm-security\nComponents: main\n";
        let archive = DebianRelease::among(&one_line(text), System::Debian12);
        assert_eq!(archive.main, "http://m.example/debian");
        assert_eq!(archive.security, "http://m.example/debian-security");
        assert_eq!(archive.list().lines().count(), 3);
        assert_eq!(one_line(&text.replace("Components", "Enabled: no\nComponents")), "");
        assert_eq!(
            main_of(&one_line(
                "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n"
            )),
            NONE
        );
    }
}
