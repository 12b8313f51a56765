//! Gradebooks that platforms exported, filled: the importers take every grade, and nothing else has changed.

use crate::ENCODINGS;
use crate::importers::{canvas, moodle, php, worksheet};
use labctl::internals::class::{Roster, parse_roster};
use labctl::internals::classroom::{ClassNotice, GradebookNotice};
use labctl::internals::gradebook::{Filled, Grade, Gradebook, Platform, make};
use labctl::internals::languages::ALL;
use labctl::internals::name::StudentId;
use labctl::internals::points::Points;
use labctl::internals::table::Encoding;
use proptest::prelude::*;
use std::collections::BTreeMap;

const PARTICIPANTS: &str = include_str!("files/moodle-participants.csv");
const GRADES: &str = include_str!("files/moodle-grades.csv");
const WORKSHEET: &str = include_str!("files/moodle-worksheet.csv");
const WORKSHEET_DE: &str = include_str!("files/moodle-worksheet-de.csv");
const CANVAS: &str = include_str!("files/canvas-gradebook.csv");

fn roster(text: &str) -> Roster {
    parse_roster("roster.csv", text.as_bytes(), &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn id(text: &str) -> StudentId {
    text.parse().unwrap()
}

fn grade(points: f64, feedback: &str) -> Grade {
    let feedback = Some(feedback.to_owned()).filter(|text| !text.is_empty());
    Grade { points: Points::of(points), feedback }
}

fn grades(all: &[(&str, f64, &str)]) -> BTreeMap<StudentId, Grade> {
    all.iter().map(|(student, points, feedback)| (id(student), grade(*points, feedback))).collect()
}

fn book(bytes: &[u8], title: Option<&str>) -> Gradebook {
    Gradebook::read("grades.csv", bytes, title).unwrap_or_else(|problems| panic!("{problems}"))
}

fn filled(text: &str, title: &str, roster: &Roster, grades: &BTreeMap<StudentId, Grade>) -> (String, Filled) {
    let filled = book(text.as_bytes(), Some(title)).fill(roster, grades);
    (String::from_utf8(filled.bytes.clone()).unwrap(), filled)
}

fn mistakes(text: &str, title: Option<&str>) -> String {
    Gradebook::read("grades.csv", text.as_bytes(), title).unwrap_err().to_string()
}

#[test]
fn moodle_takes_what_was_filled_and_everything_else_is_as_it_was() {
    let grades = grades(&[
        ("budisantoso", 87.5, "proxy: 502, \"app1\" is down\r\n=ask me"),
        ("zoe", 100.0, "=HYPERLINK(\"http://x\")"),
        ("budisantoso2", 0.0, ""),
    ]);
    let (text, filled) = filled(GRADES, "Load balancer", &roster(PARTICIPANTS), &grades);
    let users = ["budi.santoso@kampus.ac.id", "siti@kampus.ac.id", "zoe@kampus.ac.id", "budi.santoso@sekolah.sch.id"];
    let columns = ["Email address", "Assignment: Load balancer (Real)", "Assignment: Load balancer (Feedback)"];
    let taken = moodle(&text, ',', &users, columns).unwrap();
    assert_eq!(taken[users[0]], (Some(87.5), "proxy: 502, \"app1\" is down\n=ask me".into()));
    assert_eq!(taken[users[1]], (None, "see me, please".into()));
    assert_eq!(taken[users[2]], (Some(100.0), "'=HYPERLINK(\"http://x\")".into()));
    assert_eq!(taken[users[3]], (Some(0.0), String::new()));
    let wanted = GRADES
        .replace("9.50,,-,-,,9.50,", "9.50,,87.5,-,\"proxy: 502, \"\"app1\"\" is down\n=ask me\",9.50,")
        .replace("\"55.00\",\"55.00 %\",\"\"\"quoted\"\"\"", "\"100\",\"55.00 %\",\"'=HYPERLINK(\"\"http://x\"\")\"")
        .replace("sekolah.sch.id,-,,-,-,", "sekolah.sch.id,-,,0,-,");
    assert_eq!(text, wanted);
    let changes: Vec<_> = filled.changes.iter().map(|c| (c.student.as_str(), c.line, c.before.as_str())).collect();
    assert_eq!(changes, [("budisantoso", 2, "-"), ("zoe", 4, "55.00"), ("budisantoso2", 6, "-")]);
    let name = "Siti Nurhaliza Ångström".to_owned();
    assert_eq!(filled.notices, [GradebookNotice::NotGraded { line: 3, name, student: Some(id("siti")) }]);
}

#[test]
fn a_worksheet_of_moodle_is_filled_in_the_language_of_its_site() {
    let roster = roster(PARTICIPANTS);
    let grades = grades(&[("budisantoso", 120.0, "a\\"), ("zoe", 55.0, "alt"), ("budisantoso2", 1.0, "")]);
    let english = ["Identifier", "Grade", "Last modified (grade)", "Feedback comments"];
    let german = ["ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Feedback als Kommentar"];
    for (text, words, participant) in [(WORKSHEET, english, "Participant "), (WORKSHEET_DE, german, "Teilnehmer/in")] {
        let book = book(text.as_bytes(), None);
        assert_eq!((book.platform(), book.maximum()), (Platform::MoodleWorksheet, Points::of(100.0)));
        assert_eq!(book.column(), words[1]);
        let filled = book.fill(&roster, &grades);
        let taken = worksheet(std::str::from_utf8(&filled.bytes).unwrap(), words, participant).unwrap();
        assert_eq!(taken["81"], (Some(120.0), "a\\ ".into()));
        assert_eq!(taken["83"], (Some(55.0), "alt".into()));
        let above = |points: f64| Points::of(points).unwrap();
        let student = id("budisantoso");
        let notice = GradebookNotice::AboveMaximum { student, points: above(120.0), maximum: above(100.0) };
        assert!(filled.notices.contains(&notice), "{:?}", filled.notices);
        assert!(filled.notices.contains(&GradebookNotice::NotInFile { student: id("budisantoso2") }));
        // `55.00` is 55, and `55,00` is.
        assert_eq!(filled.changes.len(), 1);
    }
}

#[test]
fn canvas_takes_what_was_filled_and_excused_stays_excused() {
    let roster = roster(CANVAS);
    let book = book(CANVAS.as_bytes(), Some("Load balancer"));
    assert_eq!((book.platform(), book.column()), (Platform::Canvas, "Load balancer (9002)"));
    assert_eq!(book.maximum(), Points::of(100.0));
    let filled = book.fill(&roster, &grades(&[("budi", 87.25, "x"), ("siti", 50.0, ""), ("zoe", 60.0, "")]));
    let text = String::from_utf8(filled.bytes).unwrap();
    let taken = canvas(&text, "Load balancer (9002)").unwrap();
    let of = |id: &str| taken[id].as_deref();
    assert_eq!((of("4711"), of("4712"), of("4713"), of("4799")), (Some("87.25"), Some("EX"), Some("N/A"), None));
    assert_eq!(text, CANVAS.replace("9.5,,95,95", "9.5,87.25,95,95"));
    let excused = GradebookNotice::Excused { student: id("siti"), line: 5 };
    assert_eq!(filled.notices, [excused, GradebookNotice::NotAssigned { student: id("zoe"), line: 6 }]);
}

#[test]
fn a_student_is_found_by_what_is_sure_or_not_at_all() {
    let file = "Student,ID,SIS User ID,SIS Login ID,Section,Lab (1)\n\
                \"Santoso, Budi\",1,N1,budi,A,\n\"Santoso, Budi\",2,N2,bsantoso,A,\n\"Putri, Ani\",3,N3,ani@x.id,A,\n\
                \"Plato\",4,,,A,\n\"Wati, Dewi\",6,,,A,\n\"Hadi, Eko\",7,N7,,A,\n";
    let fill = |roster_text: &str| {
        let roster = roster(roster_text);
        let grades = roster.students.iter().map(|student| (student.id.clone(), grade(5.0, ""))).collect();
        let (text, filled) = filled(file, "Lab", &roster, &grades);
        let given = canvas(&text, "Lab (1)").unwrap();
        let given: Vec<String> = given.into_iter().filter(|(_, grade)| grade.is_some()).map(|(id, _)| id).collect();
        let missed = filled.notices.into_iter().filter(|n| !matches!(n, GradebookNotice::NotGraded { .. }));
        (given.join(" "), missed.collect::<Vec<_>>())
    };
    // By Canvas' id, the number, the login, a mail address that is one; an id that a teacher wrote; a name.
    for (text, row) in [
        ("id,lms_id\nx,2\n", "2"),
        ("id,lms_id\nx,N2\n", "2"),
        ("id,lms_id\nx,bsantoso\n", "2"),
        ("id,student number\nx,N2\n", "2"),
        ("id,login\nx,bsantoso\n", "2"),
        ("email\nANI@x.id\n", "3"),
        ("id\nN2\n", "2"),
        ("id\nbsantoso\n", "2"),
        ("id,name\nx,plato\n", "4"),
        ("id,name\nx,Dewi  Wati\n", "6"),
        ("id,name\nx,\"Wati, Dewi\"\n", "6"),
    ] {
        assert_eq!(fill(text), (row.to_owned(), vec![]), "{text}");
    }
    // Two of one name in the file; two rows that ids point to; two students of one name; one row for two.
    let unsure =
        |lines: &[usize], student: &str| GradebookNotice::Ambiguous { student: id(student), lines: lines.to_vec() };
    assert_eq!(fill("id,name\nx,Budi Santoso\n"), (String::new(), vec![unsure(&[2, 3], "x")]));
    assert_eq!(fill("id,lms_id,login\nx,1,bsantoso\n"), (String::new(), vec![unsure(&[2, 3], "x")]));
    let twins = fill("id,name\nx,Plato\ny,plato\n");
    assert_eq!(twins, (String::new(), vec![unsure(&[5], "x"), unsure(&[5], "y")]));
    let both = fill("id,lms_id,login\nx,2,\ny,,bsantoso\n");
    assert_eq!(both, (String::new(), vec![unsure(&[3], "x"), unsure(&[3], "y")]));
    // Nobody; and somebody of the same name with another number, who is somebody else.
    let nobody = |student: &str| (String::new(), vec![GradebookNotice::NotInFile { student: id(student) }]);
    assert_eq!(fill("id,name\nx,Nobody\n"), nobody("x"));
    assert_eq!(fill("id,name,student number\nx,Eko Hadi,N8\n"), nobody("x"));
    assert_eq!(fill("id,name,lms_id\nx,Plato,5\n"), nobody("x"));
}

#[test]
fn no_grade_leaves_the_cell_as_it_was() {
    let roster = roster(PARTICIPANTS);
    let none = Grade { points: None, feedback: Some("could not be looked at".into()) };
    let grades = roster.students.iter().map(|student| (student.id.clone(), none.clone())).collect();
    let (text, filled) = filled(GRADES, "Load balancer", &roster, &grades);
    assert_eq!((text.as_str(), filled.changes.len(), filled.notices.len()), (GRADES, 0, 4));
}

#[test]
fn the_points_that_a_file_holds_are_read() {
    let points = |text: &str, title, roster_text| {
        let points = book(text.as_bytes(), title).points(&roster(roster_text));
        points.into_iter().map(|(student, points)| format!("{student} {points}")).collect::<Vec<_>>()
    };
    assert_eq!(points(GRADES, Some("Web server"), PARTICIPANTS), ["budisantoso 9.5", "zoe 7"]);
    assert_eq!(points(WORKSHEET_DE, None, PARTICIPANTS), ["zoe 55"]);
    // Excused is no number.
    assert_eq!(points(CANVAS, Some("Web server"), CANVAS), ["budi 9.5"]);
    assert_eq!(points(CANVAS, Some("Web server"), "name\nBudi Santoso\nbudi santoso\n"), [""; 0]);
}

#[test]
fn a_column_is_found_by_its_title_or_asked_for() {
    for title in ["Web server", "web server", "Assignment: Web server", "Assignment: Web server (Real)"] {
        assert_eq!(book(GRADES.as_bytes(), Some(title)).column(), "Assignment: Web server (Real)");
    }
    assert_eq!(book(GRADES.as_bytes(), Some("Load balancer")).column(), "Assignment: Load balancer (Real)");
    let percent = "Assignment: Load balancer (Percentage)";
    assert!(mistakes(GRADES, Some(percent)).contains("`55.00 %` is no number of points"));
    assert_eq!(book(GRADES.replace("55.00 %", "-").as_bytes(), Some(percent)).column(), percent);
    let shown = mistakes(GRADES, None);
    assert!(shown.contains("several columns take points") && shown.contains("grades.csv:1:1"), "{shown}");
    assert!(!shown.contains("help: say which of them: `Course total"), "{shown}");
    assert!(mistakes(GRADES, Some("Web sever")).contains("did you mean `Web server`?"));
    assert!(mistakes(CANVAS, Some("Quiz")).contains("there are: `Web server (9001)`, `Load balancer (9002)`"));
    let twice = CANVAS.replace("Web server (9001)", "Load balancer (9001)");
    let shown = mistakes(&twice, Some("Load balancer"));
    assert!(shown.contains("several columns are called `Load balancer`"), "{shown}");
    let computed = CANVAS.replace("10,100,", "10,(read only),");
    let shown = mistakes(&computed, Some("Load balancer"));
    assert!(shown.contains("`Load balancer (9002)` is read-only") && shown.contains("grades.csv:3:28"), "{shown}");
    let only = "Email address,Quiz (Real)\na@x.id,-\n";
    assert_eq!(book(only.as_bytes(), None).column(), "Quiz (Real)");
    assert!(mistakes("Email address\na@x.id\n", None).contains("no column takes points"));
}

#[test]
fn what_a_platform_would_refuse_is_a_mistake() {
    let cut = GRADES.replace(",-,1795854000\n", ",-\n");
    let shown = mistakes(&cut, Some("Web server"));
    assert!(shown.contains("this row has 12 cells, and the first line names 13 columns"), "{shown}");
    assert!(shown.contains("grades.csv:3:1") && shown.contains("grades.csv:6:1"), "{shown}");
    assert!(mistakes("colour,shape\nred,round\n", None).contains("this is not a gradebook"));
    assert!(mistakes("a,\"b\nc,d\n", None).contains("this quote is never closed"));
}

#[test]
fn letters_that_a_file_cannot_hold_are_told() {
    let bytes = Encoding::Windows1252.write("E-Mail-Adresse;Übung (Punkte);Übung (Feedback)\r\nzoe@x.de;-;\r\n\r\n");
    let roster = roster("email\nzoe@x.de\n");
    let filled = book(&bytes, None).fill(&roster, &grades(&[("zoe", 7.0, "größer → 李")]));
    let wanted = "E-Mail-Adresse;Übung (Punkte);Übung (Feedback)\r\nzoe@x.de;7;größer ? ?\r\n\r\n";
    assert_eq!(filled.bytes, Encoding::Windows1252.write(wanted));
    assert_eq!(filled.notices, [GradebookNotice::LettersLost { student: id("zoe") }]);
    assert_eq!(filled.reading, [ClassNotice::Windows1252 { file: "grades.csv".into() }]);
    let silent = book(b"Email address,Quiz (Real)\nzoe@x.de,-\n", None).fill(&roster, &grades(&[("zoe", 7.0, "x")]));
    assert_eq!(silent.notices, [GradebookNotice::NoFeedbackColumn]);
}

#[test]
fn feedback_may_stand_before_the_points() {
    let file = "Email address,Lab (Feedback),Lab (Real),x\nzoe@x.id,,-,y\n";
    let filled = book(file.as_bytes(), Some("Lab")).fill(&roster("email\nzoe@x.id\n"), &grades(&[("zoe", 7.0, "a,b")]));
    assert_eq!(
        String::from_utf8(filled.bytes).unwrap(),
        "Email address,Lab (Feedback),Lab (Real),x\nzoe@x.id,\"a,b\",7,y\n"
    );
}

#[test]
fn a_file_for_moodle_is_made_of_those_it_knows() {
    let roster = roster(PARTICIPANTS);
    let mut grades = grades(&[("budisantoso", 87.5, "a, \"b\"\nc"), ("siti", 0.0, ""), ("zoe", 5.0, "-x")]);
    grades.insert(id("budisantoso2"), Grade::default());
    let made = make("Load balancer, repaired", &roster, &grades);
    assert_eq!((made.students, made.notices), (3, vec![]));
    let users = ["budi.santoso@kampus.ac.id", "siti@kampus.ac.id", "zoe@kampus.ac.id"];
    let taken = moodle(&made.text, ',', &users, ["Email address", "Load balancer, repaired", "Feedback"]).unwrap();
    assert_eq!(taken[users[0]], (Some(87.5), "a, \"b\"\nc".into()));
    assert_eq!((&taken[users[1]], &taken[users[2]]), (&(Some(0.0), String::new()), &(Some(5.0), "'-x".into())));
    // Most have a number here: Moodle reads one identity for all.
    let roster = self::roster("id,login,lms_id\na,,1\nb,,2\nc,carla,\nd,,\n");
    let all = self::grades(&[("a", 1.0, ""), ("b", 2.0, ""), ("c", 3.0, ""), ("d", 4.0, "")]);
    let made = make("Lab", &roster, &all);
    assert_eq!(made.text, "ID number,Lab\n1,1\n2,2\n");
    let missing = |student: &str| GradebookNotice::NotIdentified { student: id(student) };
    assert_eq!(made.notices, [missing("c"), missing("d")]);
    // A login that a spreadsheet would compute can stand nowhere.
    let roster = self::roster("id,login\na,=cmd\nb,budi\n");
    let made = make("Lab", &roster, &self::grades(&[("a", 1.0, ""), ("b", 2.0, "")]));
    assert_eq!((made.text.as_str(), made.notices), ("Username,Lab\nbudi,2\n", vec![missing("a")]));
    assert_eq!(make("Lab", &roster, &BTreeMap::new()).students, 0);
}

#[test]
fn notices_are_said_in_every_language() {
    let (student, points) = (|| id("s07"), |n: f64| Points::of(n).unwrap());
    let notices = [
        GradebookNotice::NotInFile { student: student() },
        GradebookNotice::Ambiguous { student: student(), lines: vec![7] },
        GradebookNotice::Ambiguous { student: student(), lines: vec![7, 9] },
        GradebookNotice::NotGraded { line: 7, name: "Budi".into(), student: None },
        GradebookNotice::NotGraded { line: 7, name: "Budi".into(), student: Some(student()) },
        GradebookNotice::Excused { student: student(), line: 7 },
        GradebookNotice::NotAssigned { student: student(), line: 7 },
        GradebookNotice::AboveMaximum { student: student(), points: points(11.0), maximum: points(10.0) },
        GradebookNotice::LettersLost { student: student() },
        GradebookNotice::NoFeedbackColumn,
        GradebookNotice::NotIdentified { student: student() },
    ];
    let mut said = Vec::new();
    for language in ALL {
        for notice in &notices {
            let text = (language.sentences.gradebook_notice)(notice);
            let named = text.contains("s07") || text.contains("Budi") || *notice == GradebookNotice::NoFeedbackColumn;
            assert!(named && !text.ends_with('.'), "{text}");
            said.push(text);
        }
    }
    said.sort();
    said.dedup();
    assert_eq!(said.len(), notices.len() * ALL.len());
}

/// Names and feedback as people have them, and as they try them on.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(","),
        Just(";"),
        Just("\""),
        Just("\n"),
        Just("\r\n"),
        Just("\\"),
        Just("\\\""),
        Just("=cmd|'/C calc'!A0"),
        Just("@x"),
        Just("+1"),
        Just("-"),
        Just("-9"),
        Just("🙂"),
        Just("عمر"),
        Just("\u{202e}"),
        Just("李"),
        Just("é"),
        Just(" "),
        Just("\t"),
        Just("\u{1b}[2J"),
        Just("a"),
        Just("Budi"),
        Just("'"),
        Just("EX"),
        Just("&lt;b&gt;")
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// A cell as somebody wrote it.
fn cell(text: &str, quoted: bool, separator: char) -> String {
    if quoted || text.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[derive(Debug)]
struct Style {
    encoding: usize,
    separator: char,
    end: &'static str,
    quoted: bool,
    tail: &'static str,
}

fn style() -> impl Strategy<Value = Style> {
    let ends = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let tails = prop_oneof![Just(""), Just("\n"), Just("\r\n\r\n"), Just("\n\n\n")];
    (0..ENCODINGS.len(), prop_oneof![Just(','), Just(';'), Just('\t')], ends, any::<bool>(), tails)
        .prop_map(|(encoding, separator, end, quoted, tail)| Style { encoding, separator, end, quoted, tail })
}

fn file(style: &Style, rows: &[Vec<String>]) -> Vec<u8> {
    let row = |row: &Vec<String>| {
        let cells = row.iter().map(|text| cell(text, style.quoted, style.separator)).collect::<Vec<_>>();
        cells.join(&style.separator.to_string())
    };
    let text = rows.iter().map(row).collect::<Vec<_>>().join(style.end) + style.tail;
    ENCODINGS[style.encoding].write(&text)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever stands in the other cells, and however the file is written, Moodle takes each grade; each other cell says what it
    /// said; and a second time changes nothing.
    #[test]
    fn any_moodle_file_is_filled(
        style in style(),
        people in proptest::collection::vec((hostile(), hostile(), hostile(), 0u32..10_000), 1..6),
    ) {
        let header = ["First name", "Last name", "Email address", "Lab: x (Real)", "Lab: x (Feedback)", "Other (Real)"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        let mut roster_text = "email\n".to_owned();
        let mut grades = BTreeMap::new();
        for (n, (first, last, feedback, points)) in people.iter().enumerate() {
            let email = format!("s{n}@x.id");
            roster_text.push_str(&format!("{email}\n"));
            rows.push(vec![first.clone(), last.clone(), email, "-".into(), String::new(), "7.00".into()]);
            grades.insert(id(&format!("s{n}")), grade(f64::from(*points) / 100.0, feedback));
        }
        let bytes = file(&style, &rows);
        // What holds plain letters only is UTF-8, too.
        let encoding = Encoding::read(&bytes).unwrap().1;
        let roster = roster(&roster_text);
        let filled = book(&bytes, Some("x")).fill(&roster, &grades);
        prop_assert_eq!(filled.changes.len(), people.len());
        let text = decoded(&filled.bytes, encoding);
        let users: Vec<String> = (0..people.len()).map(|n| format!("s{n}@x.id")).collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        let before = php_rows(&decoded(&bytes, encoding), style.separator);
        let after = php_rows(&text, style.separator);
        // A backslash that stood before a quote already reads as Moodle reads it, and may hide the end of a row.
        let plain = !people.iter().any(|(first, last, ..)| first.contains('\\') || last.contains('\\'));
        if plain {
            let taken = moodle(&text, style.separator, &users, ["Email address", "Lab: x (Real)", "Lab: x (Feedback)"]);
            let taken = taken.map_err(TestCaseError::fail)?;
            for (n, (_, _, feedback, points)) in people.iter().enumerate() {
                let (given, said) = &taken[users[n]];
                prop_assert_eq!(*given, Some(f64::from(*points) / 100.0));
                prop_assert!(!said.starts_with(['=', '@']), "{:?}", said);
                let same = |text: &str| text.chars().filter(|c| c.is_alphanumeric() && encoding.stores(*c)).collect::<String>();
                prop_assert_eq!(same(said), same(feedback));
            }
            for (before, after) in before.iter().zip(&after).take(rows.len()) {
                for column in [0, 1, 2, 5] {
                    prop_assert_eq!(&before[column], &after[column]);
                }
            }
        }
        let again = book(&filled.bytes, Some("x")).fill(&roster, &grades);
        prop_assert_eq!((&again.bytes, again.changes.len()), (&filled.bytes, 0));
        // Taking the grades out again leaves the file that was exported, to the byte.
        prop_assert_eq!(emptied(&filled.bytes, &bytes, encoding, style.separator), bytes);
    }

    #[test]
    fn any_canvas_file_is_filled(
        // What Canvas writes: it looks for the separator in the first three lines.
        style in style().prop_filter("Canvas", |style| style.separator != '\t' && style.end != "\r"),
        people in proptest::collection::vec((hostile().prop_map(|name| name.replace(['\r', '\n'], "")), 0u32..10_000), 1..6),
    ) {
        let header = ["Student", "ID", "SIS Login ID", "Section", "Lab (1)", "Final Score"];
        let possible = ["    Points Possible", "", "", "", "100", "(read only)"];
        let mut rows = vec![header.map(str::to_owned).to_vec(), possible.map(str::to_owned).to_vec()];
        let mut roster_text = "id,lms_id\n".to_owned();
        let mut grades = BTreeMap::new();
        for (n, (name, points)) in people.iter().enumerate() {
            roster_text.push_str(&format!("s{n},47{n}\n"));
            rows.push(vec![name.clone(), format!("47{n}"), String::new(), "A".into(), String::new(), "7".into()]);
            grades.insert(id(&format!("s{n}")), grade(f64::from(*points) / 100.0, ""));
        }
        let bytes = file(&style, &rows);
        let encoding = Encoding::read(&bytes).unwrap().1;
        let filled = book(&bytes, None).fill(&roster(&roster_text), &grades);
        let taken = canvas(&decoded(&filled.bytes, encoding), "Lab (1)").map_err(TestCaseError::fail)?;
        for (n, (_, points)) in people.iter().enumerate() {
            let given = taken[&format!("47{n}")].as_deref().and_then(|text| text.parse::<f64>().ok());
            prop_assert_eq!(given, Some(f64::from(*points) / 100.0));
        }
        prop_assert_eq!(emptied(&filled.bytes, &bytes, encoding, style.separator), bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(0u8.., 0..200),
        text in "(Student|ID|Section|Grade|Identifier|Last modified \\(grade\\)|First name|Email address|Points Possible|EX|\\(Real\\)|[,;\\t\\n\"@=' a-c0-9]|🙂){0,60}",
    ) {
        for bytes in [bytes, text.into_bytes()] {
            match Gradebook::read("t", &bytes, None) {
                Err(problems) => prop_assert!(!problems.to_string().is_empty()),
                Ok(book) => prop_assert_eq!(book.fill(&roster("email\na@b\n"), &BTreeMap::new()).bytes, bytes),
            }
        }
    }
}

fn decoded(bytes: &[u8], encoding: Encoding) -> String {
    let (text, read) = Encoding::read(bytes).unwrap();
    assert_eq!(read, encoding);
    text
}

fn php_rows(text: &str, separator: char) -> Vec<Vec<String>> {
    php(&text.replace("\r\n", "\n").replace('\r', "\n"), separator).unwrap_or_default()
}

/// The filled file with those cells as they were that differ: found without labctl, as the stretches between the same cells.
fn emptied(filled: &[u8], exported: &[u8], encoding: Encoding, separator: char) -> Vec<u8> {
    let (new, old) = (raw(&decoded(filled, encoding), separator), raw(&decoded(exported, encoding), separator));
    assert_eq!(new.len(), old.len(), "as many cells, and as many stretches between them");
    let differ = new.iter().zip(&old).filter(|(new, old)| new != old).count();
    assert!(differ > 0);
    // Where a cell differs, it is one that was filled: a number or feedback where there was `-`, or nothing.
    let back = new.iter().zip(&old).map(|(new, old)| {
        let empty = old.trim_matches('"').is_empty() || old.trim_matches('"') == "-";
        if new != old && empty { old.as_str() } else { new.as_str() }
    });
    encoding.write(&back.collect::<String>())
}

/// Cells as they are written, and what is between them.
fn raw(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        if c == '"' {
            quoted = !quoted;
        }
        if !quoted && (c == separator || c == '\n' || c == '\r') {
            parts.extend([c.to_string(), String::new()]);
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}
