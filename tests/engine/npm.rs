//! The packages of an application: what npm, git and students make of its two files, and what is left when npm fails.

use super::host::Engine;
use super::skip::skip;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// An application with a package that lies beside it, so that nothing is downloaded.
const PACKAGE: &str =
    "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"a\": \"file:a\"\n  }\n}\n";
/// Asks for a package that the lock file has not.
const MORE: &str = "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"a\": \"file:a\", \"b\": \"file:b\"\n  }\n}\n";

struct App(Engine);

impl App {
    /// Committed, and installed by labctl.
    fn new() -> Option<Self> {
        let app = Self(Engine::new("dash")?);
        if Command::new("npm").arg("--version").output().is_err() {
            skip("there is no npm here");
            return None;
        }
        for name in ["a", "b"] {
            app.write(&format!("{name}/package.json"), &format!("{{\"name\": \"{name}\", \"version\": \"1.0.0\"}}\n"));
        }
        app.write("package.json", PACKAGE);
        app.write(".gitignore", "node_modules\n");
        app.shell(
            "npm install --package-lock-only --no-audit --no-fund && git init -q -b main . && git add -A && \
                   git -c user.name=a -c user.email=a@b commit -qm first",
        );
        let text = app.run(None);
        assert!(text.contains("@k changed 0") && app.has_packages(), "{text}");
        Some(app)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.root.path().join("app").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn shell(&self, line: &str) -> String {
        let out = Command::new("sh").args(["-ec", line]).current_dir(self.at("")).output().unwrap();
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// A run, with another program in npm's place if one is given.
    fn run(&self, npm: Option<&str>) -> String {
        let next = Engine::new(self.0.shell).unwrap();
        let mut script = next.book(&format!("  - npm: {{ dir: {} }}\n", self.at("").display()), 60);
        // What a run leaves for the next one is this machine's.
        script = script.replace(&next.path("state"), &self.0.path("state"));
        if let Some(npm) = npm {
            fs::create_dir_all(next.path("bin")).unwrap();
            let version = if npm.contains("# npm 6") { "6.14.18" } else { "9.9.4" };
            let npm = format!("[ \"$1\" != -v ] || {{ echo {version}; exit; }}\n{npm}");
            fs::write(next.path("bin/npm"), format!("#!/bin/sh\n{npm}\n")).unwrap();
            fs::set_permissions(next.path("bin/npm"), PermissionsExt::from_mode(0o755)).unwrap();
            script = script.replace("as_path=/usr", &format!("as_path={}:/usr", next.path("bin")));
        }
        next.said(next.begin(&script))
    }

    fn has_packages(&self) -> bool {
        self.at("node_modules/a/package.json").exists()
    }

    /// It failed, for this reason; and the application can go on with the packages that it had.
    fn fails(&self, npm: Option<&str>, reason: &str) {
        let text = self.run(npm);
        assert!(text.contains("@k failed 0") && text.contains(reason), "{reason}: {text}");
        assert!(self.has_packages(), "{reason}: {text}");
        for left in [".labctl-node_modules", ".labctl-half"] {
            assert!(!self.at(left).exists(), "{reason}: {left}: {text}");
        }
    }
}

#[test]
fn a_lock_file_that_only_a_program_has_rewritten_is_put_back() {
    let Some(app) = App::new() else { return };
    let lock = app.read("package-lock.json");
    for (what, other) in [
        ("another npm", lock.replace("\"lockfileVersion\": 3", "\"lockfileVersion\": 2").replace("  ", "\t")),
        ("a merge", format!("<<<<<<< Updated upstream\n{lock}=======\n{{}}\n>>>>>>> Stashed changes\n")),
        ("a crash", String::new()),
    ] {
        app.write("package-lock.json", &other);
        let text = app.run(None);
        assert!(text.contains("@k changed 0") && text.contains("was rewritten"), "{what}: {text}");
        assert_eq!(app.read("package-lock.json"), lock, "{what}");
        assert_eq!(app.shell("git status --porcelain"), "", "{what}");
        assert!(app.has_packages(), "{what}");
        assert!(app.run(None).contains("@k ok 0"), "{what}");
    }
}

#[test]
fn what_a_person_has_changed_is_explained_and_the_old_packages_stay() {
    let Some(app) = App::new() else { return };
    let lock = app.read("package-lock.json");
    app.write("package.json", MORE);
    app.fails(None, "package.json asks for b@1.0.0, which the lock file does not have. As root: cd ");
    app.write("package-lock.json", &format!("<<<<<<< HEAD\n{lock}=======\n{lock}>>>>>>> theirs\n"));
    app.fails(None, "package-lock.json has merge markers in line 1 (<<<<<<<)");
    app.write("package-lock.json", &lock[..lock.len() / 2]);
    app.fails(None, "package-lock.json is not JSON (");
    app.write("package-lock.json", &lock);
    app.write("package.json", &MORE.replace("\"file:a\",", "\"file:a\""));
    app.fails(None, "package.json is not JSON (");
    app.write("package.json", &format!("<<<<<<< HEAD\n{PACKAGE}=======\n{MORE}>>>>>>> theirs\n"));
    app.fails(None, "package.json has merge markers in line 1 (<<<<<<<)");
    // As a student's npm 9 leaves it, for Node.js 14 with npm 6.
    app.write("package.json", MORE);
    app.fails(Some("exit 1 # npm 6"), "was written by npm 7 or later (lockfileVersion 3), and npm 6 cannot read it");
    // What the messages say to type.
    app.shell("npm install --no-audit --no-fund");
    let text = app.run(None);
    assert!(text.contains("@k ok 0") || text.contains("@k changed 0"), "{text}");
    assert!(app.at("node_modules/b").exists(), "{text}");
}

#[test]
fn when_npm_fails_the_application_keeps_its_packages() {
    let Some(app) = App::new() else { return };
    app.write("package.json", &PACKAGE.replace("1.0.0", "1.0.1"));
    app.fails(
        Some("rm -rf node_modules; mkdir node_modules; echo 'npm ERR! code ECONNRESET'; exit 1"),
        "npm ended with code 1",
    );
    app.fails(Some("rm -rf node_modules; kill -KILL $$"), "npm was killed: out of memory?");
    app.fails(Some("exit 3"), "npm ended with code 3");
    // The power was cut while npm worked: the old packages lie aside, and new ones are half there.
    fs::rename(app.at("node_modules"), app.at(".labctl-node_modules")).unwrap();
    app.write("node_modules/half/package.json", "{}");
    app.fails(Some("rm -rf node_modules; exit 3"), "npm ended with code 3");
    assert!(!app.at("node_modules/half").exists());
    let text = app.run(None);
    assert!(text.contains("@k changed 0") && app.has_packages(), "{text}");
    assert!(app.run(None).contains("@k ok 0"));
}
