//! Rosters as platforms export them, and the class around them, read from files.

use crate::ENCODINGS;
use labctl::internals::class::{
    Class, Due, Exercise, Keep, LmsIds, PublicKey, Roster, Student, parse_roster, read, with_ids,
};
use labctl::internals::classroom::ClassNotice;
use labctl::internals::languages::ALL;
use labctl::internals::name::StudentId;
use labctl::internals::table::Encoding;
use std::fs;

const MOODLE: &str = include_str!("files/moodle-participants.csv");
const CANVAS: &str = include_str!("files/canvas-gradebook.csv");

fn told(student: &Student) -> (&str, &str, Option<&str>) {
    (student.id.as_str(), student.name.as_deref().unwrap_or_default(), student.email.as_deref())
}

fn students(roster: &Roster) -> Vec<(&str, &str, Option<&str>)> {
    roster.students.iter().map(told).collect()
}

#[test]
fn an_export_is_the_same_students_however_it_is_stored() {
    for (text, wanted) in [
        (
            MOODLE,
            vec![
                ("budisantoso", "Budi Santoso", Some("budi.santoso@kampus.ac.id")),
                ("siti", "Siti Nurhaliza Ångström", Some("siti@kampus.ac.id")),
                ("zoe", "Zoë d'Arc, née Groß", Some("zoe@kampus.ac.id")),
                ("budisantoso2", "Budi Hartono", Some("budi.santoso@sekolah.sch.id")),
            ],
        ),
        (
            CANVAS,
            vec![
                ("budi", "Budi Santoso", None),
                ("siti", "Siti Nurhaliza Ångström", None),
                ("zoe", "Zoë \"Z\" Groß", None),
            ],
        ),
    ] {
        for encoding in ENCODINGS {
            for end in ["\n", "\r\n", "\r"] {
                let bytes = encoding.write(&text.replace('\n', end));
                let roster = parse_roster("r.csv", &bytes, &[]).unwrap();
                assert_eq!(students(&roster), wanted, "{encoding:?}");
                let windows = ClassNotice::Windows1252 { file: "r.csv".into() };
                assert_eq!(roster.notices.contains(&windows), encoding == Encoding::Windows1252);
            }
        }
    }
}

#[test]
fn what_platforms_know_students_by_is_kept() {
    let roster = parse_roster("r.csv", CANVAS.as_bytes(), &[]).unwrap();
    let wanted =
        LmsIds { id: Some("4711".into()), number: Some("2021001".into()), login: Some("budi".into()), written: None };
    assert_eq!(roster.students[0].lms, wanted);
    assert_eq!(roster.notices, [ClassNotice::TestStudent { file: "r.csv".into(), line: 7 }]);
    let roster = parse_roster("r.csv", MOODLE.as_bytes(), &[]).unwrap();
    assert_eq!(roster.students[3].lms.number.as_deref(), Some("2021004"));
    assert_eq!(roster.student(&"zoe".parse::<StudentId>().unwrap()).unwrap().group.as_deref(), Some("3A, 3B"));
}

#[test]
fn ids_are_written_into_what_they_were_made_of() {
    for (before, after) in [
        ("email\nbudi@x.id\nbudi@y.id", "email,id\nbudi@x.id,budi\nbudi@y.id,budi2"),
        ("id;name\r\n;Budi\r\n\r\ns07;Ani\r\n\"\";Cho\r\n", "id;name\r\nbudi;Budi\r\n\r\ns07;Ani\r\ncho;Cho\r\n"),
        // Rows that are shorter and longer than the first.
        ("email,name,group\na@x.id\nb@x.id,B,,,\n", "email,name,group,id\na@x.id,,,a\nb@x.id,B,,b,\n"),
        // What cannot be the name of a machine is kept, for it is a number in somebody's books.
        ("id,name\n2021001,Budi\n", "id,name\n2021001,Budi\n"),
        ("Vorname;Nachname\nZoë;Groß\n", "Vorname;Nachname;labctl id\nZoë;Groß;zoegross\n"),
    ] {
        assert_eq!(String::from_utf8(with_ids("r.csv", before.as_bytes(), &[]).unwrap()).unwrap(), after);
    }
    for text in [MOODLE, CANVAS] {
        for encoding in ENCODINGS {
            let bytes = encoding.write(text);
            let (written, ids) = (with_ids("r.csv", &bytes, &[]).unwrap(), parse_roster("r.csv", &bytes, &[]).unwrap());
            let again = parse_roster("r.csv", &written, &[]).unwrap();
            assert_eq!(students(&again), students(&ids), "{encoding:?}");
            assert_eq!(with_ids("r.csv", &written, &[]).unwrap(), written);
        }
    }
    assert!(with_ids("r.csv", b"a,b\n1,2\n", &[]).unwrap_err().to_string().contains("names no column"));
}

#[test]
fn who_joins_takes_nobodys_written_id() {
    let before = with_ids("r.csv", b"name\nBudi\n\xe6\x9d\x8e\n", &[]).unwrap();
    assert_eq!(before, "name,id\nBudi,budi\n李,s02\n".as_bytes());
    let text = String::from_utf8(before).unwrap().replace("name,id\n", "name,id\nBudi,\n王,\n");
    let roster = parse_roster("r.csv", text.as_bytes(), &[]).unwrap();
    let ids: Vec<&str> = roster.students.iter().map(|student| student.id.as_str()).collect();
    assert_eq!(ids, ["budi2", "s03", "budi", "s02"]);
}

fn class(roster: &[u8]) -> Result<Class, String> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("lab.yaml"), "lab: x\nhosts: { web: { groups: [web] }, app1: { groups: [app] } }\n").unwrap();
    fs::write(at("roster.csv"), roster).unwrap();
    let text = "class: devops-3a\ninventory: lab.yaml\nroster: roster.csv\nexercise: ./own.yaml\ndue: 2026-12-04T17:00+07:00\n";
    fs::write(at("class.yaml"), text).unwrap();
    read(&at("class.yaml")).map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
}

#[test]
fn a_class_is_read_with_its_roster() {
    let key = format!("ssh-ed25519 {} budi", "A".repeat(68));
    let roster = format!("id;web;app1;key;due\ns01;10.0.0.1;10.0.0.1:2201;{key};\ns02;10.0.0.2;;;2026-12-05T00:00Z\n");
    let class = class(roster.as_bytes()).unwrap();
    assert_eq!((class.name.as_str(), class.keep), ("devops-3a", Keep::Best));
    assert!(matches!(&class.exercise, Some(Exercise::File(path)) if path.ends_with("own.yaml")));
    let [one, two] = &class.roster.students[..] else { panic!("two students") };
    assert_eq!(one.hosts[&"app1".parse().unwrap()].port, Some(2201));
    assert_eq!(one.key, Some(PublicKey::Line(key)));
    let due = |text: &str| text.parse::<Due>().ok();
    assert_eq!(class.due(one), due("2026-12-04T10:00Z").map(|utc| Due { offset: 7 * 60, ..utc }));
    assert_eq!(class.due(two), due("2026-12-05T00:00Z"));
}

#[test]
fn what_is_wrong_with_a_roster_is_shown_where_it_is() {
    let shown = class("id;web\r\ns01;10.0.0.300\r\n\r\ns01;10.0.0.2\r\n".as_bytes()).unwrap_err();
    for wanted in
        ["/roster.csv:2:5", "`10.0.0.300` is not an address", "/roster.csv:4:1", "the id `s01` stands on line 2"]
    {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let shown = class(b"PK\x03\x04").unwrap_err();
    assert!(shown.contains("this is a workbook (.xlsx, .xls or .ods), not CSV"), "{shown}");
}

#[test]
fn notices_are_said_in_every_language() {
    let file = || "roster.csv".to_owned();
    let notices = [
        ClassNotice::Windows1252 { file: file() },
        ClassNotice::TestStudent { file: file(), line: 7 },
        ClassNotice::UnusedColumns { file: file(), columns: vec!["Roles".into(), "Status".into()] },
    ];
    let mut said = Vec::new();
    for language in ALL {
        said.extend(notices.iter().map(|notice| (language.sentences.class_notice)(notice)));
    }
    assert!(said.iter().all(|text| text.starts_with("roster.csv")), "{said:#?}");
    said.sort();
    said.dedup();
    assert_eq!(said.len(), notices.len() * ALL.len());
    assert!(said.iter().any(|text| text.ends_with("Roles, Status")), "{said:#?}");
}
