//! A class as a teacher meets it on the command line: which labs are worked on, in which order they are told, what is typed next.
//! Nothing listens where the machines should be, so that every run ends at once; labs that work are in `tests/lab/lesson.rs`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const LAB: &str = "lab: any\nssh: { user: student, config: false, connect_timeout: 2s }\nhosts:\n  \
                   web:  { address: 127.0.0.1, ssh: { port: 1 }, groups: [web] }\n  \
                   app1: { address: 127.0.0.2, ssh: { port: 1 }, groups: [app] }\nvars:\n  \
                   app: { repo: 'https://example.com/x.git' }\n  \
                   sites: [{ domain: '{{ student.id }}.lab.test', upstream: [app1] }]\n";
const CLASS: &str = "class: devops\ninventory: lab.yaml\nroster: roster.csv\nstart: verify\n";
const ROSTER: &str = "id,name,skip\ns01,Budi Santoso,\ns02,\"Wijaya, Ani\",\ns03,Citra,yes\ns04,Дмитрий,\n";

struct Classroom(tempfile::TempDir);

impl Classroom {
    fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        for (file, text) in
            [("lab.yaml", LAB), ("class.yaml", CLASS), ("roster.csv", ROSTER), ("hosts", "127.0.0.1\tlocalhost\n")]
        {
            room.write(file, text);
        }
        room
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).unwrap();
    }

    fn labctl(&self, words: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command
            .args(words)
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .env("LABCTL_HOSTS_FILE", self.path("hosts"));
        let Output { status, stdout, stderr } = command.env_remove("LABCTL_INVENTORY").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    fn path(&self, file: &str) -> String {
        Path::new(self.0.path()).join(file).display().to_string()
    }
}

/// The first word of each line that tells of a student.
fn told(out: &str) -> Vec<&str> {
    let rows = out.lines().filter(|line| line.starts_with("  s0"));
    rows.map(|line| line.split_whitespace().next().unwrap()).collect()
}

#[test]
fn each_student_has_a_line_in_the_order_of_the_roster() {
    let room = Classroom::new();
    let (code, out, err) = room.labctl(&["up", "class.yaml"]);
    assert_eq!(code, 4, "{out}{err}");
    // Who is skipped has no lab.
    assert_eq!(told(&out), ["s01", "s02", "s04"], "{out}");
    assert!(out.starts_with("devops: 3 labs\n"), "{out}");
    let line = out.lines().find(|line| line.contains("s02")).unwrap();
    assert!(
        line.contains("Wijaya, Ani") && line.contains("unreachable  web: cannot reach student@127.0.0.1:1: "),
        "{out}"
    );
    let next = format!("  go on with: labctl up class.yaml s01 s02 s04 --hosts-file {}", room.path("hosts"));
    assert!(out.contains(&next) && out.contains("  unreachable 3   "), "{out}");
    // A recording for each.
    for lab in ["devops-s01", "devops-s02", "devops-s04"] {
        assert_eq!(fs::read_dir(room.path(&format!(".labctl/{lab}/runs"))).unwrap().count(), 1, "{lab}");
    }
}

#[test]
fn students_are_chosen_by_words_and_by_limit() {
    let room = Classroom::new();
    for (words, wanted) in [
        (&["check", "class.yaml", "s04", "s01"][..], &["s01", "s04"][..]),
        // Whoever is named takes part.
        (&["check", "class.yaml", "s03", "s01"], &["s01", "s03"]),
        (&["check", "class.yaml", "--limit", "s02,s04"], &["s02", "s04"]),
        (&["check", "class.yaml", "--limit", "s02:app1,s04:web"], &["s02", "s04"]),
    ] {
        let (code, out, err) = room.labctl(words);
        assert_eq!((code, told(&out)), (4, wanted.to_vec()), "{words:?}: {out}{err}");
    }
    let (_, out, _) = room.labctl(&["check", "class.yaml", "--limit", "s02:app1,s04:web"]);
    assert!(out.lines().any(|l| l.contains("s02") && l.contains("app1: cannot")), "{out}");
    assert!(out.lines().any(|l| l.contains("s04") && l.contains("web: cannot")), "{out}");
    for (words, says) in [
        (&["up", "class.yaml", "s1"][..], "there is no student `s1` in class.yaml\n  hint: did you mean `s01`?"),
        (&["up", "class.yaml", "citra"], "there is no student `citra` in class.yaml\n  hint: did you mean `s03`?"),
        (
            &["up", "class.yaml", "--limit", "web"],
            "there is no student `web` in class.yaml\n  hint: there are: s01, s02,",
        ),
        (&["up", "lab.yaml", "s01"], "`s01` is no student of this lab"),
    ] {
        let (code, out, err) = room.labctl(words);
        assert!(code == 2 && err.contains(says) && out.is_empty(), "{words:?}: {code} {out}{err}");
    }
}

#[test]
fn every_verb_takes_the_lab_of_one_student() {
    let room = Classroom::new();
    let (code, out, err) = room.labctl(&["plan", "class.yaml:s02"]);
    assert!(code == 0 && out.starts_with("devops-s02: "), "{out}{err}");
    let (code, out, _) = room.labctl(&["graph", "class.yaml:s02", "--as", "mermaid"]);
    assert!(code == 0 && out.contains("s02.lab.test"), "{out}");
    let (code, out, _) = room.labctl(&["doctor", "class.yaml:s02"]);
    assert!(code == 4 && out.contains("then look again: labctl doctor class.yaml:s02"), "{out}");
    // One student who is named is shown as a lab is.
    let (code, one, _) = room.labctl(&["doctor", "class.yaml", "s02"]);
    assert!(code == 4 && one.contains("then look again: labctl doctor class.yaml:s02"), "{one}");
    for words in [&["plan", "class.yaml"][..], &["ssh", "web", "-i", "class.yaml"], &["drill", "-i", "class.yaml"]] {
        let (code, out, err) = room.labctl(words);
        let says = "class.yaml is a class, and this is done to one lab\n  hint: name the lab of a student, such as class.yaml:s07";
        assert!(code == 2 && err.contains(says) && out.is_empty(), "{words:?}: {code} {err}");
    }
}

#[test]
fn mistakes_of_all_files_are_shown_at_once_before_anything_is_touched() {
    let room = Classroom::new();
    room.write("lab.yaml", &LAB.replace("student.id", "student.emial").replace("groups: [app]", "groups: []"));
    let (code, out, err) = room.labctl(&["up", "class.yaml"]);
    assert!(code == 2 && out.is_empty(), "{out}{err}");
    // Everybody's mistake is told once.
    assert_eq!(err.matches("a student has no `emial`").count(), 1, "{err}");
    assert!(err.contains("lab.yaml:8:21") && err.contains("did you mean `email`?"), "{err}");
    assert!(err.contains("host `app1` is in no group"), "{err}");
    assert!(!Path::new(&room.path(".labctl")).exists());

    room.write("lab.yaml", LAB);
    room.write("class.yaml", &CLASS.replace("start: verify", "start: verfy"));
    let (code, out, err) = room.labctl(&["up", "class.yaml"]);
    let says = "class.yaml: there is no step `verfy` to start from\n  hint: did you mean `verify`?";
    assert!(code == 2 && out.is_empty() && err.contains(says), "{out}{err}");
    room.write("class.yaml", CLASS);

    room.write("lab.yaml", &LAB.replace("student.id", "student.email"));
    let (code, _, err) = room.labctl(&["up", "class.yaml"]);
    assert!(code == 2 && err.contains("s01 has no `email`") && err.contains("s04 has no `email`"), "{err}");

    let (code, _, err) = room.labctl(&["up", "lab.yaml"]);
    assert!(code == 2 && err.contains("stands for nobody here") && err.contains("labctl up class.yaml"), "{err}");
}

#[test]
fn what_the_roster_says_is_laid_over_the_inventory() {
    let room = Classroom::new();
    room.write(
        "lab.yaml",
        &LAB.replace("repo: 'https://example.com/x.git'", "repo: 'https://example.com/x.git', port: 3000"),
    );
    room.write("roster.csv", "id,web,user,vars.app.port\ns01,127.0.0.7:2,budi,3107\ns02,,,\n");
    let (code, out, err) = room.labctl(&["plan", "--script", "web", "class.yaml:s01"]);
    assert!(code == 0 && out.contains("127.0.0.2:3107") && !out.contains("127.0.0.2:3000"), "{out}{err}");
    let (_, out, _) = room.labctl(&["plan", "--script", "web", "class.yaml:s02"]);
    assert!(out.contains("127.0.0.2:3000"), "{out}");
    let (code, out, _) = room.labctl(&["up", "class.yaml", "--limit", "s01:web,s02:web"]);
    assert_eq!(code, 4);
    let line = |id: &str| out.lines().find(|line| line.contains(id)).unwrap().to_owned();
    assert!(line("s01").contains("127.0.0.7:2"), "{out}");
    assert!(line("s02").contains("127.0.0.1:1"), "{out}");
    // --set is above what the roster says.
    let (_, out, _) = room.labctl(&["plan", "--script", "web", "class.yaml:s01", "--set", "app.port=3999"]);
    assert!(out.contains("127.0.0.2:3999"), "{out}");
}

#[test]
fn programs_get_events_that_name_the_lab() {
    let room = Classroom::new();
    let (code, out, _) = room.labctl(&["up", "class.yaml", "--format", "json"]);
    assert_eq!(code, 4);
    let events: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for lab in ["devops-s01", "devops-s02", "devops-s04"] {
        let own: Vec<&str> =
            events.iter().filter(|event| event["lab"] == lab).map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!((own[0], own[own.len() - 1]), ("run_started", "run_finished"), "{lab}: {own:?}");
        assert!(own.contains(&"host_unreachable"), "{own:?}");
    }
    assert!(events.iter().all(|event| event["lab"].is_string()), "{out}");
}

#[test]
fn nothing_more_begins_when_too_many_have_failed() {
    let room = Classroom::new();
    let (code, out, _) = room.labctl(&["up", "class.yaml", "--max-fail", "0", "--forks", "2"]);
    // One lab at a time: the first is one too many.
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("  unreachable 1   not begun 2   "), "{out}");
    assert!(out.contains("go on with: labctl up class.yaml s01 s02 s04"), "{out}");
}

#[test]
fn a_class_is_taken_away_without_its_inventory() {
    let room = Classroom::new();
    let block = "127.0.0.1\tlocalhost\n# BEGIN labctl devops-s02\n127.0.0.1\ts02.lab.test\n# END labctl devops-s02\n";
    room.write("hosts", block);
    fs::remove_file(room.path("lab.yaml")).unwrap();
    room.write("lab.yaml", "hosts: {}\n");
    let (code, out, err) = room.labctl(&["down", "class.yaml"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(told(&out), ["s01", "s02", "s03", "s04"], "also whoever is skipped now: {out}");
    assert!(out.lines().any(|line| line.contains("s02") && line.contains("removed")), "{out}");
    assert!(out.contains("  ok 3   removed 1   "), "{out}");
    assert_eq!(fs::read_to_string(room.path("hosts")).unwrap(), "127.0.0.1\tlocalhost\n");
}
