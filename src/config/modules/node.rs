//! Node.js at a version, with its checksum verified, without `curl | bash`.

use super::manual_step::fed;
use super::{Args, Call, Limits, ManualStep, Module, Operator, Purpose, Shell, Word};
use crate::config::payload::{Content, Payload};
use crate::config::shape::{Shape, field, required};
use crate::model::name::machine::PLAIN;
use crate::model::problem::{Problem, did_you_mean};
use std::path::Path;

/// nodejs.org's archive: a folder for each version, with `SHASUMS256.txt` in it.
const ARCHIVE: &str = "https://nodejs.org/dist";

/// The major versions that the package `nodejs` has, or had, in Debian 10 to sid and Ubuntu 20.04 to 26.04, in ascending
/// order. What is newer than all of them may come.
const PACKAGED: [u32; 5] = [10, 12, 18, 20, 22];

/// `node: { version: 14.21.3, source: nodejs.org }`
pub const MODULE: Module = Module {
    name: "node",
    doc: "Node.js of this version is installed, and `node`, `npm` and `npx` are on everybody's path",
    example: "  - node: { version: \"{{ node.version }}\", source: \"{{ node.source }}\" }\n",
    shape: Shape::Map(&[
        required(
            "version",
            Shape::Text,
            "a version such as 14.21.3; with `distribution`, only the first number counts, and empty is any",
        ),
        required("source", Shape::Text, "nodejs.org, the URL of a mirror, a folder on the controller, or distribution"),
        field("npm", Shape::Text, "an npm version other than the one that comes with it"),
    ]),
    shell: Shell::new("node", include_str!("node.sh")),
    limits: Limits::LONG,
    label: |_| "install Node.js".into(),
    call,
    by_hand,
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let (version, source) = (args.text("version")?, args.text("source")?);
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = version.split('.').collect();
    let exact = parts.len() == 3 && parts.iter().copied().all(digits);
    let known = ["distribution", "nodejs.org"].contains(&source.as_str()) || source.contains("://");
    let near = did_you_mean(&source, ["distribution", "nodejs.org"]).filter(|_| !known && !source.contains('/'));
    if let Some(near) = near {
        return Err(args.problem(
            "source",
            format!("there is no source `{source}`"),
            &format!("did you mean `{near}`?"),
        ));
    }
    if source == "distribution"
        && let Some(major) = parts.first().and_then(|major| major.trim_start_matches('v').parse::<u32>().ok())
        && major <= *PACKAGED.last().unwrap_or(&0)
        && !PACKAGED.contains(&major)
    {
        let hint = "leave `version` out for the distribution's own, or `source` out for nodejs.org";
        return Err(args.problem("version", format!("no Debian or Ubuntu has a package of Node.js {major}"), hint));
    }
    if source != "distribution" && !exact {
        let hint = "write all three numbers, such as 14.21.3, so that every machine gets the same";
        return Err(args.problem("version", format!("`{version}` is not a Node version"), hint));
    }
    let npm = args.text("npm")?;
    let npm = if npm.is_empty() { npm } else { args.named("npm", npm, &PLAIN)? };
    let mut payloads = Vec::new();
    let (kind, base) = match source.as_str() {
        "distribution" => ("distribution", String::new()),
        "nodejs.org" => ("archive", ARCHIVE.to_owned()),
        url if url.starts_with("http://") || url.starts_with("https://") => {
            ("mirror", url.trim_end_matches('/').to_owned())
        }
        folder => {
            let archives = args.stock.node_archives(Path::new(folder), &version).map_err(|error| {
                args.problem("source", error.to_string(), "give nodejs.org, a URL, `distribution`, or a folder with v<version>/node-v<version>-linux-x64.tar.gz")
            })?;
            let sums: Vec<String> = archives.iter().map(|a| format!("{}={}", a.arch, a.sha256)).collect();
            for archive in archives {
                let id = format!("node-v{version}-{}", archive.arch);
                payloads.push(Payload { id, content: Content::File(archive.path) });
            }
            ("folder", sums.join(" "))
        }
    };
    let prefix = if payloads.is_empty() { String::new() } else { format!("node-v{version}") };
    // With a folder, BASE lists the checksum of each architecture's archive.
    let (base, sums) = if kind == "folder" { (String::new(), base) } else { (base, String::new()) };
    let words = [kind.into(), version.into(), base.into(), prefix.into(), sums.into(), npm.into()];
    Ok(Call { payloads, ..Call::new(MODULE.shell, words) })
}

fn by_hand(call: &Call, typist: &Operator) -> Vec<ManualStep> {
    let (version, base) = (call.word(1), call.typed(2));
    let (dir, name) = (format!("/opt/node/v{version}"), format!("node-v{version}-linux-$ARCH.tar.gz"));
    let arch = "ARCH=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')";
    let mut hands = Vec::new();
    match call.word(0) {
        "distribution" => {
            return vec![ManualStep::there(Purpose::Install, "sudo apt install -y --no-install-recommends nodejs npm")];
        }
        "folder" => {
            let files = call.payloads.iter().filter_map(|payload| match &payload.content {
                Content::File(path) => Some(Word::Path(path.display().to_string()).typed()),
                _ => None,
            });
            let files: Vec<String> = files.collect();
            let send = format!("scp {}{} {}:/tmp/", typist.options, files.join(" "), typist.login);
            hands.push(ManualStep::here(Purpose::Send, send));
            let sums = call.word(4).split(' ').filter_map(|sum| sum.split_once('='));
            let sums: String =
                sums.map(|(arch, sum)| format!("{sum}  node-v{version}-linux-{arch}.tar.gz\n")).collect();
            hands
                .push(ManualStep::there(Purpose::NodeVerify, fed(&sums, "cd /tmp && sha256sum --ignore-missing -c -")));
        }
        _ => {
            let mut lines = format!("cd /tmp\n{arch}\ncurl -fLO {base}/v{version}/{name}\n");
            lines.push_str(&format!("curl -fLO {base}/v{version}/SHASUMS256.txt\n"));
            lines.push_str("sha256sum --ignore-missing -c SHASUMS256.txt");
            hands.push(ManualStep::there(Purpose::NodeDownload, lines));
        }
    }
    let mut lines = format!("cd /tmp\n{arch}\nsudo mkdir -p {dir}\n");
    lines.push_str(&format!("sudo tar -xzf {name} -C {dir} --strip-components=1 --no-same-owner\n"));
    lines.push_str(&format!("sudo ln -sf {dir}/bin/* /usr/local/bin/\nnode -v"));
    hands.push(ManualStep::there(Purpose::NodeUnpack, lines));
    if !call.word(5).is_empty() {
        let command = format!("sudo env \"PATH=$PATH\" npm install -g --prefix {dir} npm@{}", call.word(5));
        hands.push(ManualStep::there(Purpose::NodeNpm, command));
    }
    hands
}
