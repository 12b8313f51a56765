use super::*;
use std::process::Command;

fn repository() -> (tempfile::TempDir, impl Fn(&[&str]) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let git_dir = folder.path().join(".git");
    let at = folder.path().display().to_string();
    let run = move |args: &[&str]| {
        let who = ["-C", &at, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
        let out = Command::new("git").args(who).args(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    run(&["init", "-q"]);
    assert!(git_dir.is_dir());
    (folder, run)
}

#[test]
fn a_bundle_brings_what_is_lacking_and_leaves_the_repository_alone() {
    let (from, git_from) = repository();
    let mut commits = Vec::new();
    for n in 0..3 {
        std::fs::write(from.path().join("file"), format!("{n}\n").repeat(2000)).unwrap();
        git_from(&["add", "file"]);
        git_from(&["commit", "-qm", "a change"]);
        commits.push(git_from(&["rev-parse", "HEAD"]));
    }
    let refs = git_from(&["for-each-ref"]);
    let (to, git_to) = repository();
    let bundle_file = to.path().join("bundle");
    let path = bundle_file.display().to_string();
    let git_dir = from.path().join(".git");
    let none = "0".repeat(40);
    // All of it; what the first commit lacks; what is unknown here is not counted on; nothing is lacking.
    for (commit, have) in [
        (&commits[0], String::new()),
        (&commits[1], format!("{} {none}", commits[0])),
        (&commits[2], none.clone()),
        (&commits[2], commits[2].clone()),
    ] {
        bundle(&git_dir, commit, &have, &bundle_file).unwrap();
        git_to(&["bundle", "verify", "-q", &path]);
        git_to(&["fetch", "-q", &path, "refs/labctl/send:refs/remotes/labctl/send"]);
        assert_eq!(&git_to(&["rev-parse", "refs/remotes/labctl/send"]), commit);
        git_to(&["fsck", "--strict", "--connectivity-only"]);
    }
    assert_eq!(git_from(&["for-each-ref"]), refs);
    let error = bundle(&git_dir, &none, "", &bundle_file).unwrap_err();
    assert!(matches!(&error, PackError::Git { command, .. } if command == "pack-objects"), "{error}");
}

#[test]
fn half_a_snapshot_is_made_again() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("file"), "x").unwrap();
    let artifacts = ArtifactStore::new(folder.path().into(), state.path().into());
    let whole = artifacts.snapshot(folder.path()).unwrap();
    for broken in ["HEAD", "objects", "refs/heads/snapshot"] {
        let path = whole.git_dir.join(broken);
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::write(&path, "").unwrap();
        assert_eq!(artifacts.snapshot(folder.path()).unwrap().commit, whole.commit, "{broken}");
        git(&whole.git_dir, &["fsck", "--strict"], &[]).unwrap();
    }
}

#[test]
fn a_snapshot_is_what_the_folder_is_now() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let artifacts = ArtifactStore::new(folder.path().into(), state.path().into());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let holds = |wanted: &[&str]| {
        let taken = artifacts.snapshot(folder.path()).unwrap();
        let names = git(&taken.git_dir, &["ls-tree", "--name-only", &taken.commit], &[]).unwrap();
        assert_eq!(names.lines().collect::<Vec<_>>(), wanted);
        assert_eq!(artifacts.snapshot(folder.path()).unwrap().commit, taken.commit, "the same again");
        taken
    };
    write(".env", "SECRET=1");
    write("file", "one");
    let first = holds(&[".env", "file"]);
    // What is ignored from now on is sent no more.
    write(".gitignore", ".env\n");
    write("file", "two");
    let second = holds(&[".gitignore", "file"]);
    let shown = |spec: String| git(&second.git_dir, &["show", &spec], &[]).unwrap();
    assert_eq!(shown(format!("{}:file", second.commit)), "two");
    assert_eq!(shown(format!("{}^:file", second.commit)), "one", "it follows the one before");
    assert_ne!(first.commit, second.commit);
}

#[tokio::test]
async fn hosts_that_have_the_same_share_one_pack() {
    let (from, git_from) = repository();
    let state = tempfile::tempdir().unwrap();
    let mut commits = Vec::new();
    for n in 0..2 {
        std::fs::write(from.path().join("file"), format!("{n}\n")).unwrap();
        git_from(&["add", "file"]);
        git_from(&["commit", "-qm", "a change"]);
        commits.push(git_from(&["rev-parse", "HEAD"]));
    }
    let artifacts = ArtifactStore::new(from.path().into(), state.path().into());
    let (git_dir, commit) = (from.path().join(".git"), commits[1].clone());
    let payload = |id: &str, content| Payload { id: id.into(), content };
    let repository = payload("app", Content::Repository { git_dir, commit });
    let class = tokio::join!(artifacts.pack(&repository, ""), artifacts.pack(&repository, ""));
    let (one, two) = (class.0.unwrap(), class.1.unwrap());
    let third = artifacts.clone().pack(&repository, "").await.unwrap();
    assert!(Arc::ptr_eq(&one, &two) && Arc::ptr_eq(&one, &third));
    let further = artifacts.pack(&repository, &commits[0]).await.unwrap();
    assert!(!Arc::ptr_eq(&one, &further) && further.size < one.size, "{} {}", further.size, one.size);
    // What failed for one is tried again for the next.
    let gone = payload("gone", Content::File(from.path().join("later")));
    assert!(artifacts.pack(&gone, "").await.unwrap_err().to_string().starts_with("cannot pack gone: "));
    std::fs::write(from.path().join("later"), "x").unwrap();
    assert_eq!(artifacts.pack(&gone, "").await.unwrap().size, 1);
    // Two packs, and what says that their run lives.
    let scratch = std::fs::read_dir(state.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 3);
    drop((one, two, third, further, artifacts));
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn what_the_store_does_not_have_is_a_fact_and_a_sentence() {
    let (from, git_from) = repository();
    let state = tempfile::tempdir().unwrap();
    let artifacts = ArtifactStore::new(from.path().to_owned(), state.path().to_owned());
    let wanted = |version: &str| artifacts.repository(Path::new("."), version).unwrap_err();
    let none = wanted("main");
    assert!(matches!(&none, NoRepository::NoVersion { has, .. } if has.is_empty()), "{none}");
    assert!(none.to_string().ends_with("has no branch, tag or commit `main`; it has: none"), "{none}");
    git_from(&["commit", "-q", "--allow-empty", "-m", "first"]);
    git_from(&["branch", "-M", "main"]);
    git_from(&["tag", "v1"]);
    let other = wanted("v2");
    assert!(other.to_string().ends_with("has no branch, tag or commit `v2`; it has: main, v1"), "{other}");
    let gone = artifacts.repository(Path::new("gone"), "main").unwrap_err();
    assert_eq!(gone, NoRepository::NoFolder(from.path().join("gone")));

    let folder = from.path().join("v22.1.0");
    let (list, archive) = (folder.join("SHASUMS256.txt"), folder.join("node-v22.1.0-linux-x64.tar.gz"));
    let archives = || artifacts.node_archives(Path::new("."), "22.1.0");
    let unreadable = archives().unwrap_err();
    assert!(matches!(&unreadable, NoArchives::Unreadable { file, .. } if *file == list), "{unreadable}");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(&list, "0123  node-v22.1.0-linux-x64.tar.gz\n").unwrap();
    assert_eq!(archives().unwrap_err(), NoArchives::None { folder, version: "22.1.0".into() });
    std::fs::write(&archive, "node").unwrap();
    let found = sha256(&archive).unwrap();
    let damaged = NoArchives::Damaged { archive, found: found.clone(), list: list.clone(), listed: "0123".into() };
    assert_eq!(archives().unwrap_err(), damaged);
    std::fs::write(&list, format!("{found}  node-v22.1.0-linux-x64.tar.gz\n")).unwrap();
    assert_eq!(archives().unwrap().len(), 1);
}
