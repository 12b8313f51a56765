//! What a command printed and how it ended, and one that is under way.

use std::fmt;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// What a command printed, and how it ended.
pub struct Seen {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Seen {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\n--- out\n{}\n--- err\n{}", self.code, self.out, self.err)
    }
}

/// A labctl in the background; ended if the test ends before it.
pub struct Running(pub Option<Child>);

impl Running {
    pub fn wait_with_output_within(&mut self, limit: Duration) -> Output {
        let mut child = self.0.take().unwrap();
        let end = Instant::now() + limit;
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("labctl did not end within {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        child.wait_with_output().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Ctrl-C.
pub fn interrupt(running: &Running) {
    let pid = running.0.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

/// Output without what differs from run to run: times.
pub fn without_times(text: &str) -> String {
    text.lines().map(|line| without_time(line) + "\n").collect()
}

pub fn without_time(line: &str) -> String {
    if line.starts_with('{') {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in ["at_ms", "took_ms", "started"] {
            event.as_object_mut().unwrap().remove(key);
        }
        return event.to_string();
    }
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    match words[..] {
        [ref rest @ .., number, "s"] if number.parse::<f64>().is_ok() => rest.join(" ").trim_end().to_owned(),
        _ => line.trim_end().to_owned(),
    }
}
