//! A short run over everything that labctl reads: two seconds each, from a seed that is printed. The long run, guided by
//! coverage, is `fuzz/run.sh`.

use crate::targets::{TARGETS, Target};
use labctl::internals::inventory;
use labctl::internals::problem::Source;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

const EACH: Duration = Duration::from_secs(2);
/// On a loaded machine, without optimisation. What hangs takes for ever.
const SLOWEST: Duration = Duration::from_secs(60);

/// What turns one text into quite another.
const WORDS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\0",
    b"\x1e",
    b"\x1ek ",
    b"\x1b[2J",
    b"{{",
    b"}}",
    b"{%",
    b"%}",
    b"&a ",
    b"*a",
    b"<<: ",
    b"- ",
    b": ",
    b"? ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"'",
    b"\"",
    b"\\",
    b"#",
    b"|",
    b">",
    b"!",
    b"!!binary ",
    b"%",
    b"@",
    b"`",
    b"~",
    b"\t",
    b"18446744073709551616",
    b"-1",
    b"1e999",
    b".nan",
    b"\xff\xfe",
    b"\xEF\xBB\xBF",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80",
    b"# BEGIN labctl t\n",
    b"# END labctl t\n",
    b"@revoked ",
    b"|1|",
    b"null",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"end",
    b"start 99999999999999999999",
    b"---\n",
    b"...\n",
];

fn worse(seeds: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = random.choice(seeds).cloned().unwrap_or_default();
    for _ in 0..random.usize(1..12) {
        let at = random.usize(0..=bytes.len());
        let end = (at + random.usize(0..30)).min(bytes.len());
        match random.u8(0..6) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, random.choice(WORDS).copied().unwrap_or_default().iter().copied())),
            2 => {
                let piece = bytes[at..end].to_vec();
                let times = random.usize(1..5);
                bytes.splice(at..at, piece.repeat(times));
            }
            3 if at < bytes.len() => bytes[at] = random.u8(..),
            4 => bytes.truncate(at),
            _ => {
                let other = random.choice(seeds).cloned().unwrap_or_default();
                let from = random.usize(0..=other.len());
                let to = (from + random.usize(0..60)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

fn try_all(target: &Target) -> usize {
    let number =
        std::env::var("LABCTL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    // Past the test's own output, which is lost when memory is refused.
    let _ = writeln!(std::io::stderr(), "{}: LABCTL_SEED={number}", target.name);
    let mut random = fastrand::Rng::with_seed(number);
    let seeds = (target.seeds)();
    let (began, mut tried) = (Instant::now(), 0);
    let one = |bytes: &[u8]| {
        let begun = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
        let shown = || format!("{} (LABCTL_SEED={number}): {:?}", target.name, String::from_utf8_lossy(bytes));
        assert!(held.is_ok(), "{}", shown());
        assert!(begun.elapsed() < SLOWEST, "took {:?}: {}", begun.elapsed(), shown());
    };
    seeds.iter().for_each(|seed| one(seed));
    while began.elapsed() < EACH || tried < 20 {
        one(&worse(&seeds, &mut random));
        tried += 1;
    }
    tried
}

/// So much memory that any input may need it, and so little that the machine does not notice.
#[cfg(target_os = "linux")]
fn bound_memory() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = rustix::process::Rlimit { current: Some(4 << 30), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, limit).unwrap();
}

#[test]
fn nothing_that_is_read_can_break_labctl() {
    #[cfg(target_os = "linux")]
    bound_memory();
    for target in TARGETS {
        eprintln!("{}: {} inputs", target.name, try_all(target));
    }
}

/// Nine levels of nine aliases each would be 400 million values.
#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = "lab: t\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let words = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{words}]\n"));
    }
    let began = Instant::now();
    let problems = inventory::parse(&Source::new("lab.yaml", bomb), Path::new("lab.yaml"), &[]).unwrap_err();
    assert!(problems.to_string().contains("too many values"), "{problems}");
    assert!(began.elapsed() < SLOWEST, "{:?}", began.elapsed());
}

/// What nests deeper than any person writes must not end in a stack overflow, which nothing can catch.
#[test]
fn depth_is_refused() {
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
        assert!(inventory::parse(&Source::new("lab.yaml", deep), Path::new("lab.yaml"), &[]).is_err());
    }
}
