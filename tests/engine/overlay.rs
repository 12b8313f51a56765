//! Declared files of a checkout, and what a person wrote into them: nothing of it is lost, and nothing of ours stays.

use super::host::Engine;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

struct Checkout(Engine);

impl Checkout {
    /// A checkout with a commit that has the declared file, or has it not.
    fn new(tracked: bool) -> Option<Self> {
        let checkout = Self(Engine::new("dash")?);
        fs::create_dir_all(checkout.at("checkout/folder")).unwrap();
        checkout.git(&["init", "-q", "-b", "main"]);
        let file = if tracked { "checkout/folder/x" } else { "checkout/other" };
        fs::write(checkout.at(file), "of the commit\n").unwrap();
        checkout.git(&["add", "."]);
        checkout.git(&["commit", "-qm", "one"]);
        Some(checkout)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.root.path().join(path)
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.at("checkout")).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(words);
        assert!(git.output().unwrap().status.success(), "{words:?}");
    }

    /// A run with this variable as what is declared.
    fn run(&self, declared: &str) -> String {
        let (root, next) = (self.0.root.path().display(), Engine::new(self.0.shell).unwrap());
        let book = next.book(&format!("  - overlay: {{ dest: {root}/checkout, overlay: {declared} }}\n"), 60);
        // The state of all runs is this machine's.
        let state = format!("state='{}'", next.path("state/t"));
        assert!(book.contains(&state), "{state}");
        let book = book.replace(&state, &format!("state='{}'", self.0.path("state/t")));
        next.said(next.begin(&book.replace("\nsurvey\n", &format!("\nhome={root}/home\nsurvey\n"))))
    }

    fn file(&self) -> Option<String> {
        fs::read_to_string(self.at("checkout/folder/x")).ok()
    }

    /// What was kept aside.
    fn kept(&self) -> Vec<String> {
        let runs = fs::read_dir(self.at("home/.labctl/kept")).into_iter().flatten().flatten();
        runs.map(|run| fs::read_to_string(run.path().join("folder/x")).unwrap()).collect()
    }
}

#[test]
fn what_somebody_wrote_into_a_declared_file_is_kept_and_named() {
    let Some(checkout) = Checkout::new(true) else { return };
    // What the commit has is nobody's work.
    let said = checkout.run("app.files");
    assert!(said.contains("@k changed 0") && !said.contains("kept"), "{said}");
    assert!(checkout.file().unwrap().contains("module.exports"));
    assert!(checkout.run("app.files").contains("@k ok 0"));
    for edit in ["mine\n", "mine again\n"] {
        fs::write(checkout.at("checkout/folder/x"), edit).unwrap();
        let said = checkout.run("app.files");
        let note = format!("folder/x was edited in {}", checkout.0.path("checkout"));
        assert!(said.contains("@k changed 0") && said.contains(&note) && said.contains("/.labctl/kept/"), "{said}");
        assert!(checkout.kept().contains(&edit.to_owned()), "{:?}", checkout.kept());
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    // What labctl wrote, by an older template, is no edit.
    let record = fs::read_to_string(checkout.at("state/t/overlay")).unwrap();
    assert_eq!(record.lines().count(), 1, "{record}");
    fs::write(checkout.at("checkout/folder/x"), "older\n").unwrap();
    let sum = Command::new("sh").args(["-c", "printf 'older\\n' | sha256sum | cut -c 1-64"]).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    fs::write(checkout.at("state/t/overlay"), format!("{} {}\n", sum.trim(), checkout.0.path("checkout/folder/x")))
        .unwrap();
    let said = checkout.run("app.files");
    assert!(said.contains("@k changed 0") && !said.contains("kept"), "{said}");
}

#[test]
fn a_file_that_is_declared_no_more_is_the_checkout_s_again() {
    for tracked in [true, false] {
        let Some(checkout) = Checkout::new(tracked) else { return };
        assert!(checkout.run("app.env").contains("@k ok 0"), "nothing was ever declared");
        assert!(checkout.run("app.files").contains("@k changed 0"));
        let said = checkout.run("app.env");
        assert!(said.contains("@k changed 0") && said.contains("is no longer declared"), "{said}");
        assert_eq!(checkout.file().as_deref(), tracked.then_some("of the commit\n"));
        assert!(checkout.run("app.env").contains("@k ok 0"));
        // Whoever has edited it meanwhile keeps the edit.
        assert!(checkout.run("app.files").contains("@k changed 0"));
        fs::write(checkout.at("checkout/folder/x"), "mine\n").unwrap();
        assert!(checkout.run("app.env").contains("@k ok 0"));
        assert_eq!(checkout.file().as_deref(), Some("mine\n"));
    }
}
