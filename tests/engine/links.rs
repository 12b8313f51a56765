//! What somebody with a login on the machine can put in the way: links, folders of their own, a lock that they hold.

use super::host::Engine;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Everybody's least user: whoever can read as this one, anybody can.
const CLASSMATE: &str = "nobody";

struct Lair {
    engine: Engine,
    uid: u32,
}

impl Lair {
    /// A folder that belongs to a classmate, beside one of root's with a secret.
    fn new(shell: &'static str) -> Option<Self> {
        let engine = Engine::new(shell)?;
        let said = Command::new("id").args(["-u", CLASSMATE]).output().unwrap().stdout;
        let lair = Self { engine, uid: String::from_utf8(said).unwrap().trim().parse().unwrap() };
        fs::set_permissions(lair.engine.root.path(), PermissionsExt::from_mode(0o755)).unwrap();
        fs::create_dir(lair.at("roots")).unwrap();
        fs::write(lair.at("roots/secret"), "the secret\n").unwrap();
        fs::set_permissions(lair.at("roots/secret"), PermissionsExt::from_mode(0o600)).unwrap();
        fs::create_dir(lair.at("his")).unwrap();
        chown(lair.at("his"), Some(lair.uid), None).unwrap();
        symlink(lair.at("roots"), lair.at("his/folder")).unwrap();
        symlink(lair.at("roots/secret"), lair.at("his/file")).unwrap();
        Some(lair)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.engine.root.path().join(path)
    }

    fn run(&self, task: &str) -> String {
        let task = task.replace("ROOT", &self.engine.root.path().display().to_string());
        let script = self.engine.book(&format!("  - {task}\n"), 60);
        self.engine.said(self.engine.begin(&script))
    }

    /// What root has is as it was: nothing new, nothing given away, nothing told.
    fn untouched(&self, what: &str) {
        let names: Vec<_> = fs::read_dir(self.at("roots")).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names, ["secret"], "{what}");
        assert_eq!(fs::read_to_string(self.at("roots/secret")).unwrap(), "the secret\n", "{what}");
        let secret = fs::metadata(self.at("roots/secret")).unwrap();
        assert_eq!((secret.uid(), secret.mode() & 0o7777), (0, 0o600), "{what}");
        let folder = fs::metadata(self.at("roots")).unwrap();
        assert_eq!((folder.uid(), folder.mode() & 0o7777), (0, 0o755), "{what}");
    }
}

#[test]
fn root_is_led_nowhere_by_a_link_in_somebodys_folder() {
    for shell in ["dash", "bash"] {
        for (task, wanted) in [
            ("file: { path: ROOT/his/folder/x, content: x, owner: nobody }", "Permission denied"),
            ("file: { path: ROOT/his/folder/secret, content: x, owner: nobody, mode: 666 }", "Permission denied"),
            ("file: { path: ROOT/his/x, content: x, owner: root }", "should belong to root, but its folder"),
            ("line: { path: ROOT/his/file, line: x, owner: nobody }", "Permission denied"),
            ("line: { path: ROOT/his/folder/new, line: x, owner: nobody }", "Permission denied"),
            ("block: { path: ROOT/his/file, name: b, text: x, owner: nobody }", "Permission denied"),
            ("folder: { path: ROOT/his/folder/new/deep, owner: nobody }", "Permission denied"),
            // What a repository brings is somebody's, too: a link in it leads nowhere.
            ("overlay: { dest: ROOT/his, overlay: app.files, user: nobody }", "Permission denied"),
            ("folder: { path: ROOT/his/folder, owner: nobody, mode: 777 }", "which is not nobody's"),
        ] {
            let Some(lair) = Lair::new(shell) else { return };
            let text = lair.run(task);
            assert!(text.contains("@k failed 0") && text.contains(wanted), "{shell}, {task}: {text}");
            assert!(!text.contains("the secret"), "{shell}, {task}: {text}");
            lair.untouched(task);
        }
    }
}

#[test]
fn what_belongs_to_a_user_is_made_and_repaired_all_the_same() {
    for shell in ["dash", "bash"] {
        for (task, file, mode) in [
            ("file: { path: ROOT/his/x, content: x, owner: nobody, mode: 640 }", "his/x", 0o640),
            ("file: { path: ROOT/his/file, content: x, owner: nobody }", "his/file", 0o644),
            ("file: { path: ROOT/his/deep/er/x, content: x, owner: nobody, mode: 600 }", "his/deep/er/x", 0o600),
            ("folder: { path: ROOT/app/er/public, owner: nobody }", "app/er", 0o755),
            ("file: { path: ROOT/app/er/x, content: x, owner: nobody, mode: 600 }", "app", 0o755),
            ("file: { path: ROOT/roots2, content: x, owner: nobody, mode: 4755 }", "roots2", 0o4755),
            ("line: { path: ROOT/his/new, line: x, owner: nobody }", "his/new", 0o644),
            ("line: { path: ROOT/for-him, line: x, owner: nobody }", "for-him", 0o644),
            ("block: { path: ROOT/his/own, name: b, text: x, owner: nobody }", "his/own", 0o664),
            ("folder: { path: ROOT/his/sudo, owner: nobody, mode: 2750 }", "his/sudo", 0o2750),
        ] {
            let Some(lair) = Lair::new(shell) else { return };
            fs::write(lair.at("his/own"), "his").unwrap();
            chown(lair.at("his/own"), Some(lair.uid), None).unwrap();
            fs::set_permissions(lair.at("his/own"), PermissionsExt::from_mode(0o664)).unwrap();
            // As `sudo mkdir` leaves it.
            fs::create_dir(lair.at("his/sudo")).unwrap();
            let text = lair.run(task);
            assert!(text.contains("@k changed 0"), "{shell}, {task}: {text}");
            let made = fs::symlink_metadata(lair.at(file)).unwrap();
            assert_eq!((made.uid(), made.mode() & 0o7777), (lair.uid, mode), "{shell}, {task}");
            assert!(lair.run(task).contains("@k ok 0"), "{shell}, {task}: a second time");
            lair.untouched(task);
        }
    }
}

/// Without this, one `flock` of a classmate would keep the whole class waiting.
#[test]
fn nobody_else_can_hold_the_lock_or_read_what_is_under_way() {
    let Some(lair) = Lair::new("dash") else { return };
    let run = lair.at("run/t");
    // As an earlier labctl left it.
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("lock"), "").unwrap();
    let holds = || {
        let mut classmate = Command::new("runuser");
        classmate.args(["-u", CLASSMATE, "--", "flock", "-n"]).arg(run.join("lock")).arg("true");
        classmate.stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(holds(), "the test can tell");
    let text = lair.run("command: { run: 'true' }");
    assert!(text.contains("@k changed 0"), "{text}");
    assert!(!holds());
    for folder in [&run, &lair.at("state/t")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}
