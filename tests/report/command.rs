//! `labctl report` as it is typed: which recording is meant, in which language, as what.

use super::recorded::{drills, up, written};
use labctl::internals::languages::ALL;
use std::fs;
use std::process::Command;

/// In a folder with an inventory and two recordings of its lab.
fn labctl(words: &[&str], folder: &std::path::Path) -> (i32, String, String) {
    let seen = Command::new(env!("CARGO_BIN_EXE_labctl"))
        .args(words)
        .current_dir(folder)
        .env_remove("LABCTL_INVENTORY")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (seen.status.code().unwrap(), text(seen.stdout), text(seen.stderr))
}

#[test]
fn the_newest_run_is_meant_unless_another_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("inventory.yaml"), "lab: class\nhosts:\n  web: { address: 10.0.0.10, groups: [web] }\n").unwrap();
    let nothing = labctl(&["report"], folder.path());
    assert!(nothing.0 == 2 && nothing.2.contains("nothing is recorded in"), "{nothing:?}");

    fs::create_dir_all(at(".labctl/class/runs")).unwrap();
    fs::write(at(".labctl/class/runs/999999999-7.jsonl"), written(&drills(""))).unwrap();
    fs::write(at(".labctl/class/runs/1795385761-7.jsonl"), written(&up(""))).unwrap();
    for words in [&["report"][..], &["report", "class"], &["report", "inventory.yaml"]] {
        let (code, out, err) = labctl(words, folder.path());
        assert!(code == 0 && out.contains("<h1>1 task failed</h1>") && err.is_empty(), "{words:?} {code} {err}");
    }
    let (code, out, _) = labctl(&["report", "--lang", "id"], folder.path());
    assert!(code == 0 && out.contains("<html lang=\"id\">") && out.contains("<h1>1 tugas gagal</h1>"), "{out}");
    let (code, _, err) = labctl(&["report", "--lang", "xx"], folder.path());
    let codes: Vec<&str> = ALL.iter().map(|language| language.code).collect();
    assert!(code == 2 && err.contains(&format!("[possible values: {}]", codes.join(", "))), "{err}");
    let old =
        labctl(&["report", ".labctl/class/runs/999999999-7.jsonl", "--as", "junit", "-o", "r.xml"], folder.path());
    assert!(old.0 == 0 && old.1.is_empty() && old.2.contains("is in r.xml"), "{old:?}");
    assert!(fs::read_to_string(at("r.xml")).unwrap().contains("<testsuite name=\"drill\""));

    let (_, list, _) = labctl(&["report", "--list"], folder.path());
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 2, "{list}");
    assert_eq!((rows[0][3], rows[1][3]), ("drill", "up"), "the newest is the last: {list}");
    assert!(rows[1].join(" ").contains("2026-11-22 22:16 UTC up"), "{list}");
    let (_, list, _) = labctl(&["report", "--list", "--format", "json"], folder.path());
    let first: serde_json::Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
    assert_eq!((first["command"].as_str(), first["result"].as_str()), (Some("drill"), Some("1 drill")));

    fs::write(
        at("spoiled.jsonl"),
        written(&up("")).replacen("{\"at_ms\":0,\"event\":\"lab", "{\"at_ms\":0,\"even\":\"lab", 1),
    )
    .unwrap();
    let spoiled = labctl(&["report", "spoiled.jsonl"], folder.path());
    assert!(
        spoiled.0 == 0 && spoiled.2.contains("spoiled.jsonl:2: this line is not an event, and is skipped"),
        "{}",
        spoiled.2
    );
    fs::write(at("words"), "these are words\n").unwrap();
    for (what, wanted) in [
        ("words", "words:1: no event of a run"),
        ("elsewhere", "`elsewhere` is neither a recording nor an inventory, nor a lab that has run here"),
        ("../no-lab", "`../no-lab` is neither a recording nor an inventory"),
    ] {
        let refused = labctl(&["report", what], folder.path());
        assert!(refused.0 == 2 && refused.2.contains(wanted) && refused.2.contains("hint: "), "{refused:?}");
    }
}
