//! What labctl is built of: licences, places, versions, and no `unsafe`. The lists are those of `deny.toml`, which
//! `cargo deny check` holds for all systems at once; this holds them wherever the tests run, without another tool.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap()
}

/// The words in quotes of a list of `deny.toml`, such as `allow = ["MIT", …]`. Comments and reasons hold none of these keys.
fn listed(section: &str, key: &str) -> Vec<String> {
    let text = text("deny.toml");
    let section = text.split(&format!("[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
    let list = section.split(&format!("\n{key} = [")).nth(1).or_else(|| section.strip_prefix(&format!("{key} = [")));
    let list = list.unwrap_or_else(|| panic!("no {key} in {section}")).split("\n]").next().unwrap();
    let crates = list.contains("crate = ");
    let list = if crates { list.split("crate = ").skip(1).collect() } else { vec![list.split(']').next().unwrap()] };
    let quoted = |text: &str| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    list.into_iter().flat_map(|item| quoted(item).into_iter().take(if crates { 1 } else { usize::MAX })).collect()
}

/// name, version, source, checksum of everything in `Cargo.lock`, for whatever system.
fn locked() -> Vec<[String; 4]> {
    let lock = text("Cargo.lock");
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let packages = lock.split("[[package]]\n").skip(1);
    packages.map(|package| ["name", "version", "source", "checksum"].map(|key| value(package, key))).collect()
}

/// Whether an SPDX expression can be met with these licences alone.
fn met(expression: &str, allowed: &[String]) -> bool {
    let words = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut rest = words.as_slice();
    let holds = either(&mut rest, allowed);
    assert!(rest.is_empty(), "{expression}: {rest:?}");
    holds
}

fn either(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut holds = both(rest, allowed);
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        holds |= both(rest, allowed);
    }
    holds
}

fn both(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut holds = one(rest, allowed);
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        holds &= one(rest, allowed);
    }
    holds
}

fn one(rest: &mut &[&str], allowed: &[String]) -> bool {
    let (first, after) = rest.split_first().expect("a licence");
    *rest = after;
    if *first == "(" {
        let holds = either(rest, allowed);
        assert_eq!(rest.first(), Some(&")"));
        *rest = &rest[1..];
        return holds;
    }
    if rest.first() == Some(&"WITH") {
        *rest = &rest[2..];
        // An exception is another licence, which nobody has listed.
        return false;
    }
    allowed.iter().any(|name| name == first)
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed = ["MIT", "ISC"].map(str::to_owned);
    for (expression, holds) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("ISC AND (GPL-3.0 OR MIT)", true),
        ("(ISC OR MIT) AND GPL-3.0", false),
        ("GPL-3.0 AND ISC OR MIT", true),
        ("MIT WITH some-exception", false),
    ] {
        assert_eq!(met(expression, &allowed), holds, "{expression}");
    }
}

/// Also that `Cargo.lock` is up to date: `--locked` refuses one that is not.
#[test]
fn every_licence_is_one_that_we_allow() {
    let target = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let target = String::from_utf8(target).unwrap();
    let target = target.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", target]);
    let seen = cargo.current_dir(at("")).output().unwrap();
    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 150, "{} packages", packages.len());
    let allowed = listed("licenses", "allow");
    let bad: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| met(licence, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn everything_comes_from_the_registry_with_its_checksum() {
    let registry = format!("registry+{}", listed("sources", "allow-registry")[0]);
    let packages = locked();
    assert!(packages.len() > 200, "{} packages", packages.len());
    for [name, version, source, checksum] in packages {
        if name == env!("CARGO_PKG_NAME") {
            assert_eq!(source, "");
        } else {
            assert_eq!((source.as_str(), checksum.len()), (registry.as_str(), 64), "{name} {version}");
        }
    }
    if at(".git").exists() {
        let git = Command::new("git").args(["ls-files", "--error-unmatch", "Cargo.lock"]).current_dir(at("")).output();
        // Somebody else's clone is not read by git, nor is there always a git.
        let dubious = |said: &[u8]| String::from_utf8_lossy(said).contains("dubious ownership");
        assert!(
            git.is_err() || git.is_ok_and(|git| git.status.success() || dubious(&git.stderr)),
            "Cargo.lock is committed"
        );
    }
}

#[test]
fn no_crate_is_there_twice_or_unwanted() {
    let (borne, banned) = (listed("bans", "skip"), listed("bans", "deny"));
    assert!(banned.iter().any(|name| name == "ring") && !borne.is_empty(), "{banned:?} {borne:?}");
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for [name, version, ..] in locked() {
        assert!(!banned.contains(&name), "{name} is banned");
        versions.entry(name).or_default().push(version);
    }
    for (name, all) in &versions {
        let counted = all.iter().filter(|version| !borne.contains(&format!("{name}@{version}")));
        assert_eq!(counted.count(), 1, "{name}: {all:?}");
    }
    for each in borne {
        let (name, version) = each.split_once('@').unwrap();
        assert!(
            versions.get(name).is_some_and(|all| all.iter().any(|v| v == version)),
            "{each} need not be borne any more"
        );
    }
}

/// `forbid` cannot be allowed again further down; the compiler holds it for every file of the package.
#[test]
fn unsafe_is_forbidden() {
    let manifest = text("Cargo.toml");
    let lints = manifest.split("[lints.rust]\n").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(lints.lines().any(|line| line == "unsafe_code = \"forbid\""), "{lints}");
    for file in ["src/lib.rs", "src/main.rs"] {
        assert!(text(file).contains("#![forbid(unsafe_code)]"), "{file}");
    }
}

/// What runs while labctl is built can do all that its user may. It reads files of git, which `tests/version.rs` tries.
#[test]
fn what_builds_labctl_only_reads() {
    let manifest = text("Cargo.toml");
    assert!(!manifest.contains("build-dependencies") && !manifest.contains("build ="), "build.rs, with std alone");
    let code = text("build.rs");
    let named: Vec<&str> =
        code.split("std::").skip(1).map(|rest| rest.split([';', ' ', ':']).next().unwrap()).collect();
    assert_eq!(named, ["env", "fs", "path"]);
    let mut calls: Vec<&str> = code.split("fs::").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
    calls.dedup();
    assert_eq!(calls, ["read_to_string"]);
    assert!(!code.contains("unsafe") && !code.contains("extern"));
}

/// A promise rests on tests that are there: `file: name`, as SECURITY.md writes it.
#[test]
fn every_test_that_security_md_names_exists() {
    let promises = text("SECURITY.md");
    let named: Vec<(&str, &str)> =
        promises.split('`').skip(1).step_by(2).filter_map(|word| word.split_once(".rs: ")).collect();
    assert!(named.len() > 50, "{} tests are named", named.len());
    for (file, name) in named {
        let code = text(&format!("{file}.rs"));
        let lines: Vec<&str> = code.lines().map(str::trim_start).collect();
        let begins = |line: &str| {
            let line = line.strip_prefix("async ").unwrap_or(line);
            line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")))
        };
        let at = lines.iter().position(|line| begins(line)).unwrap_or_else(|| panic!("{file}.rs has no test {name}"));
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        let tests = ["#[test]", "#[tokio::test"];
        assert!(above.into_iter().any(|line| tests.iter().any(|t| line.starts_with(t))), "{file}.rs: {name} is a test");
    }
    for row in promises.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| |")).skip(1) {
        assert!(row.contains(".rs: "), "a promise that nothing holds: {row}");
    }
}

/// Whoever builds the published crate has no tests, and the binary holds nothing of them.
#[test]
fn what_is_compiled_in_is_published_and_no_part_of_the_tests() {
    let manifest = text("Cargo.toml");
    let left_out = manifest.split("\nexclude = [").nth(1).unwrap().split(']').next().unwrap();
    let left_out: Vec<&str> = left_out.split('"').skip(1).step_by(2).collect();
    assert!(left_out.contains(&"tests"), "{left_out:?}");
    let mut folders = vec![at("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = fs::read_to_string(&path).unwrap();
                for named in code.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                    let file = path.parent().unwrap().join(named).canonicalize().unwrap();
                    let file = file.strip_prefix(at("").canonicalize().unwrap()).unwrap().to_owned();
                    assert!(!left_out.iter().any(|each| file.starts_with(each)), "{}: {named}", path.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 20, "{seen} files are compiled in");
}
