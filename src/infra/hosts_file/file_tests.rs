use super::*;

fn entry(address: &str, name: &str) -> HostsEntry {
    HostsEntry { address: address.parse().unwrap(), name: name.into() }
}

fn hosts(bytes: &[u8]) -> (tempfile::TempDir, HostsFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosts");
    fs::write(&path, bytes).unwrap();
    (folder, HostsFile::at(path))
}

#[test]
fn look_write_look_and_away_again() {
    let (folder, file) = hosts(b"127.0.0.1 localhost\n\xff\xfe odd");
    let wanted = [entry("10.0.0.1", "a.lab")];
    let checked = file.check("one", &wanted).unwrap();
    assert!(!checked.holds && checked.diff.contains("+10.0.0.1\ta.lab\n"), "{}", checked.diff);
    assert!(file.write("one", &wanted).unwrap());
    assert!(!file.write("one", &wanted).unwrap());
    assert_eq!(file.check("one", &wanted).unwrap(), HostsCheck { holds: true, diff: String::new() });
    assert!(file.write("one", &[]).unwrap());
    assert_eq!(fs::read(file.path()).unwrap(), b"127.0.0.1 localhost\n\xff\xfe odd");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn two_writers_lose_nothing_and_leave_nothing() {
    let (folder, file) = hosts(b"127.0.0.1 localhost\n");
    std::thread::scope(|scope| {
        for writer in ["a", "b"] {
            let file = &file;
            scope.spawn(move || {
                for n in 0..50 {
                    let name = format!("{writer}{n}");
                    assert!(file.write(&name, &[entry("10.0.0.1", &format!("{name}.lab"))]).unwrap());
                }
            });
        }
    });
    let text = fs::read_to_string(file.path()).unwrap();
    assert_eq!(text.matches("# END labctl ").count(), 100);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[cfg(unix)] // Windows' lock is in the user's folder for temporary files, and stays there
#[test]
fn a_lock_that_a_crash_left_is_taken_and_a_strange_one_is_not_followed() {
    let (folder, file) = hosts(b"x\n");
    let lock = folder.path().join(".hosts.labctl.lock");
    fs::write(&lock, "").unwrap();
    assert!(file.write("one", &[entry("10.0.0.1", "a.lab")]).unwrap());
    assert!(!lock.exists());
    fs::create_dir(&lock).unwrap();
    let error = file.write("one", &[]).unwrap_err().to_string();
    assert!(error.ends_with(".hosts.labctl.lock is in the way: remove it"), "{error}");
}

#[cfg(unix)] // as above
#[test]
fn what_a_crash_left_beside_the_file_goes() {
    let (folder, file) = hosts(b"x\n");
    let [lock, half] = [".hosts.labctl.lock", ".hosts.labctl.new"].map(|name| folder.path().join(name));
    fs::write(&half, "x\n# BEGIN lab").unwrap();
    assert!(file.write("one", &[entry("10.0.0.1", "a.lab")]).unwrap());
    assert!(!half.exists(), "killed before the new file was in place");
    fs::write(&lock, "").unwrap();
    file.tidy();
    assert!(!lock.exists(), "killed between the last word and the end");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_error_shows_file_line_and_remedy() {
    let (_folder, file) = hosts(b"x\n1.2.3.4 a.lab\n");
    let error = file.write("one", &[entry("10.0.0.1", "a.lab")]).unwrap_err().to_string();
    assert!(error.ends_with("hosts:2: `1.2.3.4 a.lab`: gives a.lab another address; this lab needs 10.0.0.1: delete the line, or the name in it"), "{error}");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::process::Command;

    #[test]
    fn mode_and_owner_stay_and_a_link_stays_a_link() {
        let (folder, file) = hosts(b"a\n");
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o664)).unwrap();
        let chowned = std::os::unix::fs::chown(file.path(), Some(1), Some(1)).is_ok();
        let link = folder.path().join("link");
        symlink("hosts", &link).unwrap();
        assert!(HostsFile::at(&link).write("one", &[entry("::1", "a.lab")]).unwrap());
        let now = fs::metadata(file.path()).unwrap();
        assert_eq!(now.mode() & 0o7777, 0o664);
        assert!(!chowned || (now.uid(), now.gid()) == (1, 1));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn in_place_when_it_cannot_be_replaced() {
        let (_folder, file) = hosts(b"a long line\n");
        let inode = fs::metadata(file.path()).unwrap().ino();
        write::rewrite(file.path(), b"a long line\n", b"short\n").unwrap();
        assert_eq!(fs::read(file.path()).unwrap(), b"short\n");
        assert_eq!(fs::metadata(file.path()).unwrap().ino(), inode);
    }

    /// Runs itself again in a mount namespace of its own, with the hosts file mounted as containers do.
    #[test]
    fn a_mounted_hosts_file_is_written_in_place() {
        if let Some(path) = std::env::var_os("LABCTL_TEST_MOUNTED") {
            assert!(HostsFile::at(path).write("one", &[entry("::1", "a.lab")]).unwrap());
            return;
        }
        let (folder, file) = hosts(b"a\n");
        let source = folder.path().join("source");
        fs::write(&source, b"b\n").unwrap();
        let run = Command::new("unshare")
            .args(["-m", "sh", "-c", r#"mount --bind "$1" "$2" && exec "$3" --exact "$4""#, "sh"])
            .args([&source, file.path(), &std::env::current_exe().unwrap()])
            .arg("infra::hosts_file::tests::unix::a_mounted_hosts_file_is_written_in_place")
            .env("LABCTL_TEST_MOUNTED", file.path())
            .output();
        let Ok(run) = run else { return };
        let stderr = String::from_utf8_lossy(&run.stderr);
        if stderr.contains("unshare") || stderr.contains("mount") {
            return; // only root may mount
        }
        assert!(run.status.success(), "{}{stderr}", String::from_utf8_lossy(&run.stdout));
        assert!(fs::read_to_string(&source).unwrap().starts_with("b\n# BEGIN labctl one\n"));
        assert_eq!(fs::read(file.path()).unwrap(), b"a\n");
    }

    /// Runs itself again as nobody, for root is denied nothing.
    #[test]
    fn without_permission_the_error_says_what_to_paste() {
        if let Some(path) = std::env::var_os("LABCTL_TEST_CLOSED") {
            let error = HostsFile::at(path).write("one", &[entry("10.0.0.1", "a.lab")]).unwrap_err();
            let HostsError::Denied { lines, command, .. } = error else { panic!("{error}") };
            assert_eq!(lines, ["# BEGIN labctl one", "10.0.0.1\ta.lab", "# END labctl one"]);
            assert!(command.starts_with("printf '%s\\n' '# BEGIN labctl one' '10.0.0.1\ta.lab' "), "{command}");
            return;
        }
        let (folder, file) = hosts(b"a\n");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let exe = folder.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
        let run = Command::new("setpriv")
            .args(["--reuid", "65534", "--clear-groups"])
            .arg(&exe)
            .args(["--exact", "infra::hosts_file::tests::unix::without_permission_the_error_says_what_to_paste"])
            .env("LABCTL_TEST_CLOSED", file.path())
            .output();
        let Ok(run) = run else { return };
        if String::from_utf8_lossy(&run.stderr).contains("setpriv") {
            return; // only root may become nobody
        }
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        assert_eq!(fs::read(file.path()).unwrap(), b"a\n");
    }

    /// The pasted command must do what `write` would have done.
    #[test]
    fn the_command_for_people_works() {
        let bin = tempfile::tempdir().unwrap();
        fs::write(bin.path().join("sudo"), "#!/bin/sh\nexec \"$@\"\n").unwrap();
        fs::set_permissions(bin.path().join("sudo"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
        let wanted = [entry("10.0.0.1", "a.lab")];
        for old in ["", "x\n", "no line end", "x\n# BEGIN labctl one\n1.1.1.1 b\n# END labctl one\ny\n"] {
            let (_folder, file) = hosts(old.as_bytes());
            for entries in [&wanted[..], &[]] {
                let error = file.denied_or(io::ErrorKind::PermissionDenied.into(), "one", entries);
                let HostsError::Denied { command, .. } = error else { panic!("{error}") };
                assert!(Command::new("sh").args(["-c", &command]).env("PATH", &path).status().unwrap().success());
                assert!(file.check("one", entries).unwrap().holds, "{old:?}: {command}");
            }
        }
    }
}
