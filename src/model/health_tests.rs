use super::*;
use crate::model::event::{Balance, Reason, TaskRef};

fn health(kinds: Vec<Kind>) -> Health {
    let mut health = Health::default();
    kinds.into_iter().for_each(|kind| health.add(&Event { at_ms: 0, kind }));
    health
}

fn task(host: &str, step: &str, name: &str, outcome: Outcome, reason: Option<&str>) -> Kind {
    let component = match step {
        "pm2" => Some(Component::Application),
        _ => Some(Component::Answers),
    };
    let task = TaskRef { component, ..TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), name) };
    Kind::TaskFinished {
        result: TaskResult {
            reason: reason.map(|text| Reason::of_engine(text.to_owned())),
            ..TaskResult::new(task, outcome)
        },
    }
}

fn finished(host: &str, step: &str, verdict: Verdict) -> Kind {
    Kind::StepFinished { host: host.parse().unwrap(), step: step.parse().unwrap(), took_ms: 0, verdict }
}

fn fact(key: &str, value: &str) -> Kind {
    Kind::HostFact { host: "web".parse().unwrap(), key: key.into(), value: value.into() }
}

#[test]
fn the_first_open_task_names_a_step() {
    let health = health(vec![
        task("a", "pm2", "one", Outcome::Ok, None),
        task("a", "pm2", "two", Outcome::Changed, None),
        task("a", "pm2", "three", Outcome::Unknown, Some("until: two")),
        finished("a", "pm2", Verdict::Finished),
        task("w", "verify", "answers", Outcome::Unknown, Some("until: two (a)")),
        finished("w", "verify", Verdict::Finished),
        task("b", "pm2", "one", Outcome::Skipped, None),
        finished("b", "pm2", Verdict::Unreachable),
    ]);
    let shown: Vec<_> = health.cells().iter().map(|c| (c.word, c.open.as_deref())).collect();
    assert_eq!(shown, [("would change", Some("two")), ("unknown", Some("answers")), ("unreachable", None)]);
    let components = [Component::Application, Component::Answers];
    let cells = health.cells();
    assert_eq!(
        ["a", "w", "z"].map(|host| health.host(host, &components)),
        [HostHealth::Open(&cells[0]), HostHealth::Open(&cells[1]), HostHealth::NotInspected]
    );
}

#[test]
fn facts_have_types() {
    let health = health(vec![
        fact("memory_used_kb", "512"),
        fact("memory_total_kb", "1024"),
        fact("disk_used_kb", "1"),
        fact("disk_total_kb", "much"),
        fact("clock_ms", "-2500"),
        fact("clock_margin_ms", "20"),
        fact("app.demo", "failed no process under pm2"),
        fact("nginx", "stale runs, but has not loaded what is on disk"),
        fact("see.listen#0001", "LISTEN"),
        fact("weather", "fine"),
    ]);
    let web = "web".parse().unwrap();
    let machine = health.machine(&web);
    assert_eq!(machine.memory(), Some(Usage { used_kb: 512.0, total_kb: 1024.0 }));
    assert_eq!((machine.disk(), machine.load), (None, None));
    assert_eq!(machine.clock(), Some(ClockOffset { ahead_ms: -2500.0, margin_ms: 20.0 }));
    let services: Vec<_> = health.services(&web).map(|(name, s)| (name.as_str(), s.seen.state, s.stale)).collect();
    assert_eq!(services, [("nginx", State::Bad, true), ("demo", State::Bad, false)]);
    assert_eq!(health.diagnostics(&web).collect::<Vec<_>>(), [("listen#0001", "LISTEN")]);
}

#[test]
fn a_site_is_what_was_counted_and_in_older_recordings_what_was_said() {
    let count = Balance { site: "a.b".into(), method: "proxy".into(), ..Balance::default() };
    let (host, web): (HostName, _) = ("web".parse().unwrap(), None);
    let counted = Kind::SiteBalanced { host, web: None, seen_from: None, balance: count.clone() };
    let health = health(vec![counted, fact("site.a.b", "ok app1"), fact("site.c.d", "failed answered 502")]);
    assert_eq!(health.site("a.b"), Some(&SiteHealth::Counted(Sighting { web, from: None, balance: count })));
    let worded = Seen { state: State::Bad, why: "answered 502".into() };
    assert_eq!((health.site("c.d"), health.site("e.f")), (Some(&SiteHealth::Worded(worded)), None));
}
