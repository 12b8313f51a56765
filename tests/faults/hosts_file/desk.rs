//! A hosts file of its own for one injection, and what works on it.

use super::super::seen::Seen;
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const LOCAL: &str = "127.0.0.1\tlocalhost\n";
pub const BLOCK: &str = "# BEGIN labctl fahosts\n10.0.0.9\tone.fa.test\n10.0.0.9\ttwo.fa.test\n# END labctl fahosts\n";

pub const STEP: &[&str] = &["step", "hosts"];
pub const DOWN: &[&str] = &["down"];

/// A mounted file cannot be replaced: it is written in place.
pub const MOUNTED: &[&str] = &["unshare", "-m", "sh", "-c", "mount --bind source etc/hosts && exec \"$@\"", "sh"];
/// And here nothing can be put beside it, either.
pub const SHUT: &[&str] = &[
    "unshare",
    "-m",
    "sh",
    "-c",
    "mount --bind etc etc && mount --bind source etc/hosts && mount -o remount,bind,ro etc && exec \"$@\"",
    "sh",
];

pub struct ScratchDir {
    folder: tempfile::TempDir,
}

impl ScratchDir {
    pub fn new(hosts: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.path("etc")).unwrap();
        fs::write(desk.hosts(), hosts).unwrap();
        fs::write(desk.path("source"), hosts).unwrap();
        desk.inventory("fahosts");
        desk
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn hosts(&self) -> PathBuf {
        self.path("etc/hosts")
    }

    pub fn text(&self) -> String {
        String::from_utf8(fs::read(self.hosts()).unwrap()).unwrap()
    }

    pub fn inventory(&self, lab: &str) {
        let (one, two) =
            if lab == "fahosts" { ("one.fa".into(), "two.fa".into()) } else { (lab.to_owned(), format!("{lab}2")) };
        let text = format!(
            "lab: {lab}\nhosts:\n  web: {{ address: 10.0.0.9, groups: [web] }}\n  app1: {{ address: 10.0.0.10, groups: [app] }}\n\
             vars:\n  app: {{ name: demo, repo: https://example.invalid/demo, version: main, port: 3000 }}\n  sites:\n\
             \x20   - {{ domain: {one}.test, upstream: [app1] }}\n    - {{ domain: {two}.test, upstream: [app1] }}\n"
        );
        fs::write(self.path(&format!("{lab}.yaml")), text).unwrap();
    }

    /// labctl on this file, begun by these words.
    pub fn labctl(&self, before: &[&str], verb: &[&str], lab: &str) -> Command {
        let file = format!("{lab}.yaml");
        let line = [before, &[env!("CARGO_BIN_EXE_labctl")], verb, &["-i", &file]].concat();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("LABCTL_INVENTORY").env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", self.hosts());
        command
    }

    pub fn run(&self, before: &[&str]) -> Seen {
        Seen::of(self.labctl(before, STEP, "fahosts").output().unwrap())
    }

    /// Words that show (`-e`) what touches the file, its folder, its lock and what is kept of it, in the file `trace`.
    pub fn watched(&self) -> Vec<String> {
        let etc = self.path("etc").canonicalize().unwrap();
        let mut paths: Vec<_> =
            ["hosts", ".hosts.labctl.lock", ".hosts.labctl.new", ".hosts.labctl.old"].map(|name| etc.join(name)).into();
        paths.extend(elsewhere(&etc.join("hosts")));
        paths.push(etc);
        let mut line: Vec<String> = ["strace", "-f", "-qq", "-o"].map(str::to_owned).into();
        line.push(self.path("trace").display().to_string());
        line.extend(paths.iter().flat_map(|path| ["-P".to_owned(), path.display().to_string()]));
        line
    }

    /// The next run ends well, says so, and leaves exactly this and nothing beside it.
    pub fn converges_to(&self, wanted: &str) {
        self.converges(STEP, &[], wanted);
    }

    /// And so it does for another verb, and through a mount.
    pub fn converges(&self, verb: &[&str], mount: &[&str], wanted: &str) {
        let next = || Seen::of(self.labctl(mount, verb, "fahosts").output().unwrap());
        let seen = next();
        assert_eq!(seen.code, 0, "the next run: {seen}");
        let file = if mount.is_empty() { self.hosts() } else { self.path("source") };
        assert_eq!(fs::read_to_string(&file).unwrap(), wanted);
        let names: Vec<_> = fs::read_dir(self.path("etc")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["hosts"], "beside the file");
        let kept = elsewhere(&self.hosts().canonicalize().unwrap());
        assert!(kept.iter().all(|place| !place.exists()), "elsewhere: {kept:?}");
        let inode = fs::metadata(&file).unwrap().ino();
        let again = next();
        assert!(again.code == 0 && (verb == DOWN || again.out.contains("changed 0")), "{again}");
        assert_eq!(
            (fs::read_to_string(&file).unwrap(), fs::metadata(&file).unwrap().ino()),
            (wanted.to_owned(), inode)
        );
    }
}

impl Drop for ScratchDir {
    /// What an injection that failed leaves outside of its folder.
    fn drop(&mut self) {
        for place in self.hosts().canonicalize().iter().flat_map(|hosts| elsewhere(hosts)) {
            let _ = fs::remove_file(place);
        }
    }
}

/// Where labctl keeps both texts while it writes a file in place whose folder is closed.
fn elsewhere(hosts: &Path) -> [PathBuf; 2] {
    let whose = hex::encode(&Sha256::digest(hosts.as_os_str().as_encoded_bytes())[..8]);
    ["new", "old"].map(|end| PathBuf::from(format!("/var/lib/labctl/hosts-{whose}.{end}")))
}
