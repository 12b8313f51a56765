//! A browser for tests: Chromium, driven by the scripts of this folder. What npm installs goes to `target/browser`.

use super::skip::skip;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is needed is there, or the reason is said. In CI (`CI` is set) it must be there.
pub struct Browser {
    home: PathBuf,
}

impl Browser {
    /// Installs the scripts and what they use into the target folder, unless they are there already.
    pub fn begin() -> Option<Self> {
        for program in ["chromium", "node", "npm"] {
            if !Command::new(program).arg("--version").output().is_ok_and(|seen| seen.status.success()) {
                skip(&format!("there is no {program} here (apt install chromium nodejs npm)"));
                return None;
            }
        }
        let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser"));
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
        fs::create_dir_all(&home).unwrap();
        // Test programs run side by side with those of another cargo: one installs, the others wait.
        let lock = fs::File::create(home.join("lock")).unwrap();
        lock.lock().unwrap();
        let wanted = fs::read(source.join("package-lock.json")).unwrap();
        let installed = home.join("installed.json");
        for entry in fs::read_dir(source).unwrap().flatten() {
            if entry.path().extension().is_some_and(|e| e == "mjs" || e == "json") {
                fs::copy(entry.path(), home.join(entry.file_name())).unwrap();
            }
        }
        if fs::read(&installed).ok() != Some(wanted.clone()) {
            let npm = Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
                .current_dir(&home)
                .output()
                .unwrap();
            assert!(npm.status.success(), "npm ci: {}", String::from_utf8_lossy(&npm.stderr));
            fs::write(&installed, wanted).unwrap();
        }
        Some(Self { home })
    }

    /// Runs a script of this folder and gives the JSON that it prints.
    pub fn run(&self, script: &str, words: &[&str]) -> Value {
        let seen = Command::new("node").arg(self.home.join(script)).args(words).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&seen.stdout), String::from_utf8_lossy(&seen.stderr));
        assert!(seen.status.success(), "{script} {words:?}: {out}\n{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Where screenshots go: `target/tmp/browser/shots`.
    pub fn shots(&self) -> String {
        self.home.join("shots").display().to_string()
    }
}
