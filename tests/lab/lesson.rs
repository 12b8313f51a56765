//! A class on real machines: two students, a lab each, built side by side, looked at, broken for one of them, and taken away.

use super::class::Class;
use super::pages;
use super::prepared;
use super::seen::Seen;
use super::web::http;
use std::fs;
use std::time::Duration;

/// What the class leaves goes with it, also after a failure.
struct Lesson {
    room: Class,
    name: String,
}

impl Lesson {
    fn begin() -> Option<Self> {
        let room = Class::room("lesson")?;
        let name = format!("l{}", std::process::id());
        let lesson = Self { room, name };
        lesson.the_lines_of_the_page("labctl init");
        // Names of labs are known all over this computer.
        lesson.class_with("class: kelas", &format!("class: {}", lesson.name));
        for student in ["s01", "s02"] {
            prepared::make_machines(&lesson.lab(student), &["web", "app1", "app2"]);
        }
        Some(lesson)
    }

    fn class_with(&self, from: &str, to: &str) {
        let class = self.room.read("class.yaml");
        assert!(class.contains(from), "{class}");
        self.room.write("class.yaml", &class.replace(from, to));
    }

    /// Types those lines of docs/classroom.md that begin so, as they stand there.
    fn the_lines_of_the_page(&self, begin: &str) {
        let pages = pages::all();
        let page = pages.iter().find(|page| page.path.ends_with("docs/classroom.md")).unwrap();
        let blocks = page.blocks();
        let lines = blocks.iter().filter(|block| block.language == "sh").flat_map(|block| block.text.lines());
        let mut typed = 0;
        for line in lines.filter(|line| line.starts_with(begin)) {
            let words: Vec<&str> = line.split('#').next().unwrap().split_whitespace().skip(1).collect();
            let seen = self.labctl(&words);
            // Something may be left to do.
            assert!(matches!(seen.code, 0 | 3), "{line}: {seen}");
            typed += 1;
        }
        assert!(typed > 0, "no line begins with {begin}");
    }

    fn lab(&self, student: &str) -> String {
        format!("{}-{student}", self.name)
    }

    fn labctl(&self, words: &[&str]) -> Seen {
        self.room.labctl(words)
    }

    /// The line of a student, without the time that it took.
    fn line(&self, seen: &Seen, student: &str) -> String {
        let line = seen.out.lines().find(|line| line.starts_with(&format!("  {student} ")));
        line.unwrap_or_else(|| panic!("{student} has no line: {seen}")).trim().to_owned()
    }
}

impl Drop for Lesson {
    fn drop(&mut self) {
        let down = self.labctl(&["down", "class.yaml"]);
        if down.code != 0 {
            eprintln!("could not take the class away: {down}");
        }
    }
}

#[test]
fn a_class_of_two_is_built_looked_at_and_taken_away() {
    let Some(class) = Lesson::begin() else { return };
    the_lesson(&class);
    class.class_with("start: update", "start: verify");
    let first = class.labctl(&["up", "class.yaml"]);
    assert_eq!(first.code, 0, "{first}");
    for student in ["s01", "s02"] {
        assert!(class.line(&first, student).contains("changed"), "{first}");
    }
    assert!(first.out.contains("Ani Wijaya") && first.out.contains("\n  changed 2   "), "{first}");
    let second = class.labctl(&["up", "class.yaml"]);
    assert!(second.code == 0 && second.out.contains("\n  ok 2   "), "{second}");
    both_sites_answer(&class);

    let status = class.labctl(&["status", "class.yaml"]);
    assert!(status.code == 0 && class.line(&status, "s02").ends_with("ok           8 of 8 steps"), "{status}");
    let doctor = class.labctl(&["doctor", "class.yaml"]);
    assert!(doctor.code == 0 && class.line(&doctor, "s01").ends_with("nothing is wrong"), "{doctor}");
    one_breaks_a_lab(&class);
    one_loses_a_machine(&class);

    class.the_lines_of_the_page("labctl down");
    nothing_is_left(&class);
}

/// As the page says it, with everything that the students do still to come.
fn the_lesson(class: &Lesson) {
    class.the_lines_of_the_page("labctl up class.yaml");
    let status = class.labctl(&["status", "class.yaml"]);
    assert_eq!(status.code, 3, "{status}");
    assert!(class.line(&status, "s01").contains("open         "), "{status}");
    for begin in ["labctl status", "labctl doctor", "labctl ssh", "labctl check"] {
        class.the_lines_of_the_page(begin);
    }
    // Packages are there, and nothing of the exercise is.
    let domain = class.room.read("hosts");
    assert!(!domain.contains("lab.test"), "{domain}");
}

/// What this computer is given under each student's own domain.
fn both_sites_answer(class: &Lesson) {
    let hosts = fs::read_to_string(class.room.hosts_file()).unwrap();
    for student in ["s01", "s02"] {
        let domain = format!("demo.{student}.lab.test");
        let line = hosts.lines().find(|line| line.ends_with(&domain)).unwrap_or_else(|| panic!("{domain}: {hosts}"));
        let page = http(line.split_whitespace().next().unwrap(), &domain, "/").unwrap();
        assert_eq!(page.status, 200, "{domain}");
    }
}

/// The others are as they were, and whoever needs help is told apart, with what to type.
fn one_breaks_a_lab(class: &Lesson) {
    let stop = class.labctl(&["ssh", "app2", "-i", "class.yaml:s02", "--", "pm2 -s stop demo"]);
    assert_eq!(stop.code, 0, "{stop}");
    let status = class.labctl(&["status", "class.yaml"]);
    assert_eq!(status.code, 3, "{status}");
    assert!(class.line(&status, "s01").ends_with("8 of 8 steps"), "{status}");
    assert!(!class.line(&status, "s02").ends_with("8 of 8 steps"), "{status}");
    let doctor = class.labctl(&["doctor", "class.yaml"]);
    assert_eq!(doctor.code, 3, "{doctor}");
    assert!(class.line(&doctor, "s02").contains("wrong        app-stopped on app2: "), "{doctor}");
    assert!(class.line(&doctor, "s01").ends_with("nothing is wrong"), "{doctor}");
    // What is printed to be typed next opens that lab.
    let next = doctor.out.lines().find_map(|line| line.split_once("labctl doctor ")).unwrap().1;
    assert!(next.starts_with("class.yaml s02"), "{doctor}");
    let one = class.labctl(&["doctor", "class.yaml:s02"]);
    assert!(one.code == 3 && one.out.contains("type  on app2:  pm2"), "{one}");
}

/// The run goes on for the others, and the printed command takes up just the one.
fn one_loses_a_machine(class: &Lesson) {
    let inventory = "class.yaml:s02";
    // The link goes with the machine.
    let off = class.labctl(&["ssh", "app2", "-i", inventory, "--", "sudo systemctl poweroff"]);
    assert!(matches!(off.code, 0 | 4), "{off}");
    class.room.until("app2 of s02 is off", || class.labctl(&["exec", "app2", "-i", inventory, "--", "true"]).code != 0);
    std::thread::sleep(Duration::from_secs(1));
    let check = class.labctl(&["check", "class.yaml"]);
    assert_eq!(check.code, 4, "{check}");
    assert!(class.line(&check, "s01").contains("  ok  "), "{check}");
    assert!(class.line(&check, "s02").contains("unreachable  app2: "), "{check}");
    assert!(check.out.contains("make it so with: labctl up class.yaml s02 --hosts-file"), "{check}");
    let up = class.labctl(&["up", "class.yaml", "s02"]);
    assert_eq!(up.code, 0, "{up}");
    let status = class.labctl(&["status", "class.yaml"]);
    assert!(status.code == 0 && class.line(&status, "s02").ends_with("8 of 8 steps"), "{status}");
}

fn nothing_is_left(class: &Lesson) {
    for student in ["s01", "s02"] {
        let lab = class.lab(student);
        assert!(!fs::exists(format!("/var/lib/labctl/sandbox/{lab}")).unwrap(), "{lab}");
        let ps = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&ps.stdout).contains(&lab), "{lab}: a process");
    }
    let hosts = fs::read_to_string(class.room.hosts_file()).unwrap();
    assert_eq!(hosts, "127.0.0.1\tlocalhost\n", "the hosts file is as before");
}
