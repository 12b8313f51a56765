use super::*;
use crate::config::class::Late;
use std::time::Duration;

const CLASS: &str = "
class: devops-3a
inventory: lab.yaml
roster: roster.csv
exercise: load-balancer
start: update
due: 2026-12-04T17:00+07:00
late: [ { within: 48h, keep: 50% }, { within: 24h, keep: 90% } ]
keep: last
";

const INVENTORY: &str = "lab: x\nhosts:\n  web: { groups: [web] }\n  app1: { groups: [app] }\nvars: { app: { port: '{{ student.id }}' } }\n";

const ROSTER: &str = "id,name,due,web\ns01,Budi,,10.0.0.1:22\ns02,Ani,2026-12-05T17:00+07:00,10.0.0.1:23\n";

fn class(text: &str, inventory: &str, roster: &str) -> Result<Class, Problems> {
    let open = |path: &Path| match path.to_str() {
        Some("class/lab.yaml") => Ok(inventory.as_bytes().to_vec()),
        Some("class/roster.csv") => Ok(roster.as_bytes().to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    parse(&Source::new("class/class.yaml", text), Path::new("class/class.yaml"), &open)
}

fn mistakes(text: &str, roster: &str) -> String {
    class(text, INVENTORY, roster).unwrap_err().to_string()
}

#[test]
fn a_good_class() {
    let class = class(CLASS, INVENTORY, ROSTER).unwrap();
    assert_eq!((class.name.as_str(), class.keep), ("devops-3a", Keep::Last));
    assert_eq!(class.inventory, Path::new("class/lab.yaml"));
    assert_eq!(class.exercise, Some(Exercise::Shipped("load-balancer".into())));
    assert_eq!(class.start, Some("update".parse().unwrap()));
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    assert_eq!(class.late, [Late { within: hours(24), keep: 90 }, Late { within: hours(48), keep: 50 }]);
    let [budi, ani] = &class.roster.students[..] else { panic!("two students") };
    assert_eq!(class.due(budi).unwrap().to_string(), "2026-12-04T17:00+07:00");
    assert_eq!(class.due(ani).unwrap().to_string(), "2026-12-05T17:00+07:00");
    assert_eq!(budi.hosts[&"web".parse().unwrap()].port, Some(22));
}

#[test]
fn what_is_left_out_has_a_default() {
    let class = class("class: a\ninventory: lab.yaml\nstudents: [ { id: s01 } ]\n", INVENTORY, "").unwrap();
    assert_eq!((class.keep, class.due, class.late.len(), class.exercise), (Keep::Best, None, 0, None));
    assert_eq!(class.roster.students.len(), 1);
}

#[test]
fn students_may_stand_in_the_class_itself() {
    let text = "class: a\ninventory: lab.yaml\nexercise: my/own.yaml\nstudents:\n  \
                - { id: s01, name: Budi Santoso, web: '10.0.0.1:2201', user: budi, skip: true, vars: { app: { port: 3001 } } }\n  \
                - { email: ani@kampus.ac.id, vars.app.port: 3002, group: }\n";
    let class = class(text, INVENTORY, "").unwrap();
    assert_eq!(class.exercise, Some(Exercise::File("class/my/own.yaml".into())));
    let [budi, ani] = &class.roster.students[..] else { panic!("two students") };
    assert_eq!((budi.skip, budi.user.as_deref(), ani.id.as_str()), (true, Some("budi"), "ani"));
    assert_eq!((budi.vars[0].written(), ani.vars[0].written()), ("app.port=3001", "app.port=3002"));
}

#[test]
fn all_mistakes_at_once_with_their_lines() {
    let text = "class: Devops
inventory: lab.yaml
rooster: roster.csv
students:
  - { id: s01, nmae: Budi, web: 10.0.0.300 }
  - { name: [Ani] }
  - { group: A }
  - s03
  - { id: S01, skip: maybe, vars: { app: { prot: 1 } } }
due: tomorrow
late: [ { within: 1d, keep: 90 }, { within: 24h, keep: 50% }, { within: 48h, keep: 90% } ]
keep: bset
start: Up!
keep: best
";
    // A key that is written twice hides the rest, as it does in an inventory.
    assert!(mistakes(text, "").contains("duplicate key `keep` (first on line 12)"));
    let shown = mistakes(text.trim_end_matches("keep: best\n"), "");
    for (line, what) in [
        ("1:8", "`Devops` is not a class name"),
        ("3:1", "unknown key `rooster` in the class"),
        ("3:1", "did you mean `roster`?"),
        ("5:16", "unknown key `nmae` of a student"),
        ("5:16", "did you mean `name`?"),
        ("5:33", "`10.0.0.300` is not an address"),
        ("6:13", "`name` must be a text, not a list"),
        ("7:5", "this student has no name of any kind"),
        ("8:5", "a student must be a map, not a text"),
        ("9:11", "the id `S01` stands on line 5 already"),
        ("9:22", "`skip` must be yes or no, not `maybe`"),
        ("9:50", "did you mean `port`?"),
        ("10:6", "`tomorrow` is not a date with a time"),
        ("11:19", "`within` must be a time such as 30s, 5m or 1h, not `1d`"),
        ("11:29", "`keep` must be a percentage from 0% to 100%, not `90`"),
        ("11:63", "more is left of later points: 90% after 50%"),
        ("12:7", "did you mean `best`?"),
        ("13:8", "`Up!` is not a step name"),
    ] {
        assert!(shown.contains(what), "{what}: {shown}");
        assert!(shown.contains(&format!("class/class.yaml:{line}")), "{line}: {what}: {shown}");
    }
    assert!(!shown.contains("class/class.yaml:6:5"), "what a mistake leads to is none of its own: {shown}");
}

#[test]
fn mistakes_of_the_class_and_of_its_roster_come_together() {
    let shown = mistakes(&CLASS.replace("keep: last", "keep: first"), "id,nmae\ns01,Budi\n");
    assert!(shown.contains("class/class.yaml:9:7") && shown.contains("class/roster.csv:1:4"), "{shown}");
    // The inventory itself is read by whoever opens its labs.
    let shown = class(CLASS, "lab: [", ROSTER).unwrap_err().to_string();
    assert!(shown.contains("class/lab.yaml:1:") && shown.contains("this is not YAML"), "{shown}");
}

#[test]
fn students_are_in_one_place() {
    let both = format!("{CLASS}students: [ {{ id: s01 }} ]\n");
    assert!(mistakes(&both, ROSTER).contains("the students are in two places"));
    assert!(mistakes("class: a\ninventory: lab.yaml\n", "").contains("the class has no students"));
    assert!(mistakes("class: a\ninventory: lab.yaml\nstudents: []\n", "").contains("the class has no students"));
    let gone = mistakes(&CLASS.replace("roster.csv", "rooster.csv"), ROSTER);
    assert!(gone.contains("cannot read class/rooster.csv") && gone.contains("class/class.yaml:4:9"), "{gone}");
}

#[test]
fn nothing_is_late_where_nothing_is_due() {
    let text = CLASS.replace("due: 2026-12-04T17:00+07:00\n", "");
    // One of them has a time of their own.
    assert!(class(&text, INVENTORY, ROSTER).is_ok());
    let shown = mistakes(&text, "id\ns01\n");
    assert!(shown.contains("class/class.yaml:7:7") && shown.contains("nothing is ever late"), "{shown}");
    for (keep, wanted) in
        [("100%", true), ("0 %", true), ("101%", false), ("-1%", false), ("0.9", false), ("+5%", false)]
    {
        let text = format!(
            "class: a\ninventory: lab.yaml\nroster: roster.csv\ndue: 2026-12-04T17:00Z\nlate: {{ within: 24h, keep: \"{keep}\" }}\n"
        );
        assert_eq!(class(&text, INVENTORY, "id\ns01\n").is_ok(), wanted, "{keep}");
    }
}

#[test]
fn the_schema_has_every_key() {
    let schema = crate::config::class::schema();
    for (key, _) in yaml::parse(&Source::new("t", CLASS)).unwrap().pairs() {
        assert!(!schema["properties"][key.text().unwrap()].is_null(), "{key:?}");
    }
    assert_eq!(schema["required"], serde_json::json!(["class", "inventory"]));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(class|inventory|roster|students|late|due|keep|id|vars|within|[ :,{}\\[\\]\\n-]|lab.yaml|[a-z0-9%]){0,40}") {
        if let Err(problems) = class(&text, INVENTORY, ROSTER) { let _ = problems.to_string(); }
    }
}
