//! A labctl that is disturbed while it runs.

use super::seen::Seen;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than any run may take.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Started, with its lines coming in.
pub struct Run {
    child: Child,
    lines: Option<Receiver<String>>,
    heard: Vec<String>,
    err: Option<JoinHandle<String>>,
}

impl Run {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| told.send(line).ok()));
        let mut stderr = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self { child, lines: Some(lines), heard: Vec::new(), err: Some(err) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until so many lines were printed; whether they were.
    pub fn lines(&mut self, count: usize) -> bool {
        self.until_line(|heard| heard.len() >= count)
    }

    /// Waits until this holds for the lines that were printed; whether it came to hold before the end.
    pub fn until_line(&mut self, holds: impl Fn(&[String]) -> bool) -> bool {
        let end = Instant::now() + LIMIT;
        while !holds(&self.heard) {
            let Some(lines) = &self.lines else { return false };
            match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.heard.push(line),
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => return false,
            }
        }
        true
    }

    /// Whether it has ended.
    pub fn over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends a signal; nothing happens if it has ended.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let _ = Command::new("kill").args([&format!("-{name}"), &pid]).stderr(Stdio::null()).status();
    }

    /// The end of it; `Err` if it had to be ended.
    pub fn end(self) -> Result<Seen, String> {
        self.end_and_memory().map(|(seen, _)| seen)
    }

    /// The same, and the most memory that it had, in KB.
    pub fn end_and_memory(mut self) -> Result<(Seen, u64), String> {
        let end = Instant::now() + LIMIT;
        let mut most = 0;
        let status = loop {
            most = most.max(memory(self.pid()));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return Err(format!("labctl did not end within {LIMIT:?}; it had said:\n{}", self.heard.join("\n")));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        if let Some(lines) = self.lines.take() {
            // A child of it that outlives it may hold the pipe.
            while let Ok(line) = lines.recv_timeout(Duration::from_secs(2)) {
                self.heard.push(line);
            }
        }
        let err = self.err.take().unwrap();
        let waited = Instant::now();
        while !err.is_finished() && waited.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let err = if err.is_finished() { err.join().unwrap() } else { "(somebody holds its standard error)".into() };
        let code = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap();
        Ok((Seen { code, out: self.heard.join("\n"), err }, most))
    }
}

/// The most memory that a process had until now, in KB; nothing once it has ended.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
