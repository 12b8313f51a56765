//! Two labctl at once on one lab: one works, the other waits and names the holder.

use super::controller::ended;
use super::run::Run;
use super::stage::{Said, Stage, Undo};
use std::process::Command;

pub fn all(stage: &mut Stage) {
    let class = "two at once";
    let mut points = Vec::new();
    for controllers in [1, 2] {
        for (line, killed) in [(3, false), (12, false), (12, true)] {
            points.push((controllers, line, killed));
        }
    }
    for (controllers, line, killed) in stage.chosen(class, points, 1) {
        let end = if killed { ", the first is killed" } else { "" };
        let what = format!("from {controllers} controller(s), after event {line}{end}");
        stage.round(class, &what, Undo::Quick, |stage| {
            let other = tempfile::tempdir().unwrap();
            let first = stage.up(&[]);
            let second = stage.class.command(&["up"]);
            if controllers == 1 {
                together(first, second, line, killed)
            } else {
                together(first, elsewhere(stage, second, &other), line, killed)
            }
        });
    }
}

fn together(mut first: Run, second: Command, line: usize, killed: bool) -> Said {
    first.lines(line);
    let second = Run::start(second);
    if killed {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        first.signal("KILL");
    }
    ended(first, if killed { &[0, 137] } else { &[0] })?;
    let seen = second.end()?;
    if seen.code != 0 {
        return Err(format!("the second: {seen}"));
    }
    // What it waits for is said while it waits, on whichever stream people see.
    let said = format!("{}{}", seen.out, seen.err);
    if said.contains("waits for another run: ") && said.contains(" since ") {
        Ok(true)
    } else {
        Err(format!("it does not name who holds the machine: {seen}"))
    }
}

/// The same lab, from a folder of its own: other state, another file of host keys.
fn elsewhere(stage: &Stage, like: Command, folder: &tempfile::TempDir) -> Command {
    let copied = Command::new("cp")
        .arg("-r")
        .args([stage.class.path("demo"), stage.class.path("existing.yaml")])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(copied.success());
    let mut command = Command::new(like.get_program());
    command.args(["up", "existing.yaml"]).stdin(std::process::Stdio::null()).current_dir(folder.path());
    command.env_remove("LABCTL_INVENTORY").env("NO_COLOR", "1").env("LABCTL_HOSTS_FILE", stage.class.hosts_file());
    command
}
