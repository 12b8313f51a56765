use super::*;
use crate::config::class::roster::{PublicKey, Student};

fn hosts() -> Vec<HostName> {
    ["web", "app1"].map(|host| host.parse().unwrap()).to_vec()
}

fn roster(text: &str) -> Roster {
    parse("roster.csv", text.as_bytes(), &hosts()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn mistakes(text: &str) -> String {
    parse("roster.csv", text.as_bytes(), &hosts()).unwrap_err().to_string()
}

fn ids(roster: &Roster) -> Vec<&str> {
    roster.students.iter().map(|student| student.id.as_str()).collect()
}

#[test]
fn a_roster_that_a_teacher_wrote() {
    let roster = roster(
        "id,name,email,lms_id,group,due,skip,web,app1,user,key,vars.app.port\n\
         s01,\"Santoso, Budi\",budi@kampus.ac.id,4711,A,2026-12-05T17:00+07:00,,10.0.0.1,10.0.0.1:2201,budi,keys/budi.pub,3001\n\
         \n\
         s02\n",
    );
    let [budi, other] = &roster.students[..] else { panic!("two students") };
    // A comma of a name belongs to it, where no platform wrote it.
    assert_eq!((budi.name.as_deref(), budi.lms.id.as_deref()), (Some("Santoso, Budi"), Some("4711")));
    assert_eq!((budi.group.as_deref(), budi.skip, budi.user.as_deref()), (Some("A"), false, Some("budi")));
    assert_eq!((budi.hosts.len(), budi.vars.len()), (2, 1));
    assert_eq!(budi.key, Some(PublicKey::File("keys/budi.pub".into())));
    assert_eq!(budi.location.line_column(), (2, 1));
    assert_eq!((other.id.as_str(), other.name.as_deref(), other.location.line_column()), ("s02", None, (4, 1)));
    assert_eq!(roster.notices, []);
}

#[test]
fn participants_of_moodle_in_four_languages() {
    for header in [
        "\"First name\",\"Last name\",\"ID number\",\"Email address\",Groups",
        "\"Nama Depan\",\"Nama akhir\",\"Nomor ID\",\"Alamat Email\",Grup",
        "Nombre,Apellido(s),\"Número de ID\",\"Dirección de correo\",Grupos",
        "Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Gruppen",
    ] {
        for separator in [",", ";", "\t"] {
            let text =
                format!("\u{feff}{header}\nBudi,Santoso,2021001,budi.santoso@kampus.ac.id,\"3A\"\nZoë,,,zoe@x.de,\n");
            let roster = roster(&text.replace(',', separator));
            assert_eq!(ids(&roster), ["budisantoso", "zoe"], "{header}");
            let Student { name, email, lms, group, .. } = &roster.students[0];
            assert_eq!(name.as_deref(), Some("Budi Santoso"));
            assert_eq!(email.as_deref(), Some("budi.santoso@kampus.ac.id"));
            assert_eq!((lms.number.as_deref(), group.as_deref()), (Some("2021001"), Some("3A")));
            assert_eq!(roster.notices, [], "{header}");
        }
    }
}

#[test]
fn a_gradebook_of_canvas_is_a_roster() {
    let roster = roster(
        "Student,ID,SIS User ID,SIS Login ID,Section,Group (77),Lab 1 (123),Final Score\n\
         ,,,,,,Manual Posting,\n    Points Possible,,,,,,10,(read only)\n\
         \"Santoso, Budi\",4711,N-01,budi,3A,x,EX,90\n\
         \"Plato\",4712,,plato@a.gr,3A,,,\n\
         \"=\"\"=1+1, Eve\"\"\",4713,,,3A,,,\n\
         \"Student, Test\",4714,,1a2b,3A,,,\n",
    );
    assert_eq!(ids(&roster), ["budi", "plato", "eve11"]);
    let budi = &roster.students[0];
    assert_eq!(budi.name.as_deref(), Some("Budi Santoso"));
    let lms = (&budi.lms.id, &budi.lms.number, &budi.lms.login);
    assert_eq!(lms, (&Some("4711".into()), &Some("N-01".into()), &Some("budi".into())));
    assert_eq!(budi.group.as_deref(), Some("3A"));
    assert_eq!(roster.notices, [ClassNotice::TestStudent { file: "roster.csv".into(), line: 7 }]);
    // With names in two columns, as a setting of Canvas has it.
    let two = "LastName,FirstName,ID,SIS Login ID,Section,Lab 1 (123)\n    Points Possible,,,,,10\nSantoso,Budi,4711,budi,3A,\nStudent,Test,1,,3A,\n";
    let roster = parse("roster.csv", two.as_bytes(), &[]).unwrap();
    assert_eq!((ids(&roster), roster.students[0].name.as_deref()), (vec!["budi"], Some("Budi Santoso")));
}

#[test]
fn names_of_any_script_and_no_names_at_all() {
    let latin = "Name,E-Mail\nØrsted,\n李雷,\nعمر,umar@x.sa\n🙂,\n";
    assert_eq!(ids(&roster(latin)), ["orsted", "s02", "umar", "s04"]);
    // What a school counts by is nobody's name.
    assert_eq!(ids(&roster("id\n2021001\n2021002\n")), ["s2021001", "s2021002"]);
    let budi = &roster("id,name\n2021001,Budi\n").students[0];
    assert_eq!((budi.id.as_str(), budi.lms.number.as_deref()), ("s2021001", Some("2021001")));
    assert_eq!(ids(&roster("email\nbudi@a.id\nbudi@b.id\n")), ["budi", "budi2"]);
    // German families have a Name, Spanish persons a Nombre.
    assert_eq!(roster("Name;Vorname\nGroß;Zoë\n").students[0].name.as_deref(), Some("Zoë Groß"));
    assert_eq!(roster("Name,Surname\nZoë,Groß\n").students[0].name.as_deref(), Some("Zoë Groß"));
    assert_eq!(roster("Full name,Surname\nZoë Groß,Groß\n").students[0].name.as_deref(), Some("Zoë Groß"));
    assert_eq!(roster("Nombre;Correo\nJosé;j@x.es\n").students[0].name.as_deref(), Some("José"));
}

#[test]
fn old_windows_is_told() {
    let roster = parse("roster.csv", b"id;name\ns01;Zo\xeb\n", &[]).unwrap();
    assert_eq!(roster.students[0].name.as_deref(), Some("Zoë"));
    assert_eq!(roster.notices, [ClassNotice::Windows1252 { file: "roster.csv".into() }]);
}

#[test]
fn what_is_not_used_is_told() {
    let roster = roster("First name,Last name,Email address,Roles,Groups,Section\nBudi,Santoso,b@x.id,Student,A,B\n");
    let columns = ["Roles", "Section"].map(str::to_owned).to_vec();
    assert_eq!(roster.notices, [ClassNotice::UnusedColumns { file: "roster.csv".into(), columns }]);
    assert_eq!(roster.students[0].group.as_deref(), Some("A"));
    // A column without a name may hold something, too.
    let notices = self::roster("id,,name,\ns01,,Budi,x\n").notices;
    assert_eq!(notices, [ClassNotice::UnusedColumns { file: "roster.csv".into(), columns: vec!["#4".into()] }]);
}

#[test]
fn a_teacher_may_use_the_words_of_canvas() {
    let roster = roster("student,id,section\n\"Santoso, Budi\",s01,3A\n");
    assert_eq!((ids(&roster), roster.students[0].name.as_deref()), (vec!["s01"], Some("Santoso, Budi")));
}

#[test]
fn all_mistakes_at_once_with_their_lines() {
    let shown = mistakes(
        "id,nmae,email,email,web,skip,key,due,user,vars.app.port\n\
         s01,Budi,budi@x.id,,10.0.0.1\n\
         ,,,,10.0.0.2\n\
         S01,Ani,BUDI@x.id,,10.0.0.1\n\
         s03,a,b@b@c,,10.0.0.300,sometimes,ssh-rsa AAA,tomorrow,-x,70000\n\
         s04,a,b,c,d,e,f,g,h,i,j\n\
         s05;a;b;c;d;e;f;g;h;i\n",
    );
    for (line, what) in [
        ("1:4", "unknown column `nmae`"),
        ("1:4", "did you mean `name`?"),
        ("1:15", "duplicate column `email`"),
        ("3:1", "this student has no name of any kind"),
        ("4:1", "the id `S01` stands on line 2 already"),
        ("4:9", "the email address `BUDI@x.id` stands on line 2 already"),
        ("4:20", "the address `10.0.0.1` stands on line 2 already"),
        ("5:7", "`b@b@c` is not an email address"),
        ("5:14", "`10.0.0.300` is not an address"),
        ("5:25", "`skip` must be yes or no, not `sometimes`"),
        ("5:35", "this is not a whole public key"),
        ("5:47", "`tomorrow` is not a date with a time"),
        ("5:56", "`user` must be a user name"),
        ("5:59", "`port` must be a number from 1 to 65535"),
        ("6:1", "this row has 11 cells, and the first line names 10 columns"),
        ("7:1", "this row is parted by `;`, and the first line by `,`"),
    ] {
        assert!(shown.contains(what), "{what}: {shown}");
        assert!(shown.contains(&format!("roster.csv:{line}")), "{line}: {what}: {shown}");
    }
}

#[test]
fn nobody_stands_there_twice_under_any_name_that_tells_people_apart() {
    for column in ["lms_id", "NIM", "username"] {
        let shown = mistakes(&format!("name,{column}\nBudi,x1\nAni,x2\nBudi,x1\n"));
        assert!(shown.contains("roster.csv:4:6") && shown.contains("`x1` stands on line 2 already"), "{shown}");
    }
    // Names are no such thing, and neither are groups.
    assert_eq!(ids(&roster("name,group\nBudi,A\nBudi,A\n")), ["budi", "budi2"]);
}

#[test]
fn a_slip_in_a_column_of_a_platform_is_a_mistake_too() {
    assert!(mistakes("First name,Last name,Emial\nBudi,Santoso,b@x.id\n").contains("did you mean `email`?"));
}

#[test]
fn a_first_line_that_names_no_column_is_no_header() {
    for text in ["s01,Budi\ns02,Ani\n", "id|name\ns01|Budi\n", "Budi\nAni\n"] {
        let shown = mistakes(text);
        assert!(shown.contains("roster.csv:1:1") && shown.contains("the first line names no column"), "{shown}");
        assert!(
            shown.contains("id, name, email, lms_id, group, due, skip, user, key, web, app1, vars.NAME"),
            "{shown}"
        );
    }
    assert!(mistakes("group,due\nA,\n").contains("no column says who somebody is"));
    assert!(mistakes("id,name\n").contains("the roster has no students"));
}

#[test]
fn a_private_key_is_not_shown_again() {
    let shown = mistakes(
        "id,key\ns01,\"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAsecret\n-----END OPENSSH PRIVATE KEY-----\"\n",
    );
    assert!(shown.contains("a private key stands in the roster") && shown.contains("roster.csv:2:5"), "{shown}");
    assert!(!shown.contains("secret") && !shown.contains("BEGIN"), "{shown}");
}

#[test]
fn a_public_key_may_stand_in_the_table() {
    let key = format!("ssh-ed25519 {} budi@laptop", "A".repeat(68));
    assert_eq!(roster(&format!("id,key\ns01,{key}\n")).students[0].key, Some(PublicKey::Line(key)));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(0u8.., 0..120), text in "(id|name|email|web|Student|Section|[,;\\t\\n\"@=' a-c0-9]|é|🙂|\\PC){0,60}") {
        for bytes in [bytes, text.clone().into_bytes(), format!("id,name,web\n{text}").into_bytes()] {
            if let Err(problems) = parse("t", &bytes, &hosts()) { let _ = problems.to_string(); }
        }
    }
}
