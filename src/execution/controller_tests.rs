use super::*;
use std::fs;

const WSL: &str = "Linux version 5.15.167.4-microsoft-standard-WSL2 (root@f9c826d3017f)";

/// A computer whose files lie in a folder, and what the names' task does there.
struct Played(tempfile::TempDir);

impl Played {
    fn new(files: &[(&str, &str)]) -> Self {
        let played = Self(tempfile::tempdir().unwrap());
        for (path, text) in files.iter().chain(&[("etc/hosts", "127.0.0.1 localhost\n")]) {
            let path = played.at(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        played
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    fn controller(&self, ssh: Option<&str>) -> Controller {
        let around = Surroundings::under(self.0.path(), ssh);
        Controller::among(&"t".parse().unwrap(), HostsFile::at(self.at("etc/hosts")), around)
    }

    fn names(&self, ssh: Option<&str>, mode: Mode) -> TaskTranscript {
        let words = ["10.0.0.1", "demo.lab.test"].map(|word| Word::Text(word.to_owned()));
        self.controller(ssh).hosts_entries(&words, mode)
    }
}

const WINDOWS: &str = "mnt/c/Windows/System32/drivers/etc/hosts";

#[test]
fn the_names_stand_in_windows_hosts_file_too_where_it_may_be_changed() {
    let played = Played::new(&[("proc/version", WSL), (WINDOWS, "# Copyright (c)\r\n127.0.0.1 x\r\n")]);
    let checked = played.names(None, Mode::Check);
    assert_eq!(checked.outcome, Some(Outcome::Changed));
    assert_eq!(checked.diff.matches("+10.0.0.1\tdemo.lab.test").count(), 2, "{}", checked.diff);
    assert_eq!(played.names(None, Mode::Apply).outcome, Some(Outcome::Changed));
    let text = played.read(WINDOWS);
    assert!(text.contains("10.0.0.1\tdemo.lab.test\r\n") && text.starts_with("# Copyright (c)\r\n"), "{text:?}");
    let again = played.names(None, Mode::Apply);
    assert_eq!((again.outcome, again.notes), (Some(Outcome::Ok), Vec::new()));
    // WSL makes its own file anew: what is missing there comes back, and Windows' file stays.
    fs::write(played.at("etc/hosts"), "127.0.0.1 localhost\n").unwrap();
    assert_eq!(played.names(None, Mode::Apply).outcome, Some(Outcome::Changed));
    assert!(played.controller(None).forget().unwrap());
    assert!(!played.read(WINDOWS).contains("labctl") && !played.read("etc/hosts").contains("labctl"));
    assert!(!played.controller(None).forget().unwrap());
}

#[cfg(unix)] // within Windows is Linux
#[test]
fn where_windows_hosts_file_may_not_be_changed_it_is_said_what_to_add_where() {
    // Not mounted: the user may not even see it.
    let played = Played::new(&[("proc/version", WSL)]);
    let done = played.names(None, Mode::Apply);
    assert_eq!(done.outcome, Some(Outcome::Skipped), "{done:?}");
    assert!(played.read("etc/hosts").contains("10.0.0.1\tdemo.lab.test"), "this computer's own has them");
    let windows = r"C:\Windows\System32\drivers\etc\hosts";
    assert_eq!(done.notes[0], HostsNote::WithinWindows { path: windows.to_owned() }.into());
    let Note::HostsFile(HostsNote::Denied { lines, command, in_windows: true, .. }) = &done.notes[1] else {
        panic!("{done:?}")
    };
    assert!(lines.iter().any(|line| line == "10.0.0.1\tdemo.lab.test"), "{lines:?}");
    assert!(command.contains(&format!("Add-Content -LiteralPath '{windows}' -Value")), "{command}");
    let said = crate::languages::english::note::note(&done.notes[1]);
    assert!(said.contains("\nto add them, paste this in a PowerShell of Windows that was started as"), "{said}");
    assert!(!played.at("mnt").exists());
}

#[cfg(unix)] // cloud-init is on Linux
#[test]
fn the_names_stand_in_the_template_of_cloud_init_too() {
    let template = "etc/cloud/templates/hosts.debian.tmpl";
    let files = [
        ("etc/cloud/cloud.cfg", "manage_etc_hosts: true\n"),
        (template, "## template:jinja\n127.0.1.1 {{fqdn}} {{hostname}}\n"),
    ];
    let played = Played::new(&files);
    let done = played.names(None, Mode::Apply);
    assert_eq!(done.outcome, Some(Outcome::Changed));
    assert!(
        matches!(&done.notes[..], [Note::HostsFile(HostsNote::CloudInit { path })] if path.ends_with(template)),
        "{done:?}"
    );
    assert!(played.read(template).contains("10.0.0.1\tdemo.lab.test\n"));
    assert_eq!(played.names(None, Mode::Apply).outcome, Some(Outcome::Ok));
    assert!(played.controller(None).forget().unwrap());
    assert_eq!(played.read(template), "## template:jinja\n127.0.1.1 {{fqdn}} {{hostname}}\n");
}

#[test]
fn whoever_came_over_ssh_is_told_where_their_browser_looks() {
    let played = Played::new(&[]);
    let done = played.names(Some("192.168.1.20 50522 192.168.1.7 22"), Mode::Apply);
    let note = HostsNote::VisitorElsewhere {
        from: "192.168.1.20".parse().unwrap(),
        lines: vec!["10.0.0.1 demo.lab.test".to_owned()],
    };
    assert_eq!(done.notes, [note.into()]);
    let again = played.names(Some("192.168.1.20 50522 192.168.1.7 22"), Mode::Apply);
    assert_eq!((again.outcome, again.notes), (Some(Outcome::Ok), Vec::new()), "once is enough");
    assert_eq!(Played::new(&[]).names(None, Mode::Apply).notes, Vec::<Note>::new());
}
