#!/bin/sh
# fuzz/run.sh TARGET|all [RUNS]: reads RUNS inputs (one million) of a target, or of all one after the other, made worse under the guidance of coverage, and stops at the first that
# panics, takes longer than 20 s or needs more than 1 GB. Stable Rust and g++ are enough. What it found stays in fuzz/corpus/TARGET;
# an input that breaks labctl is written to fuzz/TARGET-crash-*.
set -eu
all='inventory class roster gradebook playbook template wire hosts known_hosts ssh_config recording report'
target=${1:?"fuzz/run.sh TARGET|all [RUNS]: $all"}
cd "$(dirname "$0")"
if [ "$target" = all ]; then
    for each in $all; do ./run.sh "$each" "${2:-1000000}"; done
    exit
fi
flags='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters'
flags="$flags -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
host=$(rustc -vV | sed -n 's/^host: //p')
# With a named target, the flags reach no build script.
RUSTFLAGS=$flags cargo build -q --release --target "$host"
mkdir -p "corpus/$target"
LABCTL_FUZZ=$target LABCTL_SEEDS="corpus/$target" "${CARGO_TARGET_DIR:-target}/$host/release/labctl-fuzz" \
    -runs="${2:-1000000}" -timeout=20 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 -artifact_prefix="$target-" "corpus/$target"
