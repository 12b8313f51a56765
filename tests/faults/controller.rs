//! Faults of the computer that labctl runs on.

use super::run::Run;
use super::stage::{Said, Stage, Undo};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub fn all(stage: &mut Stage) {
    signals(stage, "controller: SIGKILL", &["KILL"], 1, 2);
    signals(stage, "controller: SIGTERM", &["TERM"], 4, 1);
    signals(stage, "controller: Ctrl-C", &["INT"], 4, 1);
    signals(stage, "controller: Ctrl-C twice", &["INT", "INT"], 6, 1);
    at_any_time(stage);
    no_room(stage);
    nobody_reads(stage);
    terminals(stage);
}

/// What ends labctl, at each of its events.
fn signals(stage: &mut Stage, class: &'static str, signals: &[&str], every: usize, few: usize) {
    // The last ones come at once, when all is over.
    let points: Vec<usize> = (1..stage.events - 4).step_by(every).collect();
    for line in stage.chosen(class, points, few) {
        // Towards the end, events come fast.
        let longest = if line > stage.events * 2 / 3 { 40 } else { 400 };
        let mut pause = Duration::from_millis(stage.rng.u64(0..longest));
        let undo = if stage.rng.u8(0..6) == 0 { Undo::Thorough } else { Undo::Quick };
        let between = Duration::from_millis(stage.rng.u64(20..600));
        let what = format!("{} ms after event {line}, {undo:?}", pause.as_millis());
        stage.round(class, &what, undo, |stage| {
            let mut run = stage.up(&[]);
            run.lines(line);
            std::thread::sleep(pause);
            pause /= 3;
            for (n, signal) in signals.iter().enumerate() {
                if n > 0 {
                    std::thread::sleep(between);
                }
                run.signal(signal);
            }
            Ok(ended(run, &[0, 130, 137])? != 0)
        });
    }
}

/// The same between events, on machines that are quite new.
fn at_any_time(stage: &mut Stage) {
    let class = "controller: killed at any time";
    for _ in stage.chosen(class, (0..8).collect(), 1) {
        let pause = Duration::from_millis(stage.rng.u64(0..12_000));
        let signal = *stage.rng.choice(&["KILL", "TERM", "INT", "HUP", "QUIT"]).unwrap();
        let undo = if stage.rng.u8(0..4) == 0 { Undo::Fresh } else { Undo::Thorough };
        stage.round(class, &format!("SIG{signal} after {} ms, {undo:?}", pause.as_millis()), undo, |stage| {
            let run = stage.up(&[]);
            std::thread::sleep(pause);
            run.signal(signal);
            Ok(ended(run, &[0, 130, 131, 137])? != 0)
        });
    }
}

/// It ended with one of these codes: with which.
pub fn ended(run: Run, codes: &[i32]) -> Result<i32, String> {
    let seen = run.end()?;
    if codes.contains(&seen.code) {
        Ok(seen.code)
    } else {
        Err(format!("the disturbed run, not one of {codes:?}: {seen}"))
    }
}

/// Something lies over the state folder while `up` runs; both are gone afterwards.
fn covered(stage: &Stage, options: &str, fill: bool) -> Said {
    let state = stage.class.path(".labctl");
    let mount = |words: &[&str]| {
        let done = Command::new("mount").args(words).arg(&state).status().unwrap();
        assert!(done.success(), "mount {words:?}");
    };
    mount(&["-t", "tmpfs", "-o", options, "tmpfs"]);
    let uncover = Uncover(&state);
    if fill {
        let _ = fs::write(state.join("full"), vec![b'x'; 1 << 20]);
    }
    if options.contains("ro") {
        mount(&["-o", "remount,ro"]);
    }
    let run = stage.up(&[]);
    let seen = run.end()?;
    drop(uncover);
    // Either it can do without, or it says what is wrong, in words that name the place.
    match seen.code {
        0 => Ok(true),
        _ if seen.err.contains(".labctl") || seen.out.contains(".labctl") => Ok(true),
        _ => Err(format!("it does not say where: {seen}")),
    }
}

struct Uncover<'a>(&'a Path);

impl Drop for Uncover<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// The state folder is full, has little room, or cannot be written.
fn no_room(stage: &mut Stage) {
    let class = "controller: no room";
    let points = [
        ("full at once", "size=4k", true),
        ("room for 16 KB", "size=16k", false),
        ("room for 48 KB", "size=48k", false),
        ("room for 300 KB", "size=300k", false),
        ("no inodes", "nr_inodes=6", false),
        ("few inodes", "nr_inodes=40", false),
        ("read-only", "ro", false),
    ];
    for (what, options, fill) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| covered(stage, options, fill));
    }
}

/// `| head -1`, and a reader that was never there.
fn nobody_reads(stage: &mut Stage) {
    let class = "controller: output closed";
    let points = [
        ("labctl up | head -1", "up | head -1"),
        ("labctl up --format json | head -1", "up --format json | head -1"),
        ("labctl up | head -c 1", "up | head -c 1"),
        ("labctl up | true", "up | true"),
        ("labctl up >&-", "up >&-"),
        ("labctl up >&- 2>&-", "up >&- 2>&-"),
        ("labctl up 2>&1 | head -1", "up 2>&1 | head -1"),
        ("labctl up > /dev/full", "up > /dev/full"),
        ("labctl up > /dev/full 2>&1", "up > /dev/full 2>&1"),
    ];
    for (what, line) in stage.chosen(class, points.to_vec(), 1) {
        stage.round(class, what, Undo::Quick, |stage| {
            let labctl = stage.class.command(&[]);
            let mut shell = Command::new("bash");
            shell.arg("-c").arg(format!("set -o pipefail; {} {line}", labctl.get_program().display()));
            alike(&labctl, &mut shell);
            ended(Run::start(shell), &[0]).map(|_| true)
        });
    }
}

/// The same folder and environment.
fn alike(from: &Command, to: &mut Command) {
    to.current_dir(from.get_current_dir().unwrap()).stdin(Stdio::null());
    for (key, value) in from.get_envs() {
        match value {
            Some(value) => to.env(key, value),
            None => to.env_remove(key),
        };
    }
}

/// A terminal that is resized, closed, or whose Ctrl-C is pressed.
fn terminals(stage: &mut Stage) {
    let class = "controller: terminal";
    let mut points = Vec::new();
    for step in ["nginx", "dumbflix", "pm2"] {
        points.extend([(step, "gone"), (step, "resized")]);
    }
    for (step, what) in stage.chosen(class, points, 1) {
        let pause = Duration::from_millis(stage.rng.u64(0..1500));
        stage.round(class, &format!("{what} about {step}"), Undo::Quick, |stage| {
            let labctl = stage.class.command(&[]);
            let line = format!("echo $$ > pid; exec {} up", labctl.get_program().display());
            let mut script = Command::new("script");
            script.args(["-qefc", &line, "/dev/null"]);
            alike(&labctl, &mut script);
            script.env("TERM", "xterm").stdin(Stdio::piped());
            let mut run = Run::start(script);
            let begun = run.until_line(|heard| heard.iter().any(|line| line.contains(step)));
            std::thread::sleep(pause);
            let struck = begun && !run.over();
            let labctl = fs::read_to_string(stage.class.path("pid")).unwrap().trim().to_owned();
            fs::remove_file(stage.class.path("pid")).unwrap();
            if what == "gone" {
                // `script` holds the other end: without it, the kernel tells labctl that it has hung up.
                run.signal("KILL");
                let _ = run.end();
                return gone(&labctl).map(|()| struck);
            }
            for (rows, columns) in [(1, 1), (5, 20), (200, 400), (24, 80)] {
                let _ = Command::new("sh")
                    .args(["-c", &format!("stty rows {rows} cols {columns} < /proc/{labctl}/fd/0")])
                    .stderr(Stdio::null())
                    .status();
                std::thread::sleep(Duration::from_millis(150));
            }
            ended(run, &[0]).map(|_| struck)
        });
    }
}

/// Waits for the end of a process that is nobody's child of ours.
fn gone(pid: &str) -> Result<(), String> {
    for _ in 0..600 {
        if !Path::new("/proc").join(pid).exists() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = Command::new("kill").args(["-KILL", pid]).status();
    Err("labctl did not end within a minute after its terminal was gone".into())
}
