//! The targets of `tests/hostile/targets.rs` under libFuzzer. Which one is said by `LABCTL_FUZZ`; with `LABCTL_SEEDS`, its good
//! inputs are written into that folder instead. Called by `run.sh`.
#![no_main]
#![allow(clippy::unwrap_used)] // a fuzzer that cannot go on has failed

#[path = "../../tests/report/recorded.rs"]
#[allow(dead_code)] // tests use the rest of it
mod recorded;
#[path = "../../tests/hostile/targets.rs"]
mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<&targets::Target> = LazyLock::new(|| {
    let name = std::env::var("LABCTL_FUZZ").unwrap_or_default();
    let target = targets::TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| {
        let names: Vec<_> = targets::TARGETS.iter().map(|target| target.name).collect();
        panic!("LABCTL_FUZZ must be one of {}", names.join(", "))
    })
});

libfuzzer_sys::fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("LABCTL_SEEDS") {
            for (n, seed) in (TARGET.seeds)().iter().enumerate() {
                std::fs::write(std::path::Path::new(&folder).join(format!("seed-{n}")), seed).unwrap();
            }
        }
    },
    |bytes: &[u8]| (TARGET.run)(bytes)
);
