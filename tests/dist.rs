//! What `.ci/dist` publishes, made of stand-ins for the programs: archives, packages, bills of materials, checksums, and what
//! package managers read. The program for x86_64 Linux is this very labctl, so that completions and man pages are its own.
#![cfg(target_os = "linux")] // releases are made on Debian
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use serde_json::Value;
use skip::skip;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HOST: &str = "x86_64-unknown-linux-musl";
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const TARGETS: [&str; 5] = [HOST, "aarch64-unknown-linux-musl", WINDOWS, "x86_64-apple-darwin", "aarch64-apple-darwin"];
const VERSION: &str = env!("CARGO_PKG_VERSION");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn run(folder: &Path, program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    // Whoever runs the tests from a hook of git has set where its own repository is.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command.args(args).current_dir(folder).env("CARGO", env!("CARGO")).output().unwrap()
}

/// What it prints.
fn told(folder: &Path, program: &str, args: &[&str]) -> String {
    let seen = run(folder, program, args);
    let err = String::from_utf8_lossy(&seen.stderr);
    assert!(seen.status.success(), "{program} {args:?}: {}{err}", String::from_utf8_lossy(&seen.stdout));
    String::from_utf8_lossy(&seen.stdout).into_owned()
}

fn lacking(programs: &[&str]) -> bool {
    let here = |name: &str| std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|f| f.join(name).is_file());
    let missing: Vec<_> = programs.iter().filter(|name| !here(name)).collect();
    if !missing.is_empty() {
        skip(&format!("there is no {missing:?} here"));
    }
    !missing.is_empty()
}

/// A checkout with what a release is made of, always the same commit, and the programs for it.
fn checkout(folder: &Path) {
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("benches")).unwrap();
    let files = "Cargo.toml Cargo.lock README.md CHANGELOG.md SECURITY.md LICENSE install.sh install.ps1 .ci";
    for file in files.split(' ') {
        told(Path::new(ROOT), "cp", &["-r", file, folder.to_str().unwrap()]);
    }
    for file in ["build.rs", "src/lib.rs", "src/main.rs", "benches/speed.rs"] {
        fs::write(folder.join(file), "fn main() {}\n").unwrap();
    }
    fs::write(folder.join(".gitignore"), "/target\n/built\n").unwrap();
    for target in TARGETS {
        let name = if target == WINDOWS { "labctl.exe" } else { "labctl" };
        let program = folder.join("built").join(target).join("release").join(name);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, stand_in(target)).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    }
    told(folder, "git", &["init", "-q"]);
    told(folder, "git", &["add", "-A"]);
    let who = ["-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false"];
    let commit = "GIT_COMMITTER_DATE=2026-01-02T03:04:06Z git \"$@\" commit -q -m all --date=2026-01-02T03:04:06Z";
    told(folder, "sh", &[&["-c", commit, "git"], &who[..]].concat());
}

fn stand_in(target: &str) -> String {
    let words = if target == HOST { env!("CARGO_BIN_EXE_labctl") } else { "false" };
    format!("#!/bin/sh\n# stands for {target}\nexec {words} \"$@\"\n")
}

fn dist(folder: &Path, targets: &[&str]) -> Output {
    let built = format!("LABCTL_BUILT={}/built", folder.display());
    let args = [&["-u", "CARGO_TARGET_DIR", built.as_str(), ".ci/dist"], targets].concat();
    run(folder, "env", &args)
}

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let found = told(folder, "find", &[".", "-type", "f", "-printf", "%P\n"]);
    found.lines().map(|path| (path.to_owned(), fs::read(folder.join(path)).unwrap())).collect()
}

fn sums(dist: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    text.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, name)| (name.into(), sum.into())).collect()
}

#[test]
fn a_release_is_whole_and_made_again_it_is_the_same() {
    if lacking(&["zip", "unzip", "jq", "dpkg-deb", "lintian", "ruby", "git"]) {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("somewhere/else"));
    checkout(&one);
    checkout(&two);
    // Again for some of the targets only: each file must be the same, and there is no formula that would lack some of them.
    let seen = std::thread::scope(|threads| {
        let all = threads.spawn(|| dist(&one, &[]));
        let some = threads.spawn(|| dist(&two, &[WINDOWS]));
        [all, some].map(|made| made.join().unwrap())
    });
    for seen in &seen {
        let err = String::from_utf8_lossy(&seen.stderr);
        assert!(seen.status.success(), "{}{err}", String::from_utf8_lossy(&seen.stdout));
    }
    let out = String::from_utf8_lossy(&seen[1].stdout).into_owned();
    assert!(out.contains("not made, for want of these: labctl.rb"), "{out}");
    let (made, mut again) = (files(&one.join("target/dist")), files(&two.join("target/dist")));
    again.remove("SHA256SUMS").unwrap();
    let less = |name: &&String| !name.contains("apple") && !name.contains("aarch64") && !name.contains("arm64");
    let wanted = made.keys().filter(less).filter(|name| !name.ends_with(".rb") && *name != "SHA256SUMS");
    assert_eq!(again.keys().collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    for (name, bytes) in &again {
        assert!(made[name] == *bytes, "{name} has other bytes when it is made again");
    }
    let dist = one.join("target/dist");
    the_names(&made);
    the_checksums(&dist, &made);
    for target in TARGETS {
        the_archive(&dist, target);
        the_bill(&made, target);
    }
    the_debian_package(&dist, "amd64", HOST);
    the_debian_package(&dist, "arm64", TARGETS[1]);
    the_formula(&dist);
    the_manifests(&dist);
    the_installers(&dist);

    fs::write(one.join("README.md"), "something else").unwrap();
    let refused = self::dist(&one, &[HOST]);
    assert!(!refused.status.success(), "what is not committed is not published");
}

fn the_names(made: &BTreeMap<String, Vec<u8>>) {
    let mut wanted: BTreeSet<String> = [
        "SHA256SUMS",
        "install.ps1",
        "install.sh",
        "packages/homebrew/labctl.rb",
        "packages/scoop/labctl.json",
        "packages/winget/labctl.labctl.installer.yaml",
        "packages/winget/labctl.labctl.locale.en-US.yaml",
        "packages/winget/labctl.labctl.yaml",
    ]
    .map(str::to_owned)
    .into();
    wanted.extend(["amd64", "arm64"].map(|arch| format!("labctl_{VERSION}_{arch}.deb")));
    wanted.extend(TARGETS.map(|target| format!("labctl-{target}.cdx.json")));
    wanted.extend(TARGETS.map(archive));
    assert_eq!(made.keys().cloned().collect::<BTreeSet<_>>(), wanted);
}

fn archive(target: &str) -> String {
    format!("labctl-{target}.{}", if target == WINDOWS { "zip" } else { "tar.gz" })
}

/// Whatever is published has a checksum, but for the checksums themselves and what is sent to package managers.
fn the_checksums(dist: &Path, made: &BTreeMap<String, Vec<u8>>) {
    told(dist, "sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"]);
    let published = made.keys().filter(|name| !name.contains('/') && *name != "SHA256SUMS");
    assert_eq!(sums(dist).into_keys().collect::<Vec<_>>(), published.cloned().collect::<Vec<_>>());
}

fn the_archive(dist: &Path, target: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = dist.join(archive(target));
    let (program, unpack): (_, &[&str]) =
        if target == WINDOWS { ("labctl.exe", &["unzip", "-q"]) } else { ("labctl", &["tar", "-xpzf"]) };
    let args = [&unpack[1..], &[file.to_str().unwrap()]].concat();
    told(folder.path(), unpack[0], &args);
    let inner = folder.path().join(format!("labctl-{target}"));
    let found = files(&inner);
    assert_eq!(found[program], stand_in(target).into_bytes(), "{target}");
    assert_eq!(fs::metadata(inner.join(program)).unwrap().permissions().mode() & 0o777, 0o755, "{target}");
    for same in ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"] {
        assert!(found[same] == fs::read(Path::new(ROOT).join(same)).unwrap(), "{target}: {same}");
    }
    let licences = String::from_utf8_lossy(&found["LICENCES-OF-CRATES"]);
    assert!(licences.contains("\n==== russh ") && licences.contains("Permission is hereby granted"), "{target}");
    for (file, holds) in [
        ("completions/labctl.bash", "complete -F _labctl"),
        ("completions/_labctl", "#compdef labctl"),
        ("completions/labctl.fish", "complete -c labctl"),
        ("completions/_labctl.ps1", "Register-ArgumentCompleter"),
        ("man/labctl.1", ".TH labctl 1"),
        ("man/labctl-up.1", "labctl-up"),
    ] {
        assert!(String::from_utf8_lossy(&found[file]).contains(holds), "{target}: {file} has no `{holds}`");
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

fn the_bill(made: &BTreeMap<String, Vec<u8>>, target: &str) {
    let bill = json(&made[&format!("labctl-{target}.cdx.json")]);
    assert_eq!((bill["bomFormat"].as_str(), bill["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
    assert_eq!(bill["metadata"]["timestamp"], "2026-01-02T03:04:06Z", "the time of the commit");
    let labctl = &bill["metadata"]["component"];
    assert_eq!((labctl["name"].as_str(), labctl["version"].as_str()), (Some("labctl"), Some(VERSION)));
    assert_eq!(labctl["properties"][0]["value"], target);
    let names: BTreeSet<&str> = texts(&bill["components"], "name").into_iter().collect();
    assert!(names.contains("russh") && names.contains("aws-lc-sys"), "{target}: {names:?}");
    assert_eq!(names.contains("windows-sys"), target == WINDOWS, "{target}: what is for Windows only");
    assert!(
        !names.contains("syn") && !names.contains("insta"),
        "{target}: derive macros and tests are not in the program"
    );
    // Each crate has the checksum that Cargo.lock has for it.
    let lock = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
    for part in bill["components"].as_array().unwrap() {
        let text = |key: &str| part[key].as_str().unwrap();
        assert_eq!(text("purl"), format!("pkg:cargo/{}@{}", text("name"), text("version")));
        let package = format!("name = \"{}\"\nversion = \"{}\"\n", text("name"), text("version"));
        let (_, rest) = lock.split_once(&package).unwrap_or_else(|| panic!("Cargo.lock has no {package}"));
        let sum = part["hashes"][0]["content"].as_str().unwrap();
        assert!(rest.split("\n\n").next().unwrap().contains(&format!("checksum = \"{sum}\"")), "{package}: {sum}");
        let licence = part["licenses"][0]["expression"].as_str().unwrap();
        assert!(!licence.is_empty() && !licence.contains('/'), "{package}: {licence}");
    }
    // What needs what: of everything, and of nothing else.
    let mut all: BTreeSet<&str> = texts(&bill["components"], "bom-ref").into_iter().collect();
    all.insert(labctl["bom-ref"].as_str().unwrap());
    let edges = bill["dependencies"].as_array().unwrap();
    assert_eq!(texts(&bill["dependencies"], "ref").into_iter().collect::<BTreeSet<_>>(), all);
    let needed = edges.iter().flat_map(|edge| edge["dependsOn"].as_array().unwrap());
    let needed: BTreeSet<&str> = needed.map(|one| one.as_str().unwrap()).collect();
    assert_eq!(needed.len() + 1, all.len(), "all but labctl itself is needed by something: {target}");
    assert!(needed.is_subset(&all));
}

/// `.ci/pack` has let lintian judge it: no error, no warning.
fn the_debian_package(dist: &Path, arch: &str, target: &str) {
    let file = dist.join(format!("labctl_{VERSION}_{arch}.deb"));
    let file = file.to_str().unwrap();
    let field = |name: &str| told(dist, "dpkg-deb", &["--field", file, name]).trim().to_owned();
    assert_eq!([field("Package"), field("Version"), field("Architecture")], ["labctl", VERSION, arch]);
    assert_eq!([field("Depends"), field("Recommends")], ["", "git, openssh-client"], "the program is static");
    let listed = told(dist, "dpkg-deb", &["--contents", file]);
    assert!(listed.lines().all(|line| line.contains(" root/root ") && line.contains(" 2026-01-02 03:04 ")), "{listed}");
    let folder = tempfile::tempdir().unwrap();
    told(folder.path(), "dpkg-deb", &["--extract", file, "."]);
    let found = files(folder.path());
    assert_eq!(found["usr/bin/labctl"], stand_in(target).into_bytes());
    for path in [
        "usr/share/bash-completion/completions/labctl",
        "usr/share/zsh/vendor-completions/_labctl",
        "usr/share/fish/vendor_completions.d/labctl.fish",
        "usr/share/man/man1/labctl.1.gz",
        "usr/share/man/man1/labctl-up.1.gz",
        "usr/share/doc/labctl/changelog.gz",
        "usr/share/doc/labctl/LICENCES-OF-CRATES.gz",
    ] {
        assert!(found.contains_key(path), "{path} is not in {:?}", found.keys());
    }
    // The licence of the project, as Debian writes licences.
    let copyright = String::from_utf8_lossy(&found["usr/share/doc/labctl/copyright"]);
    assert!(copyright.starts_with("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"));
    let licence = fs::read_to_string(Path::new(ROOT).join("LICENSE")).unwrap();
    for line in licence.lines().skip_while(|line| !line.starts_with("Permission")).filter(|line| !line.is_empty()) {
        assert!(copyright.contains(&format!("\n {line}\n")), "{line}");
    }
}

/// An address as published: its file is in `dist`.
fn published(sums: &BTreeMap<String, String>, address: &str) -> String {
    let base = format!("{}/releases/download/v{VERSION}/", env!("CARGO_PKG_REPOSITORY"));
    let name = address.strip_prefix(&base).unwrap_or_else(|| panic!("{address} is not below {base}"));
    sums.get(name).unwrap_or_else(|| panic!("{name} is not published")).clone()
}

fn the_formula(dist: &Path) {
    told(dist, "ruby", &["-c", "packages/homebrew/labctl.rb"]);
    let text = fs::read_to_string(dist.join("packages/homebrew/labctl.rb")).unwrap();
    let quoted = |key: &str| {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix(&format!("{key} \"")));
        lines.map(|line| line.trim_end_matches('"').to_owned()).collect::<Vec<_>>()
    };
    let (addresses, found) = (quoted("url"), quoted("sha256"));
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), 4, "each system has its own: {addresses:?}");
    let sums = sums(dist);
    assert_eq!(addresses.iter().map(|address| published(&sums, address)).collect::<Vec<_>>(), found);
    assert_eq!(quoted("version"), [VERSION]);
}

fn the_manifests(dist: &Path) {
    let sums = sums(dist);
    let scoop = json(&fs::read(dist.join("packages/scoop/labctl.json")).unwrap());
    let win = &scoop["architecture"]["64bit"];
    assert_eq!(published(&sums, win["url"].as_str().unwrap()), win["hash"].as_str().unwrap());
    assert_eq!(scoop["version"], VERSION);
    assert_eq!(scoop["extract_dir"], format!("labctl-{WINDOWS}"));
    let mut kinds = BTreeSet::new();
    for part in ["", ".installer", ".locale.en-US"] {
        let text = fs::read_to_string(dist.join(format!("packages/winget/labctl.labctl{part}.yaml"))).unwrap();
        let yaml: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!([&yaml["PackageIdentifier"], &yaml["PackageVersion"]], ["labctl.labctl", VERSION]);
        assert_eq!(yaml["ManifestVersion"], "1.6.0");
        kinds.insert(yaml["ManifestType"].as_str().unwrap().to_owned());
        if part == ".installer" {
            let win = &yaml["Installers"][0];
            assert_eq!(
                published(&sums, win["InstallerUrl"].as_str().unwrap()),
                win["InstallerSha256"].as_str().unwrap()
            );
            assert_eq!(yaml["NestedInstallerFiles"][0]["RelativeFilePath"], format!("labctl-{WINDOWS}\\labctl.exe"));
        }
    }
    assert_eq!(kinds, ["defaultLocale", "installer", "version"].map(str::to_owned).into());
}

/// `install.sh` installs what was made; of `install.ps1`, which no test runs, the names and the pattern fit what was made.
fn the_installers(dist: &Path) {
    let home = tempfile::tempdir().unwrap();
    let variables = [
        format!("HOME={}", home.path().display()),
        format!("LABCTL_FROM=file://{}", dist.display()),
        format!("PATH={}", std::env::var("PATH").unwrap()),
    ];
    let args = [&["-i"], &variables.each_ref().map(String::as_str)[..], &["sh", "install.sh"]].concat();
    let out = told(dist, "env", &args);
    assert!(out.contains(&format!("installed labctl {VERSION}")), "{out}");
    assert_eq!(fs::read(home.path().join(".local/bin/labctl")).unwrap(), stand_in(HOST).into_bytes());

    let latest = format!("{}/releases/latest/download", env!("CARGO_PKG_REPOSITORY"));
    for script in ["install.sh", "install.ps1"] {
        assert!(fs::read_to_string(dist.join(script)).unwrap().contains(&latest), "{script} downloads from {latest}");
    }
    let text = fs::read_to_string(dist.join("install.ps1")).unwrap();
    let between = |from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let name = between("$name = '", "'");
    let archive = between("$archive = \"", "\"").replace("$name", &name);
    let pattern =
        between("$pattern = '", "'") + &archive.replace('.', "\\.") + &between("[regex]::Escape($archive) + '", "'");
    assert_eq!(told(dist, "grep", &["-cE", &pattern, "SHA256SUMS"]).trim(), "1", "{pattern}");
    let listed = told(dist, "unzip", &["-Z1", &archive]);
    assert!(listed.lines().any(|file| file == format!("{name}/labctl.exe")), "{listed}");
}

/// Version, address and description stand in Cargo.toml, and nowhere else.
#[test]
fn what_package_managers_read_has_no_data_of_its_own() {
    let folder = PathBuf::from(ROOT).join(".ci/packages");
    for (path, bytes) in files(&folder).iter().filter(|(path, _)| path.contains('/')) {
        let text = String::from_utf8_lossy(bytes);
        let version = text.contains("@VERSION@") || path.ends_with("copyright") || path.ends_with("overrides");
        assert!(version, "{path} has its own version, or none");
        for own in [env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_DESCRIPTION")] {
            assert!(!text.contains(own), "{path}: {own}");
        }
    }
}

#[test]
fn the_scripts_are_clean() {
    if lacking(&["shellcheck"]) {
        return;
    }
    let scripts = [".ci/run", ".ci/platforms", ".ci/dist", ".ci/pack", ".ci/debian", ".ci/packages/fill", "install.sh"];
    told(Path::new(ROOT), "shellcheck", &scripts);
}
