use super::*;
use crate::languages::{ALL, ENGLISH};
use crate::model::event::{DrillFailure, DrillMode, Reason, TaskResult, Turn};
use crate::model::unreachable::{SetupFailure, Unreachable};

fn fed(kinds: Vec<Kind>) -> LiveRun {
    fed_in(ENGLISH, kinds)
}

fn fed_in(language: &'static Language, kinds: Vec<Kind>) -> LiveRun {
    let mut run = LiveRun::new("1-2.jsonl", language);
    kinds.into_iter().for_each(|kind| run.add(&Event { at_ms: 0, kind }));
    run
}

fn began() -> Kind {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let steps = ["nginx", "pm2"].iter().map(|name| name.parse().unwrap()).collect();
    let (version, lab, hosts) = (String::new(), "t".parse().unwrap(), names(&["web", "app1"]));
    Kind::RunStarted { version, lab, mode: Mode::Apply, steps, hosts, started: 7, shard: None }
}

fn task(host: &str, step: &str, outcome: Outcome) -> Kind {
    let task = TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), "do it");
    let (reason, output) = (Some(Reason::Words("<why>".into())), Some("x".repeat(1 << 20)));
    Kind::TaskFinished { result: TaskResult { reason, output, ..TaskResult::new(task, outcome) } }
}

fn through(host: &str, step: &str, verdict: Verdict) -> Kind {
    Kind::StepFinished { host: host.parse().unwrap(), step: step.parse().unwrap(), took_ms: 0, verdict }
}

#[test]
fn each_cell_shows_its_worst() {
    let run = fed(vec![
        began(),
        task("web", "nginx", Outcome::Changed),
        task("web", "nginx", Outcome::Ok),
        through("web", "nginx", Verdict::Finished),
        task("app1", "pm2", Outcome::Failed),
        task("app1", "pm2", Outcome::Skipped),
        task("nobody", "pm2", Outcome::Failed),
        through("app1", "nginx", Verdict::Skipped(Reason::Words("why".into()))),
    ]);
    let word = |step: usize, host: usize| (run.cells[step][host].word, run.cells[step][host].through);
    assert_eq!((word(0, 0), word(0, 1)), ((Some("changed"), true), (Some("skipped"), true)));
    assert_eq!((word(1, 0), word(1, 1)), ((None, false), (Some("failed"), false)));
    assert_eq!((run.cells[1][1].tasks, run.failed.len(), run.started), (2, 2, 7));
    assert!(serde_json::to_string(&run).unwrap().len() < 2000, "output of programs is not carried along");
}

#[test]
fn what_is_shown_has_an_end() {
    let mut kinds = vec![began()];
    kinds.extend((0..100).map(|_| task("web", "pm2", Outcome::Failed)));
    kinds.push(Kind::RunFinished { took_ms: 5, interrupted: true });
    let run = fed(kinds);
    assert_eq!((run.failed.len(), run.end), (MOST, Some(RunEnd { took_ms: 5, interrupted: true })));
}

/// All that the panel of the run says of what happened.
fn sentences(language: &'static Language) -> Vec<String> {
    let host = || "app1".parse::<HostName>().unwrap();
    let lost = Kind::TaskFinished {
        result: TaskResult {
            reason: Some(Reason::HostLost),
            ..TaskResult::new(TaskRef::new(host(), "pm2".parse().unwrap(), "do it"), Outcome::Failed)
        },
    };
    let why = Unreachable::Setup { why: SetupFailure::NotInInventory { host: host() } };
    let drill = Drill {
        mode: DrillMode::Kill,
        host: host().into(),
        site: "a.b".into(),
        template: "lab".into(),
        rate: 50,
        seconds: 12,
    };
    let turn = Turn::Undoing { host: host().into(), mode: DrillMode::Kill };
    let run = fed_in(
        language,
        vec![
            began(),
            Kind::HostUnreachable { host: host(), why },
            lost,
            Kind::DrillStarted { drill },
            Kind::DrillTurned { turn, after_ms: 1 },
            Kind::DrillFailed { failure: DrillFailure::Interrupted },
        ],
    );
    let story = run.drill.unwrap();
    vec![run.unreachable[0].1.clone(), run.failed[0].why.clone(), story.turns[0].text.clone(), story.failed.unwrap()]
}

#[test]
fn the_panel_speaks_the_language_of_the_page() {
    for (n, language) in ALL.iter().enumerate() {
        for other in &ALL[n + 1..] {
            for (one, two) in sentences(language).iter().zip(&sentences(other)) {
                assert!(!one.is_empty() && one != two, "{language:?} and {other:?}: {one}");
            }
        }
    }
}

#[test]
fn a_drill_is_told_turn_by_turn() {
    let drill = r#"{"at_ms":1,"event":"drill_started","mode":"kill","host":"app2","site":"a.b","template":"lab","rate":50,"seconds":12}"#;
    let turn = |turn: &str, text: &str| {
        format!(r#"{{"at_ms":9,"event":"drill_turned","turn":"{turn}","after_ms":3,"text":"{text}"}}"#)
    };
    let mut run = fed(vec![began()]);
    let mut emit = |line: &str| run.add(&serde_json::from_str(line).unwrap());
    emit(drill);
    emit(&turn("broken", "app2: kill"));
    (0..100).for_each(|n| emit(&turn("note", &format!("app2: {n}"))));
    emit(&turn("left_out", "app2 is ejected"));
    let story = run.drill.as_ref().unwrap();
    assert_eq!((story.turns.len(), story.turns[0].turn, story.over), (TURNS, TurnKind::Broken, false));
    assert_eq!((story.turns[TURNS - 1].text.as_str(), story.turns[TURNS - 1].at_ms), ("app2 is ejected", 9));
    run.add(&Event {
        at_ms: 10,
        kind: Kind::DrillFailed { failure: DrillFailure::Other { reason: "not restored".into() } },
    });
    assert_eq!(run.drill.unwrap().failed.as_deref(), Some("not restored"));
}

#[test]
fn events_before_the_beginning_are_of_no_run() {
    let run = fed(vec![task("web", "pm2", Outcome::Ok), through("web", "pm2", Verdict::Unreachable)]);
    assert!(run.cells.is_empty() && run.lab().is_none());
}
