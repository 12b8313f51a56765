//! Runs commands by turns, and keeps the medians.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// How long machines are left alone between two runs.
const SETTLED: Duration = Duration::from_millis(300);

/// One way to do the work.
pub struct Way {
    /// What the table calls it.
    pub name: String,
    /// The program.
    pub command: Command,
}

impl Way {
    /// A program under a name.
    pub fn new(name: &str, command: Command) -> Self {
        Self { name: name.into(), command }
    }
}

/// What one run took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// From its start to its end.
    pub wall: Duration,
    /// Processor time of the program and of those that it started.
    pub cpu: Duration,
    /// The most memory that it held, in KiB.
    pub memory: u64,
}

/// The medians of a way.
pub struct Median {
    /// Its name.
    pub name: String,
    /// Its medians.
    pub taken: Taken,
    /// The quickest and the slowest wall time.
    pub range: (Duration, Duration),
}

/// Runs every way `rounds` times, by turns, so that what else the computer does strikes all of them; the first round only
/// warms up. `before` is called before each run.
pub fn by_turns(
    ways: &mut [Way],
    rounds: usize,
    mut before: impl FnMut(usize) -> Result<(), String>,
) -> Result<Vec<Median>, String> {
    let mut all: Vec<Vec<Taken>> = vec![Vec::new(); ways.len()];
    for round in 0..=rounds {
        for step in 0..ways.len() {
            let n = (round + step) % ways.len();
            before(n)?;
            // What a run leaves behind (sessions that machines close) is not the burden of the next one.
            std::thread::sleep(SETTLED);
            let taken = once(&mut ways[n])?;
            if round > 0 {
                all[n].push(taken);
            }
        }
    }
    Ok(ways.iter().zip(all).map(|(way, taken)| median(&way.name, taken)).collect())
}

/// Runs a way once.
pub fn once(way: &mut Way) -> Result<Taken, String> {
    let failed = |name: &str, why: String| format!("{name}: {why}");
    let began = Instant::now();
    let child = way.command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| failed(&way.name, error.to_string()))?;
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    let ended = child.wait4().map_err(|error| failed(&way.name, error.to_string()))?;
    let wall = began.elapsed();
    if !ended.status.success() {
        return Err(failed(&way.name, format!("{}: {said}", ended.status)));
    }
    Ok(Taken { wall, cpu: ended.rusage.utime + ended.rusage.stime, memory: ended.rusage.maxrss / 1024 })
}

fn median(name: &str, taken: Vec<Taken>) -> Median {
    let middle = |mut all: Vec<Duration>| {
        all.sort();
        all[all.len() / 2]
    };
    let walls: Vec<Duration> = taken.iter().map(|taken| taken.wall).collect();
    let range = (walls.iter().min().copied().unwrap_or_default(), walls.iter().max().copied().unwrap_or_default());
    let cpu = middle(taken.iter().map(|taken| taken.cpu).collect());
    let memory = taken.iter().map(|taken| taken.memory).max().unwrap_or_default();
    Median { name: name.into(), taken: Taken { wall: middle(walls), cpu, memory }, range }
}

/// A table in Markdown; ratios are to the way named `one`.
pub fn table(rows: &[Median], one: &str) -> String {
    let base = rows.iter().find(|row| row.name == one).map(|row| row.taken.wall.as_secs_f64());
    let mut text = format!(
        "| way | median s | x {one} | least to most s | this computer's CPU ms | MiB |\n|---|---:|---:|---:|---:|---:|\n"
    );
    for Median { name, taken, range } in rows {
        let wall = taken.wall.as_secs_f64();
        let ratio = base.map_or("-".into(), |base| format!("{:.2}", wall / base));
        text.push_str(&format!(
            "| {name} | {wall:.3} | {ratio} | {:.3} to {:.3} | {:.0} | {:.1} |\n",
            range.0.as_secs_f64(),
            range.1.as_secs_f64(),
            taken.cpu.as_secs_f64() * 1000.0,
            taken.memory as f64 / 1024.0,
        ));
    }
    text
}
