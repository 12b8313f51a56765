//! Recordings of shards, joined.

use labctl::internals::event::*;
use labctl::internals::languages::ENGLISH;
use labctl::internals::name::{HostName, StepName};
use labctl::internals::recording::Recording;
use labctl::internals::report::{html, junit, merge};
use labctl::internals::shard::Shard;
use labctl::internals::unreachable::Unreachable;
use std::process::Command;

fn step(name: &str) -> StepName {
    name.parse().unwrap()
}

/// A run of these steps on so many hosts, or on a shard of them.
fn run(hosts: usize, steps: &[&str], shard: Option<&str>, started: u64) -> String {
    let shard: Option<Shard> = shard.map(|shard| shard.parse().unwrap());
    let own: Vec<HostName> = (0..hosts)
        .filter(|n| shard.is_none_or(|shard| shard.has(*n)))
        .map(|n| format!("h{n}").parse().unwrap())
        .collect();
    let mut all = own.clone();
    if shard.is_none_or(Shard::first) {
        all.push(HostName::controller());
    }
    let mut kinds = vec![
        Kind::RunStarted {
            version: "0.1.0".into(),
            lab: "fleet".parse().unwrap(),
            mode: Mode::Apply,
            steps: steps
                .iter()
                .filter(|name| **name != "hosts" || all.len() > own.len())
                .map(|name| step(name))
                .collect(),
            hosts: all.clone(),
            started,
            shard,
        },
        super::recorded::lab("up"),
    ];
    for name in steps {
        for host in &all {
            if host.is_controller() != (*name == "hosts") {
                continue;
            }
            let lost = host.as_str() == "h5";
            if *name == steps[0] {
                let host = host.clone();
                kinds.push(match lost {
                    true => Kind::HostUnreachable {
                        host,
                        why: Unreachable::Words { reason: "no route".into(), hints: vec![] },
                    },
                    false => Kind::HostReached { host, system: "debian 12 x86_64".into(), took_ms: 7 },
                });
            }
            let (outcome, verdict) = match lost {
                true => (Outcome::Skipped, Verdict::Unreachable),
                false => (Outcome::Changed, Verdict::Finished),
            };
            let task = TaskRef::new(host.clone(), step(name), "do it");
            let diff = Some("-a\n+b".into());
            let result = TaskResult { took_ms: 3, diff, ..TaskResult::new(task, outcome) };
            kinds.push(Kind::TaskFinished { result });
            kinds.push(Kind::StepFinished { host: host.clone(), step: step(name), took_ms: 3, verdict });
        }
    }
    kinds.push(Kind::RunFinished { took_ms: 9, interrupted: false });
    let line = |kind| serde_json::to_string(&Event { at_ms: 0, kind }).unwrap() + "\n";
    kinds.into_iter().map(line).collect()
}

fn read(files: &[(&str, &str)]) -> Vec<(String, Recording)> {
    files.iter().map(|(name, text)| ((*name).to_owned(), Recording::read(name, text.as_bytes()).unwrap())).collect()
}

fn written(events: &[Event]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}

const STEPS: [&str; 3] = ["update", "hosts", "node"];

#[test]
fn shards_joined_are_the_run_that_was_split() {
    let shards: Vec<String> = (1..=4).map(|n| run(11, &STEPS, Some(&format!("{n}/4")), 100)).collect();
    let names = ["s1", "s2", "s3", "s4"];
    let joined = |order: [usize; 4]| {
        let files: Vec<(&str, &str)> = order.iter().map(|n| (names[*n], shards[*n].as_str())).collect();
        merge(&read(&files)).unwrap()
    };
    let merged = joined([0, 1, 2, 3]);
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        assert_eq!(joined(order), merged, "whatever the order of the files: {order:?}");
    }
    // But for the word that it is joined, it is the recording of the whole run.
    let whole = read(&[("whole", &run(11, &STEPS, None, 100))]).remove(0).1;
    let mut alike = merged.clone();
    assert_eq!(alike.remove(2).kind, Kind::RunsMerged { recordings: 4, missing: vec![] });
    if let Kind::RunFinished { took_ms, .. } = &mut alike.last_mut().unwrap().kind {
        *took_ms = 9;
    }
    assert_eq!(alike, whole.events);
    let again = Recording::read("merged", written(&merged).as_bytes()).unwrap();
    assert!(again.whole && again.events == merged);
    // And every report takes it.
    let (page, suites) = (html(&again, "merged", ENGLISH).unwrap(), junit(&again, "merged").unwrap());
    assert!(page.contains("h5 could not be reached") && !page.contains("not complete"));
    assert_eq!(suites.matches("<testcase").count(), 24, "{suites}");
    let screen = super::screen_of(&again, labctl::internals::report::NextSteps::default());
    assert!(screen.contains("fleet: 11 machines, 3 steps"), "{screen}");
    let place = |row: &str| screen.find(row).unwrap_or_else(|| panic!("`{row}` is not in {screen}"));
    let rows = [
        "update     h0",
        "update     h1 ",
        "update     h10",
        "hosts      controller",
        "node       h0",
        "node       h10",
    ];
    assert!(rows.windows(2).all(|two| place(two[0]) < place(two[1])), "{screen}");
}

#[test]
fn runs_one_after_the_other_are_joined_too() {
    let first = run(4, &["update", "node"], None, 100);
    let then = run(4, &["proxy", "verify"], None, 160);
    let merged = merge(&read(&[("b", &then), ("a", &first)])).unwrap();
    let Kind::RunStarted { steps, hosts, started, .. } = &merged[0].kind else { panic!("{merged:?}") };
    assert_eq!(steps, &["update", "node", "proxy", "verify"].map(step));
    assert_eq!((hosts.len(), *started), (5, 100));
    let last = merged.last().unwrap();
    assert_eq!(last.kind, Kind::RunFinished { took_ms: 60_000, interrupted: false }, "a minute later");
}

#[test]
fn what_is_missing_is_told_by_every_report() {
    let [one, three] = ["1/3", "3/3"].map(|shard| run(6, &["update"], Some(shard), 100));
    let cut = &three[..three.rfind("{\"at_ms\"").unwrap() - 40];
    let merged = merge(&read(&[("one.jsonl", &one), ("three.jsonl", cut)])).unwrap();
    let again = Recording::read("merged", written(&merged).as_bytes()).unwrap();
    assert!(!again.whole);
    let told = again.remarks.join("\n");
    for words in ["three.jsonl:", "the line breaks off", "three.jsonl: the recording ends before", "of shard 2/3"] {
        assert!(told.contains(words), "`{words}` is not in {told}");
    }
    assert!(html(&again, "m", ENGLISH).unwrap().contains("of shard 2/3"));
    assert!(junit(&again, "m").unwrap().contains("of shard 2/3"));
    // What the cut one told before its end is there.
    let tasks = merged.iter().filter(|event| matches!(event.kind, Kind::TaskFinished { .. }));
    assert_eq!(tasks.count(), 4);
    // Joined once more, it is still told.
    let two = run(6, &["update"], Some("2/3"), 100);
    let twice = merge(&read(&[("merged.jsonl", &written(&merged)), ("two.jsonl", &two)])).unwrap();
    let told = Recording::read("m", written(&twice).as_bytes()).unwrap().remarks.join("\n");
    assert!(told.contains("three.jsonl: the recording ends before"), "{told}");
}

#[test]
fn what_does_not_belong_together_is_named() {
    let one = run(6, &["update"], Some("1/2"), 100);
    let other = one.replace("\"lab\":\"fleet\"", "\"lab\":\"class\"");
    let looked = run(6, &["update"], Some("2/2"), 100).replace("\"apply\"", "\"check\"");
    let drill = one.replace("\"steps\":[\"update\"]", "\"steps\":[]");
    for (a, b, says) in [
        (&one, &one, "a.jsonl and b.jsonl both report update on h0"),
        (&one, &run(6, &["update"], Some("1/3"), 100), "a.jsonl and b.jsonl both report update on h0"),
        (&one, &other, "is from the lab"),
        (&one, &looked, "b.jsonl only checked, a.jsonl did not"),
        (&one, &drill, "b.jsonl is not a run of steps"),
    ] {
        let error = merge(&read(&[("a.jsonl", a), ("b.jsonl", b)])).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("b.jsonl"), "{error}");
    }
}

#[test]
fn the_command_joins_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("1"), run(6, &STEPS, Some("1/2"), 100)).unwrap();
    std::fs::write(at("2"), run(6, &STEPS, Some("2/2"), 101)).unwrap();
    let labctl = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        // Who names an inventory for other verbs means no recording by it.
        command.arg("report").args(words).env("LABCTL_INVENTORY", "elsewhere.yaml").current_dir(folder.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, printed, told) = labctl(&["merge", &at("2"), &at("1")]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert_eq!(labctl(&["merge", &at("1"), &at("2"), "-o", &at("all")]), (Some(0), String::new(), String::new()));
    assert_eq!(std::fs::read_to_string(at("all")).unwrap(), printed);
    let (code, suites, _) = labctl(&[&at("all"), "--as", "junit"]);
    assert!(code == Some(0) && suites.contains("node"), "{suites}");
    let (code, _, told) = labctl(&["merge", &at("1")]);
    assert!(code == Some(0) && told.contains("no recording was given of shard 2/2"), "{told}");
    let (code, _, told) = labctl(&["merge", &at("1"), &at("1")]);
    assert!(code == Some(2) && told.contains("both report"), "{told}");
    assert_eq!(labctl(&["merge"]).0, Some(2));
    let (code, _, told) = labctl(&["merge", &at("none")]);
    assert!(code == Some(2) && told.contains("cannot read"), "{told}");
}
