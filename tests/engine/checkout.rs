//! A checkout that labctl keeps at the commit that is wanted, without touching what a person committed.

use super::host::Engine;
use labctl::internals::event::Mode;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// The checkout of a machine, and the repository that it comes from.
struct ScratchDir(Engine);

impl ScratchDir {
    fn new() -> Option<Self> {
        let desk = Self(Engine::new("dash")?);
        fs::create_dir(desk.at("origin")).unwrap();
        desk.git("origin", &["init", "-q", "-b", "main"]);
        Some(desk)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.root.path().join(path)
    }

    fn git(&self, folder: &str, words: &[&str]) -> String {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.at(folder)).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(words);
        let out = git.output().unwrap();
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// A commit, and its name.
    fn commit(&self, folder: &str, text: &str) -> String {
        fs::write(self.at(folder).join("file"), text).unwrap();
        self.git(folder, &["add", "file"]);
        self.git(folder, &["commit", "-qm", text]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    fn run(&self) -> String {
        self.run_at("main")
    }

    fn run_at(&self, version: &str) -> String {
        self.said(Mode::Apply, version)
    }

    /// What a look says, which changes nothing.
    fn look(&self) -> String {
        self.said(Mode::Check, "main")
    }

    fn said(&self, mode: Mode, version: &str) -> String {
        let (root, next) = (self.0.root.path().display(), Engine::new(self.0.shell).unwrap());
        let task =
            format!("  - git: {{ repo: \"file://{root}/origin\", version: {version:?}, dest: {root}/checkout }}\n");
        next.said(next.begin(&next.book_in(mode, &task, 60)))
    }

    /// Whether the checkout is at another commit than this version.
    fn is_elsewhere(&self, version: &str) -> bool {
        self.head() != self.git("away", &["rev-parse", &format!("{version}^{{commit}}")])
    }

    fn head(&self) -> String {
        self.git("checkout", &["rev-parse", "HEAD"])
    }
}

#[test]
fn a_checkout_follows_its_origin_also_back_and_keeps_own_commits() {
    let Some(desk) = ScratchDir::new() else { return };
    let first = desk.commit("origin", "first");
    for (origin, outcome) in [("first", "changed"), ("first", "ok"), ("second", "changed")] {
        if origin == "second" {
            desk.commit("origin", origin);
        }
        let text = desk.run();
        assert!(text.contains(&format!("@k {outcome} 0")), "{origin}: {text}");
        assert_eq!(desk.head(), desk.git("origin", &["rev-parse", "HEAD"]), "{text}");
    }
    desk.git("origin", &["reset", "-q", "--hard", &first]);
    let text = desk.run();
    assert!(text.contains("@k changed 0") && desk.head() == first, "what labctl put there goes back, too: {text}");
    let own = desk.commit("checkout", "own");
    let text = desk.run();
    assert!(text.contains("has commits of its own") && text.contains("@k ok 0") && desk.head() == own, "{text}");
}

/// A new checkout, a new version, one that an edit stands against: what a look foresees is what a run then does.
#[test]
fn what_a_look_foresees_is_what_a_run_does() {
    let Some(desk) = ScratchDir::new() else { return };
    desk.commit("origin", "first");
    for text in ["first", "second"] {
        if text == "second" {
            desk.commit("origin", text);
        }
        let before = desk.at("checkout").exists().then(|| desk.head());
        let look = desk.look();
        assert!(look.contains("@k changed 0") && !look.contains("@k note"), "{text}: {look}");
        assert_eq!(desk.at("checkout").exists().then(|| desk.head()), before, "a look changes nothing");
        assert!(desk.run().contains("@k changed 0"), "{text}");
        let look = desk.look();
        assert!(look.contains("@k ok 0"), "{text}: {look}");
    }
    let second = desk.head();
    let third = desk.commit("origin", "third");
    fs::write(desk.at("checkout/file"), "mine").unwrap();
    // It may be another file that the new version changes; once the machine has it, that is known.
    for (fetched, foreseen) in
        [(false, "If the new version changes the same, git will refuse"), (true, "git will refuse: edited in")]
    {
        if fetched {
            desk.git("checkout", &["fetch", "-q"]);
        }
        let look = desk.look();
        assert!(look.contains("@k changed 0") && look.contains(foreseen) && look.contains("git stash -u"), "{look}");
        let run = desk.run();
        assert!(run.contains("@k failed 0") && run.contains("the new version changes them too: file"), "{run}");
        assert_eq!(
            (desk.head(), fs::read_to_string(desk.at("checkout/file")).unwrap()),
            (second.clone(), "mine".into())
        );
    }
    // Typed as it says.
    desk.git("checkout", &["stash", "-q", "-u"]);
    let look = desk.look();
    assert!(look.contains("@k changed 0") && !look.contains("@k note"), "{look}");
    assert!(desk.run().contains("@k changed 0") && desk.head() == third);
}

/// Packages and restarts that follow from another Node.js cannot be known before it is there: a look says so, and guesses nothing.
#[test]
fn a_look_does_not_guess_what_another_node_will_need() {
    let Some(engine) = Engine::new("dash") else { return };
    let folder = engine.root.path().display().to_string();
    fs::write(engine.root.path().join("package.json"), "{}").unwrap();
    let npm = format!("  - npm: {{ dir: {folder} }}\n");
    let with = |before: &str| {
        let next = Engine::new("dash").unwrap();
        next.said(next.begin(&next.book_in(Mode::Check, &format!("{before}{npm}"), 60)))
    };
    let node = with("  - node: { version: 99.0.0, source: nodejs.org }\n");
    assert!(node.contains("@k changed 0") && node.contains("@k unknown 1"), "{node}");
    let alone = with("");
    assert!(alone.contains("@k changed 0"), "{alone}");
}

#[test]
fn what_labctl_put_there_is_its_own_also_when_the_power_was_cut_right_then() {
    let Some(desk) = ScratchDir::new() else { return };
    let first = desk.commit("origin", "first");
    assert!(desk.run().contains("@k changed 0"));
    let second = desk.commit("origin", "second");
    // The task dies between the move and whatever it would do next.
    let hook = desk.at("checkout/.git/hooks/post-merge");
    let task = "#!/bin/sh\npid=$PPID\nuntil [ \"$(tr '\\0' ' ' < /proc/$pid/cmdline)\" = 'dash ' ]; do \
                read -r _ _ _ pid _ < /proc/$pid/stat; done\nkill -KILL $pid\n";
    fs::write(&hook, task).unwrap();
    fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    let text = desk.run();
    assert!(text.contains("@k failed 0 exit 137") && desk.head() == second, "it was cut off: {text}");
    fs::remove_file(&hook).unwrap();
    desk.git("origin", &["reset", "-q", "--hard", &first]);
    let text = desk.run();
    assert!(text.contains("@k changed 0") && desk.head() == first, "{text}");
}

#[test]
fn without_its_origin_a_checkout_is_right_when_it_is_there_and_whole() {
    let Some(desk) = ScratchDir::new() else { return };
    let first = desk.commit("origin", "first");
    desk.git("origin", &["tag", "-am", "a", "v1"]);
    desk.commit("origin", "second");
    let short = &first[..8];
    for version in ["v1", "main", short] {
        assert!(desk.run_at(version).contains("@k changed 0"), "{version}");
        fs::rename(desk.at("origin"), desk.at("away")).unwrap();
        let text = desk.run_at(version);
        assert!(text.contains("@k ok 0") && text.contains("cannot be reached: kept"), "{version}: {text}");
        for other in ["main", "v1", short, "v2"].iter().filter(|other| **other == "v2" || desk.is_elsewhere(other)) {
            let text = desk.run_at(other);
            assert!(text.contains("@k failed 0"), "{version} is no {other}: {text}");
        }
        fs::remove_file(desk.at("checkout/file")).unwrap();
        let text = desk.run_at(version);
        assert!(text.contains("@k failed 0") && text.contains("there is no repository at"), "{version}: {text}");
        fs::rename(desk.at("away"), desk.at("origin")).unwrap();
        assert!(desk.run_at(version).contains("@k changed 0") && desk.at("checkout/file").exists(), "{version}");
    }
}

/// A disk was full in the middle of an update: files of the new version lie there, and of one only the first blocks.
#[test]
fn an_update_that_was_cut_off_is_finished_and_edits_are_kept() {
    let Some(desk) = ScratchDir::new() else { return };
    let write = |folder: &str, name: &str, text: &str| fs::write(desk.at(folder).join(name), text).unwrap();
    let commit = |words: &str| {
        desk.git("origin", &["add", "-A"]);
        desk.git("origin", &["commit", "-qm", words]);
    };
    let long = |word: &str| word.repeat(3000);
    for (name, text) in [("whole", "old\n"), ("torn", &long("old\n")), ("empty", "old\n"), ("edited", "old\n")] {
        write("origin", name, text);
    }
    commit("first");
    assert!(desk.run().contains("@k changed 0"));
    for (name, text) in
        [("whole", "new\n"), ("torn", &long("new\n")), ("empty", "new\n"), ("edited", "new\n"), ("added", "new\n")]
    {
        write("origin", name, text);
    }
    commit("second");
    write("checkout", "whole", "new\n");
    write("checkout", "torn", &long("new\n")[..8192]);
    write("checkout", "empty", "");
    write("checkout", "added", "new\n");
    write("checkout", "edited", "mine\n");
    let text = desk.run();
    assert!(text.contains("@k failed 0") && text.contains("were edited in") && text.contains(": edited "), "{text}");
    assert_eq!(fs::read_to_string(desk.at("checkout/edited")).unwrap(), "mine\n");
    desk.git("checkout", &["checkout", "-q", "--", "edited"]);
    let text = desk.run();
    assert!(text.contains("@k changed 0"), "{text}");
    assert_eq!(desk.head(), desk.git("origin", &["rev-parse", "HEAD"]));
    assert_eq!(desk.git("checkout", &["status", "--porcelain"]), "");
}

/// It was full in the middle of the first checkout: what is half is beside the place, and made anew.
#[test]
fn a_new_checkout_is_put_in_its_place_when_it_is_whole() {
    let Some(desk) = ScratchDir::new() else { return };
    desk.commit("origin", "first");
    let half = desk.at("checkout.labctl-new");
    fs::create_dir_all(half.join(".git")).unwrap();
    fs::write(half.join(".git/HEAD"), "").unwrap();
    fs::write(half.join("file"), "fi").unwrap();
    fs::create_dir(desk.at("checkout")).unwrap();
    fs::set_permissions(desk.at("checkout"), fs::Permissions::from_mode(0o710)).unwrap();
    let text = desk.run();
    assert!(text.contains("@k changed 0"), "{text}");
    assert_eq!(desk.head(), desk.git("origin", &["rev-parse", "HEAD"]));
    assert!(!half.exists());
    assert_eq!(fs::metadata(desk.at("checkout")).unwrap().permissions().mode() & 0o777, 0o710);
    // Where it cannot be made, nothing is left, and the place is as it was.
    fs::remove_dir_all(desk.at("checkout")).unwrap();
    let text = desk.run_at("nowhere");
    assert!(text.contains("@k failed 0"), "{text}");
    assert!(!half.exists() && !desk.at("checkout").exists());
}

/// An archive that somebody downloaded and unpacked, or a checkout whose `.git` somebody removed: the files are the repository's.
#[test]
fn a_folder_without_git_becomes_the_checkout_that_it_is_a_copy_of() {
    for (version, edited) in [("main", false), ("main", true), ("v1", false), ("v1", true)] {
        let Some(desk) = ScratchDir::new() else { return };
        for name in ["package.json", "index.js", "README.md"] {
            fs::write(desk.at("origin").join(name), format!("{name}\n")).unwrap();
        }
        desk.git("origin", &["add", "-A"]);
        desk.commit("origin", "first");
        desk.git("origin", &["tag", "v1"]);
        // What somebody downloaded then; the repository has moved on since.
        let copy = Command::new("cp").arg("-r").arg(desk.at("origin")).arg(desk.at("checkout")).status().unwrap();
        assert!(copy.success());
        fs::remove_dir_all(desk.at("checkout/.git")).unwrap();
        fs::create_dir(desk.at("checkout/node_modules")).unwrap();
        fs::write(desk.at("checkout/node_modules/left-pad"), "installed").unwrap();
        fs::remove_file(desk.at("checkout/README.md")).unwrap();
        if edited {
            fs::write(desk.at("checkout/index.js"), "mine\n").unwrap();
        }
        desk.commit("origin", "second");

        let text = desk.run_at(version);
        assert!(text.contains("@k changed 0") && text.contains("was not a git checkout"), "{version}: {text}");
        assert_eq!(desk.head(), desk.git("origin", &["rev-parse", version]), "{text}");
        let index = fs::read_to_string(desk.at("checkout/index.js")).unwrap();
        assert_eq!(index, if edited { "mine\n" } else { "index.js\n" }, "what was edited is kept");
        let file = fs::read_to_string(desk.at("checkout/file")).unwrap();
        assert_eq!(file, if version == "v1" { "first" } else { "second" });
        let changed = desk.git("checkout", &["status", "--porcelain", "--untracked-files=no"]);
        assert_eq!(changed, if edited { "M index.js" } else { "" }, "nothing else counts as an edit");
        assert!(desk.at("checkout/README.md").exists() && desk.at("checkout/node_modules/left-pad").exists());
        assert!(!desk.at("checkout.labctl-new").exists());
        let again = desk.run_at(version);
        assert!(again.contains("@k ok 0") && !again.contains("was not a git checkout"), "{again}");
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let Some(desk) = ScratchDir::new() else { return };
    desk.commit("origin", "first");
    fs::create_dir(desk.at("checkout")).unwrap();
    for name in ["thesis.txt", "notes.txt", "file"] {
        fs::write(desk.at("checkout").join(name), format!("my {name}")).unwrap();
    }
    let text = desk.run();
    assert!(text.contains("@k failed 0") && text.contains("is not a git checkout, and its files are not"), "{text}");
    let mut left: Vec<_> = fs::read_dir(desk.at("checkout")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["file", "notes.txt", "thesis.txt"]);
    assert!(!desk.at("checkout.labctl-new").exists());
}
