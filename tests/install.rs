//! `install.sh`, from a web server on this computer: what it puts where, and what it refuses.
#![cfg(unix)] // a script for sh
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use skip::skip;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A computer as `uname` tells it, and the target for it.
type Kind = (&'static str, &'static str, &'static str);
const LINUX: Kind = ("Linux", "x86_64", "x86_64-unknown-linux-musl");
const OTHERS: &[Kind] = &[
    ("Linux", "aarch64", "aarch64-unknown-linux-musl"),
    ("Darwin", "x86_64", "x86_64-apple-darwin"),
    ("Darwin", "arm64", "aarch64-apple-darwin"),
];
/// What the script may use; `curl` or `wget`, and `sha256sum` or what macOS has in its place, come beside them, and a `uname` of
/// the test's own.
const PROGRAMS: &[&str] = &["sh", "mktemp", "rm", "sed", "cut", "tar", "gzip", "mkdir", "cp", "chmod", "mv", "cat"];

/// A web server, what it serves, and a home.
struct Stage {
    folder: tempfile::TempDir,
    address: String,
    kind: Kind,
}

impl Stage {
    fn new(program: &str) -> Self {
        Self::of(LINUX, program)
    }

    /// With an archive for a computer of this kind, in which `labctl` is a script.
    fn of(kind: Kind, program: &str) -> Self {
        let target = kind.2;
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let inner = at(&format!("made/labctl-{target}"));
        for (file, text) in [
            ("labctl", program),
            ("man/labctl.1", ".TH labctl 1\n"),
            ("man/labctl-up.1", ".TH labctl-up 1\n"),
            ("completions/labctl.bash", "complete labctl\n"),
            ("completions/labctl.fish", "complete -c labctl\n"),
        ] {
            let file = inner.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir(at("served")).unwrap();
        let name = format!("labctl-{target}.tar.gz");
        let sh =
            format!("tar -C made -czf served/{name} labctl-{target} && cd served && sha256sum {name} > SHA256SUMS");
        assert!(Command::new("sh").args(["-c", &sh]).current_dir(folder.path()).status().unwrap().success());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = at("served");
        std::thread::spawn(move || listener.incoming().for_each(|stream| serve(&served, stream.unwrap())));
        Self { folder, address, kind }
    }

    fn served(&self, name: &str) -> PathBuf {
        self.folder.path().join("served").join(name)
    }

    fn archive(&self) -> PathBuf {
        self.served(&format!("labctl-{}.tar.gz", self.kind.2))
    }

    fn home(&self, path: &str) -> PathBuf {
        self.folder.path().join("home").join(path)
    }

    /// Runs the script where there is only one program that downloads, on a computer of this kind.
    fn run(&self, download: &str, kind: Kind) -> Option<Output> {
        let bin = tempfile::tempdir_in(self.folder.path()).unwrap();
        let sum = if kind.0 == "Darwin" { "shasum" } else { "sha256sum" };
        for name in PROGRAMS.iter().chain([&download, &sum]) {
            let Some(found) = which(name) else {
                skip(&format!("there is no {name} here"));
                return None;
            };
            symlink(found, bin.path().join(name)).unwrap();
        }
        let uname = format!("#!/bin/sh\ncase $1 in -s) echo '{}' ;; *) echo '{}' ;; esac\n", kind.0, kind.1);
        fs::write(bin.path().join("uname"), uname).unwrap();
        fs::set_permissions(bin.path().join("uname"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(self.home("")).unwrap();
        let mut sh = Command::new("sh");
        sh.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh")).env_clear();
        sh.env("PATH", bin.path()).env("HOME", self.home("")).env("LABCTL_FROM", &self.address);
        Some(sh.output().unwrap())
    }

    fn refused(&self, why: &str) {
        self.refused_on(self.kind, why);
    }

    fn refused_on(&self, kind: Kind, why: &str) {
        let Some(seen) = self.run("curl", kind) else { return };
        let told = String::from_utf8_lossy(&seen.stderr).into_owned();
        assert!(!seen.status.success() && told.contains("labctl was not installed") && told.contains(why), "{told}");
        assert_eq!(fs::read_dir(self.home("")).unwrap().count(), 0, "nothing is put there: {told}");
    }
}

/// Answers one request; of a file whose name ends in `.cut`, only the first half.
fn serve(folder: &Path, mut stream: std::net::TcpStream) {
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    let name = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let cut = folder.join(format!("{name}.cut")).exists();
    let _ = match fs::read(folder.join(name)) {
        Ok(bytes) => {
            let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
            let sent = if cut { &bytes[..bytes.len() / 2] } else { &bytes };
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent))
        }
        Err(_) => stream.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    };
}

fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}

const RUNS: &str = "#!/bin/sh\necho 'labctl 0.1.0 (0123456, test)'\n";

#[test]
fn what_was_downloaded_is_put_into_the_home() {
    let stage = Stage::new(RUNS);
    for (download, said) in [("curl", "installed labctl 0.1.0 (0123456, test) as"), ("wget", "installed"), ("curl", "")]
    {
        let Some(seen) = stage.run(download, LINUX) else { continue };
        let told = String::from_utf8_lossy(&seen.stdout).into_owned();
        assert!(seen.status.success(), "{download}: {told}{}", String::from_utf8_lossy(&seen.stderr));
        assert!(told.contains(said) && told.contains("labctl doctor"), "{told}");
        assert!(told.contains("export PATH="), "the folder is not in PATH, so it is told: {told}");
        assert_eq!(fs::read_to_string(stage.home(".local/bin/labctl")).unwrap(), RUNS);
        assert_eq!(fs::metadata(stage.home(".local/bin/labctl")).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_dir(stage.home(".local/bin")).unwrap().count(), 1, "nothing is left beside it");
        for file in [
            "man/man1/labctl.1",
            "man/man1/labctl-up.1",
            "bash-completion/completions/labctl",
            "fish/vendor_completions.d/labctl.fish",
        ] {
            assert!(stage.home(".local/share").join(file).exists(), "{file}");
        }
    }
}

#[test]
fn each_kind_of_computer_gets_its_own_program() {
    for kind in OTHERS {
        let stage = Stage::of(*kind, RUNS);
        let Some(seen) = stage.run("curl", *kind) else { return };
        assert!(seen.status.success(), "{kind:?}: {}", String::from_utf8_lossy(&seen.stderr));
        assert_eq!(fs::read_to_string(stage.home(".local/bin/labctl")).unwrap(), RUNS, "{kind:?}");
    }
    let stage = Stage::of(OTHERS[2], RUNS);
    fs::write(stage.archive(), "something else").unwrap();
    stage.refused("is not what it should be");
}

#[test]
fn what_has_another_checksum_is_refused() {
    let stage = Stage::new(RUNS);
    let mut bytes = fs::read(stage.archive()).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(stage.archive(), bytes).unwrap();
    stage.refused("is not what it should be");
}

#[test]
fn what_nobody_vouches_for_is_refused() {
    let stage = Stage::new(RUNS);
    let sums = fs::read_to_string(stage.served("SHA256SUMS")).unwrap();
    // Of another file whose name holds this one's, in a comment, shortened; and none at all.
    let other = sums.replace("  labctl-", "  old-labctl-");
    for text in [other.as_str(), &format!("# {sums}"), &sums[1..], "", "no sums"] {
        fs::write(stage.served("SHA256SUMS"), text).unwrap();
        stage.refused("has no checksum of");
    }
    fs::remove_file(stage.served("SHA256SUMS")).unwrap();
    stage.refused("cannot download");
}

#[test]
fn a_download_that_was_cut_off_is_refused() {
    let stage = Stage::new(RUNS);
    fs::write(stage.served(&format!("labctl-{}.tar.gz.cut", stage.kind.2)), "").unwrap();
    stage.refused("cannot download");
}

#[test]
fn where_there_is_no_binary_or_it_does_not_run_nothing_is_put() {
    let stage = Stage::new("#!/bin/sh\nexit 1\n");
    stage.refused("the program does not run here");
    for kind in [("FreeBSD", "amd64", ""), ("Linux", "riscv64", ""), ("Linux", "armv7l", ""), ("Darwin", "ppc", "")] {
        stage.refused_on(kind, "there is no binary for");
    }
}
